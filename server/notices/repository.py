"""SQL of notices: one for each version of an order and person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.notices.model import TOLD
from server.orders.model import Actor
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from server.db import Cursor
    from server.orders.model import Event, Order


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
