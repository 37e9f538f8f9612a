"""What the bench makes of numbers: lines, growth, delays of the loop, costs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click
import pytest

from tests.bench import costs, growth, profile, stalls, table
from tests.bench.__main__ import PARTS, chosen
from tests.bench.growth import Growth
from tests.bench.servers import MeasuredStack
from tests.bench.stalls import Moment
from tests.bench.table import Line
from tests.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from server.local.servers import PrivateServer

BOUNDS = ("0.025", "0.05", "0.1", "0.25", "+Inf")


def exposition(name: str, counts: tuple[int, ...], labels: str = "") -> str:
    """Cumulative buckets, as prometheus_client writes them."""
    return "\n".join(
        f'{name}_bucket{{{labels}le="{bound}"}} {count}.0'
        for bound, count in zip(BOUNDS, counts, strict=True)
    )


def test_a_line_says_its_ratio_and_whether_its_budget_is_kept() -> None:
    slow = Line("search", 6.0, "ms", "with 10,000 houses", 4.0, "ratio <= 1.2", judged=1.5, limit=1.2)
    many = Line("bookings", 250.0, "orders/s", budget=">= 200/s", judged=250, limit=200, at_least=True)
    told = table.rendered([slow, many, Line("p50", 3.0, "ms")]).splitlines()

    assert [slow.ratio, slow.holds, many.ratio, many.holds] == [1.5, False, None, True]
    assert [line.split()[-1] for line in told[1:]] == ["FAIL", "pass", "ms"]


def test_a_percentile_is_one_of_the_values() -> None:
    assert [table.percentile(range(100, 0, -1), share) for share in (0.5, 0.95, 0.99, 1)] == [
        51,
        96,
        100,
        100,
    ]


def test_growth_is_the_largest_size_by_10_000_houses_whatever_else_was_measured() -> None:
    grown = Growth("search", {1_000: [1.0] * 3, 10_000: [2.0] * 3, 100_000: [3.0] * 3})

    assert (grown.largest, grown.ratio, grown.reference) == (100_000, 1.5, ("with 10,000 houses", 2.0))
    assert growth.rendered([grown]).splitlines()[0].endswith("100,000 by 10,000")
    assert grown.as_record()["houses"]["100000"] == {"p50_ms": 3.0, "p95_ms": 3.0}


def test_delays_of_the_loop_are_those_of_one_part() -> None:
    before = Moment(exposition(stalls.LAG, (10, 12, 13, 13, 14)), 1.0)
    after = Moment(exposition(stalls.LAG, (20, 23, 25, 26, 27)), 3.5)

    found = stalls.meanwhile("push", before, after)

    assert (found.late, found.worst_seconds, found.waited_seconds) == (2, 0.25, 2.5)
    assert "2 times" in table.rendered([stalls.line([found])]).replace(".00", "")


def test_pauses_of_all_generations_count_and_a_delay_without_an_upper_end_is_none() -> None:
    quiet = Moment("", 0.0)
    text = [
        exposition(stalls.GC_PAUSE, (5, 5, 5, 5, 5), 'generation="0",'),
        exposition(stalls.GC_PAUSE, (0, 0, 1, 1, 1), 'generation="2",'),
        exposition(stalls.LAG, (0, 0, 0, 0, 1)),
    ]

    found = stalls.meanwhile("race", quiet, Moment("\n".join(text), 0.0)).as_record()

    assert found["garbage_collection_at_most_seconds"] == 0.1
    assert (found["late"], found["worst_at_most_seconds"]) == (1, None)


def test_the_longest_delay_names_its_part() -> None:
    calm = stalls.Stalls("cached", 0, 0.01, 0.0, 0.0)
    late = stalls.Stalls("push", 3, 0.1, 0.0, 0.0)

    assert "(worst <= 100 ms, push)" in stalls.line([calm, late]).what
    assert stalls.line([calm]).holds


def test_the_clock_of_a_process_is_its_cpu_time() -> None:
    before = time.process_time()
    seen = costs.cpu_seconds(os.getpid())

    assert before <= seen <= time.process_time()


def test_costs_are_told_for_each_and_for_all() -> None:
    lines = costs.lines("for each", {"web": 0.3, "worker": 0.5}, 100, seconds=1.0)

    assert [round(line.figure, 6) for line in lines] == [3.0, 5.0, 8.0]


def test_parts_are_measured_in_their_order_and_an_unknown_one_is_refused() -> None:
    assert chosen(()) == list(PARTS)
    assert chosen(("race", "cached")) == ["cached", "race"]
    with pytest.raises(click.UsageError, match="boking"):
        chosen(("boking",))


def test_the_measured_mariadb_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[PrivateServer] = []
    monkeypatch.setattr(Stack, "_start_server", lambda _stack, server: started.append(server))

    for stack in (MeasuredStack(tmp_path / "measured"), Stack(tmp_path / "suite")):
        stack.start_mariadb()

    measured, suites = (" ".join(server.argv) for server in started)
    assert "nosync" not in measured
    assert "nosync" in suites


def test_a_profile_lists_what_is_heavy_itself_and_what_of_the_product_leads_there() -> None:
    seen = {
        "own": {"json/encoder.py:1 encode": 30, "handlers/orders.py:2 post": 10},
        "with_callees": {
            "json/encoder.py:1 encode": 30, "handlers/orders.py:2 post": 40, "asyncio/events.py:3 _run": 40,
        },
    }  # fmt: skip

    own, product = profile.rendered(seen).split("\n\n")

    assert [line.split()[:2] for line in own.splitlines()[1:]] == [["75.0%", "75.0%"], ["25.0%", "100.0%"]]
    assert [line.split()[2] for line in product.splitlines()[1:]] == ["handlers/orders.py:2"]
