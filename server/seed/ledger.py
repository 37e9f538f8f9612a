"""Writes invented orders: the rows of every table, as the services would have left them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from server.orders.model import Actor, Event
from server.payments.model import PaymentStatus, RefundStatus, payment_number, refund_number
from server.seed import repository
from server.seed.batches import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from server.db import Cursor
    from server.orders.model import Order
    from server.seed.lives import Happened, Life

AT_THE_CASHIER = timedelta(seconds=40)
REFUNDING = timedelta(seconds=2)
TOLD = "TRADE_SUCCESS"
Rows = list[tuple[object, ...]]


class Ledger:
    """Some orders that belong into one transaction, in the order of their ids.

    `trade` is what the payments' numbers at the provider begin with. Nights before `kept_from` are over for so
    long that the services have dropped them.
    """

    def __init__(self, lives: Sequence[Life], trade: str, kept_from: date) -> None:
        self._lives = lives
        self._trade = trade
        self._kept_from = kept_from
        self._paid = [life for life in lives if life.time_of(Event.PAY)]

    async def write(self, cursor: Cursor) -> int:
        """All of it; returns how many orders. Raises DuplicateEntry when a night is taken."""
        first_id = await repository.insert_orders(cursor, [_order_row(life) for life in self._lives])
        ids = {life.order.number: order_id for order_id, life in enumerate(self._lives, first_id)}
        await repository.insert_events(
            cursor, [row for life in self._lives for row in _event_rows(life, ids)]
        )
        await repository.insert_order_nights(cursor, sorted(self._nights(ids)))
        await self._write_money(cursor, ids)
        reviews = [row for life in self._lives for row in _review_rows(life, ids)]
        if reviews:
            await repository.insert_reviews(cursor, reviews)
        await repository.count_many(cursor, self._counts())
        return len(self._lives)

    async def _write_money(self, cursor: Cursor, ids: dict[str, int]) -> None:
        if not self._paid:
            return
        first_id = await repository.insert_payments(
            cursor, [self._payment_row(one, ids) for one in self._paid]
        )
        paid = list(enumerate(self._paid, first_id))
        notices: Rows = [
            (f"{self._trade}{life.order.number}", payment_id, TOLD, _time(life.time_of(Event.PAY)))
            for payment_id, life in paid
        ]
        await repository.insert_notices(cursor, notices)
        refunds = [row for payment_id, life in paid for row in _refund_rows(life, ids, payment_id)]
        if refunds:
            await repository.insert_refunds(cursor, refunds)

    def _payment_row(self, life: Life, ids: dict[str, int]) -> tuple[object, ...]:
        order, paid_at = life.order, life.time_of(Event.PAY)
        opened_at = max(life.happened[0].step.at, paid_at - AT_THE_CASHIER) if paid_at else None
        return (
            payment_number(order.number, 1), ids[order.number], order.amount_fen, PaymentStatus.PAID.value,
            f"{self._trade}{order.number}", _time(opened_at), _time(paid_at),
        )  # fmt: skip

    def _nights(self, ids: dict[str, int]) -> Iterator[tuple[int, str, int]]:
        first = self._kept_from.toordinal()
        for life in self._lives:
            order = life.order
            if order.status.is_dead:
                continue
            begin, end = order.ordinals
            for day in range(max(begin, first), end):
                yield order.house_id, order.check_in.fromordinal(day).isoformat(), ids[order.number]

    def _counts(self) -> list[tuple[int, int, int, int]]:
        counted: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for life in self._lives:
            count = counted[life.order.house_id]
            count[0] += life.is_booking
            if life.said:
                count[1] += life.said.rating
                count[2] += 1
        return [(house_id, *count) for house_id, count in sorted(counted.items())]  # type: ignore[misc]


def _time(moment: datetime | None) -> str | None:
    return written(moment) if moment else None


def _order_row(life: Life) -> tuple[object, ...]:
    order = life.order
    return (
        order.number, order.guest_id, order.host_id, order.house_id, order.check_in, order.check_out, order.nights,
        order.guests, json.dumps(order.lines), order.amount_fen, order.cancellation.value, order.status.value,
        order.version, order.reason, _time(order.expires_at), written(order.created_at),
        _time(life.time_of(Event.PAY)), _time(life.ended_at),
    )  # fmt: skip


def _event_rows(life: Life, ids: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for version, one in enumerate(life.happened, 1):
        step = one.step
        yield (
            ids[life.order.number], version, step.event.value, one.before.value if one.before else None,
            one.after.value, step.actor.value, _actor_id(life.order, one), step.note, written(step.at),
        )  # fmt: skip


def _actor_id(order: Order, one: Happened) -> int | None:
    return {Actor.GUEST: order.guest_id, Actor.HOST: order.host_id}.get(one.step.actor)


def _refund_rows(life: Life, ids: dict[str, int], payment_id: int) -> Iterator[tuple[object, ...]]:
    order = life.order
    for back in life.given_back:
        number = refund_number(payment_number(order.number, 1), back.cause)
        yield (
            number, ids[order.number], payment_id, back.amount_fen, back.cause.value, RefundStatus.DONE.value,
            f"refund-{number}", written(back.at), written(back.at + REFUNDING),
        )  # fmt: skip


def _review_rows(life: Life, ids: dict[str, int]) -> Iterator[tuple[object, ...]]:
    order, said = life.order, life.said
    if said is None:
        return
    replied_at = life.time_of(Event.REPLY)
    yield (
        ids[order.number], order.house_id, order.guest_id, said.rating, said.comment,
        said.reply if replied_at else None, _time(life.time_of(Event.COMMENT)), _time(replied_at),
    )  # fmt: skip
