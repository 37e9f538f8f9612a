"""House pictures on a real MariaDB and folder: owners, limits, order, counts of objects."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from server.errors import Overloaded, StoreUnavailable
from server.houses.model import NoSuchHouse
from server.media.model import NotAPicture
from server.media.stores.folder import FolderStorage
from server.photos.model import (
    MAX_PHOTOS,
    BadOrder,
    LastPhoto,
    NoSuchPhoto,
    PhotosChanged,
    PhotoState,
    TooManyPhotos,
)
from tests.houses import png
from tests.server.photos.conftest import SESSION, new_home

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from tests.server.photos.conftest import Home

pytestmark = pytest.mark.gen_test(timeout=60)


async def test_a_picture_is_kept_with_its_object_and_its_task(home: Home) -> None:
    photo = await home.add(size=(700, 500))

    [stored] = await home.all()
    [task] = await home.rows("SELECT * FROM outbox WHERE task_id = %s", photo.task_id)
    served = await home.services.media.read(photo.object_key)

    assert stored == photo
    assert (photo.position, photo.width, photo.height, photo.state) == (0, 700, 500, PhotoState.PROCESSING)
    assert photo.url == f"/media/{photo.object_key}"
    assert served.content[8:12] == b"WEBP"
    assert (task["name"], task["args"], task["owner"]) == (
        "photos.variants", f"[{photo.image_id}]", SESSION,
    )  # fmt: skip
    await home.assert_sound()


async def test_every_change_counts_the_version_and_is_announced_to_the_owner(home: Home) -> None:
    first = await home.add("red")
    second = await home.add("blue")
    await home.order([second, first])
    await home.delete(first)

    events = await home.services.live.after(home.owner_id, 0)

    assert await home.version() == 5
    assert [event.kind for event in events] == ["house"] * 4
    assert [event.body["images"] for event in events] == [1, 2, 2, 1]
    assert {event.body["house_id"] for event in events} == {home.house_id}


async def test_an_order_that_is_there_already_changes_nothing(home: Home) -> None:
    photos = [await home.add("red"), await home.add("blue")]
    version = await home.version()

    assert await home.order(photos) == photos

    assert await home.version() == version


async def test_other_peoples_houses_are_not_there(home: Home) -> None:
    other = await new_home(home.services)
    photo = await home.add()
    version = await home.version()

    for attempt in (
        home.photos.upload(other.owner_id, home.house_id, png(), SESSION),
        home.photos.order(other.owner_id, home.house_id, [photo.image_id]),
        home.photos.delete(other.owner_id, home.house_id, photo.image_id),
        home.photos.upload(home.owner_id, 2**62, png(), SESSION),
    ):
        with pytest.raises(NoSuchHouse):
            await attempt
    with pytest.raises(NoSuchPhoto):  # the picture of one house through another
        await other.photos.delete(other.owner_id, other.house_id, photo.image_id)

    assert await home.all() == [photo]
    assert await home.version() == version


async def test_a_stranger_is_refused_before_the_picture_is_looked_at(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await new_home(home.services)
    decoded: list[bytes] = []
    monkeypatch.setattr("server.media.picture.house_picture", decoded.append)

    with pytest.raises(NoSuchHouse):
        await home.photos.upload(other.owner_id, home.house_id, png(), SESSION)

    assert decoded == []


async def test_a_house_that_changed_hands_meanwhile_is_refused_at_the_lock(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the lock's own look: the one before the decoder is skipped."""

    async def admit_all(*_: object) -> None:
        pass

    other = await new_home(home.services)
    monkeypatch.setattr(home.photos, "_admit", admit_all)

    with pytest.raises(NoSuchHouse):
        await home.photos.upload(other.owner_id, home.house_id, png(), SESSION)

    assert await home.all() == []


async def test_what_is_no_picture_leaves_no_trace(home: Home) -> None:
    with pytest.raises(NotAPicture):
        await home.photos.upload(home.owner_id, home.house_id, b"<svg/>", SESSION)

    assert await home.all() == []
    assert await home.rows("SELECT * FROM outbox") == []
    assert await home.version() == 1


async def test_twenty_pictures_are_the_most_also_when_they_come_at_once(home: Home) -> None:
    for number in range(MAX_PHOTOS - 2):
        await home.add(f"#0000{number:02x}", (9, 9))

    outcomes = await asyncio.gather(
        *(home.add(f"#00ff{number:02x}", (9, 9)) for number in range(8)), return_exceptions=True
    )

    assert sum(isinstance(outcome, TooManyPhotos) for outcome in outcomes) == 6
    assert len(await home.all()) == MAX_PHOTOS
    with pytest.raises(TooManyPhotos) as refusal:
        await home.photos.upload(home.owner_id, home.house_id, b"not even a picture", SESSION)
    assert (refusal.value.status, str(refusal.value)) == (409, "每个房源最多 20 张图片")
    await home.assert_sound()


async def test_control_without_the_limit_there_is_room_for_one_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.photos.service.MAX_PHOTOS", MAX_PHOTOS + 1)

    for number in range(MAX_PHOTOS + 1):
        await home.add(f"#0000{number:02x}", (9, 9))

    assert len(await home.all()) == MAX_PHOTOS + 1


async def test_pictures_take_the_positions_of_the_list(home: Home) -> None:
    photos = [await home.add(colour) for colour in ("red", "green", "blue", "white")]
    wanted = [photos[2], photos[0], photos[3], photos[1]]

    answer = await home.order(wanted)

    assert [photo.image_id for photo in answer] == [photo.image_id for photo in wanted]
    assert await home.all() == answer
    await home.assert_sound()


async def test_a_list_that_is_not_the_houses_pictures_changes_nothing(home: Home) -> None:
    first, second = await home.add("red"), await home.add("blue")
    other = await new_home(home.services)
    foreign = await other.add("red")

    for image_ids, refusal in (
        ([], BadOrder),
        ([first.image_id, first.image_id], BadOrder),
        (list(range(1, 30)), BadOrder),
        ([first.image_id], PhotosChanged),
        ([second.image_id, first.image_id, foreign.image_id], PhotosChanged),
        ([second.image_id, foreign.image_id], PhotosChanged),
    ):
        with pytest.raises(refusal) as refused:
            await home.photos.order(home.owner_id, home.house_id, image_ids)
        assert refused.value.field == "image_ids"

    assert await home.all() == [first, second]
    assert await other.all() == [foreign]


async def test_those_behind_a_deleted_picture_move_up(home: Home) -> None:
    first, second, third = [await home.add(colour) for colour in ("red", "green", "blue")]

    left = await home.delete(first)

    assert [(photo.image_id, photo.position) for photo in left] == [(second.image_id, 0), (third.image_id, 1)]
    assert await home.all() == left
    assert await home.counts(first) == {first.object_key: 0}
    with pytest.raises(NoSuchPhoto):
        await home.delete(first)
    await home.assert_sound()


async def test_an_online_house_keeps_its_last_picture(home: Home) -> None:
    first, second = await home.add("red"), await home.add("blue")
    await home.set_status("online")

    await home.delete(first)
    with pytest.raises(LastPhoto) as refusal:
        await home.delete(second)
    await home.set_status("offline")  # the negative control: other houses may lose it

    assert refusal.value.status == 409
    assert await home.delete(second) == []


async def test_the_same_bytes_are_one_object_that_lives_until_the_last_use(home: Home) -> None:
    other = await new_home(home.services)
    uses = [await home.add("red"), await home.add("red"), await other.add("red")]
    assert len({photo.object_key for photo in uses}) == 1
    key = uses[0].object_key
    assert await home.counts(uses[0]) == {key: 3}

    await home.delete(uses[0])
    await other.delete(uses[2])
    assert await _swept(home) == 0
    assert (await home.services.media.read(key)).content
    await home.assert_sound()
    await home.delete(uses[1])

    assert await home.counts(uses[0]) == {key: 0}
    assert await _swept(home) == 1


async def test_different_bytes_are_different_objects(home: Home) -> None:
    first, second = await home.add("red"), await home.add("#fe0000", (701, 500))

    await home.delete(first)

    assert first.object_key != second.object_key
    assert await _swept(home) == 1
    await home.assert_sound()


async def test_a_house_lets_go_of_all_its_pictures_at_once(home: Home) -> None:
    photos = [await home.add("red"), await home.add("red"), await home.add("blue")]
    await home.make(photos[0])
    ready = await home.all()

    async with home.services.database.transaction() as cursor:
        await home.photos.release_all(cursor, home.house_id)

    assert await home.all() == []
    assert set((await home.counts(*ready)).values()) == {0}


async def test_a_house_that_is_not_deleted_after_all_keeps_its_pictures(home: Home) -> None:
    photo = await home.add()

    async def release_and_fail() -> None:
        async with home.services.database.transaction() as cursor:
            await home.photos.release_all(cursor, home.house_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await release_and_fail()

    assert await home.all() == [photo]
    await home.assert_sound()


async def test_a_store_that_is_down_leaves_no_row_that_points_to_nothing(home: Home, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file in place of the folder")
    broken = home.over(FolderStorage(str(tmp_path / "store")))

    with pytest.raises(StoreUnavailable):
        await broken.upload(home.owner_id, home.house_id, png(), SESSION)

    assert await home.all() == []
    assert await home.rows("SELECT * FROM outbox") == []
    assert [row["ref_count"] for row in await home.rows("SELECT * FROM objects")] == [0]


async def test_an_object_that_was_swept_during_the_upload_is_not_referred_to(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = home.services.media.hold

    async def late(cursor: object, stored: object) -> None:
        await _swept(home)
        await hold(cursor, stored)  # type: ignore[arg-type]

    monkeypatch.setattr(home.services.media, "hold", late)

    with pytest.raises(StoreUnavailable):
        await home.add()

    assert await home.all() == []
    assert await home.rows("SELECT * FROM objects") == []


async def test_a_hundred_uploads_at_once_are_taken_or_refused_and_nothing_between(home: Home) -> None:
    outcomes = await asyncio.gather(
        *(home.add(f"#00{number:02x}00", (900, 700)) for number in range(100)), return_exceptions=True
    )

    taken = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    refused = [
        outcome for outcome in outcomes if isinstance(outcome, Overloaded | TooManyPhotos | StoreUnavailable)
    ]
    assert len(taken) + len(refused) == 100
    assert 1 <= len(taken) <= 20
    assert any(isinstance(outcome, Overloaded) and outcome.retry_after for outcome in refused)
    assert {photo.image_id for photo in await home.all()} == {photo.image_id for photo in taken}
    await home.assert_sound()


async def test_uploads_orders_and_deletions_at_once_leave_the_house_sound(home: Home) -> None:
    photos = [await home.add(f"#0000{number:02x}") for number in range(6)]
    other = await new_home(home.services)

    async def shuffle() -> None:
        for _ in range(6):
            now = await home.all()
            await _or_refused(home.order(now[::-1]))

    async def remove() -> None:
        for photo in photos[:4]:
            await _or_refused(home.delete(photo))

    async def add(one: Home) -> None:
        for number in range(4):
            await _or_refused(one.add(f"#0000{number:02x}"))  # what the other task deletes

    async def make() -> None:
        await asyncio.gather(*(home.make(photo) for photo in photos))

    outcomes = await asyncio.gather(
        shuffle(), remove(), add(home), add(other), make(), return_exceptions=True
    )

    assert outcomes == [None] * 5
    assert len(await home.all()) == 6
    everyone = [*await home.all(), *await other.all()]
    uses = [key for photo in everyone for key in photo.object_keys]
    assert await home.counts(*everyone) == {key: uses.count(key) for key in uses}
    for one in (home, other):
        assert [photo.position for photo in await one.all()] == list(range(len(await one.all())))


async def _or_refused(attempt: Awaitable[object]) -> None:
    with suppress(PhotosChanged):
        await attempt


async def _swept(home: Home) -> int:
    """How many objects a sweep finds that nobody holds, however young they are."""
    await home.rows("UPDATE objects SET orphaned_at = orphaned_at - INTERVAL 2 HOUR")
    return await home.services.media.sweep()
