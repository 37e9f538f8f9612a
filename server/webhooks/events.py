"""Moves of orders, written down for the webhooks of their hosts in the transaction of the move."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.orders import repository as orders_repository
from server.orders.model import Actor
from server.orders.views import order_view
from server.photos import repository as photos_repository
from server.webhooks import repository
from server.webhooks.model import Message, Standing, State, body_of, new_message_id

if TYPE_CHECKING:
    from server.db import Cursor
    from server.live.service import LiveService
    from server.orders.model import Event, Order


async def add(cursor: Cursor, live: LiveService, order: Order, event: Event) -> None:
    """A delivery to each webhook of the host that hears of this event: what is sent is the order as it is now."""
    hooks = await repository.listening(cursor, order.host_id, event)
    if not hooks:
        return
    body = body_of(event.value, hooks[0]["now"], await _as_its_host_sees(cursor, order))
    payload = payload_of(body)
    for hook in hooks:
        message = Message(new_message_id(), event.value, order.order_id, order.version, payload)
        delivery_id = await repository.add_delivery(cursor, hook["id"], message)
        await tell(cursor, live, order.host_id, Standing(hook["id"], delivery_id, State.WAITING))


async def tell(cursor: Cursor, live: LiveService, user_id: int, standing: Standing) -> None:
    """The owner's pages hear how a webhook (and its delivery) stands."""
    await live.announce(cursor, user_id, "webhook", standing.view())


def payload_of(body: dict[str, Any]) -> str:
    """The very text that is signed and sent, in every attempt."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


async def _as_its_host_sees(cursor: Cursor, order: Order) -> dict[str, Any]:
    row = await orders_repository.shown(cursor, order.order_id, order.host_id)
    assert row is not None  # noqa: S101 - it was just moved in this transaction
    covers = await photos_repository.covers_of(cursor, [order.house_id])
    return order_view(row, Actor.HOST, covers.get(order.house_id), "zh")
