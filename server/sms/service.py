"""SMS codes: ask for one, send it at most once, check a guess, use it up."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from server.db import retried
from server.outbox import repository as outbox_repository
from server.outbox.model import TaskState, Work
from server.sms import repository
from server.sms.gateway import TOTAL_SECONDS
from server.sms.model import (
    CODE_TRIES,
    CODES_PER_DAY,
    CODES_PER_HOUR,
    DAY_SECONDS,
    HOUR_SECONDS,
    RESEND_SECONDS,
    FailureReason,
    Purpose,
    SmsCode,
    SmsDailyLimit,
    SmsFailed,
    SmsHourlyLimit,
    SmsTooSoon,
    SmsTriesUsedUp,
    WrongSmsCode,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Database
    from server.outbox.service import Outbox
    from server.sealing import Seal
    from server.sms.gateway import SmsGateway

CLAIM_SECONDS = TOTAL_SECONDS + 2  # a claim this old has lost its sender


class SmsService:
    """All use cases of SMS codes."""

    def __init__(self, database: Database, outbox: Outbox, gateway: SmsGateway, seal: Seal) -> None:
        self._database = database
        self._outbox = outbox
        self._gateway = gateway
        self._seal = seal

    @retried
    async def request(self, mobile: str, purpose: Purpose, session: str) -> str:
        """Queue a code for this phone; returns the task that the session may watch.

        Raises SmsTooSoon, SmsHourlyLimit, SmsDailyLimit.
        """
        task_id = str(uuid.uuid4())
        async with self._database.transaction() as cursor:
            await repository.lock_phone(cursor, mobile)
            _refuse_too_many(await repository.ages(cursor, mobile, CODES_PER_DAY))
            sealed = self._seal.seal(SmsCode.draw().digits)
            await repository.add(cursor, task_id, mobile, purpose, sealed)
            await outbox_repository.add(cursor, Work(task_id, "sms.send", (), session))
        self._outbox.wake()
        return task_id

    async def deliver(self, task_id: str) -> dict[str, Any] | None:
        """The task: send the code once. None when another worker is sending it right now."""
        code = await self._claim(task_id)
        if code is None or isinstance(code, TaskState):
            return code.outcome() if code else None
        mobile, digits = code
        try:
            await self._gateway.send_code(mobile, digits.digits, digits.minutes)
            state = TaskState("sent")
        except SmsFailed as failure:
            state = TaskState("failed", failure.reason.value)
        await self._finish(task_id, state)
        return state.outcome()

    @retried
    async def check(self, mobile: str, purpose: Purpose, guess: str) -> int:
        """Count and check a guess, in a transaction of its own; returns the code's id for `use`.

        Raises WrongSmsCode, SmsTriesUsedUp.
        """
        async with self._database.transaction() as cursor:
            row = await repository.lock_newest(cursor, mobile, purpose)
            if row is None:
                raise WrongSmsCode
            if row["tries"] >= CODE_TRIES:
                raise SmsTriesUsedUp
            await repository.count_try(cursor, row["id"])
        if not SmsCode(self._seal.open(row["sealed_code"])).matches(guess):
            raise WrongSmsCode
        return int(row["id"])

    async def use(self, cursor: Cursor, code_id: int) -> None:
        """Use a checked code up, in the transaction of what it allows. Raises WrongSmsCode on the second use."""
        if not await repository.use(cursor, code_id):
            raise WrongSmsCode

    async def purge(self) -> dict[str, Any]:
        """Forget old codes."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, 10_000)}

    @retried
    async def _claim(self, task_id: str) -> tuple[str, SmsCode] | TaskState | None:
        async with self._database.transaction() as cursor:
            row = await repository.lock_by_task(cursor, task_id)
            if row is None:
                return TaskState("failed", FailureReason.INTERRUPTED.value)
            if row["state"] in {"sent", "failed"}:
                return TaskState(row["state"], row["reason"])
            if row["state"] == "queued":
                await repository.claim(cursor, row["id"])
                return row["mobile"], SmsCode(self._seal.open(row["sealed_code"]))
            if row["claim_age"] < CLAIM_SECONDS:
                return None
            lost = TaskState("failed", FailureReason.INTERRUPTED.value)
            await self._record(cursor, task_id, lost)
            return lost

    @retried
    async def _finish(self, task_id: str, state: TaskState) -> None:
        async with self._database.transaction() as cursor:
            await self._record(cursor, task_id, state)

    @staticmethod
    async def _record(cursor: Cursor, task_id: str, state: TaskState) -> None:
        await repository.finish(cursor, task_id, state)
        await outbox_repository.complete(cursor, task_id, state.outcome())


def _refuse_too_many(ages: Sequence[int]) -> None:
    """`ages` as the repository gives them: when the oldest that counts leaves its window, the next code may go."""
    if len(ages) >= CODES_PER_DAY:
        raise SmsDailyLimit(retry_after=DAY_SECONDS - ages[CODES_PER_DAY - 1])
    if len(ages) >= CODES_PER_HOUR and ages[CODES_PER_HOUR - 1] < HOUR_SECONDS:
        raise SmsHourlyLimit(retry_after=HOUR_SECONDS - ages[CODES_PER_HOUR - 1])
    if ages and ages[0] < RESEND_SECONDS:
        raise SmsTooSoon(RESEND_SECONDS - ages[0])
