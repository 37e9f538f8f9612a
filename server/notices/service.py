"""The use cases of notices: send each at most once, within limits, and forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import retried
from server.notices import repository
from server.notices.model import NOTICES_PER_DAY, Notice
from server.orders.model import Actor, Event
from server.outbox import repository as outbox_repository
from server.outbox.model import TaskState
from server.sms import repository as sms_repository
from server.sms.gateway import TOTAL_SECONDS
from server.sms.model import FailureReason, SmsFailed

if TYPE_CHECKING:
    from server.db import Cursor, Database, Row
    from server.outbox.service import Outbox
    from server.sms.gateway import SmsGateway

CLAIM_SECONDS = TOTAL_SECONDS + 2  # a claim this old has lost its sender
MAX_PUBLICATIONS = (
    5  # at 30 s, doubled each time: an unreachable platform is given up after some eight minutes
)
PURGE_LIMIT = 1_000


class NoticeService:
    """All use cases of notices; moves of orders write them."""

    def __init__(self, database: Database, outbox: Outbox, gateway: SmsGateway, template_id: str) -> None:
        self._database = database
        self._outbox = outbox
        self._gateway = gateway
        self._template_id = template_id

    async def deliver(self, task_id: str) -> dict[str, Any] | None:
        """The task: send a notice once. None when another worker is sending it, or when it should come again."""
        notice = await self._claim(task_id)
        if notice is None or isinstance(notice, TaskState):
            return notice.outcome() if notice else None
        try:
            await self._gateway.send(notice.mobile, self._template_id, notice.texts())
            state = TaskState("sent")
        except SmsFailed as failure:
            if await self._may_try_again(task_id, failure.reason):
                return None
            state = TaskState("failed", failure.reason.value)
        await self._finish(task_id, state)
        return state.outcome()

    async def purge(self) -> dict[str, Any]:
        """Forget old notices."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, PURGE_LIMIT)}

    @retried
    async def _claim(self, task_id: str) -> Notice | TaskState | None:
        async with self._database.transaction() as cursor:
            row = await repository.lock_by_task(cursor, task_id)
            if row is None:
                return await self._interrupt(cursor, task_id)
            if row["state"] == "queued":
                return await self._admit(cursor, task_id, row)
            if row["state"] != "sending":
                return TaskState(row["state"], row["reason"])
            if row["claim_age"] < CLAIM_SECONDS:
                return None
            return await self._interrupt(cursor, task_id)

    async def _admit(self, cursor: Cursor, task_id: str, row: Row) -> Notice | TaskState:
        """Claim a queued notice, unless more happened to the order since, or the person has had enough."""
        subject = await repository.subject(cursor, row["order_id"], row["user_id"])
        if subject is None or subject["version"] != row["version"]:
            return await self._record(cursor, task_id, TaskState("skipped", "outdated"))
        await sms_repository.lock_phone(cursor, subject["mobile"])
        if await repository.count_day(cursor, row["user_id"]) >= NOTICES_PER_DAY:
            return await self._record(cursor, task_id, TaskState("skipped", "daily_limit"))
        await repository.claim(cursor, task_id)
        told = Actor.GUEST if row["user_id"] == subject["guest_id"] else Actor.HOST
        return Notice(
            subject["mobile"], Event(row["kind"]), told,
            subject["title"], subject["check_in"], subject["check_out"],
        )  # fmt: skip

    async def _may_try_again(self, task_id: str, reason: FailureReason) -> bool:
        """Whether the notice was put back: only what surely reached nobody is."""
        if reason is not FailureReason.UNREACHABLE:
            return False
        if await self._outbox.publications(task_id) >= MAX_PUBLICATIONS:
            return False
        async with self._database.transaction() as cursor:
            await repository.release(cursor, task_id)
        return True

    @retried
    async def _finish(self, task_id: str, state: TaskState) -> None:
        async with self._database.transaction() as cursor:
            await self._record(cursor, task_id, state)

    async def _interrupt(self, cursor: Cursor, task_id: str) -> TaskState:
        return await self._record(cursor, task_id, TaskState("failed", FailureReason.INTERRUPTED.value))

    @staticmethod
    async def _record(cursor: Cursor, task_id: str, state: TaskState) -> TaskState:
        await repository.finish(cursor, task_id, state)
        await outbox_repository.complete(cursor, task_id, state.outcome())
        return state
