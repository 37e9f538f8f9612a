"""The search's plans on 60,000 houses: along the index of the order, never a scan or a sort of the table."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.nights.model import Stay
from server.search.model import Criteria, Cursor, Sort, Total
from server.search.repository import ORDERS
from server.search.service import find

if TYPE_CHECKING:
    from tests.server.search.conftest import WatchedCursor

STAY = Stay(date.today() + timedelta(days=30), date.today() + timedelta(days=33))  # noqa: DTZ011 - any near day
# Of 60,000 houses and 600,000 nights: where the first 2,000 entries of the order end, and of the 1,000 that are counted
# (20 that are shown) the entry and the nights from the far end.
PAGE_ROWS = 18_000
NEXT_PAGE_ROWS = 3_000


def faults(plan: list[dict[str, Any]], key: str) -> list[str]:
    """What is wrong with a plan that should read houses along `key` and nights by the primary key."""
    found = []
    for row in plan:
        extra = row["Extra"] or ""
        if row["table"] == "h" and row["key"] != key:
            found.append(f"h by {row['key']}")
        if row["table"] == "n" and row["key"] != "PRIMARY":
            found.append(f"n by {row['key']}")
        if row["type"] == "ALL" and not str(row["table"]).startswith("<derived"):
            found.append(f"scans {row['table']}")
        if "filesort" in extra or "temporary" in extra:
            found.append(extra)
    return found


@pytest.mark.parametrize("stay", [None, STAY], ids=["any-day", "dates"])
@pytest.mark.parametrize("area_id", [None, 3], ids=["anywhere", "area"])
@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_goes_along_the_index_of_its_order(
    watched: WatchedCursor, sort: Sort, area_id: int | None, stay: Stay | None
) -> None:
    criteria = Criteria(sort=sort, area_id=area_id, stay=stay)
    key = f"houses_{'area_' if area_id else ''}{ORDERS[sort][2]}"

    first = asyncio.run(find(watched, criteria, 1, None))  # type: ignore[arg-type]
    first_rows, watched.rows_read = watched.rows_read, 0
    second = asyncio.run(find(watched, criteria, 1, first.next))  # type: ignore[arg-type]

    assert [(statement, faults(plan, key)) for statement, plan in watched.plans if faults(plan, key)] == []
    assert (len(first.found), len(second.found), first.total) == (20, 20, Total(1000, capped=True))
    assert first_rows <= PAGE_ROWS
    assert watched.rows_read <= NEXT_PAGE_ROWS


@pytest.mark.parametrize("sort", list(Sort))
def test_deep_in_the_order_a_page_costs_no_more(watched: WatchedCursor, sort: Sort) -> None:
    position = {Sort.NEW: (100,), Sort.BOOKING: (2, 50_000)}.get(sort, (55_000, 30_000))
    criteria = Criteria(sort=sort, stay=STAY)

    page = asyncio.run(find(watched, criteria, 1, Cursor(position, 900, Total(1000, capped=True))))  # type: ignore[arg-type]

    assert len(page.found) > 0
    assert watched.rows_read <= NEXT_PAGE_ROWS


def test_what_nothing_matches_ends_after_a_bounded_part_of_the_order(
    watched: WatchedCursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.search.service.WINDOWS", (1_000, 4_000))

    page = asyncio.run(find(watched, Criteria(rooms=50), 1, None))  # type: ignore[arg-type]

    assert page.found == ()
    assert page.total == Total(0, capped=True)
    assert page.next is not None
    assert (
        watched.rows_read <= 21_000
    )  # 5,000 entries, each window found and read, for the page and for the count


def test_rare_words_are_found_from_their_index(watched: WatchedCursor) -> None:
    criteria = Criteria(sort=Sort.PRICE_INC, terms=("罕见",))

    page = asyncio.run(find(watched, criteria, 1, None))  # type: ignore[arg-type]

    assert page.total == Total(59, capped=False)
    assert watched.rows_read <= 1_500
    assert {row["key"] for _, plan in watched.plans for row in plan if row["table"] == "h"} <= {
        "PRIMARY",
        None,
    }


def test_common_words_are_looked_for_along_the_order(watched: WatchedCursor) -> None:
    criteria = Criteria(terms=("朝阳",))

    page = asyncio.run(find(watched, criteria, 1, None))  # type: ignore[arg-type]

    assert len(page.found) == 20
    assert watched.rows_read <= PAGE_ROWS


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT h.id FROM houses h WHERE h.status = 'online' ORDER BY h.acreage LIMIT 20",
        "SELECT h.id FROM houses h WHERE h.address LIKE '%%阳%%' LIMIT 20",
        "SELECT h.id FROM houses h WHERE h.room_count > 0 ORDER BY h.price_fen + 1 LIMIT 20",
    ],
)
def test_a_plan_that_scans_or_sorts_is_told_apart(watched: WatchedCursor, statement: str) -> None:
    asyncio.run(watched.execute(statement))

    assert faults(watched.plans[0][1], "houses_new") != []
