"""Many pages that come at once: a few sessions are looked up at a time, and none of a page that does not wait."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs
from tornado.httpclient import HTTPClientError

from server.live import door as doors
from tests.houses import sign_in_new_user
from tests.load.thin import Address, Refused, ThinSocket, dial
from tests.sockets import Socket

if TYPE_CHECKING:
    from server.services import Services
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)

PAGES = 60


class Lookups:
    """In the place of the sessions' own: takes its time, and counts."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.seconds = seconds
        self.now = self.most = self.done = 0

    async def user_id(self, _session_id: str) -> int | None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        self.done += 1
        return None


@pytest.fixture
def lookups(services: Services, monkeypatch: pytest.MonkeyPatch) -> Lookups:
    lookups = Lookups()
    monkeypatch.setattr(services.sessions, "user_id", lookups.user_id)
    return lookups


async def come(visitor: Visitor, number: int = 0) -> ThinSocket:
    """A page whose websocket is open."""
    parts = urlsplit(visitor.base_url)
    address = Address(parts.hostname or "", parts.port or 0)
    return await dial(address, f"ihome_session=visitor-{number:012}", lambda _text: None)


async def come_all(visitor: Visitor) -> None:
    """All pages at once; none is refused."""
    sockets = await asyncio.gather(*(come(visitor, number) for number in range(PAGES)))
    for one in sockets:
        one.abort()
    await asyncio.gather(*(one.ended for one in sockets))


async def test_sessions_of_a_crowd_are_looked_up_a_few_at_a_time(visitor: Visitor, lookups: Lookups) -> None:
    await come_all(visitor)

    assert (lookups.most, lookups.done) == (doors.AT_ONCE, PAGES)


async def test_without_the_door_all_of_them_are_looked_up_at_once(visitor: Visitor, lookups: Lookups) -> None:
    visitor.services.door.free = 1000

    await come_all(visitor)

    assert lookups.most > doors.AT_ONCE


async def test_long_polls_stand_in_the_same_line(visitor: Visitor, lookups: Lookups) -> None:
    visitor.services.door.free = 2
    visitor.cookies["ihome_session"] = "visitor-of-a-long-poll"

    answers = await asyncio.gather(*(visitor.get("/api/v1_0/live/events") for _ in range(8)))

    assert {answer.status for answer in answers} == {401}
    assert (lookups.most, lookups.done) == (2, 8)


async def test_a_poll_whose_client_left_listens_no_more(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    listeners = visitor.services.board
    parts = urlsplit(visitor.base_url)
    cookie = f"ihome_session={visitor.cookies['ihome_session']}"

    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"GET /api/v1_0/live/events?after=0&wait=25 HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n"
    writer.write(head.encode())
    await until(lambda: len(listeners.listeners) == 1)
    writer.close()
    await until(lambda: not listeners.listeners)


async def test_whoever_waits_too_long_is_told_when_to_come_again(
    visitor: Visitor, lookups: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "PATIENCE_SECONDS", 0.05)
    visitor.services.door.free = 0
    await visitor.begin()

    with pytest.raises(HTTPClientError) as refused:
        await Socket.open(visitor)

    assert refused.value.code == 503
    assert refused.value.response is not None
    assert refused.value.response.headers["Retry-After"] == "2"
    assert lookups.done == 0


async def test_nobody_looks_for_the_session_of_a_page_that_left_the_line(
    visitor: Visitor, lookups: Lookups
) -> None:
    door = visitor.services.door
    door.free = 0
    waiting = [asyncio.create_task(come(visitor, number)) for number in range(3)]
    await until(lambda: door.waiting == 3)

    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.wait(waiting[:2])
    await asyncio.sleep(0.1)  # the site hears of it
    door._give_on()
    let_in = await waiting[2]

    assert lookups.done == 1
    let_in.abort()
    await let_in.ended


async def test_a_page_that_leaves_while_it_is_looked_up_is_no_defect(
    visitor: Visitor, lookups: Lookups
) -> None:
    lookups.seconds = 0.3
    coming = asyncio.create_task(come(visitor))
    await until(lambda: lookups.now == 1)

    with capture_logs() as logged:
        coming.cancel()
        await until(lambda: lookups.done == 1)
        await asyncio.sleep(0.1)

    assert [one for one in logged if one["log_level"] == "error"] == []
    assert not visitor.services.board.listeners


async def test_the_line_is_not_for_those_who_are_refused_anyway(visitor: Visitor, lookups: Lookups) -> None:
    # the control of the client of this module: it says what the site said
    parts = urlsplit(visitor.base_url)

    with pytest.raises(Refused, match="403"):
        await dial(Address(parts.hostname or "", parts.port or 0), "other=1", lambda _text: None)

    assert lookups.done == 0


async def until(holds: object, seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < limit
        await asyncio.sleep(0.01)
