"""Reading through both caches, and dropping what changed."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from typing import TYPE_CHECKING

from server.cache.feed import DropFeed
from server.cache.flights import Flight, Flights
from server.cache.model import Cached, Missing, encode
from server.cache.near import NearCache
from server.cache.shared import Found, SharedEntries
from server.errors import NoSuchThing, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from redis.asyncio import Redis

    from server.cache.model import CacheKey, Outcome
    from server.metrics import Metrics
    from server.redis import StateRedis

NEAR_SECONDS = 1.0
OWED_SECONDS = 1.0


class ReadCache:
    """A read that begins NEAR_SECONDS after a drop was acknowledged sees what was committed before that drop.

    So does a read in the process that dropped, at once. In other processes the drop's message makes it so at once,
    as a rule. Redis slow or gone is a miss. A drop that could not be told is owed: until `tell_owed` has told it, this
    process does not ask Redis about its tags.
    """

    def __init__(
        self,
        redis: StateRedis,
        subscriber: Redis,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        origin = secrets.token_hex(8)
        self._origin = origin
        self._reads = metrics.cache_reads
        self._near_hits = metrics.cache_reads.labels("near")
        self._monotonic = monotonic
        self.near = NearCache()
        self.flights = Flights(NEAR_SECONDS)
        self.shared = SharedEntries(redis, metrics)
        self.feed = DropFeed(subscriber, self.shared.channel, origin, self._forget, self._forget)
        self._owed: dict[str, int] = {}
        self._attempts = itertools.count()

    async def read(self, key: CacheKey, load: Callable[[], Awaitable[object]]) -> Cached:
        """The encoded value of `key`, loaded when nobody has it. A NoSuchThing that `load` raises is kept, too.

        Raises what `load` raises.
        """
        began = self._monotonic()
        outcome = self.near.find(key, began)
        if outcome is None:
            flight = self.flights.join(key, began, lambda flight: self._fetch(flight, load))
            if flight.readers > 1:
                self._reads.labels("joined").inc()
            outcome = await flight.landing()
        else:
            self._near_hits.inc()
        if isinstance(outcome, Missing):
            raise outcome.kind
        return outcome

    async def drop(self, *tags: str) -> bool:
        """Forget the tags everywhere, after the commit. False: Redis could not be told, and is told later."""
        try:
            await self.drop_or_raise(*tags)
        except StoreUnavailable:
            return False
        return True

    async def drop_or_raise(self, *tags: str) -> None:
        """As `drop`. Raises StoreUnavailable when Redis could not be told."""
        if not tags:
            return
        attempt = next(self._attempts)
        self._forget(tags)
        try:
            await self.shared.drop(tags, self._origin)
        except StoreUnavailable:
            self._owed |= {tag: max(attempt, self._owed.get(tag, 0)) for tag in tags}
            raise
        else:
            self._settle(tags, attempt)
        finally:
            self._forget(tags)  # what was read while Redis was being told

    async def run(self) -> None:
        """Hear of other processes' drops. Ends by cancellation."""
        await self.feed.run()

    async def tell_owed(self) -> None:
        """Tell Redis what it could not be told. Ends by cancellation."""
        while True:
            await asyncio.sleep(OWED_SECONDS)
            if self._owed:
                await self.drop(*self._owed)

    async def close(self) -> None:
        """End what is being read."""
        await self.flights.close()
        await self.shared.breaker.close()

    async def _fetch(self, flight: Flight, load: Callable[[], Awaitable[object]]) -> Outcome:
        key = flight.key
        found = Found() if key.tag in self._owed else await self.shared.find(key)
        outcome = found.outcome
        self._reads.labels("miss" if outcome is None else "redis").inc()
        if outcome is None:
            outcome = await _load(load)
            if found.generation and not flight.is_detached:
                await self.shared.store(key, found.generation, outcome)
        if not flight.is_detached:
            self.near.put(key, outcome, flight.began + NEAR_SECONDS)
        return outcome

    def _forget(self, tags: Collection[str] | None = None) -> None:
        if tags is None:
            self.near.clear()
        else:
            tags = frozenset(tags)
            self.near.drop(tags)
        self.flights.detach(tags)

    def _settle(self, tags: Collection[str], attempt: int) -> None:
        """Not owed any more, unless a later attempt failed: that one speaks of a later commit."""
        for tag in tags:
            if self._owed.get(tag, attempt) < attempt:
                del self._owed[tag]


async def _load(load: Callable[[], Awaitable[object]]) -> Outcome:
    try:
        return encode(await load())
    except NoSuchThing as refusal:
        if refusal.params:  # its sentence is about one reader's request
            raise
        return Missing(type(refusal))
