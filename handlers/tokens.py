"""API tokens: make, list, revoke. Only from a browser: a token cannot make another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.tokens import NewTokenShape, TokensShape
from handlers.wire import Body
from server.idempotency.model import BadKey, InFlight, KeyReused
from server.tokens.model import (
    BadLife,
    BadTokenName,
    NewToken,
    NoScopes,
    NoSuchToken,
    Scope,
    TooManyTokens,
)


class TokenBody(Body):
    """What a new token is called and may do."""

    name: Annotated[str, Field(max_length=256, description="what you call it", examples=["price robot"])]
    scopes: Annotated[
        list[Scope], Field(max_length=16, description="what it may do", examples=[["read", "orders"]])
    ]
    days: Annotated[
        int | None, Field(description="how long it lives: 1 to 365; null until it is revoked", examples=[90])
    ] = None

    def wish(self) -> NewToken:
        """Raises BadTokenName, NoScopes, BadLife."""
        return NewToken(self.name, frozenset(self.scopes), self.days)


class TokensHandler(BaseHandler):
    """Tokens with which programs act for you."""

    limit = "120/minute"

    @operation(name="listTokens", answer=TokensShape)
    async def get(self) -> None:
        """Your tokens, without their secrets."""
        self.succeed(await self.services.tokens.page(self.signed_in_user))

    @operation(
        name="createToken",
        body=TokenBody,
        answer=NewTokenShape,
        status=201,
        refusals=(BadTokenName, NoScopes, BadLife, TooManyTokens, BadKey, KeyReused, InFlight),
        once=True,
    )
    async def post(self) -> None:
        """Make a token; its secret is in this answer and nowhere else."""
        user_id, new = self.signed_in_user, self.parse(TokenBody).wish()
        made = await self.services.tokens.create(user_id, new, self.once())
        self.succeed(made, 201, location=address("user", "tokens"))


class TokenHandler(BaseHandler):
    """One of your tokens."""

    limit = "120/minute"

    @operation(name="revokeToken", refusals=(NoSuchToken,))
    async def delete(self, token_id: str) -> None:
        """Revoke it, now."""
        await self.services.tokens.revoke(self.signed_in_user, int(token_id))
        self.succeed()
