"""SQL of nights that are not free. The primary key gives a night away once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import DuplicateEntry
from server.nights.model import Night, NightKind, NightTaken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from server.db import Cursor, Row
    from server.nights.model import Stay

KEPT_DAYS = 60


async def between(cursor: Cursor, house_id: int, start: date, end: date) -> list[Night]:
    """Taken nights from `start` up to, not including, `end`, in order."""
    await cursor.execute(
        "SELECT n.night, n.kind, o.expires_at FROM house_nights n LEFT JOIN orders o ON o.id = n.order_id"
        " AND o.status IN ('WAIT_ACCEPT', 'WAIT_PAYMENT')"
        " WHERE n.house_id = %s AND n.night >= %s AND n.night < %s ORDER BY n.night",
        (house_id, start, end),
    )
    return [Night(row["night"], NightKind(row["kind"]), row["expires_at"]) for row in await cursor.fetchall()]


async def block(cursor: Cursor, house_id: int, nights: Sequence[date]) -> None:
    """Take nights of a locked house for its host."""
    await cursor.executemany(
        "INSERT INTO house_nights (house_id, night, kind) VALUES (%s, %s, %s)",  # without a literal: one statement
        [(house_id, night, NightKind.BLOCK.value) for night in nights],
    )


async def take(cursor: Cursor, house_id: int, nights: Sequence[date], order_id: int) -> None:
    """Take nights of a locked house for an order. Raises NightTaken when one is taken, whatever the code did."""
    try:
        await cursor.executemany(
            "INSERT INTO house_nights (house_id, night, kind, order_id) VALUES (%s, %s, %s, %s)",
            [(house_id, night, NightKind.ORDER.value, order_id) for night in nights],
        )
    except DuplicateEntry as error:
        raise NightTaken from error


async def is_any_taken(cursor: Cursor, house_id: int, stay: Stay) -> bool:
    """Whether somebody has a night of a stay already: a quick no. Only `take` says yes."""
    return bool(
        await cursor.execute(
            "SELECT night FROM house_nights WHERE house_id = %s AND night >= %s AND night < %s LIMIT 1",
            (house_id, stay.start, stay.end),
        )
    )


async def free(cursor: Cursor, house_id: int, order_id: int) -> None:
    """Free the nights of an order of a locked house."""
    await cursor.execute(
        "DELETE FROM house_nights WHERE house_id = %s AND order_id = %s", (house_id, order_id)
    )


async def today(cursor: Cursor) -> date:
    """The date at the houses, by the database's clock."""
    await cursor.execute("SELECT DATE(NOW() + INTERVAL 8 HOUR) AS today")
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT without a table always answers
    day: date = row["today"]
    return day


async def unblock(cursor: Cursor, house_id: int, nights: Sequence[date]) -> None:
    """Free nights of a locked house that its host had taken."""
    marks = ",".join(["%s"] * len(nights))
    await cursor.execute(
        f"DELETE FROM house_nights WHERE house_id = %s AND kind = 'block' AND night IN ({marks})",  # noqa: S608
        (house_id, *nights),
    )


async def forget_past(cursor: Cursor, house_id: int) -> None:
    """Drop a locked house's nights of long ago: the search reads over them. Orders keep their own dates."""
    await cursor.execute(
        "DELETE FROM house_nights WHERE house_id = %s AND night < DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL %s DAY",
        (house_id, KEPT_DAYS),
    )


async def has_guests_ahead(cursor: Cursor, house_id: int) -> bool:
    """Whether a guest has booked tonight or later, by the database's clock and the houses' time zone."""
    return bool(
        await cursor.execute(
            "SELECT night FROM house_nights WHERE house_id = %s AND kind = 'order'"
            " AND night >= DATE(NOW() + INTERVAL 8 HOUR) LIMIT 1",
            (house_id,),
        )
    )


async def next_version(cursor: Cursor, house_id: int) -> int:
    """Count a change of a locked house's nights; returns the new version, which has no gaps."""
    await cursor.execute(
        "UPDATE houses SET calendar_version = LAST_INSERT_ID(calendar_version + 1), calendar_changed_at = NOW(6)"
        " WHERE id = %s",
        (house_id,),
    )
    return cursor.lastrowid


async def versions(cursor: Cursor, house_ids: Sequence[int]) -> dict[int, int]:
    """The calendar version of each of these houses that is there."""
    marks = ",".join(["%s"] * len(house_ids))
    await cursor.execute(f"SELECT id, calendar_version FROM houses WHERE id IN ({marks})", house_ids)  # noqa: S608
    return {row["id"]: row["calendar_version"] for row in await cursor.fetchall()}


async def terms(cursor: Cursor, house_id: int) -> Row | None:
    """What decides whether and for how much a house can be had."""
    await cursor.execute(
        "SELECT id, owner_id, status, price_fen, deposit_fen, min_nights, max_nights, capacity, calendar_version"
        " FROM houses WHERE id = %s",
        (house_id,),
    )
    return await cursor.fetchone()
