"""SQL of idempotency keys: written in the transaction of the effect, so that both are there or neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.db import DuplicateEntry, TransactionConflict
from server.idempotency.model import KEEP_HOURS, InFlight, KeyReused

if TYPE_CHECKING:
    from server.db import Cursor, Row
    from server.idempotency.model import Once


async def begin(cursor: Cursor, once: Once | None) -> Any:
    """What was answered to this request before; None when it is new, and now belongs to this transaction.

    Raises KeyReused; InFlight while another transaction has it; TransactionConflict when that one just took it.
    """
    if once is None:
        return None
    try:
        await cursor.execute(
            "SELECT request, answer FROM idempotency WHERE user_id = %s AND name = %s FOR UPDATE NOWAIT",
            (once.user_id, once.name),
        )
    except TransactionConflict as error:  # the lock was not free
        raise InFlight from error
    row = await cursor.fetchone()
    if row is None:
        await _insert(cursor, once)
        return None
    return _answer(row, once)


async def look(cursor: Cursor, once: Once | None) -> Any:
    """As `begin`, without taking the key: for what is costly to do before the transaction. Raises KeyReused."""
    if once is None:
        return None
    await cursor.execute(
        "SELECT request, answer FROM idempotency WHERE user_id = %s AND name = %s", (once.user_id, once.name)
    )
    row = await cursor.fetchone()
    return None if row is None else _answer(row, once)


async def finish(cursor: Cursor, once: Once | None, answer: Any) -> None:
    """Keep the answer, in the transaction that `begin` was called in."""
    if once is not None:
        await cursor.execute(
            "UPDATE idempotency SET answer = %s WHERE user_id = %s AND name = %s",
            (json.dumps(answer, ensure_ascii=False), once.user_id, once.name),
        )


async def purge(cursor: Cursor, limit: int) -> int:
    """Forget keys that are a day old."""
    return await cursor.execute(
        "DELETE FROM idempotency WHERE created_at < NOW(6) - INTERVAL %s HOUR LIMIT %s", (KEEP_HOURS, limit)
    )


def _answer(row: Row, once: Once) -> Any:
    if row["request"] != once.request:
        raise KeyReused
    return json.loads(row["answer"])


async def _insert(cursor: Cursor, once: Once) -> None:
    try:
        await cursor.execute(
            "INSERT INTO idempotency (user_id, name, request) VALUES (%s, %s, %s)",
            (once.user_id, once.name, once.request),
        )
    except DuplicateEntry as error:  # committed between the two statements: look again
        raise TransactionConflict("mysql") from error
