"""Nights: the calendar of a house, what its host blocks, and what a stay costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.wire import Body, Day, Query
from server.nights.model import CalendarSpan, Stay

if TYPE_CHECKING:
    from datetime import date


class CalendarQuery(Query):
    """Which part of a calendar, `to` not included; a year from today when nothing is said."""

    start: Annotated[Day | None, Field(alias="from")] = None
    end: Annotated[Day | None, Field(alias="to")] = None

    def span(self, today: date) -> CalendarSpan:
        """The part. Raises BadSpan."""
        return CalendarSpan.beginning(self.start or today, self.end)


class BlockBody(Body):
    """The nights from `start_date` up to, not including, `end_date`."""

    start_date: Day
    end_date: Day


class BlockQuery(Query):
    """As BlockBody, in a query string."""

    start_date: Day
    end_date: Day


class QuoteBody(BlockBody):
    """A stay and how many come."""

    guests: Annotated[int, Field(ge=0, le=1000)]


@public("600/minute")
class CalendarHandler(BaseHandler):
    """Which nights are not free, and why."""

    async def get(self, house_id: str) -> None:
        """The taken nights, with the calendar's version."""
        span = self.parse_query(CalendarQuery).span(self.services.nights.today)
        self.succeed(await self.services.nights.calendar(self.user_id, int(house_id), span))


class BlocksHandler(BaseHandler):
    """Nights that the host keeps."""

    limit = "120/minute"

    async def post(self, house_id: str) -> None:
        """Block those that are free."""
        body = self.parse(BlockBody)
        stay = Stay(body.start_date, body.end_date)
        owner_id, once = self.signed_in_user, self.once()
        nights, version = await self.services.nights.block(owner_id, int(house_id), stay, once)
        self.succeed({"nights": [night.isoformat() for night in nights], "version": version}, 201)

    async def delete(self, house_id: str) -> None:
        """Free those that the host had blocked."""
        query = self.parse_query(BlockQuery)
        stay = Stay(query.start_date, query.end_date)
        nights, version = await self.services.nights.unblock(self.signed_in_user, int(house_id), stay)
        self.succeed({"nights": [night.isoformat() for night in nights], "version": version})


@public("300/minute")
class QuoteHandler(BaseHandler):
    """What a stay costs."""

    async def post(self, house_id: str) -> None:
        """The lines and their total."""
        body = self.parse(QuoteBody)
        stay = Stay(body.start_date, body.end_date)
        priced = await self.services.quotes.quote(self.user_id, int(house_id), stay, body.guests)
        self.succeed(priced)
