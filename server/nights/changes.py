"""What follows when nights of a house are taken or freed: its calendar's version, told to every open page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.nights import repository
from server.nights.model import CALENDAR_NEWS, calendar_task_id
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from server.db import Cursor
    from server.live.service import LiveService


class NightChanges:
    """Call `record` in the transaction, with the house locked, and wake the outbox after its commit.

    No cache shows nights, so none is told.
    """

    def __init__(self, live: LiveService) -> None:
        self._live = live

    async def record(self, cursor: Cursor, house_id: int) -> int:
        """Drop nights of long ago and count the change; returns the calendar's new version."""
        await repository.forget_past(cursor, house_id)
        return await self.count(cursor, house_id)

    async def count(self, cursor: Cursor, house_id: int) -> int:
        """As `record`, for the busiest of changes: another step of the order drops the nights of long ago."""
        version = await repository.next_version(cursor, house_id)
        work = Work(calendar_task_id(house_id, version), CALENDAR_NEWS, (house_id, version))
        await outbox_repository.add(cursor, work)
        return version

    async def record_by_host(self, cursor: Cursor, owner_id: int, house_id: int) -> int:
        """As `record`, and the host's other pages hear of it: an order tells them by itself."""
        version = await self.record(cursor, house_id)
        await self._live.announce(
            cursor, owner_id, "house", {"house_id": house_id, "calendar_version": version}
        )
        return version
