"""Houses, guests and orders for the browser's tests of bookings; what time does is done in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from server.clock import SystemClock
from server.identities import repository as identities_repository
from server.nights.model import Stay, today_at
from server.orders import repository as orders_repository
from server.orders.model import Event
from server.orders.service import Step, Wish
from tests.browser.people import run_with
from tests.houses import insert_house, insert_user

if TYPE_CHECKING:
    from datetime import date

    from server.services import Services
    from tests.stack import Stack

FIRST, NIGHTS = 10, 2  # days until a stay begins, and how long it is


@dataclass(frozen=True)
class Home:
    """A house at ¥100 a night with a deposit of ¥50, its host, and a guest who knows it."""

    house_id: int
    host_id: int
    guest_id: int
    site: Stack

    def booking_address(self, first: int = FIRST, nights: int = NIGHTS) -> str:
        """The page that books a stay."""
        return f"/booking.html?house_id={self.house_id}&sd={day(first)}&ed={day(first + nights)}&guests=2"

    def order(self, *steps: str, first: int = FIRST, guest_id: int | None = None) -> int:
        """An order of this guest, moved on by its host (accept) or by a payment (pay); returns its id."""
        stay = Stay(date_in(first), date_in(first + NIGHTS))

        async def make(services: Services) -> int:
            wish = Wish(self.house_id, stay, 2)
            placed = await services.orders.place(guest_id or self.guest_id, wish, None, "zh")
            order_id = int(placed["order"]["order_id"])
            for step in steps:
                await move(services, self.host_id, order_id, step)
            return order_id

        return run_with(self.site, make)


def day(number: int) -> str:
    """A date so many days from today at the houses."""
    return date_in(number).isoformat()


def date_in(number: int) -> date:
    """The same as a date."""
    return today_at(SystemClock().now()) + timedelta(days=number)


async def move(services: Services, host_id: int, order_id: int, step: str) -> None:
    """Accept as the host; or write a payment that Alipay never saw."""
    if step == "accept":
        await services.orders.act(host_id, Step(order_id, Event.ACCEPT), "zh")
        return
    async with services.database.transaction() as cursor:
        order = await orders_repository.lock(cursor, order_id)
        assert order is not None
        await services.moves.apply(cursor, order, Event.PAY)


def open_home(site: Stack, **columns: Any) -> Home:
    """A new house, host and guest."""

    async def make(services: Services) -> Home:
        host_id, guest_id = await insert_user(services), await insert_user(services)
        async with services.database.transaction() as cursor:
            await identities_repository.insert(cursor, host_id, ("sealed", "sealed"), f"{host_id:064}")
            fields = {"price": "100", "deposit": "50", "capacity": 3}
            house_id = await insert_house(cursor, host_id, title=f"石头房子 {host_id}", **fields)
            for name, value in columns.items():
                await cursor.execute(f"UPDATE houses SET {name} = %s WHERE id = %s", (value, house_id))
        await services.changes.spread(house_id)
        return Home(house_id, host_id, guest_id, site)

    return run_with(site, make)


def let_time_pass(site: Stack, order_id: int, days: int) -> None:
    """Move an order's stay back, and sweep as beat does."""

    async def go(services: Services) -> None:
        async with services.database.transaction() as cursor:
            await cursor.execute(
                "UPDATE orders SET check_in = check_in - INTERVAL %s DAY, check_out = check_out - INTERVAL %s DAY"
                " WHERE id = %s",
                (days, days, order_id),
            )
        await services.orders.sweep()

    run_with(site, go)
