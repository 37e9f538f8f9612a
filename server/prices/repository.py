"""SQL of what hosts ask beside the base price."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from server.db import Cursor, Row
    from server.prices.model import Prices

_COLUMNS = (
    "weekend_price_fen", "weekly_percent", "monthly_percent", "cleaning_fee_fen", "instant_booking",
    "cancellation", "verified_guests",
)  # fmt: skip


async def find_owned(cursor: Cursor, house_id: int, owner_id: int) -> Row | None:
    """What the owner of this house asks, with its base price and version."""
    await cursor.execute(
        f"SELECT price_fen, version, {', '.join(_COLUMNS)} FROM houses WHERE id = %s AND owner_id = %s",  # noqa: S608
        (house_id, owner_id),
    )
    return await cursor.fetchone()


async def special_from(cursor: Cursor, house_id: int, first: date) -> list[Row]:
    """The nights with a price of their own, from this one on."""
    await cursor.execute(
        "SELECT night, price_fen FROM house_prices WHERE house_id = %s AND night >= %s ORDER BY night",
        (house_id, first),
    )
    return await cursor.fetchall()


async def update(cursor: Cursor, house_id: int, prices: Prices) -> None:
    """Write what a locked house asks, and that it changed. Nights that are over lose their price."""
    settings = ", ".join(f"{name} = %s" for name in _COLUMNS)
    await cursor.execute(
        f"UPDATE houses SET {settings}, version = version + 1 WHERE id = %s",  # noqa: S608 - names of ours
        (*(getattr(prices, name) for name in _COLUMNS), house_id),
    )
    await _replace_special(cursor, house_id, prices.special)


async def _replace_special(cursor: Cursor, house_id: int, special: Mapping[date, int]) -> None:
    await cursor.execute("DELETE FROM house_prices WHERE house_id = %s", (house_id,))
    rows = [(house_id, night, price_fen) for night, price_fen in sorted(special.items())]
    if rows:
        await cursor.executemany(
            "INSERT INTO house_prices (house_id, night, price_fen) VALUES (%s, %s, %s)", rows
        )
