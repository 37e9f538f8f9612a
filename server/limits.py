"""Request limits: a per-process ceiling for every route, and exact shared counters for what must not be passed."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from itertools import islice
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

COUNTERS = 100_000  # of one length of window; some 40 MB
TIDIED = 2  # for each that begins: fewer would let them pile up, many would hold the loop up


class Allowance(NamedTuple):
    """What is left of a limit: `left` more uses in `reset_seconds`, of `quota` in a window of `window_seconds`."""

    name: str
    quota: int
    window_seconds: int
    left: int
    reset_seconds: int


class RequestCeiling:
    """How often one address may call one route, counted in this process: no round trip, nothing to wait for.

    Not the library's store in memory, which looks through all its counters at each call. Whoever comes from more
    addresses than `most` has the oldest counters forgotten: memory is bounded, and so is each step.
    """

    def __init__(
        self,
        *,
        lifted: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        most: int = COUNTERS,
    ) -> None:
        self._sizes: dict[str, tuple[int, int]] = {}
        self._windows: dict[int, OrderedDict[str, _Window]] = {}  # by length, so that the first ends first
        self._monotonic = monotonic
        self._most = most
        self._lifted = lifted

    def check(self, limit: str, route: str, address: str) -> Allowance | None:
        """Count one call against e.g. `"60/minute"`; None where nothing is limited. Raises TooManyRequests."""
        if self._lifted:
            return None
        quota, seconds = self._sizes.get(limit) or self._sizes.setdefault(limit, _sizes(parse(limit)))
        now = self._monotonic()
        window = self._window(seconds, f"{route}/{address}", now)
        window.uses += 1
        left = quota - window.uses
        # A sum of floats may be a little more than its parts.
        wait = min(seconds, math.ceil(window.end - now))
        allowance = Allowance("default", quota, seconds, max(left, 0), wait)
        if left < 0:
            raise TooManyRequests(allowance)
        return allowance

    @property
    def counters(self) -> int:
        """How many are kept."""
        return sum(len(windows) for windows in self._windows.values())

    def _window(self, seconds: int, counted: str, now: float) -> _Window:
        """The one that has not ended, or a new one."""
        windows = self._windows.setdefault(seconds, OrderedDict())
        window = windows.get(counted)
        if window and window.end > now:
            return window
        windows.pop(counted, None)
        for oldest in list(islice(windows, TIDIED)):
            if windows[oldest].end <= now or len(windows) >= self._most:
                del windows[oldest]
        window = windows[counted] = _Window(now + seconds)
        return window


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
