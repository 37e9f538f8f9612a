"""`make profile ARGS=search`: the heaviest functions of the web process in one part, and what one answer costs whom.

Parts: cached (a read from the near-cache), search (cold, with dates), booking (placing orders), push (telling hosts'
pages of orders that another process places).
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handlers.serving import background
from server.nights.model import Stay
from server.orders.service import Wish
from server.services import open_services
from tests.bench import costs, growth, wrk
from tests.bench.bookings import CONNECTIONS, rate, some_guests
from tests.bench.people import Crowd, give_houses
from tests.bench.push import LAST_ON_ITS_WAY_SECONDS, listening
from tests.bench.sampler import BEGIN, END
from tests.bench.servers import MeasuredStack
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from server.services import Services
    from tests.stack import Stack

HOUSES, PEOPLE, HOSTS = 10_000, 200, 100
SECONDS, PUSH_SECONDS = 10, 30
SHOWN = 15
ORDERS_PER_SECOND = 50
SEARCHES = ROOT / "tests" / "load" / "wrk" / "searches.lua"
WRITING_SECONDS = 10.0


class Recording:
    """The profile of the web process, and the time that all of them used, from `with` to its end."""

    def __init__(self, stack: Stack, path: Path) -> None:
        self._stack, self._path = stack, path
        self.used: dict[str, float] = {}
        self.seconds = 0.0

    def __enter__(self) -> None:
        """Begin."""
        os.kill(self._stack.pid("serve"), BEGIN)
        self._begun, self._before = time.monotonic(), costs.spent(self._stack)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self.seconds = time.monotonic() - self._begun
        self.used = costs.between(self._before, costs.spent(self._stack))
        os.kill(self._stack.pid("serve"), END)

    def profile(self) -> dict[str, Any]:
        """What the sampler saw. Raises TimeoutError when it writes nothing."""
        deadline = time.monotonic() + WRITING_SECONDS
        while not self._path.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the web process wrote no profile")
            time.sleep(0.05)
        found: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
        return found


async def cached(stack: Stack, _crowd: Crowd, recording: Recording) -> int:
    """How many cached reads were answered."""
    url = f"{stack.url}/api/v1_0/houses/1"
    with recording:
        answers = await asyncio.to_thread(wrk.rate, url, seconds=SECONDS)
    return round(answers * SECONDS)


async def search(stack: Stack, _crowd: Crowd, recording: Recording) -> int:
    """How many searches with dates were answered, none from a cache."""
    with recording:
        answers = await asyncio.to_thread(wrk.rate, stack.url, script=SEARCHES, seconds=SECONDS)
    return round(answers * SECONDS)


async def booking(stack: Stack, crowd: Crowd, recording: Recording) -> int:
    """How many orders some guests placed at once, of other people's houses."""
    await give_houses(stack, crowd.people[CONNECTIONS:])
    guests = some_guests(stack, crowd.people[:CONNECTIONS], CONNECTIONS)
    with recording:
        _, statuses = await rate(guests, crowd.free)
        await costs.settle(stack)
    return statuses[201]


async def push(stack: Stack, crowd: Crowd, recording: Recording) -> int:
    """How many orders the pages of hosts were told of, while this process places them and publishes their events."""
    hosts = crowd.people[:HOSTS]
    await give_houses(stack, hosts)
    told: list[int] = []
    async with (
        listening(stack, hosts, told.append),
        open_services(stack.settings) as services,
        background(services),
    ):
        with recording:
            await asyncio.gather(
                *(_place(services, crowd, number) for number in range(PUSH_SECONDS * ORDERS_PER_SECOND))
            )
            await asyncio.sleep(LAST_ON_ITS_WAY_SECONDS)
    return len(told)


async def _place(services: Services, crowd: Crowd, number: int) -> None:
    """The order that is due at its part of a second."""
    await asyncio.sleep(number / ORDERS_PER_SECOND)
    guest = crowd.people[HOSTS + number % (PEOPLE - HOSTS)]
    house_id, start = next(crowd.free)
    wish = Wish(house_id, Stay(start, start + timedelta(days=1)), guests=1)
    await services.orders.place(guest.user_id, wish, None, "en")


PARTS: dict[str, Callable[[Stack, Crowd, Recording], Awaitable[int]]] = {
    "cached": cached, "search": search, "booking": booking, "push": push,
}  # fmt: skip


def rendered(profile: Mapping[str, Any]) -> str:
    """The functions that are heaviest themselves, and those of the product that are with all that they call."""
    own, whole = profile["own"], profile["with_callees"]
    total = sum(own.values()) or 1
    heaviest = sorted(own, key=own.__getitem__, reverse=True)[:SHOWN]
    product = [name for name in whole if name.startswith(("server/", "handlers/"))]
    leading = sorted(product, key=whole.__getitem__, reverse=True)[:SHOWN]

    def rows(names: list[str]) -> list[str]:
        return [f"{own.get(name, 0) / total:8.1%}{whole[name] / total:14.1%}  {name}" for name in names]

    head = f"{'itself':>8}{'with callees':>14}  "
    return "\n".join(
        [f"{head}all functions, by their own time", *rows(heaviest), "",
         f"{head}the product's functions, with what they call", *rows(leading)]
    )  # fmt: skip


def told(part: str, count: int, recording: Recording) -> str:
    """What one of them cost each process, and how busy the main thread was."""
    each = ", ".join(f"{who} {1000 * cpu / max(1, count):.2f}" for who, cpu in recording.used.items())
    profile = recording.profile()
    busy = sum(profile["own"].values()) / 1e9 / recording.seconds
    return (
        f"{part}: {count} in {recording.seconds:.1f} s; CPU ms of each: {each}\n"
        f"the web process's main thread: {busy:.0%} of a core, {profile['looks']} looks\n{rendered(profile)}\n"
    )


@click.command()
@click.argument("part", type=click.Choice(list(PARTS)))
def main(part: str) -> None:
    """Profile one part on private servers, which are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ihome-profile-") as folder:
        stack, path = MeasuredStack(Path(folder) / "stack"), Path(folder) / "profile.json"
        try:
            stack.start_servers()
            stack.start_outside()
            growth.seed(stack.settings, HOUSES, users=PEOPLE * 2, pictures=3)
            stack.start_sampled(path)
            crowd = asyncio.run(Crowd.of(stack, PEOPLE))
            recording = Recording(stack, path)
            count = asyncio.run(PARTS[part](stack, crowd, recording))
            report = told(part, count, recording)
        finally:
            stack.stop_all()
    click.echo("\n" + report)


if __name__ == "__main__":
    main()
