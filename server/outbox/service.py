"""The relay: publishes outbox rows after their commit, and again when they were not done in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from server.db import retried
from server.errors import NoSuchThing, StoreUnavailable
from server.outbox import repository
from server.outbox.model import TaskState, state_from_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Database
    from server.metrics import Metrics
    from server.outbox.model import Work
    from server.workers import Workers

BATCH = 25  # a worker that is fast waits for the whole batch: its row is locked until all are published
POLL_SECONDS = 1.0
BACK_OFF_SECONDS = 5.0
KEEP_DAYS = 7


class Publisher(Protocol):
    """Hands work to the task queue; blocks."""

    def publish(self, works: Sequence[Work]) -> list[Work]:
        """Put them on the queue; those that were before the broker failed. Raises OSError when it was none."""
        ...


class Outbox:
    """Reads and writes of outbox rows, and the signal that new ones were committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.woken = asyncio.Event()

    def wake(self) -> None:
        """Rows were committed: publish them now."""
        self.woken.set()

    async def look(self, task_id: str, owner: str) -> TaskState:
        """The stored state of a task that this session caused. Raises NoSuchThing."""
        async with self._database.reading() as cursor:
            row = await repository.find_owned(cursor, task_id, owner)
        if row is None:
            raise NoSuchThing
        if row["done_at"] is None:
            return TaskState("queued")
        return (await self.final_states([task_id])).get(task_id, TaskState("failed", "interrupted"))

    async def final_states(self, task_ids: list[str]) -> dict[str, TaskState]:
        """The final states of those tasks that are done."""
        if not task_ids:
            return {}
        async with self._database.reading() as cursor:
            outcomes = await repository.outcomes(cursor, task_ids)
        states = {task_id: state_from_outcome(outcome) for task_id, outcome in outcomes.items()}
        return {task_id: state for task_id, state in states.items() if state}

    async def backlog(self) -> tuple[int, float]:
        """How many rows are not done, and the age of the oldest in seconds."""
        async with self._database.reading() as cursor:
            return await repository.backlog(cursor)

    async def publications(self, task_id: str) -> int:
        """How often a task was published: a task that gives up some time can count its tries so."""
        async with self._database.reading() as cursor:
            return await repository.publications(cursor, task_id)

    @retried
    async def finish(self, task_id: str, outcome: dict[str, Any]) -> dict[str, Any]:
        """Mark work done whose effect was no transaction; returns the outcome."""
        async with self._database.transaction() as cursor:
            await repository.complete(cursor, task_id, outcome)
        return outcome

    async def purge(self) -> dict[str, Any]:
        """Forget what was done long ago."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, KEEP_DAYS, 10_000)}


class Relay:
    """One loop in each web process. Rows are locked while they are published, so no two relays publish one."""

    def __init__(self, outbox: Outbox, database: Database, workers: Workers, publisher: Publisher) -> None:
        self._outbox = outbox
        self._database = database
        self._workers = workers
        self._publisher = publisher
        self.redelivery_seconds = 30
        self.metrics: Metrics | None = None

    async def run(self) -> None:
        """Publish what is due whenever woken, and look by itself every POLL_SECONDS. Ends by cancellation."""
        pause = POLL_SECONDS
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._outbox.woken.wait()
            except TimeoutError:
                pass
            self._outbox.woken.clear()
            try:
                while await self.publish_due() == BATCH:
                    pass
                pause = POLL_SECONDS
            except (StoreUnavailable, OSError) as error:
                structlog.get_logger().warning("outbox waits", error=type(error).__name__)
                if self.metrics:
                    self.metrics.publish_failures.inc()
                pause = min(pause * 2, BACK_OFF_SECONDS)

    async def publish_due(self) -> int:
        """Publish one batch; returns its size. Raises StoreUnavailable, OSError; unpublished rows stay due."""
        published: list[int] = []
        async with self._database.transaction() as cursor:
            due = await repository.lock_due(cursor, BATCH)
            if due:
                handed = await self._workers.run("publish", self._publisher.publish, list(due.values()))
                published = [row_id for row_id, work in due.items() if work in handed]
                self._database.failpoints.reach("publish:before-mark")
                await repository.mark_published(cursor, published, self.redelivery_seconds)
        if published:
            self._database.failpoints.reach("publish:after-mark")
        if self.metrics:
            self.metrics.published.inc(len(published))
        return len(published)
