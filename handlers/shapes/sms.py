"""SMS codes in answers."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Count, Shape


class AskedShape(Shape):
    """A code that is on its way."""

    task_id: str = Field(
        description="the task that sends it: watch it, or ask GET /tasks/{task_id}",
        examples=["4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"],
    )
    resend_after: Count = Field(description="seconds until the next one may be asked for", examples=[60])
