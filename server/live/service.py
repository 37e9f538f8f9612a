"""The user's own events: announced in the business transaction, published as task results, replayed from MySQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import retried
from server.live import repository
from server.live.model import EVENT_NEWS, LiveEvent, event_task_id
from server.nights.model import CALENDAR_NEWS
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Database

KEEP_DAYS = 30


class LiveService:
    """The event log of every user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, cursor: Cursor, user_id: int, kind: str, body: dict[str, Any]) -> None:
        """Write an event and its publication in the caller's transaction; wake the outbox after its commit."""
        await self.announce_all(cursor, kind, [(user_id, body)])

    async def announce_all(
        self, cursor: Cursor, kind: str, told: Sequence[tuple[int, dict[str, Any]]]
    ) -> None:
        """As `announce`, to several users, each with a body of their own: in the order of the ids, or two deadlock."""
        seqs = await repository.append(cursor, kind, told)
        places = [(user_id, seq) for (user_id, _), seq in zip(told, seqs, strict=True)]
        await outbox_repository.add(
            cursor, *(Work(event_task_id(*place), EVENT_NEWS, place) for place in places)
        )

    @retried
    async def publish(self, works: Sequence[Work]) -> dict[str, dict[str, Any]]:
        """The tasks behind news, done; by id the result of each: what clients get of it, empty when it is forgotten."""
        places = [work.args for work in works if work.name == EVENT_NEWS]
        async with self._database.transaction() as cursor:
            events = await repository.find(cursor, places)
            told = {work.task_id: _news(work, events) for work in works}
            await outbox_repository.complete_all(cursor, list(told))
        return told

    async def after(self, user_id: int, seq: int) -> list[LiveEvent]:
        """The user's events after `seq`, in order, at most REPLAY_LIMIT."""
        async with self._database.reading() as cursor:
            return await repository.after(cursor, user_id, seq)

    async def last_seqs(self, user_ids: list[int]) -> dict[int, int]:
        """The newest seq of each of these users that has one."""
        if not user_ids:
            return {}
        async with self._database.reading() as cursor:
            return await repository.last_seqs(cursor, user_ids)

    async def purge(self) -> dict[str, Any]:
        """Forget old events."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, KEEP_DAYS, 10_000)}


def _news(work: Work, events: dict[tuple[Any, ...], LiveEvent]) -> dict[str, Any]:
    if work.name == CALENDAR_NEWS:
        house_id, version = work.args
        return {"house": house_id, "version": version}
    event = events.get(work.args)
    return event.message() if event else {}
