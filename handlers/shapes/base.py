"""What every shape of an answer shares, and the values that many shapes have."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A JSON object of an answer: exactly these fields, with exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Id = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Fen = Annotated[int, Field(ge=0)]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$")]
MediaUrl = Annotated[str, Field(pattern="^/media/")]
