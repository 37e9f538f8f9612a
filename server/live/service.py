"""The user's own events: announced in the business transaction, published as task results, replayed from MySQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import retried
from server.live import repository
from server.live.model import LiveEvent, event_task_id
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from server.db import Cursor, Database

KEEP_DAYS = 30


class LiveService:
    """The event log of every user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, cursor: Cursor, user_id: int, kind: str, body: dict[str, Any]) -> int:
        """Write an event and its publication in the caller's transaction; wake the outbox after its commit."""
        seq = await repository.append(cursor, user_id, kind, body)
        await outbox_repository.add(
            cursor, Work(event_task_id(user_id, seq), "live.publish", (user_id, seq), None)
        )
        return seq

    @retried
    async def publish(self, user_id: int, seq: int) -> dict[str, Any]:
        """The task behind an event: its result is the event as clients get it."""
        async with self._database.transaction() as cursor:
            events = await repository.after(cursor, user_id, seq - 1, limit=1)
            message = events[0].message() if events and events[0].seq == seq else {}
            await outbox_repository.complete(cursor, event_task_id(user_id, seq), message)
        return message

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
