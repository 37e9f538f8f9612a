"""One step of an order, whoever takes it: state, history, nights, refunds, and who hears of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.nights import repository as nights_repository
from server.notices import repository as notices_repository
from server.orders import repository
from server.orders.model import Actor, Event, OrderStatus, hold_seconds
from server.payments import repository as payments_repository
from server.webhooks import events as webhook_events

if TYPE_CHECKING:
    from datetime import date

    from server.db import Cursor
    from server.houses.changes import HouseChanges
    from server.live.service import LiveService
    from server.nights.changes import NightChanges
    from server.orders.model import Order

By = tuple[Actor, int | None]
UNPAID = frozenset({OrderStatus.WAIT_ACCEPT, OrderStatus.WAIT_PAYMENT})


class OrderMoves:
    """Everything here runs in the caller's transaction, with the order locked; `spread` comes after its commit."""

    def __init__(self, live: LiveService, nights: NightChanges, changes: HouseChanges) -> None:
        self._live = live
        self._nights = nights
        self._changes = changes

    async def place(self, cursor: Cursor, order: Order, today: date) -> Order:
        """Write a new order of a locked house. Raises NightTaken."""
        hold = hold_seconds(order.status, order.check_out, today)
        order = replace(order, order_id=await repository.insert(cursor, order, hold))
        nights = [order.check_in.fromordinal(day) for day in range(*order.ordinals)]
        await nights_repository.take(cursor, order.house_id, nights, order.order_id)
        await self._nights.count(cursor, order.house_id)
        await self._tell(cursor, order, Event.PLACE, (Actor.GUEST, order.guest_id))
        return order

    async def apply(
        self,
        cursor: Cursor,
        order: Order,
        event: Event,
        by: By = (Actor.SYSTEM, None),
        note: str | None = None,
    ) -> Order:
        """Take one step of a locked order; returns it as it is now. Raises IllegalMove, StayBegan."""
        status = order.after(event, by[0])
        today = await nights_repository.today(cursor)
        await self._give_back(cursor, order, event, order.refund_due(event, by[0], today))
        hold = hold_seconds(status, order.check_out, today)
        await repository.move(cursor, order, status, note if status.is_dead else None, hold)
        moved = replace(order, status=status, version=order.version + 1)
        await self._show_nights(cursor, order, moved)
        await self._count(cursor, order, moved)
        await self._tell(cursor, moved, event, by, note)
        return moved

    def wake(self) -> None:
        """After the commit of a new order: nothing cached shows it."""
        self._changes.wake()

    async def spread(self, order: Order, event: Event) -> None:
        """After the commit: wake the outbox, and tell the caches where they show what changed."""
        shown = event in {Event.PAY, Event.COMMENT, Event.REPLY} or (
            event is Event.CANCEL and order.status is OrderStatus.CANCELED
        )
        await self._changes.spread(*([order.house_id] if shown else []))

    @staticmethod
    async def _give_back(cursor: Cursor, order: Order, event: Event, amount_fen: int) -> None:
        if amount_fen:
            cause = "cancel" if event is Event.CANCEL else "deposit"
            await payments_repository.add_refund(cursor, order.order_id, cause, amount_fen)

    async def _show_nights(self, cursor: Cursor, before: Order, after: Order) -> None:
        """Calendars show the nights of dead orders as free, and until when an unpaid order holds its nights."""
        if not after.status.is_dead and before.status not in UNPAID:
            return
        await repository.lock_house_row(cursor, after.house_id)  # before its nights, as placing does
        if after.status.is_dead:
            await nights_repository.free(cursor, after.house_id, after.order_id)
        await self._nights.record(cursor, after.house_id)

    async def _count(self, cursor: Cursor, before: Order, after: Order) -> None:
        """How often a house was booked counts paid orders, so that nobody climbs by placing and cancelling."""
        change = {
            (OrderStatus.WAIT_PAYMENT, OrderStatus.PAID): 1,
            (OrderStatus.PAID, OrderStatus.CANCELED): -1,
        }.get((before.status, after.status))
        if change:
            await repository.count_booking(cursor, after.house_id, change)
            await self._changes.record_drop(cursor, [after.house_id])

    async def _tell(
        self, cursor: Cursor, order: Order, event: Event, by: By, note: str | None = None
    ) -> None:
        await repository.add_event(cursor, order, event, by, note)
        facts = {
            "order_id": order.order_id,
            "number": order.number,
            "house_id": order.house_id,
            "status": order.status.value,
            "version": order.version,
            "event": event.value,
        }
        sides = sorted(((order.guest_id, Actor.GUEST), (order.host_id, Actor.HOST)))
        told = [(user_id, {**facts, "role": role.value}) for user_id, role in sides]
        await self._live.announce_all(cursor, "order", told)
        await notices_repository.add(cursor, order, event, by[0])
        await webhook_events.add(cursor, self._live, order, event)
