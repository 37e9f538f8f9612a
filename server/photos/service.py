"""The use cases of house pictures: upload, order, delete, and the task that makes their sizes."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog

from server.db import retried
from server.errors import Overloaded, StoreUnavailable
from server.houses import repository as houses_repository
from server.houses.model import HouseStatus, NoSuchHouse
from server.idempotency import repository as idempotency
from server.media.model import BrokenObject, NoSuchObject
from server.outbox import repository as outbox_repository
from server.outbox.model import TaskState, Work
from server.photos import repository
from server.photos.model import (
    MAX_PHOTOS,
    FailureReason,
    LastPhoto,
    NoSuchPhoto,
    Photo,
    PhotosChanged,
    PhotoState,
    TooManyPhotos,
    check_order,
    new_task_id,
)

if TYPE_CHECKING:
    from server.db import Cursor, Database, Row
    from server.houses.changes import HouseChanges
    from server.idempotency.model import Once
    from server.media.model import StoredHousePicture, StoredVariants
    from server.media.service import MediaService
    from server.outbox.service import Outbox

VARIANT_SECONDS = 45  # below what a task may take: it ends by itself and says how
MAX_PUBLICATIONS = 4  # at 30 s, doubled each time: given up after three and a half minutes


class PhotoService:
    """All use cases of house pictures."""

    def __init__(
        self, database: Database, media: MediaService, changes: HouseChanges, outbox: Outbox
    ) -> None:
        self._database = database
        self._media = media
        self._changes = changes
        self._outbox = outbox

    async def upload(
        self, owner_id: int, house_id: int, upload: bytes, session: str, once: Once | None = None
    ) -> Photo:
        """Add a picture behind the others; its task may be watched by `session`, the digest.

        Raises NoSuchHouse, TooManyPhotos, PictureRefused, Overloaded, StoreUnavailable, KeyReused, InFlight.
        """
        added = await self._added_before(once)
        if added is not None:
            return added
        await self._admit(owner_id, house_id)
        picture = await self._media.house_picture(upload)
        photo = await self._add(owner_id, house_id, picture, session, once)
        await self._changes.spread(house_id)
        return photo

    async def order(self, owner_id: int, house_id: int, image_ids: list[int]) -> list[Photo]:
        """Put all pictures of a house into this order; the first is the cover.

        Raises BadOrder, NoSuchHouse, PhotosChanged.
        """
        photos = await self._order(owner_id, house_id, check_order(image_ids))
        await self._changes.spread(house_id)
        return photos

    async def delete(self, owner_id: int, house_id: int, image_id: int) -> list[Photo]:
        """Remove a picture; returns the others. Raises NoSuchHouse, NoSuchPhoto, LastPhoto."""
        photos = await self._delete(owner_id, house_id, image_id)
        await self._changes.spread(house_id)
        return photos

    async def release_all(self, cursor: Cursor, house_id: int) -> None:
        """Remove every picture, in the transaction that deletes the locked house."""
        photos = await _photos(cursor, house_id)
        keys = [key for photo in photos for key in photo.object_keys]
        await self._media.release_all(cursor, keys)
        await repository.delete_all(cursor, house_id)

    async def make_variants(self, task_id: str, image_id: int) -> dict[str, Any] | None:
        """The task: make and write a picture's sizes. None when it should come again.

        It may run twice or beside itself: only the first to write holds what it stored. A picture that was
        deleted meanwhile needs nothing.
        """
        try:
            return await self._make_variants(task_id, image_id)
        except (StoreUnavailable, Overloaded, TimeoutError) as error:
            structlog.get_logger().warning(
                "picture sizes wait", image_id=image_id, error=type(error).__name__
            )
            return None

    async def _make_variants(self, task_id: str, image_id: int) -> dict[str, Any] | None:
        async with self._database.reading() as cursor:
            photo = await repository.find(cursor, image_id)
        if photo is None or photo.state is not PhotoState.PROCESSING:
            return await self._say_again(task_id)
        try:
            async with asyncio.timeout(VARIANT_SECONDS):
                made = await self._media.variants(photo.object_key)
        except (NoSuchObject, BrokenObject):
            return await self._settle(task_id, photo, FailureReason.UNREADABLE)
        except (StoreUnavailable, TimeoutError):
            if await self._outbox.publications(task_id) < MAX_PUBLICATIONS:
                raise
            return await self._settle(task_id, photo, FailureReason.STORE_UNAVAILABLE)
        return await self._settle(task_id, photo, made)

    async def _settle(
        self, task_id: str, photo: Photo, result: StoredVariants | FailureReason
    ) -> dict[str, Any]:
        failure = TaskState("failed", result.value) if isinstance(result, FailureReason) else None
        outcome = (failure or TaskState("sent")).outcome()
        if not await self._write(task_id, photo, result, outcome):
            return await self._say_again(task_id)
        await self._changes.spread(photo.house_id)
        return outcome

    async def _say_again(self, task_id: str) -> dict[str, Any]:
        """The outcome of a task whose picture was settled before, or is gone."""
        known = (await self._outbox.final_states([task_id])).get(task_id, TaskState("sent"))
        return await self._outbox.finish(task_id, known.outcome())

    async def _added_before(self, once: Once | None) -> Photo | None:
        """The picture as it was answered to the same request, before anything is decoded or counted."""
        async with self._database.reading() as cursor:
            stored = await idempotency.look(cursor, once)
        return Photo(**stored) if stored is not None else None

    async def _admit(self, owner_id: int, house_id: int) -> None:
        """Refuse before the picture is decoded; `_add` looks again, under the lock."""
        async with self._database.reading() as cursor:
            count = await repository.count_owned(cursor, house_id, owner_id)
        if count is None:
            raise NoSuchHouse
        if count >= MAX_PHOTOS:
            raise TooManyPhotos

    @retried
    async def _add(
        self, owner_id: int, house_id: int, picture: StoredHousePicture, session: str, once: Once | None
    ) -> Photo:
        async with self._database.transaction() as cursor:
            stored = await idempotency.begin(cursor, once)
            if stored is not None:
                return Photo(**stored)
            await _lock(cursor, house_id, owner_id)
            count = len(await _photos(cursor, house_id))
            if count >= MAX_PHOTOS:
                raise TooManyPhotos
            await self._media.hold(cursor, picture.stored)
            task_id = new_task_id()
            image_id = await repository.insert(cursor, house_id, count, picture, task_id)
            await outbox_repository.add(cursor, Work(task_id, "photos.variants", (image_id,), session))
            photo = await repository.find(cursor, image_id)
            assert photo is not None  # noqa: S101 - inserted above
            await self._changed(cursor, owner_id, house_id, count + 1)
            await idempotency.finish(cursor, once, asdict(photo))
        return photo

    @retried
    async def _order(self, owner_id: int, house_id: int, image_ids: list[int]) -> list[Photo]:
        async with self._database.transaction() as cursor:
            await _lock(cursor, house_id, owner_id)
            now = [photo.image_id for photo in await _photos(cursor, house_id)]
            if set(now) != set(image_ids):
                raise PhotosChanged
            if now != image_ids:
                await repository.reorder(cursor, house_id, image_ids)
                await self._changed(cursor, owner_id, house_id, len(now))
            return await _photos(cursor, house_id)

    @retried
    async def _delete(self, owner_id: int, house_id: int, image_id: int) -> list[Photo]:
        async with self._database.transaction() as cursor:
            house = await _lock(cursor, house_id, owner_id)
            photos = await _photos(cursor, house_id)
            doomed = next((photo for photo in photos if photo.image_id == image_id), None)
            if doomed is None:
                raise NoSuchPhoto
            if len(photos) == 1 and house["status"] == HouseStatus.ONLINE:
                raise LastPhoto
            await self._media.release_all(cursor, doomed.object_keys)
            await repository.delete(cursor, doomed)
            await self._changed(cursor, owner_id, house_id, len(photos) - 1)
            return await _photos(cursor, house_id)

    @retried
    async def _write(
        self, task_id: str, photo: Photo, result: StoredVariants | FailureReason, outcome: dict[str, Any]
    ) -> bool:
        """Write what came of the task; False when the picture is gone or another run was first."""
        async with self._database.transaction() as cursor:
            house = await repository.lock_house(cursor, photo.house_id)
            current = await repository.find(cursor, photo.image_id)
            if house is None or current is None or current.state is not PhotoState.PROCESSING:
                return False
            await self._keep(cursor, photo.image_id, result)
            count = len(await _photos(cursor, photo.house_id))
            await self._changes.record(cursor, house["owner_id"], photo.house_id, images=count)
            await outbox_repository.complete(cursor, task_id, outcome)
        return True

    async def _keep(self, cursor: Cursor, image_id: int, result: StoredVariants | FailureReason) -> None:
        if isinstance(result, FailureReason):
            await repository.set_variants(cursor, image_id, {})
            return
        await self._media.hold_all(cursor, result.stored)
        await repository.set_variants(cursor, image_id, result.variants)

    async def _changed(self, cursor: Cursor, owner_id: int, house_id: int, count: int) -> None:
        await houses_repository.bump_version(cursor, house_id)
        await self._changes.record(cursor, owner_id, house_id, images=count)


async def _lock(cursor: Cursor, house_id: int, owner_id: int) -> Row:
    house = await houses_repository.lock_owned(cursor, house_id, owner_id)
    if house is None:
        raise NoSuchHouse
    return house


async def _photos(cursor: Cursor, house_id: int) -> list[Photo]:
    return (await repository.photos_of(cursor, [house_id])).get(house_id, [])
