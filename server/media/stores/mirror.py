"""Every object in two stores, so that losing one loses nothing. Why both for a put: docs/adr/0008."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from server.errors import StoreUnavailable
from server.media.model import NoSuchObject, ObjectKey
from server.media.stores.failures import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import Any

    from server.media.storage import Storage

T = TypeVar("T")

# How long a read waits for the first store before it asks the second one as well.
PATIENCE_SECONDS = 0.5


class MirrorStorage:
    """Writes and deletes succeed when both stores did; a read takes the first sound answer."""

    def __init__(self, first: Storage, second: Storage) -> None:
        self.stores = (first, second)

    def __str__(self) -> str:
        """For people."""
        return " and ".join(map(str, self.stores))

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """See Storage. Raises when one store failed; what the other one has then is an orphan for the sweep."""
        await together(store.put(key, content) for store in self.stores)

    async def get(self, key: ObjectKey) -> bytes:
        """See Storage. A copy that is not what its key says counts as missing."""
        return await self._first_answer(partial(_sound, key))

    async def exists(self, key: ObjectKey) -> bool:
        """See Storage."""
        try:
            return await self._first_answer(partial(_found, key))
        except NoSuchObject:
            return False

    async def delete(self, key: ObjectKey) -> None:
        """See Storage. Raises when one store failed: the sweep comes again."""
        await together(store.delete(key) for store in self.stores)

    async def every_key(self) -> AsyncIterator[ObjectKey]:
        """See Storage. What is in one store only is there, too."""
        first, second = self.stores
        async for key in first.every_key():
            yield key
        async for key in second.every_key():
            if not await first.exists(key):
                yield key

    async def tidy(self) -> None:
        """See Storage."""
        await together(store.tidy() for store in self.stores)

    async def _first_answer(self, ask: Callable[[Storage], Coroutine[Any, Any, T]]) -> T:
        """What the first store says; when it fails, has nothing or lets wait, what the second one says.

        Raises NoSuchObject only when both say so: the object may be in the store that does not answer.
        """
        asked = [_asking(ask(self.stores[0]))]
        try:
            await asyncio.wait(asked, timeout=PATIENCE_SECONDS)
            if not _succeeded(asked[0]):
                asked.append(_asking(ask(self.stores[1])))
            waiting = set(asked)
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for answer in filter(_succeeded, done):
                    return answer.result()
        finally:
            for task in asked:
                task.cancel()
        raise _worst([task.exception() for task in asked])


def copies_of(storage: Storage) -> tuple[Storage, ...]:
    """The stores that each hold every object: those of a mirror, or the one."""
    if isinstance(storage, MirrorStorage):
        return tuple(copy for store in storage.stores for copy in copies_of(store))
    return (storage,)


async def _sound(key: ObjectKey, store: Storage) -> bytes:
    content = await store.get(key)
    if ObjectKey.of(content, key.media_type) != key:
        structlog.get_logger().error("corrupt copy", store=str(store), key=str(key))
        raise NoSuchObject
    return content


async def _found(key: ObjectKey, store: Storage) -> bool:
    if not await store.exists(key):
        raise NoSuchObject
    return True


def _asking(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task whose failure may go unread: the other store's answer was enough."""
    task = asyncio.create_task(work)
    task.add_done_callback(_succeeded)
    return task


def _succeeded(task: asyncio.Task[T]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _worst(refusals: list[BaseException | None]) -> BaseException:
    """An outage rather than an absence; an unexpected failure before both."""
    found = [refusal for refusal in refusals if refusal is not None]
    rank = {NoSuchObject: 2, StoreUnavailable: 1}
    return min(found, key=lambda refusal: rank.get(type(refusal), 0))
