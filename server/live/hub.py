"""The hub: one Redis subscription a process on task results, told apart for all listeners of the process.

Celery's Redis backend writes a result with SETEX and PUBLISH in one MULTI, on a channel that equals the key
(celery/backends/redis.py). So: subscribe, and on each confirmation read the key; no state is missed.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import RedisError

from server.errors import StoreUnavailable
from server.redis import heed_cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

    from server.redis import StateRedis

Meta = dict[str, Any]
RESULT_KEY = "celery-task-meta-"
PING_SECONDS = 1.5
SILENT_SECONDS = 4.0
BACK_OFF = (0.05, 0.2, 0.5, 1.0, 2.0)


class ResultFeed:
    """Watches task results by id; calls back with each meta, possibly twice or out of order."""

    def __init__(self, redis: StateRedis, subscriber: Redis) -> None:
        self._redis = redis
        self._subscriber = subscriber
        self._watchers: dict[str, set[Callable[[Meta], None]]] = {}
        self._changed = asyncio.Event()
        self._to_read: asyncio.Queue[str] = asyncio.Queue()
        self._control: Callable[[Meta], None] = lambda _meta: None
        self.connected = asyncio.Event()

    @property
    def control_channel(self) -> str:
        """Where processes tell each other about sessions that ended."""
        return self._redis.key("live-control")

    def on_control(self, callback: Callable[[Meta], None]) -> None:
        """Call back with each message that a process sends to all."""
        self._control = callback

    def watch(self, task_id: str, callback: Callable[[Meta], None]) -> None:
        """Call back with every result of this task, first with one that is already there."""
        if task_id in self._watchers:
            self._to_read.put_nowait(task_id)
        self._watchers.setdefault(task_id, set()).add(callback)
        self._changed.set()

    def unwatch(self, task_id: str, callback: Callable[[Meta], None]) -> None:
        """Stop; the channel is left with its last watcher."""
        watchers = self._watchers.get(task_id, set())
        watchers.discard(callback)
        if not watchers:
            self._watchers.pop(task_id, None)
            self._changed.set()

    @property
    def watched(self) -> int:
        """How many tasks are watched."""
        return len(self._watchers)

    async def run(self) -> None:
        """Keep one subscription alive, whatever happens to Redis. Ends by cancellation."""
        failures = 0
        while True:
            pubsub = self._subscriber.pubsub()
            try:
                async with asyncio.TaskGroup() as group:
                    await pubsub.subscribe(self.control_channel)
                    group.create_task(self._read_messages(pubsub))
                    group.create_task(self._keep_subscribed(pubsub))
                    group.create_task(self._read_keys())
            except* (RedisError, OSError, TimeoutError, StoreUnavailable) as errors:
                structlog.get_logger().warning("hub reconnects", error=type(errors.exceptions[0]).__name__)
            finally:
                failures = 0 if self.connected.is_set() else failures + 1
                self.connected.clear()
                await _close(pubsub)
            await asyncio.sleep(BACK_OFF[min(failures, len(BACK_OFF) - 1)])

    async def _read_messages(self, pubsub: PubSub) -> None:
        last_sign = asyncio.get_running_loop().time()
        while True:
            message = await pubsub.get_message(timeout=1.0)
            heed_cancellation()
            now = asyncio.get_running_loop().time()
            if message is None:
                if now - last_sign > SILENT_SECONDS:
                    raise TimeoutError("no sign of life from Redis")
                continue
            last_sign = now
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            if message["channel"] == self.control_channel:
                self.connected.set()
            else:
                self._to_read.put_nowait(self._task_id(message["channel"]))
        elif message["type"] == "message":
            meta = json.loads(message["data"])
            if message["channel"] == self.control_channel:
                self._control(meta)
            else:
                self._tell(self._task_id(message["channel"]), meta)

    async def _keep_subscribed(self, pubsub: PubSub) -> None:
        subscribed: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._watchers)
            if wanted - subscribed:
                await pubsub.subscribe(*(self._channel(task_id) for task_id in wanted - subscribed))
            if subscribed - wanted:
                await pubsub.unsubscribe(*(self._channel(task_id) for task_id in subscribed - wanted))
            subscribed = wanted
            heed_cancellation()
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                await pubsub.ping()

    async def _read_keys(self) -> None:
        while True:
            task_id = await self._to_read.get()
            text = await self._redis.get(self._channel(task_id))
            heed_cancellation()
            if text is not None:
                self._tell(task_id, json.loads(text))

    def _tell(self, task_id: str, meta: Meta) -> None:
        for callback in tuple(self._watchers.get(task_id, ())):
            callback(meta)

    def _channel(self, task_id: str) -> str:
        return self._redis.key(RESULT_KEY) + task_id

    def _task_id(self, channel: str) -> str:
        return channel.removeprefix(self._redis.key(RESULT_KEY))


async def _close(pubsub: PubSub) -> None:
    try:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
    except (RedisError, OSError):
        structlog.get_logger().debug("subscription was already gone")
