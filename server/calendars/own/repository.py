"""SQL of a house's own calendar: its address, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from server.db import Cursor, Row


async def export_version(cursor: Cursor, house_id: int) -> int | None:
    """The version of a house's address for other sites; None when it has none."""
    await cursor.execute("SELECT version FROM calendar_exports WHERE house_id = %s AND active", (house_id,))
    row = await cursor.fetchone()
    return row["version"] if row else None


async def rotate_export(cursor: Cursor, house_id: int) -> int:
    """Give a locked house a new address; returns its version. The one before ends."""
    await cursor.execute(
        "INSERT INTO calendar_exports (house_id, version) VALUES (%s, LAST_INSERT_ID(1))"
        " ON DUPLICATE KEY UPDATE version = LAST_INSERT_ID(version + 1), active = TRUE",
        (house_id,),
    )
    return cursor.lastrowid


async def end_export(cursor: Cursor, house_id: int) -> None:
    """End the address of a locked house."""
    await cursor.execute("UPDATE calendar_exports SET active = FALSE WHERE house_id = %s", (house_id,))


async def exported_house(cursor: Cursor, house_id: int) -> Row | None:
    """What a calendar says of its house."""
    await cursor.execute(
        "SELECT title, calendar_version, COALESCE(calendar_changed_at, created_at) AS changed_at FROM houses"
        " WHERE id = %s",
        (house_id,),
    )
    return await cursor.fetchone()


async def exported_orders(cursor: Cursor, house_id: int, days: int) -> list[Row]:
    """The orders that hold nights since so many days ago, with their last change."""
    await cursor.execute(
        "SELECT o.number, o.check_in, o.check_out, o.version,"
        " COALESCE((SELECT MAX(e.created_at) FROM order_events e WHERE e.order_id = o.id), o.created_at)"
        " AS changed_at FROM orders o WHERE o.id IN (SELECT n.order_id FROM house_nights n WHERE n.house_id = %s"
        " AND n.night >= DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL %s DAY AND n.kind = 'order')"
        " ORDER BY o.check_in",
        (house_id, days),
    )
    return await cursor.fetchall()


async def exported_blocks(cursor: Cursor, house_id: int, days: int) -> list[date]:
    """The nights since so many days ago that the host keeps."""
    await cursor.execute(
        "SELECT night FROM house_nights WHERE house_id = %s"
        " AND night >= DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL %s DAY AND kind = 'block' ORDER BY night",
        (house_id, days),
    )
    return [row["night"] for row in await cursor.fetchall()]
