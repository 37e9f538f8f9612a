"""An open websocket: its frames, its pings, and what is said on it. The request that opened it is gone by then."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import structlog
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketProtocol13

from handlers.failures import failure_sentence
from handlers.refusals import BadRequest
from server.errors import IhomeError
from server.live.houses import house_message
from server.live.model import CloseCode, Listener, TooManySockets

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tornado.websocket import _WebSocketParams

    from server.i18n import Language
    from server.services import Services

WRITE_SECONDS = 10.0
MESSAGES_PER_WINDOW = 30
WINDOW_SECONDS = 10.0


class Frames(WebSocketProtocol13):
    """Tornado's websocket, without all that it keeps while nothing is said: the handler with its request, a coroutine
    for each layer between the two, and one that waits for the next ping.
    """

    # CPython keeps up to 30 attributes of an object without a dictionary; Tornado has 29.
    __slots__ = ("_is_heard", "_next_ping", "_reading")

    handler: Conversation

    def __init__(self, conversation: Conversation, params: _WebSocketParams) -> None:
        super().__init__(conversation, mask_outgoing=False, params=params)
        self._reading: asyncio.Task[None] | None = None
        self._next_ping: asyncio.TimerHandle | None = None
        self._is_heard = False

    async def _receive_frame_loop(self) -> None:
        """Read in a task of its own: the coroutine of the handler, which waits for this one, ends here."""
        self._reading = asyncio.create_task(super()._receive_frame_loop())

    def _handle_message(self, opcode: int, data: bytes) -> asyncio.Future[None] | None:
        """As Tornado does; a close frame whose reason is no UTF-8 ends the connection, too."""
        try:
            return super()._handle_message(opcode, data)
        except UnicodeDecodeError:
            self._abort()
            return None

    def start_pinging(self) -> None:
        """Ping after each interval, until the socket closes."""
        if self.ping_interval:
            self._later(self.ping_interval, self._ping)

    def heard(self) -> None:
        """The last ping was answered."""
        self._is_heard = True

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Say so to the client, if that is not done yet."""
        super().close(code, reason)
        if self._next_ping:
            self._next_ping.cancel()
            self._next_ping = None

    def _ping(self) -> None:
        self._is_heard = False
        try:
            self.write_ping(b"")
        except StreamClosedError:
            return
        self._later(self.ping_timeout, self._expect_pong)

    def _expect_pong(self) -> None:
        if self._is_heard:
            self._later(self.ping_interval - self.ping_timeout, self._ping)
        else:
            self.close(reason="ping timed out")

    def _later(self, seconds: float, step: Callable[[], None]) -> None:
        self._next_ping = asyncio.get_running_loop().call_later(seconds, step)


class Conversation:
    """What is said on one websocket. Tornado calls the methods whose names begin with `on_`."""

    __slots__ = (
        "_frames", "_language", "_listener", "_services", "_window_count", "_window_end", "_writer",
    )  # fmt: skip

    def __init__(self, services: Services, listener: Listener, language: Language) -> None:
        self._services = services
        self._listener = listener
        self._language = language
        self._frames: Frames | None = None  # while the listener is admitted
        self._writer: asyncio.Task[None] | None = None  # while there is something to write
        self._window_end = 0.0
        self._window_count = 0

    def begin(self, frames: Frames) -> None:
        """Count the socket in, or close it with a code that sends the page to polling."""
        try:
            self._services.board.admit(self._listener)
        except TooManySockets:
            self._close(frames, CloseCode.TOO_MANY)
            return
        self._frames = frames
        self._services.metrics.sockets.inc()
        self._listener.heed(self._wake)

    async def on_message(self, message: str | bytes) -> None:
        """One operation of the client: hello, watch, follow or ping."""
        if self._frames is None:
            return
        if self._is_flood():
            self._end(CloseCode.POLICY)
            return
        try:
            request = json.loads(message)
            answer = _OPERATIONS[request["op"]]
            _encoded(request)  # what an error tells again has to be told
        except (ValueError, KeyError, TypeError, RecursionError):
            self._end(CloseCode.POLICY)
            return
        try:
            self._listener.put(await answer(self, request))
        except IhomeError as error:
            self._listener.put(
                {
                    "op": "error",
                    "reason": error.errno.value,
                    "detail": self._say(error.message, error.params),
                    "task": request.get("task"),
                    "house": request.get("house"),
                }
            )

    def on_ping(self, _content: bytes) -> None:
        """Tornado has answered it."""

    def on_pong(self, _content: bytes) -> None:
        """The client is there."""
        if self._frames:
            self._frames.heard()

    def on_ws_connection_close(self, _code: int | None = None, _reason: str | None = None) -> None:
        """Forget the listener."""
        if self._frames is None:
            return
        self._frames = None
        if self._writer:
            self._writer.cancel()
        self._listener.heed(None)
        self._services.houses_followed.leave(self._listener)
        self._services.board.leave(self._listener)
        self._services.metrics.sockets.dec()

    def log_exception(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A message was not answered, and Tornado ends the socket."""
        structlog.get_logger().error("unexpected failure on a websocket", exc_info=(kind, error, trace))

    async def _hello(self, request: dict[str, Any]) -> dict[str, Any]:
        last_seq = request.get("last_seq")
        if not (last_seq is None or (type(last_seq) is int and 0 <= last_seq < 2**63)):
            raise BadRequest
        self._services.board.unfollow(self._listener)
        seq, missed = await self._services.board.join(self._listener, last_seq)
        return {"op": "ready", "seq": seq, "events": [event.message() for event in missed]}

    async def _watch(self, request: dict[str, Any]) -> dict[str, Any]:
        task_id = request.get("task")
        if not isinstance(task_id, str) or len(task_id) > 64:
            raise BadRequest
        state = await self._services.board.watch(self._listener, task_id)
        return {"op": "task", "task": task_id, "state": state.state, "reason": state.reason}

    async def _follow(self, request: dict[str, Any]) -> dict[str, Any]:
        house_id = request.get("house")
        if type(house_id) is not int or not 0 < house_id < 2**63:
            raise BadRequest
        version = await self._services.houses_followed.follow(self._listener, house_id)
        return house_message(house_id, version)

    async def _ping(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"op": "pong"}

    def _wake(self) -> None:
        """There is something to write: begin, unless that is being done."""
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while (message := self._listener.take()) is not None:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._write(message)
            if self._listener.close_code is not None:
                self._end(self._listener.close_code)
        except TimeoutError:
            self._end(CloseCode.TOO_SLOW)
        except WebSocketClosedError:
            return
        finally:
            self._writer = None

    async def _write(self, message: dict[str, Any]) -> None:
        """Returns when the client's system has taken what was sent before. Raises WebSocketClosedError."""
        if self._frames is None or self._frames.is_closing():
            raise WebSocketClosedError
        if message["op"] == "task":
            sentence = failure_sentence(message["task"], message["reason"])
            message = {**message, "detail": self._say(sentence) if sentence else None}
        writing = self._frames.write_message(_encoded(message))
        writing.add_done_callback(_look_at)
        await asyncio.shield(writing)  # a write that is cancelled breaks a callback of Tornado's

    def _say(self, message: str, params: dict[str, Any] | None = None) -> str:
        return self._services.catalogue.translate(self._language, message, params)

    def _is_flood(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._window_end:
            self._window_end, self._window_count = now + WINDOW_SECONDS, 0
        self._window_count += 1
        return self._window_count > MESSAGES_PER_WINDOW

    def _end(self, code: CloseCode) -> None:
        """Close; a client that does not answer, or does not even read, is cut off 5 s later by Tornado."""
        if self._frames is None or self._frames.is_closing():
            return
        self._close(self._frames, code)

    def _close(self, frames: Frames, code: CloseCode) -> None:
        self._services.metrics.socket_closes.labels(code.name.lower()).inc()
        frames.close(code)


def _look_at(writing: asyncio.Future[None]) -> None:
    """A failure that nobody waits for any more; asyncio logs it as lost otherwise."""
    if not writing.cancelled():
        writing.exception()


def _encoded(message: dict[str, Any]) -> bytes:
    """JSON in UTF-8. Raises ValueError for half a surrogate pair, NaN and the infinite."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False).encode()


_OPERATIONS = {
    "hello": Conversation._hello,
    "watch": Conversation._watch,
    "follow": Conversation._follow,
    "ping": Conversation._ping,
}
