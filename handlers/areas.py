"""Areas and facilities."""

from __future__ import annotations

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.areas import AreaShape, FacilityShape
from server.tokens.model import Scope


@public("600/minute")
class AreasHandler(BaseHandler):
    """The districts."""

    is_same_for_all = True

    @operation(name="listAreas", answer=list[AreaShape], scope=Scope.READ, cached=True)
    async def get(self) -> None:
        """All districts, with how many houses are online in each."""
        self.succeed_cached(await self.services.areas.areas(self.language))


@public("600/minute")
class FacilitiesHandler(BaseHandler):
    """What a house can have."""

    is_same_for_all = True

    @operation(name="listFacilities", answer=list[FacilityShape], scope=Scope.READ, cached=True)
    async def get(self) -> None:
        """All that a house can have, with the names of their icons."""
        self.succeed_cached(await self.services.areas.facilities(self.language))
