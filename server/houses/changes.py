"""What follows when something about a house changes: the owner's pages hear of it, the caches forget it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from server.areas.model import AREAS_TAG
from server.houses import repository
from server.houses.model import LISTS_TAG, house_tag
from server.outbox import repository as outbox_repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from server.cache import ReadCache
    from server.db import Cursor
    from server.live.service import LiveService
    from server.outbox.service import Outbox


class HouseChanges:
    """Call `record` in the transaction and `spread` after its commit, before the answer.

    The caches are told twice: at once, and by a task for the case that the process or Redis fails in between.
    """

    def __init__(self, live: LiveService, outbox: Outbox, cache: ReadCache) -> None:
        self._live = live
        self._outbox = outbox
        self._cache = cache

    async def record(self, cursor: Cursor, owner_id: int, house_id: int, **facts: Any) -> None:
        """Write the owner's live event and the second telling of the caches."""
        await self._live.announce(cursor, owner_id, "house", {"house_id": house_id, **facts})
        await self.record_drop(cursor, [house_id])

    async def record_host(self, cursor: Cursor, owner_id: int) -> list[int]:
        """The host's name or picture changed: returns the houses that show it, for `spread`."""
        house_ids = await repository.ids_of_owner(cursor, owner_id)
        if house_ids:
            await self.record_drop(cursor, house_ids)
        return house_ids

    def wake(self) -> None:
        """Tell the outbox alone."""
        self._outbox.wake()

    async def spread(self, *house_ids: int) -> None:
        """Tell the caches and the outbox now."""
        self.wake()
        if house_ids:
            await self._cache.drop(*tags_of(house_ids))

    async def forget(self, task_id: str, house_ids: list[int]) -> dict[str, Any]:
        """The task: tell the caches again. Raises StoreUnavailable, then it comes again."""
        await self._cache.drop_or_raise(*tags_of(house_ids))
        return await self._outbox.finish(task_id, {"state": "sent"})

    async def record_drop(self, cursor: Cursor, house_ids: list[int]) -> None:
        """Write the second telling of the caches alone."""
        await outbox_repository.add(cursor, Work(str(uuid4()), "houses.forget", (house_ids,)))


def tags_of(house_ids: tuple[int, ...] | list[int]) -> list[str]:
    """Everything cached that may show one of these houses."""
    return [LISTS_TAG, AREAS_TAG, *(house_tag(house_id) for house_id in house_ids)]
