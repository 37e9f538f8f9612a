"""Who listens in this process: sockets and long-polls, the tasks they watch and the user events they follow."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import structlog

from server.errors import StoreUnavailable
from server.live.model import (
    WATCH_LIMIT,
    CloseCode,
    Listener,
    LiveEvent,
    TooManySockets,
    TooManyWatches,
    event_task_id,
)
from server.live.replays import Replays
from server.outbox.model import TaskState, state_from_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.live.hub import Meta, ResultFeed
    from server.live.logins import Logins
    from server.live.service import LiveService
    from server.outbox.service import Outbox

RECONCILE_SECONDS = 4.0
SOCKETS_PER_USER = 20


@dataclass(eq=False, slots=True)
class _UserFeed:
    """The next event of one user is watched once, for all of the user's listeners."""

    user_id: int
    next_seq: int
    listeners: set[Listener] = field(default_factory=set)
    watching: Callable[[Meta], None] | None = None


class Board:
    """Listeners of one process. Everything runs on the event loop; only reads of MySQL wait."""

    def __init__(
        self,
        feed: ResultFeed,
        live: LiveService,
        outbox: Outbox,
        logins: Logins,
        sockets_per_ip: int = 200,
    ) -> None:
        self._feed = feed
        self._live = live
        self._replays = Replays(live)
        self._outbox = outbox
        self._logins = logins
        self._sockets_per_ip = sockets_per_ip
        self._sessions: dict[str, list[Listener]] = {}  # all who listen
        self._users: dict[int, _UserFeed] = {}
        self._watchers: dict[str, dict[Listener, Callable[[Meta], None]]] = {}  # by task
        self._addresses: Counter[str] = Counter()
        self._admitted: Counter[int] = Counter()  # by user, whether they have said hello or not
        self._background: set[asyncio.Task[None]] = set()
        feed.on_control(self._obey)

    @property
    def listeners(self) -> frozenset[Listener]:
        """All who listen now."""
        return frozenset(chain.from_iterable(self._sessions.values()))

    def admit(self, listener: Listener) -> None:
        """Count a listener in. Raises TooManySockets."""
        user_id = listener.user_id
        if self._addresses[listener.address] >= self._sockets_per_ip or (
            user_id is not None and self._admitted[user_id] >= SOCKETS_PER_USER
        ):
            raise TooManySockets
        self._sessions.setdefault(listener.session, []).append(listener)
        self._addresses[listener.address] += 1
        if user_id is not None:
            self._admitted[user_id] += 1

    def leave(self, listener: Listener) -> None:
        """Forget a listener and what it watched."""
        same_session = self._sessions.get(listener.session, [])
        if listener not in same_session:
            return
        same_session.remove(listener)
        if not same_session:
            del self._sessions[listener.session]
        listener.close(CloseCode.GOING_AWAY)  # what still reads MySQL for it adds nothing any more
        _count_out(self._addresses, listener.address)
        if listener.user_id is not None:
            _count_out(self._admitted, listener.user_id)
        for task_id in list(listener.watches):
            self.unwatch(listener, task_id)
        self.unfollow(listener)

    def unfollow(self, listener: Listener) -> None:
        """Follow the listener's user no more."""
        user = self._users.get(listener.user_id) if listener.user_id is not None else None
        if user:
            user.listeners.discard(listener)
            if not user.listeners:
                self._follow(user, None)
                del self._users[user.user_id]

    async def join(self, listener: Listener, last_seq: int | None) -> tuple[int, list[LiveEvent]]:
        """Follow the listener's user from `last_seq` (None: from now); returns the newest seq and what was missed."""
        if listener.user_id is None:
            return 0, []
        listener.cursor, missed = await self._replays.since(listener, listener.user_id, last_seq)
        if listener.close_code is not None:
            return listener.cursor, missed
        user = self._users.setdefault(listener.user_id, _UserFeed(listener.user_id, listener.cursor + 1))
        user.listeners.add(listener)
        if user.watching is None or listener.cursor >= user.next_seq:
            self._follow(user, listener.cursor + 1)
        if any(one.cursor + 1 < user.next_seq for one in user.listeners):
            self._spawn(self._catch_up(user))
        return listener.cursor, missed

    async def watch(self, listener: Listener, task_id: str) -> TaskState:
        """Put every change of a task into the listener's queue; returns its state now.

        Only the session that caused a task may watch it: raises NoSuchThing, or TooManyWatches.
        """
        state = await self._outbox.look(task_id, listener.session)
        if state.is_final or task_id in listener.watches or listener.close_code is not None:
            return state
        if len(listener.watches) >= WATCH_LIMIT:
            raise TooManyWatches
        listener.watches[task_id] = state.rank
        callback = partial(self._task_changed, listener, task_id)
        self._watchers.setdefault(task_id, {})[listener] = callback
        self._feed.watch(task_id, callback)
        return state

    async def outcome(self, listener: Listener, task_id: str, seconds: float) -> TaskState:
        """A task's final state, or the last one that was seen within `seconds`. Raises as `admit` and `watch`."""
        self.admit(listener)
        try:
            state = await self.watch(listener, task_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not state.is_final and (message := await listener.get()) is not None:
                        state = TaskState(message["state"], message["reason"])
        finally:
            self.leave(listener)
        return state

    def unwatch(self, listener: Listener, task_id: str) -> None:
        """Stop watching a task."""
        listener.watches.pop(task_id, None)
        watchers = self._watchers.get(task_id, {})
        if callback := watchers.pop(listener, None):
            self._feed.unwatch(task_id, callback)
            if not watchers:
                del self._watchers[task_id]

    async def reconcile(self) -> None:
        """Every RECONCILE_SECONDS compare with MySQL and the logins: covers what Redis lost."""
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            try:
                await self.reconcile_once()
            except StoreUnavailable:
                structlog.get_logger().info("reconcile postponed")

    async def reconcile_once(self) -> None:
        """Deliver finished tasks and events that nobody was told of; close sockets of ended sessions and tokens."""
        for task_id, state in (await self._outbox.final_states(sorted(self._watchers))).items():
            for listener in tuple(self._watchers.get(task_id, ())):
                self._deliver(listener, task_id, state)
        for user_id, seq in (await self._live.last_seqs(sorted(self._users))).items():
            user = self._users.get(user_id)
            if user and any(one.cursor < seq for one in user.listeners):
                await self._catch_up(user)
        signed_in = [
            name for name, ones in self._sessions.items() if any(one.user_id is not None for one in ones)
        ]
        for session in await self._logins.ended(sorted(signed_in)):
            self._close_session(session)

    def _task_changed(self, listener: Listener, task_id: str, meta: Meta) -> None:
        state = state_from_result(meta)
        if state:
            self._deliver(listener, task_id, state)

    def _deliver(self, listener: Listener, task_id: str, state: TaskState) -> None:
        seen = listener.watches.get(task_id)
        if seen is None or state.rank <= seen:
            return
        listener.watches[task_id] = state.rank
        listener.put({"op": "task", "task": task_id, "state": state.state, "reason": state.reason})
        if state.is_final:
            self.unwatch(listener, task_id)

    def _follow(self, user: _UserFeed, next_seq: int | None) -> None:
        if user.watching:
            self._feed.unwatch(event_task_id(user.user_id, user.next_seq), user.watching)
            user.watching = None
        if next_seq is not None:
            user.next_seq = next_seq
            user.watching = partial(self._event_arrived, user)
            self._feed.watch(event_task_id(user.user_id, next_seq), user.watching)

    def _event_arrived(self, user: _UserFeed, meta: Meta) -> None:
        if meta.get("status") != "SUCCESS":
            return
        message = meta.get("result")
        if not isinstance(message, dict) or message.get("seq") != user.next_seq:
            self._spawn(self._catch_up(user))
            return
        self._hand_out(user, user.next_seq - 1, [LiveEvent.from_message(message)])
        self._follow(user, user.next_seq + 1)
        if any(listener.cursor + 1 < user.next_seq for listener in user.listeners):
            self._spawn(self._catch_up(user))

    async def _catch_up(self, user: _UserFeed) -> None:
        if not user.listeners:
            return
        oldest = min(listener.cursor for listener in user.listeners)
        events = await self._live.after(user.user_id, oldest)
        self._hand_out(user, oldest, events)
        if events and user.listeners and events[-1].seq >= user.next_seq:
            self._follow(user, events[-1].seq + 1)

    @staticmethod
    def _hand_out(user: _UserFeed, since: int, events: list[LiveEvent]) -> None:
        """What is there after `since`, to those who know all until then; what is missing between two was purged."""
        for listener in user.listeners:
            for event in events:
                if since <= listener.cursor < event.seq:
                    listener.cursor = event.seq
                    listener.put(event.message())

    def _obey(self, message: dict[str, Any]) -> None:
        for session in message.get("ended", ()):
            self._close_session(session)

    def _close_session(self, session: str) -> None:
        for listener in tuple(self._sessions.get(session, ())):
            listener.close(CloseCode.SIGNED_OUT)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @staticmethod
    async def _quietly(work: Any) -> None:
        try:
            await work
        except StoreUnavailable:
            structlog.get_logger().info("catching up later")


def _count_out(counts: Counter[Any], name: object) -> None:
    """One less; none leaves no entry."""
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
