"""Houses: search, publish, edit, put online and offline, show."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from handlers.access import public
from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import STAYS, operation
from handlers.search import SearchQuery, named_as_in_queries
from handlers.shapes.houses import (
    HomeHousesShape,
    HouseIdShape,
    HousePageShape,
    HousesFoundShape,
    HouseStatusShape,
    HouseVersionShape,
    OwnedHousesShape,
)
from handlers.wire import Body, Number, Query
from server.houses.model import (
    ChangedMeanwhile,
    HasGuests,
    HouseForm,
    HouseStatus,
    IllegalMove,
    NoPictures,
    NoSuchHouse,
)
from server.identities.model import NotVerified
from server.search.model import BadCursor, BadPage, PageAndCursor, PriceRangeReversed
from server.tokens.model import Scope


def _as_amount(value: object) -> object:
    """Yuan, as text or as a number of JSON."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("amount", "no amount")
    return str(value)


Text = Annotated[str, Field(max_length=400)]
Yuan = Annotated[str, Field(pattern=r"^\s*\d{1,9}(\.\d{1,2})?\s*$")] | Annotated[float, Field(ge=0)]
Amount = Annotated[str, BeforeValidator(_as_amount, json_schema_input_type=Yuan)]


class HouseFields(Body):
    """All fields of a house; money in yuan."""

    title: Text = Field(description="2 to 64 characters", examples=["国贸地铁口整租一居"])
    address: Text = Field(description="4 to 128 characters", examples=["朝阳区建国路 88 号"])
    area_id: Annotated[int, Field(ge=1, le=65535)] = Field(
        description="one of the areas of GET /areas", examples=[3]
    )
    price: Amount = Field(
        description="for a night, in yuan: 1 to 100000, at most two decimals", examples=["399"]
    )
    deposit: Amount = Field("0", description="in yuan: 0 to 1000000, at most two decimals", examples=["500"])
    room_count: int = Field(description="1 to 50", examples=[1])
    acreage: int = Field(description="in square metres, 1 to 10000", examples=[56])
    unit: Text = Field(description="the layout, 1 to 32 characters", examples=["一室一厅"])
    capacity: int = Field(description="how many people, 1 to 50", examples=[2])
    beds: Text = Field(description="the beds, 1 to 64 characters", examples=["双人床 1.8 米 1 张"])
    min_days: int = Field(1, description="the fewest nights, 1 to 365", examples=[1])
    max_days: int = Field(0, description="the most nights, up to 365; 0 for no limit", examples=[0])
    facility: Annotated[tuple[int, ...], Field(max_length=64)] = Field(
        (), description="ids of GET /facilities, each once", examples=[[1, 4, 9]]
    )

    def form(self) -> HouseForm:
        """What the rules look at."""
        return HouseForm(**self.model_dump(exclude={"version"}))


class HouseEdit(HouseFields):
    """All fields, and the version that the page read."""

    version: Annotated[int, Field(ge=1, le=2**32)] | None = Field(
        None, description="what was read; when it is another now, nothing is written", examples=[4]
    )


class NewStatus(Body):
    """Where a house goes."""

    status: HouseStatus = Field(description="online or offline; a draft is none again", examples=["online"])


class OwnedQuery(Query):
    """Where the list goes on."""

    cursor: Number | None = Field(None, description="`next` of the page before", examples=["41"])


@public("600/minute")
class HousesHandler(BaseHandler):
    """The search, and new houses."""

    is_same_for_all = True

    @operation(
        name="searchHouses",
        query=SearchQuery,
        answer=HousesFoundShape,
        refusals=(*STAYS, BadPage, BadCursor, PageAndCursor, PriceRangeReversed),
        scope=Scope.READ,
        cached=True,
    )
    async def get(self) -> None:
        """Search: a page of the houses that are online and match.

        With dates, only houses that are free for the whole stay. Go on with `cursor`, or jump with `p`, not both.
        """
        query = self.parse_query(SearchQuery)
        with named_as_in_queries():
            criteria = query.criteria()
            found = await self.services.search.search(criteria, query.p, query.cursor, self.language)
        self.succeed_cached(found)

    @operation(
        name="publishHouse",
        body=HouseFields,
        answer=HouseIdShape,
        status=201,
        refusals=(NotVerified,),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self) -> None:
        """Publish a house: a draft that nobody else sees. Only people with a checked real name may."""
        owner_id = self.signed_in_user
        form = self.parse(HouseFields).form()
        house_id = await self.services.houses.publish(owner_id, form, self.once())
        self.succeed({"house_id": house_id}, 201, location=address("houses", house_id))


@public("600/minute")
class HomeHousesHandler(BaseHandler):
    """The home page's houses."""

    is_same_for_all = True

    @operation(name="listHomeHouses", answer=HomeHousesShape, scope=Scope.READ, cached=True)
    async def get(self) -> None:
        """The five most booked houses with pictures."""
        self.succeed_cached(await self.services.search.home(self.language))


@public("600/minute")
class HouseHandler(BaseHandler):
    """One house."""

    is_same_for_all = True  # but for a draft's owner, who is looked up when nobody else sees it

    @operation(name="getHouse", answer=HousePageShape, refusals=(NoSuchHouse,), scope=Scope.READ, cached=True)
    async def get(self, house_id: str) -> None:
        """All of a house; a draft or offline house is there for its owner only."""
        houses = self.services.houses
        try:
            house = await houses.page(int(house_id), self.language)
        except NoSuchHouse:
            await self.load_user()
            house = await houses.page_for(self.user_id, int(house_id), self.language)
        self.succeed_cached(house)

    @operation(
        name="editHouse",
        body=HouseEdit,
        answer=HouseVersionShape,
        refusals=(NoSuchHouse, ChangedMeanwhile),
        scope=Scope.HOUSES,
    )
    async def put(self, house_id: str) -> None:
        """Write all fields of an own house."""
        owner_id, body = self.signed_in_user, self.parse(HouseEdit)
        version = await self.services.houses.edit(owner_id, int(house_id), body.form(), body.version)
        self.succeed({"house_id": int(house_id), "version": version})

    @operation(name="deleteHouse", refusals=(NoSuchHouse, HasGuests), scope=Scope.HOUSES)
    async def delete(self, house_id: str) -> None:
        """Remove an own house with all that hangs on it."""
        await self.services.houses.delete(self.signed_in_user, int(house_id))
        self.succeed()


class HouseStatusHandler(BaseHandler):
    """Who can see a house."""

    limit = "120/minute"

    @operation(
        name="setHouseStatus",
        body=NewStatus,
        answer=HouseStatusShape,
        refusals=(NoSuchHouse, NotVerified, NoPictures, IllegalMove),
        scope=Scope.HOUSES,
    )
    async def put(self, house_id: str) -> None:
        """Put an own house online or offline."""
        status = self.parse(NewStatus).status
        version = await self.services.houses.move(self.signed_in_user, int(house_id), status)
        self.succeed({"house_id": int(house_id), "status": status.value, "version": version})


class OwnedHousesHandler(BaseHandler):
    """The own houses."""

    @operation(name="listOwnHouses", query=OwnedQuery, answer=OwnedHousesShape, scope=Scope.READ)
    async def get(self) -> None:
        """The own houses, newest first, a page at a time."""
        before = self.parse_query(OwnedQuery).cursor
        self.succeed(await self.services.houses.owned(self.signed_in_user, before, self.language))
