"""Objects as files below a folder of this machine."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import opendal
from opendal import exceptions

from server.media.places import Folder
from server.media.stores import failures as bounds
from server.media.stores.failures import failures
from server.media.stores.operator import FAILURES, OperatorStorage

if TYPE_CHECKING:
    from server.media.model import ObjectKey

PARTIAL_AGE = timedelta(hours=1)


class FolderStorage(OperatorStorage):
    """A file is written and synced under a passing name, then renamed."""

    def __init__(self, folder: str) -> None:
        name = str(Folder(folder))
        with failures(name, FAILURES):
            super().__init__(opendal.AsyncOperator("fs", root=folder), name)

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """See Storage."""
        partial = f".partial/{uuid4().hex}"
        with self._failures():
            try:
                async with asyncio.timeout(bounds.PUT_SECONDS):
                    await self._operator.write(partial, content)
                    await self._operator.rename(partial, str(key))
            except BaseException:
                await self._discard(partial)
                raise

    async def tidy(self) -> None:
        """See Storage."""
        oldest = datetime.now(UTC) - PARTIAL_AGE
        with self._failures():
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
        with suppress(TimeoutError, *FAILURES):
            async with asyncio.timeout(bounds.GET_SECONDS):
                await self._operator.delete(partial)
