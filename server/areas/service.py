"""The use cases of areas and facilities: both are read, from the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.areas import repository
from server.areas.model import AREAS_TAG, FACILITIES_TAG
from server.cache import CacheKey

if TYPE_CHECKING:
    from server.cache import Cached, ReadCache
    from server.db import Database
    from server.i18n import Language

AREAS_SECONDS = 300
FACILITIES_SECONDS = 3600


class AreaService:
    """Areas with their houses counted, and facilities, in the visitor's language."""

    def __init__(self, database: Database, cache: ReadCache) -> None:
        self._database = database
        self._cache = cache

    async def areas(self, language: Language) -> Cached:
        """All areas."""

        async def load() -> object:
            async with self._database.reading() as cursor:
                return [area.view(language) for area in await repository.areas(cursor)]

        return await self._cache.read(CacheKey(AREAS_TAG, language, AREAS_SECONDS), load)

    async def facilities(self, language: Language) -> Cached:
        """All facilities."""

        async def load() -> object:
            async with self._database.reading() as cursor:
                return [facility.view(language) for facility in await repository.facilities(cursor)]

        return await self._cache.read(CacheKey(FACILITIES_TAG, language, FACILITIES_SECONDS), load)
