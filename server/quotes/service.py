"""The use case of quotes: what these nights cost now, if they can be had. Never from a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.houses.model import HouseStatus, NoSuchHouse
from server.nights import repository as nights_repository
from server.nights.model import NightTaken, today_at
from server.quotes.model import Terms, quote

if TYPE_CHECKING:
    from server.clock import Clock
    from server.db import Database
    from server.nights.model import Stay


class QuoteService:
    """Prices of stays."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def quote(self, viewer_id: int | None, house_id: int, stay: Stay, guests: int) -> dict[str, Any]:
        """The lines and the total of a stay.

        Raises NoSuchHouse, BadStay, TooFewNights, TooManyNights, TooManyGuests, NoGuests, NightTaken.
        """
        stay.from_today(today_at(self._clock.now()))
        async with self._database.reading() as cursor:
            row = await nights_repository.terms(cursor, house_id)
            if row is None or (row["status"] != HouseStatus.ONLINE and row["owner_id"] != viewer_id):
                raise NoSuchHouse
            taken = await nights_repository.between(cursor, house_id, stay.start, stay.end)
        terms = Terms(
            row["price_fen"], row["deposit_fen"], row["min_nights"], row["max_nights"], row["capacity"]
        )
        terms.check(stay.nights, guests)
        if taken:
            raise NightTaken
        priced = quote(terms, stay.nights)
        return {
            "house_id": house_id,
            "start_date": stay.start.isoformat(),
            "end_date": stay.end.isoformat(),
            "nights": stay.nights,
            "lines": [line.view() for line in priced.lines],
            "total": priced.total_fen,
        }
