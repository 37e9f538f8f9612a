"""SQL of payments, notices and refunds. Lock the order's row before anything here that locks or writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import DuplicateEntry
from server.outbox import repository as outbox_repository
from server.outbox.model import Work
from server.payments.model import (
    Payment,
    PaymentStatus,
    Refund,
    RefundCause,
    RefundStatus,
    RefundTooLarge,
    payment_number,
    refund_number,
)

if TYPE_CHECKING:
    from server.db import Cursor, Row

_REFUND = (
    "SELECT r.id AS refund_id, r.number, r.order_id, p.number AS payment_number, r.amount_fen, r.status, r.failure,"
    " r.task_id FROM refunds r JOIN payments p ON p.id = r.payment_id"
)


async def seconds_left(cursor: Cursor, order_id: int) -> int:
    """How long the order is still held, by the database's clock; 0 when it is over or nothing is held."""
    await cursor.execute(
        "SELECT GREATEST(0, COALESCE(TIMESTAMPDIFF(SECOND, NOW(6), expires_at), 0)) AS seconds"
        " FROM orders WHERE id = %s",
        (order_id,),
    )
    row = await cursor.fetchone()
    return int(row["seconds"]) if row else 0


async def find_open(cursor: Cursor, order_id: int) -> Payment | None:
    """The way to the cashier that is open, if there is one."""
    await cursor.execute(
        "SELECT id, number, order_id, amount_fen, status FROM payments"
        " WHERE order_id = %s AND status = 'created' ORDER BY id DESC LIMIT 1",
        (order_id,),
    )
    return _payment(await cursor.fetchone())


async def open_payment(cursor: Cursor, order_id: int, order_number: str, amount_fen: int) -> Payment:
    """A new way to the cashier for the locked order."""
    await cursor.execute("SELECT COUNT(*) AS before_it FROM payments WHERE order_id = %s", (order_id,))
    row = await cursor.fetchone()
    number = payment_number(order_number, (row["before_it"] if row else 0) + 1)
    await cursor.execute(
        "INSERT INTO payments (number, order_id, amount_fen) VALUES (%s, %s, %s)",
        (number, order_id, amount_fen),
    )
    return Payment(cursor.lastrowid, number, order_id, amount_fen, PaymentStatus.CREATED)


async def order_of(cursor: Cursor, number: str) -> int | None:
    """The order that a payment is for."""
    await cursor.execute("SELECT order_id FROM payments WHERE number = %s", (number,))
    row = await cursor.fetchone()
    return row["order_id"] if row else None


async def lock_payment(cursor: Cursor, number: str) -> Payment | None:
    """The payment, locked. Its order must be locked already."""
    await cursor.execute(
        "SELECT id, number, order_id, amount_fen, status FROM payments WHERE number = %s FOR UPDATE",
        (number,),
    )
    return _payment(await cursor.fetchone())


async def add_notice(cursor: Cursor, notice_id: str, payment_id: int, trade_status: str) -> bool:
    """Keep a verified notice; False when it was here before."""
    try:
        await cursor.execute(
            "INSERT INTO payment_notices (notice_id, payment_id, trade_status) VALUES (%s, %s, %s)",
            (notice_id, payment_id, trade_status),
        )
    except DuplicateEntry:
        return False
    return True


async def mark_paid(cursor: Cursor, payment_id: int, trade_no: str) -> None:
    """The money arrived. Raises DuplicateEntry when it is the money of another payment."""
    await cursor.execute(
        "UPDATE payments SET status = 'paid', trade_no = %s, paid_at = NOW(6) WHERE id = %s",
        (trade_no, payment_id),
    )


async def mark_closed(cursor: Cursor, payment_id: int) -> None:
    """Nobody pays this way any more."""
    await cursor.execute(
        "UPDATE payments SET status = 'closed' WHERE id = %s AND status = 'created'", (payment_id,)
    )


async def find_doubtful(cursor: Cursor, margin_seconds: int, limit: int) -> list[str]:
    """Numbers of open payments of a week whose order's hold ends so soon, or is over: those held, first."""
    await cursor.execute(
        "SELECT p.number FROM payments p JOIN orders o ON o.id = p.order_id"
        " WHERE p.status = 'created' AND p.created_at > NOW(6) - INTERVAL 7 DAY"
        " AND (o.status <> 'WAIT_PAYMENT' OR o.expires_at < NOW(6) + INTERVAL %s SECOND)"
        " ORDER BY o.status = 'WAIT_PAYMENT' DESC, p.id DESC LIMIT %s",
        (margin_seconds, limit),
    )
    return [row["number"] for row in await cursor.fetchall()]


async def lock_paying(cursor: Cursor, order_id: int) -> Payment | None:
    """The payment that paid the locked order, locked; late and double payments do not count."""
    await cursor.execute(
        "SELECT p.id, p.number, p.order_id, p.amount_fen, p.status FROM payments p"
        " WHERE p.order_id = %s AND p.status = 'paid' AND NOT EXISTS"
        " (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.cause IN ('late', 'twice'))"
        " ORDER BY p.id LIMIT 1 FOR UPDATE",
        (order_id,),
    )
    return _payment(await cursor.fetchone())


async def add_refund(cursor: Cursor, order_id: int, cause: str, amount_fen: int) -> str | None:
    """Give back a part of what was paid for the locked order; returns the refund's number.

    None when nothing was paid, nothing is to go back, or this cause was given back already. Raises
    RefundTooLarge.
    """
    payment = await lock_paying(cursor, order_id)
    if payment is None:
        return None
    return await add_refund_of(cursor, payment, RefundCause(cause), amount_fen)


async def add_refund_of(cursor: Cursor, payment: Payment, cause: RefundCause, amount_fen: int) -> str | None:
    """Give back a part of this payment, which is locked, with the task that does it: see add_refund."""
    number = refund_number(payment.number, cause)
    if amount_fen == 0 or await _is_known(cursor, number):
        return None
    task_id = f"refund-{number}"
    added = await cursor.execute(
        "INSERT INTO refunds (number, order_id, payment_id, amount_fen, cause, task_id)"
        " SELECT %s, p.order_id, p.id, %s, %s, %s FROM payments p WHERE p.id = %s AND p.status = 'paid'"
        " AND %s > 0 AND %s + (SELECT COALESCE(SUM(r.amount_fen), 0) FROM refunds r WHERE r.payment_id = p.id)"
        " <= p.amount_fen",
        (number, amount_fen, cause.value, task_id, payment.payment_id, amount_fen, amount_fen),
    )
    if not added:
        raise RefundTooLarge(f"{number}: {amount_fen} fen are more than is left of the payment")
    await outbox_repository.add(cursor, Work(task_id, "payments.refund", (cursor.lastrowid,)))
    return number


async def find_refund(cursor: Cursor, refund_id: int) -> Refund | None:
    """A refund."""
    await cursor.execute(_REFUND + " WHERE r.id = %s", (refund_id,))
    row = await cursor.fetchone()
    return None if row is None else _refund(row)


async def find_failed(cursor: Cursor) -> list[Refund]:
    """Refunds that nobody tries any more by itself."""
    await cursor.execute(_REFUND + " WHERE r.status = 'failed' ORDER BY r.id")
    return [_refund(row) for row in await cursor.fetchall()]


async def queue_again(cursor: Cursor, refund: Refund) -> bool:
    """Let a failed refund be tried anew; False when it is not failed any more."""
    changed = await cursor.execute(
        "UPDATE refunds SET status = 'queued', failure = NULL WHERE id = %s AND status = 'failed'",
        (refund.refund_id,),
    )
    if changed:
        await outbox_repository.renew(cursor, Work(refund.task_id, "payments.refund", (refund.refund_id,)))
    return bool(changed)


async def refunds_of(cursor: Cursor, order_id: int) -> list[Row]:
    """What went back or is going back of an order: amount_fen, cause, status."""
    await cursor.execute(
        "SELECT amount_fen, cause, status FROM refunds WHERE order_id = %s ORDER BY id", (order_id,)
    )
    return list(await cursor.fetchall())


async def finish_refund(cursor: Cursor, refund_id: int, failure: str | None) -> bool:
    """How a refund ended; False when that was written before."""
    return bool(
        await cursor.execute(
            "UPDATE refunds SET status = IF(%s IS NULL, 'done', 'failed'), failure = %s,"
            " done_at = IF(%s IS NULL, NOW(6), NULL) WHERE id = %s AND status = 'queued'",
            (failure, failure, failure, refund_id),
        )
    )


async def _is_known(cursor: Cursor, number: str) -> bool:
    await cursor.execute("SELECT 1 FROM refunds WHERE number = %s", (number,))
    return await cursor.fetchone() is not None


def _refund(row: Row) -> Refund:
    return Refund(**{**row, "status": RefundStatus(row["status"])})


def _payment(row: Row | None) -> Payment | None:
    return (
        None
        if row is None
        else Payment(
            row["id"], row["number"], row["order_id"], row["amount_fen"], PaymentStatus(row["status"])
        )
    )
