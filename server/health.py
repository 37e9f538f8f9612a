"""Whether this process can serve: MySQL, Redis, and a heartbeat that really went through the worker."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from server.db import Database
    from server.redis import StateRedis

HEARTBEAT_SECONDS = 5
STALE_SECONDS = 20


@dataclass(frozen=True)
class Readiness:
    """What works now; a name a part."""

    mysql: bool
    redis: bool
    worker: bool

    @property
    def is_ready(self) -> bool:
        """Whether everything does."""
        return self.mysql and self.redis and self.worker


class HealthService:
    """Probes the parts that a request may need."""

    def __init__(self, database: Database, redis: StateRedis) -> None:
        self._database = database
        self._redis = redis

    async def beat(self) -> dict[str, Any]:
        """The heartbeat task: note that beat, broker and worker work."""
        await self._redis.set(self._key(), int(time.time()), ex=10 * STALE_SECONDS)
        return {}

    async def heartbeat_age(self) -> int | None:
        """Seconds since the last heartbeat; None when there is none. Raises StoreUnavailable."""
        at = await self._redis.get(self._key())
        return None if at is None else max(0, int(time.time()) - int(at))

    async def readiness(self) -> Readiness:
        """Probe everything; never raises."""
        mysql = redis = worker = True
        try:
            async with self._database.reading() as cursor:
                await cursor.execute("SELECT 1")
        except StoreUnavailable:
            mysql = False
        try:
            age = await self.heartbeat_age()
            worker = age is not None and age <= STALE_SECONDS
        except StoreUnavailable:
            redis = worker = False
        return Readiness(mysql, redis, worker)

    def _key(self) -> str:
        return self._redis.key("worker-heartbeat")
