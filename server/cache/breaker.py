"""Asking Redis for no longer than a moment, and not at all while it is known to be slow or gone."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

from redis.exceptions import RedisError, ResponseError

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from server.redis import StateRedis

T = TypeVar("T")
FAIL_FAST_SECONDS = 0.5


class Breaker:
    """While Redis fails, one caller in FAIL_FAST_SECONDS tries it and the others do without."""

    def __init__(self, redis: StateRedis) -> None:
        self._redis = redis
        self._closed_until = 0.0
        self._is_failing = False
        self._running: set[asyncio.Task[Any]] = set()
        self.patience = 1.0  # multiplies every time-out

    async def ask(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """What `work` says within `seconds`. Raises StoreUnavailable; ResponseError when Redis refuses the command."""
        now = time.monotonic()
        if now < self._closed_until:
            raise StoreUnavailable("redis")
        if self._is_failing:  # the others wait for what this one finds
            self._closed_until = now + FAIL_FAST_SECONDS
        try:
            answer = await self.insist(work, seconds)
        except StoreUnavailable as error:
            self._judge(is_alive=isinstance(error.__cause__, ResponseError))
            raise
        except ResponseError:
            self._judge(is_alive=True)
            raise
        self._judge(is_alive=True)
        return answer

    async def insist(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """As `ask`, but tries in any case."""
        try:
            with self._redis.failures():
                return await self._within(work(), seconds * self.patience)
        except ResponseError:
            raise
        except (RedisError, TimeoutError) as error:
            raise StoreUnavailable("redis") from error

    async def close(self) -> None:
        """Wait for what came too late."""
        while self._running:
            await asyncio.wait(self._running, timeout=0.2)

    async def _within(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Raises TimeoutError in time: redis-py 8.1 may swallow the cancellation of a command that has to connect."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        try:
            await asyncio.wait({task}, timeout=seconds)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            task.cancel()

    def _judge(self, *, is_alive: bool) -> None:
        """A refusal is an answer, too: only silence closes the way to Redis."""
        self._is_failing = not is_alive
        self._closed_until = 0.0 if is_alive else time.monotonic() + FAIL_FAST_SECONDS

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be waiting any more
