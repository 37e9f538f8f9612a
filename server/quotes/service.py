"""The use cases of quotes: what these nights cost now, and what was promised. Never from a cache."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from server.houses.model import HouseStatus, NoSuchHouse
from server.nights import repository as nights_repository
from server.nights.model import NightTaken, today_at
from server.quotes import repository
from server.quotes.model import BadQuote, Quote, QuoteExpired, quote
from server.quotes.tokens import Offered

if TYPE_CHECKING:
    from server.clock import Clock
    from server.db import Cursor, Database
    from server.nights.model import Stay
    from server.quotes.model import Offer
    from server.sealing import Seal

LIFE = timedelta(minutes=10)


class QuoteService:
    """Prices of stays, signed, and good for LIFE by the server's clock."""

    def __init__(self, database: Database, clock: Clock, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal

    async def quote(self, viewer_id: int | None, house_id: int, stay: Stay, guests: int) -> dict[str, Any]:
        """The lines and the total of a stay, with the token that an order is made of.

        Raises NoSuchHouse, BadStay, TooFewNights, TooManyNights, TooManyGuests, NoGuests, NightTaken.
        """
        stay.from_today(today_at(self._clock.now()))
        async with self._database.reading() as cursor:
            offer = await repository.offer(cursor, house_id, stay)
            if offer is None or (offer.status != HouseStatus.ONLINE and offer.owner_id != viewer_id):
                raise NoSuchHouse
            priced = quote(offer.rates, stay, guests)
            if await nights_repository.between(cursor, house_id, stay.start, stay.end):
                raise NightTaken
        return self._view(offer, priced)

    def redeem(self, token: str, house_id: int, stay: Stay, guests: int) -> Quote:
        """What `quote` promised with this token. Whether the nights are free is not looked at again.

        Raises QuoteExpired, InThePast, and BadQuote when it is not for exactly this house, stay and number of guests.
        """
        offered = Offered.parse(token, self._seal)
        promised = offered.quote
        if (offered.house_id, promised.stay, promised.guests) != (house_id, stay, guests):
            raise BadQuote
        if self._clock.now().timestamp() >= offered.expires:
            raise QuoteExpired
        stay.from_today(today_at(self._clock.now()))
        return promised

    async def price(self, cursor: Cursor, house_id: int, stay: Stay, guests: int) -> Quote:
        """What a stay costs now, for an order without a token, whatever the house's status and taken nights.

        Raises NoSuchHouse, BadStay, TooFewNights, TooManyNights, TooManyGuests, NoGuests.
        """
        stay.from_today(today_at(self._clock.now()))
        offer = await repository.offer(cursor, house_id, stay)
        if offer is None:
            raise NoSuchHouse
        return quote(offer.rates, stay, guests)

    def _view(self, offer: Offer, priced: Quote) -> dict[str, Any]:
        expires = int((self._clock.now() + LIFE).timestamp())
        return {
            "house_id": offer.house_id,
            "start_date": priced.stay.start.isoformat(),
            "end_date": priced.stay.end.isoformat(),
            "nights": priced.stay.nights,
            "guests": priced.guests,
            "lines": [line.view() for line in priced.lines],
            "total": priced.total_fen,
            "quote": Offered(offer.house_id, priced, expires).token(self._seal),
            "expires_at": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "cancellation": priced.cancellation.value,
            "instant": offer.instant,
            "wants_verified": offer.wants_verified,
        }
