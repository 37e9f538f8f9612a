"""Redis clients by role: blocking pools, short time-outs, and failures that turn into 503 at once."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND_SECONDS = 0.4
FAIL_FAST_SECONDS = 0.5
SUBSCRIBER_SECONDS = 1.0
REFUSALS = ("MISCONF", "NOREPLICAS", "BUSY", "LOADING", "MASTERDOWN")


def heed_cancellation() -> None:
    """End a loop that was cancelled in a command and did not notice.

    redis-py writes through asyncio.wait_for, and that of Python 3.11 drops a cancellation that comes in the moment
    in which the write ends: a loop that then waits for something else would never end.
    """
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


class StateRedis(Redis):
    """A client that names our keys and answers a dead server with StoreUnavailable, never with a wait.

    After a time-out further commands fail at once for FAIL_FAST_SECONDS, so that a request which needs several
    commands is refused in the time of one.
    """

    def __init__(self, *, prefix: str, **options: Any) -> None:
        super().__init__(**options)
        self.prefix = prefix
        self._closed_until = 0.0

    def key(self, *parts: object) -> str:
        """The name of a key: the site's prefix and the parts joined by colons."""
        return self.prefix + ":".join(str(part) for part in parts)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command. Raises StoreUnavailable when the server is gone, slow, full or read-only."""
        with self.failures():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    @contextmanager
    def failures(self) -> Iterator[None]:
        """For pipelines: the same translation of failures that single commands get."""
        if time.monotonic() < self._closed_until:
            raise StoreUnavailable("redis")
        try:
            yield
        except RedisTimeoutError as error:
            self._closed_until = time.monotonic() + FAIL_FAST_SECONDS
            raise self._unavailable(error) from error
        except (RedisConnectionError, OutOfMemoryError, ReadOnlyError) as error:
            # A time-out while connecting: redis-py gives it another name and has tried it twice.
            if isinstance(error.__cause__, RedisTimeoutError):
                self._closed_until = time.monotonic() + FAIL_FAST_SECONDS
            raise self._unavailable(error) from error
        except ResponseError as error:
            if str(error).startswith(REFUSALS):
                raise self._unavailable(error) from error
            raise

    @staticmethod
    def _unavailable(error: Exception) -> StoreUnavailable:
        structlog.get_logger().warning("redis unavailable", error=type(error).__name__)
        return StoreUnavailable("redis")


def open_redis(url: str, prefix: str, *, connections: int = 50, decode: bool = True) -> StateRedis:
    """A client for `url`; at most `connections`, waited for at most COMMAND_SECONDS. Does not connect yet.

    Answers are text, or bytes without `decode`.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=COMMAND_SECONDS,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=COMMAND_SECONDS,
        # One more try on a pooled connection that a restart broke; a time-out is never tried again.
        retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
        decode_responses=decode,
    )
    return StateRedis(prefix=prefix, connection_pool=pool)


def open_subscriber(url: str) -> Redis:
    """A client for one subscription: whoever listens hears of a lost connection at once."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=SUBSCRIBER_SECONDS,
        socket_connect_timeout=SUBSCRIBER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
