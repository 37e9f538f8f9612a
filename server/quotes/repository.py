"""SQL of what hosts ask for a stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.quotes.model import Cancellation, Offer, Rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Row
    from server.nights.model import Stay


async def offer(cursor: Cursor, house_id: int, stay: Stay) -> Offer | None:
    """A house at what its host asks for a stay, whatever its status: one statement, so one state of the prices."""
    await cursor.execute(
        "SELECT h.id, h.owner_id, h.status, h.price_fen, h.deposit_fen, h.min_nights, h.max_nights, h.capacity,"
        " h.weekend_price_fen, h.weekly_percent, h.monthly_percent, h.cleaning_fee_fen, h.cancellation,"
        " h.instant_booking, h.verified_guests, p.night, p.price_fen AS special_fen"
        " FROM houses h LEFT JOIN house_prices p ON p.house_id = h.id AND p.night >= %s AND p.night < %s"
        " WHERE h.id = %s",
        (stay.start, stay.end, house_id),
    )
    rows = await cursor.fetchall()
    return _offer(rows) if rows else None


def _offer(rows: Sequence[Row]) -> Offer:
    row = rows[0]
    return Offer(
        house_id=row["id"],
        owner_id=row["owner_id"],
        status=row["status"],
        instant=bool(row["instant_booking"]),
        wants_verified=bool(row["verified_guests"]),
        rates=_rates(rows),
    )


def _rates(rows: Sequence[Row]) -> Rates:
    row = rows[0]
    return Rates(
        price_fen=row["price_fen"],
        deposit_fen=row["deposit_fen"],
        min_nights=row["min_nights"],
        max_nights=row["max_nights"],
        capacity=row["capacity"],
        weekend_price_fen=row["weekend_price_fen"],
        weekly_percent=row["weekly_percent"],
        monthly_percent=row["monthly_percent"],
        cleaning_fee_fen=row["cleaning_fee_fen"],
        cancellation=Cancellation(row["cancellation"]),
        special={one["night"]: one["special_fen"] for one in rows if one["night"]},
    )
