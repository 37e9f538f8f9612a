"""A house with the photo service, and no relay: its tasks run when a test says so."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from server.houses import repository as houses_repository
from server.houses.model import HouseForm
from server.media.model import ObjectKey
from server.media.service import MediaService
from server.photos import repository
from server.photos.service import PhotoService
from server.services import open_services
from tests.houses import FIELDS, png

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.media.storage import Storage
    from server.photos.model import Photo
    from server.services import Services
    from tests.stack import Stack

SESSION = "f" * 64
_numbers = itertools.count(1)


@dataclass
class Home:
    """One house and its owner."""

    services: Services
    owner_id: int
    house_id: int
    photos: PhotoService = field(init=False)

    def __post_init__(self) -> None:
        self.photos = self.services.photos

    def over(self, storage: Storage) -> PhotoService:
        """The photo service over another store."""
        services = self.services
        media = MediaService(storage, services.workers, services.database)
        return PhotoService(services.database, media, services.changes, services.outbox)

    async def add(self, colour: str = "steelblue", size: tuple[int, int] = (700, 500)) -> Photo:
        return await self.photos.upload(self.owner_id, self.house_id, png(colour, size), SESSION)

    async def make(self, photo: Photo) -> dict[str, Any] | None:
        """Run the task of a picture."""
        return await self.photos.make_variants(photo.task_id, photo.image_id)

    async def delete(self, photo: Photo) -> list[Photo]:
        return await self.photos.delete(self.owner_id, self.house_id, photo.image_id)

    async def order(self, photos: list[Photo]) -> list[Photo]:
        return await self.photos.order(self.owner_id, self.house_id, [photo.image_id for photo in photos])

    async def all(self) -> list[Photo]:
        """The pictures as they are stored, in their order."""
        async with self.services.database.reading() as cursor:
            return (await repository.photos_of(cursor, [self.house_id])).get(self.house_id, [])

    async def rows(self, statement: str, *arguments: object) -> list[dict[str, Any]]:
        async with self.services.database.reading() as cursor:
            await cursor.execute(statement, arguments)
            return await cursor.fetchall()

    async def version(self) -> int:
        rows = await self.rows("SELECT version FROM houses WHERE id = %s", self.house_id)
        return int(rows[0]["version"])

    async def counts(self, *photos: Photo) -> dict[str, int]:
        """How often the objects of these pictures are held, by key; an object without a row counts -1."""
        keys = {key for photo in photos for key in photo.object_keys}
        rows = await self.rows("SELECT sha256, ref_count FROM objects")
        known = {row["sha256"]: row["ref_count"] for row in rows}
        return {key: known.get(ObjectKey.parse(key).sha256, -1) for key in keys}

    async def outcome(self, photo: Photo) -> Any:
        """What the outbox knows of the picture's task; None until it is done."""
        states = await self.services.outbox.final_states([photo.task_id])
        return states.get(photo.task_id)

    async def set_status(self, status: str) -> None:
        await self.rows("UPDATE houses SET status = %s WHERE id = %s", status, self.house_id)

    async def assert_sound(self) -> None:
        """Positions without gaps, every object held as often as rows refer to it, and there."""
        photos = await self.all()
        assert [photo.position for photo in photos] == list(range(len(photos)))
        uses = Counter(key for photo in photos for key in photo.object_keys)
        assert await self.counts(*photos) == dict(uses)
        for key in uses:
            assert (await self.services.media.read(key)).content


@pytest.fixture
def home(io_loop: IOLoop, stack: Stack) -> Iterator[Home]:
    """A draft; the pictures' objects are this home's alone: the table is emptied before."""
    exits = AsyncExitStack()

    async def enter() -> Home:
        services = await exits.enter_async_context(open_services(stack.settings))
        await forget_everything(services)
        exits.push_async_callback(forget_everything, services)
        return await new_home(services)

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def new_home(services: Services) -> Home:
    """A house of a new owner."""
    number = f"{os.getpid() % 10_000:04}{next(_numbers):04}"
    form = HouseForm(**{**FIELDS, "facility": tuple(FIELDS["facility"])})
    async with services.database.transaction() as cursor:
        await cursor.execute(
            "INSERT INTO users (mobile, name, password_hash) VALUES (%s, %s, '-')",
            (f"136{number}", f"屋主{number}"),
        )
        owner_id = cursor.lastrowid
        house_id = await houses_repository.insert(cursor, owner_id, form.check())
    return Home(services, owner_id, house_id)


async def forget_everything(services: Services) -> None:
    """Leave nothing for the relays, sweeps and counts of other tests."""
    async with services.database.reading() as cursor:
        for table in ("outbox", "house_images", "objects"):
            await cursor.execute(f"DELETE FROM {table}")
