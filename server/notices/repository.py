"""SQL of notices: one for each version of an order and person. Times are the database's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.notices.model import KEEP_DAYS, TOLD
from server.orders.model import Actor
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from server.db import Cursor, Row
    from server.orders.model import Event, Order
    from server.outbox.model import TaskState


async def add(cursor: Cursor, order: Order, event: Event, actor: Actor) -> None:
    """Queue the notices of what just happened to an order, in the transaction that it happened in."""
    for told in TOLD.get((event, actor), ()):
        user_id = order.host_id if told is Actor.HOST else order.guest_id
        task_id = f"notice-{order.order_id}-{order.version}-{told.value}"
        await cursor.execute(
            "INSERT INTO order_notices (order_id, version, user_id, task_id, kind) VALUES (%s, %s, %s, %s, %s)",
            (order.order_id, order.version, user_id, task_id, event.value),
        )
        await outbox_repository.add(cursor, Work(task_id, "orders.notice", ()))


async def lock_by_task(cursor: Cursor, task_id: str) -> Row | None:
    """The notice that a task is to send, locked; `claim_age` is in seconds."""
    await cursor.execute(
        "SELECT order_id, version, user_id, kind, state, reason,"
        " TIMESTAMPDIFF(MICROSECOND, sent_at, NOW(6)) / 1e6 AS claim_age"
        " FROM order_notices WHERE task_id = %s FOR UPDATE",
        (task_id,),
    )
    return await cursor.fetchone()


async def subject(cursor: Cursor, order_id: int, user_id: int) -> Row | None:
    """The order as it is now, its house and the person who is told. Without its house, an order has its number."""
    await cursor.execute(
        "SELECT o.version, o.guest_id, o.check_in, o.check_out, COALESCE(h.title, o.number) AS title, u.mobile"
        " FROM orders o JOIN users u ON u.id = %s LEFT JOIN houses h ON h.id = o.house_id WHERE o.id = %s",
        (user_id, order_id),
    )
    return await cursor.fetchone()


async def count_day(cursor: Cursor, user_id: int) -> int:
    """How many notices were handed to the platform for this person within a day."""
    await cursor.execute(
        "SELECT COUNT(*) AS sent FROM order_notices WHERE user_id = %s AND sent_at > NOW(6) - INTERVAL 1 DAY",
        (user_id,),
    )
    row = await cursor.fetchone()
    return int(row["sent"]) if row else 0


async def claim(cursor: Cursor, task_id: str) -> None:
    """Note, before the platform is called, that this notice is being sent."""
    await cursor.execute(
        "UPDATE order_notices SET state = 'sending', sent_at = NOW(6) WHERE task_id = %s", (task_id,)
    )


async def release(cursor: Cursor, task_id: str) -> None:
    """Nothing was sent: the notice may be claimed again."""
    await cursor.execute(
        "UPDATE order_notices SET state = 'queued', sent_at = NULL WHERE task_id = %s AND state = 'sending'",
        (task_id,),
    )


async def finish(cursor: Cursor, task_id: str, state: TaskState) -> None:
    """How it ended."""
    await cursor.execute(
        "UPDATE order_notices SET state = %s, reason = %s WHERE task_id = %s",
        (state.state, state.reason, task_id),
    )


async def purge(cursor: Cursor, limit: int) -> int:
    """Forget notices that no limit counts any more and nobody asks for."""
    await cursor.execute(
        "SELECT task_id FROM order_notices WHERE created_at < NOW(6) - INTERVAL %s DAY LIMIT %s",
        (KEEP_DAYS, limit),
    )
    task_ids = [row["task_id"] for row in await cursor.fetchall()]
    if not task_ids:
        return 0
    marks = ",".join(["%s"] * len(task_ids))
    return await cursor.execute(f"DELETE FROM order_notices WHERE task_id IN ({marks})", task_ids)  # noqa: S608
