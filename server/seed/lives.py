"""The life of an invented order: the product's own rules play it up to a moment. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from server.nights.model import HOUSE_TIME, today_at
from server.orders.model import Actor, Event, Order, OrderStatus, hold_seconds
from server.payments.model import RefundCause
from server.quotes.model import quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from server.nights.model import Stay
    from server.quotes.model import Offer

SCRAMBLE = 3**18  # has no divisor in common with ten, so that no two numbers become the same
SWEEP = timedelta(seconds=4)  # how long after its time the sweep comes by
SILENCE = timedelta(days=14)  # after that nobody waits for a review
ENDS = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELED, OrderStatus.REJECTED})
_SEEDED = re.compile(r"\d{8}777\d{9}P001", re.ASCII)


@dataclass(frozen=True)
class Booking:
    """What a guest wanted, and when."""

    offer: Offer
    guest_id: int
    stay: Stay
    guests: int
    at: datetime

    def order(self, nth: int) -> Order:
        """The order as it was placed; `nth` makes its number different from every other invented one's.

        Raises TooFewNights, TooManyNights, TooManyGuests, NoGuests.
        """
        offer, stay = self.offer, self.stay
        priced = quote(offer.rates, stay, self.guests)
        status = OrderStatus.WAIT_PAYMENT if offer.instant else OrderStatus.WAIT_ACCEPT
        return Order(
            order_id=0, number=seeded_number(self.at, nth), guest_id=self.guest_id, host_id=offer.owner_id,
            house_id=offer.house_id, check_in=stay.start, check_out=stay.end, nights=stay.nights,
            guests=self.guests, lines=tuple(line.view() for line in priced.lines),
            amount_fen=priced.total_fen, cancellation=priced.cancellation, status=status, version=1, reason=None,
            expires_at=expiry(status, stay.end, self.at), created_at=self.at,
        )  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Something that happens to an order, and when."""

    event: Event
    actor: Actor
    at: datetime
    note: str | None = None


@dataclass(frozen=True)
class Said:
    """A review, and what the host answers if anything."""

    rating: int
    comment: str
    reply: str | None = None


@dataclass(frozen=True)
class Happened:
    """A step that was taken, with the states around it."""

    step: Step
    before: OrderStatus | None
    after: OrderStatus


@dataclass(frozen=True)
class GivenBack:
    """Money that went back."""

    cause: RefundCause
    amount_fen: int
    at: datetime


@dataclass(frozen=True)
class Life:
    """An order as it is now, all that happened to it, and what was said of it."""

    order: Order
    happened: tuple[Happened, ...]
    given_back: tuple[GivenBack, ...]
    said: Said | None

    def time_of(self, event: Event) -> datetime | None:
        """When that happened; None when it did not."""
        return next((one.step.at for one in self.happened if one.step.event is event), None)

    @property
    def ended_at(self) -> datetime | None:
        """When it came to its end, or was answered after it."""
        last = self.happened[-1]
        return last.step.at if last.after in ENDS else None

    @property
    def is_booking(self) -> bool:
        """Whether the house counts it."""
        return self.time_of(Event.PAY) is not None and not self.order.status.is_dead


def live(placed: Order, steps: Iterable[Step], now: datetime, said: Said | None = None) -> Life:
    """Play what happens until now. Raises IllegalMove, StayBegan: then no such life is possible."""
    order = placed
    happened = [Happened(Step(Event.PLACE, Actor.GUEST, placed.created_at), None, placed.status)]
    given_back = []
    for step in steps:
        if step.at > now:
            break
        status = order.after(step.event, step.actor)
        refund_fen = order.refund_due(step.event, step.actor, today_at(step.at))
        if refund_fen:
            cause = RefundCause.CANCEL if step.event is Event.CANCEL else RefundCause.DEPOSIT
            given_back.append(GivenBack(cause, refund_fen, step.at))
        happened.append(Happened(step, order.status, status))
        reason = step.note if status.is_dead else order.reason
        order = replace(
            order, status=status, version=order.version + 1, reason=reason,
            expires_at=expiry(status, order.check_out, step.at),
        )  # fmt: skip
    was_said = any(one.step.event is Event.COMMENT for one in happened)
    return Life(order, tuple(happened), tuple(given_back), said if was_said else None)


def until_paid(order: Order, thinking: timedelta, paying: timedelta) -> list[Step]:
    """The host accepts where that is asked for, and the guest pays in time."""
    accepted = order.created_at + (thinking if order.status is OrderStatus.WAIT_ACCEPT else timedelta())
    paid = Step(Event.PAY, Actor.SYSTEM, accepted + paying)
    if order.status is OrderStatus.WAIT_ACCEPT:
        return [Step(Event.ACCEPT, Actor.HOST, accepted), paid]
    return [paid]


def checked_out(order: Order) -> Step:
    """The guest leaves."""
    return Step(Event.CHECK_OUT, Actor.SYSTEM, at_houses(order.check_out, 12) + SWEEP)


def in_silence(order: Order) -> list[Step]:
    """Nobody says anything after the stay."""
    left = checked_out(order)
    return [left, Step(Event.COMPLETE, Actor.SYSTEM, left.at + SILENCE + SWEEP)]


def with_review(order: Order, said: Said, writing: timedelta, answering: timedelta) -> list[Step]:
    """The guest reviews the stay, and the host answers if there is an answer."""
    left = checked_out(order)
    comment = Step(Event.COMMENT, Actor.GUEST, left.at + writing)
    reply = [Step(Event.REPLY, Actor.HOST, comment.at + answering)] if said.reply else []
    return [left, comment, *reply]


def expired(status: OrderStatus, check_out: date, since: datetime) -> Step:
    """Nobody did what the order waited for in this state."""
    until = expiry(status, check_out, since) or since
    return Step(Event.EXPIRE, Actor.SYSTEM, until + SWEEP)


def expiry(status: OrderStatus, check_out: date, at: datetime) -> datetime | None:
    """When a state that was reached then ends by itself."""
    patience = hold_seconds(status, check_out, today_at(at))
    return None if patience is None else at + timedelta(seconds=patience)


def at_houses(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time at the houses."""
    return datetime.combine(day, time(hour, minute, second), HOUSE_TIME)


def is_seeded(payment_number: str) -> bool:
    """Whether it may be the payment of an invented order: one of a thousand others looks alike."""
    return _SEEDED.fullmatch(payment_number) is not None


def seeded_number(at: datetime, nth: int) -> str:
    """The number of an invented order: the day, three sevens, and what differs."""
    return f"{at.astimezone(UTC):%Y%m%d}777{nth * SCRAMBLE % 10**9:09}"
