"""What all processes share: in Redis a random generation for each tag, and a hash of entries for each generation.

A reader fixes the generation before it loads and writes under that generation; a drop deletes it. So what a slow
reader writes after a drop lies under a generation that nobody asks for any more.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.exceptions import RedisError, ResponseError

from server.cache.entry import pack, unpack
from server.cache.model import Missing
from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from server.cache.model import CacheKey, Outcome
    from server.metrics import Metrics
    from server.redis import StateRedis

FIND_SECONDS = 0.1  # together with the next two: what Redis may cost one read
STORE_SECONDS = 0.1
RENEW_SECONDS = 0.05
DROP_SECONDS = 0.4
FAIL_FAST_SECONDS = 0.5
GENERATION_SECONDS = 3600
NEGATIVE_SECONDS = 10.0
JITTER = 0.2  # entries live for 80 to 100 % of their time
MAX_NAMES = 2000
GENERATION = re.compile(rb"[0-9a-f]{32}")


@dataclass(frozen=True)
class Found:
    """What a look into Redis gave: under `generation` the reader may write; None means it must not."""

    generation: bytes | None
    outcome: Outcome | None


NOTHING = Found(None, None)


class SharedEntries:
    """Reads and writes never fail: Redis slow, gone, full or full of garbage is a miss. Drops say when they fail.

    When Redis is slow or gone, one caller in FAIL_FAST_SECONDS tries it and the others do without.
    """

    def __init__(self, redis: StateRedis, metrics: Metrics) -> None:
        self._redis = redis
        self._failures = metrics.cache_failures
        self._closed_until = 0.0
        self._is_failing = False
        self.patience = 1.0  # multiplies the time-outs

    @property
    def channel(self) -> str:
        """Where drops are announced."""
        return self._redis.key("cache", "drops")

    async def find(self, key: CacheKey) -> Found:
        """The tag's generation, made when there is none, and what lies under it."""
        try:
            async with self._asking(FIND_SECONDS):
                return await self._find(key)
        except StoreUnavailable:
            self._failures.labels("read").inc()
        except ResponseError:  # a key of another type: a new generation steps over it
            await self._renew(key.tag, "read")
        return NOTHING

    async def store(self, key: CacheKey, generation: bytes, outcome: Outcome) -> None:
        """Write an entry under the generation that was there before it was loaded."""
        ttl = key.ttl_seconds * random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, keeps no secret
        life = min(ttl, NEGATIVE_SECONDS) if isinstance(outcome, Missing) else ttl
        entries = self._entries(key.tag, generation)
        blob = pack(outcome, time.time() + life, _place(entries, key.name))
        try:
            async with self._asking(STORE_SECONDS), self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(entries, key.name, blob)
                pipe.expire(entries, math.ceil(ttl))
                pipe.hlen(entries)
                *_, names = await pipe.execute()
        except StoreUnavailable:
            self._failures.labels("store").inc()
        except ResponseError:
            await self._renew(key.tag, "store")
        else:
            if names > MAX_NAMES:  # ended entries lie in there, too: leave the hash to its expiry
                await self._renew(key.tag)

    async def drop(self, tags: Collection[str], origin: str) -> None:
        """End the tags' generations and tell all processes. Raises StoreUnavailable."""
        message = json.dumps({"from": origin, "tags": list(tags)})
        try:
            with self._redis.failures():
                async with (
                    asyncio.timeout(DROP_SECONDS * self.patience),
                    self._redis.pipeline(transaction=True) as pipe,
                ):
                    pipe.delete(*(self._generation_key(tag) for tag in tags))
                    pipe.publish(self.channel, message)
                    await pipe.execute()
        except (StoreUnavailable, RedisError, TimeoutError) as error:
            self._failures.labels("drop").inc()
            raise StoreUnavailable("redis") from error

    async def _find(self, key: CacheKey) -> Found:
        generation = await self._generation(key.tag)
        if not GENERATION.fullmatch(generation):
            await self._redis.delete(self._generation_key(key.tag))
            return NOTHING
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

    async def _renew(self, tag: str, failed: str | None = None) -> None:
        if failed:
            self._failures.labels(failed).inc()
        try:
            async with self._asking(RENEW_SECONDS):
                await self._redis.delete(self._generation_key(tag))
        except (StoreUnavailable, ResponseError):
            self._failures.labels("drop").inc()

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncIterator[None]:
        """Raises StoreUnavailable after `seconds`, or at once while Redis is known to be slow or gone."""
        now = time.monotonic()
        if now < self._closed_until:
            raise StoreUnavailable("redis")
        if self._is_failing:  # the others wait for what this one finds
            self._closed_until = now + FAIL_FAST_SECONDS
        try:
            with self._redis.failures():
                async with asyncio.timeout(seconds * self.patience):
                    yield
        except ResponseError:
            self._open()
            raise
        except (StoreUnavailable, RedisError, TimeoutError) as error:
            if isinstance(error.__cause__, ResponseError):  # it lives, it only refuses
                self._open()
            else:
                self._is_failing, self._closed_until = True, time.monotonic() + FAIL_FAST_SECONDS
            raise StoreUnavailable("redis") from error
        self._open()

    def _open(self) -> None:
        self._is_failing, self._closed_until = False, 0.0

    def _generation_key(self, tag: str) -> str:
        return self._redis.key("cache", "generation", tag)

    def _entries(self, tag: str, generation: bytes) -> bytes:
        return self._redis.key("cache", "entries", tag, generation.decode()).encode()


def _place(entries: bytes, name: str) -> bytes:
    return entries + b"\0" + name.encode()
