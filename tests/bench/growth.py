"""How times grow with the number of houses: databases of each size, and one table of all that was timed in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from server.local import servers
from server.local.state import DATABASE
from server.migrations import upgrade
from server.seed import command
from server.seed.model import SeedPlan
from tests.bench.table import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.settings import Settings
    from tests.stack import Stack

REFERENCE = 10_000
TODAY = date.today()  # noqa: DTZ011 - any near day


@dataclass(frozen=True)
class Growth:
    """One row: what was timed, and by the number of houses the milliseconds of each time."""

    what: str
    times: dict[int, list[float]]

    @property
    def largest(self) -> int:
        """The most houses."""
        return max(self.times)

    @property
    def ratio(self) -> float:
        """The median with the most houses by the median with REFERENCE houses."""
        return self.p50(self.largest) / self.p50(REFERENCE)

    @property
    def reference(self) -> tuple[str, float]:
        """What a line compares the largest size with."""
        return f"with {REFERENCE:,} houses", self.p50(REFERENCE)

    def p50(self, houses: int) -> float:
        """The median with so many houses."""
        return percentile(self.times[houses], 0.5)

    def as_record(self) -> dict[str, Any]:
        """For machines."""
        sizes = {
            str(houses): {"p50_ms": self.p50(houses), "p95_ms": percentile(times, 0.95)}
            for houses, times in self.times.items()
        }
        return {"what": self.what, "houses": sizes, "ratio": self.ratio}


def rendered(growths: Sequence[Growth]) -> str:
    """A row each; the last column is the largest size by REFERENCE houses."""
    sizes = sorted(growths[0].times)
    columns = "".join(f"{f'{houses:,} houses':>19}" for houses in sizes)
    head = f"{'ms, p50 / p95':38}{columns}{f'{sizes[-1]:,} by {REFERENCE:,}':>22}"
    return "\n".join([head, *(_row(growth, sizes) for growth in growths)])


def _row(growth: Growth, sizes: Sequence[int]) -> str:
    cells = "".join(
        f"{growth.p50(houses):10.2f} /{percentile(growth.times[houses], 0.95):7.2f}" for houses in sizes
    )
    return f"{growth.what:38}{cells}{growth.ratio:22.2f}"


def database_url(stack: Stack, houses: int) -> str:
    """The database with so many houses."""
    return stack.settings.mysql_url.replace(f"/{DATABASE}?", f"/{_name(houses)}?")


def fill(stack: Stack, houses: int) -> None:
    """Make that database: ten nights a house, no pictures."""
    settings = stack.settings.model_copy(update={"mysql_url": database_url(stack, houses)})
    servers.create_database(stack.folder.mysql_socket, _name(houses))
    upgrade(settings.mysql_url)
    seed(settings, houses, users=max(10, houses // 50), pictures=0)


def seed(settings: Settings, houses: int, *, users: int, pictures: int) -> None:
    """Seed one database."""
    plan = SeedPlan(houses=houses, users=users, nights=10, seed=1, today=TODAY, pictures=pictures)
    asyncio.run(command.seed(settings, plan))


def _name(houses: int) -> str:
    return f"bench_{houses}"
