"""The live channel: one websocket a page, and the long-poll twins on the same board."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from handlers.access import public
from handlers.base import BaseHandler
from handlers.failures import failure_sentence
from handlers.operations import operation
from handlers.refusals import BadRequest, ForeignOrigin, NoWebSocket
from handlers.shapes.live import STATES, EventsShape, HouseVersionNewsShape, TaskShape
from handlers.visitors import session_cookie
from handlers.wire import LongNumber, Number, Query
from server.errors import BadToken, IhomeError, NoSuchThing, Overloaded
from server.houses.model import NoSuchHouse
from server.live.houses import house_message
from server.live.model import CloseCode, Listener, TooManySockets
from server.outbox.model import TaskState
from server.tokens.model import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_WAIT_SECONDS = 25.0
WRITE_SECONDS = 10.0
MESSAGES_PER_WINDOW = 30
WINDOW_SECONDS = 10.0
VERSIONS = frozenset({"7", "8", "13"})  # of the websocket protocol, as Tornado speaks them


class WaitQuery(Query):
    """How long to wait for news, in seconds."""

    wait: Number = Field(0, description="seconds to wait for news; more than 25 counts as 25", examples=[20])

    @property
    def seconds(self) -> float:
        """Bounded."""
        return min(float(self.wait), MAX_WAIT_SECONDS)


class TaskQuery(WaitQuery):
    """What the client knows of a task."""

    seen: STATES = Field("unknown", description="the state that was answered last", examples=["queued"])


class EventsQuery(WaitQuery):
    """What the client knows of the user's events."""

    after: LongNumber = Field(0, description="the newest event that is known", examples=[17])


class HouseVersionQuery(WaitQuery):
    """What the client knows of a calendar."""

    after: LongNumber | None = Field(None, description="the version that is known", examples=[9])


class _LiveBase(BaseHandler):
    must_know = True  # a listener that was taken for nobody would miss everything
    kept = "no-store"  # what changes any moment
    is_gone = False

    async def load_user(self) -> None:
        """As everywhere, in line with all who come back at the same time; whoever left the line costs no more."""
        async with self.services.door.turn():
            if self.is_gone:
                raise Overloaded
            await super().load_user()

    def on_connection_close(self) -> None:
        """The visitor does not wait any longer."""
        self.is_gone = True
        super().on_connection_close()

    def detail(self, task_id: str, reason: str | None) -> str | None:
        """Why a task failed, in the visitor's language."""
        message = failure_sentence(task_id, reason)
        return self.say(message) if message else None

    def task_view(self, task_id: str, state: TaskState) -> dict[str, Any]:
        """A task's state as clients see it."""
        return {
            "task_id": task_id,
            "state": state.state,
            "reason": state.reason,
            "detail": self.detail(task_id, state.reason),
        }


@public("600/minute")
class TaskHandler(_LiveBase):
    """The state of a task that this session caused."""

    @operation(
        name="getTask",
        query=TaskQuery,
        answer=TaskShape,
        refusals=(NoSuchThing, TooManySockets),
        scope=Scope.READ,
    )
    async def get(self, task_id: str) -> None:
        """How far a task is: at once when the state is beyond `seen`, else after its next change or `wait` seconds."""
        query = self.parse_query(TaskQuery)
        wait, seen = query.seconds, TaskState(query.seen)
        listener = Listener(self.session_digest, self.user_id, self.address)
        board = self.services.board
        board.admit(listener)
        try:
            state = await board.watch(listener, task_id)
            while not state.is_final and state.rank <= seen.rank and wait:
                message = await _next(listener, wait)
                if message is None:
                    break
                state = TaskState(message["state"], message["reason"])
            if state.rank < seen.rank:
                state = seen  # MySQL knows only the ends; what the client saw happened
        finally:
            board.leave(listener)
        self.succeed(self.task_view(task_id, state))


class LiveEventsHandler(_LiveBase):
    """The user's own events."""

    @operation(
        name="listEvents",
        query=EventsQuery,
        answer=EventsShape,
        refusals=(TooManySockets,),
        scope=Scope.READ,
    )
    async def get(self) -> None:
        """The user's events after `after`, at once when there are any, else the next one within `wait` seconds."""
        query = self.parse_query(EventsQuery)
        listener = Listener(self.session_digest, self.signed_in_user, self.address)
        board = self.services.board
        board.admit(listener)
        try:
            seq, missed = await board.join(listener, query.after)
            events = [event.message() for event in missed]
            if not events and (message := await _next(listener, query.seconds)):
                events, seq = [message], message["seq"]
        finally:
            board.leave(listener)
        self.succeed({"seq": seq, "events": events})


@public("600/minute")
class LiveHouseHandler(_LiveBase):
    """The version of a house's calendar."""

    @operation(
        name="getCalendarVersion",
        query=HouseVersionQuery,
        answer=HouseVersionNewsShape,
        refusals=(NoSuchHouse, TooManySockets),
        scope=Scope.READ,
    )
    async def get(self, house_id: str) -> None:
        """The version of a calendar: at once when it is not `after`, else after its next change or `wait` seconds."""
        query = self.parse_query(HouseVersionQuery)
        listener = Listener(self.session_digest, self.user_id, self.address)
        self.services.board.admit(listener)
        try:
            version = await self.services.houses_followed.follow(listener, int(house_id))
            if version == query.after and (message := await _next(listener, query.seconds)):
                version = message["version"]
        finally:
            self.services.houses_followed.leave(listener)
            self.services.board.leave(listener)
        self.succeed({"house": int(house_id), "version": version})


@public("120/minute")
class LiveSocketHandler(_LiveBase, WebSocketHandler):
    """The websocket. Session and Origin are checked before the upgrade."""

    listener: Listener | None = None
    _writer: asyncio.Task[None] | None = None
    _window_end = 0.0
    _window_count = 0

    @operation(
        name="openWebSocket",
        status=101,
        media_type="",
        refusals=(NoWebSocket, BadToken, ForeignOrigin),
        scope=Scope.READ,
    )
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the websocket. asyncapi.json describes what is said on it."""
        if not self.bearer and not session_cookie(self.request):
            raise BadToken
        self._check_handshake()
        self.listener = Listener(self.session_digest, self.user_id, self.address)
        await super().get(*args, **kwargs)

    def check_origin(self, origin: str) -> bool:
        """Only pages of this site."""
        try:
            asking = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        ours = urlsplit(self.services.settings.public_url).netloc.lower()
        return asking in {self.request.host.lower(), ours}

    def _check_handshake(self) -> None:
        """What Tornado would refuse in plain text. Raises NoWebSocket, ForeignOrigin."""
        headers = self.request.headers
        is_upgrade = "upgrade" in headers.get("Connection", "").lower()
        if not (is_upgrade and headers.get("Upgrade", "").lower() == "websocket"):
            raise NoWebSocket
        if not headers.get("Sec-WebSocket-Key") or headers.get("Sec-WebSocket-Version") not in VERSIONS:
            raise NoWebSocket
        origin = headers.get("Origin")
        if origin is not None and not self.check_origin(origin):
            raise ForeignOrigin

    def write_refusal(self, error: IhomeError) -> None:
        """A 426 has to name what it asks for (RFC 9110, section 15.5.22)."""
        if error.status == 426:
            self.set_header("Upgrade", "websocket")
            self.set_header("Sec-WebSocket-Version", "13")
        super().write_refusal(error)

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Count the socket in, or close it with a code that sends the page to polling."""
        assert self.listener is not None  # noqa: S101 - get made it
        self.on_finish()  # a stop closes sockets by itself
        try:
            self.services.board.admit(self.listener)
        except TooManySockets:
            self.close(CloseCode.TOO_MANY)
            return
        self.services.metrics.sockets.inc()
        self._writer = asyncio.get_running_loop().create_task(self._write_all(self.listener))

    async def on_message(self, message: str | bytes) -> None:
        """One operation of the client: hello, watch, follow or ping."""
        if self.listener is None or self._writer is None:
            return
        if self._is_flood():
            self._end(CloseCode.POLICY)
            return
        try:
            request = json.loads(message)
            operation = self._operations()[request["op"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            self._end(CloseCode.POLICY)
            return
        try:
            await operation(request)
        except IhomeError as error:
            detail = self.say(error.message, error.params)
            self.listener.put(
                {
                    "op": "error",
                    "reason": error.errno.value,
                    "detail": detail,
                    "task": request.get("task"),
                    "house": request.get("house"),
                }
            )

    def on_close(self) -> None:
        """Forget the listener."""
        if self._writer is None or self.listener is None:
            return
        self._writer.cancel()
        self._writer = None
        self.services.houses_followed.leave(self.listener)
        self.services.board.leave(self.listener)
        self.services.metrics.sockets.dec()

    def _operations(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        return {"hello": self._hello, "watch": self._watch, "follow": self._follow, "ping": self._ping}

    async def _hello(self, request: dict[str, Any]) -> None:
        last_seq = request.get("last_seq")
        if not (last_seq is None or (type(last_seq) is int and 0 <= last_seq < 2**63)):
            raise BadRequest
        listener = self._mine()
        self.services.board.unfollow(listener)
        seq, missed = await self.services.board.join(listener, last_seq)
        listener.put({"op": "ready", "seq": seq, "events": [event.message() for event in missed]})

    async def _watch(self, request: dict[str, Any]) -> None:
        task_id = request.get("task")
        if not isinstance(task_id, str) or len(task_id) > 64:
            raise BadRequest
        state = await self.services.board.watch(self._mine(), task_id)
        self._mine().put({"op": "task", "task": task_id, "state": state.state, "reason": state.reason})

    async def _follow(self, request: dict[str, Any]) -> None:
        house_id = request.get("house")
        if type(house_id) is not int or not 0 < house_id < 2**63:
            raise BadRequest
        version = await self.services.houses_followed.follow(self._mine(), house_id)
        self._mine().put(house_message(house_id, version))

    async def _ping(self, _request: dict[str, Any]) -> None:
        self._mine().put({"op": "pong"})

    def _mine(self) -> Listener:
        assert self.listener is not None  # noqa: S101 - get made it
        return self.listener

    async def _write_all(self, listener: Listener) -> None:
        try:
            while (message := await listener.get()) is not None:
                if message["op"] == "task":
                    message = {**message, "detail": self.detail(message["task"], message["reason"])}
                async with asyncio.timeout(WRITE_SECONDS):
                    await self.write_message(json.dumps(message, ensure_ascii=False))
            self._end(listener.close_code or CloseCode.GOING_AWAY)
        except TimeoutError:
            self._end(CloseCode.TOO_SLOW)
        except WebSocketClosedError:
            return

    def _is_flood(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._window_end:
            self._window_end, self._window_count = now + WINDOW_SECONDS, 0
        self._window_count += 1
        return self._window_count > MESSAGES_PER_WINDOW

    def _end(self, code: CloseCode) -> None:
        self.services.metrics.socket_closes.labels(code.name.lower()).inc()
        self.close(code)
        if code is CloseCode.TOO_SLOW and self.ws_connection and self.ws_connection.stream:
            self.ws_connection.stream.close()  # a peer that does not read gets no close frame either


async def _next(listener: Listener, wait: float) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout(wait):
            return await listener.get()
    except TimeoutError:
        return None
