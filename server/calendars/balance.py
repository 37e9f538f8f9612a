"""What follows when calendars want other nights: the night table, the conflicts, the counts, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.calendars import repository
from server.calendars.plan import make_plan
from server.nights import repository as nights_repository
from server.nights.model import HORIZON

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from server.calendars.model import Feed
    from server.calendars.plan import Plan
    from server.db import Cursor
    from server.live.service import LiveService
    from server.nights.changes import NightChanges

NOBODY: frozenset[int] = frozenset()


class Balance:
    """Call `restore` in the transaction, with the house locked, and wake the outbox after its commit."""

    def __init__(self, live: LiveService, changes: NightChanges) -> None:
        self._live = live
        self._changes = changes

    async def restore(
        self, cursor: Cursor, owner_id: int, house_id: int, told: Collection[int] = NOBODY
    ) -> None:
        """Let every night from today on belong to whom it should; the owner hears what changed, and of `told`."""
        today = await nights_repository.today(cursor)
        feeds = await repository.of_house(cursor, house_id)
        wanted = await repository.wanted(cursor, house_id, today, today + HORIZON)
        owners = await repository.owners(cursor, house_id, today, today + HORIZON)
        plan = make_plan(wanted, owners, today, today + HORIZON)
        await self._write(cursor, house_id, plan)
        counts = _counts(plan, {feed_id: len(events) for feed_id, events in wanted.items()})
        for feed in feeds:
            now = counts.get(feed.feed_id, (0, 0, 0))
            if now != feed.counts:
                await repository.count(cursor, feed.feed_id, now)
            if now != feed.counts or feed.feed_id in told:
                await self._announce(cursor, owner_id, feed, now)
        if plan.changes_nights:
            await self._changes.record_by_host(cursor, owner_id, house_id)

    async def announce_end(self, cursor: Cursor, owner_id: int, feed: Feed) -> None:
        """A calendar was deleted."""
        await self._live.announce(
            cursor,
            owner_id,
            "calendar",
            {"house_id": feed.house_id, "calendar_id": feed.feed_id, "state": "deleted"},
        )

    async def _announce(
        self, cursor: Cursor, owner_id: int, feed: Feed, counts: tuple[int, int, int]
    ) -> None:
        events, nights, conflicts = counts
        body = {
            "house_id": feed.house_id,
            "calendar_id": feed.feed_id,
            "state": feed.state.value,
            "reason": feed.reason.value if feed.reason else None,
            "events": events,
            "nights": nights,
            "conflicts": conflicts,
        }
        await self._live.announce(cursor, owner_id, "calendar", body)

    @staticmethod
    async def _write(cursor: Cursor, house_id: int, plan: Plan) -> None:
        await repository.release(cursor, house_id, plan.released)
        await repository.take(cursor, house_id, plan.taken.items())
        if await repository.conflicts_of(cursor, house_id) != plan.conflicts:
            await repository.replace_conflicts(cursor, house_id, plan.conflicts)


def _counts(plan: Plan, events: Mapping[int, int]) -> dict[int, tuple[int, int, int]]:
    """Events, nights and conflicts of each calendar."""
    return {
        feed_id: (count, plan.counts[feed_id], sum(1 for owner, _ in plan.conflicts if owner == feed_id))
        for feed_id, count in events.items()
    }
