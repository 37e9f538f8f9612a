"""The use cases of pictures: take an upload, hold and release it, serve it, sweep what nobody holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from server.db import retried
from server.errors import StoreUnavailable
from server.media import picture, repository, variants
from server.media.model import (
    ObjectKey,
    ServedPicture,
    StoredHousePicture,
    StoredPicture,
    StoredVariants,
    Variant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import Cursor, Database
    from server.media.model import Claim, Encoded
    from server.media.storage import Storage
    from server.workers import Workers

# Far above the time from claim to hold of the slowest upload that the store's time-outs allow.
GRACE_SECONDS = 3600
SWEEP_LIMIT = 100


class MediaService:
    """Pictures from upload to deletion. `workers` needs a pool called "picture"."""

    def __init__(self, storage: Storage, workers: Workers, database: Database) -> None:
        self._storage = storage
        self._workers = workers
        self._database = database

    async def avatar(self, upload: bytes) -> StoredPicture:
        """Check, re-encode and store an avatar, which then waits for `replace` or `hold`.

        Raises PictureRefused (field avatar), Overloaded, StoreUnavailable.
        """
        return await self._store(await self._workers.run("picture", picture.avatar, upload))

    async def house_picture(self, upload: bytes) -> StoredHousePicture:
        """Check, re-encode and store a picture of a house, which then waits for `hold`.

        Raises PictureRefused (field house_image), Overloaded, StoreUnavailable.
        """
        encoded, preview = await self._workers.run("picture", picture.house_picture, upload)
        return StoredHousePicture(await self._store(encoded), preview)

    async def variants(self, key: str) -> StoredVariants:
        """Make and store the sizes of a stored picture, which then wait for `hold_all`.

        Raises NoSuchObject, BrokenObject, Overloaded, StoreUnavailable.
        """
        original = (await self.read(key)).content
        made = await self._workers.run("picture", variants.make, original)
        keys: dict[Encoded, str] = {}
        stored: list[StoredPicture] = []
        for encoded in {encoded for pair in made.values() for encoded in pair}:
            keys[encoded] = str(ObjectKey.of(encoded.content, encoded.media_type))
            if keys[encoded] != key:
                stored.append(await self._store(encoded))
        sizes = {
            name: Variant(webp.width, webp.height, keys[webp], keys[jpeg])
            for name, (webp, jpeg) in made.items()
        }
        return StoredVariants(sizes, tuple(stored))

    async def hold_all(self, cursor: Cursor, stored: Iterable[StoredPicture]) -> None:
        """Count a reference to each, in key order. Raises ClaimLost."""
        for one in sorted(stored, key=lambda picture: picture.key):
            await self.hold(cursor, one)

    async def release_all(self, cursor: Cursor, keys: Iterable[str]) -> None:
        """Uncount a reference for each, in key order: crossing transactions do not deadlock. Raises NotHeld."""
        for key in sorted(keys):
            await self.release(cursor, key)

    async def hold(self, cursor: Cursor, stored: StoredPicture) -> None:
        """Count a reference, in the transaction that writes it. Raises ClaimLost (503: send it again)."""
        await repository.hold(cursor, stored.claim)

    async def release(self, cursor: Cursor, key: str) -> None:
        """Uncount a reference, in the transaction that drops it. Raises NotHeld."""
        await repository.release(cursor, ObjectKey.parse(key))

    async def replace(self, cursor: Cursor, old_key: str | None, stored: StoredPicture) -> None:
        """Hold the new picture and release the old one, in key order: crossing swaps do not deadlock."""
        if old_key is None or old_key >= stored.key:
            await self.hold(cursor, stored)
        if old_key is not None:
            await self.release(cursor, old_key)
        if old_key is not None and old_key < stored.key:
            await self.hold(cursor, stored)

    async def read(self, key: str) -> ServedPicture:
        """The picture at `/media/<key>`. Raises NoSuchObject, also for a text that is no key."""
        parsed = ObjectKey.parse(key)
        return ServedPicture(await self._storage.get(parsed), parsed.media_type)

    async def sweep(self, *, grace_seconds: int = GRACE_SECONDS, limit: int = SWEEP_LIMIT) -> int:
        """Remove up to `limit` objects that nobody has held or claimed for so long; returns how many.

        Several sweeps may run at once. Why none can take an object that an upload revives: docs/adr/0003.
        """
        await self._storage.tidy()
        swept = 0
        for orphan in await self._choose_orphans(grace_seconds, limit):
            try:
                swept += await self._remove(orphan, grace_seconds)
            except StoreUnavailable:
                structlog.get_logger().warning("object not swept", key=str(orphan.key))
                await self._postpone(orphan)
        return swept

    async def _store(self, encoded: Encoded) -> StoredPicture:
        key = ObjectKey.of(encoded.content, encoded.media_type)
        claim = await self._claim(key, len(encoded.content))
        await self._storage.put(key, encoded.content)
        return StoredPicture(claim, encoded.width, encoded.height, len(encoded.content))

    @retried
    async def _claim(self, key: ObjectKey, byte_count: int) -> Claim:
        async with self._database.transaction() as cursor:
            return await repository.claim(cursor, key, byte_count)

    @retried
    async def _choose_orphans(self, grace_seconds: int, limit: int) -> list[Claim]:
        async with self._database.transaction() as cursor:
            return await repository.choose_orphans(cursor, grace_seconds, limit)

    async def _remove(self, orphan: Claim, grace_seconds: int) -> bool:
        async with self._database.transaction() as cursor:
            if not await repository.lock_orphan(cursor, orphan, grace_seconds):
                return False
            await self._storage.delete(orphan.key)  # under the row's lock: a claim of this content waits
            await repository.forget(cursor, orphan.key)
        return True

    async def _postpone(self, orphan: Claim) -> None:
        async with self._database.transaction() as cursor:
            await repository.postpone(cursor, orphan)
