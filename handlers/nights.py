"""Nights: the calendar of a house, what its host blocks, and what a stay costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from handlers.access import public
from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import STAYS, operation
from handlers.shapes.nights import CalendarShape, ChangedNightsShape
from handlers.shapes.quotes import QuoteShape
from handlers.wire import Body, Day, Query
from server.houses.model import NoSuchHouse
from server.nights.model import BadSpan, CalendarSpan, EndsTooEarly, NightBooked, NightTaken, Stay, TooLong
from server.quotes.model import NoGuests, TooFewNights, TooManyGuests, TooManyNights
from server.tokens.model import Scope

if TYPE_CHECKING:
    from datetime import date


class CalendarQuery(Query):
    """Which part of a calendar, `to` not included; a year from today when nothing is said."""

    start: Annotated[
        Day | None, Field(alias="from", description="the first night; today", examples=["2026-12-01"])
    ] = None
    end: Annotated[
        Day | None,
        Field(alias="to", description="the day after the last night; a year later", examples=["2027-01-01"]),
    ] = None

    def span(self, today: date) -> CalendarSpan:
        """The part. Raises BadSpan."""
        return CalendarSpan.beginning(self.start or today, self.end)


class BlockBody(Body):
    """The nights from `start_date` up to, not including, `end_date`."""

    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day after the last night", examples=["2026-12-27"])


class BlockQuery(Query):
    """As BlockBody, in a query string."""

    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day after the last night", examples=["2026-12-27"])


class QuoteBody(BlockBody):
    """A stay and how many come."""

    guests: Annotated[int, Field(ge=0, le=1000)] = Field(description="how many come", examples=[2])


@public("600/minute")
class CalendarHandler(BaseHandler):
    """Which nights are not free, and why."""

    @operation(
        name="getCalendar",
        query=CalendarQuery,
        answer=CalendarShape,
        refusals=(NoSuchHouse, BadSpan),
        scope=Scope.READ,
    )
    async def get(self, house_id: str) -> None:
        """The nights of a house that are not free, and why; with the calendar's version. At most 400 days at once."""
        span = self.parse_query(CalendarQuery).span(self.services.nights.today)
        self.succeed(await self.services.nights.calendar(self.user_id, int(house_id), span))


class BlocksHandler(BaseHandler):
    """Nights that the host keeps."""

    limit = "120/minute"

    @operation(
        name="blockNights",
        body=BlockBody,
        answer=ChangedNightsShape,
        status=201,
        refusals=(NoSuchHouse, *STAYS, NightBooked),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self, house_id: str) -> None:
        """Block the free nights of a range; when a guest has booked one of them, none."""
        body = self.parse(BlockBody)
        stay = Stay(body.start_date, body.end_date)
        owner_id, once = self.signed_in_user, self.once()
        nights, version = await self.services.nights.block(owner_id, int(house_id), stay, once)
        blocked = {"nights": [night.isoformat() for night in nights], "version": version}
        self.succeed(blocked, 201, location=address("houses", house_id, "calendar"))

    @operation(
        name="freeNights",
        query=BlockQuery,
        answer=ChangedNightsShape,
        refusals=(NoSuchHouse, EndsTooEarly, TooLong),
        scope=Scope.HOUSES,
    )
    async def delete(self, house_id: str) -> None:
        """Free the nights of a range that the host had blocked."""
        query = self.parse_query(BlockQuery)
        stay = Stay(query.start_date, query.end_date)
        nights, version = await self.services.nights.unblock(self.signed_in_user, int(house_id), stay)
        self.succeed({"nights": [night.isoformat() for night in nights], "version": version})


@public("300/minute")
class QuoteHandler(BaseHandler):
    """What a stay costs."""

    @operation(
        name="quoteStay",
        body=QuoteBody,
        answer=QuoteShape,
        refusals=(
            NoSuchHouse, *STAYS, TooFewNights, TooManyNights, TooManyGuests, NoGuests, NightTaken,
        ),
        scope=Scope.READ,
    )  # fmt: skip
    async def post(self, house_id: str) -> None:
        """What a stay costs: the lines and their total, and a token that promises it for ten minutes."""
        body = self.parse(QuoteBody)
        stay = Stay(body.start_date, body.end_date)
        priced = await self.services.quotes.quote(self.user_id, int(house_id), stay, body.guests)
        self.succeed(priced)
