"""Imported calendars, and a house's own, in answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from handlers.shapes.base import Count, Day, Id, Moment, Shape
from server.calendars.model import EventKind, FeedKind, FeedState, Reason


class ConflictShape(Shape):
    """Nights that a calendar wants and somebody else has."""

    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day after the last night", examples=["2026-12-26"])
    kind: EventKind = Field(
        description="what the other site says: a reservation, or only that the nights are not to be had"
    )
    owner: Literal["order", "block", "calendar"] | None = Field(
        description="who has them here; null when they became free, then the next reading takes them",
        examples=["order"],
    )
    order_id: Id | None = Field(description="the order that has them", examples=[12])
    order_number: str | None = Field(description="its number", examples=["20261126083015123456"])
    calendar: str | None = Field(
        description="the name of the calendar that has them", examples=["Booking.com"]
    )


class FeedShape(Shape):
    """A calendar that a house imports."""

    calendar_id: Id = Field(description="the calendar's id", examples=[3])
    name: str = Field(description="what its owner calls it", examples=["Airbnb"])
    kind: FeedKind = Field(description="whether it is read from an address or came as a file")
    url: str | None = Field(
        description="the ends of the address, which is a secret; null for a file",
        examples=["https://www.airbnb.com/…3f2a"],
    )
    state: FeedState = Field(description="how the last reading went; disabled is not read by itself any more")
    reason: Reason | None = Field(description="why the last reading failed", examples=["not_a_calendar"])
    events: Count = Field(description="how many of its events take nights that are not over", examples=[4])
    nights: Count = Field(description="how many nights it has", examples=[11])
    conflicts: list[ConflictShape] = Field(description="nights that it wants and somebody else has")
    task_id: str | None = Field(
        description="the task that reads it now or next",
        examples=["calendar-4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"],
    )
    checked_at: Moment | None = Field(
        description="when it was last read, UTC", examples=["2026-11-26 08:00:00"]
    )
    changed_at: Moment | None = Field(
        description="when it last wanted other nights than before, UTC", examples=["2026-11-25 19:30:00"]
    )
    next_at: Moment | None = Field(
        description="when it is read again by itself, UTC", examples=["2026-11-26 08:16:00"]
    )
    failing_since: Moment | None = Field(
        description="when it began to fail, UTC", examples=["2026-11-26 07:00:00"]
    )
    ctime: Moment = Field(description="when it was added, UTC", examples=["2026-11-20 10:00:00"])


class FeedsShape(Shape):
    """The calendars that a house imports."""

    calendars: list[FeedShape] = Field(description="oldest first")


class FeedTaskShape(Shape):
    """A calendar that is about to be read."""

    calendar_id: Id = Field(description="the calendar's id", examples=[3])
    task_id: str = Field(
        description="the task that reads it: watch it, or ask GET /tasks/{task_id}",
        examples=["calendar-4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"],
    )


class ExportShape(Shape):
    """Where other sites read a house's calendar."""

    url: str | None = Field(
        description="the secret address; null when there is none",
        examples=["https://ihome.example/calendars/7-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.ics"],
    )
