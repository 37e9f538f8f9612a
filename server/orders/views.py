"""Orders as their two sides see them. Amounts in fen, times in UTC, stays as dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.orders.model import Actor, Order, OrderStatus, StayBegan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from server.db import Row
    from server.i18n import Language
    from server.photos.model import Photo


def order_view(row: Row, viewer: Actor, cover: Photo | None, language: Language) -> dict[str, Any]:
    """An order with the house and the other side; `row` as orders/repository.shown answers it."""
    order, today = Order.from_row(row), row["today"]
    other = "host" if viewer is Actor.GUEST else "guest"
    return {
        "order_id": order.order_id,
        "number": order.number,
        "role": viewer.value,
        "house_id": order.house_id,
        "title": row["title"],
        "address": row["address"],
        "area_name": row["area_name_en"] if language == "en" else row["area_name"],
        "img_url": cover.url if cover else None,
        "image": cover.view() if cover else None,
        "user_name": row[f"{other}_name"],
        "user_avatar": f"/media/{row[f'{other}_avatar_key']}" if row[f"{other}_avatar_key"] else None,
        **_facts(order),
        "refund_now": _refund_now(order, viewer, today),
        "actions": order.actions(
            viewer, today, commented=row["comment"] is not None, replied=row["reply"] is not None
        ),
        "comment": row["comment"],
        "rating": row["rating"],
        "reply": row["reply"],
    }


def detail_view(shown: dict[str, Any], events: Sequence[Row], refunds: Sequence[Row]) -> dict[str, Any]:
    """An order with its history and what went back."""
    return {
        **shown,
        "events": [
            {
                "version": row["version"],
                "event": row["event"],
                "from": row["from_status"],
                "to": row["to_status"],
                "actor": row["actor"],
                "at": _time(row["created_at"]),
                "note": row["note"],
            }
            for row in events
        ],
        "refunds": [
            {"amount": row["amount_fen"], "cause": row["cause"], "status": row["status"]} for row in refunds
        ],
    }


def _facts(order: Order) -> dict[str, Any]:
    return {
        "start_date": order.check_in.isoformat(),
        "end_date": order.check_out.isoformat(),
        "days": order.nights,
        "guests": order.guests,
        "ctime": _time(order.created_at),
        "amount": order.amount_fen,
        "lines": list(order.lines),
        "status": order.status.value,
        "version": order.version,
        "reason": order.reason,
        "expires_at": _time(order.expires_at),
        "cancellation": order.cancellation.value,
    }


def _refund_now(order: Order, viewer: Actor, today: date) -> int | None:
    if order.status is not OrderStatus.PAID:
        return None
    try:
        return order.refund_fen(viewer, today)
    except StayBegan:
        return None


def _time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None
