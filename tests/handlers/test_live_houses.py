"""Following a house's calendar: its version now, each change by itself, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.live.model import WATCH_LIMIT, Listener
from server.nights.model import calendar_task_id
from tests.houses import insert_houses, insert_user, rows, sign_in_new_host
from tests.sockets import Socket
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.services import Services

NewVisitor = Callable[[], Visitor]

pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]


async def test_a_follower_hears_of_each_change_without_asking(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    page = await Socket.open(guest)

    await page.send(op="follow", house=house_id)
    heard = [await page.until("house")]
    for days in (1, 2, 3):
        await _block(host, house_id, days)
        heard.append(await page.until("house"))
    body = f"start_date={_day(host, 1)}&end_date={_day(host, 9)}"
    await host.send("DELETE", f"{API}/houses/{house_id}/blocks?{body}")
    heard.append(await page.until("house"))

    assert heard == [_message(house_id, version) for version in range(5)]
    assert (await guest.get(f"{API}/houses/{house_id}/calendar")).data["version"] == 4


async def test_two_pages_hear_the_same_and_a_late_one_begins_with_now(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    pages = [await Socket.open(guest), await Socket.open(host)]
    for page in pages:
        await page.send(op="follow", house=house_id)
        await page.until("house")

    await _block(host, house_id, 1)
    heard = [await page.until("house") for page in pages]
    late = await Socket.open(guest)
    await late.send(op="follow", house=house_id)
    first = await late.until("house")
    await _block(host, house_id, 2)
    after = [await page.until("house") for page in (*pages, late)]

    assert heard == [_message(house_id, 1)] * 2
    assert first == _message(house_id, 1)
    assert after == [_message(house_id, 2)] * 3
    assert guest.services.houses_followed.followed == 1


async def test_changes_at_once_end_with_the_newest_and_never_go_back(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    page = await Socket.open(guest)
    await page.send(op="follow", house=house_id)
    versions = [(await page.until("house"))["version"]]

    await asyncio.gather(*(_block(host, house_id, days) for days in range(1, 13)))
    while versions[-1] < 12:
        versions.append((await page.until("house"))["version"])

    assert versions == sorted(set(versions))


@pytest.mark.parametrize("status", ["draft", "offline", None], ids=str)
async def test_what_a_visitor_may_not_see_is_not_followed(
    new_visitor: NewVisitor, status: str | None
) -> None:
    host, guest, house_id = await _house(new_visitor, status=status or "online")
    wanted = house_id if status else 10**17
    stranger, own = await Socket.open(guest), await Socket.open(host)

    await stranger.send(op="follow", house=wanted)
    refused = await stranger.until("error")
    polled = await guest.get(f"{API}/live/houses/{wanted}?after=0&wait=20")
    await own.send(op="follow", house=house_id)

    assert (refused["reason"], refused["house"]) == ("4002", wanted)
    assert (polled.status, polled.errno) == (404, "4002")
    assert await own.until("house") == _message(house_id, 0)


@pytest.mark.parametrize("house", [None, "1", 0, -1, 1.5, True, 2**63, [1], {"a": 1}])
async def test_what_is_no_house_is_refused_and_the_socket_lives(visitor: Visitor, house: Any) -> None:
    page = await Socket.open(await visitor.begin())

    await page.send(op="follow", house=house)

    assert (await page.until("error"))["house"] == house
    await page.send(op="ping")
    assert await page.until("pong")


async def test_one_socket_follows_so_many_houses(new_visitor: NewVisitor) -> None:
    _, guest, house_id = await _house(new_visitor)
    owner_id = await insert_user(guest.services)
    others = await insert_houses(guest.services, owner_id, ({} for _ in range(WATCH_LIMIT)))
    page = await Socket.open(guest)

    for one in (house_id, *others[:-1]):
        await page.send(op="follow", house=one)
        assert await page.until("house") == _message(one, 0)
    await page.send(op="follow", house=others[-1])
    refused = await page.until("error")

    assert (refused["reason"], refused["house"]) == ("4201", others[-1])
    assert guest.services.houses_followed.followed == WATCH_LIMIT


async def test_following_again_is_no_second_house(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    page = await Socket.open(guest)
    owner_id = await insert_user(guest.services)
    others = await insert_houses(guest.services, owner_id, ({} for _ in range(WATCH_LIMIT - 1)))
    for one in (house_id, *others):
        await page.send(op="follow", house=one)
        await page.until("house")

    await page.send(op="follow", house=house_id)
    again = await page.until("house")
    await _block(host, house_id, 1)

    assert again == _message(house_id, 0)
    assert await page.until("house") == _message(house_id, 1)


async def test_the_long_poll_answers_at_once_what_is_new(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    await _block(host, house_id, 1)

    answers = [
        await guest.get(f"{API}/live/houses/{house_id}{query}")
        for query in ("", "?after=0&wait=20", "?after=2&wait=20", "?after=&wait=20")
    ]
    odd = [
        await guest.get(f"{API}/live/houses/{house_id}?{query}")
        for query in ("wait=x", "wait=1e9", "wait=1.5", "wait=-5", "wait=%FF", "after=x")
    ]

    assert [answer.data for answer in answers] == [{"house": house_id, "version": 1}] * 4
    assert {answer.status for answer in odd} == {422}


async def test_the_long_poll_waits_for_a_change(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)

    poll = asyncio.ensure_future(guest.get(f"{API}/live/houses/{house_id}?after=0&wait=20"))
    await _until(lambda: guest.services.houses_followed.followed == 1)
    await _block(host, house_id, 1)

    assert (await poll).data == {"house": house_id, "version": 1}
    await _nothing_is_left(guest.services)


async def test_the_long_poll_ends_when_nothing_changes(new_visitor: NewVisitor) -> None:
    _, guest, house_id = await _house(new_visitor)

    answers = [await guest.get(f"{API}/live/houses/{house_id}?after=0&wait={wait}") for wait in (0, 1)]

    assert [answer.data for answer in answers] == [{"house": house_id, "version": 0}] * 2
    await _nothing_is_left(guest.services)


@pytest.mark.parametrize("lost", ["the key", "all keys"])
async def test_a_change_whose_result_was_lost_is_told_by_the_reconcile(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    host, guest, house_id = await _house(new_visitor)
    services = guest.services
    page = await Socket.open(guest)
    await page.send(op="follow", house=house_id)
    await page.until("house")
    task_id = calendar_task_id(house_id, 1)
    (house,) = services.houses_followed._houses.values()
    monkeypatch.setattr(services.houses_followed, "_arrived", lambda *_: None)
    services.houses_followed._unwatch(house)  # the message passes by unheard
    services.houses_followed._watch(house)

    await _block(host, house_id, 1)
    await _until_done(services, task_id)
    redis = services.captcha._redis
    if lost == "the key":
        await redis.delete(redis.key("celery-task-meta-") + task_id)
    else:
        await redis.flushdb()
    await services.houses_followed.reconcile_once()

    assert await page.until("house") == _message(house_id, 1)


async def test_without_the_reconcile_a_lost_result_is_never_told(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the message above came from MySQL, not from the result."""
    host, guest, house_id = await _house(new_visitor)
    services = guest.services
    page = await Socket.open(guest)
    await page.send(op="follow", house=house_id)
    await page.until("house")
    (house,) = services.houses_followed._houses.values()
    services.houses_followed._unwatch(house)

    async def nothing(*_arguments: object) -> dict[int, int]:
        return {}

    monkeypatch.setattr(services.nights, "versions", nothing)
    await _block(host, house_id, 1)
    await _until_done(services, calendar_task_id(house_id, 1))
    await services.houses_followed.reconcile_once()
    await page.send(op="ping")

    assert await page.get() == {"op": "pong"}


async def test_pages_that_leave_leave_nothing(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    services = guest.services
    pages = [await Socket.open(guest) for _ in range(3)]
    for page in pages:
        await page.send(op="follow", house=house_id)
        await page.until("house")
    followed = services.houses_followed.followed

    pages[0].connection.close()
    await _until(lambda: len(services.board.listeners) == 2)
    await _block(host, house_id, 1)
    heard = [await page.until("house") for page in pages[1:]]
    for page in pages[1:]:
        page.connection.close()

    assert followed == 1
    assert heard == [_message(house_id, 1)] * 2
    await _nothing_is_left(services)


async def test_a_page_that_leaves_while_its_house_is_read_leaves_nothing(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, guest, house_id = await _house(new_visitor)
    reading, go_on = _hold(monkeypatch, guest.services)
    page = await Socket.open(guest)

    await page.send(op="follow", house=house_id)
    await reading.wait()
    page.connection.close()
    go_on.set()

    await _nothing_is_left(guest.services)


async def test_a_listener_that_was_let_go_while_its_house_was_read_follows_nothing(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, guest, house_id = await _house(new_visitor)
    services = guest.services

    await _follow_and_let_go(monkeypatch, services, house_id)

    await _nothing_is_left(services)


async def test_without_the_look_at_the_listener_its_house_would_be_followed_for_ever(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a listener that looks open is put into the house's set."""
    _, guest, house_id = await _house(new_visitor)
    services = guest.services
    monkeypatch.setattr(Listener, "close", lambda *_: None)

    listener = await _follow_and_let_go(monkeypatch, services, house_id)
    followed = services.houses_followed.followed
    services.houses_followed.leave(listener)

    assert followed == 1
    await _nothing_is_left(services)


async def test_a_change_while_the_house_is_read_is_not_missed(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, guest, house_id = await _house(new_visitor)
    services = guest.services
    version = services.nights.version

    async def overtaken(viewer_id: int | None, wanted: int) -> int:
        read = await version(viewer_id, wanted)
        if read == 0:
            await _block(host, house_id, 1)
            await _until_done(services, calendar_task_id(house_id, 1))
        return read

    monkeypatch.setattr(services.nights, "version", overtaken)
    page = await Socket.open(guest)

    await page.send(op="follow", house=house_id)
    heard = [(await page.until("house"))["version"]]
    while heard[-1] != 1:
        heard.append((await page.until("house"))["version"])

    assert heard == sorted(heard)


async def _house(new_visitor: NewVisitor, **changes: Any) -> tuple[Visitor, Visitor, int]:
    """A host, a guest with a session, and a house."""
    host, guest = new_visitor(), await new_visitor().begin()
    owner_id = await sign_in_new_host(host)
    (house_id,) = await insert_houses(host.services, owner_id, [changes])
    return host, guest, house_id


async def _block(host: Visitor, house_id: int, days: int) -> Answer:
    body = {"start_date": _day(host, days), "end_date": _day(host, days + 1)}
    answer = await host.send("POST", f"{API}/houses/{house_id}/blocks", body)
    assert answer.status == 201, answer.body
    return answer


def _day(visitor: Visitor, days: int) -> str:
    return str(visitor.services.nights.today + timedelta(days=days))


def _message(house_id: int, version: int) -> dict[str, Any]:
    return {"op": "house", "house": house_id, "version": version}


def _hold(monkeypatch: pytest.MonkeyPatch, services: Services) -> tuple[asyncio.Event, asyncio.Event]:
    """Let the read of a house's version wait: says when it does, and goes on when told."""
    reading, go_on = asyncio.Event(), asyncio.Event()
    version: Callable[..., Awaitable[int]] = services.nights.version

    async def held(*arguments: Any) -> int:
        found = await version(*arguments)
        reading.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(services.nights, "version", held)
    return reading, go_on


async def _follow_and_let_go(monkeypatch: pytest.MonkeyPatch, services: Services, house_id: int) -> Listener:
    """As a socket does that ends while MySQL is read."""
    reading, go_on = _hold(monkeypatch, services)
    listener = Listener("session", None)
    services.board.admit(listener)
    following = asyncio.ensure_future(services.houses_followed.follow(listener, house_id))
    await reading.wait()
    services.houses_followed.leave(listener)
    services.board.leave(listener)
    go_on.set()
    assert await following == 0
    return listener


async def _until(is_so: Callable[[], bool]) -> None:
    """The end of the test's time is the limit."""
    while not is_so():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)


async def _until_done(services: Services, task_id: str) -> None:
    statement = "SELECT id FROM outbox WHERE task_id = %s AND done_at IS NOT NULL"
    while not await rows(services, statement, task_id):  # noqa: ASYNC110 - the worker is another process
        await asyncio.sleep(0.02)


async def _nothing_is_left(services: Services) -> None:
    """Neither in this process nor in Redis."""
    redis = services.captcha._redis
    await _until(lambda: not services.board.listeners and services.houses_followed.followed == 0)
    assert services.feed.watched == 0
    channels = await redis.pubsub_channels("*celery-task-meta*")
    while channels:
        await asyncio.sleep(0.01)
        channels = await redis.pubsub_channels("*celery-task-meta*")
