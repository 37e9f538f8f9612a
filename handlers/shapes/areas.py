"""Areas and facilities in answers."""

from __future__ import annotations

from pydantic import Field

from handlers.shapes.base import Count, Id, Shape


class AreaShape(Shape):
    """A district."""

    aid: Id = Field(description="the area's id", examples=[1])
    aname: str = Field(description="its name, in the language that was asked for", examples=["东城区"])
    count: Count = Field(description="how many houses are online there", examples=[12])


class FacilityShape(Shape):
    """Something that a house can have."""

    id: Id = Field(description="the facility's id", examples=[1])
    name: str = Field(description="its name, in the language that was asked for", examples=["无线网络"])
    icon: str = Field(description="the name of its picture", examples=["wifi"])
