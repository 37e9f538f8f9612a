"""SQL of identities. Names and numbers come and go sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import DuplicateEntry
from server.identities.model import AlreadyVerified, NumberInUse

if TYPE_CHECKING:
    from datetime import date

    from server.db import Cursor, Row


async def today(cursor: Cursor) -> date:
    """The date in China, by the database's clock."""
    await cursor.execute("SELECT DATE(NOW() + INTERVAL 8 HOUR) AS today")
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT without a table always answers
    china: date = row["today"]
    return china


async def find(cursor: Cursor, user_id: int) -> Row | None:
    """What this user was verified as, sealed."""
    await cursor.execute(
        "SELECT sealed_real_name, sealed_id_number FROM identities WHERE user_id = %s", (user_id,)
    )
    return await cursor.fetchone()


async def exists(cursor: Cursor, user_id: int) -> bool:
    """Whether this user was verified."""
    return bool(await cursor.execute("SELECT user_id FROM identities WHERE user_id = %s", (user_id,)))


async def insert(cursor: Cursor, user_id: int, sealed: tuple[str, str], number_index: str) -> None:
    """The user's sealed name and number, for ever. Raises AlreadyVerified, NumberInUse."""
    try:
        await cursor.execute(
            "INSERT INTO identities (user_id, sealed_real_name, sealed_id_number, id_number_index)"
            " VALUES (%s, %s, %s, %s)",
            (user_id, *sealed, number_index),
        )
    except DuplicateEntry as error:
        raise (AlreadyVerified if error.key == "PRIMARY" else NumberInUse) from error
