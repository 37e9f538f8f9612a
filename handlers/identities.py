"""The real-name check."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.base import BaseHandler
from handlers.wire import Body
from server.errors import TooManyRequests

PER_USER = ("20/hour", "60/day")  # nobody finds out by trying which numbers are registered


class RealName(Body):
    """A name and an ID number as they stand on the card."""

    real_name: Annotated[str, Field(max_length=128)]
    id_card: Annotated[str, Field(max_length=32)]


class IdentityHandler(BaseHandler):
    """The own identity, always masked."""

    limit = "60/minute"

    async def get(self) -> None:
        """What the user was verified as."""
        self.succeed(await self.services.identities.view(self.signed_in_user))

    async def post(self) -> None:
        """Pass the check, once."""
        body = self.parse(RealName)
        wait = await self.services.limits.take(PER_USER, "identity", str(self.signed_in_user))
        if wait is not None:
            raise TooManyRequests(retry_after=wait)
        user_id, once = self.signed_in_user, self.once()
        masked = await self.services.identities.verify(user_id, body.real_name, body.id_card, once)
        self.succeed(masked, 201)
