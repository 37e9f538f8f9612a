"""The use cases of idempotency keys beside a request's own transaction: recognise a request, look early, forget."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from server.idempotency import repository
from server.idempotency.model import Once

if TYPE_CHECKING:
    from server.db import Database
    from server.sealing import Seal

PURGE_LIMIT = 10_000


class IdempotencyService:
    """Digests are keyed: a body may hold an ID number, and few numbers fit a person."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def once(self, user_id: int, name: str, asked: str, content: bytes) -> Once:
        """A request by its user, its key's name, method and path, and body. Raises BadKey."""
        body = hashlib.sha256(content).hexdigest()
        return Once(user_id, name, self._seal.digest(f"{asked}\n{body}"))

    async def purge(self) -> dict[str, Any]:
        """Forget keys whose time is over."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, PURGE_LIMIT)}
