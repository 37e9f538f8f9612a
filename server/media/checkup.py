"""Comparing what the stores hold with what the database says they hold, and mending one copy by another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from server.errors import StoreUnavailable
from server.media import repository
from server.media.model import NoSuchObject, ObjectKey
from server.media.stores.failures import together
from server.media.stores.mirror import copies_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from server.db import Database
    from server.media.storage import Storage

# Memory is bounded by these: so many keys at a time, so many contents.
PAGE = 200
READERS = 4
# A store that fails so often is down: going on would only take long.
PATIENCE = 10


class Flaw(StrEnum):
    """What can be wrong with one copy of an object."""

    MISSING = "missing"
    CORRUPT = "corrupt"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def begin(self, store: str, count: int) -> None:
        """What is looked at next, and how many objects that are; 0 when nobody knows."""
        ...

    def advance(self, count: int) -> None:
        """So many more objects were looked at."""
        ...

    def found(self, store: Storage, key: ObjectKey, what: str) -> None:
        """Something about one object that a person should know."""
        ...


@dataclass
class Tally:
    """What came out. `flaws` counts copies; `repaired` and `lost` count objects."""

    objects: int = 0
    flaws: Counter[Flaw] = field(default_factory=Counter)
    repaired: int = 0
    lost: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to be mended."""
        return not self.flaws.total() and not self.lost


class Checkup:
    """Looks at every copy on its own: through a mirror, one copy would hide the other's flaw.

    All methods may run beside uploads and sweeps, may run again at any time, and raise StoreUnavailable when
    a store is down.
    """

    def __init__(self, storage: Storage, database: Database) -> None:
        self.copies = copies_of(storage)
        self._database = database

    async def verify(self, watcher: Watcher) -> Tally:
        """Read and hash every held object in every store, and look for objects without a row. Changes nothing."""
        tally = Tally()
        for copy in self.copies:
            tally.objects = await self._each_held(
                partial(self._verify_one, copy, tally, watcher), watcher, copy
            )
        for copy in self.copies:
            async for key in self._unknown(copy, watcher):
                _note(copy, key, Flaw.UNKNOWN, tally, watcher)
        return tally

    async def repair(self, watcher: Watcher) -> Tally:
        """Write each object that is sound in one store into those where it is not."""
        tally = Tally()
        tally.objects = await self._each_held(partial(self._mend, tally, watcher), watcher, *self.copies)
        return tally

    async def adopt_unknown(self, watcher: Watcher) -> int:
        """Give objects without a row one that nobody holds, for the sweep to find; returns how many."""
        adopted = 0
        for copy in self.copies:
            async for key in self._unknown(copy, watcher):
                byte_count = len(await copy.get(key))
                async with self._database.transaction() as cursor:
                    await repository.claim(cursor, key, byte_count)
                adopted += 1
        return adopted

    async def _each_held(
        self, look: Callable[[ObjectKey], Awaitable[None]], watcher: Watcher, *copies: Storage
    ) -> int:
        """Look at every object that somebody refers to, a few at a time; returns how many there were."""
        async with self._database.reading() as cursor:
            watcher.begin(" and ".join(map(str, copies)), await repository.count_held(cursor))
        seen = 0
        keys = await self._held_after("")
        while keys:
            for start in range(0, len(keys), READERS):
                await together(map(look, keys[start : start + READERS]))
                watcher.advance(len(keys[start : start + READERS]))
            seen += len(keys)
            keys = await self._held_after(keys[-1].sha256)
        return seen

    async def _verify_one(self, copy: Storage, tally: Tally, watcher: Watcher, key: ObjectKey) -> None:
        read = await _read(copy, key, tally)
        if isinstance(read, Flaw) and await self._is_held(key):
            _note(copy, key, read, tally, watcher)

    async def _mend(self, tally: Tally, watcher: Watcher, key: ObjectKey) -> None:
        copies = [(copy, await _read(copy, key, tally)) for copy in self.copies]
        flawed = [(copy, read) for copy, read in copies if isinstance(read, Flaw)]
        sound = next((read for _, read in copies if isinstance(read, bytes)), None)
        if not flawed or not await self._is_held(key):
            return
        if sound is None:
            tally.lost += 1
            for copy, flaw in flawed:
                _note(copy, key, flaw, tally, watcher)
            return
        async with self._database.transaction() as cursor:  # the row's lock keeps the sweep away
            if await repository.lock_held(cursor, key):
                await _replace(flawed, key, sound, watcher)
        tally.repaired += 1

    async def _unknown(self, copy: Storage, watcher: Watcher) -> AsyncIterator[ObjectKey]:
        """Objects of a store that have no row, neither before nor after a look whether they are still there."""
        watcher.begin(str(copy), 0)
        async for keys in _batches(copy.every_key()):
            for key in await self._without_row(keys):
                if await copy.exists(key) and await self._without_row([key]):
                    yield key
            watcher.advance(len(keys))

    async def _without_row(self, keys: list[ObjectKey]) -> list[ObjectKey]:
        async with self._database.reading() as cursor:
            known = await repository.known_of(cursor, keys)
        return [key for key in keys if key not in known]

    async def _held_after(self, sha256: str) -> list[ObjectKey]:
        async with self._database.reading() as cursor:
            return await repository.held_after(cursor, sha256, PAGE)

    async def _is_held(self, key: ObjectKey) -> bool:
        """Whether it is still referred to: a sweep may have removed it since it was listed."""
        async with self._database.transaction() as cursor:
            return await repository.lock_held(cursor, key)


async def _read(copy: Storage, key: ObjectKey, tally: Tally) -> bytes | Flaw:
    """The content when it is what its key says, else what is wrong with it."""
    try:
        content = await copy.get(key)
    except NoSuchObject:
        return Flaw.MISSING
    except StoreUnavailable:
        if tally.flaws[Flaw.UNREADABLE] >= PATIENCE:
            raise
        return Flaw.UNREADABLE
    return content if ObjectKey.of(content, key.media_type) == key else Flaw.CORRUPT


async def _replace(
    flawed: list[tuple[Storage, Flaw]], key: ObjectKey, sound: bytes, watcher: Watcher
) -> None:
    for copy, flaw in flawed:
        await copy.put(key, sound)
        watcher.found(copy, key, f"{flaw}, repaired")


async def _batches(keys: AsyncIterator[ObjectKey]) -> AsyncIterator[list[ObjectKey]]:
    batch: list[ObjectKey] = []
    async for key in keys:
        batch.append(key)
        if len(batch) == PAGE:
            yield batch
            batch = []
    if batch:
        yield batch


def _note(copy: Storage, key: ObjectKey, flaw: Flaw, tally: Tally, watcher: Watcher) -> None:
    tally.flaws[flaw] += 1
    watcher.found(copy, key, flaw)
