"""The relay on real MariaDB: tasks that end while it still holds their rows."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pymysql
import pytest

from server.db import Database, TransactionConflict
from server.outbox import repository
from server.outbox.model import Work
from server.outbox.service import Outbox, Relay
from server.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from server.db import Cursor
    from tests.stack import Stack

WAITING = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'"


@pytest.fixture
def watcher(stack: Stack) -> Iterator[pymysql.cursors.Cursor]:
    """Sees who waits for a lock."""
    socket = str(stack.folder.mysql_socket)
    with pymysql.connect(unix_socket=socket, user="root", autocommit=True) as connection:
        yield connection.cursor()


class QuickWorker:
    """Runs each task at once; `publish` returns when the task's end waits for the relay's lock."""

    def __init__(self, database: Database, watcher: pymysql.cursors.Cursor, *, tells_news: bool) -> None:
        self.database = database
        self.tells_news = tells_news
        self.watcher = watcher
        self.loop = asyncio.get_running_loop()
        self.task_ids = [str(uuid4()) for _ in range(3)]
        self.ends: list[Future[None]] = []

    def publish(self, works: Sequence[Work]) -> list[Work]:
        """Take the works; runs in the relay's thread."""
        for work in works:
            if work.task_id not in self.task_ids:  # left by another test
                continue
            self.ends.append(asyncio.run_coroutine_threadsafe(self.end(work.task_id), self.loop))
            deadline = time.monotonic() + 5
            while self.waiting() < len(self.ends):
                assert time.monotonic() < deadline, "the task's end does not wait for the relay"
                time.sleep(0.01)
        return list(works)

    async def end(self, task_id: str) -> None:
        """The transaction in which a task ends, without a second attempt."""
        async with self.database.transaction() as cursor:
            if self.tells_news:
                await repository.complete_all(cursor, [task_id])
            else:
                await repository.complete(cursor, task_id, {"state": "sent"})

    def waiting(self) -> int:
        """How many transactions wait for a lock."""
        self.watcher.execute(WAITING)
        row = self.watcher.fetchone()
        return int(row[1]) if row else 0


async def mark_by_task(cursor: Cursor, row_ids: Sequence[int], redelivery_seconds: int) -> None:
    """As `mark_published`, but along the index that the ends of tasks have locked."""
    for row_id in row_ids:
        await cursor.execute("SELECT task_id FROM outbox WHERE id = %s", (row_id,))
        row = await cursor.fetchone()
        assert row is not None
        await cursor.execute(
            "UPDATE outbox SET available_at = NOW(6) + INTERVAL %s SECOND WHERE task_id = %s",
            (redelivery_seconds, row["task_id"]),
        )


async def publish_to_a_quick_worker(
    stack: Stack, watcher: pymysql.cursors.Cursor, *, tells_news: bool = False
) -> list[object]:
    """What the relay and the ends of the tasks raised, and None for each that went well."""
    database = await Database.open(stack.settings.mysql_url, 6)
    workers = Workers({"publish": 1})
    worker = QuickWorker(database, watcher, tells_news=tells_news)
    try:
        async with database.transaction() as cursor:
            for task_id in worker.task_ids:
                await repository.add(cursor, Work(task_id, "system.heartbeat"))
        relay = Relay(Outbox(database), database, workers, worker)
        published = await asyncio.gather(relay.publish_due(), return_exceptions=True)
        ends = await asyncio.gather(*map(asyncio.wrap_future, worker.ends), return_exceptions=True)
        return [None if isinstance(published[0], int) else published[0], *ends]
    finally:
        async with database.reading() as cursor:
            await cursor.execute("DELETE FROM outbox WHERE task_id IN (%s, %s, %s)", worker.task_ids)
        await workers.close()
        await database.close()


@pytest.mark.parametrize("tells_news", [False, True])
def test_tasks_that_end_while_the_relay_holds_their_rows_wait_and_end(
    stack: Stack, watcher: pymysql.cursors.Cursor, *, tells_news: bool
) -> None:
    ends = asyncio.run(publish_to_a_quick_worker(stack, watcher, tells_news=tells_news))

    assert ends == [None, None, None, None]


def test_marking_along_the_index_that_they_have_locked_is_a_deadlock(
    stack: Stack, watcher: pymysql.cursors.Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(repository, "mark_published", mark_by_task)

    ends = asyncio.run(publish_to_a_quick_worker(stack, watcher))

    assert TransactionConflict in {type(end) for end in ends}
