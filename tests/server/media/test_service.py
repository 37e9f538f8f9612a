"""Pictures from upload to sweep, on a real MariaDB: nothing in the database points to nothing."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from server.errors import StoreUnavailable
from server.media import repository
from server.media.model import ClaimLost, MediaType, NoSuchObject, NotAPicture, NotHeld, ObjectKey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.media.model import StoredPicture
    from tests.server.media.conftest import Gallery

    InGallery = Callable[[Callable[[Gallery], Awaitable[None]]], None]


def upload(shade: int = 100) -> bytes:
    file = BytesIO()
    Image.new("RGB", (60, 40), (shade, 80, 90)).save(file, "PNG")
    return file.getvalue()


def digest(stored: StoredPicture) -> str:
    return stored.claim.key.sha256


async def keep(gallery: Gallery, stored: StoredPicture) -> None:
    async with gallery.database.transaction() as cursor:
        await gallery.service.hold(cursor, stored)


async def drop(gallery: Gallery, stored: StoredPicture) -> None:
    async with gallery.database.transaction() as cursor:
        await gallery.service.release(cursor, stored.key)


async def replace(gallery: Gallery, old_key: str | None, stored: StoredPicture) -> None:
    async with gallery.database.transaction() as cursor:
        await gallery.service.replace(cursor, old_key, stored)


def test_an_avatar_can_be_read_back_by_its_key(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stored = await gallery.service.avatar(upload())
        await keep(gallery, stored)

        served = await gallery.service.read(stored.key)

        assert served.media_type is MediaType.WEBP
        assert ObjectKey.of(served.content, served.media_type) == stored.claim.key
        assert (stored.width, stored.height, stored.byte_count) == (40, 40, len(served.content))
        for missing in (f"aa/{'a' * 64}.webp", "../secret", stored.key.replace(".webp", ".png")):
            with pytest.raises(NoSuchObject):
                await gallery.service.read(missing)

    in_gallery(scenario)


def test_a_refused_upload_leaves_no_trace(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        with pytest.raises(NotAPicture):
            await gallery.service.avatar(b"<svg/>")

        assert await gallery.rows() == {}
        assert await gallery.stored() == set()

    in_gallery(scenario)


def test_the_same_picture_twice_is_one_object_that_lives_until_the_last_release(
    in_gallery: InGallery,
) -> None:
    async def scenario(gallery: Gallery) -> None:
        uploads = await asyncio.gather(*(gallery.service.avatar(upload()) for _ in range(8)))
        await asyncio.gather(*(keep(gallery, stored) for stored in uploads))
        one = uploads[0]
        assert await gallery.rows() == {digest(one): 8}
        assert await gallery.stored() == {digest(one)}

        for _ in range(7):
            await drop(gallery, one)
        await gallery.age()
        assert await gallery.service.sweep() == 0
        await drop(gallery, one)
        assert await gallery.service.sweep() == 0  # the grace period began just now
        await gallery.age()

        assert await gallery.service.sweep() == 1
        assert await gallery.rows() == {}
        assert await gallery.stored() == set()

    in_gallery(scenario)


def test_different_pictures_are_different_objects(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        first, second = await gallery.service.avatar(upload(1)), await gallery.service.avatar(upload(200))
        await keep(gallery, first)
        await keep(gallery, second)

        await drop(gallery, first)
        await gallery.age()

        assert await gallery.service.sweep() == 1
        assert await gallery.rows() == {digest(second): 1}
        assert await gallery.stored() == {digest(second)}

    in_gallery(scenario)


def test_a_count_never_goes_below_zero(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stored = await gallery.service.avatar(upload())
        await keep(gallery, stored)

        drops = await asyncio.gather(*(drop(gallery, stored) for _ in range(5)), return_exceptions=True)

        assert sum(isinstance(outcome, NotHeld) for outcome in drops) == 4
        assert await gallery.rows() == {digest(stored): 0}

    in_gallery(scenario)


def test_a_rolled_back_transaction_holds_nothing(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stored = await gallery.service.avatar(upload())

        async def write_the_row_and_fail() -> None:
            async with gallery.database.transaction() as cursor:
                await gallery.service.hold(cursor, stored)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await write_the_row_and_fail()

        assert await gallery.rows() == {digest(stored): 0}
        await gallery.age()
        assert await gallery.service.sweep() == 1

    in_gallery(scenario)


def test_a_store_that_fails_leaves_only_a_row_that_nobody_holds(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreUnavailable("storage")

    async def scenario(gallery: Gallery) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(gallery.storage, "put", full)
            with pytest.raises(StoreUnavailable):
                await gallery.service.avatar(upload())
        assert list((await gallery.rows()).values()) == [0]
        assert await gallery.stored() == set()

        await gallery.age()
        assert await gallery.service.sweep() == 1
        assert await gallery.rows() == {}

    in_gallery(scenario)


def test_a_replaced_picture_is_released_and_the_same_one_again_is_kept(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        first, second = await gallery.service.avatar(upload(1)), await gallery.service.avatar(upload(200))

        await replace(gallery, None, first)
        await replace(gallery, first.key, first)
        assert (await gallery.rows())[digest(first)] == 1
        await replace(gallery, first.key, second)
        assert await gallery.rows() == {digest(first): 0, digest(second): 1}
        await replace(gallery, second.key, first)

        assert await gallery.rows() == {digest(first): 1, digest(second): 0}

    in_gallery(scenario)


def test_crossing_swaps_do_not_deadlock(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        pair = [await gallery.service.avatar(upload(shade)) for shade in (1, 200)]
        for stored in pair:
            await keep(gallery, stored)

        async def swap(start: int) -> None:
            for turn in range(start, start + 40):
                await replace(gallery, pair[turn % 2].key, pair[(turn + 1) % 2])

        await asyncio.gather(swap(0), swap(1))

        assert sum((await gallery.rows()).values()) == 2

    in_gallery(scenario)


def test_control_crossing_swaps_in_any_order_deadlock(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        pair = [await gallery.service.avatar(upload(shade)) for shade in (1, 200)]
        for stored in pair:
            await keep(gallery, stored)
        both_hold = asyncio.Barrier(2)

        async def careless(old: StoredPicture, new: StoredPicture) -> None:
            async with gallery.database.transaction() as cursor:
                await gallery.service.hold(cursor, new)
                await both_hold.wait()
                await gallery.service.release(cursor, old.key)

        outcomes = await asyncio.gather(careless(*pair), careless(*pair[::-1]), return_exceptions=True)

        assert sum(isinstance(outcome, StoreUnavailable) for outcome in outcomes) == 1

    in_gallery(scenario)


def test_a_sweep_is_bounded_and_takes_the_oldest_first(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        for shade in range(0, 250, 50):
            await gallery.service.avatar(upload(shade))
        await gallery.age()
        newest = await gallery.service.avatar(upload(0))
        await gallery.age()

        assert await gallery.service.sweep(limit=4) == 4

        assert list(await gallery.rows()) == [digest(newest)]
        assert await gallery.service.sweep(limit=4) == 1

    in_gallery(scenario)


def test_an_object_that_cannot_be_deleted_does_not_stop_the_others(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(gallery: Gallery) -> None:
        stuck = (await gallery.service.avatar(upload(1))).claim.key
        await gallery.age()
        await gallery.service.avatar(upload(200))
        await gallery.age()
        delete = gallery.storage.delete

        async def refusing(key: ObjectKey) -> None:
            if key == stuck:
                raise StoreUnavailable("storage")
            await delete(key)

        monkeypatch.setattr(gallery.storage, "delete", refusing)

        assert await gallery.service.sweep(limit=1) == 0
        assert await gallery.service.sweep(limit=1) == 1
        assert list(await gallery.rows()) == [stuck.sha256]

    in_gallery(scenario)


def test_the_database_itself_refuses_a_held_orphan(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stored = await gallery.service.avatar(upload())
        await keep(gallery, stored)

        async with gallery.database.reading() as cursor:
            with pytest.raises(Exception) as refusal:  # noqa: PT011 - the text is looked at below
                await cursor.execute("UPDATE objects SET orphaned_at = NOW(6)")
        assert "objects_orphaned" in f"{refusal.value} {refusal.value.__cause__}"

        await repository_postpones_nothing_held(gallery, stored)

    async def repository_postpones_nothing_held(gallery: Gallery, stored: StoredPicture) -> None:
        async with gallery.database.transaction() as cursor:
            await repository.postpone(cursor, stored.claim)
        await gallery.age()
        assert await gallery.service.sweep() == 0

    in_gallery(scenario)


def test_a_lost_claim_asks_to_send_again(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stored = await gallery.service.avatar(upload())
        await gallery.age()
        await gallery.service.sweep()

        with pytest.raises(ClaimLost) as refusal:
            await keep(gallery, stored)

        assert refusal.value.status == 503
        assert refusal.value.retry_after

    in_gallery(scenario)
