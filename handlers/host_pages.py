"""The hosts' pages: real-name check, own houses, publish, edit, calendar."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog

from handlers.house_pages import HousePageHandler
from server.errors import StoreUnavailable
from server.houses.model import NoSuchHouse

if TYPE_CHECKING:
    from collections.abc import Awaitable


class HostPageHandler(HousePageHandler):
    """A page for its signed-in user only; a store that is down leaves the rest of the page."""

    async def identity(self) -> dict[str, Any] | None:
        """The user's identity, masked; None when no store can say."""
        return await self._answer(self.services.identities.view(self.signed_in_user))

    async def own_house(self, house_id: str) -> dict[str, Any]:
        """The whole house. Raises NoSuchHouse unless it is this user's."""
        found = await self.services.houses.page_for(self.signed_in_user, int(house_id or 0), self.language)
        house: dict[str, Any] = json.loads(found.body)["house"]
        if house["user_id"] != self.signed_in_user:
            raise NoSuchHouse
        return house

    async def render_form(self, template: str, **more: Any) -> None:
        """Show a page with the form of a house."""
        areas = await self.read(self.services.areas.areas(self.language))
        facilities = await self.read(self.services.areas.facilities(self.language))
        self.render_houses(
            template, yuan_text=yuan_text, areas=areas or [], facilities=facilities or [], **more
        )

    async def _answer(self, answer: Awaitable[dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return await answer
        except StoreUnavailable as error:
            structlog.get_logger().info("page without its identity", reason=type(error).__name__)
            return None


class IdentityPage(HostPageHandler):
    """The real-name check; masked once it was passed."""

    async def get(self) -> None:
        """The form, or what was verified."""
        self.render_houses("accounts/auth.html", identity=await self.identity())


class OwnHousesPage(HostPageHandler):
    """The own houses."""

    async def get(self) -> None:
        """The frame; the houses are the script's."""
        self.render_houses("houses/myhouse.html", identity=await self.identity())


class NewHousePage(HostPageHandler):
    """Publish a house."""

    async def get(self) -> None:
        """The empty form, or the way to the real-name check."""
        await self.render_form(
            "houses/newhouse.html", identity=await self.identity(), house=None, house_id=None
        )


class EditHousePage(HostPageHandler):
    """Edit a house and its pictures."""

    async def get(self, house_id: str = "") -> None:
        """The form as the house is now. Raises NoSuchHouse."""
        house = await self.own_house(house_id)
        await self.render_form("houses/edit.html", house=house, house_id=house["house_id"])


class BlocksPage(HostPageHandler):
    """Which nights of a house are free."""

    async def get(self, house_id: str = "") -> None:
        """The calendar. Raises NoSuchHouse."""
        house = await self.own_house(house_id)
        self.render_houses("houses/calendar.html", house=house, house_id=house["house_id"])


class PricesPage(HostPageHandler):
    """What a house asks beside its base price, and on which terms."""

    async def get(self, house_id: str = "") -> None:
        """The form as the house is now. Raises NoSuchHouse."""
        house = await self.own_house(house_id)
        self.render_houses("houses/prices.html", house=house, house_id=house["house_id"], yuan_text=yuan_text)


def yuan_text(fen: int | str) -> str:
    """An amount as somebody would type it: 398, 398.50; nothing stays nothing."""
    if isinstance(fen, str):
        return fen
    return str(fen // 100) if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"
