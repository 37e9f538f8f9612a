"""SQL of the per-user event log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.live.model import REPLAY_LIMIT, LiveEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor


async def append(cursor: Cursor, kind: str, told: Sequence[tuple[int, dict[str, Any]]]) -> list[int]:
    """Add an event for each user, with its body, in the business transaction; returns their seqs.

    A counter's row stays locked until commit: transactions that tell several users take them in the order of ids.
    """
    seqs = [await _next_seq(cursor, user_id) for user_id, _ in told]
    await cursor.executemany(
        "INSERT INTO live_events (user_id, seq, kind, body) VALUES (%s, %s, %s, %s)",
        [
            (user_id, seq, kind, json.dumps(body, ensure_ascii=False))
            for (user_id, body), seq in zip(told, seqs, strict=True)
        ],
    )
    return seqs


async def _next_seq(cursor: Cursor, user_id: int) -> int:
    await cursor.execute(
        "INSERT INTO live_seq (user_id, seq) VALUES (%s, LAST_INSERT_ID(1))"
        " ON DUPLICATE KEY UPDATE seq = LAST_INSERT_ID(seq + 1)",
        (user_id,),
    )
    return cursor.lastrowid


async def find(cursor: Cursor, places: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], LiveEvent]:
    """The events at these places, user and seq, that are there."""
    if not places:
        return {}
    one_of = " OR ".join(["(user_id = %s AND seq = %s)"] * len(places))  # what MariaDB reads by the key
    await cursor.execute(
        f"SELECT user_id, seq, kind, body FROM live_events WHERE {one_of}",  # noqa: S608 - placeholders only
        [number for place in places for number in place],
    )
    return {
        (row["user_id"], row["seq"]): LiveEvent(row["seq"], row["kind"], json.loads(row["body"]))
        for row in await cursor.fetchall()
    }


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
