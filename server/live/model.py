"""Events, close codes, and the bounded queue between the hub and one listener."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from server.errors import Errno, IhomeError
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable

QUEUE_LIMIT = 64
WATCH_LIMIT = 16
REPLAY_LIMIT = 500
EVENT_NEWS = "live.publish"  # the task whose result is an event


class CloseCode(IntEnum):
    """Why the server closes a websocket; 4000-4999 are ours (RFC 6455 section 7.4.2)."""

    GOING_AWAY = 1001
    POLICY = 1008
    SIGNED_OUT = 4001
    TOO_SLOW = 4002
    TOO_MANY = 4003


class TooManySockets(IhomeError):
    """This user or address holds as many sockets as it may."""

    errno = Errno.REFUSED
    status = 429
    message = N_("打开的页面太多，请关闭一些再试")
    retry_seconds = 5


class TooManyWatches(IhomeError):
    """One socket watches as many tasks as it may."""

    errno = Errno.REFUSED
    status = 429
    message = N_("关注的任务太多")


@dataclass(frozen=True)
class LiveEvent:
    """One entry of a user's own log; `seq` is gapless from 1."""

    seq: int
    kind: str
    body: dict[str, Any]

    def message(self) -> dict[str, Any]:
        """The event on the wire."""
        return {"op": "event", "seq": self.seq, "kind": self.kind, **self.body}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> LiveEvent:
        """The event out of what `message` made."""
        body = {name: value for name, value in message.items() if name not in {"op", "seq", "kind"}}
        return cls(int(message["seq"]), str(message["kind"]), body)


def event_task_id(user_id: int, seq: int) -> str:
    """The task whose result is this event."""
    return f"live-{user_id}-{seq}"


@dataclass(eq=False, slots=True)
class Listener:
    """One socket or long-poll: whose it is, what it has seen, and its bounded queue of messages.

    Thousands of them wait at a time with nothing in their queues, so one that waits costs little.
    """

    session: str
    user_id: int | None
    address: str = ""
    cursor: int = 0
    watches: dict[str, int] = field(default_factory=dict)
    close_code: CloseCode | None = None
    _queue: list[dict[str, Any]] = field(default_factory=list)
    _heard: Callable[[], None] | None = None

    def heed(self, heard: Callable[[], None] | None) -> None:
        """Call back whenever there is something to `take`, or nothing more will come."""
        self._heard = heard

    def put(self, message: dict[str, Any]) -> None:
        """Queue a message; a listener that is QUEUE_LIMIT behind is closed as too slow."""
        if self.close_code is not None:
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self.close(CloseCode.TOO_SLOW)
            return
        self._queue.append(message)
        self._tell()

    def close(self, code: CloseCode) -> None:
        """Nothing more comes; `get` answers None at once, queued messages are dropped."""
        if self.close_code is None:
            self.close_code = code
            self._queue.clear()
            self._tell()

    @property
    def backlog(self) -> int:
        """How many messages wait to be written."""
        return len(self._queue)

    def take(self) -> dict[str, Any] | None:
        """The next message, or None when there is none now."""
        return self._queue.pop(0) if self._queue else None

    async def get(self) -> dict[str, Any] | None:
        """The next message, or None once closed. For one reader at a time, which heeds nothing else."""
        if not self._queue and self.close_code is None:
            news = asyncio.Event()
            self.heed(news.set)
            try:
                await news.wait()
            finally:
                self.heed(None)
        return self.take()

    def _tell(self) -> None:
        if self._heard:
            self._heard()
