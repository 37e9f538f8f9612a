"""News: what pages are told travels together, and each result is stored as if its task had run by itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from server import tasks
from server.live.model import EVENT_NEWS, event_task_id
from server.nights.model import CALENDAR_NEWS, calendar_task_id
from server.outbox import repository
from server.outbox.model import Work
from server.tasks import ALL_NEWS, QUEUE, CeleryPublisher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tornado.ioloop import IOLoop

    from server.db import Row
    from server.services import Services
    from tests.stack import Stack

USERS = (910_001, 910_002, 910_003)
HOUSE = 910_004
TOLD_SECONDS = 15.0


class Room:
    """Some users who are told something in one transaction."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def tell(self) -> list[str]:
        """An event to each user, and a house's calendar; the ids of the tasks."""
        async with self.services.database.transaction() as cursor:
            await self.services.live.announce_all(cursor, "profile", [(user, {"of": user}) for user in USERS])
            work = Work(calendar_task_id(HOUSE, 7), CALENDAR_NEWS, (HOUSE, 7))
            await repository.add(cursor, work)
        return [*(event_task_id(user, 1) for user in USERS), work.task_id]

    async def spoil(self, user_id: int) -> None:
        """Make an event one that cannot be told."""
        async with self.services.database.reading() as cursor:
            await cursor.execute("UPDATE live_events SET body = '[1]' WHERE user_id = %s", (user_id,))

    async def forget(self) -> None:
        """Everything about them."""
        async with self.services.database.reading() as cursor:
            for table in ("live_events", "live_seq"):
                await cursor.execute(f"DELETE FROM {table} WHERE user_id IN (%s, %s, %s)", USERS)
            await cursor.execute(
                "DELETE FROM outbox WHERE task_id LIKE 'live-91000%%' OR task_id LIKE 'house-91000%%'"
            )

    async def rows(self, task_ids: Sequence[str]) -> dict[str, Row]:
        """Their outbox rows."""
        marks = ",".join(["%s"] * len(task_ids))
        async with self.services.database.reading() as cursor:
            await cursor.execute(
                f"SELECT task_id, publications, done_at FROM outbox WHERE task_id IN ({marks})", task_ids
            )
            return {row["task_id"]: row for row in await cursor.fetchall()}

    async def until_done(self, task_ids: Sequence[str], seconds: float = TOLD_SECONDS) -> dict[str, Row]:
        """Their rows once all of them are done. Raises TimeoutError."""
        self.services.outbox.wake()
        async with asyncio.timeout(seconds):
            while True:
                rows = await self.rows(task_ids)
                if all(row["done_at"] for row in rows.values()):
                    return rows
                await asyncio.sleep(0.05)


@pytest.fixture
def room(services: Services, io_loop: IOLoop) -> Iterator[Room]:
    room = Room(services)
    yield room
    io_loop.run_sync(room.forget)


def results(stack: Stack, task_ids: Sequence[str]) -> dict[str, Any]:
    """The stored results by task."""
    keys = {task_id: stack.settings.redis_prefix + "celery-task-meta-" + task_id for task_id in task_ids}
    stored = {task_id: stack.redis().get(key) for task_id, key in keys.items()}
    return {task_id: json.loads(text) for task_id, text in stored.items() if text}


def test_each_result_of_news_that_travelled_together_is_stored_under_its_own_id(
    room: Room, stack: Stack, io_loop: IOLoop
) -> None:
    async def scenario() -> list[str]:
        task_ids = await room.tell()
        await room.until_done(task_ids)
        await _until_stored(stack, task_ids)
        return task_ids

    task_ids = io_loop.run_sync(scenario)

    metas = results(stack, task_ids)
    assert {meta["status"] for meta in metas.values()} == {"SUCCESS"}
    assert [metas[event_task_id(user, 1)]["result"] for user in USERS] == [
        {"op": "event", "seq": 1, "kind": "profile", "of": user} for user in USERS
    ]
    assert metas[calendar_task_id(HOUSE, 7)]["result"] == {"house": HOUSE, "version": 7}


def test_news_that_cannot_be_told_holds_up_no_other_for_long(room: Room, io_loop: IOLoop) -> None:
    async def scenario() -> tuple[dict[str, Row], Row]:
        task_ids = await room.tell()
        await room.spoil(USERS[0])
        others = await room.until_done(task_ids[1:])
        return others, (await room.rows(task_ids[:1]))[task_ids[0]]

    others, spoilt = io_loop.run_sync(scenario, timeout=TOLD_SECONDS + 5)

    assert min(row["publications"] for row in others.values()) > 1, "all together, then each by itself"
    assert spoilt["done_at"] is None


def test_were_news_always_told_together_one_that_cannot_be_would_hold_up_all(
    room: Room, io_loop: IOLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    alone = tasks._messages
    monkeypatch.setattr(
        tasks, "_messages", lambda works: alone([Work(one.task_id, one.name, one.args) for one in works])
    )

    async def scenario() -> None:
        task_ids = await room.tell()
        await room.spoil(USERS[0])
        await room.until_done(task_ids[1:], seconds=5)

    with pytest.raises(TimeoutError):
        io_loop.run_sync(scenario, timeout=10)


def test_the_news_of_a_batch_is_one_message_and_all_else_is_one_each(stack: Stack) -> None:
    settings = stack.settings.model_copy(update={"redis_prefix": "news-test:"})
    again = Work("live-3-1", EVENT_NEWS, (3, 1), publications=1)
    news = [Work("live-1-1", EVENT_NEWS, (1, 1)), Work("house-2-5", CALENDAR_NEWS, (2, 5))]
    notice = Work("notice-1", "orders.notice")

    handed = CeleryPublisher(settings).publish([notice, news[0], again, news[1]])

    with Redis.from_url(settings.broker_url) as broker:
        queue = broker.lrange(settings.redis_prefix + QUEUE, 0, -1)
    sent = [json.loads(text)["headers"] for text in reversed(queue)]
    assert [headers["task"] for headers in sent] == [ALL_NEWS, "orders.notice", EVENT_NEWS]
    assert [headers["id"] for headers in sent[1:]] == ["notice-1", "live-3-1"]
    assert {work.task_id for work in handed} == {"notice-1", "live-1-1", "live-3-1", "house-2-5"}


async def _until_stored(stack: Stack, task_ids: Sequence[str]) -> None:
    """The results follow the transaction."""
    async with asyncio.timeout(TOLD_SECONDS):
        while True:
            if len(results(stack, task_ids)) == len(task_ids):
                return
            await asyncio.sleep(0.05)
