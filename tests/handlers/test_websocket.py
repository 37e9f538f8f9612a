"""An open websocket: it keeps next to nothing while nothing is said, and writes in order; a silent one is closed."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tornado.websocket import WebSocketProtocol13

from handlers import websocket
from handlers.live import LiveSocketHandler
from handlers.websocket import Conversation, Frames
from server.live.model import QUEUE_LIMIT, CloseCode, Listener
from tests.load.thin import CLOSE, Address, ThinSocket, dial
from tests.sockets import Socket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.application import IhomeApplication
    from tests.visitor import Visitor

pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[LiveSocketHandler]]:
    """All that open a websocket."""
    return _remembered(monkeypatch, LiveSocketHandler)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Frames]]:
    return _remembered(monkeypatch, Frames)


def _remembered(monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> list[weakref.ref[Any]]:
    made: list[weakref.ref[Any]] = []
    begin = kind.__init__

    def remembering(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        made.append(weakref.ref(self))

    monkeypatch.setattr(kind, "__init__", remembering)
    return made


@contextmanager
def no_collector() -> Iterator[None]:
    """What goes, goes because nothing refers to it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def greeted(visitor: Visitor) -> Socket:
    """A socket that waits."""
    await visitor.begin()
    socket = await Socket.open(visitor)
    await socket.send(op="ping")
    await socket.until("pong")
    return socket


async def thin(visitor: Visitor) -> ThinSocket:
    """The same by a client whose every byte is ours."""
    parts = urlsplit(visitor.base_url)
    cookie = f"ihome_session={visitor.cookies['ihome_session']}"
    return await dial(Address(parts.hostname or "", parts.port or 0), cookie, lambda _text: None)


def alive(kind: type[object]) -> int:
    return sum(isinstance(one, kind) for one in gc.get_objects())


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0.01)


def only_listener(visitor: Visitor) -> Listener:
    (listener,) = visitor.services.board.listeners
    return listener


async def test_nothing_of_the_request_is_kept_once_the_socket_is_open(
    visitor: Visitor, handlers: list[weakref.ref[LiveSocketHandler]]
) -> None:
    with no_collector():
        socket = await greeted(visitor)
        await settled()
        left = [one() for one in handlers]

    assert left == [None]
    await socket.send(op="ping")
    assert await socket.until("pong")


async def test_a_handler_that_reads_by_itself_stays(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, handlers: list[weakref.ref[LiveSocketHandler]]
) -> None:
    """The negative control: so it is with Tornado's own protocol."""
    monkeypatch.setattr(Frames, "_receive_frame_loop", WebSocketProtocol13._receive_frame_loop)

    with no_collector():
        await greeted(visitor)
        await settled()
        left = [one() for one in handlers]

    assert left != [None]


@pytest.mark.parametrize("is_servers_wish", [False, True])
async def test_a_closed_socket_leaves_nothing_for_the_collector(
    visitor: Visitor, opened: list[weakref.ref[Frames]], *, is_servers_wish: bool
) -> None:
    """What is frozen would not be looked at by it for hours."""
    with no_collector():
        socket = await greeted(visitor)
        was_there = opened[0]() is not None
        if is_servers_wish:
            only_listener(visitor).close(CloseCode.SIGNED_OUT)
            assert await socket.closed() == CloseCode.SIGNED_OUT
        else:
            socket.connection.close()
        await settled()
        left = opened[0](), alive(Conversation), alive(Listener)

    assert was_there
    assert left == (None, 0, 0)


async def test_a_lost_socket_leaves_nothing_for_the_collector(
    visitor: Visitor, opened: list[weakref.ref[Frames]]
) -> None:
    with no_collector():
        socket = await greeted(visitor)
        socket.connection.protocol._abort()  # no close frame: the network is gone
        await settled()
        left = opened[0](), alive(Conversation), alive(Listener)

    assert left == (None, 0, 0)
    assert not visitor.services.board.listeners


async def test_a_socket_that_waits_has_no_writer(visitor: Visitor, opened: list[weakref.ref[Frames]]) -> None:
    await greeted(visitor)
    await settled()
    frames = opened[0]()

    assert frames is not None
    assert frames.handler._writer is None


async def test_messages_are_written_in_order_and_one_at_a_time(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await greeted(visitor)
    write, writing, most = Conversation._write, 0, 0

    async def slow_write(self: Conversation, message: dict[str, Any]) -> None:
        nonlocal writing, most
        writing += 1
        most = max(most, writing)
        await asyncio.sleep(0.001)
        await write(self, message)
        writing -= 1

    monkeypatch.setattr(Conversation, "_write", slow_write)
    listener = only_listener(visitor)
    for version in range(QUEUE_LIMIT):
        listener.put({"op": "house", "house": 1, "version": version})
        if version % 7 == 0:
            await asyncio.sleep(0.002 * (version % 3))

    heard = [(await socket.until("house"))["version"] for _ in range(QUEUE_LIMIT)]

    assert heard == list(range(QUEUE_LIMIT))
    assert most == 1


async def test_who_does_not_take_a_message_in_time_is_closed_as_too_slow(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await greeted(visitor)
    monkeypatch.setattr(websocket, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(Frames, "write_message", lambda *_: asyncio.get_running_loop().create_future())

    only_listener(visitor).put({"op": "pong"})

    assert await socket.closed() == CloseCode.TOO_SLOW


@pytest.mark.parametrize(("reason", "answered"), [(b"\xff\xfe", None), ("再见".encode(), 1000)])
async def test_whoever_closes_is_let_go_at_once_whatever_the_reason(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, reason: bytes, answered: int | None
) -> None:
    """One that is no UTF-8 breaks the connection off; the other is the negative control."""
    await visitor.begin()
    socket = await thin(visitor)
    with no_collector():
        socket._write(CLOSE, (1000).to_bytes(2) + reason)

        async with asyncio.timeout(10):
            code = await socket.ended
        await settled()
        left = alive(Frames), alive(Listener)
    gc.collect()  # a task whose failure nobody looked at says so when it goes

    assert code == answered
    assert left == (0, 0)
    assert not visitor.services.board.listeners
    assert caplog.records == []


async def test_a_close_is_counted_once_however_much_the_client_still_says(visitor: Visitor) -> None:
    socket = await greeted(visitor)
    closes = visitor.services.metrics.socket_closes.labels("policy")

    said = [socket.connection.write_message("nonsense") for _ in range(5)]
    await asyncio.gather(*said, return_exceptions=True)

    assert await socket.closed() == CloseCode.POLICY
    assert closes._value.get() == 1


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_socket_that_answers_no_ping_is_closed(
    visitor: Visitor, app: IhomeApplication, monkeypatch: pytest.MonkeyPatch, *, is_answered: bool
) -> None:
    """The one that answers is the negative control: it lives through many pings."""
    monkeypatch.setitem(app.settings, "websocket_ping_interval", 0.2)
    monkeypatch.setitem(app.settings, "websocket_ping_timeout", 0.1)
    socket = await greeted(visitor)
    pings = 0
    send_pong = WebSocketProtocol13._send_pong

    def pong(protocol: WebSocketProtocol13, content: bytes) -> None:
        nonlocal pings
        pings += 1
        if is_answered:
            send_pong(protocol, content)

    monkeypatch.setattr(WebSocketProtocol13, "_send_pong", pong)
    if is_answered:
        async with asyncio.timeout(20):
            while pings < 4:  # noqa: ASYNC110 - a ping tells nobody
                await asyncio.sleep(0.05)
        await socket.send(op="ping")
        assert await socket.until("pong")
    else:
        assert await socket.closed() == 1000
        assert pings == 1
