"""Pictures of a house, for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import PICTURES, operation
from handlers.shapes.photos import PhotosShape, UploadedShape
from handlers.uploads import uploaded
from handlers.wire import Body, File
from server.errors import Overloaded
from server.houses.model import NoSuchHouse
from server.media.model import MAX_FILE_BYTES, EmptyFile
from server.photos.model import BadOrder, LastPhoto, NoSuchPhoto, PhotosChanged, TooManyPhotos
from server.tokens.model import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.photos.model import Photo

FIELD = "house_image"
MULTIPART_OVERHEAD = 64 * 1024


class NewOrder(Body):
    """All pictures of the house, the cover first."""

    image_ids: Annotated[list[Annotated[int, Field(ge=1, le=2**63)]], Field(max_length=1000)] = Field(
        description="every picture's id, each once", examples=[[31, 30, 32]]
    )


class PhotoForm(Body):
    """A picture: JPEG, PNG or WebP, at most 8 MiB. It is decoded and written anew; what else was in it is gone."""

    house_image: File = Field(description="the file")


class PhotosHandler(BaseHandler):
    """New pictures."""

    limit = "120/minute"
    max_body_bytes = MAX_FILE_BYTES + MULTIPART_OVERHEAD

    @operation(
        name="addPhoto",
        form=PhotoForm,
        answer=UploadedShape,
        status=201,
        refusals=(NoSuchHouse, TooManyPhotos, *PICTURES, Overloaded),
        scope=Scope.HOUSES,
        once=True,
    )
    async def post(self, house_id: str) -> None:
        """Add a picture behind the others: multipart, one file in the field `house_image`. At most 20 a house."""
        upload = uploaded(self.request, FIELD)
        if upload is None:
            raise EmptyFile(FIELD)
        photo = await self.services.photos.upload(
            self.signed_in_user, int(house_id), upload, self.session_digest, self.once(upload)
        )
        self.succeed(
            {
                "image_id": photo.image_id,
                "image_url": photo.url,
                "task_id": photo.task_id,
                "image": photo.view(for_owner=True),
            },
            201,
            location=address("houses", house_id, "images", photo.image_id),
        )


class PhotoOrderHandler(BaseHandler):
    """The order of the pictures."""

    limit = "120/minute"

    @operation(
        name="orderPhotos",
        body=NewOrder,
        answer=PhotosShape,
        refusals=(NoSuchHouse, BadOrder, PhotosChanged),
        scope=Scope.HOUSES,
    )
    async def put(self, house_id: str) -> None:
        """Change the order of the pictures; the first is the cover."""
        image_ids = self.parse(NewOrder).image_ids
        photos = await self.services.photos.order(self.signed_in_user, int(house_id), image_ids)
        self.succeed(_views(photos))


class PhotoHandler(BaseHandler):
    """One picture."""

    limit = "120/minute"

    @operation(
        name="deletePhoto",
        answer=PhotosShape,
        refusals=(NoSuchHouse, NoSuchPhoto, LastPhoto),
        scope=Scope.HOUSES,
    )
    async def delete(self, house_id: str, image_id: str) -> None:
        """Remove a picture; the answer has the others."""
        photos = await self.services.photos.delete(self.signed_in_user, int(house_id), int(image_id))
        self.succeed(_views(photos))


def _views(photos: Iterable[Photo]) -> dict[str, Any]:
    return {"images": [photo.view(for_owner=True) for photo in photos]}
