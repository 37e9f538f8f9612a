"""The use cases of prices: the host reads and writes what a house asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import retried
from server.houses import repository as houses_repository
from server.houses.model import ChangedMeanwhile, NoSuchHouse
from server.nights.model import today_at
from server.prices import repository
from server.prices.model import Prices

if TYPE_CHECKING:
    from datetime import date

    from server.clock import Clock
    from server.db import Database
    from server.houses.changes import HouseChanges
    from server.prices.model import PriceForm


class PriceService:
    """What a house asks beside its base price, and on which terms."""

    def __init__(self, database: Database, changes: HouseChanges, clock: Clock) -> None:
        self._database = database
        self._changes = changes
        self._clock = clock

    async def view(self, owner_id: int, house_id: int) -> dict[str, Any]:
        """All of it, with the base price and the house's version. Raises NoSuchHouse."""
        async with self._database.reading() as cursor:
            row = await repository.find_owned(cursor, house_id, owner_id)
            if row is None:
                raise NoSuchHouse
            special = await repository.special_from(cursor, house_id, self._today)
        prices = Prices.from_rows(row, special)
        return {
            "house_id": house_id,
            "version": row["version"],
            "price": row["price_fen"],
            **prices.view(),
        }

    async def save(
        self, owner_id: int, house_id: int, form: PriceForm, version: int | None
    ) -> dict[str, Any]:
        """Write all of it; returns what was written. `version` is the one that the page read, if it says.

        Raises NoSuchHouse, BadFields, ChangedMeanwhile.
        """
        written = await self._save(owner_id, house_id, form, version)
        await self._changes.spread(house_id)
        return written

    @retried
    async def _save(
        self, owner_id: int, house_id: int, form: PriceForm, version: int | None
    ) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            row = await houses_repository.lock_owned(cursor, house_id, owner_id)
            if row is None:
                raise NoSuchHouse
            prices = form.check(self._today)
            if version is not None and version != row["version"]:
                raise ChangedMeanwhile
            await repository.update(cursor, house_id, prices)
            await self._changes.record(cursor, owner_id, house_id, status=row["status"])
        return {"house_id": house_id, "version": int(row["version"]) + 1, **prices.view()}

    @property
    def _today(self) -> date:
        return today_at(self._clock.now())
