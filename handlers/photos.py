"""Pictures of a house, for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from handlers.base import BaseHandler
from handlers.wire import Body
from server.media.model import MAX_FILE_BYTES, EmptyFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.photos.model import Photo

FIELD = "house_image"
MULTIPART_OVERHEAD = 64 * 1024


class NewOrder(Body):
    """All pictures of the house, the cover first."""

    image_ids: Annotated[list[Annotated[int, Field(ge=1, le=2**63)]], Field(max_length=1000)]


class PhotosHandler(BaseHandler):
    """New pictures."""

    limit = "120/minute"
    max_body_bytes = MAX_FILE_BYTES + MULTIPART_OVERHEAD

    async def post(self, house_id: str) -> None:
        """Add one behind the others: multipart, one file in the field `house_image`."""
        files = self.request.files.get(FIELD)
        if not files:
            raise EmptyFile(FIELD)
        upload = files[0].body
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
        )


class PhotoOrderHandler(BaseHandler):
    """The order of the pictures."""

    limit = "120/minute"

    async def put(self, house_id: str) -> None:
        """Change it; the first is the cover."""
        image_ids = self.parse(NewOrder).image_ids
        photos = await self.services.photos.order(self.signed_in_user, int(house_id), image_ids)
        self.succeed(_views(photos))


class PhotoHandler(BaseHandler):
    """One picture."""

    limit = "120/minute"

    async def delete(self, house_id: str, image_id: str) -> None:
        """Remove it; the answer has the others."""
        photos = await self.services.photos.delete(self.signed_in_user, int(house_id), int(image_id))
        self.succeed(_views(photos))


def _views(photos: Iterable[Photo]) -> dict[str, Any]:
    return {"images": [photo.view(for_owner=True) for photo in photos]}
