"""`make bench`: the search on three databases, cached reads against bare Tornado, and bookings, on private servers."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.local import servers
from server.local.state import DATABASE
from server.migrations import upgrade
from server.seed import command
from server.seed.model import SeedPlan
from tests.bench import bookings, cached, search
from tests.stack import Stack

if TYPE_CHECKING:
    from server.settings import Settings

SIZES = (1_000, 10_000, 100_000)
TODAY = date.today()  # noqa: DTZ011 - any near day
SHOWN_HOUSES = 200


def filled(stack: Stack, houses: int) -> str:
    """The URL of a database with so many houses, ten nights each, without pictures."""
    name = f"bench_{houses}"
    settings = stack.settings.model_copy(
        update={"mysql_url": stack.settings.mysql_url.replace(f"/{DATABASE}?", f"/{name}?")}
    )
    servers.create_database(stack.folder.mysql_socket, name)
    upgrade(settings.mysql_url)
    seed(settings, houses, pictures=0)
    return settings.mysql_url


def seed(settings: Settings, houses: int, *, pictures: int) -> None:
    """Seed one database."""
    plan = SeedPlan(
        houses=houses, users=max(10, houses // 50), nights=10, seed=1, today=TODAY, pictures=pictures
    )
    asyncio.run(command.seed(settings, plan))


def main() -> None:
    """Everything, one after the other; the servers are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ihome-bench-") as folder:
        stack = Stack(Path(folder), rate_limits="load-test", log_level="warning")
        try:
            stack.start_site()
            click.echo("\nThe search. The ratio is the last database's to the first one's.")
            search.main([filled(stack, houses) for houses in SIZES])
            seed(stack.settings, SHOWN_HOUSES, pictures=3)
            click.echo(
                "\nCached reads. The ratio is ours to a bare Tornado handler's that writes the same bytes."
            )
            cached.compare(stack.url, cached.PATHS)
            click.echo("\nBookings.")
            bookings.main(stack)
        finally:
            stack.stop_all()


if __name__ == "__main__":
    main()
