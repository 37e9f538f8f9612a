"""House pictures and their sizes in the store: what waits for a hold, and holds in one order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.errors import StoreUnavailable
from server.media.model import BrokenObject, MediaType, NoSuchObject, ObjectKey
from tests.server.media.test_picture import encoded, noise, quarters

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.server.media.conftest import Gallery

    InGallery = Callable[[Callable[[Gallery], Awaitable[None]]], None]


def test_a_picture_and_its_sizes_wait_for_their_holds(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        picture = await gallery.service.house_picture(encoded(noise(1500, 1000), "JPEG"))
        made = await gallery.service.variants(picture.stored.key)

        assert (picture.stored.width, picture.stored.height) == (1500, 1000)
        assert made.variants["full"].webp == picture.stored.key
        keys = {key for size in made.variants.values() for key in (size.webp, size.jpeg)}
        assert {one.key for one in made.stored} == keys - {picture.stored.key}
        assert len(made.stored) == 5
        assert set((await gallery.rows()).values()) == {0}
        assert len(await gallery.stored()) == 6
        for key in keys:
            assert ObjectKey.parse(key) == ObjectKey.of(
                (await gallery.service.read(key)).content, ObjectKey.parse(key).media_type
            )

    in_gallery(scenario)


def test_a_small_picture_has_one_more_object(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        picture = await gallery.service.house_picture(encoded(noise()))
        made = await gallery.service.variants(picture.stored.key)

        assert [one.claim.key.media_type for one in made.stored] == [MediaType.JPEG]
        assert {size.webp for size in made.variants.values()} == {picture.stored.key}

    in_gallery(scenario)


def test_sizes_of_what_is_not_there_or_no_picture_are_refused(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        damaged = ObjectKey.of(b"nonsense", MediaType.WEBP)
        await gallery.storage.put(damaged, b"nonsense")

        with pytest.raises(BrokenObject):
            await gallery.service.variants(str(damaged))
        with pytest.raises(NoSuchObject):
            await gallery.service.variants(f"aa/{'a' * 64}.webp")

        assert await gallery.rows() == {}

    in_gallery(scenario)


def test_many_holds_and_releases_in_any_order_do_not_deadlock(in_gallery: InGallery) -> None:
    async def scenario(gallery: Gallery) -> None:
        keys, turn = await sizes_held(gallery)

        async def swing(*, upward: bool) -> None:
            for _ in range(25):
                await turn(sorted(keys, reverse=not upward))

        await asyncio.gather(swing(upward=True), swing(upward=False), swing(upward=True))

        assert set((await gallery.rows()).values()) == {0, 1}  # the picture itself was never held

    in_gallery(scenario)


def test_control_releases_in_the_callers_order_deadlock(
    in_gallery: InGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(gallery: Gallery) -> None:
        keys, turn = await sizes_held(gallery)
        first, *_, last = sorted(keys)
        release, both = gallery.service.release, asyncio.Barrier(2)

        async def careless(cursor: object, wanted: list[str]) -> None:
            await release(cursor, wanted[0])  # type: ignore[arg-type]
            await both.wait()
            await release(cursor, wanted[1])  # type: ignore[arg-type]

        monkeypatch.setattr(gallery.service, "release_all", careless)

        outcomes = await asyncio.gather(turn([first, last]), turn([last, first]), return_exceptions=True)

        assert any(isinstance(outcome, StoreUnavailable) for outcome in outcomes)

    in_gallery(scenario)


async def sizes_held(gallery: Gallery) -> tuple[list[str], Callable[[list[str]], Awaitable[None]]]:
    """The keys of a picture's sizes, each held once, and a transaction that releases and holds some of them."""
    picture = await gallery.service.house_picture(encoded(quarters()))
    stored = {one.key: one for one in (await gallery.service.variants(picture.stored.key)).stored}
    async with gallery.database.transaction() as cursor:
        await gallery.service.hold_all(cursor, stored.values())

    async def turn(keys: list[str]) -> None:
        async with gallery.database.transaction() as cursor:
            await gallery.service.release_all(cursor, keys)
            await gallery.service.hold_all(cursor, [stored[key] for key in keys])

    return list(stored), turn
