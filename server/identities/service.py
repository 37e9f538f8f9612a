"""The use cases of the real-name check: pass it once, see it masked, demand it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import retried
from server.idempotency import repository as idempotency
from server.identities import repository
from server.identities.model import AlreadyVerified, Identity, NotVerified

if TYPE_CHECKING:
    from server.db import Cursor, Database
    from server.idempotency.model import Once
    from server.sealing import Seal

NOBODY: dict[str, Any] = {"real_name": None, "id_card": None}


class IdentityService:
    """All use cases of identities. Open names and numbers never leave this class unmasked."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def view(self, user_id: int) -> dict[str, Any]:
        """The masked name and number; None for both before the check."""
        async with self._database.reading() as cursor:
            row = await repository.find(cursor, user_id)
        if row is None:
            return NOBODY
        return Identity(
            *(self._seal.open(row[name]) for name in ("sealed_real_name", "sealed_id_number"))
        ).masked()

    async def is_verified(self, user_id: int) -> bool:
        """Whether the check was passed."""
        async with self._database.reading() as cursor:
            return await repository.exists(cursor, user_id)

    @retried
    async def verify(
        self, user_id: int, real_name: str, id_card: str, once: Once | None = None
    ) -> dict[str, Any]:
        """Pass the check, once and for ever; returns what `view` will.

        Raises BadFields, AlreadyVerified, NumberInUse, KeyReused, InFlight.
        """
        async with self._database.transaction() as cursor:
            stored: dict[str, Any] | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            if await repository.exists(cursor, user_id):
                raise AlreadyVerified
            identity = Identity.check(real_name, id_card, await repository.today(cursor))
            sealed = self._seal.seal(identity.real_name), self._seal.seal(identity.id_number)
            await repository.insert(cursor, user_id, sealed, self._seal.digest(identity.id_number))
            await idempotency.finish(cursor, once, identity.masked())
        return identity.masked()

    async def require(self, cursor: Cursor, user_id: int) -> None:
        """Let only verified people go on. Raises NotVerified."""
        if not await repository.exists(cursor, user_id):
            raise NotVerified
