"""Orders for tests, made by the product's own services without HTTP."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from server.nights.model import Stay
from server.orders import repository as orders_repository
from server.orders.model import Actor, Event, Order
from server.orders.service import Step, Wish
from server.payments import repository as payments_repository
from tests.houses import insert_houses, insert_user

if TYPE_CHECKING:
    from server.services import Services

_trades = itertools.count(1)


@dataclass
class Booked:
    """A house of a host, and a guest who books it."""

    services: Services
    host_id: int
    guest_id: int
    house_id: int

    async def place(self, first: int = 10, nights: int = 2) -> int:
        """Book a stay that begins so many days from now; returns the order's id."""
        start = date.today() + timedelta(days=first)  # noqa: DTZ011 - far enough from any midnight
        wish = Wish(self.house_id, Stay(start, start + timedelta(days=nights)), 1)
        placed = await self.services.orders.place(self.guest_id, wish, None, "zh")
        return int(placed["order"]["order_id"])

    async def act(self, order_id: int, event: Event, actor: Actor = Actor.HOST) -> None:
        """Accept, reject or cancel."""
        user_id = self.host_id if actor is Actor.HOST else self.guest_id
        await self.services.orders.act(user_id, Step(order_id, event, "有事"), "zh")

    async def move(self, order_id: int, event: Event) -> Order:
        """What time, or the payment service, does."""
        async with self.services.database.transaction() as cursor:
            order = await orders_repository.lock(cursor, order_id)
            assert order is not None
            return await self.services.orders._moves.apply(cursor, order, event)

    async def pay(self, order_id: int) -> None:
        """The money arrives."""
        async with self.services.database.transaction() as cursor:
            order = await orders_repository.lock(cursor, order_id)
            assert order is not None
            payment = await payments_repository.open_payment(cursor, order_id, order.number, order.amount_fen)
            trade_no = f"T{os.getpid()}{next(_trades):06}"
            await payments_repository.mark_paid(cursor, payment.payment_id, trade_no)
            await self.services.orders._moves.apply(cursor, order, Event.PAY)

    async def reach(self, *steps: str, first: int = 10) -> int:
        """A new order that went through these steps: accept, pay, check_out, complete, guest_cancels, host_cancels."""
        order_id = await self.place(first)
        for step in steps:
            if step == "pay":
                await self.pay(order_id)
            elif step.endswith("_cancels"):
                await self.act(order_id, Event.CANCEL, Actor(step.removesuffix("_cancels")))
            elif step in {"accept", "reject"}:
                await self.act(order_id, Event(step))
            else:
                await self.move(order_id, Event(step))
        return order_id


async def new_booked(services: Services, **changes: Any) -> Booked:
    """A house that is online, of a new host, and a new guest."""
    host_id, guest_id = await insert_user(services), await insert_user(services)
    [house_id] = await insert_houses(services, host_id, [changes])
    return Booked(services, host_id, guest_id, house_id)
