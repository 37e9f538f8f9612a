"""The guests' pages: home, search and one house, with their first paint in the page itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog

from handlers.access import public
from handlers.pages import PageHandler
from handlers.search import SearchQuery
from handlers.security import ensure_session_cookies
from handlers.wire import parse_query
from server.errors import IhomeError, StoreUnavailable
from server.houses.model import NoSuchHouse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from server.cache import Cached

SEARCHED = ("aid", "sd", "ed", "sk", "q", "guests", "rooms", "price_min", "price_max", "facility")
SIZES = ("card", "gallery", "full")
MAX_ID_DIGITS = 18
DESCRIPTION_LENGTH = 150


class HousePageHandler(PageHandler):
    """A page that shows something of houses."""

    async def read(self, cached: Awaitable[Cached]) -> Any:
        """What the cache holds; None when no store can say."""
        try:
            return json.loads((await cached).body)
        except StoreUnavailable as error:
            structlog.get_logger().info("page without its houses", reason=type(error).__name__)
            return None

    def render_houses(self, template: str, **more: Any) -> None:
        """Show a page with what turns houses into text and pictures."""
        ensure_session_cookies(self)
        self.show(template, yuan=yuan, picture=picture, **more)


@public("300/minute")
class IndexPage(HousePageHandler):
    """Home."""

    async def get(self) -> None:
        """The most booked houses and the areas, as the caches have them."""
        home = await self.read(self.services.search.home(self.language))
        areas = await self.read(self.services.areas.areas(self.language))
        houses = None if home is None else home["houses"]
        self.render_houses("home/index.html", houses=houses, areas=areas or [])


@public("300/minute")
class SearchPage(HousePageHandler):
    """The search. Its script shows the results, which follow the address; the first ones come with the page."""

    async def get(self) -> None:
        """The filters with their areas and facilities, and the first results."""
        first = await self._first_results()
        areas = await self.read(self.services.areas.areas(self.language))
        facilities = await self.read(self.services.areas.facilities(self.language))
        covers = [house["image"] for house in first["houses"] if house["image"]] if first else []
        self.render_houses(
            "houses/search.html",
            areas=areas or [],
            facilities=facilities or [],
            first=inert(first),
            cover=picture(covers[0], ("card", "gallery")) if covers else None,
        )

    async def _first_results(self) -> Any:
        """What GET /houses answers; None when it refuses: then the script asks, and shows why."""
        query = self.request.query_arguments
        try:
            asked = parse_query(SearchQuery, {name: query[name] for name in SEARCHED if name in query})
            criteria = asked.criteria()
            return await self.read(self.services.search.search(criteria, None, None, self.language))
        except IhomeError:
            return None

    def _query(self) -> dict[str, Any]:
        return {name: value for name, value in super()._query().items() if name in SEARCHED}


@public("300/minute")
class DetailPage(HousePageHandler):
    """One house, by its own address or as /detail.html?id=."""

    async def get(self, house_id: str = "") -> None:
        """The house; its owner sees it whatever its status. Raises NoSuchHouse."""
        wanted = house_id or self.get_query_argument("id", "")
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= MAX_ID_DIGITS):
            raise NoSuchHouse
        found = await self.services.houses.page_for(self.user_id, int(wanted), self.language)
        house = json.loads(found.body)["house"]
        facilities = await self.read(self.services.areas.facilities(self.language))
        self.render_houses(
            "houses/detail.html",
            house=house,
            house_id=house["house_id"],
            facilities=[one for one in facilities or [] if one["id"] in house["facilities"]],
            is_owner=house["user_id"] == self.user_id,
            site=self.services.settings.public_url.rstrip("/"),
            summary=summary(house),
        )


def inert(value: object) -> str:
    """JSON that cannot end the element of a page that holds it; empty for None."""
    return "" if value is None else json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def yuan(fen: int) -> str:
    """¥398, ¥1,194 or ¥398.50."""
    return f"¥{fen // 100:,}" if fen % 100 == 0 else f"¥{fen / 100:,.2f}"


def summary(house: Mapping[str, Any]) -> str:
    """A house in one line, for search engines."""
    facts = (house["title"], house["area_name"], house["address"], house["unit"], house["beds"])
    return " · ".join(facts)[:DESCRIPTION_LENGTH]


def picture(photo: Mapping[str, Any], names: Sequence[str] = SIZES) -> dict[str, Any]:
    """A picture as the attributes of its elements; without variants it is shown by its original."""
    variants = {name: photo["variants"][name] for name in names if name in (photo["variants"] or {})}
    by_width = {variant["width"]: variant for variant in reversed(variants.values())}
    plain = variants.get("gallery") or variants.get("card")
    return {
        "preview": photo["preview"],
        "webp": _source_set(by_width, "webp"),
        "jpeg": _source_set(by_width, "jpeg"),
        "source": plain["jpeg"] if plain else photo["url"],
        "width": photo["width"],
        "height": photo["height"],
    }


def _source_set(by_width: Mapping[int, Mapping[str, Any]], kind: str) -> str:
    return ", ".join(f"{by_width[width][kind]} {width}w" for width in sorted(by_width))
