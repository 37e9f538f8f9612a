"""`loadcheck`: every rule that a load may not break, one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.invariants import repository
from server.orders.verify import find

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.db import Database

LATE_SECONDS = 60
PAUSE_SECONDS = 0.5


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


async def broken(database: Database, late_seconds: int = LATE_SECONDS) -> AsyncIterator[str]:
    """A sentence for each thing that must not be; of each rule the first hundred."""
    async with database.reading() as cursor:
        for row in await repository.doubles(cursor):
            yield f"double booking: orders {row['one']} and {row['other']} share a night of house {row['house_id']}"
        for row in await repository.gaps(cursor):
            yield (
                f"event log: user {row['user_id']} has {row['events']} events from {row['first']} to"
                f" {row['last']}, counted {row['counted']}"
            )
        for row in await repository.undone(cursor, late_seconds):
            tries = row["publications"]
            yield f"outbox: {row['name']} {row['task_id']} is not done after {row['age']} s, {tries} tries"
        for row in await repository.overdue(cursor, late_seconds):
            yield f"expiry: order {row['number']} is {row['status']} {row['late']} s too long"
    async for violation in find(database):
        yield f"{violation.kind}: {violation}"
