"""Request limits: a per-process ceiling for every route, and exact shared counters for what must not be passed."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from limits import parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from server.errors import StoreUnavailable, TooManyRequests
from server.redis import COMMAND_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from limits import RateLimitItem

TIDY_SECONDS = 60.0


class Allowance(NamedTuple):
    """What is left of a limit: `left` more uses in `reset_seconds`, of `quota` in a window of `window_seconds`."""

    name: str
    quota: int
    window_seconds: int
    left: int
    reset_seconds: int


class RequestCeiling:
    """How often one address may call one route, counted in this process: no round trip, nothing to wait for.

    Not the library's store in memory, which looks through all its counters at each call.
    """

    def __init__(self, *, lifted: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sizes: dict[str, tuple[int, int]] = {}
        self._windows: dict[str, _Window] = {}
        self._monotonic = monotonic
        self._tidy_at = 0.0
        self._lifted = lifted

    def check(self, limit: str, route: str, address: str) -> Allowance | None:
        """Count one call against e.g. `"60/minute"`; None where nothing is limited. Raises TooManyRequests."""
        if self._lifted:
            return None
        quota, seconds = self._sizes.get(limit) or self._sizes.setdefault(limit, _sizes(parse(limit)))
        now = self._monotonic()
        if now >= self._tidy_at:
            self._tidy(now)
        counted = f"{route}/{address}"
        window = self._windows.get(counted)
        if window is None or window.end <= now:
            window = self._windows[counted] = _Window(now + seconds)
        window.uses += 1
        left = quota - window.uses
        allowance = Allowance("default", quota, seconds, max(left, 0), math.ceil(window.end - now))
        if left < 0:
            raise TooManyRequests(allowance)
        return allowance

    def _tidy(self, now: float) -> None:
        self._windows = {counted: window for counted, window in self._windows.items() if window.end > now}
        self._tidy_at = now + TIDY_SECONDS


class _Window:
    """The uses until `end`."""

    __slots__ = ("end", "uses")

    def __init__(self, end: float) -> None:
        self.end = end
        self.uses = 0


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
