"""Houses over HTTP: publish, edit, put online, show, list, delete, and nobody else's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from handlers.routes import CALLS, HOUSE
from server.houses import repository
from server.houses.model import MOVES, HouseStatus
from server.search.words import search_text, words_of
from tests.houses import (
    FIELDS,
    add_picture,
    count_online,
    empty_town,
    insert_houses,
    publish,
    publish_online,
    put_online,
    rows,
    sign_in_again,
    sign_in_new_host,
    sign_in_new_user,
    stored,
    take_nights,
    upload_calendar,
)
from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from server.db import Cursor, Row
    from server.services import Services

NewVisitor = Callable[[], Visitor]

pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]

# Field, and what its rule or its type refuses.
REFUSED: dict[str, list[Any]] = {
    "title": ["", " 一 ", "字" * 65, "x" * 401, "响\u0007铃", "\u202e反了", 5, None, True, ["x"], {"a": 1}],
    "address": ["", "三个字", "字" * 129, "看不见\u200b的字符", 5, None],
    "area_id": [0, -1, 17, 65536, 10**30, "2", 2.5, None, True, [2]],
    "price": [
        "", " ", "19.999", "1e9", 1e9, -1, "-1", "１９", "19,99", "¥19", "0x10", "NaN", "19.", ".5", "0.99",
        0, "100000.01", 19.999, "1" * 5000, 10**30, None, True, [], {},
    ],
    "deposit": ["", "1.005", -0.01, "1000000.01", 1e9, None, False, ["5"]],
    "room_count": [0, 51, -1, 10**30, "2", 2.5, None, True],
    "acreage": [0, 10_001, -1, "60", None],
    "unit": ["", "字" * 33, 3, None],
    "capacity": [0, 51, -1, "4", None, True],
    "beds": ["", "字" * 65, 3, None],
    "min_days": [0, 366, -1, "1", None],
    "max_days": [-1, 366, "30", None],
    "facility": [[24], [33], [0], [-1], [1, 1], ["1"], [True], list(range(1, 66)), "1,3", {"1": 1}, None],
}  # fmt: skip
ACCEPTED: list[tuple[Any, int]] = [
    ("19.99", 1999), (19.99, 1999), (1999, 199_900), ("1999", 199_900), ("19.9", 1990), (19.0, 1900),
    (" 20 ", 2000), (1, 100), (100_000, 10_000_000), ("99999.99", 9_999_999), (16.35, 1635), (1.1, 110),
]  # fmt: skip
PRICES = {
    "weekend_price": None, "weekly_percent": 0, "monthly_percent": 0, "cleaning_fee": 0, "instant": True,
    "cancellation": "flexible", "wants_verified": False, "special": [],
}  # fmt: skip
OWNERS_CALLS = [
    ("PUT", "", FIELDS),
    ("DELETE", "", None),
    ("PUT", "/status", {"status": "offline"}),
    ("POST", "/images", None),
    ("PUT", "/images/order", {"image_ids": [1]}),
    ("DELETE", "/images/1", None),
    ("POST", "/blocks", {"start_date": "2027-01-01", "end_date": "2027-01-03"}),
    ("DELETE", "/blocks?start_date=2027-01-01&end_date=2027-01-03", None),
    ("PUT", "/prices", PRICES),
    ("POST", "/calendars", {"name": "x", "url": "https://example.com/a.ics"}),
    ("POST", "/calendars/file", None),
    ("PUT", "/calendars/1", {"name": "x"}),
    ("DELETE", "/calendars/1", None),
    ("POST", "/calendars/1/sync", None),
    ("POST", "/calendars/export", None),
    ("DELETE", "/calendars/export", None),
]


async def test_a_draft_is_its_owners_alone_until_it_is_online(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)

    house_id = await publish(host)
    hidden = await guest.get(f"{API}/houses/{house_id}")
    own = await host.get(f"{API}/houses/{house_id}")
    await put_online(host, house_id)
    shown = await guest.get(f"{API}/houses/{house_id}")

    assert (hidden.status, hidden.errno) == (404, "4002")
    assert (own.status, shown.status) == (200, 200)
    house = shown.data["house"]
    assert (house["price"], house["deposit"], house["facilities"]) == (1999, 50000, [1, 3, 7])
    assert (house["hid"], house["house_id"]) == (house_id, house_id)
    assert (house["area_name"], house["unit"], house["max_days"]) == ("西城区", FIELDS["unit"], 30)
    assert house["img_urls"] == [one["url"] for one in house["images"]] != []
    assert (house["comments"], house["rating"]) == ([], {"average": None, "count": 0})


async def test_a_house_shows_what_guests_said_of_it(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    guest_id = await sign_in_new_user(guest)
    house_id = await publish_online(host)
    for number, rating in enumerate((5, 4, 4)):
        await rows(
            host.services,
            "INSERT INTO reviews (order_id, house_id, guest_id, rating, comment, created_at)"
            " VALUES (%s, %s, %s, %s, %s, NOW(6) + INTERVAL %s SECOND)",
            house_id * 10 + number, house_id, guest_id, rating, f"第 {number} 次", number,
        )  # fmt: skip
    await rows(host.services, "UPDATE houses SET rating_sum = 13, rating_count = 3 WHERE id = %s", house_id)

    house = (await guest.get(f"{API}/houses/{house_id}")).data["house"]

    assert house["rating"] == {"average": 4.3, "count": 3}
    assert [one["comment"] for one in house["comments"]] == ["第 2 次", "第 1 次", "第 0 次"]
    assert set(house["comments"][0]) == {"comment", "user_name", "user_avatar", "ctime", "rating", "reply"}


async def test_only_people_with_a_checked_name_publish(new_visitor: NewVisitor) -> None:
    visitor, stranger = new_visitor(), new_visitor()
    user_id = await sign_in_new_user(visitor)
    await stranger.begin()

    refused = await visitor.send("POST", f"{API}/houses", FIELDS)
    unknown = await stranger.send("POST", f"{API}/houses", FIELDS)

    assert (refused.status, refused.errno) == (403, "4105")
    assert (unknown.status, unknown.errno) == (401, "4101")
    assert await rows(visitor.services, "SELECT id FROM houses WHERE owner_id = %s", user_id) == []


@pytest.mark.parametrize("field", REFUSED)
async def test_what_a_rule_refuses_is_said_beside_its_field_and_changes_nothing(
    visitor: Visitor, field: str
) -> None:
    owner_id = await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    before = await stored(visitor.services, house_id)
    sent = [{**FIELDS, field: value} for value in REFUSED[field]]

    answers = [await visitor.send("POST", f"{API}/houses", body) for body in sent]
    answers += [await visitor.send("PUT", f"{API}/houses/{house_id}", body) for body in sent]

    named = [
        (answer.status, answer.errno, {name.split(".")[0] for name in answer.fields}) for answer in answers
    ]
    wrong = [(body[field], *one) for body, one in zip(sent * 2, named, strict=True)]
    assert [one for one in wrong if one[1:] != (422, "4103", {field})] == []
    assert all(answer.fields for answer in answers)
    assert await stored(visitor.services, house_id) == before
    owned = await rows(visitor.services, "SELECT id FROM houses WHERE owner_id = %s", owner_id)
    assert [one["id"] for one in owned] == [house_id]


@pytest.mark.parametrize("field", ["price", "deposit"])
async def test_an_amount_that_is_none_is_named_once(visitor: Visitor, field: str) -> None:
    await sign_in_new_host(visitor)

    answers = [
        await visitor.send("POST", f"{API}/houses", {**FIELDS, field: value}) for value in (None, True, [])
    ]

    assert [list(answer.fields) for answer in answers] == [[field]] * 3


async def test_amounts_are_exact_fen(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)

    house_ids = [await publish(visitor, price=price, deposit=price) for price, _ in ACCEPTED]

    houses = [(await visitor.get(f"{API}/houses/{house_id}")).data["house"] for house_id in house_ids]
    assert [(house["price"], house["deposit"]) for house in houses] == [(fen, fen) for _, fen in ACCEPTED]
    assert all(type(house["price"]) is int for house in houses)


async def test_the_bounds_themselves_are_accepted(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    least = {
        "title": "两字",
        "address": "四个字吧",
        "unit": "一",
        "beds": "床",
        "room_count": 1,
        "acreage": 1,
    }
    most = {
        "title": "字" * 64, "address": "字" * 128, "unit": "字" * 32, "beds": "字" * 64, "room_count": 50,
        "acreage": 10_000, "capacity": 50, "min_days": 365, "max_days": 365, "deposit": 1_000_000,
        "facility": list(range(1, 24)), "area_id": 16,
    }  # fmt: skip

    first = await publish(visitor, **least, capacity=1, min_days=1, max_days=0, deposit=0, facility=[])
    second = await publish(visitor, **most)
    house = (await visitor.get(f"{API}/houses/{second}")).data["house"]

    assert (await visitor.get(f"{API}/houses/{first}")).data["house"]["facilities"] == []
    assert {name: house[name] for name in ("title", "address", "beds")} == {
        name: most[name] for name in ("title", "address", "beds")
    }
    assert house["facilities"] == most["facility"]


async def test_all_that_is_wrong_is_said_at_once(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    wrong = {
        "title": "", "address": "", "area_id": 99, "price": "x", "deposit": "-1", "room_count": 0, "acreage": 0,
        "unit": "", "capacity": 0, "beds": "", "min_days": 5, "max_days": 3, "facility": [24],
    }  # fmt: skip

    answer = await visitor.send("POST", f"{API}/houses", wrong)
    visitor.language = "en"
    english = await visitor.send("POST", f"{API}/houses", wrong)

    assert answer.status == 422
    assert set(answer.fields) == set(FIELDS) - {
        "min_days"
    }  # five nights are fine, at most three then are not
    assert len(answer.json["errors"]) == len(answer.fields)
    assert all(sentence.isascii() for sentence in english.fields.values()), english.fields


async def test_markup_in_a_title_comes_back_as_text(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    title = "<script>alert('别墅')</script>"
    house_id = await publish_online(host, title=title, address='"><img src=x onerror=alert(1)>')

    house = await guest.get(f"{API}/houses/{house_id}")
    found = await guest.find(q="<script>")

    assert house.data["house"]["title"] == title
    assert [one["title"] for one in found.data["houses"] if one["house_id"] == house_id] == [title]
    for answer in (house, found):
        assert b"</script" not in answer.body
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_markup_in_a_title_is_text_on_every_page(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    title = "</title><script>alert('别墅')</script>"
    house_id = await publish_online(host, title=title, address='"><img src=x onerror=alert(1)>')

    pages = [await guest.get(path) for path in (f"/house/{house_id}", f"/detail.html?id={house_id}", "/")]

    for page in pages:
        assert page.status == 200
        assert "&lt;script&gt;alert" in page.body.decode()
        assert b"<script>alert" not in page.body
        assert b"<img src=x" not in page.body


async def test_an_edit_writes_every_field_and_counts_the_version(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    new = {
        "title": "改过的标题", "address": "朝阳区三里屯路 19 号", "area_id": 3, "price": 288, "deposit": 0,
        "room_count": 3, "acreage": 88, "unit": "三室", "capacity": 6, "beds": "大床 3 张", "min_days": 2,
        "max_days": 0, "facility": [2, 23],
    }  # fmt: skip

    edited = await visitor.send("PUT", f"{API}/houses/{house_id}", {**new, "version": 1})
    house = (await visitor.get(f"{API}/houses/{house_id}")).data["house"]

    assert edited.data == {"house_id": house_id, "version": 2}
    same = {name: house[name] for name in new if name in house and name not in {"price", "facility"}}
    assert same == {name: new[name] for name in same}
    assert (house["price"], house["facilities"], house["version"]) == (28_800, [2, 23], 2)


async def test_an_edit_of_an_old_version_is_refused_and_changes_nothing(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    await visitor.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "第二版"})
    before = await stored(visitor.services, house_id)

    answer = await visitor.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "version": 1})
    odd = [
        await visitor.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "version": version})
        for version in (0, -1, "2", 2**40, True, 1.5)
    ]

    assert (answer.status, answer.errno, answer.fields.keys()) == (409, "4004", {"version"})
    assert [(one.status, one.fields.keys()) for one in odd] == [(422, {"version"})] * len(odd)
    assert await stored(visitor.services, house_id) == before


async def test_of_parallel_edits_of_one_version_one_is_written(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    bodies = [{**FIELDS, "title": f"标题之{number}"} for number in range(8)]
    path = f"{API}/houses/{house_id}"

    with_version = await asyncio.gather(
        *(visitor.send("PUT", path, {**body, "version": 1}) for body in bodies)
    )
    without = await asyncio.gather(*(visitor.send("PUT", path, body) for body in bodies))

    assert sorted(answer.status for answer in with_version) == [200] + [409] * 7
    assert sorted(answer.data["version"] for answer in without) == list(range(3, 11))  # the control: all are


async def test_words_and_counts_follow_an_edit(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host, title="银杏树下", address="西城区白塔寺", area_id=2)

    await host.send(
        "PUT",
        f"{API}/houses/{house_id}",
        {**FIELDS, "title": "枫树下面", "address": "朝阳区白塔寺", "area_id": 3},
    )

    words = await rows(host.services, "SELECT word FROM house_words WHERE house_id = %s", house_id)
    assert {one["word"] for one in words} == words_of(search_text("枫树下面", "朝阳区白塔寺"))
    assert await count_online(host.services) == {3: 1}
    assert [(await _found(guest, q)) for q in ("银杏", "枫树", "白塔寺")] == [[], [house_id], [house_id]]


@pytest.mark.parametrize("now", HouseStatus)
async def test_a_status_moves_as_the_table_says(visitor: Visitor, now: HouseStatus) -> None:
    await sign_in_new_host(visitor)
    await empty_town(visitor.services)
    house_id = await publish(visitor)
    await add_picture(visitor, house_id)
    online = 1 if now is HouseStatus.ONLINE else 0

    for wanted in HouseStatus:
        await rows(visitor.services, "UPDATE houses SET status = %s WHERE id = %s", now.value, house_id)
        await rows(visitor.services, "UPDATE areas SET online_count = %s WHERE id = 2", online)
        answer = await visitor.send("PUT", f"{API}/houses/{house_id}/status", {"status": wanted.value})
        (house,) = (await stored(visitor.services, house_id))["houses"]

        if wanted is now or (now, wanted) in MOVES:
            assert answer.data == {"house_id": house_id, "status": wanted.value, "version": house["version"]}
            assert house["status"] == wanted.value
            assert await count_online(visitor.services) == ({2: 1} if wanted is HouseStatus.ONLINE else {})
        else:
            assert (answer.status, answer.errno, answer.fields.keys()) == (409, "4004", {"status"})
            assert house["status"] == now.value
            assert await count_online(visitor.services) == ({2: 1} if online else {})


async def test_parallel_moves_count_a_house_once(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    await empty_town(visitor.services)
    house_id = await publish(visitor)
    await add_picture(visitor, house_id)
    path = f"{API}/houses/{house_id}/status"

    answers = await asyncio.gather(*(visitor.send("PUT", path, {"status": "online"}) for _ in range(10)))

    assert {answer.status for answer in answers} == {200}
    assert await count_online(visitor.services) == {2: 1}


async def test_hosts_that_work_at_once_do_not_collide_and_every_house_is_counted(
    new_visitor: NewVisitor,
) -> None:
    hosts = [new_visitor() for _ in range(5)]
    owner_ids = [await sign_in_new_host(host) for host in hosts]
    services = hosts[0].services
    await empty_town(services)
    owned = [await insert_houses(services, owner_id, ({} for _ in range(4))) for owner_id in owner_ids]
    work = [
        host.send(
            "PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": f"同样的字{area_id}", "area_id": area_id}
        )
        for host, house_ids in zip(hosts, owned, strict=True)
        for house_id, area_id in zip(house_ids[:2], (3, 4), strict=True)
    ]
    for host, house_ids in zip(hosts, owned, strict=True):
        work.append(host.send("PUT", f"{API}/houses/{house_ids[2]}/status", {"status": "offline"}))
        work.append(host.send("DELETE", f"{API}/houses/{house_ids[3]}"))
        work.append(host.send("POST", f"{API}/houses", FIELDS))

    answers = await asyncio.gather(*work)

    assert {answer.status for answer in answers} == {200, 201}
    assert await count_online(services) == {3: 5, 4: 5}
    counted = await rows(
        services, "SELECT area_id, COUNT(*) AS houses FROM houses WHERE status = 'online' GROUP BY area_id"
    )
    assert {row["area_id"]: row["houses"] for row in counted} == {3: 5, 4: 5}


@pytest.mark.parametrize("status", ["sold", "", "ONLINE", None, 1, ["online"]])
async def test_there_is_no_other_status(visitor: Visitor, status: object) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)

    answer = await visitor.send("PUT", f"{API}/houses/{house_id}/status", {"status": status})

    assert (answer.status, answer.fields.keys()) == (422, {"status"})


async def test_without_a_picture_or_a_checked_name_nothing_goes_online(visitor: Visitor) -> None:
    user_id = await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    path = f"{API}/houses/{house_id}/status"

    bare = await visitor.send("PUT", path, {"status": "online"})
    await put_online(visitor, house_id)
    await rows(visitor.services, "DELETE FROM identities WHERE user_id = %s", user_id)
    off = await visitor.send("PUT", path, {"status": "offline"})
    on_again = await visitor.send("PUT", path, {"status": "online"})

    assert (bare.status, bare.errno, bare.fields.keys()) == (409, "4004", {"images"})
    assert off.status == 200
    assert (on_again.status, on_again.errno) == (403, "4105")
    assert (await stored(visitor.services, house_id))["houses"][0]["status"] == "offline"


async def test_a_house_with_guests_ahead_stays(visitor: Visitor) -> None:
    owner_id = await sign_in_new_host(visitor)
    (house_id,) = await insert_houses(visitor.services, owner_id, [{}])
    today = visitor.services.nights.today
    await take_nights(visitor.services, house_id, [today - timedelta(days=1), today])
    before = await stored(visitor.services, house_id)

    refused = await visitor.send("DELETE", f"{API}/houses/{house_id}")
    unchanged = await stored(visitor.services, house_id)
    await rows(
        visitor.services, "DELETE FROM house_nights WHERE house_id = %s AND night = %s", house_id, today
    )
    deleted = await visitor.send("DELETE", f"{API}/houses/{house_id}")

    assert (refused.status, refused.errno) == (409, "4004")
    assert unchanged == before
    assert deleted.status == 200


async def test_a_deleted_house_leaves_nothing(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    services = host.services
    await empty_town(services)
    house_id = await publish_online(host)
    kept = await publish_online(host)
    await take_nights(services, house_id, [services.nights.today], "block")
    held = await rows(services, "SELECT object_key FROM house_images WHERE house_id = %s", house_id)
    before = await _references(services, held)

    deleted = await host.send("DELETE", f"{API}/houses/{house_id}")
    again = await host.send("DELETE", f"{API}/houses/{house_id}")

    assert (deleted.status, again.status) == (200, 404)
    assert set(map(len, (await stored(services, house_id)).values())) == {0}
    assert await _references(services, held) == [count - 1 for count in before]
    assert await count_online(services) == {2: 1}
    assert (await guest.get(f"{API}/houses/{house_id}")).status == 404
    assert await _found(guest, "四合院") == [kept]


async def test_nobody_but_the_owner_changes_a_house(new_visitor: NewVisitor) -> None:
    host, stranger, nobody = new_visitor(), new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_host(stranger)
    await nobody.begin()
    house_id = await publish_online(host)
    await _until_pictures_are_ready(host, house_id)
    before = await stored(host.services, house_id)

    foreign = [await _call_as_owner(stranger, house_id, *call) for call in OWNERS_CALLS]
    missing = [await _call_as_owner(stranger, 10**17, *call) for call in OWNERS_CALLS]
    anonymous = [await _call_as_owner(nobody, house_id, *call) for call in OWNERS_CALLS]

    assert foreign == missing == [(404, "4002")] * len(OWNERS_CALLS)
    assert anonymous == [(401, "4101")] * len(OWNERS_CALLS)
    assert await stored(host.services, house_id) == before


async def test_without_the_owner_in_the_lock_a_stranger_gets_in(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the rows above are protected by the owner in the WHERE alone."""
    host, stranger = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_host(stranger)
    house_id = await publish_online(host)
    lock_owned = repository.lock_owned

    async def lock_anybodys(cursor: Cursor, wanted: int, owner_id: int) -> Row | None:
        await cursor.execute("SELECT owner_id FROM houses WHERE id = %s", (wanted,))
        row = await cursor.fetchone()
        return await lock_owned(cursor, wanted, row["owner_id"]) if row else None

    monkeypatch.setattr(repository, "lock_owned", lock_anybodys)

    edited = await stranger.send("PUT", f"{API}/houses/{house_id}", {**FIELDS, "title": "不是我的房子"})

    assert edited.status == 200


def test_every_call_of_an_owner_is_tried_by_a_stranger() -> None:
    changing = {
        (verb.upper(), pattern)
        for pattern, handler in CALLS
        if pattern.startswith(HOUSE) and not pattern.endswith("/quote")
        for verb in ("post", "put", "delete")
        if verb in vars(handler)
    }

    tried = {
        (verb, pattern)
        for verb, path, _ in OWNERS_CALLS
        for pattern, _ in CALLS
        if re.fullmatch(pattern, f"{API}/houses/1{path.split('?', maxsplit=1)[0]}")
    }

    assert changing == tried


async def test_the_owner_lists_houses_of_any_status_newest_first(new_visitor: NewVisitor) -> None:
    host, other = new_visitor(), new_visitor()
    owner_id, other_id = await sign_in_new_host(host), await sign_in_new_host(other)
    statuses = [("draft", "online", "offline")[number % 3] for number in range(23)]
    house_ids = await insert_houses(host.services, owner_id, ({"status": status} for status in statuses))
    await insert_houses(host.services, other_id, [{}])
    await add_picture(host, house_ids[-1])

    first = await host.get(f"{API}/user/houses")
    await host.send("DELETE", f"{API}/houses/{house_ids[-5]}")
    second = await host.get(f"{API}/user/houses?cursor={first.data['next']}")

    listed = first.data["houses"] + second.data["houses"]
    assert [house["house_id"] for house in listed] == house_ids[::-1]
    assert [house["status"] for house in listed] == statuses[::-1]
    assert second.data["next"] is None
    assert [house["image_count"] for house in listed[:2]] == [1, 0]
    assert listed[0]["img_url"] == listed[0]["image"]["url"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert len((await other.get(f"{API}/user/houses")).data["houses"]) == 1


@pytest.mark.parametrize("query", ["cursor=x", "cursor=-1", "cursor=1e3", "cursor=" + "9" * 20, "p=1"])
async def test_the_owners_list_refuses_odd_places(visitor: Visitor, query: str) -> None:
    await sign_in_new_host(visitor)

    answer = await visitor.get(f"{API}/user/houses?{query}")

    assert (answer.status, answer.fields.keys()) == (422, {query.split("=", maxsplit=1)[0]})


async def test_the_owners_other_page_hears_of_each_change(new_visitor: NewVisitor) -> None:
    host, phone = new_visitor(), new_visitor()
    await sign_in_again(phone, await sign_in_new_host(host))
    page = await Socket.open(phone)
    await page.send(op="hello", last_seq=None)
    await page.until("ready")

    house_id = await publish(host)
    heard = [await page.until("event")]
    await put_online(host, house_id)
    while heard[-1].get("status") != "online":
        heard.append(await page.until("event"))
    await host.send("DELETE", f"{API}/houses/{house_id}")
    while heard[-1].get("status") != "deleted":
        heard.append(await page.until("event"))

    assert {(event["kind"], event["house_id"]) for event in heard} == {("house", house_id)}
    assert heard[0]["status"] == "draft"
    assert [event["seq"] for event in heard] == list(range(1, len(heard) + 1))
    assert 1 in [event.get("images") for event in heard]


async def _found(visitor: Visitor, question: str) -> list[int]:
    answer = await visitor.find(q=question)
    return [house["house_id"] for house in answer.data["houses"]]


async def _references(services: Services, held: list[Row]) -> list[int]:
    return [
        (await rows(services, "SELECT ref_count FROM objects WHERE sha256 = %s", one["object_key"][3:67]))[0][
            "ref_count"
        ]
        for one in held
    ]


async def _until_pictures_are_ready(host: Visitor, house_id: int) -> None:
    """The worker changes the rows, too."""
    images = [{"state": "processing"}]
    while any(image["state"] == "processing" for image in images):
        await asyncio.sleep(0.05)
        images = (await host.get(f"{API}/houses/{house_id}")).data["house"]["images"]


async def _call_as_owner(visitor: Visitor, house_id: int, verb: str, path: str, body: Any) -> tuple[int, str]:
    if path == "/images":
        answer = await add_picture(visitor, house_id)
    elif path == "/calendars/file":
        answer = await upload_calendar(visitor, f"{API}/houses/{house_id}/calendars", b"")
    else:
        answer = await visitor.send(verb, f"{API}/houses/{house_id}{path}", body)
    return answer.status, answer.errno
