"""The real-name check in answers."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Shape


class IdentityShape(Shape):
    """Who was checked, masked: the whole of it is never shown."""

    real_name: str = Field(description="the first character of the name", examples=["张*"])
    id_card: str = Field(description="the number's ends", examples=["1101************23"])


class OwnIdentityShape(Shape):
    """What the user was checked as, masked; nulls before the check."""

    real_name: str | None = Field(description="the first character of the name", examples=["张*"])
    id_card: str | None = Field(description="the number's ends", examples=["1101************23"])
