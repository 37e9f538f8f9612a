"""What the host of a house asks beside its base price."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.base import BaseHandler
from handlers.houses import Amount
from handlers.operations import operation
from handlers.shapes.quotes import PricesShape, SavedPricesShape
from handlers.wire import Body, Day
from server.houses.model import ChangedMeanwhile, NoSuchHouse
from server.prices.model import PriceForm, SpecialForm
from server.quotes.model import Cancellation
from server.tokens.model import Scope


class SpecialPrice(Body):
    """One price for the nights from `start_date` up to, not including, `end_date`; in yuan."""

    start_date: Day = Field(description="the first night", examples=["2027-02-05"])
    end_date: Day = Field(description="the day after the last night", examples=["2027-02-12"])
    price: Amount = Field(description="for a night, in yuan: 1 to 100000", examples=["699"])


class PriceFields(Body):
    """All prices and terms, money in yuan, and the version that the page read."""

    weekend_price: Amount | None = Field(
        description="for nights that begin on a Friday or Saturday, in yuan; null for the usual price",
        examples=["459"],
    )
    weekly_percent: int = Field(description="per cent off from 7 nights, 0 to 90", examples=[10])
    monthly_percent: int = Field(
        description="per cent off from 28 nights, 0 to 90; not less than weekly_percent, or 0", examples=[20]
    )
    cleaning_fee: Amount = Field(description="once a stay, in yuan: 0 to 100000", examples=["80"])
    instant: bool = Field(description="whether a booking needs no acceptance", examples=[False])
    cancellation: Cancellation = Field(
        description="how much of the nights comes back on cancellation", examples=["flexible"]
    )
    wants_verified: bool = Field(
        description="whether only guests with a checked name may book", examples=[False]
    )
    special: tuple[SpecialPrice, ...] = Field(description="at most 366 ranges that do not overlap")
    version: Annotated[int, Field(ge=1, le=2**32)] | None = Field(
        None,
        description="the house's version that was read; when it is another now, nothing is written",
        examples=[4],
    )

    def form(self) -> PriceForm:
        """What the rules look at."""
        special = tuple(SpecialForm(**one.model_dump()) for one in self.special)
        return PriceForm(**{**self.model_dump(exclude={"version"}), "special": special})


class PricesHandler(BaseHandler):
    """Prices and terms of an own house."""

    limit = "120/minute"

    @operation(name="getPrices", answer=PricesShape, refusals=(NoSuchHouse,), scope=Scope.READ)
    async def get(self, house_id: str) -> None:
        """What an own house asks, nights with a price of their own as ranges."""
        self.succeed(await self.services.prices.view(self.signed_in_user, int(house_id)))

    @operation(
        name="setPrices",
        body=PriceFields,
        answer=SavedPricesShape,
        refusals=(NoSuchHouse, ChangedMeanwhile),
        scope=Scope.HOUSES,
    )
    async def put(self, house_id: str) -> None:
        """Write all that an own house asks."""
        owner_id, body = self.signed_in_user, self.parse(PriceFields)
        self.succeed(await self.services.prices.save(owner_id, int(house_id), body.form(), body.version))
