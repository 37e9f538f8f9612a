"""A page that asks for its events and never reads them: it is cut off, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from handlers import websocket
from server.live.model import QUEUE_LIMIT, CloseCode
from tests.houses import sign_in_new_user
from tests.load.thin import END, Address, upgrade
from tests.sockets import Socket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.live.model import Listener
    from tests.visitor import Visitor

pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]

HELLO = b'{"op":"hello","last_seq":null}'
TEXT = "多" * 40_000  # of each event
EVENTS = QUEUE_LIMIT - 4  # more than the system keeps for a connection, and no queue is ever full


class Line:
    """A page's connection, of which nothing is read but what is asked for."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.came = 0

    async def follow(self, visitor: Visitor) -> Listener:
        """Open the live channel, and ask for events. What the site knows it as."""
        before = visitor.services.board.listeners
        loop, parts = asyncio.get_running_loop(), urlsplit(visitor.base_url)
        address = Address(parts.hostname or "", parts.port or 0)
        await loop.sock_connect(self.socket, (address.host, address.port))
        cookie = f"ihome_session={visitor.cookies['ihome_session']}"
        await loop.sock_sendall(self.socket, upgrade(address, cookie))
        head = b""
        while not head.endswith(END):
            head += await loop.sock_recv(self.socket, 1)
        await loop.sock_sendall(self.socket, bytes((0x81, 0x80 | len(HELLO), 0, 0, 0, 0)) + HELLO)
        (mine,) = visitor.services.board.listeners - before
        await until(lambda: mine in visitor.services.board._users[mine.user_id or 0].listeners)
        return mine

    async def read(self) -> None:
        """All that comes, until the end."""
        loop = asyncio.get_running_loop()
        while came := await loop.sock_recv(self.socket, 1 << 20):
            self.came += len(came)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.socket.close()


async def greeted(visitor: Visitor) -> Socket:
    page = await Socket.open(visitor)
    await page.send(op="hello", last_seq=None)
    await page.until("ready")
    return page


async def told(visitor: Visitor, user_id: int, page: Socket) -> list[int]:
    """So many long events, each when the one before was heard; those that the page heard."""
    heard = []
    for _ in range(EVENTS):
        async with visitor.services.database.transaction() as cursor:
            body = {"name": TEXT, "avatar_url": None}
            await visitor.services.live.announce(cursor, user_id, "profile", body)
        visitor.services.outbox.wake()
        heard.append((await page.until("event"))["seq"])
    return heard


async def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < limit
        await asyncio.sleep(0.01)


async def test_a_page_that_never_reads_is_cut_off_while_others_hear_everything(
    visitor: Visitor, line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(websocket, "WRITE_SECONDS", 0.5)
    board, metrics = visitor.services.board, visitor.services.metrics
    user_id = await sign_in_new_user(visitor)
    page = await greeted(visitor)
    unread = await line.follow(visitor)
    were_open = metrics.sockets._value.get()

    heard = await told(visitor, user_id, page)
    await until(lambda: unread not in board.listeners)
    with suppress(ConnectionResetError):
        await line.read()

    assert were_open == 2
    assert heard == list(range(1, EVENTS + 1))
    assert unread.close_code is CloseCode.GOING_AWAY  # its queue was never full: a write took too long
    assert metrics.socket_closes.labels("too_slow")._value.get() == 1
    assert metrics.sockets._value.get() == 1
    assert line.came < EVENTS * len(TEXT.encode())
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
    await page.send(op="ping")
    assert await page.until("pong")


async def test_a_page_that_reads_the_same_stays(
    visitor: Visitor, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(websocket, "WRITE_SECONDS", 0.5)
    user_id = await sign_in_new_user(visitor)
    page = await greeted(visitor)
    listener = await line.follow(visitor)
    reading = asyncio.create_task(line.read())

    heard = await told(visitor, user_id, page)
    await until(lambda: line.came >= EVENTS * len(TEXT.encode()))

    assert heard == list(range(1, EVENTS + 1))
    assert listener in visitor.services.board.listeners
    assert visitor.services.metrics.sockets._value.get() == 2
    reading.cancel()
    await asyncio.wait([reading])
