"""SQL of the per-user event log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.live.model import REPLAY_LIMIT, LiveEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor


async def append(cursor: Cursor, user_id: int, kind: str, body: dict[str, Any]) -> int:
    """Add an event in the business transaction; returns its seq. The counter's row stays locked until commit."""
    await cursor.execute(
        "INSERT INTO live_seq (user_id, seq) VALUES (%s, LAST_INSERT_ID(1))"
        " ON DUPLICATE KEY UPDATE seq = LAST_INSERT_ID(seq + 1)",
        (user_id,),
    )
    seq = cursor.lastrowid
    await cursor.execute(
        "INSERT INTO live_events (user_id, seq, kind, body) VALUES (%s, %s, %s, %s)",
        (user_id, seq, kind, json.dumps(body, ensure_ascii=False)),
    )
    return seq


async def after(cursor: Cursor, user_id: int, seq: int, limit: int = REPLAY_LIMIT) -> list[LiveEvent]:
    """The user's events after `seq`, in order."""
    await cursor.execute(
        "SELECT seq, kind, body FROM live_events WHERE user_id = %s AND seq > %s ORDER BY seq LIMIT %s",
        (user_id, seq, limit),
    )
    return [LiveEvent(row["seq"], row["kind"], json.loads(row["body"])) for row in await cursor.fetchall()]


async def last_seqs(cursor: Cursor, user_ids: Sequence[int]) -> dict[int, int]:
    """The newest seq of each user that has one."""
    marks = ",".join(["%s"] * len(user_ids))
    await cursor.execute(f"SELECT user_id, seq FROM live_seq WHERE user_id IN ({marks})", user_ids)  # noqa: S608
    return {row["user_id"]: row["seq"] for row in await cursor.fetchall()}


async def purge(cursor: Cursor, days: int, limit: int) -> int:
    """Forget events that are so old."""
    return await cursor.execute(
        "DELETE FROM live_events WHERE created_at < NOW(6) - INTERVAL %s DAY LIMIT %s", (days, limit)
    )
