"""SQL that looks for what must not be. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.sms.model import CODES_PER_DAY, CODES_PER_HOUR, DAY_SECONDS, HOUR_SECONDS, RESEND_SECONDS

if TYPE_CHECKING:
    from server.db import Cursor, Row

SHOWN = 100


async def last_ids(cursor: Cursor) -> tuple[int, int]:
    """The highest house that an order names, and the highest user that has events."""
    await cursor.execute(
        "SELECT COALESCE((SELECT MAX(house_id) FROM orders), 0) AS houses,"
        " COALESCE((SELECT MAX(user_id) FROM live_seq), 0) AS users"
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT without a table always answers
    return int(row["houses"]), int(row["users"])


async def doubles(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Pairs of living orders of one of these houses whose nights overlap. Asks the orders, not the night table.

    Only an order that comes before an earlier one has left is looked at twice: each with each would take seconds.
    """
    await cursor.execute(
        "SELECT later.house_id, earlier.number AS one, later.number AS other FROM (SELECT id, number, house_id,"
        " check_in, check_out, MAX(check_out) OVER (PARTITION BY house_id ORDER BY check_in, id"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until FROM orders"
        " WHERE house_id > %s AND house_id <= %s AND status NOT IN ('CANCELED', 'REJECTED')) later"
        " JOIN orders earlier ON earlier.house_id = later.house_id AND earlier.check_out > later.check_in"
        " AND (earlier.check_in < later.check_in OR (earlier.check_in = later.check_in AND earlier.id < later.id))"
        " AND earlier.status NOT IN ('CANCELED', 'REJECTED')"
        " WHERE later.taken_until > later.check_in LIMIT %s",
        (first, last, SHOWN),
    )
    return list(await cursor.fetchall())


async def gaps(cursor: Cursor, first: int, last: int) -> list[Row]:
    """Those of these users whose event log misses a number, or ends before their counter.

    Old events are forgotten from the front, in the end all: not while the outbox still has the newest one's task,
    which is forgotten sooner.
    """
    await cursor.execute(
        "SELECT log.user_id, log.first, log.last, log.events, log.counted FROM (SELECT s.user_id,"
        " s.seq AS counted, MIN(e.seq) AS first, MAX(e.seq) AS last, COUNT(e.seq) AS events FROM live_seq s"
        " LEFT JOIN live_events e ON e.user_id = s.user_id WHERE s.user_id > %s AND s.user_id <= %s"
        " GROUP BY s.user_id, s.seq) log LEFT JOIN outbox o ON log.events = 0"
        " AND o.task_id = CONVERT(CONCAT('live-', log.user_id, '-', log.counted) USING ascii)"
        " WHERE log.last - log.first + 1 <> log.events OR log.last <> log.counted OR o.id IS NOT NULL LIMIT %s",
        (first, last, SHOWN),
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


async def hasty_codes(cursor: Cursor) -> list[Row]:
    """SMS codes that went to a phone too soon after its last one, its fifth last or its tenth last."""
    await cursor.execute(
        "SELECT mobile, created_at FROM (SELECT mobile, created_at,"
        " LAG(created_at) OVER phone AS last_one,"
        " LAG(created_at, %s) OVER phone AS hourly, LAG(created_at, %s) OVER phone AS daily"
        " FROM sms_codes WINDOW phone AS (PARTITION BY mobile ORDER BY created_at)) codes"
        " WHERE last_one > created_at - INTERVAL %s SECOND OR hourly > created_at - INTERVAL %s SECOND"
        " OR daily > created_at - INTERVAL %s SECOND LIMIT %s",
        (CODES_PER_HOUR, CODES_PER_DAY, RESEND_SECONDS, HOUR_SECONDS, DAY_SECONDS, SHOWN),
    )
    return list(await cursor.fetchall())
