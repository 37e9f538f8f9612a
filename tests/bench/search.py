"""How long the search takes inside the database, per order, with and without dates.

The server's own profile of each statement is summed over a page: the ids, the total on a first page, and where the
entries end that it looks at.
"""

from __future__ import annotations

import asyncio
import random
import statistics
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pymysql

from server.db import connection_arguments
from server.nights.model import Stay
from server.search.model import Criteria, Cursor, Sort, Total
from server.search.service import find
from tests.bench.growth import Growth, database_url
from tests.bench.table import Line, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.search.model import Page
    from tests.stack import Stack

ROUNDS = 100
ROUNDS_OF_USUAL = 7
BUDGET_MS = 5
MOST_GROWTH = 1.5


@dataclass(frozen=True)
class Case:
    """One line of the table: what is asked, and whether the page is the first one."""

    name: str
    criteria: Criteria
    first: bool = True
    dates: bool = False


class ProfiledCursor:
    """A cursor whose statements the server times; `seconds` is their sum."""

    def __init__(self, url: str) -> None:
        options = connection_arguments(url)
        options["database"] = options.pop("db")
        self._cursor = pymysql.connect(**options, autocommit=True).cursor(pymysql.cursors.DictCursor)
        self._cursor.execute("SET profiling = 1, profiling_history_size = 1")
        self._rows: list[dict[str, Any]] = []
        self.seconds = 0.0

    async def execute(self, statement: str, arguments: Sequence[object] = ()) -> int:
        """Run a statement, then ask the server how long it took."""
        found = int(self._cursor.execute(statement, tuple(arguments)))
        self._rows = list(self._cursor.fetchall())
        self._cursor.execute("SHOW PROFILES")
        self.seconds += float(list(self._cursor.fetchall())[-1]["Duration"])
        return found

    async def fetchone(self) -> dict[str, Any] | None:
        """The next row."""
        return self._rows.pop(0) if self._rows else None

    async def fetchall(self) -> list[dict[str, Any]]:
        """All rows."""
        return self._rows


def cases() -> list[Case]:
    """Every order with and without dates and area, and what is hard."""
    found = []
    for sort in Sort:
        for dates in (False, True):
            label = f"{sort.value}{', dates' if dates else ''}"
            found.append(Case(label, Criteria(sort=sort), dates=dates))
            found.append(Case(f"{label}, next page", Criteria(sort=sort), first=False, dates=dates))
            found.append(Case(f"{label}, area", Criteria(sort=sort, area_id=3), dates=dates))
    hard = {
        "rooms and guests": Criteria(rooms=3, guests=6),
        "four facilities": Criteria(facility_mask=0b1000_0000_0100_0000_0011),
        "nothing matches": Criteria(rooms=50, guests=1),
        "common words": Criteria(terms=("朝阳",)),
        "street": Criteria(terms=("后海",)),
        "dear, by bookings": Criteria(sort=Sort.BOOKING, price_min=300_000),
    }
    return found + [Case(name, criteria) for name, criteria in hard.items()]


def measure(stack: Stack, sizes: Sequence[int]) -> list[Growth]:
    """Milliseconds of ROUNDS pages of each case, each with other dates; the sizes in turns, case by case."""
    cursors = {houses: ProfiledCursor(database_url(stack, houses)) for houses in sizes}
    chances = {houses: random.Random(7) for houses in sizes}
    found = []
    for case in cases():
        growth = Growth(f"search: {case.name}", {})
        for houses, cursor in cursors.items():
            growth.times[houses] = [_page(cursor, case, chances[houses]) for _ in range(ROUNDS)]
        found.append(growth)
    return found


def _page(cursor: ProfiledCursor, case: Case, chance: random.Random) -> float:
    criteria = replace(case.criteria, stay=_some_stay(chance)) if case.dates else case.criteria
    resumed = None if case.first else _second_page(cursor, criteria)
    cursor.seconds = 0.0
    asyncio.run(find(cursor, criteria, 1, resumed))  # type: ignore[arg-type]
    return cursor.seconds * 1000


def _some_stay(chance: random.Random) -> Stay:
    start = date.today() + timedelta(days=chance.randrange(300))  # noqa: DTZ011 - any day will do
    return Stay(start, start + timedelta(days=chance.randrange(1, 8)))


def _second_page(cursor: ProfiledCursor, criteria: Criteria) -> Cursor | None:
    page: Page = asyncio.run(find(cursor, criteria, 1, None))  # type: ignore[arg-type]
    return page.next or Cursor((), 2, Total(0, capped=False))


def against_usual(stack: Stack, houses: int) -> Line:
    """The newest houses that are free, on the same rows for the same dates, in turns.

    The usual search collects the ids of what is taken, then says NOT IN; it counts no total, as ours does.
    """
    cursor = ProfiledCursor(database_url(stack, houses))
    chance = random.Random(7)
    ours, usual = [], []
    for _ in range(ROUNDS_OF_USUAL):
        stay = _some_stay(chance)
        for times, work in (
            (ours, find(cursor, Criteria(stay=stay), 1, None)),  # type: ignore[arg-type]
            (usual, _not_in(cursor, stay)),
        ):
            cursor.seconds = 0.0
            asyncio.run(work)
            times.append(cursor.seconds * 1000)
    return Line(
        f"search: new, dates, {houses:,} houses", statistics.median(ours), "ms",
        "ids of the taken, then NOT IN", statistics.median(usual),
    )  # fmt: skip


async def _not_in(cursor: ProfiledCursor, stay: Stay) -> None:
    await cursor.execute(
        "SELECT DISTINCT house_id FROM house_nights WHERE night >= %s AND night < %s",
        (stay.start, stay.end),
    )
    taken = [row["house_id"] for row in await cursor.fetchall()] or [0]
    marks = ",".join(["%s"] * len(taken))
    await cursor.execute(
        f"SELECT id FROM houses WHERE status = 'online' AND id NOT IN ({marks}) ORDER BY id DESC LIMIT 30",
        taken,
    )


def lines(stack: Stack, growths: Sequence[Growth]) -> list[Line]:
    """The worst search with dates on the largest database, the most growth, and the usual way."""
    dated = {f"search: {case.name}" for case in cases() if case.dates}
    searches = [growth for growth in growths if growth.what in dated]
    worst = max(searches, key=lambda growth: growth.p50(growth.largest))
    grown = max(searches, key=lambda growth: growth.ratio)
    largest = worst.largest
    tail = percentile(worst.times[largest], 0.95)
    return [
        Line(f"{worst.what}, {largest:,} houses", worst.p50(largest), "ms", *worst.reference,
             f"p95 <= {BUDGET_MS} ms", tail, BUDGET_MS),
        Line(f"most grown {grown.what}, {largest:,}", grown.p50(largest), "ms", *grown.reference,
             f"ratio <= {MOST_GROWTH}", grown.ratio, MOST_GROWTH),
        against_usual(stack, largest),
    ]  # fmt: skip
