"""Sessions: an opaque id in a cookie, its digest in Redis when somebody is signed in; CSRF tokens bound to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING

from server.cache.breaker import Breaker

if TYPE_CHECKING:
    from server.redis import StateRedis
    from server.sealing import Seal

ID_BYTES = 32
TTL_SECONDS = 14 * 24 * 3600
RENEW_BELOW_SECONDS = TTL_SECONDS - 24 * 3600
GLANCE_SECONDS = 0.3


class Sessions:
    """Signed-in sessions. Redis knows digests only, so reading it lets nobody in."""

    def __init__(self, redis: StateRedis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._breaker = Breaker(redis)

    @staticmethod
    def new_id() -> str:
        """A session id for the cookie: 256 bits. Anonymous until `begin`."""
        return secrets.token_urlsafe(ID_BYTES)

    @staticmethod
    def digest(session_id: str) -> str:
        """How the session is called everywhere but in the cookie."""
        return hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()

    def csrf_token(self, session_id: str) -> str:
        """The token that this session's writes must show."""
        return self._seal.digest(session_id)

    def is_csrf_token(self, session_id: str, token: str) -> bool:
        """Whether the token is this session's, in constant time."""
        return hmac.compare_digest(self.csrf_token(session_id).encode(), token.encode("utf-8", "replace"))

    async def begin(self, user_id: int) -> str:
        """A fresh id for a user who signed in. Raises StoreUnavailable."""
        session_id = self.new_id()
        digest = self.digest(session_id)
        now = int(time.time())
        await self._redis.zadd(self._index(user_id), {digest: now + TTL_SECONDS})
        await self._redis.zremrangebyscore(self._index(user_id), 0, now)
        await self._redis.expire(self._index(user_id), TTL_SECONDS)
        await self._redis.set(self._key(digest), user_id, ex=TTL_SECONDS)
        return session_id

    async def user_id(self, session_id: str) -> int | None:
        """Who is signed in with this id, keeping an active session alive. Raises StoreUnavailable."""
        key = self._key(self.digest(session_id))
        user_id = await self._redis.get(key)
        if user_id is None:
            return None
        if await self._redis.ttl(key) < RENEW_BELOW_SECONDS:
            await self._redis.expire(key, TTL_SECONDS)
        return int(user_id)

    async def glance(self, session_id: str) -> int | None:
        """As `user_id`, for what anybody may read: Redis slow or gone costs little, and seldom.

        Raises StoreUnavailable.
        """
        return await self._breaker.ask(lambda: self.user_id(session_id), GLANCE_SECONDS)

    async def end(self, session_id: str, user_id: int) -> None:
        """Sign this session out and tell every process to close its sockets. Raises StoreUnavailable."""
        await self._forget(user_id, [self.digest(session_id)])

    async def end_all(self, user_id: int) -> None:
        """Sign the user out everywhere. Raises StoreUnavailable."""
        digests = await self._redis.zrange(self._index(user_id), 0, -1)
        await self._forget(user_id, [str(digest) for digest in digests])

    async def ended(self, digests: list[str]) -> list[str]:
        """Those of the given sessions that are signed in no more."""
        if not digests:
            return []
        values = await self._redis.mget([self._key(digest) for digest in digests])
        return [digest for digest, value in zip(digests, values, strict=True) if value is None]

    async def close_sockets(self, digests: list[str]) -> None:
        """Tell every process to close what listens under these names. Raises StoreUnavailable."""
        await self._redis.publish(self._redis.key("live-control"), json.dumps({"ended": digests}))

    async def _forget(self, user_id: int, digests: list[str]) -> None:
        if not digests:
            return
        await self._redis.delete(*(self._key(digest) for digest in digests))
        await self._redis.zrem(self._index(user_id), *digests)
        await self.close_sockets(digests)

    def _key(self, digest: str) -> str:
        return self._redis.key("session", digest)

    def _index(self, user_id: int) -> str:
        return self._redis.key("sessions-of", user_id)
