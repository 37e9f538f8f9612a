"""What payments and refunds are, what a provider says about them, and refusals. Money is integer fen. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from server.errors import Conflict, Errno, IhomeError
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_SECONDS = 60  # the provider counts time-outs in whole minutes
_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


class PaymentStatus(StrEnum):
    """Where one way to the cashier stands. `closed` is not the last word: late money makes it `paid`."""

    CREATED = "created"
    PAID = "paid"
    CLOSED = "closed"


class RefundCause(StrEnum):
    """Why money goes back. A payment has at most one refund for each cause."""

    CANCEL = "cancel"
    DEPOSIT = "deposit"
    LATE = "late"
    TWICE = "twice"


class RefundStatus(StrEnum):
    """How far a refund is. `failed`: nobody tries any more by itself, an operator has to look."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


class TradeState(StrEnum):
    """What a provider knows about a payment."""

    ABSENT = "absent"  # the guest never came to the cashier
    WAITING = "waiting"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True)
class Payment:
    """A row of `payments`; `number` is what the provider calls it."""

    payment_id: int
    number: str
    order_id: int
    amount_fen: int
    status: PaymentStatus


@dataclass(frozen=True)
class Refund:
    """A row of `refunds` with its payment's number."""

    refund_id: int
    number: str
    order_id: int
    payment_number: str
    amount_fen: int
    status: RefundStatus
    failure: str | None
    task_id: str


@dataclass(frozen=True)
class Checkout:
    """What the cashier shows. After `seconds` nobody may pay any more; `back_path` is where leaving leads."""

    number: str
    amount_fen: int
    subject: str
    seconds: int
    back_path: str
    mobile: bool


@dataclass(frozen=True)
class Trade:
    """A payment as its provider knows it. `amount_fen` is what was to be paid, of an absent one 0."""

    number: str
    state: TradeState
    trade_no: str = ""
    amount_fen: int = 0


@dataclass(frozen=True)
class Notice:
    """What a provider told by itself, verified to come from it; the same notice may come many times."""

    notice_id: str
    trade: Trade
    trade_status: str


class NotPayable(Conflict):
    """The order waits for no payment, or not long enough for a visit to the cashier."""

    field = "order_id"
    message = N_("订单现在不能支付")


class NotPaid(Conflict):
    """The provider does not know of the money, or it came too late and goes back."""

    field = "order_id"
    message = N_("支付平台尚未确认这笔付款")


class BadNotice(IhomeError):
    """A notice that is not the provider's, or not about one of our payments; `reason` is for the log."""

    errno = Errno.REFUSED
    status = 400
    message = N_("通知无效")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ProviderFailed(IhomeError):
    """The provider gave no answer that can be believed; whether it did what was asked is unknown: ask again."""

    errno = Errno.THIRD_PARTY
    status = 502
    message = N_("支付平台暂时没有答复，请稍后再试")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ProviderRefused(IhomeError):
    """The provider will not do it, however often it is asked; `reason` is its code."""

    errno = Errno.THIRD_PARTY
    status = 502
    message = N_("支付平台拒绝了请求")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class RefundTooLarge(Exception):
    """More would go back than was paid: a defect of ours, so nothing is written."""


class PaymentProvider(Protocol):
    """Somebody who takes the guest's money and gives it back."""

    def pay_url(self, checkout: Checkout) -> str:
        """The address of the cashier for this payment."""
        ...

    def read_notice(self, form: Mapping[str, str]) -> Notice:
        """What the provider tells. Raises BadNotice unless it surely comes from the provider and is for us."""
        ...

    def read_return(self, query: Mapping[str, str]) -> str:
        """The number of the payment that a browser comes back from; proves no payment. Raises BadNotice."""
        ...

    async def query(self, number: str) -> Trade:
        """What the provider knows about a payment. Raises ProviderFailed, ProviderRefused."""
        ...

    async def refund(self, refund: Refund) -> None:
        """Give money back, once however often it is asked. Raises ProviderFailed, ProviderRefused."""
        ...


def yuan(amount_fen: int) -> str:
    """An amount as providers write it: 1999 is "19.99"."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


def fen(text: str) -> int:
    """The amount that a provider wrote, exactly. Raises ValueError."""
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError("no amount in yuan")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def payment_number(order_number: str, nth: int) -> str:
    """The number of an order's n-th payment, from 1; what providers take: letters and digits."""
    return f"{order_number}P{nth:03d}"


def refund_number(number: str, cause: RefundCause) -> str:
    """The number of a payment's refund for this cause: the same whenever it is asked for."""
    return f"{number}R{cause.value[0].upper()}"
