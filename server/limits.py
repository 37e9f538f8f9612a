"""Request limits: a per-process ceiling for every route, and exact shared counters for what must not be passed."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from server.errors import StoreUnavailable, TooManyRequests
from server.redis import COMMAND_SECONDS

if TYPE_CHECKING:
    from limits import RateLimitItem


class Allowance(NamedTuple):
    """What is left of a limit: `left` more uses in `reset_seconds`, of `quota` in a window of `window_seconds`."""

    name: str
    quota: int
    window_seconds: int
    left: int
    reset_seconds: int


class RequestCeiling:
    """How often one address may call one route, counted in this process: no round trip, open when in doubt."""

    def __init__(self, *, lifted: bool = False) -> None:
        self._counts = MemoryStorage()
        self._limits: dict[str, tuple[int, int]] = {}
        self._lifted = lifted

    async def check(self, limit: str, route: str, address: str) -> Allowance | None:
        """Count one call against e.g. `"60/minute"`; None where nothing is limited. Raises TooManyRequests."""
        if self._lifted:
            return None
        quota, window = self._limits.get(limit) or self._limits.setdefault(limit, _sizes(parse(limit)))
        counted = f"{route}/{address}"
        used = await self._counts.incr(counted, window)
        left = quota - used
        seconds = _seconds_until(self._counts.expirations[counted])
        allowance = Allowance("default", quota, window, max(left, 0), seconds)
        if left < 0:
            raise TooManyRequests(allowance)
        return allowance


class SharedLimits:
    """Limits counted in Redis, the same for all processes; closed (503) when Redis is gone."""

    def __init__(self, redis_url: str, prefix: str, *, lifted: bool = False) -> None:
        self._storage = RedisStorage(
            "async+" + redis_url.replace("unix://", "redis+unix://", 1),
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=f"{prefix}limits",
            socket_timeout=COMMAND_SECONDS,
            socket_connect_timeout=COMMAND_SECONDS,
        )
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._lifted = lifted

    async def close(self) -> None:
        """Close the connections."""
        bridge: Any = self._storage.bridge  # its client is there, and untyped
        await bridge.storage.aclose(close_connection_pool=True)

    async def spend(self, limits: tuple[str, ...], *who: str) -> None:
        """Count one use against each limit, e.g. `"30/hour"`. Raises TooManyRequests, StoreUnavailable."""
        if self._lifted:
            return
        try:
            for text in limits:
                item = parse(text)
                if not await self._limiter.hit(item, *who):
                    stats = await self._limiter.get_window_stats(item, *who)
                    seconds = _seconds_until(stats.reset_time)
                    name = f"{who[0]}-{item.GRANULARITY.name}"
                    raise TooManyRequests(Allowance(name, *_sizes(item), 0, seconds))
        except StorageError as error:
            raise StoreUnavailable("redis") from error


def _sizes(item: RateLimitItem) -> tuple[int, int]:
    """How many uses, in how many seconds."""
    return item.amount, item.get_expiry()


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))
