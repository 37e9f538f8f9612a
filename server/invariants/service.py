"""`loadcheck`: every rule that a load may not break, one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.invariants import repository
from server.orders.verify import find

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from server.db import Cursor, Database, Row

LATE_SECONDS = 60
PAUSE_SECONDS = 0.5
RANGE = 1_000


async def settle(database: Database, seconds: float) -> bool:
    """Wait until no outbox row is left undone, so long at most; whether it came to that."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        async with database.reading() as cursor:
            if not await repository.undone(cursor, 0):
                return True
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(PAUSE_SECONDS)


async def emptied(waiting: Callable[[], int], seconds: float) -> int:
    """How many messages the broker still has when it was empty once, or after so long at most. Raises OSError."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (left := await asyncio.to_thread(waiting)) and loop.time() < deadline:  # noqa: ASYNC110 - a thread asks
        await asyncio.sleep(PAUSE_SECONDS)
    return left


async def broken(database: Database, late_seconds: int = LATE_SECONDS) -> AsyncIterator[str]:
    """A sentence for each thing that must not be; of each rule about the first hundred."""
    async with database.reading() as cursor:
        houses, users = await repository.last_ids(cursor)
        for row in await _in_ranges(cursor, repository.doubles, houses):
            yield f"double booking: orders {row['one']} and {row['other']} share a night of house {row['house_id']}"
        for row in await _in_ranges(cursor, repository.gaps, users):
            yield _gap(row)
        for row in await repository.undone(cursor, late_seconds):
            tries = row["publications"]
            yield f"outbox: {row['name']} {row['task_id']} is not done after {row['age']} s, {tries} tries"
        for row in await repository.overdue(cursor, late_seconds):
            yield f"expiry: order {row['number']} is {row['status']} {row['late']} s too long"
        for row in await repository.hasty_codes(cursor):
            yield f"sms: phone …{row['mobile'][-4:]} got one code too many at {row['created_at']:%H:%M:%S}"
    async for violation in find(database):
        yield f"{violation.kind}: {violation}"


async def _in_ranges(
    cursor: Cursor, look: Callable[[Cursor, int, int], Awaitable[list[Row]]], last: int
) -> list[Row]:
    """What is found, a range of ids at a time, until it is enough to be shown: no statement takes long."""
    found: list[Row] = []
    for first in range(0, last, RANGE):
        found += await look(cursor, first, first + RANGE)
        if len(found) >= repository.SHOWN:
            break
    return found


def _gap(row: Row) -> str:
    if not row["events"]:
        return f"event log: user {row['user_id']} has no event, counted {row['counted']}"
    return (
        f"event log: user {row['user_id']} has {row['events']} events from {row['first']} to"
        f" {row['last']}, counted {row['counted']}"
    )
