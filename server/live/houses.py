"""Who follows which house's calendar in this process: each change of its nights is told once, as a version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from server.errors import StoreUnavailable
from server.live.board import RECONCILE_SECONDS
from server.live.model import WATCH_LIMIT, TooManyWatches
from server.nights.model import calendar_task_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.live.hub import Meta, ResultFeed
    from server.live.model import Listener


class Calendars(Protocol):
    """Where the versions come from."""

    async def version(self, viewer_id: int | None, house_id: int) -> int:
        """The version of a calendar that this visitor may see. Raises NoSuchHouse."""
        ...

    async def versions(self, house_ids: Sequence[int]) -> dict[int, int]:
        """The version of each of these houses that is there."""
        ...


@dataclass(eq=False, slots=True)
class _Followed:
    """A house: the next version is watched once, for all listeners."""

    house_id: int
    version: int
    listeners: set[Listener] = field(default_factory=set)
    watching: Callable[[Meta], None] | None = None


class HouseBoard:
    """Followed houses of one process. The version N of a calendar is the result of the task `house-<id>-<N>`."""

    def __init__(self, feed: ResultFeed, calendars: Calendars) -> None:
        self._feed = feed
        self._calendars = calendars
        self._houses: dict[int, _Followed] = {}
        self._followed: dict[Listener, set[_Followed]] = {}

    @property
    def followed(self) -> int:
        """How many houses are followed."""
        return len(self._houses)

    async def follow(self, listener: Listener, house_id: int) -> int:
        """Put every change of a calendar into the listener's queue; returns its version now.

        Raises NoSuchHouse, TooManyWatches.
        """
        mine = self._followed.get(listener, set())
        if len(mine) >= WATCH_LIMIT and self._houses.get(house_id) not in mine:
            raise TooManyWatches
        version = await self._calendars.version(listener.user_id, house_id)
        if listener.close_code is not None:
            return version
        house = self._houses.setdefault(house_id, _Followed(house_id, version))
        house.listeners.add(listener)
        self._followed.setdefault(listener, set()).add(house)
        if house.watching is None:
            self._watch(house)
        elif version > house.version:
            self._advance(house, version)
        return house.version  # a change may have arrived while MySQL was read

    def leave(self, listener: Listener) -> None:
        """Forget what the listener followed."""
        for house in self._followed.pop(listener, ()):
            house.listeners.discard(listener)
            if not house.listeners:
                self._unwatch(house)
                del self._houses[house.house_id]

    async def reconcile(self) -> None:
        """Every RECONCILE_SECONDS compare with MySQL: covers what Redis lost."""
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            try:
                await self.reconcile_once()
            except StoreUnavailable:
                structlog.get_logger().info("reconcile of houses postponed")

    async def reconcile_once(self) -> None:
        """Tell of versions that nobody was told of."""
        for house_id, version in (await self._calendars.versions(sorted(self._houses))).items():
            house = self._houses.get(house_id)
            if house and version > house.version:
                self._advance(house, version)

    def _advance(self, house: _Followed, version: int) -> None:
        self._unwatch(house)
        house.version = version
        for listener in house.listeners:
            listener.put(house_message(house.house_id, version))
        self._watch(house)

    def _watch(self, house: _Followed) -> None:
        house.watching = partial(self._arrived, house)
        self._feed.watch(calendar_task_id(house.house_id, house.version + 1), house.watching)

    def _unwatch(self, house: _Followed) -> None:
        if house.watching:
            self._feed.unwatch(calendar_task_id(house.house_id, house.version + 1), house.watching)
            house.watching = None

    def _arrived(self, house: _Followed, meta: Meta) -> None:
        if meta.get("status") == "SUCCESS" and house.watching:
            self._advance(house, house.version + 1)


def house_message(house_id: int, version: int) -> dict[str, Any]:
    """A calendar's version on the wire."""
    return {"op": "house", "house": house_id, "version": version}
