"""The subscription by which processes hear of each other's drops."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import RedisError

from server.redis import heed_cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

PING_SECONDS = 5.0
RETRY_SECONDS = 0.5


class DropFeed:
    """Calls `on_drop` with the tags of each drop, and `on_gap` whenever drops may have been missed."""

    def __init__(
        self,
        subscriber: Redis,
        channel: str,
        origin: str,
        on_drop: Callable[[list[str]], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._subscriber = subscriber
        self._channel = channel
        self._origin = origin
        self._on_drop = on_drop
        self._on_gap = on_gap
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Keep the subscription alive, whatever happens to Redis. Ends by cancellation."""
        while True:
            pubsub = self._subscriber.pubsub()
            try:
                await pubsub.subscribe(self._channel)
                await self._listen(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                structlog.get_logger().warning("cache subscribes again", error=type(error).__name__)
            finally:
                self.connected.clear()
                self._on_gap()
                await _close(pubsub)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, pubsub: PubSub) -> None:
        """Raises TimeoutError when a ping is not answered."""
        is_asked = False
        while True:
            message = await pubsub.get_message(timeout=PING_SECONDS)
            heed_cancellation()
            if message is not None:
                is_asked = False
                self._take(message)
            elif is_asked:
                raise TimeoutError("no sign of life from Redis")
            else:
                await pubsub.ping()
                is_asked = True

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":  # the first time, and after each silent reconnect
            self._on_gap()
            self.connected.set()
        elif message["type"] == "message":
            try:
                drop = json.loads(message["data"])
                if drop["from"] != self._origin:
                    self._on_drop([str(tag) for tag in drop["tags"]])
            except (ValueError, KeyError, TypeError):  # whatever it said, this is safe
                self._on_gap()


async def _close(pubsub: PubSub) -> None:
    try:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
    except (RedisError, OSError):
        structlog.get_logger().debug("subscription was already gone")
