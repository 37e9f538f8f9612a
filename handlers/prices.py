"""What the host of a house asks beside its base price."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.base import BaseHandler
from handlers.houses import Amount
from handlers.wire import Body, Day
from server.prices.model import PriceForm, SpecialForm
from server.quotes.model import Cancellation


class SpecialPrice(Body):
    """One price for the nights from `start_date` up to, not including, `end_date`; in yuan."""

    start_date: Day
    end_date: Day
    price: Amount


class PriceFields(Body):
    """All prices and terms, money in yuan, and the version that the page read."""

    weekend_price: Amount | None
    weekly_percent: int
    monthly_percent: int
    cleaning_fee: Amount
    instant: bool
    cancellation: Cancellation
    wants_verified: bool
    special: tuple[SpecialPrice, ...]
    version: Annotated[int, Field(ge=1, le=2**32)] | None = None

    def form(self) -> PriceForm:
        """What the rules look at."""
        special = tuple(SpecialForm(**one.model_dump()) for one in self.special)
        return PriceForm(**{**self.model_dump(exclude={"version"}), "special": special})


class PricesHandler(BaseHandler):
    """Prices and terms of an own house."""

    limit = "120/minute"

    async def get(self, house_id: str) -> None:
        """As they are, nights with a price of their own as ranges."""
        self.succeed(await self.services.prices.view(self.signed_in_user, int(house_id)))

    async def put(self, house_id: str) -> None:
        """Write all of them."""
        owner_id, body = self.signed_in_user, self.parse(PriceFields)
        self.succeed(await self.services.prices.save(owner_id, int(house_id), body.form(), body.version))
