"""SQL that looks for what must not be. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.db import Cursor, Row

SHOWN = 100


async def doubles(cursor: Cursor) -> list[Row]:
    """Pairs of living orders of a house whose nights overlap. Asks the orders themselves, not the night table."""
    await cursor.execute(
        "SELECT a.house_id, a.number AS one, b.number AS other FROM orders a JOIN orders b"
        " ON b.house_id = a.house_id AND b.id > a.id AND b.check_in < a.check_out AND a.check_in < b.check_out"
        " AND b.status NOT IN ('CANCELED', 'REJECTED')"
        " WHERE a.status NOT IN ('CANCELED', 'REJECTED') LIMIT %s",
        (SHOWN,),
    )
    return list(await cursor.fetchall())


async def gaps(cursor: Cursor) -> list[Row]:
    """Users whose event log misses a number, or ends before their counter. Old events are forgotten from the front."""
    await cursor.execute(
        "SELECT e.user_id, MIN(e.seq) AS first, MAX(e.seq) AS last, COUNT(*) AS events, s.seq AS counted"
        " FROM live_events e JOIN live_seq s ON s.user_id = e.user_id GROUP BY e.user_id, s.seq"
        " HAVING last - first + 1 <> events OR last <> counted LIMIT %s",
        (SHOWN,),
    )
    return list(await cursor.fetchall())


async def undone(cursor: Cursor, seconds: int) -> list[Row]:
    """Outbox rows that were due so long ago and are not done."""
    await cursor.execute(
        "SELECT task_id, name, publications, TIMESTAMPDIFF(SECOND, created_at, NOW(6)) AS age FROM outbox"
        " WHERE done_at IS NULL AND created_at < NOW(6) - INTERVAL %s SECOND ORDER BY id LIMIT %s",
        (seconds, SHOWN),
    )
    return list(await cursor.fetchall())


async def overdue(cursor: Cursor, seconds: int) -> list[Row]:
    """Orders that waited for somebody and should have ended so long ago."""
    await cursor.execute(
        "SELECT number, status, TIMESTAMPDIFF(SECOND, expires_at, NOW(6)) AS late FROM orders"
        " WHERE status IN ('WAIT_ACCEPT', 'WAIT_PAYMENT') AND expires_at < NOW(6) - INTERVAL %s SECOND"
        " ORDER BY expires_at LIMIT %s",
        (seconds, SHOWN),
    )
    return list(await cursor.fetchall())
