"""A sweep and an upload of the same bytes, in every order that could lose a picture."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from server.db import retried
from server.errors import StoreUnavailable
from server.media import repository
from server.media.model import ClaimLost, Encoded, MediaType, ObjectKey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.db import Cursor
    from server.media.model import Claim, StoredPicture
    from tests.server.media.conftest import Gallery

    InGallery = Callable[[Callable[[Gallery], Awaitable[None]]], None]

CONTENT = b"the same bytes"
KEY = ObjectKey.of(CONTENT, MediaType.WEBP)


async def store(gallery: Gallery, content: bytes = CONTENT) -> StoredPicture:
    """What `avatar` does once the picture is encoded."""
    return await gallery.service._store(Encoded(content, MediaType.WEBP, 1, 1))


@retried
async def keep(gallery: Gallery, stored: StoredPicture) -> None:
    async with gallery.database.transaction() as cursor:
        await gallery.service.hold(cursor, stored)


@retried
async def drop(gallery: Gallery, stored: StoredPicture) -> None:
    async with gallery.database.transaction() as cursor:
        await gallery.service.release(cursor, stored.key)


async def dangling(gallery: Gallery) -> set[str]:
    """Contents that rows hold and the store has not."""
    held = {name for name, count in (await gallery.rows()).items() if count}
    return held - await gallery.stored()


async def hold_without_asking(cursor: Cursor, claim: Claim) -> None:
    """`hold` as it would be without generations: for the negative controls."""
    await cursor.execute(
        "INSERT INTO objects"
        " (sha256, media_type, byte_count, ref_count, generation, created_at, orphaned_at)"
        " VALUES (%s, 'image/webp', 1, 1, 0, NOW(6), NULL)"
        " ON DUPLICATE KEY UPDATE ref_count = ref_count + 1, orphaned_at = NULL",
        (claim.key.sha256,),
    )


def test_an_upload_between_choice_and_deletion_keeps_its_object(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        await store(gallery)
        await gallery.age()
        (orphan,) = await gallery.service._choose_orphans(3600, 10)

        stored = await store(gallery)

        assert await gallery.service._remove(orphan, 3600) is False
        await keep(gallery, stored)
        assert await dangling(gallery) == set()
        assert await gallery.rows() == {KEY.sha256: 1}

    in_gallery(scenario)


def test_control_without_looking_again_the_object_is_lost(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def yes(*_: object) -> bool:
        return True

    async def scenario(gallery: Gallery) -> None:
        await store(gallery)
        await gallery.age()
        (orphan,) = await gallery.service._choose_orphans(3600, 10)
        stored = await store(gallery)
        await keep(gallery, stored)
        monkeypatch.setattr(repository, "lock_orphan", yes)
        monkeypatch.setattr(repository, "forget", yes)

        await gallery.service._remove(orphan, 3600)

        assert await dangling(gallery) == {KEY.sha256}

    in_gallery(scenario)


def test_an_upload_waits_while_its_object_is_being_deleted_and_then_puts_it_again(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(gallery: Gallery) -> None:
        deleting, go_on = asyncio.Event(), asyncio.Event()
        delete = gallery.storage.delete

        async def slow_delete(key: ObjectKey) -> None:
            deleting.set()
            await go_on.wait()
            await delete(key)

        monkeypatch.setattr(gallery.storage, "delete", slow_delete)
        await store(gallery)
        await gallery.age()

        sweep = asyncio.create_task(gallery.service.sweep())
        await deleting.wait()
        upload = asyncio.create_task(store(gallery))
        await asyncio.sleep(0.2)
        assert not upload.done()
        go_on.set()

        assert await sweep == 1
        await keep(gallery, await upload)
        assert await dangling(gallery) == set()
        assert await gallery.rows() == {KEY.sha256: 1}

    in_gallery(scenario)


def test_a_stalled_upload_cannot_hold_what_was_swept_meanwhile(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        stalled = await store(gallery)
        await gallery.age()
        assert await gallery.service.sweep() == 1

        with pytest.raises(ClaimLost):
            await keep(gallery, stalled)

        # Nor when another upload has claimed the same bytes and not put them yet.
        await gallery.service._claim(KEY, 1)
        with pytest.raises(ClaimLost):
            await keep(gallery, stalled)
        assert await dangling(gallery) == set()

    in_gallery(scenario)


def test_control_without_generations_a_stalled_upload_points_to_nothing(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(gallery: Gallery) -> None:
        stalled = await store(gallery)
        await gallery.age()
        assert await gallery.service.sweep() == 1
        monkeypatch.setattr(repository, "hold", hold_without_asking)

        await keep(gallery, stalled)

        assert await dangling(gallery) == {KEY.sha256}

    in_gallery(scenario)


def test_a_sweep_that_dies_after_the_deletion_leaves_a_row_that_nobody_can_hold(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(gallery: Gallery) -> None:
        stalled = await store(gallery)
        await gallery.age()
        with monkeypatch.context() as patch:

            async def die(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(repository, "forget", die)
            with pytest.raises(KeyboardInterrupt):
                await gallery.service._remove((await gallery.service._choose_orphans(3600, 1))[0], 3600)
        assert await gallery.rows() == {KEY.sha256: 0}
        assert await gallery.stored() == set()

        with pytest.raises(ClaimLost):
            await keep(gallery, stalled)
        await keep(gallery, await store(gallery))

        assert await dangling(gallery) == set()

    in_gallery(scenario)


def test_an_upload_in_progress_is_within_the_grace_period(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        await store(gallery)
        await gallery.age()

        await gallery.service._claim(KEY, 1)

        assert await gallery.service.sweep() == 0

    in_gallery(scenario)


def test_several_sweeps_at_once_remove_each_object_once(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        for number in range(20):
            await store(gallery, str(number).encode())
        await gallery.age()

        swept = await asyncio.gather(*(gallery.service.sweep() for _ in range(4)))

        assert sum(swept) <= 20
        await gallery.age()
        await gallery.service.sweep()
        assert await gallery.rows() == {}
        assert await gallery.stored() == set()

    in_gallery(scenario)


async def storm(gallery: Gallery, rounds: int) -> tuple[int, int]:
    """Uploads, releases and sweeps of three contents without grace; returns (pictures kept, lost)."""
    luck = random.Random(5)
    kept = lost = 0

    async def guest() -> None:
        nonlocal kept, lost
        for _ in range(rounds):
            try:
                stored = await store(gallery, luck.choice((b"one", b"two", b"three")))
                await asyncio.sleep(luck.random() * 0.004)
                await keep(gallery, stored)
            except StoreUnavailable:  # a lost claim, or a collision three times over
                continue
            kept += 1
            await asyncio.sleep(luck.random() * 0.004)
            lost += not await gallery.storage.exists(stored.claim.key)
            await drop(gallery, stored)

    async def sweeper(busy: asyncio.Event) -> None:
        while not busy.is_set():
            await gallery.service.sweep(grace_seconds=0)
            await asyncio.sleep(0)

    done = asyncio.Event()
    sweepers = [asyncio.create_task(sweeper(done)) for _ in range(2)]
    await asyncio.gather(*(guest() for _ in range(5)))
    done.set()
    await asyncio.gather(*sweepers)
    return kept, lost


def test_a_storm_of_uploads_and_sweeps_loses_nothing(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        kept, lost = await storm(gallery, 60)

        assert kept > 20
        assert lost == 0
        assert all(count == 0 for count in (await gallery.rows()).values())

    in_gallery(scenario)


def test_control_the_same_storm_without_generations_loses_pictures(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "hold", hold_without_asking)

    async def scenario(gallery: Gallery) -> None:
        _, lost = await storm(gallery, 60)

        assert lost > 0

    in_gallery(scenario)
