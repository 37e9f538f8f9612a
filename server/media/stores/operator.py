"""What all stores behind opendal share: reading, listing and deleting by key."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from opendal import exceptions

from server.media.model import NoSuchObject, ObjectKey
from server.media.stores import failures as bounds
from server.media.stores.failures import failures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

    import opendal

# opendal's exceptions have no common base of their own.
FAILURES: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)
)


class OperatorStorage:
    """The half of Storage that is the same everywhere. Subclasses write and tidy."""

    def __init__(self, operator: opendal.AsyncOperator, name: str) -> None:
        self._operator = operator
        self._name = name

    def __str__(self) -> str:
        """For people; without secrets."""
        return self._name

    async def get(self, key: ObjectKey) -> bytes:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.GET_SECONDS):
                try:
                    return bytes(await self._operator.read(str(key)))
                except exceptions.NotFound as error:
                    raise NoSuchObject from error

    async def exists(self, key: ObjectKey) -> bool:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.GET_SECONDS):
                return await self._operator.exists(str(key))

    async def delete(self, key: ObjectKey) -> None:
        """See Storage."""
        with self._failures():
            await self._operator.delete(str(key))

    async def every_key(self) -> AsyncIterator[ObjectKey]:
        """See Storage."""
        with self._failures():
            async for entry in await self._operator.list("", recursive=True):
                with suppress(NoSuchObject):
                    yield ObjectKey.parse(entry.path)

    def _failures(self) -> AbstractContextManager[None]:
        return failures(self._name, FAILURES)
