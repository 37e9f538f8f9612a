"""`make bench`: every budget, measured on private servers and compared in the same run; one table, and JSON.

`BENCH_HOUSES=1000000 make bench` adds the search on so many houses; it takes ten minutes more to seed them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import urllib.request
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.local import servers
from server.local.state import DATABASE
from server.migrations import upgrade
from server.seed import command
from server.seed.model import SeedPlan
from tests.bench import bookings, cached, search, sockets, table
from tests.stack import ROOT, Stack

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.bench.table import Line

SIZES = (1_000, 10_000, 100_000)
TODAY = date.today()  # noqa: DTZ011 - any near day
SHOWN_HOUSES = 500
STALL = 'le="0.05"'


def filled(stack: Stack, houses: int) -> str:
    """The URL of a database with so many houses, ten nights each, without pictures."""
    name = f"bench_{houses}"
    settings = stack.settings.model_copy(
        update={"mysql_url": stack.settings.mysql_url.replace(f"/{DATABASE}?", f"/{name}?")}
    )
    servers.create_database(stack.folder.mysql_socket, name)
    upgrade(settings.mysql_url)
    seed(settings, houses, users=max(10, houses // 50), pictures=0)
    return settings.mysql_url


def seed(settings: Settings, houses: int, *, users: int, pictures: int) -> None:
    """Seed one database."""
    plan = SeedPlan(houses=houses, users=users, nights=10, seed=1, today=TODAY, pictures=pictures)
    asyncio.run(command.seed(settings, plan))


def stalls(stack: Stack) -> int:
    """How often the web process's loop ran a timer more than 50 ms late, over the whole run."""
    with urllib.request.urlopen(f"{stack.url}/metrics") as answer:
        text = answer.read().decode()
    numbers = dict(
        line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("ihome_loop_lag_seconds")
    )
    return int(
        float(numbers["ihome_loop_lag_seconds_count"])
        - float(numbers[f"ihome_loop_lag_seconds_bucket{{{STALL}}}"])
    )


def measured(stack: Stack, folder: Path) -> list[Line]:
    """Everything, one after the other."""
    sizes = sorted({*SIZES, *(int(size) for size in os.environ.get("BENCH_HOUSES", "").split())})
    found = search.lines([filled(stack, houses) for houses in sizes])
    seed(stack.settings, SHOWN_HOUSES, users=250, pictures=3)
    found += cached.lines(stack, folder)
    found += sockets.lines(stack)
    found += asyncio.run(bookings.lines(stack))  # gives all houses to one host
    late = stalls(stack)
    found.append(
        table.Line("event loop late by more than 50 ms", late, "times", budget="0", judged=late, limit=0)
    )
    return found


def main() -> None:
    """The servers are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ihome-bench-") as folder:
        stack = Stack(Path(folder) / "stack", rate_limits="load-test", log_level="warning")
        try:
            stack.start_site()
            found = measured(stack, Path(folder))
        finally:
            stack.stop_all()
    click.echo("\n" + table.rendered(found))
    place = ROOT / "build" / "bench.json"
    place.parent.mkdir(exist_ok=True)
    table.write(found, place)
    click.echo(f"\nThe same as JSON: {place.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
