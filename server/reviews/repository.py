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


async def add(cursor: Cursor, order_id: int, house_id: int, guest_id: int, said: tuple[str, int]) -> None:
    """Write the one review of an order, comment and rating, and count it on the house."""
    comment, rating = said
    await cursor.execute(
        "INSERT INTO reviews (order_id, house_id, guest_id, comment, rating) VALUES (%s, %s, %s, %s, %s)",
        (order_id, house_id, guest_id, comment, rating),
    )
    await cursor.execute(
        "UPDATE houses SET rating_sum = rating_sum + %s, rating_count = rating_count + 1 WHERE id = %s",
        (rating, house_id),
    )


async def reply(cursor: Cursor, order_id: int, text: str) -> bool:
    """Write the host's one answer; False when there is no review or it has one."""
    return bool(
        await cursor.execute(
            "UPDATE reviews SET reply = %s, replied_at = NOW(6) WHERE order_id = %s AND reply IS NULL",
            (text, order_id),
        )
    )
