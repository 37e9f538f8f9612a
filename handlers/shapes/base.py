"""What every shape of an answer shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A JSON object of an answer: exactly these fields, with exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
