"""What all processes share: in Redis a random generation for each tag, and a hash of entries for each generation.

A reader fixes the generation before it loads and writes under that generation; a drop deletes it. So what a slow
reader writes after a drop lies under a generation that nobody asks for any more.
"""

from __future__ import annotations

import json
import math
import random
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from server.cache.breaker import Breaker
from server.cache.entry import pack, unpack
from server.cache.model import Missing
from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection

    from server.cache.model import CacheKey, Outcome
    from server.metrics import Metrics
    from server.redis import StateRedis

FIND_SECONDS = 0.1  # together with the next two: what Redis may cost one read
STORE_SECONDS = 0.1
RENEW_SECONDS = 0.05
DROP_SECONDS = 0.4
GENERATION_SECONDS = 3600
NEGATIVE_SECONDS = 10.0
JITTER = 0.2  # entries live for 80 to 100 % of their time
MAX_NAMES = 2000
GENERATION = re.compile(rb"[0-9a-f]{32}")


@dataclass(frozen=True)
class Found:
    """What a look into Redis gave: under `generation` the reader may write; None means it must not."""

    generation: bytes | None = None
    outcome: Outcome | None = None


class SharedEntries:
    """Reads and writes never fail: Redis slow, gone, full or full of garbage is a miss. Drops say when they fail."""

    def __init__(self, redis: StateRedis, metrics: Metrics) -> None:
        self._redis = redis
        self._failures = metrics.cache_failures
        self.breaker = Breaker(redis)

    @property
    def channel(self) -> str:
        """Where drops are announced."""
        return self._redis.key("cache", "drops")

    async def find(self, key: CacheKey) -> Found:
        """The tag's generation, made when there is none, and what lies under it."""
        try:
            return await self.breaker.ask(lambda: self._find(key), FIND_SECONDS)
        except StoreUnavailable:
            self._failures.labels("read").inc()
        except ResponseError:  # a key of another type: a new generation steps over it
            self._failures.labels("read").inc()
            await self._renew(key.tag)
        return Found()

    async def store(self, key: CacheKey, generation: bytes, outcome: Outcome) -> None:
        """Write an entry under the generation that was there before it was loaded."""
        try:
            names = await self.breaker.ask(lambda: self._store(key, generation, outcome), STORE_SECONDS)
        except StoreUnavailable:
            self._failures.labels("store").inc()
        except ResponseError:
            self._failures.labels("store").inc()
            await self._renew(key.tag)
        else:
            if names > MAX_NAMES:  # ended entries lie in there, too: leave the hash to its expiry
                await self._renew(key.tag)

    async def drop(self, tags: Collection[str], origin: str) -> None:
        """End the tags' generations and tell all processes. Raises StoreUnavailable."""
        message = json.dumps({"from": origin, "tags": list(tags)})
        try:
            await self.breaker.insist(lambda: self._drop(tags, message), DROP_SECONDS)
        except (StoreUnavailable, ResponseError) as error:
            self._failures.labels("drop").inc()
            raise StoreUnavailable("redis") from error

    async def _find(self, key: CacheKey) -> Found:
        generation = await self._generation(key.tag)
        if not GENERATION.fullmatch(generation):
            await self._redis.delete(self._generation_key(key.tag))
            return Found()
        entries = self._entries(key.tag, generation)
        blob = await self._redis.hget(entries, key.name)
        place = _place(entries, key.name)
        return Found(generation, unpack(blob, place, time.time()) if isinstance(blob, bytes) else None)

    async def _generation(self, tag: str) -> bytes:
        name = self._generation_key(tag)
        generation = await self._redis.get(name)
        if generation is None:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(name, secrets.token_hex(16), nx=True, ex=GENERATION_SECONDS)
                pipe.get(name)
                _, generation = await pipe.execute()
        return generation if isinstance(generation, bytes) else b""

    async def _store(self, key: CacheKey, generation: bytes, outcome: Outcome) -> int:
        """Returns how many names the hash has."""
        ttl = key.ttl_seconds * random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, keeps no secret
        life = min(ttl, NEGATIVE_SECONDS) if isinstance(outcome, Missing) else ttl
        entries = self._entries(key.tag, generation)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(entries, key.name, pack(outcome, time.time() + life, _place(entries, key.name)))
            pipe.expire(entries, math.ceil(ttl))
            pipe.hlen(entries)
            *_, names = await pipe.execute()
        return int(names)

    async def _drop(self, tags: Collection[str], message: str) -> None:
        # No MULTI: a full Redis refuses whatever is queued in one, and lets these two through.
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(*(self._generation_key(tag) for tag in tags))
            pipe.publish(self.channel, message)
            await pipe.execute()

    async def _renew(self, tag: str) -> None:
        """Readers go on under a new generation; nothing was wrong with what others have read."""
        try:
            await self.breaker.ask(lambda: self._delete(tag), RENEW_SECONDS)
        except (StoreUnavailable, ResponseError):
            self._failures.labels("drop").inc()

    async def _delete(self, tag: str) -> None:
        await self._redis.delete(self._generation_key(tag))

    def _generation_key(self, tag: str) -> str:
        return self._redis.key("cache", "generation", tag)

    def _entries(self, tag: str, generation: bytes) -> bytes:
        return self._redis.key("cache", "entries", tag, generation.decode()).encode()


def _place(entries: bytes, name: str) -> bytes:
    return entries + b"\0" + name.encode()
