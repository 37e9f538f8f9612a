"""The use cases of nights: the calendar, and what the host blocks. Never from a cache."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from server.db import retried
from server.houses import repository as houses_repository
from server.houses.model import HouseStatus, NoSuchHouse
from server.idempotency import repository as idempotency
from server.nights import repository
from server.nights.model import NightBooked, NightKind, Stay, today_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.clock import Clock
    from server.db import Cursor, Database, Row
    from server.idempotency.model import Once
    from server.nights.changes import NightChanges
    from server.nights.model import CalendarSpan
    from server.outbox.service import Outbox


class NightService:
    """Who may have which night."""

    def __init__(self, database: Database, changes: NightChanges, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._changes = changes
        self._outbox = outbox
        self._clock = clock

    @property
    def today(self) -> date:
        """The date at the houses."""
        return today_at(self._clock.now())

    async def calendar(self, viewer_id: int | None, house_id: int, span: CalendarSpan) -> dict[str, Any]:
        """The taken nights of a part of the calendar. Raises NoSuchHouse."""
        async with self._database.reading() as cursor:
            row = await _visible(cursor, viewer_id, house_id)
            nights = await repository.between(cursor, house_id, span.start, span.end)
        return {
            "house_id": house_id,
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "version": row["calendar_version"],
            "nights": [night.view() for night in nights],
        }

    async def block(
        self, owner_id: int, house_id: int, stay: Stay, once: Once | None = None
    ) -> tuple[list[date], int]:
        """Take the nights that are free; returns them and the calendar's version.

        Raises NoSuchHouse, InThePast, TooFarAhead, KeyReused, InFlight, and NightBooked, which changes nothing.
        """
        result = await self._block(owner_id, house_id, stay, once)
        self._outbox.wake()
        return result

    async def unblock(self, owner_id: int, house_id: int, stay: Stay) -> tuple[list[date], int]:
        """Free the nights that the host had blocked; returns them and the calendar's version."""
        result = await self._unblock(owner_id, house_id, stay)
        self._outbox.wake()
        return result

    async def version(self, viewer_id: int | None, house_id: int) -> int:
        """The version of a house's calendar. Raises NoSuchHouse."""
        async with self._database.reading() as cursor:
            return int((await _visible(cursor, viewer_id, house_id))["calendar_version"])

    async def versions(self, house_ids: Sequence[int]) -> dict[int, int]:
        """The calendar version of each of these houses that is there."""
        if not house_ids:
            return {}
        async with self._database.reading() as cursor:
            return await repository.versions(cursor, house_ids)

    @retried
    async def _block(
        self, owner_id: int, house_id: int, stay: Stay, once: Once | None
    ) -> tuple[list[date], int]:
        async with self._database.transaction() as cursor:
            stored = await idempotency.begin(cursor, once)
            if stored is not None:
                return [date.fromisoformat(night) for night in stored["nights"]], int(stored["version"])
            stay.from_today(self.today)
            row = await houses_repository.lock_owned(cursor, house_id, owner_id)
            if row is None:
                raise NoSuchHouse
            taken = await repository.between(cursor, house_id, stay.start, stay.end)
            if any(night.kind is NightKind.ORDER for night in taken):
                raise NightBooked
            nights = [night for night in stay.dates() if night not in {one.night for one in taken}]
            version = int(row["calendar_version"])
            if nights:
                await repository.block(cursor, house_id, nights)
                version = await self._changes.record_by_host(cursor, owner_id, house_id)
            answer = {"nights": [night.isoformat() for night in nights], "version": version}
            await idempotency.finish(cursor, once, answer)
        return nights, version

    @retried
    async def _unblock(self, owner_id: int, house_id: int, stay: Stay) -> tuple[list[date], int]:
        async with self._database.transaction() as cursor:
            row = await houses_repository.lock_owned(cursor, house_id, owner_id)
            if row is None:
                raise NoSuchHouse
            taken = await repository.between(cursor, house_id, stay.start, stay.end)
            nights = [one.night for one in taken if one.kind is NightKind.BLOCK]
            if not nights:
                return [], int(row["calendar_version"])
            await repository.unblock(cursor, house_id, nights)
            version = await self._changes.record_by_host(cursor, owner_id, house_id)
        return nights, version


async def _visible(cursor: Cursor, viewer_id: int | None, house_id: int) -> Row:
    row = await repository.terms(cursor, house_id)
    if row is None or (row["status"] != HouseStatus.ONLINE and row["owner_id"] != viewer_id):
        raise NoSuchHouse
    return row
