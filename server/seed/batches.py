"""Writes invented houses: a batch is one transaction with everything that belongs to its houses."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from server.areas import repository as areas_repository
from server.houses.model import HouseStatus
from server.search.words import search_text, words_of
from server.seed import repository
from server.seed.invention import DAYS_AHEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from server.db import Cursor
    from server.seed.model import SeededHouse
    from server.seed.pool import Pool


class Batch:
    """Houses as rows. `owner_ids` are what the houses' `owner` counts into."""

    def __init__(
        self, houses: Sequence[SeededHouse], owner_ids: Sequence[int], pool: Pool, today: date
    ) -> None:
        self.houses = houses
        self._owner_ids = owner_ids
        self._pool = pool
        self._texts = [search_text(house.fields.title, house.fields.address) for house in houses]
        self._nights = [(today + timedelta(days=day)).isoformat() for day in range(DAYS_AHEAD)]

    async def write_houses(self, cursor: Cursor) -> int:
        """The houses alone; returns the first id."""
        rows = [self._row(house, text) for house, text in zip(self.houses, self._texts, strict=True)]
        return await repository.insert_houses(cursor, rows)

    async def write_rest(self, cursor: Cursor, first_id: int) -> None:
        """All that hangs on them, in the order of the tables' keys; last what other batches lock, too."""
        await repository.insert_facilities(cursor, list(self._facilities(first_id)))
        await repository.insert_nights(cursor, list(self._taken(first_id)))
        await repository.insert_words(cursor, sorted(self._words(first_id)))
        await repository.insert_images(cursor, list(self._images(first_id)))
        for area_id, count in sorted(self.online_by_area().items()):
            await areas_repository.count_online(cursor, area_id, count)
        used = Counter(number for house in self.houses for number in house.pictures)
        await repository.hold_many(cursor, self._pool.references(used))

    def online_by_area(self) -> Counter[int]:
        """How many go online in each area."""
        return Counter(house.fields.area_id for house in self.houses if house.status is HouseStatus.ONLINE)

    def _row(self, house: SeededHouse, text: str) -> tuple[object, ...]:
        fields, terms = house.fields, house.terms
        return (
            self._owner_ids[house.owner], fields.area_id, fields.title, fields.address, fields.price_fen,
            fields.deposit_fen, fields.room_count, fields.acreage, fields.layout, fields.capacity, fields.beds,
            fields.min_nights, fields.max_nights, house.order_count, house.status.value,
            1 if house.status is HouseStatus.DRAFT else 2, fields.facility_mask, text, written(house.created_at),
            terms.weekend_price_fen, terms.weekly_percent, terms.monthly_percent, terms.cleaning_fee_fen,
            terms.instant, terms.cancellation.value,
        )  # fmt: skip

    def _facilities(self, first_id: int) -> Iterable[tuple[int, int]]:
        for house_id, house in enumerate(self.houses, first_id):
            for facility_id in house.fields.facility_ids:
                yield house_id, facility_id

    def _taken(self, first_id: int) -> Iterable[tuple[int, str]]:
        for house_id, house in enumerate(self.houses, first_id):
            for start, length in house.stays:
                for night in self._nights[start : start + length]:
                    yield house_id, night

    def _words(self, first_id: int) -> Iterable[tuple[str, int]]:
        for house_id, text in enumerate(self._texts, first_id):
            for word in words_of(text):
                yield word, house_id

    def _images(self, first_id: int) -> Iterable[tuple[object, ...]]:
        for house_id, house in enumerate(self.houses, first_id):
            for position, number in enumerate(house.pictures):
                yield house_id, position, *self._pool.columns(number), written(house.created_at)


def written(moment: datetime) -> str:
    """A time as the database takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
