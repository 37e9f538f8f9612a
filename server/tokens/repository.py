"""SQL of API tokens. Only digests are stored; a revoked token's row is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.tokens.model import USE_NOTED_SECONDS, Bearer, Scope, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Row
    from server.tokens.model import NewToken

VALID = "(t.expires_at IS NULL OR t.expires_at > NOW(6))"


async def lock_user(cursor: Cursor, user_id: int) -> None:
    """Let one request at a time make tokens of this user."""
    await cursor.execute("SELECT id FROM users WHERE id = %s FOR UPDATE", (user_id,))


async def count(cursor: Cursor, user_id: int) -> int:
    """How many tokens the user has, with those that are over."""
    await cursor.execute("SELECT COUNT(*) AS tokens FROM api_tokens WHERE user_id = %s", (user_id,))
    row = await cursor.fetchone()
    return int(row["tokens"]) if row else 0


async def insert(cursor: Cursor, user_id: int, new: NewToken, digest: str, hint: str) -> int:
    """Store a new token by its digest; returns its id."""
    scopes = ",".join(sorted(new.scopes))
    await cursor.execute(
        "INSERT INTO api_tokens (user_id, name, digest, hint, scopes, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, NOW(6) + INTERVAL %s DAY)",
        (user_id, new.name, digest, hint, scopes, new.days),
    )
    return cursor.lastrowid


async def of_user(cursor: Cursor, user_id: int) -> list[Token]:
    """All tokens of a user, newest first."""
    await cursor.execute(
        "SELECT id, name, hint, scopes, created_at, expires_at, last_used_at,"
        " expires_at IS NOT NULL AND expires_at <= NOW(6) AS is_over"
        " FROM api_tokens WHERE user_id = %s ORDER BY id DESC",
        (user_id,),
    )
    return [_token(row) for row in await cursor.fetchall()]


async def remove(cursor: Cursor, user_id: int, token_id: int) -> str | None:
    """Revoke one of the user's tokens; returns its digest, None when there is no such token."""
    await cursor.execute(
        "SELECT digest FROM api_tokens WHERE id = %s AND user_id = %s FOR UPDATE", (token_id, user_id)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await cursor.execute("DELETE FROM api_tokens WHERE id = %s AND user_id = %s", (token_id, user_id))
    return str(row["digest"])


async def remove_all(cursor: Cursor, user_id: int) -> list[str]:
    """Revoke all of the user's tokens; returns their digests."""
    await cursor.execute("SELECT digest FROM api_tokens WHERE user_id = %s FOR UPDATE", (user_id,))
    digests = [str(row["digest"]) for row in await cursor.fetchall()]
    await cursor.execute("DELETE FROM api_tokens WHERE user_id = %s", (user_id,))
    return digests


async def find(cursor: Cursor, digest: str) -> tuple[Bearer, bool] | None:
    """Who a valid token acts for, and whether its use should be noted; None for any other."""
    await cursor.execute(
        "SELECT t.id, t.user_id, t.scopes, t.last_used_at IS NULL"  # noqa: S608 - constants only
        " OR t.last_used_at < NOW(6) - INTERVAL %s SECOND AS unnoted"
        " FROM api_tokens t JOIN users u ON u.id = t.user_id AND u.status = 'active'"
        f" WHERE t.digest = %s AND {VALID}",
        (USE_NOTED_SECONDS, digest),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return Bearer(row["id"], row["user_id"], _scopes(row), digest), bool(row["unnoted"])


async def note_use(cursor: Cursor, token_id: int) -> None:
    """The token was used now."""
    await cursor.execute("UPDATE api_tokens SET last_used_at = NOW(6) WHERE id = %s", (token_id,))


async def valid_digests(cursor: Cursor, digests: Sequence[str]) -> set[str]:
    """Those of these digests that are tokens which let somebody in."""
    marks = ",".join(["%s"] * len(digests))
    await cursor.execute(
        "SELECT t.digest FROM api_tokens t JOIN users u ON u.id = t.user_id AND u.status = 'active'"  # noqa: S608
        f" WHERE t.digest IN ({marks}) AND {VALID}",
        digests,
    )
    return {row["digest"] for row in await cursor.fetchall()}


def _token(row: Row) -> Token:
    return Token(
        row["id"], row["name"], row["hint"], _scopes(row), row["created_at"], row["expires_at"],
        row["last_used_at"], bool(row["is_over"]),
    )  # fmt: skip


def _scopes(row: Row) -> frozenset[Scope]:
    return frozenset(Scope(name) for name in row["scopes"].split(",") if name)
