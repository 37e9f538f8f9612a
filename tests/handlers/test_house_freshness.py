"""What is cached of houses: ETags, and that a change answered 2xx is what the next read shows, everywhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from handlers.serving import background
from server.cache.service import NEAR_SECONDS
from server.houses.changes import HouseChanges, tags_of
from server.search.model import Criteria
from server.services import Services, open_services
from tests.houses import (
    FIELDS,
    add_picture,
    empty_town,
    insert_houses,
    png,
    publish,
    publish_online,
    sign_in_new_host,
)
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from tests.stack import Stack

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)


@pytest.fixture
def other_process(io_loop: IOLoop, services: Services, stack: Stack) -> Iterator[Callable[..., Any]]:
    """Opens the product once more, with its own near-cache; `hears` of other processes' changes or does not."""
    exits = AsyncExitStack()

    async def enter(*, hears: bool) -> Services:
        other = await exits.enter_async_context(open_services(stack.settings))
        if hears:
            await exits.enter_async_context(background(other))
        return other

    yield enter
    io_loop.run_sync(exits.aclose)


async def until_pictures_are_made(visitor: Visitor, house_id: int) -> None:
    """No list changes any more because the worker has made some picture's sizes."""
    waiting = "SELECT id FROM outbox WHERE name = 'photos.variants' AND done_at IS NULL"
    for _ in range(100):
        async with visitor.services.database.reading() as cursor:
            if not await cursor.execute(waiting):
                break
        await asyncio.sleep(0.1)
    await visitor.services.cache.drop(*tags_of([house_id]))  # the worker's word may still be on its way


async def test_reads_carry_an_etag_of_content_and_language(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    house_id = await publish_online(host)
    await until_pictures_are_made(guest, house_id)
    paths = [
        f"{API}/{path}" for path in (f"houses/{house_id}", "houses", "houses/index", "areas", "facilities")
    ]

    first = [await guest.get(path) for path in paths]
    tags = [answer.headers["ETag"] for answer in first]
    again = [await guest.get(path, **{"If-None-Match": tag}) for path, tag in zip(paths, tags, strict=True)]
    other = [await guest.get(path, **{"If-None-Match": '"x"'}) for path in paths]
    guest.language = "en"
    english = [await guest.get(path, **{"If-None-Match": tag}) for path, tag in zip(paths, tags, strict=True)]

    assert all(re.fullmatch(r'"[\x21\x23-\x7e]+"', tag) for tag in tags), tags
    assert [(answer.status, answer.body) for answer in again] == [(304, b"")] * len(paths)
    assert [answer.status for answer in other] == [200] * len(paths)
    assert [answer.status for answer in english] == [200] * len(paths)
    assert not {answer.headers["ETag"] for answer in english} & set(tags)
    for answer in first:
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {name.strip() for name in answer.headers["Vary"].split(",")} >= {"Accept-Language", "Cookie"}


async def test_an_edit_ends_what_the_etag_promised(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    house_id = await publish_online(host)
    tag = (await guest.get(f"{API}/houses/{house_id}")).headers["ETag"]

    await host.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "新的标题"})
    after = await guest.get(f"{API}/houses/{house_id}", **{"If-None-Match": tag})

    assert (after.status, after.data["house"]["title"]) == (200, "新的标题")


async def test_names_follow_the_language(visitor: Visitor) -> None:
    chinese = await visitor.get(f"{API}/areas"), await visitor.get(f"{API}/facilities")
    visitor.language = "en"
    english = await visitor.get(f"{API}/areas"), await visitor.get(f"{API}/facilities")

    assert [len(answer.data) for answer in chinese] == [16, 23]
    assert (chinese[0].data[1]["aname"], english[0].data[1]["aname"]) == ("西城区", "Xicheng")
    assert (chinese[1].data[0]["name"], english[1].data[0]["name"]) == ("无线网络", "Wi-Fi")
    assert set(english[1].data[0]) == {"id", "name", "icon"}
    assert set(english[0].data[0]) == {"aid", "aname", "count"}


async def test_the_next_read_shows_each_change(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    user_id = await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    path = f"{API}/houses/{house_id}"
    assert await _shown(guest, house_id) == _everywhere(FIELDS["title"], 2)

    await host.send("PUT", path, {**FIELDS, "title": "搬到朝阳", "area_id": 3})
    assert await _shown(guest, house_id) == _everywhere("搬到朝阳", 3)

    name = f"新名字{user_id}"
    await host.send("PUT", f"{API}/users/name", {"name": name})
    assert await _hosts(guest, house_id, "user_name") == [name] * 3

    avatar = (await _upload_avatar(host)).data["avatar_url"]
    assert await _hosts(guest, house_id, "user_avatar") == [avatar] * 3

    await host.send("PUT", f"{path}/status", {"status": "offline"})
    assert await _shown(guest, house_id) == {"house": None, "list": None, "home": None, "areas": {}}

    await host.send("PUT", f"{path}/status", {"status": "online"})
    assert await _shown(guest, house_id) == _everywhere("搬到朝阳", 3)

    await host.send("DELETE", path)
    assert await _shown(guest, house_id) == {"house": None, "list": None, "home": None, "areas": {}}


async def test_a_new_cover_is_shown_at_once(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    await _shown(guest, house_id)
    added = (await add_picture(host, house_id, png("crimson"))).data
    old = (await guest.get(f"{API}/houses/{house_id}")).data["house"]["images"]

    ordered = await host.send(
        "PUT", f"{API}/houses/{house_id}/images/order", {"image_ids": [added["image_id"], old[0]["image_id"]]}
    )

    assert ordered.status == 200
    house = (await guest.get(f"{API}/houses/{house_id}")).data["house"]
    listed = (await guest.get(f"{API}/houses")).data["houses"][0]
    home = (await guest.get(f"{API}/houses/index")).data["houses"][0]
    assert [house["img_urls"][0], listed["img_url"], home["img_url"]] == [added["image_url"]] * 3


async def test_without_the_drop_the_next_read_is_stale(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the cache does keep what it has read."""
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    await _until_nothing_is_told(host, house_id)
    before = await _shown(guest, house_id)

    async def nothing(*_arguments: object) -> None:
        return

    monkeypatch.setattr(HouseChanges, "spread", nothing)
    monkeypatch.setattr(HouseChanges, "record_drop", nothing)
    await host.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "没有人知道"})

    assert await _shown(guest, house_id) == before


async def test_what_the_process_could_not_tell_the_worker_tells(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    await _shown(guest, house_id)

    async def wake_only(changes: HouseChanges, *_house_ids: int) -> None:
        changes._outbox.wake()

    monkeypatch.setattr(HouseChanges, "spread", wake_only)
    await host.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "晚一点知道"})

    for _ in range(100):
        shown = await _shown(guest, house_id)
        if shown == _everywhere("晚一点知道", 2):
            break
        await asyncio.sleep(0.05)
    assert shown == _everywhere("晚一点知道", 2)


@pytest.mark.parametrize("hears", [True, False])
async def test_another_process_shows_a_change_within_the_bound(
    new_visitor: NewVisitor, other_process: Callable[..., Any], hears: bool
) -> None:
    """Also when the message of the drop never arrives."""
    host = new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    other = await other_process(hears=hears)
    assert await _shown_by(other, house_id) == [FIELDS["title"]] * 3 + [1]

    await host.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "另一个进程也知道", "area_id": 3})
    await asyncio.sleep(NEAR_SECONDS)

    assert await _shown_by(other, house_id) == ["另一个进程也知道"] * 3 + [0]


async def test_a_house_that_was_missing_is_there_when_it_goes_online(
    new_visitor: NewVisitor, other_process: Callable[..., Any]
) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    house_id = await publish(host)
    await add_picture(host, house_id)
    missing = await guest.get(f"{API}/houses/{house_id}")
    other = await other_process(hears=False)
    with pytest.raises(Exception, match="没有找到这个房源"):
        await other.houses.page(house_id, "zh")

    await host.send("PUT", f"{API}/houses/{house_id}/status", {"status": "online"})
    there = await guest.get(f"{API}/houses/{house_id}")
    await asyncio.sleep(NEAR_SECONDS)

    assert (missing.status, there.status) == (404, 200)
    assert await other.houses.page(house_id, "zh")


async def test_the_home_page_shows_the_five_most_booked_with_pictures(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    owner_id = await sign_in_new_host(host)
    await empty_town(host.services)
    booked = [30, 10, 70, 20, 50, 40, 60]
    house_ids = await insert_houses(host.services, owner_id, ({"order_count": count} for count in booked))
    for house_id in house_ids[:6]:
        assert (await add_picture(host, house_id)).status == 201  # the last of the most booked has none

    shown = (await guest.get(f"{API}/houses/index")).data["houses"]

    assert [house["order_count"] for house in shown] == [70, 50, 40, 30, 20]
    assert all(house["image"] for house in shown)


def _everywhere(title: str, area_id: int) -> dict[str, Any]:
    return {"house": title, "list": title, "home": title, "areas": {area_id: 1}}


async def _shown(guest: Visitor, house_id: int) -> dict[str, Any]:
    """The title on the house's page, in the list and on the home page; the counts of the areas."""
    house = await guest.get(f"{API}/houses/{house_id}")
    lists = [(await guest.get(f"{API}/{path}")).data["houses"] for path in ("houses", "houses/index")]
    titles = [next((one["title"] for one in houses if one["house_id"] == house_id), None) for houses in lists]
    areas = (await guest.get(f"{API}/areas")).data
    return {
        "house": house.data["house"]["title"] if house.status == 200 else None,
        "list": titles[0],
        "home": titles[1],
        "areas": {area["aid"]: area["count"] for area in areas if area["count"]},
    }


async def _hosts(guest: Visitor, house_id: int, name: str) -> list[Any]:
    """What the house's page, the list and the home page say of the host."""
    house = (await guest.get(f"{API}/houses/{house_id}")).data["house"]
    lists = [(await guest.get(f"{API}/{path}")).data["houses"] for path in ("houses", "houses/index")]
    return [house[name], *(houses[0][name] for houses in lists)]


async def _shown_by(services: Services, house_id: int) -> list[Any]:
    """The titles, and how many houses the second area has, as another process reads them."""
    house = await services.houses.page(house_id, "zh")
    found = await services.search.search(Criteria(), None, None, "zh")
    home = await services.search.home("zh")
    areas = await services.areas.areas("zh")
    titles = [re.findall(r'"title":"(.*?)"', one.body.decode())[0] for one in (house, found, home)]
    return [*titles, int(re.findall(r'"aid":2,.*?"count":(\d+)', areas.body.decode())[0])]


async def _until_nothing_is_told(host: Visitor, house_id: int) -> None:
    """The picture's sizes are made and every work of the outbox is done."""
    while True:
        async with host.services.database.reading() as cursor:
            if not await cursor.execute("SELECT id FROM outbox WHERE done_at IS NULL LIMIT 1"):
                return
        await asyncio.sleep(0.05)


async def _upload_avatar(host: Visitor) -> Any:
    head = '--b\r\nContent-Disposition: form-data; name="avatar"; filename="me.png"\r\n\r\n'
    body = head.encode() + png("gold") + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    return await host.call("POST", f"{API}/users/avatar", body, {"Content-Type": kind})
