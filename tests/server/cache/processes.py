"""Processes of the site as their caches see them, and a row that they read."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handlers.serving import end_all
from server.cache import CacheKey, ReadCache
from server.metrics import Metrics
from server.redis import open_redis, open_subscriber

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.stack import Stack

KEY = CacheKey("house:7", "zh", 300)
SLOW_MACHINE = 100.0


@dataclass
class Clock:
    """Monotonic time that moves when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


@dataclass
class Row:
    """What MySQL holds. `load` reads it at once and, while the gate is closed, answers late."""

    version: int = 1
    loads: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def load(self) -> object:
        """The row as it was when the reading began."""
        self.loads += 1
        seen = self.version
        self.begun.set()
        await self.gate.wait()
        return {"version": seen}


@dataclass
class Process:
    """A process: its own near-cache, its own connections, its own numbers."""

    cache: ReadCache
    metrics: Metrics

    async def version(self, row: Row, key: CacheKey = KEY) -> int:
        """Which version of the row a reader gets."""
        body = (await self.cache.read(key, row.load)).body
        return int(body.removeprefix(b'{"version":').removesuffix(b"}"))

    def reads(self, answered: str) -> int:
        """How many reads were answered there."""
        return int(self._number("ihome_cache_reads_total", answered=answered))

    def failures(self, operation: str) -> int:
        """How often Redis failed at it."""
        return int(self._number("ihome_cache_failures_total", operation=operation))

    def _number(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def process(
    stack: Stack,
    *,
    listening: bool = False,
    clock: Callable[[], float] = time.monotonic,
    patience: float = SLOW_MACHINE,
    connected: bool = True,
) -> AsyncIterator[Process]:
    """One process; a deaf one hears no drops of others and does not tell what it owes."""
    redis = open_redis(stack.settings.cache_url, stack.settings.redis_prefix, decode=False)
    subscriber = open_subscriber(stack.settings.cache_url)
    metrics = Metrics()
    cache = ReadCache(redis, subscriber, metrics, clock)
    cache.shared.breaker.patience = patience
    running = {asyncio.create_task(work) for work in (cache.run(), cache.tell_owed())} if listening else set()
    try:
        if listening and connected:
            await cache.feed.connected.wait()
        yield Process(cache, metrics)
    finally:
        await end_all(running)
        await cache.close()
        await redis.aclose(close_connection_pool=True)
        await subscriber.aclose(close_connection_pool=True)


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - what happens is in Redis or in a counter
            await asyncio.sleep(0.01)
