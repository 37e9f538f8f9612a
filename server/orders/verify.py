"""Whether what is stored about orders agrees with itself and with the rules. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from server.calendars import repository as calendars_repository
from server.nights import repository as nights_repository
from server.orders import repository
from server.orders.model import FIRST_STATUSES, RETURNED_KINDS, TRANSITIONS, Actor, Event, Order, OrderStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from server.db import Cursor, Database, Row

ORDERS = 500
HOUSES = 1_000
USERS = 10_000
SETTLED = frozenset({OrderStatus.PAID, OrderStatus.WAIT_COMMENT, OrderStatus.COMPLETE})
# Payments that came too late or twice: they go back whole, and paid for nothing.
RETURNED_CAUSES = frozenset({"late", "twice"})
# Every step that may stand in a history: from, event, actor, to.
STEPS = {(*step, TRANSITIONS[step]) for step in TRANSITIONS} | {
    (None, Event.PLACE, Actor.GUEST, status) for status in FIRST_STATUSES
}


class Kind(StrEnum):
    """What is broken."""

    NIGHTS = "nights"
    HISTORY = "history"
    AMOUNT = "amount"
    PAYMENT = "payment"
    REFUND = "refund"
    COUNT = "count"
    KEY = "key"
    ORPHAN = "orphan"


@dataclass(frozen=True)
class Violation:
    """One thing that must not be; `subject` is the order, house or key that it is about."""

    kind: Kind
    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence}"


@dataclass(frozen=True)
class Books:
    """What is stored about one order; `since` is the first night that is surely kept."""

    order: Order
    nights: frozenset[date]
    since: date
    events: tuple[Row, ...]
    payments: tuple[Row, ...]
    refunds: tuple[Row, ...]

    def happened(self, event: Event, actor: Actor | None = None) -> bool:
        """Whether the history has this event, by this actor if one is given."""
        return any(row["event"] == event and actor in {None, row["actor"]} for row in self.events)

    @property
    def paying(self) -> list[Row]:
        """The payments that did not come too late or twice."""
        returned = {row["payment_id"] for row in self.refunds if row["cause"] in RETURNED_CAUSES}
        return [row for row in self.payments if row["payment_id"] not in returned]


async def violations(database: Database, after_id: int = 0) -> list[Violation]:
    """All that `find` finds."""
    return [one async for one in find(database, after_id)]


async def find(database: Database, after_id: int = 0) -> AsyncIterator[Violation]:
    """Every violation of the invariants of orders: of those with a higher id, and of all nights and keys.

    A range of ids at a time, each as it was at one moment: it may run beside the site.
    """
    async with database.snapshot() as cursor:
        last_order, last_house, last_user = await repository.last_ids(cursor)
    for check, first, last, step in (
        (_check_orders, after_id, last_order, ORDERS),
        (_check_houses, 0, last_house, HOUSES),
        (_check_keys, 0, last_user, USERS),
    ):
        for begin in range(first, last, step):
            async with database.snapshot() as cursor:
                found = await check(cursor, begin, begin + step)
            for violation in found:
                yield violation


def check_books(books: Books) -> Iterator[Violation]:
    """What is wrong with one order."""
    for kind, check in (
        (Kind.NIGHTS, _nights),
        (Kind.HISTORY, _history),
        (Kind.AMOUNT, _amount),
        (Kind.PAYMENT, _payments),
        (Kind.REFUND, _refunds),
    ):
        for sentence in check(books):
            yield Violation(kind, _order(books.order.order_id), sentence)


async def _check_orders(cursor: Cursor, first: int, last: int) -> list[Violation]:
    orders = await repository.orders_between(cursor, first, last)
    houseless = await repository.houseless_between(cursor, first, last)
    today = await nights_repository.today(cursor)
    nights = _by_order(await repository.nights_between(cursor, first, last))
    events = _by_order(await repository.events_between(cursor, first, last))
    payments = _by_order(await repository.payments_between(cursor, first, last))
    refunds = _by_order(await repository.refunds_between(cursor, first, last))
    found = _orphans({order.order_id for order in orders}, events=events, payments=payments, refunds=refunds)
    for order in orders:
        order_id = order.order_id
        kept = timedelta(days=0 if order_id in houseless else nights_repository.KEPT_DAYS)
        held = frozenset(row["night"] for row in nights[order_id])
        rows = (tuple(of[order_id]) for of in (events, payments, refunds))
        found.extend(check_books(Books(order, held, today - kept, *rows)))
    return found


async def _check_houses(cursor: Cursor, first: int, last: int) -> list[Violation]:
    strays = await repository.stray_nights(cursor, first, last)
    unwanted = await calendars_repository.strays(cursor, first, last)
    uncounted = await repository.uncounted_bookings(cursor, first, last)
    return (
        [
            Violation(
                Kind.NIGHTS,
                f"house {row['house_id']}",
                f"{row['night']} is taken for order {row['order_id']}, which does not have it",
            )
            for row in strays
        ]
        + [
            Violation(
                Kind.NIGHTS,
                f"house {row['house_id']}",
                f"{row['night']} is taken ({row['kind']}) for calendar {row['feed_id']}, which does not want it",
            )
            for row in unwanted
        ]
        + [
            Violation(
                Kind.COUNT,
                f"house {row['house_id']}",
                f"counts {row['order_count']} bookings, but {row['booked']} were paid and not cancelled",
            )
            for row in uncounted
        ]
    )


async def _check_keys(cursor: Cursor, first: int, last: int) -> list[Violation]:
    return [
        Violation(
            Kind.KEY,
            f"key {row['name']} of user {row['user_id']}",
            f"answered with order {row['order_id']}, which is not there"
            if row["order_id"]
            else "has no answer",
        )
        for row in await repository.broken_keys(cursor, first, last)
    ]


def _nights(books: Books) -> Iterator[str]:
    order = books.order
    dates = {date.fromordinal(day) for day in range(*order.ordinals)}
    if order.nights != len(dates):
        yield f"counts {order.nights} nights, but its dates are {len(dates)}"
    if order.status.is_dead:
        yield from (f"is {order.status} and still holds {night}" for night in sorted(books.nights))
        return
    missing = sorted(night for night in dates - books.nights if night >= books.since)
    yield from (f"is {order.status} and does not hold {night}" for night in missing)


def _history(books: Books) -> Iterator[str]:
    order, status = books.order, None
    people = {Actor.GUEST: order.guest_id, Actor.HOST: order.host_id, Actor.SYSTEM: None}
    for version, row in enumerate(books.events, 1):
        if row["version"] != version:
            yield f"has no version {version} in its history"
            return
        if row["from_status"] != status or not _is_step(row):
            yield f"version {version}: {row['event']} by {row['actor']} from {status} to {row['to_status']}"
        if row["actor_id"] != people[row["actor"]]:
            yield f"version {version} was made by user {row['actor_id']}, who is not its {row['actor']}"
        status = row["to_status"]
    if len(books.events) != order.version:
        yield f"has version {order.version}, but {len(books.events)} events"
    if status != order.status:
        yield f"is {order.status}, but its history ends in {status}"


def _is_step(row: Row) -> bool:
    return (row["from_status"], row["event"], row["actor"], row["to_status"]) in STEPS


def _amount(books: Books) -> Iterator[str]:
    order = books.order
    for line in order.lines:
        if line["quantity"] * line["unit_price"] != line["amount"]:
            yield f"line {line['kind']}: {line['quantity']} x {line['unit_price']} is not {line['amount']}"
    total = sum(line["amount"] for line in order.lines)
    if total != order.amount_fen:
        yield f"costs {order.amount_fen} fen, but its lines sum to {total}"


def _payments(books: Books) -> Iterator[str]:
    order, paying = books.order, books.paying
    wanted = int(books.happened(Event.PAY) or order.status in SETTLED)
    if len(paying) != wanted:
        yield f"is {order.status} and has {len(paying)} payments that paid for it, not {wanted}"
    for payment in paying:
        if payment["amount_fen"] != order.amount_fen:
            yield f"costs {order.amount_fen} fen, but {payment['amount_fen']} were paid"


def _refunds(books: Books) -> Iterator[str]:
    paid = {row["payment_id"]: row["amount_fen"] for row in books.payments}
    for row in books.refunds:
        if row["payment_id"] not in paid:
            yield f"refund {row['number']} is of no payment that arrived for it"
        elif row["cause"] in RETURNED_CAUSES and row["amount_fen"] != paid[row["payment_id"]]:
            yield f"refund {row['number']} gives back {row['amount_fen']} fen, not all of the payment"
    for payment_id, amount_fen in paid.items():
        back = sum(row["amount_fen"] for row in books.refunds if row["payment_id"] == payment_id)
        if back > amount_fen:
            yield f"gives back {back} fen of a payment of {amount_fen}"
    yield from _owed(books)


def _owed(books: Books) -> Iterator[str]:
    """The refunds that the end of a paid order brings: bounds that hold whatever the day was."""
    order = books.order
    given: dict[str, int] = defaultdict(int)
    for row in books.refunds:
        given[row["cause"]] += row["amount_fen"]
    least, most = 0, 0
    if books.happened(Event.PAY) and books.happened(Event.CANCEL):
        whole = sum(line["amount"] for line in order.lines if line["kind"] in RETURNED_KINDS)
        least = order.amount_fen if books.happened(Event.CANCEL, Actor.HOST) else whole
        most = order.amount_fen
    if not least <= given["cancel"] <= most:
        yield f"gives back {given['cancel']} fen for its cancellation, not {least} to {most}"
    deposit = order.deposit_fen if books.happened(Event.CHECK_OUT) else 0
    if given["deposit"] != deposit:
        yield f"gives back {given['deposit']} fen of its deposit, not {deposit}"


def _orphans(order_ids: set[int], **rows_by_name: dict[int, list[Row]]) -> list[Violation]:
    return [
        Violation(Kind.ORPHAN, _order(order_id), f"has {name}, but is not there")
        for name, rows in rows_by_name.items()
        for order_id in sorted(set(rows) - order_ids)
    ]


def _by_order(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["order_id"]].append(row)
    return grouped


def _order(order_id: int) -> str:
    return f"order {order_id}"
