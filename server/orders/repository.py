"""SQL of orders, their history, and what a page shows of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from server.orders.model import Order, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Row
    from server.orders.model import Actor, Event

_ORDER = (
    "SELECT id AS order_id, number, guest_id, host_id, house_id, check_in, check_out, nights, guests,"
    " price_lines AS `lines`, amount_fen, cancellation, status, version, reason, expires_at, created_at FROM orders"
)
_SHOWN = (
    "SELECT o.id AS order_id, o.number, o.guest_id, o.host_id, o.house_id, o.check_in, o.check_out, o.nights,"
    " o.guests, o.price_lines AS `lines`, o.amount_fen, o.cancellation, o.status, o.version, o.reason,"
    " o.expires_at, o.created_at, h.title, h.address, a.name AS area_name, a.name_en AS area_name_en,"
    " g.name AS guest_name, g.avatar_key AS guest_avatar_key, t.name AS host_name,"
    " t.avatar_key AS host_avatar_key, r.comment, r.rating, r.reply, DATE(NOW() + INTERVAL 8 HOUR) AS today"
    " FROM orders o JOIN users g ON g.id = o.guest_id JOIN users t ON t.id = o.host_id"
    " LEFT JOIN houses h ON h.id = o.house_id LEFT JOIN areas a ON a.id = h.area_id"
    " LEFT JOIN reviews r ON r.order_id = o.id"
)


async def lock_house(cursor: Cursor, house_id: int) -> Row | None:
    """Lock what is to be booked: owner_id, status, instant_booking, cancellation, and the date there, `today`."""
    await cursor.execute(
        "SELECT owner_id, status, instant_booking, cancellation, DATE(NOW() + INTERVAL 8 HOUR) AS today"
        " FROM houses WHERE id = %s FOR UPDATE",
        (house_id,),
    )
    return await cursor.fetchone()


async def insert(cursor: Cursor, order: Order, hold_seconds: int | None) -> int:
    """A new order; returns its id. It waits for so long, by the database's clock."""
    await cursor.execute(
        "INSERT INTO orders (number, guest_id, host_id, house_id, check_in, check_out, nights, guests, price_lines,"
        " amount_fen, cancellation, status, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NOW(6) + INTERVAL %s SECOND)",
        (
            order.number, order.guest_id, order.host_id, order.house_id, order.check_in, order.check_out,
            order.nights, order.guests, json.dumps(order.lines), order.amount_fen, order.cancellation.value,
            order.status.value, hold_seconds,
        ),
    )  # fmt: skip
    return cursor.lastrowid


async def find(cursor: Cursor, order_id: int) -> Order | None:
    """The order."""
    await cursor.execute(_ORDER + " WHERE id = %s", (order_id,))
    row = await cursor.fetchone()
    return Order.from_row(row) if row else None


async def lock(cursor: Cursor, order_id: int) -> Order | None:
    """The order, locked. A house that will change with it is locked after it."""
    await cursor.execute(_ORDER + " WHERE id = %s FOR UPDATE", (order_id,))
    row = await cursor.fetchone()
    return Order.from_row(row) if row else None


async def lock_due(cursor: Cursor, status: OrderStatus, limit: int) -> list[Order]:
    """Orders whose time to wait is over, locked; those that somebody is working on are left out."""
    await cursor.execute(
        _ORDER
        + " WHERE status = %s AND expires_at <= NOW(6) ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (status.value, limit),
    )
    return [Order.from_row(row) for row in await cursor.fetchall()]


async def lock_checking_out(cursor: Cursor, limit: int) -> list[Order]:
    """Paid orders whose guests have left by noon of the check-out date at the houses, locked."""
    await cursor.execute(
        _ORDER + " WHERE status = 'PAID' AND check_out <= DATE(NOW() - INTERVAL 4 HOUR)"
        " ORDER BY check_out LIMIT %s FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    return [Order.from_row(row) for row in await cursor.fetchall()]


async def move(
    cursor: Cursor, order: Order, status: OrderStatus, reason: str | None, hold_seconds: int | None
) -> None:
    """Write where a locked order stands now."""
    await cursor.execute(
        "UPDATE orders SET status = %s, version = version + 1, reason = COALESCE(%s, reason),"
        " expires_at = NOW(6) + INTERVAL %s SECOND, paid_at = IF(%s = 'PAID', NOW(6), paid_at),"
        " ended_at = IF(%s IN ('COMPLETE', 'CANCELED', 'REJECTED'), NOW(6), ended_at) WHERE id = %s",
        (status.value, reason, hold_seconds, status.value, status.value, order.order_id),
    )


async def add_event(
    cursor: Cursor, order: Order, event: Event, by: tuple[Actor, int | None], note: str | None = None
) -> None:
    """Append what happened: `order` as it is now; its status before is the last event's."""
    actor, actor_id = by
    await cursor.execute(
        "INSERT INTO order_events (order_id, version, event, from_status, to_status, actor, actor_id, note)"
        " SELECT %s, %s, %s, MAX(last.to_status), %s, %s, %s, %s FROM order_events last"
        " WHERE last.order_id = %s AND last.version = %s",
        (
            order.order_id, order.version, event.value, order.status.value, actor.value, actor_id, note,
            order.order_id, order.version - 1,
        ),
    )  # fmt: skip


async def events(cursor: Cursor, order_id: int) -> list[Row]:
    """The history, in order."""
    await cursor.execute(
        "SELECT version, event, from_status, to_status, actor, note, created_at FROM order_events"
        " WHERE order_id = %s ORDER BY version",
        (order_id,),
    )
    return list(await cursor.fetchall())


async def shown(cursor: Cursor, order_id: int, user_id: int) -> Row | None:
    """An order of this guest or host, with what a page shows of it."""
    await cursor.execute(
        _SHOWN + " WHERE o.id = %s AND (o.guest_id = %s OR o.host_id = %s)", (order_id, user_id, user_id)
    )
    return await cursor.fetchone()


async def page(
    cursor: Cursor, side: tuple[Actor, int], statuses: Sequence[OrderStatus], before: int | None, limit: int
) -> list[Row]:
    """One side's orders, newest first, from below the id `before`."""
    role, user_id = side
    marks = ",".join(["%s"] * len(statuses))
    among = f" AND o.status IN ({marks})" if statuses else ""
    await cursor.execute(
        f"{_SHOWN} WHERE o.{role.value}_id = %s AND o.id < %s{among} ORDER BY o.id DESC LIMIT %s",
        (user_id, before or 2**63, *(status.value for status in statuses), limit),
    )
    return list(await cursor.fetchall())


async def count_waiting(cursor: Cursor, host_id: int) -> int:
    """How many orders wait for this host."""
    await cursor.execute(
        "SELECT COUNT(*) AS waiting FROM orders WHERE host_id = %s AND status = 'WAIT_ACCEPT'", (host_id,)
    )
    row = await cursor.fetchone()
    return int(row["waiting"]) if row else 0


async def count_statuses(cursor: Cursor, side: tuple[Actor, int], most: int) -> dict[str, int]:
    """How many of one side's orders stand where, each counted up to `most`."""
    role, user_id = side
    one = (
        "SELECT %s AS status, COUNT(*) AS counted FROM (SELECT 1 FROM orders WHERE side_id = %s AND status = %s"
        " LIMIT %s) AS some_orders"
    ).replace("side_id", f"{role.value}_id")
    arguments = [value for status in OrderStatus for value in (status.value, user_id, status.value, most)]
    await cursor.execute(" UNION ALL ".join([one] * len(OrderStatus)), arguments)
    return {row["status"]: int(row["counted"]) for row in await cursor.fetchall()}


async def count_booking(cursor: Cursor, house_id: int, change: int) -> None:
    """A house was paid for (1), or that was taken back (-1)."""
    await cursor.execute(
        "UPDATE houses SET order_count = GREATEST(CAST(order_count AS SIGNED) + %s, 0) WHERE id = %s",
        (change, house_id),
    )


async def lock_house_row(cursor: Cursor, house_id: int) -> bool:
    """Lock a house before its nights change; False when it is gone."""
    return bool(await cursor.execute("SELECT id FROM houses WHERE id = %s FOR UPDATE", (house_id,)))


# What the verification reads, a range of ids at a time: after `first`, up to and including `last`.


async def last_ids(cursor: Cursor) -> tuple[int, int, int]:
    """The highest order, house and user that anything which is verified names."""
    await cursor.execute(
        "SELECT GREATEST(COALESCE((SELECT MAX(id) FROM orders), 0),"
        " COALESCE((SELECT MAX(order_id) FROM order_events), 0),"
        " COALESCE((SELECT MAX(order_id) FROM payments), 0),"
        " COALESCE((SELECT MAX(order_id) FROM refunds), 0)) AS orders,"
        " GREATEST(COALESCE((SELECT MAX(id) FROM houses), 0),"
        " COALESCE((SELECT MAX(house_id) FROM house_nights), 0)) AS houses,"
        " COALESCE((SELECT MAX(user_id) FROM idempotency), 0) AS users"
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT without a table always answers
    return int(row["orders"]), int(row["houses"]), int(row["users"])


async def orders_between(cursor: Cursor, first: int, last: int) -> list[Order]:
    """The orders."""
    await cursor.execute(_ORDER + " WHERE id > %s AND id <= %s", (first, last))
    return [Order.from_row(row) for row in await cursor.fetchall()]


async def houseless_between(cursor: Cursor, first: int, last: int) -> set[int]:
    """Orders whose house was deleted after the stay."""
    await cursor.execute(
        "SELECT o.id FROM orders o LEFT JOIN houses h ON h.id = o.house_id"
        " WHERE o.id > %s AND o.id <= %s AND h.id IS NULL",
        (first, last),
    )
    return {row["id"] for row in await cursor.fetchall()}


async def nights_between(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Nights that orders hold of their own house within their dates: order_id, night."""
    await cursor.execute(
        "SELECT o.id AS order_id, n.night FROM orders o JOIN house_nights n ON n.house_id = o.house_id"
        " AND n.night >= o.check_in AND n.night < o.check_out AND n.order_id = o.id AND n.kind = 'order'"
        " WHERE o.id > %s AND o.id <= %s",
        (first, last),
    )
    return await cursor.fetchall()


async def events_between(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Their histories, in order."""
    await cursor.execute(
        "SELECT order_id, version, event, from_status, to_status, actor, actor_id FROM order_events"
        " WHERE order_id > %s AND order_id <= %s ORDER BY order_id, version",
        (first, last),
    )
    return await cursor.fetchall()


async def payments_between(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Money that arrived for them."""
    await cursor.execute(
        "SELECT id AS payment_id, order_id, number, amount_fen FROM payments"
        " WHERE order_id > %s AND order_id <= %s AND status = 'paid' ORDER BY id",
        (first, last),
    )
    return await cursor.fetchall()


async def refunds_between(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Money that goes back, whether it did already or not."""
    await cursor.execute(
        "SELECT order_id, payment_id, number, amount_fen, cause FROM refunds"
        " WHERE order_id > %s AND order_id <= %s ORDER BY id",
        (first, last),
    )
    return await cursor.fetchall()


async def stray_nights(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Nights of these houses that are taken for an order which is not there, or has other nights."""
    await cursor.execute(
        "SELECT n.house_id, n.night, n.order_id FROM house_nights n LEFT JOIN orders o ON o.id = n.order_id"
        " WHERE n.house_id > %s AND n.house_id <= %s AND n.order_id IS NOT NULL AND (o.id IS NULL"
        " OR o.house_id <> n.house_id OR n.night < o.check_in OR n.night >= o.check_out OR n.kind <> 'order')",
        (first, last),
    )
    return await cursor.fetchall()


async def uncounted_bookings(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Houses that say they were booked less often than they were. Invented ones may say more."""
    await cursor.execute(
        "SELECT h.id AS house_id, h.order_count, COUNT(*) AS booked FROM houses h JOIN orders o ON o.house_id = h.id"
        " AND o.status IN ('PAID', 'WAIT_COMMENT', 'COMPLETE') WHERE h.id > %s AND h.id <= %s"
        " GROUP BY h.id, h.order_count HAVING booked > h.order_count",
        (first, last),
    )
    return await cursor.fetchall()


async def broken_keys(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Idempotency keys of these users without an answer, or whose answer names an order that is not there."""
    await cursor.execute(
        "SELECT k.user_id, k.name, JSON_EXTRACT(k.answer, '$.order.order_id') AS order_id FROM idempotency k"
        " LEFT JOIN orders o ON o.id = CAST(JSON_EXTRACT(k.answer, '$.order.order_id') AS UNSIGNED)"
        " WHERE k.user_id > %s AND k.user_id <= %s AND (k.answer IS NULL"
        " OR (JSON_EXTRACT(k.answer, '$.order.order_id') IS NOT NULL AND o.id IS NULL))",
        (first, last),
    )
    return await cursor.fetchall()
