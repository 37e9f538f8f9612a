"""Request limits: a per-process ceiling for every route, and exact shared counters for what must not be passed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from limits.errors import StorageError

from server.errors import StoreUnavailable, TooManyRequests
from server.redis import COMMAND_SECONDS

if TYPE_CHECKING:
    from limits import RateLimitItem


class RequestCeiling:
    """How often one address may call one route, counted in this process: no round trip, open when in doubt."""

    def __init__(self, *, lifted: bool = False) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._items: dict[str, RateLimitItem] = {}
        self._lifted = lifted

    async def check(self, limit: str, route: str, address: str) -> None:
        """Count one call against e.g. `"60/minute"`. Raises TooManyRequests."""
        if self._lifted:
            return
        item = self._items.get(limit) or self._items.setdefault(limit, parse(limit))
        if not await self._limiter.hit(item, route, address):
            reset = (await self._limiter.get_window_stats(item, route, address)).reset_time
            raise TooManyRequests(retry_after=_seconds_until(reset))


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

    async def take(self, limits: tuple[str, ...], *who: str) -> int | None:
        """Count one use against each limit; None when all allow it, else the seconds until one more is allowed.

        Raises StoreUnavailable.
        """
        if self._lifted:
            return None
        try:
            for text in limits:
                item = parse(text)
                if not await self._limiter.hit(item, *who):
                    stats = await self._limiter.get_window_stats(item, *who)
                    return _seconds_until(stats.reset_time)
        except StorageError as error:
            raise StoreUnavailable("redis") from error
        return None


def _seconds_until(moment: float) -> int:
    return max(1, int(moment - time.time()) + 1)
