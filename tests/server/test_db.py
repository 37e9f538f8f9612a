"""Transactions on real MariaDB: deadlocks are run again, time-outs and duplicates have names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server import db
from server.db import Database, DuplicateEntry, TransactionConflict, retried
from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.stack import Stack


async def _swap(database: Database, first: str, second: str, meet: list[asyncio.Event]) -> None:
    """Lock two rows; the first time, wait between them until the other holds its first one."""
    async with database.transaction() as cursor:
        await cursor.execute("UPDATE deadlocks SET moves = moves + 1 WHERE name = %s", (first,))
        mine = meet[0] if first == "a" else meet[1]
        mine.set()
        await asyncio.gather(*(event.wait() for event in meet))
        await cursor.execute("UPDATE deadlocks SET moves = moves + 1 WHERE name = %s", (second,))


async def _collide(stack: Stack, move: Callable[..., Awaitable[None]]) -> tuple[list[object], list[int]]:
    database = await Database.open(stack.settings.mysql_url, 4)
    try:
        async with database.reading() as cursor:
            await cursor.execute("CREATE OR REPLACE TABLE deadlocks (name CHAR(1) PRIMARY KEY, moves INT)")
            await cursor.execute("INSERT INTO deadlocks VALUES ('a', 0), ('b', 0)")
        meet = [asyncio.Event(), asyncio.Event()]
        ends = await asyncio.gather(
            move(database, "a", "b", meet), move(database, "b", "a", meet), return_exceptions=True
        )
        async with database.reading() as cursor:
            await cursor.execute("SELECT moves FROM deadlocks ORDER BY name")
            return list(ends), [row["moves"] for row in await cursor.fetchall()]
    finally:
        await database.close()


def test_a_deadlocked_transaction_runs_again(stack: Stack) -> None:
    ends, moves = asyncio.run(_collide(stack, retried(_swap)))

    assert ends == [None, None]
    assert moves == [2, 2]


def test_without_the_retry_one_of_them_is_lost(stack: Stack) -> None:
    ends, moves = asyncio.run(_collide(stack, _swap))

    assert sorted(type(end) for end in ends if end) == [TransactionConflict]
    assert moves == [1, 1]


def test_a_failed_transaction_leaves_nothing_and_a_duplicate_names_its_key(stack: Stack) -> None:
    async def insert_twice(database: Database) -> None:
        async with database.transaction() as cursor:
            await cursor.execute("INSERT INTO sms_phones VALUES ('10000000001')")
            await cursor.execute("INSERT INTO sms_phones VALUES ('10000000001')")

    async def scenario() -> tuple[str, int]:
        database = await Database.open(stack.settings.mysql_url, 2)
        try:
            with pytest.raises(DuplicateEntry) as refused:
                await insert_twice(database)
            async with database.reading() as cursor:
                await cursor.execute("SELECT COUNT(*) AS n FROM sms_phones WHERE mobile = '10000000001'")
                row = await cursor.fetchone()
        finally:
            await database.close()
        assert row
        return refused.value.key, row["n"]

    assert asyncio.run(scenario()) == ("PRIMARY", 0)


def test_rows_put_off_are_there_after_the_commit_and_not_before(stack: Stack) -> None:
    insert, count = "INSERT INTO late_rows VALUES (%s)", "SELECT COUNT(*) AS n FROM late_rows"

    async def counted(database: Database, cursor: db.Cursor) -> list[int]:
        await cursor.execute(count)
        inside = await cursor.fetchone()
        async with database.reading() as other:
            await other.execute(count)
            outside = await other.fetchone()
        assert inside
        assert outside
        return [inside["n"], outside["n"]]

    async def scenario() -> list[list[int]]:
        database = await Database.open(stack.settings.mysql_url, 2)
        try:
            async with database.reading() as cursor:
                await cursor.execute("CREATE OR REPLACE TABLE late_rows (number INT PRIMARY KEY)")
                await cursor.insert_late(insert, [(0,)])
                seen = [await counted(database, cursor)]
            async with database.transaction() as cursor:
                await cursor.insert_late(insert, [(1,)])
                await cursor.insert_late(insert, [(2,), (3,)])
                seen.append(await counted(database, cursor))
            async with database.reading() as cursor:
                return [*seen, await counted(database, cursor)]
        finally:
            await database.close()

    assert asyncio.run(scenario()) == [[1, 1], [1, 1], [4, 4]]


def test_a_row_put_off_that_is_refused_takes_the_transaction_with_it(stack: Stack) -> None:
    async def scenario() -> int:
        database = await Database.open(stack.settings.mysql_url, 2)
        try:
            with pytest.raises(DuplicateEntry):
                await insert_and_put_off(database)
            async with database.reading() as cursor:
                return await cursor.execute("SELECT 1 FROM sms_phones WHERE mobile = '10000000011'")
        finally:
            await database.close()

    async def insert_and_put_off(database: Database) -> None:
        async with database.transaction() as cursor:
            await cursor.execute("INSERT INTO sms_phones VALUES ('10000000011')")
            await cursor.insert_late("INSERT INTO sms_phones VALUES (%s)", [("10000000011",)])

    assert asyncio.run(scenario()) == 0


def test_an_empty_pool_and_a_slow_statement_are_refused_in_time(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ACQUIRE_SECONDS", 0.1)
    monkeypatch.setattr(db, "STATEMENT_SECONDS", 0.2)

    async def scenario() -> int:
        database = await Database.open(stack.settings.mysql_url, 1)
        try:
            async with database.reading():
                with pytest.raises(StoreUnavailable):
                    async with database.reading():
                        pass
            with pytest.raises(StoreUnavailable):
                async with database.reading() as cursor:
                    await cursor.execute("SELECT SLEEP(2)")
            async with database.reading() as cursor:
                await cursor.execute("SELECT 7 AS seven")
                row = await cursor.fetchone()
        finally:
            await database.close()
        assert row
        return int(row["seven"])

    assert asyncio.run(scenario()) == 7
