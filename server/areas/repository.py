"""SQL of areas and facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.areas.model import Area, Facility

if TYPE_CHECKING:
    from server.db import Cursor


async def areas(cursor: Cursor) -> list[Area]:
    """All areas by id."""
    await cursor.execute("SELECT id, name, name_en, online_count FROM areas ORDER BY id")
    return [Area.from_row(row) for row in await cursor.fetchall()]


async def facilities(cursor: Cursor) -> list[Facility]:
    """All facilities by id."""
    await cursor.execute("SELECT id, name, name_en, icon FROM facilities ORDER BY id")
    return [Facility.from_row(row) for row in await cursor.fetchall()]


async def count_online(cursor: Cursor, area_id: int, change: int) -> None:
    """Houses went online (1) or off (-1) in an area, in the transaction that says so of the house."""
    await cursor.execute("UPDATE areas SET online_count = online_count + %s WHERE id = %s", (change, area_id))
