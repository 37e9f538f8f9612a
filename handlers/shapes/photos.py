"""Pictures of houses in answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from handlers.shapes.base import Id, MediaUrl, Shape


class VariantShape(Shape):
    """One size of a picture, in two formats."""

    width: Id = Field(description="in pixels", examples=[480])
    height: Id = Field(description="in pixels", examples=[360])
    webp: MediaUrl = Field(description="where the WebP is", examples=["/media/ab/abcd1234.webp"])
    jpeg: MediaUrl = Field(description="where the JPEG is", examples=["/media/ab/abcd1234.jpg"])


class VariantsShape(Shape):
    """The sizes of a picture."""

    card: VariantShape = Field(description="480 pixels wide")
    gallery: VariantShape = Field(description="1024 pixels wide")
    full: VariantShape = Field(description="at most 2048 pixels wide")


class PhotoShape(Shape):
    """A picture of a house."""

    image_id: Id = Field(description="the picture's id", examples=[31])
    url: MediaUrl = Field(
        description="the whole picture, there from the start", examples=["/media/ab/abcd.webp"]
    )
    width: Id = Field(description="of the whole picture, in pixels", examples=[1600])
    height: Id = Field(description="of the whole picture, in pixels", examples=[1200])
    preview: str = Field(
        description="a tiny blurred picture as a data: address, to show meanwhile",
        examples=["data:image/webp;base64,UklGRg=="],
        pattern="^data:image/webp;base64,",
    )
    state: Literal["processing", "ready", "failed"] = Field(
        description="whether the sizes are there", examples=["ready"]
    )
    variants: VariantsShape | None = Field(
        description="the sizes; null until they are made, or when that failed"
    )


class NewPhotoShape(PhotoShape):
    """A picture whose sizes are being made, as its owner sees it."""

    state: Literal["processing"] = Field(description="the sizes are not there yet", examples=["processing"])
    variants: None = Field(description="not yet")
    task_id: str = Field(
        description="the task that makes the sizes; its state can be watched",
        examples=["photo-4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"],
    )


class UploadedShape(Shape):
    """A picture that was just added."""

    image_id: Id = Field(description="the picture's id", examples=[31])
    image_url: MediaUrl = Field(description="the whole picture", examples=["/media/ab/abcd1234.webp"])
    task_id: str = Field(
        description="the task that makes the sizes; its state can be watched",
        examples=["photo-4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"],
    )
    image: NewPhotoShape | PhotoShape = Field(description="all of the picture")


class PhotosShape(Shape):
    """All pictures of a house, the cover first, as their owner sees them."""

    images: list[NewPhotoShape | PhotoShape] = Field(description="in order")
