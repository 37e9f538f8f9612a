"""Houses in answers. Money in fen, times in UTC."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.shapes.base import Count, Fen, Id, MediaUrl, Moment, Shape
from handlers.shapes.photos import PhotoShape
from server.houses.model import HouseStatus
from server.quotes.model import Cancellation


class RatingShape(Shape):
    """What guests gave."""

    average: float | None = Field(description="one to five, to one decimal; null without any", examples=[4.7])
    count: Count = Field(description="how many", examples=[12])


class _HouseBase(Shape):
    title: str = Field(description="what the host calls it", examples=["国贸地铁口整租一居"])
    price: Fen = Field(description="for a night, in fen", examples=[39900])
    area_id: Id = Field(description="its area", examples=[3])
    area_name: str = Field(
        description="the area's name, in the language that was asked for", examples=["朝阳区"]
    )
    address: str = Field(description="where it is", examples=["朝阳区建国路 88 号"])
    room_count: Id = Field(description="how many rooms", examples=[1])
    acreage: Id = Field(description="in square metres", examples=[56])
    unit: str = Field(description="the layout, in the host's words", examples=["一室一厅"])
    beds: str = Field(description="the beds, in the host's words", examples=["双人床 1.8 米 1 张"])
    capacity: Id = Field(description="how many people", examples=[2])
    order_count: Count = Field(description="how often it was booked and paid for", examples=[28])
    rating: RatingShape = Field(description="what guests gave")
    ctime: Moment = Field(description="when it was published, UTC", examples=["2026-11-01 08:00:00"])
    house_id: Id = Field(description="the house's id", examples=[7])
    user_name: str = Field(description="the host's name", examples=["爱家_k7m2xw9q"])
    user_avatar: MediaUrl | None = Field(
        description="the host's picture; null for the drawn default", examples=["/media/ab/abcd1234.webp"]
    )


class SummaryShape(_HouseBase):
    """A house in a list."""

    img_url: MediaUrl | None = Field(
        description="the cover; null without pictures", examples=["/media/ab/abcd.webp"]
    )
    image: PhotoShape | None = Field(description="all of the cover; null without pictures")


class OwnedShape(SummaryShape):
    """A house in its owner's list."""

    status: HouseStatus = Field(description="who can see it: a draft only its owner")
    version: Id = Field(description="counts every change", examples=[4])
    image_count: Count = Field(description="how many pictures it has", examples=[6])


class ReviewShape(Shape):
    """What a guest said after a stay."""

    comment: str = Field(description="the guest's words", examples=["干净，离地铁近"])
    user_name: str = Field(description="the guest's name", examples=["李四"])
    user_avatar: MediaUrl | None = Field(
        description="the guest's picture; null for the drawn default", examples=["/media/ab/abcd1234.webp"]
    )
    ctime: Moment = Field(description="when it was said, UTC", examples=["2026-11-20 09:30:00"])
    rating: Annotated[int, Field(ge=1, le=5)] = Field(description="one to five", examples=[5])
    reply: str | None = Field(description="the host's answer", examples=["欢迎再来"])


class HouseShape(_HouseBase):
    """All of a house."""

    hid: Id = Field(description="the same as house_id", examples=[7])
    user_id: Id = Field(description="the host's id", examples=[1])
    deposit: Fen = Field(description="given back after the stay, in fen", examples=[50000])
    min_days: Id = Field(description="the fewest nights", examples=[1])
    max_days: Count = Field(description="the most nights; 0 for no limit", examples=[0])
    weekend_price: Fen | None = Field(
        description="for nights that begin on a Friday or Saturday, in fen; null for the usual price",
        examples=[45900],
    )
    weekly_percent: Count = Field(description="per cent off from 7 nights", examples=[10])
    monthly_percent: Count = Field(description="per cent off from 28 nights", examples=[20])
    cleaning_fee: Fen = Field(description="once a stay, in fen", examples=[8000])
    instant: bool = Field(description="whether a booking needs no acceptance", examples=[False])
    cancellation: Cancellation = Field(
        description="how much of the nights comes back on cancellation", examples=["flexible"]
    )
    wants_verified: bool = Field(
        description="whether only guests with a checked name may book", examples=[False]
    )
    img_urls: list[MediaUrl] = Field(
        description="the pictures, the cover first", examples=[["/media/ab/abcd.webp"]]
    )
    images: list[PhotoShape] = Field(description="all of the pictures, the cover first")
    facilities: list[Id] = Field(description="ids of what it has", examples=[[1, 4, 9]])
    comments: list[ReviewShape] = Field(description="the newest reviews")
    status: HouseStatus = Field(description="who can see it: a draft only its owner")
    version: Id = Field(description="counts every change", examples=[4])


class HousePageShape(Shape):
    """One house."""

    house: HouseShape = Field(description="all of it")


class HousesFoundShape(Shape):
    """A page of a search."""

    houses: list[SummaryShape] = Field(description="at most 20")
    next: str | None = Field(description="the cursor of the next page; null at the end", examples=[None])
    total: Count = Field(description="how many match, counted up to 1000", examples=[42])
    total_capped: bool = Field(description="whether there may be more than total", examples=[False])
    total_page: Count = Field(description="how many pages that makes", examples=[3])
    current_page: Id = Field(description="which of them this is", examples=[1])


class HomeHousesShape(Shape):
    """The home page's houses."""

    houses: list[SummaryShape] = Field(description="at most five, the most booked first")


class OwnedHousesShape(Shape):
    """A page of the own houses."""

    houses: list[OwnedShape] = Field(description="at most 20, newest first")
    next: str | None = Field(description="the cursor of the next page; null at the end", examples=[None])


class HouseIdShape(Shape):
    """A house that was just published."""

    house_id: Id = Field(description="the house's id", examples=[7])


class HouseVersionShape(Shape):
    """A house that was just changed."""

    house_id: Id = Field(description="the house's id", examples=[7])
    version: Id = Field(description="counts every change", examples=[5])


class HouseStatusShape(HouseVersionShape):
    """Who can see a house now."""

    status: HouseStatus = Field(description="who can see it", examples=["online"])
