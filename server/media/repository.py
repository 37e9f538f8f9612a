"""The `objects` table: which contents are stored, how many rows refer to each, and since when nobody does."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from server.media.model import Claim, ClaimLost, MediaType, NotHeld, ObjectKey

if TYPE_CHECKING:
    from server.db import Cursor


async def claim(cursor: Cursor, key: ObjectKey, byte_count: int) -> Claim:
    """Announce content that is about to be put, so that no sweep takes it for the next grace period."""
    await cursor.execute(
        "INSERT INTO objects"
        " (sha256, media_type, byte_count, ref_count, generation, created_at, orphaned_at)"
        " VALUES (%s, %s, %s, 0, %s, NOW(6), NOW(6))"
        " ON DUPLICATE KEY UPDATE orphaned_at = IF(ref_count = 0, NOW(6), NULL)",
        (key.sha256, key.media_type.value, byte_count, _new_generation()),
    )
    await cursor.execute("SELECT generation FROM objects WHERE sha256 = %s FOR UPDATE", (key.sha256,))
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - written and locked by the statement before
    return Claim(key, row["generation"])


async def hold(cursor: Cursor, claim: Claim) -> None:
    """Count one more reference. Raises ClaimLost when a sweep chose the object since it was claimed."""
    held = await cursor.execute(
        "UPDATE objects SET ref_count = ref_count + 1, orphaned_at = NULL"
        " WHERE sha256 = %s AND generation = %s",
        (claim.key.sha256, claim.generation),
    )
    if not held:
        raise ClaimLost("storage")


async def release(cursor: Cursor, key: ObjectKey) -> None:
    """Count one reference less, never below 0; the last one starts the grace period. Raises NotHeld."""
    # MySQL assigns from left to right: the condition sees the old count.
    released = await cursor.execute(
        "UPDATE objects SET orphaned_at = IF(ref_count = 1, NOW(6), NULL), ref_count = ref_count - 1"
        " WHERE sha256 = %s AND ref_count > 0",
        (key.sha256,),
    )
    if not released:
        raise NotHeld(str(key))


async def choose_orphans(cursor: Cursor, grace_seconds: int, limit: int) -> list[Claim]:
    """Objects that nobody held or claimed for so long, longest first. Earlier claims on them become void."""
    await cursor.execute(
        "SELECT sha256, media_type FROM objects WHERE orphaned_at < NOW(6) - INTERVAL %s SECOND"
        " ORDER BY orphaned_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (grace_seconds, limit),
    )
    chosen = [
        Claim(ObjectKey(row["sha256"], MediaType(row["media_type"])), _new_generation())
        for row in await cursor.fetchall()
    ]
    await cursor.executemany(
        "UPDATE objects SET generation = %s WHERE sha256 = %s",
        [(orphan.generation, orphan.key.sha256) for orphan in chosen],
    )
    return chosen


async def lock_orphan(cursor: Cursor, orphan: Claim, grace_seconds: int) -> bool:
    """Lock a chosen object's row; False when it was claimed, taken by another sweep, or is locked now."""
    return bool(
        await cursor.execute(
            "SELECT sha256 FROM objects WHERE sha256 = %s AND generation = %s"
            " AND orphaned_at < NOW(6) - INTERVAL %s SECOND FOR UPDATE SKIP LOCKED",
            (orphan.key.sha256, orphan.generation, grace_seconds),
        )
    )


async def forget(cursor: Cursor, key: ObjectKey) -> None:
    """Delete the row of an object that is locked and no longer stored."""
    await cursor.execute("DELETE FROM objects WHERE sha256 = %s", (key.sha256,))


async def postpone(cursor: Cursor, orphan: Claim) -> None:
    """Let a chosen object wait for another grace period, behind the others."""
    await cursor.execute(
        "UPDATE objects SET orphaned_at = NOW(6) WHERE sha256 = %s AND generation = %s AND ref_count = 0",
        (orphan.key.sha256, orphan.generation),
    )


def _new_generation() -> int:
    """A number that no earlier claim has on this content, not even one older than its row."""
    return secrets.randbits(63)


async def count_held(cursor: Cursor) -> int:
    """How many objects somebody refers to."""
    await cursor.execute("SELECT COUNT(*) AS held FROM objects WHERE ref_count > 0")
    row = await cursor.fetchone()
    return int(row["held"]) if row else 0


async def held_after(cursor: Cursor, sha256: str, limit: int) -> list[ObjectKey]:
    """The next objects that somebody refers to, in the order of their digests."""
    await cursor.execute(
        "SELECT sha256, media_type FROM objects WHERE sha256 > %s AND ref_count > 0 ORDER BY sha256 LIMIT %s",
        (sha256, limit),
    )
    return [ObjectKey(row["sha256"], MediaType(row["media_type"])) for row in await cursor.fetchall()]


async def known_of(cursor: Cursor, keys: list[ObjectKey]) -> set[ObjectKey]:
    """Those of the keys that have a row, whether held or waiting for the sweep."""
    marks = ", ".join(["%s"] * len(keys))
    await cursor.execute(
        f"SELECT sha256, media_type FROM objects WHERE sha256 IN ({marks})",  # noqa: S608 - placeholders only
        [key.sha256 for key in keys],
    )
    return {ObjectKey(row["sha256"], MediaType(row["media_type"])) for row in await cursor.fetchall()}


async def lock_held(cursor: Cursor, key: ObjectKey) -> bool:
    """Lock an object's row; False when nobody refers to it (any more)."""
    return bool(
        await cursor.execute(
            "SELECT sha256 FROM objects WHERE sha256 = %s AND ref_count > 0 FOR UPDATE", (key.sha256,)
        )
    )
