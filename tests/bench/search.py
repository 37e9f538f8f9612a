"""How long the search takes inside the database, per order, with and without dates.

`python -m tests.bench.search URL…`

Each URL is a database that `main.py seed` filled. The server's own profile of each statement is summed over a page:
the ids, the total on a first page, and where the entries end that it looks at.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click
import pymysql

from server.db import connection_arguments
from server.nights.model import Stay
from server.search.model import Criteria, Cursor, Sort, Total
from server.search.service import find
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.search.model import Page

ROUNDS = 100
BUDGET_MS = 5
GROWTH = 1.5


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


def measure(url: str) -> dict[str, list[float]]:
    """Milliseconds of ROUNDS pages of each case, each with other dates."""
    cursor = ProfiledCursor(url)
    chance = random.Random(7)
    times: dict[str, list[float]] = {}
    for case in cases():
        for _ in range(ROUNDS):
            criteria = replace(case.criteria, stay=_some_stay(chance)) if case.dates else case.criteria
            resumed = None if case.first else _second_page(cursor, criteria)
            cursor.seconds = 0.0
            asyncio.run(find(cursor, criteria, 1, resumed))  # type: ignore[arg-type]
            times.setdefault(case.name, []).append(cursor.seconds * 1000)
    return times


def _some_stay(chance: random.Random) -> Stay:
    start = date.today() + timedelta(days=chance.randrange(300))  # noqa: DTZ011 - any day will do
    return Stay(start, start + timedelta(days=chance.randrange(1, 8)))


def _second_page(cursor: ProfiledCursor, criteria: Criteria) -> Cursor | None:
    page: Page = asyncio.run(find(cursor, criteria, 1, None))  # type: ignore[arg-type]
    return page.next or Cursor((), 2, Total(0, capped=False))


def usual(url: str) -> float:
    """Milliseconds of the usual search with dates: collect the ids of what is taken, then NOT IN. Median of 3."""
    cursor = ProfiledCursor(url)
    chance = random.Random(7)
    times = []
    for _ in range(3):
        stay = _some_stay(chance)
        cursor.seconds = 0.0
        asyncio.run(_not_in(cursor, stay))
        times.append(cursor.seconds * 1000)
    return statistics.median(times)


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


def lines(urls: list[str]) -> list[Line]:
    """Prints the whole table; the worst search with dates on the largest database, and what it is compared with."""
    measured = main(urls)
    dated = [case.name for case in cases() if case.dates]
    medians = {name: [statistics.median(one[name]) for one in measured] for name in dated}
    worst = max(dated, key=lambda name: medians[name][-1])
    tail = statistics.quantiles(measured[-1][worst], n=20)[-1]
    figure, reference = medians[worst][-1], medians[worst][min(1, len(urls) - 1)]
    largest = database_name(urls[-1])
    grown = max(medians[name][-1] / medians[name][min(1, len(urls) - 1)] for name in dated)
    return [
        Line(f"search: {worst}, {largest}", figure, "ms", f"on {database_name(urls[min(1, len(urls) - 1)])}", reference,
             f"<= {BUDGET_MS} ms", tail, BUDGET_MS),
        Line("search with dates: most growth of any order", grown, "times", budget=f"<= {GROWTH}", judged=grown,
             limit=GROWTH),
        Line(f"search: new, dates, {largest}", medians["new, dates"][-1], "ms", "collect ids, then NOT IN",
             usual(urls[-1])),
    ]  # fmt: skip


def database_name(url: str) -> str:
    """What the database is called."""
    return url.partition("?")[0].rpartition("/")[2]


def main(urls: list[str]) -> list[dict[str, list[float]]]:
    """Print a table: median and 95th percentile, and the last database's median over the first one's."""
    measured = [measure(url) for url in urls]
    names = [database_name(url) for url in urls]
    click.echo(f"{'ms in the database, p50/p95':30}" + "".join(f"{name:>16}" for name in names) + "   ratio")
    for name in measured[0]:
        cells = [
            f"{statistics.median(one[name]):7.2f}/{statistics.quantiles(one[name], n=20)[-1]:6.2f}"
            for one in measured
        ]
        ratio = statistics.median(measured[-1][name]) / statistics.median(measured[0][name])
        click.echo(f"{name:30}" + "".join(f"{cell:>16}" for cell in cells) + f"{ratio:8.2f}")
    return measured


if __name__ == "__main__":
    main(sys.argv[1:])
