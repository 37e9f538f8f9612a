"""SQL of SMS codes. Times are the database's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.sms.model import CODE_SECONDS, Purpose

if TYPE_CHECKING:
    from server.db import Cursor, Row
    from server.outbox.model import TaskState


async def lock_phone(cursor: Cursor, mobile: str) -> None:
    """Let only one transaction at a time count and add codes for this phone."""
    await cursor.execute(
        "INSERT INTO sms_phones (mobile) VALUES (%s) ON DUPLICATE KEY UPDATE mobile = VALUES(mobile)",
        (mobile,),
    )


async def ages(cursor: Cursor, mobile: str, most: int) -> list[int]:
    """How many seconds ago the newest codes of a day went to this phone, or began to wait for it; newest first."""
    await cursor.execute(
        "SELECT TIMESTAMPDIFF(SECOND, created_at, NOW(6)) AS age FROM sms_codes"
        " WHERE mobile = %s AND created_at > NOW(6) - INTERVAL 1 DAY ORDER BY created_at DESC LIMIT %s",
        (mobile, most),
    )
    return [int(row["age"]) for row in await cursor.fetchall()]


async def add(cursor: Cursor, task_id: str, mobile: str, purpose: Purpose, sealed_code: str) -> None:
    """A new code, to be sent by the task."""
    await cursor.execute(
        "INSERT INTO sms_codes (task_id, mobile, purpose, sealed_code) VALUES (%s, %s, %s, %s)",
        (task_id, mobile, purpose.value, sealed_code),
    )


async def lock_by_task(cursor: Cursor, task_id: str) -> Row | None:
    """The code that a task is to send, locked; `claim_age` is in seconds."""
    await cursor.execute(
        "SELECT id, mobile, sealed_code, state, reason,"
        " TIMESTAMPDIFF(MICROSECOND, claimed_at, NOW(6)) / 1e6 AS claim_age"
        " FROM sms_codes WHERE task_id = %s FOR UPDATE",
        (task_id,),
    )
    return await cursor.fetchone()


async def claim(cursor: Cursor, code_id: int) -> None:
    """Note, before the platform is called, that this code is being sent; its life begins."""
    await cursor.execute(
        "UPDATE sms_codes SET state = 'sending', claimed_at = NOW(6),"
        " expires_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s",
        (CODE_SECONDS, code_id),
    )


async def finish(cursor: Cursor, task_id: str, state: TaskState) -> None:
    """How sending ended."""
    await cursor.execute(
        "UPDATE sms_codes SET state = %s, reason = %s WHERE task_id = %s",
        (state.state, state.reason, task_id),
    )


async def lock_newest(cursor: Cursor, mobile: str, purpose: Purpose) -> Row | None:
    """The newest code for this phone and purpose that went out and is alive and unused, locked."""
    await cursor.execute(
        "SELECT id, sealed_code, tries FROM sms_codes WHERE mobile = %s AND purpose = %s"
        " AND created_at > NOW(6) - INTERVAL 1 DAY AND used_at IS NULL AND expires_at > NOW(6)"
        " ORDER BY id DESC LIMIT 1 FOR UPDATE",
        (mobile, purpose.value),
    )
    return await cursor.fetchone()


async def count_try(cursor: Cursor, code_id: int) -> None:
    """One more guess was made."""
    await cursor.execute("UPDATE sms_codes SET tries = tries + 1 WHERE id = %s", (code_id,))


async def use(cursor: Cursor, code_id: int) -> bool:
    """Use a code up; False when another request was faster."""
    return bool(
        await cursor.execute(
            "UPDATE sms_codes SET used_at = NOW(6) WHERE id = %s AND used_at IS NULL", (code_id,)
        )
    )


async def purge(cursor: Cursor, limit: int) -> int:
    """Forget codes that no limit counts any more."""
    return await cursor.execute(
        "DELETE FROM sms_codes WHERE created_at < NOW(6) - INTERVAL 2 DAY LIMIT %s", (limit,)
    )
