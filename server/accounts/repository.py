"""SQL of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.accounts.model import MobileTaken, NameTaken, User
from server.db import DuplicateEntry

if TYPE_CHECKING:
    from server.db import Cursor, Row

COLUMNS = "id, mobile, name, password_hash, avatar_key, role, created_at"


async def insert(cursor: Cursor, mobile: str, name: str, password_hash: str) -> int:
    """A new active user's id. Raises MobileTaken, NameTaken."""
    try:
        await cursor.execute(
            "INSERT INTO users (mobile, name, password_hash) VALUES (%s, %s, %s)",
            (mobile, name, password_hash),
        )
    except DuplicateEntry as error:
        taken = MobileTaken if error.key == "users_mobile" else NameTaken
        raise taken from error
    return cursor.lastrowid


async def find(cursor: Cursor, user_id: int) -> User | None:
    """An active user."""
    await cursor.execute(f"SELECT {COLUMNS} FROM users WHERE id = %s AND status = 'active'", (user_id,))  # noqa: S608
    row = await cursor.fetchone()
    return User.from_row(row) if row else None


async def lock(cursor: Cursor, user_id: int) -> User | None:
    """An active user, locked."""
    await cursor.execute(
        f"SELECT {COLUMNS} FROM users WHERE id = %s AND status = 'active' FOR UPDATE",  # noqa: S608
        (user_id,),
    )
    row = await cursor.fetchone()
    return User.from_row(row) if row else None


async def find_login(cursor: Cursor, mobile: str) -> Row | None:
    """What a login needs of an active user: the columns with the password's hash."""
    await cursor.execute(f"SELECT {COLUMNS} FROM users WHERE mobile = %s AND status = 'active'", (mobile,))  # noqa: S608
    return await cursor.fetchone()


async def rename(cursor: Cursor, user_id: int, name: str) -> None:
    """Raises NameTaken."""
    try:
        await cursor.execute("UPDATE users SET name = %s WHERE id = %s", (name, user_id))
    except DuplicateEntry as error:
        raise NameTaken from error


async def set_avatar(cursor: Cursor, user_id: int, avatar_key: str) -> None:
    """Refer to another stored picture."""
    await cursor.execute("UPDATE users SET avatar_key = %s WHERE id = %s", (avatar_key, user_id))


async def set_password(cursor: Cursor, user_id: int, password_hash: str) -> None:
    """Replace the hash."""
    await cursor.execute("UPDATE users SET password_hash = %s WHERE id = %s", (password_hash, user_id))
