"""How long it takes to place, accept and cancel an order by the number of houses: the service's calls, no HTTP."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from server.nights.model import Stay
from server.orders.model import Event
from server.orders.service import Step, Wish
from server.services import open_services
from tests.bench import costs
from tests.bench.growth import Growth, database_url
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from server.services import Services
    from tests.stack import Stack

WARM_UPS = 3
BLOCKS = 30
BLOCK = 10  # bookings of one size before the next one's turn
DAYS_AHEAD = 400  # behind the nights that the seed takes
MOST_GROWTH = 1.5
PLACE, ACCEPT, CANCEL, CPU = "order: place", "order: accept", "order: cancel", "MariaDB's CPU for the three"


@dataclass(frozen=True)
class _Site:
    """One size: the services on it, distinct houses with their owners, and people who do not own them."""

    houses: int
    services: Services
    offered: list[tuple[int, int]]
    people: list[int]

    @classmethod
    async def of(cls, houses: int, services: Services) -> _Site:
        async with services.database.reading() as cursor:
            await cursor.execute(
                "SELECT id, owner_id FROM houses WHERE status = 'online' AND min_nights = 1"
                " AND verified_guests = 0 AND instant_booking = 0 ORDER BY RAND(7) LIMIT %s",
                ((WARM_UPS + BLOCKS) * BLOCK,),
            )
            offered = [(row["id"], row["owner_id"]) for row in await cursor.fetchall()]
            await cursor.execute("SELECT id FROM users ORDER BY id LIMIT 20")
            people = [row["id"] for row in await cursor.fetchall()]
        return cls(houses, services, offered, people)


async def measure(stack: Stack, sizes: Sequence[int]) -> list[Growth]:
    """All sizes in turns, block by block. No house is booked twice; no relay looks at these databases."""
    growths = {what: Growth(what, {houses: [] for houses in sizes}) for what in (PLACE, ACCEPT, CANCEL, CPU)}
    async with AsyncExitStack() as exits:
        sites = []
        for houses in sizes:
            settings = stack.settings.model_copy(update={"mysql_url": database_url(stack, houses)})
            services = await exits.enter_async_context(open_services(settings))
            sites.append(await _Site.of(houses, services))
        for block in range(WARM_UPS + BLOCKS):
            for site in sites:
                times = await _block(stack, site, block)
                if block >= WARM_UPS:
                    for what, values in times.items():
                        growths[what].times[site.houses] += values
    return list(growths.values())


def lines(growths: Sequence[Growth]) -> list[Line]:
    """Placing an order, which is what the guest waits for."""
    growth = next(one for one in growths if one.what == PLACE)
    return [
        Line(f"order: place, {growth.largest:,} houses, no HTTP", growth.p50(growth.largest), "ms",
             *growth.reference, f"ratio <= {MOST_GROWTH}", growth.ratio, MOST_GROWTH)
    ]  # fmt: skip


async def _block(stack: Stack, site: _Site, block: int) -> dict[str, list[float]]:
    """Some bookings on end, and what they cost MariaDB on average."""
    times: dict[str, list[float]] = {PLACE: [], ACCEPT: [], CANCEL: []}
    before = costs.cpu_seconds(stack.pid("mariadb"))
    for number, (house_id, host) in enumerate(site.offered[block * BLOCK : (block + 1) * BLOCK]):
        guest = next(one for one in site.people[number:] + site.people if one != host)
        for what, ms in (await _booking(site.services, house_id, guest, host)).items():
            times[what].append(ms)
    cpu = costs.cpu_seconds(stack.pid("mariadb")) - before
    return {**times, CPU: [1000 * cpu / BLOCK]}


async def _booking(services: Services, house_id: int, guest: int, host: int) -> dict[str, float]:
    start = date.today() + timedelta(days=DAYS_AHEAD)  # noqa: DTZ011 - far ahead
    orders = services.orders
    wish = Wish(house_id, Stay(start, start + timedelta(days=1)), guests=1)
    placed, place_ms = await _timed(orders.place(guest, wish, None, "en"))
    order_id = placed["order"]["order_id"]
    _, accept_ms = await _timed(orders.act(host, Step(order_id, Event.ACCEPT), "en"))
    _, cancel_ms = await _timed(orders.act(guest, Step(order_id, Event.CANCEL), "en"))
    return {PLACE: place_ms, ACCEPT: accept_ms, CANCEL: cancel_ms}


async def _timed(work: Awaitable[dict[str, Any]]) -> tuple[dict[str, Any], float]:
    begun = time.perf_counter()
    return await work, 1000 * (time.perf_counter() - begun)
