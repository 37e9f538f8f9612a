"""Who is still let in, of those who listen: browsers by their session, programs by their token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.accounts.sessions import Sessions
    from server.tokens.service import TokenService


class Logins:
    """Sessions are asked first: they cost no query."""

    def __init__(self, sessions: Sessions, tokens: TokenService) -> None:
        self._sessions = sessions
        self._tokens = tokens

    async def ended(self, digests: list[str]) -> list[str]:
        """Those that are signed in no more. Raises StoreUnavailable."""
        return await self._tokens.ended(await self._sessions.ended(digests))
