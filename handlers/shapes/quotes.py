"""Prices of stays in answers, and what a host asks. Money in fen, times in UTC."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Count, Day, Fen, Id, Moment, Shape
from server.quotes.model import Cancellation, LineKind


class LineShape(Shape):
    """One line of a price."""

    kind: LineKind = Field(description="what it is for", examples=["nights"])
    quantity: Id = Field(description="how many", examples=[3])
    unit_price: int = Field(description="for one, in fen; negative for a discount", examples=[39900])
    amount: int = Field(description="quantity times unit_price, in fen", examples=[119700])


class QuoteShape(Shape):
    """What a stay costs."""

    house_id: Id = Field(description="the house's id", examples=[7])
    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day of departure", examples=["2026-12-27"])
    nights: Id = Field(description="how many", examples=[3])
    guests: Id = Field(description="how many come", examples=[2])
    lines: list[LineShape] = Field(description="they sum to the total")
    total: Fen = Field(description="what the guest pays, in fen", examples=[119700])
    quote: str = Field(
        description="send it with POST /orders, and exactly this is charged",
        examples=["eyJmIjoxfQ.9f86d081884c7d65"],
    )
    expires_at: Moment = Field(description="how long that is good, UTC", examples=["2026-11-26 08:10:00"])
    cancellation: Cancellation = Field(
        description="how much of the nights comes back on cancellation", examples=["flexible"]
    )
    instant: bool = Field(description="whether a booking needs no acceptance", examples=[False])
    wants_verified: bool = Field(
        description="whether only guests with a checked name may book", examples=[False]
    )


class SpecialPriceShape(Shape):
    """One price for a range of nights."""

    start_date: Day = Field(description="the first night", examples=["2027-02-05"])
    end_date: Day = Field(description="the day after the last night", examples=["2027-02-12"])
    price: Fen = Field(description="for a night, in fen", examples=[69900])


class SavedPricesShape(Shape):
    """What a host asks beside the base price."""

    house_id: Id = Field(description="the house's id", examples=[7])
    version: Id = Field(description="the house's version: counts every change", examples=[5])
    weekend_price: Fen | None = Field(
        description="for nights that begin on a Friday or Saturday, in fen; null for the usual price",
        examples=[45900],
    )
    weekly_percent: Count = Field(description="per cent off from 7 nights", examples=[10])
    monthly_percent: Count = Field(description="per cent off from 28 nights", examples=[20])
    cleaning_fee: Fen = Field(description="once a stay, in fen", examples=[8000])
    instant: bool = Field(description="whether a booking needs no acceptance", examples=[False])
    cancellation: Cancellation = Field(
        description="how much of the nights comes back on cancellation", examples=["flexible"]
    )
    wants_verified: bool = Field(
        description="whether only guests with a checked name may book", examples=[False]
    )
    special: list[SpecialPriceShape] = Field(description="nights with a price of their own, as ranges")


class PricesShape(SavedPricesShape):
    """All that a host asks."""

    price: Fen = Field(description="the base price for a night, in fen", examples=[39900])
