"""The use cases of payments: the way to the cashier, what the provider tells, and money that goes back."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog

from server.db import DuplicateEntry, retried
from server.idempotency import repository as idempotency
from server.orders import repository as orders_repository
from server.orders.model import Actor, Event, NoSuchOrder, Order, OrderStatus
from server.outbox import repository as outbox_repository
from server.outbox.model import TaskState
from server.payments import repository
from server.payments.model import (
    LEAST_SECONDS,
    BadNotice,
    Checkout,
    NotPaid,
    NotPayable,
    Payment,
    PaymentStatus,
    ProviderFailed,
    ProviderRefused,
    Refund,
    RefundCause,
    RefundStatus,
    Trade,
    TradeState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.db import Cursor, Database
    from server.idempotency.model import Once
    from server.live.service import LiveService
    from server.orders.moves import OrderMoves
    from server.outbox.service import Outbox
    from server.payments.model import Notice, PaymentProvider

MAX_PUBLICATIONS = 60  # at 30 s, doubled up to 8 minutes: a refund is given up after some eight hours
CHECK_MARGIN_SECONDS = 90  # a lost notice is looked for while the order is still held
CHECK_SECONDS = 20
CHECK_LIMIT = 50
PAID_STATUSES = frozenset({OrderStatus.PAID, OrderStatus.WAIT_COMMENT, OrderStatus.COMPLETE})


class Change(StrEnum):
    """What something that the provider told has changed."""

    NONE = "none"
    CLOSED = "closed"
    PAID = "paid"
    GOES_BACK = "goes_back"


class PaymentService:
    """All use cases of payments. Every transaction locks the order's row first, then the payment's."""

    def __init__(
        self,
        database: Database,
        provider: PaymentProvider,
        moves: OrderMoves,
        live: LiveService,
        outbox: Outbox,
    ) -> None:
        self._database = database
        self._provider = provider
        self._moves = moves
        self._live = live
        self._outbox = outbox

    @retried
    async def begin(self, guest_id: int, order_id: int, *, mobile: bool, once: Once | None = None) -> str:
        """The address of the cashier for the guest's own order.

        Raises NoSuchOrder, NotPayable, KeyReused, InFlight.
        """
        async with self._database.transaction() as cursor:
            stored: str | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            payment, order, seconds = await self._open(cursor, guest_id, order_id)
            checkout = Checkout(
                payment.number, payment.amount_fen, f"爱家租房订单 {order.number}", seconds,
                f"/order/{order_id}", mobile,
            )  # fmt: skip
            pay_url = self._provider.pay_url(checkout)
            await idempotency.finish(cursor, once, pay_url)
        return pay_url

    async def notify(self, form: Mapping[str, str]) -> None:
        """Take what the provider tells; the same notice may come any number of times. Raises BadNotice."""
        try:
            change, order = await self._take(self._provider.read_notice(form))
        except BadNotice as bad:
            structlog.get_logger().warning("payment notice refused", reason=bad.reason)
            raise
        await self._spread(change, order)

    async def find_returned(self, query: Mapping[str, str]) -> int | None:
        """The order that a browser comes back for from the cashier; changes nothing."""
        try:
            number = self._provider.read_return(query)
        except BadNotice:
            return None
        async with self._database.reading() as cursor:
            return await repository.order_of(cursor, number)

    async def confirm(self, guest_id: int, query: Mapping[str, str]) -> int:
        """The guest's order that a browser comes back for, once the provider was asked and says that it is paid.

        Raises BadNotice, NoSuchOrder, NotPaid, ProviderFailed, ProviderRefused.
        """
        number = self._provider.read_return(query)
        async with self._database.reading() as cursor:
            order_id = await repository.order_of(cursor, number)
            row = await orders_repository.shown(cursor, order_id or 0, guest_id)
        if row is None or row["guest_id"] != guest_id:
            raise NoSuchOrder
        change, order = await self._look(await self._provider.query(number))
        await self._spread(change, order)
        if change is not Change.PAID and order.status not in PAID_STATUSES:
            raise NotPaid
        return order.order_id

    async def check(self) -> dict[str, Any]:
        """Ask the provider about open payments whose notice may be lost; how many were settled so."""
        async with self._database.reading() as cursor:
            numbers = await repository.find_doubtful(cursor, CHECK_MARGIN_SECONDS, CHECK_LIMIT)
        settled = 0
        for number in numbers:
            try:
                change, order = await self._look(await self._provider.query(number))
            except (ProviderFailed, ProviderRefused, BadNotice) as failure:
                structlog.get_logger().warning("payment not checked", number=number, reason=failure.reason)
                if isinstance(failure, ProviderFailed):
                    break  # it does not answer now: the next round asks again
                continue
            settled += change is not Change.NONE
            await self._spread(change, order)
        return {"asked": len(numbers), "settled": settled}

    async def refund(self, task_id: str, refund_id: int) -> dict[str, Any] | None:
        """The task: give money back. None when it should come again; given up after MAX_PUBLICATIONS."""
        async with self._database.reading() as cursor:
            refund = await repository.find_refund(cursor, refund_id)
        if refund is None:
            return await self._outbox.finish(task_id, TaskState("failed", "unknown").outcome())
        if refund.status is not RefundStatus.QUEUED:
            return await self._outbox.finish(task_id, _state(refund.failure).outcome())
        try:
            await self._provider.refund(refund)
        except ProviderFailed as failure:
            if await self._outbox.publications(task_id) < MAX_PUBLICATIONS:
                structlog.get_logger().warning("refund waits", number=refund.number, reason=failure.reason)
                return None
            return await self._end(refund, failure.reason)
        except ProviderRefused as refusal:
            return await self._end(refund, refusal.reason)
        return await self._end(refund, None)

    async def failed_refunds(self) -> list[Refund]:
        """Refunds that were given up or refused."""
        async with self._database.reading() as cursor:
            return await repository.find_failed(cursor)

    async def refund_again(self, refund: Refund) -> bool:
        """Queue a failed refund anew; what the provider is asked is the same request as before."""
        async with self._database.transaction() as cursor:
            queued = await repository.queue_again(cursor, refund)
        self._outbox.wake()
        return queued

    async def _open(self, cursor: Cursor, guest_id: int, order_id: int) -> tuple[Payment, Order, int]:
        order = await orders_repository.lock(cursor, order_id)
        if order is None or order.guest_id != guest_id:
            raise NoSuchOrder
        seconds = await repository.seconds_left(cursor, order_id)
        if order.status is not OrderStatus.WAIT_PAYMENT or seconds < LEAST_SECONDS:
            raise NotPayable
        payment = await repository.find_open(cursor, order_id)
        if payment is None:
            payment = await repository.open_payment(cursor, order_id, order.number, order.amount_fen)
        return payment, order, seconds

    @retried
    async def _take(self, notice: Notice) -> tuple[Change, Order]:
        async with self._database.transaction() as cursor:
            order, payment = await self._lock(cursor, notice.trade)
            is_new = await repository.add_notice(
                cursor, notice.notice_id, payment.payment_id, notice.trade_status
            )
            change = await self._settle(cursor, order, payment, notice.trade) if is_new else Change.NONE
            self._database.failpoints.reach("pay:before-commit")
        self._database.failpoints.reach("pay:after-commit")
        return change, order

    @retried
    async def _look(self, trade: Trade) -> tuple[Change, Order]:
        async with self._database.transaction() as cursor:
            order, payment = await self._lock(cursor, trade)
            change = await self._settle(cursor, order, payment, trade)
        return change, order

    async def _spread(self, change: Change, order: Order) -> None:
        """After the commit."""
        if change is Change.PAID:
            await self._moves.spread(order, Event.PAY)
        elif change is Change.GOES_BACK:
            self._outbox.wake()

    async def _lock(self, cursor: Cursor, trade: Trade) -> tuple[Order, Payment]:
        """The order and payment that a trade is about. Raises BadNotice."""
        order_id = await repository.order_of(cursor, trade.number)
        order = None if order_id is None else await orders_repository.lock(cursor, order_id)
        payment = await repository.lock_payment(cursor, trade.number)
        if order is None or payment is None:
            raise BadNotice("unknown payment")
        if trade.state is not TradeState.ABSENT and trade.amount_fen != payment.amount_fen:
            raise BadNotice("wrong amount")
        return order, payment

    async def _settle(self, cursor: Cursor, order: Order, payment: Payment, trade: Trade) -> Change:
        if payment.status is PaymentStatus.PAID:
            return Change.NONE  # what is told of it now: a refund, or the same again
        if trade.state is TradeState.PAID:
            return await self._receive(cursor, order, payment, trade.trade_no)
        is_over = trade.state is TradeState.CLOSED or (
            trade.state is TradeState.ABSENT and order.status is not OrderStatus.WAIT_PAYMENT
        )
        if is_over and payment.status is PaymentStatus.CREATED:
            await repository.mark_closed(cursor, payment.payment_id)
            return Change.CLOSED
        return Change.NONE

    async def _receive(self, cursor: Cursor, order: Order, payment: Payment, trade_no: str) -> Change:
        """The money is there: the order is paid with it, or it goes back."""
        paying = await repository.lock_paying(cursor, order.order_id)
        try:
            await repository.mark_paid(cursor, payment.payment_id, trade_no)
        except DuplicateEntry:
            raise BadNotice("trade of another payment") from None
        if order.status is OrderStatus.WAIT_PAYMENT:
            await self._moves.apply(cursor, order, Event.PAY)
            return Change.PAID
        cause = RefundCause.TWICE if paying else RefundCause.LATE
        await repository.add_refund_of(cursor, payment, cause, payment.amount_fen)
        structlog.get_logger().warning("payment goes back", number=payment.number, cause=cause.value)
        return Change.GOES_BACK

    @retried
    async def _end(self, refund: Refund, failure: str | None) -> dict[str, Any]:
        """Write how a refund ended, and tell both sides, once."""
        outcome = _state(failure).outcome()
        async with self._database.transaction() as cursor:
            order = await orders_repository.lock(cursor, refund.order_id)
            if order is not None and await repository.finish_refund(cursor, refund.refund_id, failure):
                await self._announce(cursor, order)
            await outbox_repository.complete(cursor, refund.task_id, outcome)
        self._outbox.wake()
        if failure:
            structlog.get_logger().error("refund failed", number=refund.number, reason=failure)
        return outcome

    async def _announce(self, cursor: Cursor, order: Order) -> None:
        """Both sides' pages show the refund's new state; the order itself is as it was."""
        facts = {
            "order_id": order.order_id,
            "number": order.number,
            "status": order.status.value,
            "version": order.version,
            "event": "refund",
            "house_id": order.house_id,
        }
        sides = sorted(((order.guest_id, Actor.GUEST), (order.host_id, Actor.HOST)))
        told = [(user_id, {**facts, "role": role.value}) for user_id, role in sides]
        await self._live.announce_all(cursor, "order", told)


def _state(failure: str | None) -> TaskState:
    return TaskState("failed", failure) if failure else TaskState("sent")
