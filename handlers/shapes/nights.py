"""Calendars in answers."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Count, Day, Id, Moment, Shape
from server.nights.model import NightKind


class NightShape(Shape):
    """A night that is not free."""

    night: Day = Field(description="the date on which it begins", examples=["2026-12-24"])
    kind: NightKind = Field(description="why it is not free", examples=["block"])


class HeldNightShape(NightShape):
    """A night of an order that is not paid yet."""

    until: Moment = Field(
        description="when it is free again by itself, UTC", examples=["2026-11-26 08:15:00"]
    )


class CalendarShape(Shape):
    """A part of a house's calendar."""

    house_id: Id = Field(description="the house's id", examples=[7])
    start: Day = Field(alias="from", description="the first night of the part", examples=["2026-12-01"])
    end: Day = Field(
        alias="to", description="the day after the last night of the part", examples=["2027-01-01"]
    )
    version: Count = Field(description="counts every change of the nights", examples=[9])
    nights: list[HeldNightShape | NightShape] = Field(description="those that are not free, in order")


class ChangedNightsShape(Shape):
    """Nights that were blocked, or freed."""

    nights: list[Day] = Field(
        description="those that changed, in order", examples=[["2026-12-24", "2026-12-25"]]
    )
    version: Count = Field(description="counts every change of the nights", examples=[10])
