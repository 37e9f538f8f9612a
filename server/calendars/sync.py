"""Keeping imported calendars up to date: which are due, and what a reading changes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import structlog

from server.calendars import repository
from server.calendars.model import FeedKind, ReadingFailed, Reason, after_failure, after_success, new_task_id
from server.db import retried
from server.errors import Overloaded
from server.outbox import repository as outbox_repository
from server.outbox.model import TaskState, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.calendars.balance import Balance
    from server.calendars.fetching import Marks
    from server.calendars.model import Feed, Key, Occupied, Reading
    from server.calendars.sources import Sources
    from server.db import Cursor, Database
    from server.outbox.service import Outbox

SWEEP_SECONDS = 30
SWEEP_LIMIT = 200
MAX_PUBLICATIONS = 8  # a reading that broke off so often breaks off again
SENT = TaskState("sent")


class CalendarSync:
    """The work behind imported calendars: a sweep that queues one task a calendar, and the task."""

    def __init__(self, database: Database, sources: Sources, balance: Balance, outbox: Outbox) -> None:
        self._database = database
        self._sources = sources
        self._balance = balance
        self._outbox = outbox

    async def sweep(self) -> dict[str, Any]:
        """Queue a task for every calendar that is due. Safe when run twice, late, or twice at once."""
        queued = await self._claim_due()
        self._outbox.wake()
        return {"queued": queued}

    async def sync(self, task_id: str, feed_id: int, *, asked: bool = False) -> dict[str, Any] | None:
        """The task: read a calendar and give its nights. None when it should come again.

        `asked`: its owner waits for it, and hears of it in any case. A task that another one took the place of
        does nothing.
        """
        async with self._database.reading() as cursor:
            feed = await repository.find(cursor, feed_id)
        if feed is None or feed.task_id != task_id:
            return await self._outbox.finish(task_id, SENT.outcome())
        if await self._outbox.publications(task_id) > MAX_PUBLICATIONS:
            return await self._settle(task_id, feed, Reason.INTERRUPTED, asked=asked)
        try:
            read, marks = await self._sources.of_feed(feed)
        except ReadingFailed as failure:
            structlog.get_logger().info("calendar not read", feed_id=feed_id, reason=failure.reason.value)
            return await self._settle(task_id, feed, failure.reason, asked=asked)
        except Overloaded:
            return None
        return await self._settle(task_id, feed, (read, marks), asked=asked)

    async def read_file(self, house_id: int, content: bytes) -> Reading:
        """What an uploaded file says. Raises ReadingFailed, Overloaded."""
        return await self._sources.of_file(house_id, content)

    async def apply(self, cursor: Cursor, feed: Feed, read: Reading | None, marks: Marks | None) -> TaskState:
        """Write what was read of a locked calendar of a locked house; `Balance.restore` comes after it."""
        stored = await repository.events_of(cursor, feed.feed_id)
        today = self._sources.today
        ahead = {key: one for key, one in stored.items() if one.end > today}
        now = {key: one for key, one in (read.over(stored) if read else stored).items() if one.end > today}
        if read is not None and feed.kind is FeedKind.URL and feed.doubts(len(ahead), len(now)):
            return await self._fail(cursor, feed, Reason.EMPTIED)
        await self._write(cursor, feed, stored, now)
        if now != ahead:
            await repository.note_change(cursor, feed.feed_id)
        await repository.settle(cursor, feed.feed_id, after_success(feed.kind, random.random()), marks)  # noqa: S311
        return SENT

    @retried
    async def _claim_due(self) -> int:
        async with self._database.transaction() as cursor:
            due = await repository.lock_due(cursor, SWEEP_LIMIT)
            due = list(dict.fromkeys([*due, *await repository.lock_hopeful(cursor, SWEEP_LIMIT)]))
            for feed_id in due:
                await queue(cursor, feed_id)
        return len(due)

    @retried
    async def _settle(
        self, task_id: str, feed: Feed, result: Reason | tuple[Reading | None, Marks], *, asked: bool
    ) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            owner_id = await repository.lock_house(cursor, feed.house_id)
            now = await repository.lock(cursor, feed.house_id, feed.feed_id)
            state = SENT
            if owner_id is not None and now is not None and now.task_id == task_id:
                if isinstance(result, Reason):
                    state = await self._fail(cursor, now, result)
                else:
                    state = await self.apply(cursor, now, *result)
                after = await repository.find(cursor, feed.feed_id)
                told = {feed.feed_id} if asked or (after and after.standing != now.standing) else set()
                await self._balance.restore(cursor, owner_id, feed.house_id, told)
            await outbox_repository.complete(cursor, task_id, state.outcome())
        self._outbox.wake()
        return state.outcome()

    @staticmethod
    async def _fail(cursor: Cursor, feed: Feed, reason: Reason) -> TaskState:
        after = after_failure(feed, reason, random.random())  # noqa: S311 - spreads load
        await repository.settle(cursor, feed.feed_id, after, None)
        return TaskState("failed", reason.value)

    @staticmethod
    async def _write(
        cursor: Cursor, feed: Feed, stored: Mapping[Key, Occupied], now: Mapping[Key, Occupied]
    ) -> None:
        gone = [key for key in stored if key not in now]
        new = {key: one for key, one in now.items() if stored.get(key) != one}
        await repository.change_events(cursor, feed.feed_id, gone, new)


async def queue(cursor: Cursor, feed_id: int, owner: str | None = None) -> str:
    """Queue the reading of a locked calendar, in the place of any that was queued before; returns the task's id.

    `owner`: the session that asked for it, which may watch the task.
    """
    task_id = new_task_id()
    await repository.claim(cursor, feed_id, task_id)
    await outbox_repository.add(cursor, Work(task_id, "calendars.sync", (feed_id, owner is not None), owner))
    return task_id
