"""Nights in MySQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.calendars import repository as calendars_repository
from server.nights import repository

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tornado.ioloop import IOLoop

    from server.db import Cursor
    from server.services import Services

NIGHTS = [date(2031, 1, 1) + timedelta(days=number) for number in range(30)]
HOUSE = 920_001


@pytest.mark.parametrize(
    "take",
    [
        lambda cursor: repository.take(cursor, HOUSE, NIGHTS, 1),
        lambda cursor: repository.block(cursor, HOUSE, NIGHTS),
        lambda cursor: calendars_repository.take(cursor, HOUSE, [(night, 1) for night in NIGHTS]),
    ],
    ids=["order", "block", "ical"],
)
def test_a_month_is_taken_in_one_statement(
    services: Services, io_loop: IOLoop, take: Callable[[Cursor], Awaitable[Any]]
) -> None:
    async def inserts(cursor: Cursor) -> int:
        await cursor.execute("SHOW SESSION STATUS LIKE 'Com_insert'")
        row = await cursor.fetchone()
        assert row is not None
        return int(row["Value"])

    async def scenario() -> tuple[int, int]:
        async with services.database.transaction() as cursor:
            before = await inserts(cursor)
            await take(cursor)
            statements = await inserts(cursor) - before
            await cursor.execute("SELECT night FROM house_nights WHERE house_id = %s", (HOUSE,))
            taken = len(await cursor.fetchall())
            await cursor.execute("DELETE FROM house_nights WHERE house_id = %s", (HOUSE,))
        return statements, taken

    assert io_loop.run_sync(scenario) == (1, 30)
