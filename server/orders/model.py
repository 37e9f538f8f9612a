"""What an order is: its states and moves, who may make them, what a cancellation gives back, and refusals."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from server.errors import BadField, Conflict, NoSuchThing
from server.i18n import N_
from server.quotes.model import Cancellation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.db import Row

REASON_LENGTH = 200
COMMENT_LENGTH = 1000
RATINGS = range(1, 6)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tab and the ends of lines

Lines = tuple[dict[str, Any], ...]


class OrderStatus(StrEnum):
    """Where an order stands."""

    WAIT_ACCEPT = "WAIT_ACCEPT"
    WAIT_PAYMENT = "WAIT_PAYMENT"
    PAID = "PAID"
    WAIT_COMMENT = "WAIT_COMMENT"
    COMPLETE = "COMPLETE"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"

    @property
    def is_dead(self) -> bool:
        """Whether its nights are free again."""
        return self in {OrderStatus.CANCELED, OrderStatus.REJECTED}


class Event(StrEnum):
    """What happens to an order."""

    PLACE = "place"
    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"
    PAY = "pay"
    CHECK_OUT = "check_out"
    COMMENT = "comment"
    COMPLETE = "complete"
    REPLY = "reply"


class Actor(StrEnum):
    """Who makes it happen."""

    GUEST = "guest"
    HOST = "host"
    SYSTEM = "system"


# The one table: what may happen in which state, by whom, and where it leads. What it does not name is illegal.
TRANSITIONS: Mapping[tuple[OrderStatus, Event, Actor], OrderStatus] = {
    (OrderStatus.WAIT_ACCEPT, Event.ACCEPT, Actor.HOST): OrderStatus.WAIT_PAYMENT,
    (OrderStatus.WAIT_ACCEPT, Event.REJECT, Actor.HOST): OrderStatus.REJECTED,
    (OrderStatus.WAIT_ACCEPT, Event.CANCEL, Actor.GUEST): OrderStatus.CANCELED,
    (OrderStatus.WAIT_ACCEPT, Event.EXPIRE, Actor.SYSTEM): OrderStatus.CANCELED,
    (OrderStatus.WAIT_PAYMENT, Event.PAY, Actor.SYSTEM): OrderStatus.PAID,
    (OrderStatus.WAIT_PAYMENT, Event.CANCEL, Actor.GUEST): OrderStatus.CANCELED,
    (OrderStatus.WAIT_PAYMENT, Event.CANCEL, Actor.HOST): OrderStatus.CANCELED,
    (OrderStatus.WAIT_PAYMENT, Event.EXPIRE, Actor.SYSTEM): OrderStatus.CANCELED,
    (OrderStatus.PAID, Event.CANCEL, Actor.GUEST): OrderStatus.CANCELED,
    (OrderStatus.PAID, Event.CANCEL, Actor.HOST): OrderStatus.CANCELED,
    (OrderStatus.PAID, Event.CHECK_OUT, Actor.SYSTEM): OrderStatus.WAIT_COMMENT,
    (OrderStatus.WAIT_COMMENT, Event.COMMENT, Actor.GUEST): OrderStatus.COMPLETE,
    (OrderStatus.WAIT_COMMENT, Event.COMPLETE, Actor.SYSTEM): OrderStatus.COMPLETE,
    (OrderStatus.COMPLETE, Event.REPLY, Actor.HOST): OrderStatus.COMPLETE,
}
# Where a new order begins: with the host's acceptance, or without it where the host takes everybody.
FIRST_STATUSES = frozenset({OrderStatus.WAIT_ACCEPT, OrderStatus.WAIT_PAYMENT})
# How long a state waits for somebody, in seconds, by the database's clock.
PATIENCE: Mapping[OrderStatus, int] = {
    OrderStatus.WAIT_ACCEPT: 24 * 3600,
    OrderStatus.WAIT_PAYMENT: 15 * 60,
    OrderStatus.WAIT_COMMENT: 14 * 24 * 3600,
}


# Days before the check-in, and from there on the percentage of the nights that is given back; most days first.
REFUND_STEPS: Mapping[Cancellation, tuple[tuple[int, int], ...]] = {
    Cancellation.FLEXIBLE: ((1, 100), (0, 50)),
    Cancellation.MODERATE: ((5, 100), (1, 50)),
    Cancellation.STRICT: ((14, 100), (7, 50)),
}
# Lines that come back whole, whatever the policy: no guest came.
RETURNED_KINDS = frozenset({"deposit", "cleaning"})


class NoSuchOrder(NoSuchThing):
    """No order has that id, or it is not this user's to see."""

    message = N_("没有找到这个订单")


class IllegalMove(Conflict):
    """The order's state does not allow this, or not to this side."""

    field = "action"
    message = N_("订单现在的状态不能这样操作")


class StayBegan(Conflict):
    """The check-in date is over."""

    field = "action"
    message = N_("入住日已过，不能再取消")


class ChangedMeanwhile(Conflict):
    """Something happened to the order since the page read it."""

    field = "version"
    message = N_("订单刚有变化，请先看看新的状态")


class OwnHouse(Conflict):
    """Hosts do not book with themselves."""

    field = "house_id"
    message = N_("不能预订自己的房源")


class BadReason(BadField):
    """Empty or too long."""

    field = "reason"
    message = N_("请填写拒单原因，最多 200 个字")


class BadNote(BadField):
    """Too long, or with characters that are not shown."""

    field = "reason"
    message = N_("原因最多 200 个字")


class BadComment(BadField):
    """Empty, too long, or with control characters."""

    field = "comment"
    message = N_("评价需要 1 到 1000 个字")


class BadRating(BadField):
    """Not one to five."""

    field = "rating"
    message = N_("评分应为 1 到 5")


class BadReply(BadField):
    """Empty, too long, or with control characters."""

    field = "reply"
    message = N_("回复需要 1 到 1000 个字")


@dataclass(frozen=True)
class Order:
    """A row of `orders`."""

    order_id: int
    number: str
    guest_id: int
    host_id: int
    house_id: int
    check_in: date
    check_out: date
    nights: int
    guests: int
    lines: Lines
    amount_fen: int
    cancellation: Cancellation
    status: OrderStatus
    version: int
    reason: str | None
    expires_at: datetime | None
    created_at: datetime

    @classmethod
    def from_row(cls, row: Row) -> Order:
        """A row that has a column for every field, `lines` as JSON."""
        values = {field.name: row[field.name] for field in fields(cls)}
        values |= {
            "lines": tuple(json.loads(row["lines"])),
            "cancellation": Cancellation(row["cancellation"]),
            "status": OrderStatus(row["status"]),
        }
        return cls(**values)

    def role_of(self, user_id: int) -> Actor | None:
        """Which side this user is on."""
        return {self.guest_id: Actor.GUEST, self.host_id: Actor.HOST}.get(user_id)

    def after(self, event: Event, actor: Actor) -> OrderStatus:
        """Where the event leads. Raises IllegalMove."""
        try:
            return TRANSITIONS[self.status, event, actor]
        except KeyError:
            raise IllegalMove from None

    def refund_fen(self, actor: Actor, today: date) -> int:
        """What comes back of a paid order that is cancelled today (the date at the houses). Raises StayBegan."""
        if today > self.check_in:
            raise StayBegan
        if actor is not Actor.GUEST:
            return self.amount_fen
        whole = self._sum_of(RETURNED_KINDS)
        percent = refund_percent(self.cancellation, (self.check_in - today).days)
        return whole + (self.amount_fen - whole) * percent // 100

    @property
    def deposit_fen(self) -> int:
        """What is given back after the stay."""
        return self._sum_of(frozenset({"deposit"}))

    def refund_due(self, event: Event, actor: Actor, today: date) -> int:
        """What an event gives back: of a paid order that is cancelled, and the deposit when the guest has left.

        Raises StayBegan.
        """
        if self.status is not OrderStatus.PAID:
            return 0
        if event is Event.CANCEL:
            return self.refund_fen(actor, today)
        return self.deposit_fen if event is Event.CHECK_OUT else 0

    def _sum_of(self, kinds: frozenset[str]) -> int:
        return sum(int(line["amount"]) for line in self.lines if line["kind"] in kinds)

    @property
    def ordinals(self) -> tuple[int, int]:
        """The nights as `range` takes them."""
        return self.check_in.toordinal(), self.check_out.toordinal()

    def actions(self, role: Actor, today: date, *, commented: bool, replied: bool) -> list[str]:
        """What this side may do now, in the words of the API."""
        may = {event for status, event, actor in TRANSITIONS if status is self.status and actor is role}
        if self.status is OrderStatus.PAID and today > self.check_in:
            may.discard(Event.CANCEL)
        if replied or not commented:
            may.discard(Event.REPLY)
        found = [event.value for event in Event if event in may]
        pays = role is Actor.GUEST and self.status is OrderStatus.WAIT_PAYMENT
        return ["pay", *found] if pays else found


def refund_percent(cancellation: Cancellation, days: int) -> int:
    """The percentage of the nights that comes back so many days before the check-in."""
    return next((percent for least, percent in REFUND_STEPS[cancellation] if days >= least), 0)


def new_number(now: datetime) -> str:
    """A number for people: the day, and nine digits that nobody guesses."""
    return f"{now:%Y%m%d}{secrets.randbelow(10**12):012}"


def check_reason(reason: str | None, event: Event) -> str | None:
    """The trimmed reason; a rejection needs one. Raises BadReason, BadNote."""
    text = " ".join((reason or "").split())
    refusal = BadReason if event is Event.REJECT else BadNote
    if len(text) > REASON_LENGTH or not text.isprintable() or (event is Event.REJECT and not text):
        raise refusal
    return text or None


def check_comment(comment: str, rating: int) -> tuple[str, int]:
    """The trimmed comment. Raises BadComment, BadRating."""
    text = comment.strip()
    if not 1 <= len(text) <= COMMENT_LENGTH or _CONTROL.search(text):
        raise BadComment
    if rating not in RATINGS:
        raise BadRating
    return text, rating


def check_reply(reply: str) -> str:
    """The trimmed reply. Raises BadReply."""
    text = reply.strip()
    if not 1 <= len(text) <= COMMENT_LENGTH or _CONTROL.search(text):
        raise BadReply
    return text


def hold_seconds(status: OrderStatus, check_out: date, today: date) -> int | None:
    """How long a state waits for somebody; nobody waits for a stay that is over."""
    patience = PATIENCE.get(status)
    if patience is None or status is OrderStatus.WAIT_COMMENT:
        return patience
    left = int(timedelta(days=(check_out - today).days).total_seconds())
    return max(60, min(patience, left))
