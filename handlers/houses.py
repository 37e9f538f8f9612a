"""Houses: search, publish, edit, put online and offline, show."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.search import SearchQuery, named_as_in_queries
from handlers.wire import Body, Number, Query
from server.houses.model import HouseForm, HouseStatus


def _as_amount(value: object) -> object:
    """Yuan, as text or as a number of JSON."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Text = Annotated[str, Field(max_length=400)]
Amount = Annotated[str, BeforeValidator(_as_amount)]


class HouseFields(Body):
    """All fields of a house; money in yuan."""

    title: Text
    address: Text
    area_id: Annotated[int, Field(ge=1, le=65535)]
    price: Amount
    deposit: Amount = "0"
    room_count: int
    acreage: int
    unit: Text
    capacity: int
    beds: Text
    min_days: int = 1
    max_days: int = 0
    facility: Annotated[tuple[int, ...], Field(max_length=64)] = ()

    def form(self) -> HouseForm:
        """What the rules look at."""
        return HouseForm(**self.model_dump(exclude={"version"}))


class HouseEdit(HouseFields):
    """All fields, and the version that the page read."""

    version: Annotated[int, Field(ge=1, le=2**32)] | None = None


class NewStatus(Body):
    """Where a house goes."""

    status: HouseStatus


class OwnedQuery(Query):
    """Where the list goes on."""

    cursor: Number | None = None


@public("600/minute")
class HousesHandler(BaseHandler):
    """The search, and new houses."""

    async def get(self) -> None:
        """A page of the houses that match."""
        query = self.parse_query(SearchQuery)
        with named_as_in_queries():
            criteria = query.criteria()
            found = await self.services.search.search(criteria, query.p, query.cursor, self.language)
        self.succeed_cached(found)

    async def post(self) -> None:
        """Publish: a draft that nobody else sees."""
        owner_id = self.signed_in_user
        form = self.parse(HouseFields).form()
        house_id = await self.services.houses.publish(owner_id, form, self.once())
        self.succeed({"house_id": house_id}, 201)


@public("600/minute")
class HomeHousesHandler(BaseHandler):
    """The home page's houses."""

    async def get(self) -> None:
        """The five most booked ones with pictures."""
        self.succeed_cached(await self.services.search.home(self.language))


@public("600/minute")
class HouseHandler(BaseHandler):
    """One house."""

    async def get(self, house_id: str) -> None:
        """All of it; a draft or offline house is there for its owner only."""
        house = await self.services.houses.page_for(self.user_id, int(house_id), self.language)
        self.succeed_cached(house)

    async def put(self, house_id: str) -> None:
        """Write all fields."""
        owner_id, body = self.signed_in_user, self.parse(HouseEdit)
        version = await self.services.houses.edit(owner_id, int(house_id), body.form(), body.version)
        self.succeed({"house_id": int(house_id), "version": version})

    async def delete(self, house_id: str) -> None:
        """Remove it with all that hangs on it."""
        await self.services.houses.delete(self.signed_in_user, int(house_id))
        self.succeed()


class HouseStatusHandler(BaseHandler):
    """Who can see a house."""

    limit = "120/minute"

    async def put(self, house_id: str) -> None:
        """Put it online or offline."""
        status = self.parse(NewStatus).status
        version = await self.services.houses.move(self.signed_in_user, int(house_id), status)
        self.succeed({"house_id": int(house_id), "status": status.value, "version": version})


class OwnedHousesHandler(BaseHandler):
    """The own houses."""

    async def get(self) -> None:
        """Newest first, a page at a time."""
        before = self.parse_query(OwnedQuery).cursor
        self.succeed(await self.services.houses.owned(self.signed_in_user, before, self.language))
