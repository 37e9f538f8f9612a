"""The search's query string, in classic names, as the criteria that the search takes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from handlers.wire import Day, Number, Query
from server.errors import BadFields
from server.houses.model import AMOUNT_COMPLAINT, FACILITY_IDS, fen, mask_of
from server.i18n import N_
from server.nights.model import BadStay, Stay
from server.search.model import Criteria, Sort, asked_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {"start_date": "sd", "end_date": "ed"}


class SearchQuery(Query):
    """Filters, order and place. Prices in yuan; `facility` as ids with commas between."""

    aid: Annotated[Number, Field(ge=1, le=65535)] | None = Field(
        None, description="only this area", examples=[3]
    )
    sd: Day | None = Field(None, description="the first night; with ed", examples=["2026-12-24"])
    ed: Day | None = Field(None, description="the day of departure; with sd", examples=["2026-12-27"])
    sk: Sort = Field(
        Sort.NEW, description="the order: newest, most booked, cheapest or dearest first", examples=["new"]
    )
    p: Number | None = Field(None, description="the page, 1 to 50", examples=[1])
    cursor: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="`next` of the page before, for the same search"
    )
    price_min: Annotated[str, Field(max_length=16)] | None = Field(
        None, description="the lowest price for a night, in yuan, at most two decimals", examples=["100"]
    )
    price_max: Annotated[str, Field(max_length=16)] | None = Field(
        None, description="the highest price for a night, in yuan, at most two decimals", examples=["800"]
    )
    rooms: Annotated[Number, Field(ge=1, le=50)] | None = Field(
        None, description="at least so many rooms", examples=[1]
    )
    guests: Annotated[Number, Field(ge=1, le=50)] | None = Field(
        None, description="room for so many people", examples=[2]
    )
    facility: Annotated[str, Field(max_length=128)] | None = Field(
        None, description="ids of GET /facilities with commas between; the house has all", examples=["1,4"]
    )
    q: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="words of the title or address", examples=["国贸"]
    )

    def criteria(self) -> Criteria:
        """What is asked for. Raises BadFields, BadStay, PriceRangeReversed."""
        return Criteria(
            area_id=self.aid,
            stay=self._stay(),
            sort=self.sk,
            price_min=_amount("price_min", self.price_min),
            price_max=_amount("price_max", self.price_max),
            rooms=self.rooms,
            guests=self.guests,
            facility_mask=_facilities(self.facility),
            terms=asked_terms(self.q),
        )

    def _stay(self) -> Stay | None:
        if self.sd is None and self.ed is None:
            return None
        if self.sd is None:
            raise BadFields([("sd", N_("请选择入住日期"))])
        if self.ed is None:
            raise BadFields([("ed", N_("请选择离店日期"))])
        return Stay(self.sd, self.ed)


@contextmanager
def named_as_in_queries() -> Iterator[None]:
    """Let refusals of dates name the query's fields."""
    try:
        yield
    except BadStay as error:
        error.field = NAMES.get(error.field or "", error.field)
        raise


def _amount(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    amount = fen(text)
    if amount is None:
        raise BadFields([(name, AMOUNT_COMPLAINT)])
    return min(amount, 2**32 - 1)


def _facilities(text: str | None) -> int:
    if text is None:
        return 0
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() and int(part) in FACILITY_IDS for part in parts):
        raise BadFields([("facility", N_("没有这种设施"))])
    return mask_of(tuple({int(part) for part in parts}))
