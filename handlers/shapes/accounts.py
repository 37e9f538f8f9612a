"""Accounts and sessions in answers."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Id, MediaUrl, Moment, Shape


class AccountShape(Shape):
    """An account as its owner sees it."""

    user_id: Id = Field(description="the user's id", examples=[1])
    mobile: str = Field(
        description="the phone, masked", examples=["139****0001"], pattern=r"^\d{3}\*{4}\d{4}$"
    )
    create_time: Moment = Field(
        description="when the account was made, UTC", examples=["2026-11-01 08:00:00"]
    )
    name: str = Field(description="the name that others see", examples=["爱家_k7m2xw9q"])
    avatar_url: MediaUrl | None = Field(
        description="the picture; null for the drawn default", examples=["/media/ab/abcd1234.webp"]
    )


class ProfileShape(AccountShape):
    """The own profile."""

    verified: bool = Field(description="whether the real-name check was passed", examples=[True])


class SessionShape(Shape):
    """Who is signed in."""

    user_id: Id = Field(description="the user's id", examples=[1])
    name: str = Field(description="the name that others see", examples=["爱家_k7m2xw9q"])
    avatar_url: MediaUrl | None = Field(
        description="the picture; null for the drawn default", examples=["/media/ab/abcd1234.webp"]
    )
    csrf_token: str = Field(
        description="what X-CSRFToken must show on writes of this session", examples=["8c1f0e9b7a6d5c4b"]
    )


class NameShape(Shape):
    """The name as it is now."""

    name: str = Field(description="the name that others see", examples=["张三"])


class AvatarShape(Shape):
    """The picture as it is now."""

    avatar_url: MediaUrl = Field(description="where the picture is", examples=["/media/ab/abcd1234.webp"])
