"""The pages of bookings, for both sides: booking, the orders of a guest and of a host, one order, and the way back."""

from __future__ import annotations

import json
from typing import Any

from handlers.host_pages import HostPageHandler
from handlers.house_pages import MAX_ID_DIGITS, inert
from handlers.pages import PageHandler
from handlers.security import ensure_session_cookies
from server.houses.model import HouseStatus, NoSuchHouse
from server.orders.model import NoSuchOrder


class BookingPage(HostPageHandler):
    """What is about to be booked: /booking.html?house_id&sd&ed&guests."""

    async def get(self) -> None:
        """The house; dates, price and terms are the script's. Raises NoSuchHouse."""
        house_id = number(self.get_query_argument("house_id", ""))
        if house_id is None:
            raise NoSuchHouse
        found = await self.services.houses.page_for(self.signed_in_user, house_id, self.language)
        house = json.loads(found.body)["house"]
        identity = await self.identity() if house["wants_verified"] else None
        self.render_houses(
            "orders/booking.html",
            house=house,
            is_owner=house["user_id"] == self.signed_in_user,
            is_online=house["status"] == HouseStatus.ONLINE,
            warns=identity is not None and identity["real_name"] is None,
        )


class GuestOrdersPage(PageHandler):
    """What the user booked."""

    template = "orders/orders.html"


class HostOrdersPage(PageHandler):
    """What others booked with the user."""

    template = "orders/lorders.html"


class OrderPageHandler(PageHandler):
    """A page of one order, which comes with the page as it is now."""

    async def show_order(self, template: str, order_id: int | None) -> None:
        """Raises NoSuchOrder, also when the order is somebody else's."""
        order = await self._order(order_id)
        ensure_session_cookies(self)
        self.show(template, order=order, sent=inert(order))

    async def _order(self, order_id: int | None) -> dict[str, Any]:
        if order_id is None:
            raise NoSuchOrder
        found = await self.services.orders.get(self.signed_in_user, order_id, self.language)
        order: dict[str, Any] = found["order"]
        return order


class OrderPage(OrderPageHandler):
    """One order: for its guest and its host."""

    async def get(self, order_id: str = "") -> None:
        """The order. Raises NoSuchOrder."""
        await self.show_order("orders/order.html", number(order_id))


class PayCompletePage(OrderPageHandler):
    """Where the cashier leads back to: /payComplete.html?order_id. It shows what is true, whoever sent the browser."""

    async def get(self) -> None:
        """The order. Raises NoSuchOrder."""
        await self.show_order("orders/paycomplete.html", number(self.get_query_argument("order_id", "")))


def number(text: str) -> int | None:
    """An id in an address; None when it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_ID_DIGITS else None
