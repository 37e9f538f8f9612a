"""Where objects live: one small protocol, and the stores that a URL can name."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import opendal
import structlog
from opendal import exceptions

from server.errors import StoreUnavailable
from server.media.model import NoSuchObject, ObjectKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

PUT_SECONDS = 10.0
GET_SECONDS = 5.0
PARTIAL_AGE = timedelta(hours=1)

# opendal's exceptions have no common base of their own.
FAILURES: tuple[type[Exception], ...] = (
    TimeoutError,
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)


class BadStorageUrl(ValueError):
    """IHOME_STORAGE names no store that we know."""


class Storage(Protocol):
    """Keeps objects by key. All methods raise StoreUnavailable when the store is down, slow or full."""

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """Store the content, all of it or nothing. The same key again is the same content again."""
        ...

    async def get(self, key: ObjectKey) -> bytes:
        """The content. Raises NoSuchObject."""
        ...

    async def exists(self, key: ObjectKey) -> bool:
        """Whether `get` would find it."""
        ...

    async def delete(self, key: ObjectKey) -> None:
        """Remove the object, if it is there. Never given up half-way: the sweep holds a lock for so long."""
        ...

    def every_key(self) -> AsyncIterator[ObjectKey]:
        """Every object in the store, in no order."""
        ...

    async def tidy(self) -> None:
        """Remove what interrupted writes left behind."""
        ...


class FolderStorage:
    """Objects as files below a folder. A file is written and synced under a passing name, then renamed."""

    def __init__(self, folder: str) -> None:
        with _failures():
            self._operator = opendal.AsyncOperator("fs", root=folder)

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """See Storage."""
        partial = f".partial/{uuid4().hex}"
        with _failures():
            try:
                async with asyncio.timeout(PUT_SECONDS):
                    await self._operator.write(partial, content)
                    await self._operator.rename(partial, str(key))
            except BaseException:
                await self._discard(partial)
                raise

    async def get(self, key: ObjectKey) -> bytes:
        """See Storage."""
        with _failures():
            async with asyncio.timeout(GET_SECONDS):
                try:
                    return bytes(await self._operator.read(str(key)))
                except exceptions.NotFound as error:
                    raise NoSuchObject from error

    async def exists(self, key: ObjectKey) -> bool:
        """See Storage."""
        with _failures():
            async with asyncio.timeout(GET_SECONDS):
                return await self._operator.exists(str(key))

    async def delete(self, key: ObjectKey) -> None:
        """See Storage."""
        with _failures():
            await self._operator.delete(str(key))

    async def every_key(self) -> AsyncIterator[ObjectKey]:
        """See Storage."""
        with _failures():
            async for entry in await self._operator.list("", recursive=True):
                with suppress(NoSuchObject):
                    yield ObjectKey.parse(entry.path)

    async def tidy(self) -> None:
        """See Storage."""
        oldest = datetime.now(UTC) - PARTIAL_AGE
        with _failures():
            async for entry in await self._operator.list(".partial/"):
                if not entry.path.endswith("/") and await self._is_older(entry.path, oldest):
                    await self._operator.delete(entry.path)

    async def _is_older(self, path: str, moment: datetime) -> bool:
        try:
            written = (await self._operator.stat(path)).last_modified
        except exceptions.NotFound:  # its put has just renamed it
            return False
        return written is not None and written < moment

    async def _discard(self, partial: str) -> None:
        with suppress(*FAILURES):
            async with asyncio.timeout(GET_SECONDS):
                await self._operator.delete(partial)


def open_storage(url: str) -> Storage:
    """The store that a URL names: `fs:/absolute/folder`. Raises BadStorageUrl or StoreUnavailable."""
    scheme = urlsplit(url).scheme
    if scheme not in STORES:
        raise BadStorageUrl(f"no storage is called {scheme!r}; known: {', '.join(STORES)}")
    return STORES[scheme](url)


def _open_folder(url: str) -> Storage:
    folder = unquote(urlsplit(url).path)
    if not PurePosixPath(folder).is_absolute():
        raise BadStorageUrl("fs: needs an absolute folder, as in fs:/var/lib/ihome/pictures")
    return FolderStorage(folder)


STORES: Mapping[str, Callable[[str], Storage]] = {"fs": _open_folder}


@contextmanager
def _failures() -> Iterator[None]:
    """Turn the store's failures into ours. Its texts name folders: they are not passed on."""
    try:
        yield
    except FAILURES as error:
        structlog.get_logger().warning("storage unavailable", error=type(error).__name__)
        raise StoreUnavailable("storage") from error
