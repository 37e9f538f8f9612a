"""SQL of the outbox. A row is pending until `done_at`; `available_at` is when it may be published (again)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.outbox.model import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Row


async def add(cursor: Cursor, *works: Work) -> None:
    """Write work in the transaction that it follows from, at its end."""
    await cursor.insert_late(
        "INSERT INTO outbox (task_id, name, args, owner) VALUES (%s, %s, %s, %s)",
        [(work.task_id, work.name, json.dumps(work.args), work.owner) for work in works],
    )


async def renew(cursor: Cursor, work: Work) -> None:
    """Write work that was done, perhaps long ago and forgotten, as if it were new."""
    await cursor.execute(
        "INSERT INTO outbox (task_id, name, args, owner) VALUES (%s, %s, %s, %s) ON DUPLICATE KEY UPDATE"
        " done_at = NULL, outcome = NULL, publications = 0, created_at = NOW(6), available_at = NOW(6)",
        (work.task_id, work.name, json.dumps(work.args), work.owner),
    )


async def lock_due(cursor: Cursor, limit: int) -> dict[int, Work]:
    """Pending rows by id whose time has come, oldest first, skipping those that another relay holds."""
    await cursor.execute(
        "SELECT id, task_id, name, args, owner, publications FROM outbox"
        " WHERE done_at IS NULL AND available_at <= NOW(6) ORDER BY available_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    return {
        row["id"]: Work(
            row["task_id"], row["name"], tuple(json.loads(row["args"])), row["owner"], row["publications"]
        )
        for row in await cursor.fetchall()
    }


async def mark_published(cursor: Cursor, row_ids: Sequence[int], redelivery_seconds: int) -> None:
    """Note the publication; the row is due again after a lease that doubles, up to 16 times as long.

    By `id`, whose lock is held already: a task that ends meanwhile has locked its `task_id` and waits for that one.
    """
    marks = ",".join(["%s"] * len(row_ids))
    await cursor.execute(
        "UPDATE outbox SET published_at = NOW(6),"  # noqa: S608 - placeholders only
        " available_at = NOW(6) + INTERVAL (%s * POW(2, LEAST(publications, 4))) SECOND,"
        f" publications = publications + 1 WHERE id IN ({marks})",
        (redelivery_seconds, *row_ids),
    )


async def backlog(cursor: Cursor) -> tuple[int, float]:
    """How many rows are not done, and the age of the oldest in seconds."""
    await cursor.execute(
        "SELECT COUNT(*) AS waiting, TIMESTAMPDIFF(MICROSECOND, MIN(created_at), NOW(6)) AS age FROM outbox"
        " WHERE done_at IS NULL"
    )
    row = await cursor.fetchone()
    return (int(row["waiting"]), float(row["age"] or 0) / 1e6) if row else (0, 0.0)


async def publications(cursor: Cursor, task_id: str) -> int:
    """How often the row was published."""
    await cursor.execute("SELECT publications FROM outbox WHERE task_id = %s", (task_id,))
    row = await cursor.fetchone()
    return row["publications"] if row else 0


async def complete(cursor: Cursor, task_id: str, outcome: dict[str, Any]) -> None:
    """Mark work done, in the transaction of its effect."""
    await cursor.execute(
        "UPDATE outbox SET done_at = NOW(6), outcome = %s WHERE task_id = %s AND done_at IS NULL",
        (json.dumps(outcome), task_id),
    )


async def complete_all(cursor: Cursor, task_ids: Sequence[str]) -> None:
    """Mark work done whose outcome nobody asks for, in the transaction of its effect.

    Along the same index as `complete`: along another, the two would lock rows in opposite orders.
    """
    marks = ",".join(["%s"] * len(task_ids))
    await cursor.execute(
        "UPDATE outbox FORCE INDEX (outbox_task) SET done_at = NOW(6), outcome = '{}'"  # noqa: S608 - placeholders only
        f" WHERE task_id IN ({marks}) AND done_at IS NULL",
        task_ids,
    )


async def find_owned(cursor: Cursor, task_id: str, owner: str) -> Row | None:
    """The row of a task that this session caused."""
    await cursor.execute(
        "SELECT done_at, outcome FROM outbox WHERE task_id = %s AND owner = %s", (task_id, owner)
    )
    return await cursor.fetchone()


async def outcomes(cursor: Cursor, task_ids: Sequence[str]) -> dict[str, Any]:
    """The outcomes of those tasks that are done."""
    marks = ",".join(["%s"] * len(task_ids))
    await cursor.execute(
        f"SELECT task_id, outcome FROM outbox WHERE task_id IN ({marks}) AND done_at IS NOT NULL",  # noqa: S608
        task_ids,
    )
    return {row["task_id"]: json.loads(row["outcome"]) for row in await cursor.fetchall()}


async def purge(cursor: Cursor, days: int, limit: int) -> int:
    """Forget rows that were done so long ago."""
    return await cursor.execute(
        "DELETE FROM outbox WHERE done_at < NOW(6) - INTERVAL %s DAY LIMIT %s", (days, limit)
    )
