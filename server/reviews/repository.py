"""SQL of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.reviews.model import Review

if TYPE_CHECKING:
    from server.db import Cursor

SHOWN = 20


async def latest(cursor: Cursor, house_id: int, limit: int = SHOWN) -> list[Review]:
    """The newest reviews of a house."""
    await cursor.execute(
        "SELECT r.rating, r.comment, r.reply, u.name AS guest_name, u.avatar_key AS guest_avatar_key,"
        " r.created_at FROM reviews r JOIN users u ON u.id = r.guest_id"
        " WHERE r.house_id = %s ORDER BY r.created_at DESC LIMIT %s",
        (house_id, limit),
    )
    return [Review.from_row(row) for row in await cursor.fetchall()]
