"""The use cases of API tokens: make, list, revoke, and say whom one acts for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from server.db import retried
from server.errors import StoreUnavailable
from server.idempotency import repository as idempotency
from server.tokens import repository
from server.tokens.model import (
    HINT_LENGTH,
    MAX_TOKENS,
    PREFIX,
    BadBearer,
    NoSuchToken,
    TooManyTokens,
    digest_of,
    new_secret,
)

if TYPE_CHECKING:
    from server.accounts.sessions import Sessions
    from server.db import Cursor, Database
    from server.idempotency.model import Once
    from server.live.service import LiveService
    from server.outbox.service import Outbox
    from server.sealing import Seal
    from server.tokens.model import Bearer, NewToken


class TokenService:
    """Tokens live in MySQL: they outlast Redis, and revoking one is a commit. The user's pages are told."""

    def __init__(
        self, database: Database, sessions: Sessions, seal: Seal, live: LiveService, outbox: Outbox
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._seal = seal
        self._live = live
        self._outbox = outbox

    async def page(self, user_id: int) -> dict[str, Any]:
        """The user's tokens, newest first, without their secrets."""
        async with self._database.reading() as cursor:
            tokens = await repository.of_user(cursor, user_id)
        return {"tokens": [token.view() for token in tokens]}

    async def create(self, user_id: int, new: NewToken, once: Once | None = None) -> dict[str, Any]:
        """Make a token; the answer holds its secret, which nobody can read again.

        Raises TooManyTokens, KeyReused, InFlight. What is kept for a repeated request is sealed.
        """
        answer = await self._create(user_id, new, once)
        self._outbox.wake()
        return answer

    async def revoke(self, user_id: int, token_id: int) -> None:
        """Let the token in no more, and close its sockets. Raises NoSuchToken."""
        digest = await self._remove(user_id, token_id)
        self._outbox.wake()
        with suppress(StoreUnavailable):  # then the sockets are closed by the next reconcile
            await self._sessions.close_sockets([digest])

    async def bearer(self, secret: str) -> Bearer:
        """Whom a secret acts for; its use is noted once a minute. Raises BadBearer."""
        if not secret.startswith(PREFIX):
            raise BadBearer
        async with self._database.reading() as cursor:
            found = await repository.find(cursor, digest_of(secret))
            if found is None:
                raise BadBearer
            bearer, is_unnoted = found
            if is_unnoted:
                with suppress(StoreUnavailable):  # MySQL may be read-only
                    await repository.note_use(cursor, bearer.token_id)
        return bearer

    async def ended(self, digests: list[str]) -> list[str]:
        """Those of the digests that are no token which lets somebody in."""
        if not digests:
            return []
        async with self._database.reading() as cursor:
            valid = await repository.valid_digests(cursor, digests)
        return [digest for digest in digests if digest not in valid]

    @retried
    async def _create(self, user_id: int, new: NewToken, once: Once | None) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            await repository.lock_user(cursor, user_id)
            stored: str | None = await idempotency.begin(cursor, once)
            if stored is not None:
                answer: dict[str, Any] = json.loads(self._seal.open(stored))
                return answer
            answer = await self._insert(cursor, user_id, new)
            await idempotency.finish(cursor, once, self._seal.seal(json.dumps(answer)))
        return answer

    @retried
    async def _remove(self, user_id: int, token_id: int) -> str:
        async with self._database.transaction() as cursor:
            digest = await repository.remove(cursor, user_id, token_id)
            if digest is None:
                raise NoSuchToken
            await self._live.announce(cursor, user_id, "token", {"token_id": token_id, "event": "revoked"})
        return digest

    async def _insert(self, cursor: Cursor, user_id: int, new: NewToken) -> dict[str, Any]:
        if await repository.count(cursor, user_id) >= MAX_TOKENS:
            raise TooManyTokens
        secret = new_secret()
        digest, hint = digest_of(secret), secret[-HINT_LENGTH:]
        token_id = await repository.insert(cursor, user_id, new, digest, hint)
        token = next(one for one in await repository.of_user(cursor, user_id) if one.token_id == token_id)
        await self._live.announce(cursor, user_id, "token", {"token_id": token_id, "event": "made"})
        return {"token": secret, **token.view()}
