"""`make bench`: every budget, measured on private servers and compared in the same run; one table, and JSON.

`make bench ARGS="bookings push"` measures some parts only. `BENCH_HOUSES=1000000 make bench` adds the search and the
bookings with so many houses; it takes ten minutes more to seed them.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tests.bench import (
    bookings,
    cached,
    growth,
    placing,
    push,
    search,
    sockets,
    stalls,
    starting,
    table,
    watching,
)
from tests.bench.people import Crowd
from tests.bench.servers import MeasuredStack
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.growth import Growth
    from tests.bench.stalls import Stalls
    from tests.bench.table import Line
    from tests.stack import Stack

SIZES = (10_000, 100_000)
SHOWN_HOUSES = 500
PARTS = ("start", "growth", "cached", "sockets", "push", "bookings", "race", "watching")


class Bench:
    """One run on one private stack."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self.lines: list[Line] = []
        self.growths: list[Growth] = []
        self.stalls: list[Stalls] = []

    @cached_property
    def _crowd(self) -> Crowd:
        return asyncio.run(Crowd.of(self._stack, bookings.RACERS + 1))

    def measure(self, parts: Sequence[str]) -> None:
        """These parts, one after the other."""
        if set(parts) - {"start", "growth"}:
            growth.seed(self._stack.settings, SHOWN_HOUSES, users=250, pictures=3)
        before = stalls.look(self._stack)
        for part in parts:
            self.lines += self._part(part)
            after = stalls.look(self._stack)
            self.stalls.append(stalls.meanwhile(part, before, after))
            before = after
        self.lines.append(stalls.line(self.stalls))

    def report(self) -> str:
        """What was measured, for people."""
        tables = [growth.rendered(self.growths)] if self.growths else []
        return "\n\n".join([*tables, table.rendered(self.lines), stalls.rendered(self.stalls)])

    def as_record(self) -> dict[str, Any]:
        """What was measured, for machines."""
        return {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
            "lines": [line.as_record() for line in self.lines],
            "growth": [one.as_record() for one in self.growths],
            "loop": [one.as_record() for one in self.stalls],
        }

    def _part(self, part: str) -> list[Line]:
        stack = self._stack
        if part == "start":
            return starting.lines(self._folder / "start")
        if part == "growth":
            return self._growth()
        if part == "cached":
            return cached.lines(stack, self._folder)
        if part == "sockets":
            return sockets.lines(stack)
        measures = {
            "push": push.lines, "bookings": bookings.lines, "race": bookings.race, "watching": watching.lines,
        }  # fmt: skip
        return asyncio.run(measures[part](stack, self._crowd))

    def _growth(self) -> list[Line]:
        stack = self._stack
        sizes = sorted({*SIZES, *(int(size) for size in os.environ.get("BENCH_HOUSES", "").split())})
        for houses in sizes:
            growth.fill(stack, houses)
        searches = search.measure(stack, sizes)
        bookings_by_size = asyncio.run(placing.measure(stack, sizes))
        self.growths = [*searches, *bookings_by_size]
        return [*search.lines(stack, searches), *placing.lines(bookings_by_size)]


def chosen(arguments: Sequence[str]) -> list[str]:
    """The parts to measure, in the order of PARTS; all when none is named. Raises click.UsageError."""
    unknown = set(arguments) - set(PARTS)
    if unknown:
        raise click.UsageError(f"no part is called {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
    return [part for part in PARTS if not arguments or part in arguments]


@click.command()
@click.argument("parts", nargs=-1)
def main(parts: tuple[str, ...]) -> None:
    """Measure all parts, or those that are named. The servers are gone at the end."""
    wanted = chosen(parts)
    with tempfile.TemporaryDirectory(prefix="ihome-bench-") as folder:
        stack = MeasuredStack(Path(folder) / "stack")
        bench = Bench(stack, Path(folder))
        try:
            stack.start_site()
            bench.measure(wanted)
        finally:
            stack.stop_all()
            if bench.lines:
                tell(bench)  # also what was measured before something failed


def tell(bench: Bench) -> None:
    """Print the tables, write the file."""
    click.echo("\n" + bench.report())
    place = ROOT / "build" / "bench.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(bench.as_record(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    click.echo(f"\nThe same as JSON: {place.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
