"""The live channel: one websocket a page, and the long-poll twins on the same board."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field
from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from handlers.access import public
from handlers.base import BaseHandler
from handlers.failures import failure_sentence
from handlers.operations import operation
from handlers.refusals import ForeignOrigin, NoWebSocket
from handlers.shapes.live import STATES, EventsShape, HouseVersionNewsShape, TaskShape
from handlers.visitors import session_cookie
from handlers.websocket import Conversation, Frames
from handlers.wire import LongNumber, Number, Query
from server.errors import BadToken, NoSuchThing, Overloaded
from server.houses.model import NoSuchHouse
from server.live.model import CloseCode, Listener, TooManySockets
from server.outbox.model import TaskState
from server.tokens.model import Scope

if TYPE_CHECKING:
    from server.errors import IhomeError

MAX_WAIT_SECONDS = 25.0
VERSIONS = frozenset({"13"})  # of the websocket protocol, as Tornado speaks them: RFC 6455


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
    poll: Listener | None = None

    async def load_user(self) -> None:
        """As everywhere, in line with all who come back at the same time; whoever left the line costs no more."""
        async with self.services.door.turn():
            if self.is_gone:
                raise Overloaded
            await super().load_user()

    def listen(self, user_id: int | None) -> Listener:
        """Count a long poll in, which ends early when its client leaves. Raises TooManySockets, Overloaded."""
        if self.is_gone:
            raise Overloaded
        self.poll = Listener(self.session_digest, user_id, self.address)
        self.services.board.admit(self.poll)
        return self.poll

    def on_connection_close(self) -> None:
        """The visitor does not wait any longer: its poll would count against the pages that it has."""
        self.is_gone = True
        if self.poll:
            self.poll.close(CloseCode.GOING_AWAY)
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
        listener, board = self.listen(self.user_id), self.services.board
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
        listener, board = self.listen(self.signed_in_user), self.services.board
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
        listener = self.listen(self.user_id)
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
        await super().get(*args, **kwargs)
        if not self.is_gone:
            self.ui.clear()  # it refers to this handler, which nobody needs any more

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

    def get_websocket_protocol(self) -> Frames | None:
        """What outlives this handler. None: Tornado answers 426."""
        usual = super().get_websocket_protocol()
        if not isinstance(usual, WebSocketProtocol13):
            return None
        params = self.settings.setdefault("websocket_params", usual.params)  # the same for all
        listener = Listener(self.session_digest, self.user_id, self.address)
        return Frames(Conversation(self.services, listener, self.language), params)

    def open(self, *_args: str, **_kwargs: str) -> None:
        """The upgrade is done."""
        assert isinstance(self.ws_connection, Frames)  # noqa: S101 - Tornado keeps what it got
        self.ws_connection.handler.begin(self.ws_connection)


async def _next(listener: Listener, wait: float) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout(wait):
            return await listener.get()
    except TimeoutError:
        return None
