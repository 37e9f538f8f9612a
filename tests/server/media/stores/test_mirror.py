"""Two stores that hold the same: what a put, a read and a delete mean when one of them is broken."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from server.errors import StoreUnavailable
from server.media.model import NoSuchObject, ObjectKey
from server.media.stores import mirror
from server.media.stores.mirror import MirrorStorage, copies_of
from tests.server.media.stores.sites import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY, CONTENT = picture()


class Fake:
    """A store in memory that is down, slow or wrong when told so."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.objects: dict[ObjectKey, bytes] = {}
        self.is_down = False
        self.seconds = 0.0
        self.asked = 0

    def __str__(self) -> str:
        return self.name

    async def put(self, key: ObjectKey, content: bytes) -> None:
        await self._answer()
        self.objects[key] = content

    async def get(self, key: ObjectKey) -> bytes:
        await self._answer()
        if key not in self.objects:
            raise NoSuchObject
        return self.objects[key]

    async def exists(self, key: ObjectKey) -> bool:
        await self._answer()
        return key in self.objects

    async def delete(self, key: ObjectKey) -> None:
        await self._answer()
        self.objects.pop(key, None)

    async def every_key(self) -> AsyncIterator[ObjectKey]:
        await self._answer()
        for key in list(self.objects):
            yield key

    async def tidy(self) -> None:
        await self._answer()

    async def _answer(self) -> None:
        self.asked += 1
        if self.is_down:
            raise StoreUnavailable("storage")
        await asyncio.sleep(self.seconds)


class Pair:
    """A mirror of two fakes."""

    def __init__(self) -> None:
        self.first, self.second = Fake("first"), Fake("second")
        self.mirror = MirrorStorage(self.first, self.second)

    def fill(self) -> None:
        self.first.objects[KEY] = self.second.objects[KEY] = CONTENT


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_put_writes_both(pair: Pair) -> None:
    asyncio.run(pair.mirror.put(KEY, CONTENT))

    assert pair.first.objects == pair.second.objects == {KEY: CONTENT}


@pytest.mark.parametrize("down", ["first", "second"])
def test_a_put_needs_both(down: str, pair: Pair) -> None:
    getattr(pair, down).is_down = True

    with pytest.raises(StoreUnavailable):
        asyncio.run(pair.mirror.put(KEY, CONTENT))


@pytest.mark.parametrize("down", ["first", "second"])
def test_a_delete_removes_what_it_can_and_needs_both(down: str, pair: Pair) -> None:
    pair.fill()
    getattr(pair, down).is_down = True

    with pytest.raises(StoreUnavailable):
        asyncio.run(pair.mirror.delete(KEY))

    assert len(pair.first.objects) + len(pair.second.objects) == 1
    getattr(pair, down).is_down = False
    asyncio.run(pair.mirror.delete(KEY))
    assert not asyncio.run(pair.mirror.exists(KEY))


@pytest.mark.parametrize("broken", ["down", "missing", "corrupt"])
@pytest.mark.parametrize("which", ["first", "second"])
def test_a_read_survives_one_broken_copy(which: str, broken: str, pair: Pair) -> None:
    pair.fill()
    store: Fake = getattr(pair, which)
    store.is_down = broken == "down"
    if broken == "missing":
        store.objects.clear()
    if broken == "corrupt":
        store.objects[KEY] = CONTENT[:-1]

    assert asyncio.run(pair.mirror.get(KEY)) == CONTENT
    assert asyncio.run(pair.mirror.exists(KEY))


def test_the_second_store_is_not_asked_when_the_first_one_answers(pair: Pair) -> None:
    pair.fill()

    asyncio.run(pair.mirror.get(KEY))

    assert pair.second.asked == 0


def test_a_slow_first_store_is_overtaken(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "PATIENCE_SECONDS", 0.05)
    pair.fill()
    pair.first.seconds = 30

    began = time.monotonic()

    assert asyncio.run(pair.mirror.get(KEY)) == CONTENT
    assert time.monotonic() - began < 10


def test_a_slow_first_store_is_still_waited_for_when_the_second_one_has_nothing(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PATIENCE_SECONDS", 0.05)
    pair.fill()
    pair.first.seconds = 0.3
    pair.second.objects.clear()

    assert asyncio.run(pair.mirror.get(KEY)) == CONTENT


def test_what_neither_has_is_not_found(pair: Pair) -> None:
    with pytest.raises(NoSuchObject):
        asyncio.run(pair.mirror.get(KEY))
    assert not asyncio.run(pair.mirror.exists(KEY))


@pytest.mark.parametrize("down", ["first", "second"])
def test_what_one_lacks_while_the_other_is_down_may_be_there(down: str, pair: Pair) -> None:
    getattr(pair, down).is_down = True

    with pytest.raises(StoreUnavailable):
        asyncio.run(pair.mirror.get(KEY))
    with pytest.raises(StoreUnavailable):
        asyncio.run(pair.mirror.exists(KEY))


def test_the_listing_names_everything_once_and_needs_both(pair: Pair) -> None:
    async def keys() -> list[ObjectKey]:
        return [key async for key in pair.mirror.every_key()]

    only_first, only_second = picture(1), picture(2)
    pair.fill()
    pair.first.objects.update([only_first])
    pair.second.objects.update([only_second])

    assert sorted(map(str, asyncio.run(keys()))) == sorted(map(str, [KEY, only_first[0], only_second[0]]))
    pair.second.is_down = True
    with pytest.raises(StoreUnavailable):
        asyncio.run(keys())


def test_a_cancelled_read_stops_asking(pair: Pair) -> None:
    async def scenario() -> None:
        pair.fill()
        pair.first.seconds = 30
        reading = asyncio.create_task(pair.mirror.get(KEY))
        await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_the_copies_of_a_mirror_of_mirrors_are_its_stores(pair: Pair) -> None:
    third = Fake("third")

    assert copies_of(MirrorStorage(pair.mirror, third)) == (pair.first, pair.second, third)
    assert copies_of(third) == (third,)
    assert str(MirrorStorage(pair.mirror, third)) == "first and second and third"
