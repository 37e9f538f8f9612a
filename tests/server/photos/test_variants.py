"""The task that makes a picture's sizes: once, whatever happens to it, and never for nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from server.errors import Overloaded, StoreUnavailable
from server.media.model import MediaType, NoSuchObject, ObjectKey
from server.media.stores.folder import FolderStorage
from server.outbox.model import TaskState
from server.photos.model import FailureReason, PhotoState
from server.photos.service import MAX_PUBLICATIONS
from tests.server.photos.conftest import new_home

if TYPE_CHECKING:
    from pathlib import Path

    from server.photos.model import Photo
    from tests.server.photos.conftest import Home

pytestmark = pytest.mark.gen_test(timeout=60)
SENT = {"state": "sent", "reason": None}


async def test_the_sizes_are_stored_held_and_shown(home: Home) -> None:
    photo = await home.add(size=(1500, 1000))

    assert await home.make(photo) == SENT

    [ready] = await home.all()
    assert ready.state is PhotoState.READY
    assert ready.variants is not None
    shown = ready.view()
    assert {name: (size["width"], size["height"]) for name, size in shown["variants"].items()} == {
        "card": (480, 320), "gallery": (1024, 683), "full": (1500, 1000),
    }  # fmt: skip
    assert shown["variants"]["full"]["webp"] == photo.url
    for size in ready.variants.values():
        webp, jpeg = [await home.services.media.read(key) for key in (size.webp, size.jpeg)]
        assert (webp.media_type, jpeg.media_type) == (MediaType.WEBP, MediaType.JPEG)
    assert await home.counts(ready) == dict.fromkeys(ready.object_keys, 1)
    assert len(ready.object_keys) == 6
    assert await home.outcome(photo) == TaskState("sent")


async def test_a_small_picture_holds_each_object_once(home: Home) -> None:
    photo = await home.add(size=(60, 40))

    await home.make(photo)

    [ready] = await home.all()
    assert len(ready.object_keys) == 2
    await home.assert_sound()
    await home.delete(ready)
    assert set((await home.counts(ready)).values()) == {0}


async def test_the_owner_hears_of_the_sizes_and_the_version_stays(home: Home) -> None:
    photo = await home.add()
    version = await home.version()

    await home.make(photo)

    events = await home.services.live.after(home.owner_id, 1)
    assert [event.body for event in events] == [{"house_id": home.house_id, "images": 1}]
    assert await home.version() == version
    assert await home.rows("SELECT name FROM outbox WHERE name = 'houses.forget'") != []


async def test_a_task_that_runs_again_changes_nothing(home: Home) -> None:
    photo = await home.add()
    await home.make(photo)
    [ready] = await home.all()
    counts = await home.counts(ready)

    assert await home.make(photo) == SENT

    assert await home.all() == [ready]
    assert await home.counts(ready) == counts
    assert len(await home.services.live.after(home.owner_id, 0)) == 2


async def test_tasks_beside_themselves_hold_once(home: Home) -> None:
    photo = await home.add()

    outcomes = await asyncio.gather(*(home.make(photo) for _ in range(6)))

    assert outcomes == [SENT] * 6
    await home.assert_sound()


async def test_of_two_tasks_that_end_together_one_holds(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = await home.add()
    dawdle(home, monkeypatch)

    assert await asyncio.gather(home.make(photo), home.make(photo)) == [SENT, SENT]

    await home.assert_sound()


async def test_control_without_the_lock_both_hold(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = await home.add()
    dawdle(home, monkeypatch)

    async def unlocked(*_: object) -> dict[str, int]:
        return {"owner_id": home.owner_id}

    monkeypatch.setattr("server.photos.repository.lock_house", unlocked)

    await asyncio.gather(home.make(photo), home.make(photo))

    [ready] = await home.all()
    assert max((await home.counts(ready)).values()) == 2


async def test_control_tasks_that_do_not_look_again_hold_too_often(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = await home.add()
    monkeypatch.setattr("server.photos.model.Photo.state", PhotoState.PROCESSING)

    await home.make(photo)
    await home.make(photo)

    monkeypatch.undo()
    [ready] = await home.all()
    assert max((await home.counts(ready)).values()) == 2


async def test_the_same_picture_twice_shares_its_sizes(home: Home) -> None:
    other = await new_home(home.services)
    first, second = await home.add("red"), await other.add("red")

    await asyncio.gather(home.make(first), other.make(second))

    [mine], [theirs] = await home.all(), await other.all()
    assert mine.object_keys == theirs.object_keys
    assert set((await home.counts(mine)).values()) == {2}
    await home.delete(mine)
    await other.assert_sound()


async def test_a_deleted_picture_needs_no_sizes(home: Home) -> None:
    photo = await home.add()
    await home.delete(photo)

    assert await home.make(photo) == SENT

    assert await home.outcome(photo) == TaskState("sent")
    assert [row["ref_count"] for row in await home.rows("SELECT ref_count FROM objects")] == [0]


@pytest.mark.parametrize("whole_house", [False, True])
async def test_a_picture_deleted_while_its_sizes_are_made_leaks_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, *, whole_house: bool
) -> None:
    photo = await home.add()
    make = home.services.media.variants

    async def and_then_delete(key: str) -> Any:
        made = await make(key)
        if whole_house:
            await delete_house(home)
        else:
            await home.delete(photo)
        return made

    monkeypatch.setattr(home.services.media, "variants", and_then_delete)

    assert await home.make(photo) == SENT

    rows = await home.rows("SELECT sha256, ref_count FROM objects")
    assert {row["ref_count"] for row in rows} == {0}
    assert len(rows) > 1
    await home.rows("UPDATE objects SET orphaned_at = orphaned_at - INTERVAL 2 HOUR")
    assert await home.services.media.sweep() == len(rows)
    with pytest.raises(NoSuchObject):
        await home.services.media.read(photo.object_key)


async def test_the_sizes_of_a_deleted_picture_are_swept(home: Home) -> None:
    photo = await home.add(size=(1500, 1000))
    await home.make(photo)
    [ready] = await home.all()
    await home.delete(ready)
    await home.rows("UPDATE objects SET orphaned_at = orphaned_at - INTERVAL 2 HOUR")

    assert await home.services.media.sweep() == len(ready.object_keys) == 6

    for key in ready.object_keys:
        with pytest.raises(NoSuchObject):
            await home.services.media.read(key)


async def test_a_store_that_is_down_is_tried_again_and_then_given_up(home: Home, tmp_path: Path) -> None:
    photo = await home.add()
    (tmp_path / "store").write_text("a file in place of the folder")
    broken = home.over(FolderStorage(str(tmp_path / "store")))

    for published in range(MAX_PUBLICATIONS):
        await set_publications(home, photo, published)
        assert await broken.make_variants(photo.task_id, photo.image_id) is None
        assert await home.outcome(photo) is None
    await set_publications(home, photo, MAX_PUBLICATIONS)
    given_up = await broken.make_variants(photo.task_id, photo.image_id)

    assert given_up == {"state": "failed", "reason": "store_unavailable"}
    assert await home.outcome(photo) == TaskState("failed", FailureReason.STORE_UNAVAILABLE)
    [failed] = await home.all()
    assert (failed.state, failed.view()["variants"]) == (PhotoState.FAILED, None)
    assert (await home.services.media.read(failed.object_key)).content
    assert len(await home.services.live.after(home.owner_id, 1)) == 1
    assert await home.make(photo) == given_up  # once more: the same answer, though the store is back
    await home.delete(failed)
    assert await home.counts(failed) == {failed.object_key: 0}


async def test_a_store_that_is_back_in_time_has_the_sizes_made(home: Home, tmp_path: Path) -> None:
    photo = await home.add()
    (tmp_path / "store").write_text("a file in place of the folder")
    await home.over(FolderStorage(str(tmp_path / "store"))).make_variants(photo.task_id, photo.image_id)

    assert await home.make(photo) == SENT

    await home.assert_sound()


async def test_a_store_that_fails_half_way_leaves_no_half_of_the_sizes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = await home.add(size=(1500, 1000))
    storage = home.services.media._storage
    put, puts = storage.put, Counter[str]()

    async def fills_up(key: ObjectKey, content: bytes) -> None:
        puts["all"] += 1
        if puts["all"] > 2:
            raise StoreUnavailable("storage")
        await put(key, content)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", fills_up)
        assert await home.make(photo) is None
    assert await home.all() == [photo]
    held = await home.rows("SELECT ref_count FROM objects ORDER BY ref_count")
    assert [row["ref_count"] for row in held] == [0, 0, 0, 1]

    assert await home.make(photo) == SENT
    await home.assert_sound()


async def test_a_store_that_is_too_slow_is_tried_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = await home.add()

    with monkeypatch.context() as patch:
        patch.setattr("server.photos.service.VARIANT_SECONDS", 0.001)
        assert await home.make(photo) is None

    assert await home.make(photo) == SENT


async def test_a_full_pool_is_waited_for_however_often(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = await home.add()
    await set_publications(home, photo, 10 * MAX_PUBLICATIONS)

    async def full(_key: str) -> None:
        raise Overloaded

    with monkeypatch.context() as patch:
        patch.setattr(home.services.media, "variants", full)
        assert await home.make(photo) is None

    assert await home.make(photo) == SENT


async def test_a_database_that_is_away_leaves_the_task_to_come_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = await home.add()

    async def away(*_: object) -> None:
        raise StoreUnavailable("mysql")

    with monkeypatch.context() as patch:
        patch.setattr("server.photos.repository.lock_house", away)
        assert await home.make(photo) is None

    assert await home.outcome(photo) is None
    assert await home.make(photo) == SENT
    await home.assert_sound()


@pytest.mark.parametrize("content", [None, b"no picture"], ids=["lost", "damaged"])
async def test_an_object_that_cannot_be_read_fails_at_once_and_says_so(
    home: Home, content: bytes | None
) -> None:
    photo = await home.add()
    storage, key = home.services.media._storage, ObjectKey.parse(photo.object_key)
    await storage.delete(key)
    if content:
        await storage.put(key, content)

    assert await home.make(photo) == {"state": "failed", "reason": "unreadable"}

    [failed] = await home.all()
    assert failed.state is PhotoState.FAILED


def dawdle(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a task's last look at the picture and its first hold lies time for another task."""
    hold_all = home.services.media.hold_all

    async def later(*arguments: Any) -> None:
        await asyncio.sleep(0.3)
        await hold_all(*arguments)

    monkeypatch.setattr(home.services.media, "hold_all", later)


async def delete_house(home: Home) -> None:
    async with home.services.database.transaction() as cursor:
        await cursor.execute("SELECT id FROM houses WHERE id = %s FOR UPDATE", (home.house_id,))
        await home.photos.release_all(cursor, home.house_id)
        await cursor.execute("DELETE FROM houses WHERE id = %s", (home.house_id,))


async def set_publications(home: Home, photo: Photo, count: int) -> None:
    await home.rows("UPDATE outbox SET publications = %s WHERE task_id = %s", count, photo.task_id)
