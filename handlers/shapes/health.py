"""What operators are told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from handlers.shapes.base import Shape


class AliveShape(Shape):
    """The event loop turns."""

    alive: Literal[True] = Field(description="always")


class ReadyShape(Shape):
    """Which parts work."""

    mysql: bool = Field(description="whether MySQL answers", examples=[True])
    redis: bool = Field(description="whether Redis answers", examples=[True])
    worker: bool = Field(description="whether tasks are done", examples=[True])
    draining: bool = Field(description="whether the process is about to stop", examples=[False])
