"""Readings beside the worker's tasks: who keeps a thread, who does not, and that nothing is read twice at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from server.calendars.model import MAX_FEEDS
from server.calendars.readers import ASKED_AT_ONCE, AT_ONCE, Readers
from server.errors import StoreUnavailable
from tests.bookings import new_booked
from tests.houses import rows
from tests.server.calendars.foreign import calendar_of, foreign
from tests.server.outgoing.strangers import stranger

if TYPE_CHECKING:
    from server.calendars.sync import CalendarSync
    from server.services import Services

pytestmark = pytest.mark.gen_test(timeout=60)
SENT = {"state": "sent"}


class Slow:
    """Readings that end when the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.failure: Exception | None = None

    async def sync(self, task_id: str, _feed_id: int, *, asked: bool) -> dict[str, Any]:
        del asked
        self.begun.append(task_id)
        await self.gate.wait()
        if self.failure:
            raise self.failure
        self.ended.append(task_id)
        return SENT


def readers_of(slow: Slow) -> Readers:
    return Readers(cast("CalendarSync", slow))


async def until(done: Any) -> None:
    for _ in range(900):
        if done():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never was so")


async def test_a_task_of_the_sweep_ends_before_its_reading() -> None:
    slow = Slow()
    readers = readers_of(slow)

    outcome = await readers.read("one", 1, asked=False)
    again = await readers.read("one", 1, asked=True)
    await until(lambda: slow.begun)
    slow.gate.set()
    await until(lambda: slow.ended)
    await asyncio.sleep(0)
    after = await readers.read("one", 1, asked=True)

    assert (outcome, again, after) == (None, None, SENT)
    assert slow.begun == ["one", "one"]


async def test_few_who_wait_keep_a_thread_and_few_readings_go_on_at_once() -> None:
    slow = Slow()
    readers = readers_of(slow)
    waiting = [
        asyncio.create_task(readers.read(f"waits-{number}", number, asked=True))
        for number in range(ASKED_AT_ONCE)
    ]
    await until(lambda: len(slow.begun) == ASKED_AT_ONCE)

    others = [await readers.read(f"{number}", number, asked=number % 2 == 0) for number in range(AT_ONCE + 4)]
    await until(lambda: len(slow.begun) >= ASKED_AT_ONCE + AT_ONCE)
    at_once = len(slow.begun)
    slow.gate.set()
    outcomes = await asyncio.gather(*waiting)
    await until(lambda: len(slow.ended) == ASKED_AT_ONCE + AT_ONCE + 4)

    assert at_once == ASKED_AT_ONCE + AT_ONCE
    assert (others, outcomes) == ([None] * (AT_ONCE + 4), [SENT] * ASKED_AT_ONCE)


async def test_a_reading_that_lost_its_store_or_was_dropped_may_begin_again() -> None:
    slow = Slow()
    slow.failure = StoreUnavailable("mysql")
    readers = readers_of(slow)
    await readers.read("one", 1, asked=False)
    await until(lambda: slow.begun)
    slow.gate.set()
    await until(lambda: not readers._readings)
    slow.gate.clear()
    await readers.read("one", 1, asked=False)
    await until(lambda: len(slow.begun) == 2)

    await readers.close()

    assert (slow.ended, readers._readings) == ([], {})


async def test_sites_that_hang_hold_up_no_task_and_no_other_calendar(services: Services) -> None:
    town, good = await new_booked(services), await new_booked(services)
    gate, hanging = asyncio.Event(), list[bytes]()

    async def hang(request: bytes, _writer: asyncio.StreamWriter) -> None:
        hanging.append(request)
        await gate.wait()

    async with stranger(hang) as port, foreign(calendar_of()) as quick:
        for number in range(MAX_FEEDS):
            given = f"{number}", f"http://127.0.0.1:{port}/{number}.ics"
            await services.calendars.add(town.host_id, town.house_id, given, "session")
        await until(lambda: len(hanging) == MAX_FEEDS)
        at_once = (await _states(services, town.house_id)).count("waiting")
        await services.calendars.add(good.host_id, good.house_id, ("x", quick.url), "session")
        for _ in range(400):
            if await _states(services, good.house_id) == ["ok"]:
                break
            await asyncio.sleep(0.05)
        read = await _states(services, good.house_id)
        gate.set()

    assert services.settings.worker_concurrency < at_once <= MAX_FEEDS
    assert read == ["ok"]


async def _states(services: Services, house_id: int) -> list[str]:
    found = await rows(services, "SELECT state FROM calendar_feeds WHERE house_id = %s", house_id)
    return [row["state"] for row in found]
