"""Areas and facilities."""

from __future__ import annotations

from handlers.access import public
from handlers.base import BaseHandler


@public("600/minute")
class AreasHandler(BaseHandler):
    """The districts."""

    async def get(self) -> None:
        """All of them, with how many houses are online in each."""
        self.succeed_cached(await self.services.areas.areas(self.language))


@public("600/minute")
class FacilitiesHandler(BaseHandler):
    """What a house can have."""

    async def get(self) -> None:
        """All of them, with the names of their icons."""
        self.succeed_cached(await self.services.areas.facilities(self.language))
