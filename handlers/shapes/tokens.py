"""API tokens in answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from handlers.shapes.base import Shape


class TokenShape(Shape):
    """A token without its secret."""

    token_id: int = Field(description="the token's id", examples=[7])
    name: str = Field(description="what its user calls it", examples=["price robot"])
    hint: str = Field(description="the secret's last four characters", examples=["x3Qk"])
    scopes: list[Literal["read", "houses", "orders"]] = Field(
        description="what it may do", examples=[["read", "orders"]]
    )
    ctime: str = Field(description="when it was made, UTC", examples=["2026-11-26 08:00:00"])
    expires_at: str | None = Field(
        description="when it ends, UTC; null lives until it is revoked", examples=["2027-02-24 08:00:00"]
    )
    last_used: str | None = Field(
        description="when it was last used, to the minute, UTC", examples=["2026-11-26 09:30:00"]
    )
    expired: bool = Field(description="whether it is over", examples=[False])


class NewTokenShape(TokenShape):
    """A token that was just made, with its secret."""

    token: str = Field(
        description="the secret, shown this once",
        examples=["ihome_5Vb0mJ2kq6fJrVt1cW8Qh3d7uYp9sA4eXzN0LgRbTx3Qk"],
    )


class TokensShape(Shape):
    """The user's tokens."""

    tokens: list[TokenShape] = Field(description="newest first")
