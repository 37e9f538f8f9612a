"""Areas and houses as classic pages ask for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from handlers.access import public
from handlers.classic.base import ClassicHandler
from handlers.classic.bodies import HouseInformation, ImageForm, SearchAddress, read_body, read_query
from handlers.classic.views import house_view, summary_view
from handlers.photos import FIELD, MULTIPART_OVERHEAD
from handlers.search import SearchQuery, named_as_in_queries
from handlers.wire import parse_query
from server.media.model import MAX_FILE_BYTES, EmptyFile

if TYPE_CHECKING:
    from server.cache import Cached

MAX_LIST_PAGES = 5  # of 20 each: these pages do not turn over


@public("600/minute")
class ClassicAreas(ClassicHandler):
    """The districts."""

    async def get(self) -> None:
        """All of them."""
        areas = value_of(await self.services.areas.areas(self.language))
        self.succeed([{"aid": area["aid"], "aname": area["aname"]} for area in areas])


class ClassicNewHouse(ClassicHandler):
    """New houses."""

    limit = "120/minute"

    async def post(self) -> None:
        """Publish; it is there for everybody once it has a picture."""
        form = read_body(HouseInformation, self.request).form()
        self.succeed({"house_id": await self.services.houses.publish(self.signed_in_user, form)})


class ClassicHouseImage(ClassicHandler):
    """New pictures."""

    limit = "120/minute"
    max_body_bytes = MAX_FILE_BYTES + MULTIPART_OVERHEAD

    async def post(self) -> None:
        """Add one to an own house: multipart with `house_image` and `house_id`. The first puts a new house online."""
        house_id, owner_id = read_body(ImageForm, self.request).house_id, self.signed_in_user
        files = self.request.files.get(FIELD)
        if not files:
            raise EmptyFile(FIELD)
        photo = await self.services.photos.upload(owner_id, house_id, files[0].body, self.session_digest)
        await self.services.houses.show_draft(owner_id, house_id)
        self.succeed({"image_url": photo.url})


class ClassicOwnHouses(ClassicHandler):
    """The own houses."""

    async def get(self) -> None:
        """The newest hundred."""
        owner_id, before, found = self.signed_in_user, None, []
        for _ in range(MAX_LIST_PAGES):
            page = await self.services.houses.owned(owner_id, before, self.language)
            found += [summary_view(house) for house in page["houses"]]
            if page["next"] is None:
                break
            before = int(page["next"])
        self.succeed({"houses": found})


@public("600/minute")
class ClassicHomeHouses(ClassicHandler):
    """The home page's houses."""

    async def get(self) -> None:
        """The five most booked ones with pictures, as a list."""
        home = value_of(await self.services.search.home(self.language))
        self.succeed([summary_view(house) for house in home["houses"]])


@public("600/minute")
class ClassicHouses(ClassicHandler):
    """The search."""

    async def get(self) -> None:
        """A page of the houses that match."""
        asked = read_query(SearchAddress, self.request).arguments()
        query = parse_query(SearchQuery, asked)
        with named_as_in_queries():
            found = await self.services.search.search(query.criteria(), query.p, None, self.language)
        page = value_of(found)
        self.succeed(
            {
                "total_page": page["total_page"],
                "houses": [summary_view(house) for house in page["houses"]],
                "current_page": page["current_page"],
            }
        )


@public("600/minute")
class ClassicHouse(ClassicHandler):
    """One house."""

    async def get(self, house_id: str) -> None:
        """All of it, and who looks: -1 when nobody is signed in."""
        page = value_of(await self.services.houses.page_for(self.user_id, int(house_id), self.language))
        self.succeed(house_view(page["house"], self.user_id))


def value_of(cached: Cached) -> Any:
    """What was encoded for the cache."""
    return json.loads(cached.body)
