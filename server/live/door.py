"""The door of the live channel: a thousand pages that come back at once are looked up a few at a time, in line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from server.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT_ONCE = 25  # half of the connections to Redis: the others are for everybody else
WAITING = 2000
PATIENCE_SECONDS = 2.0  # a page gives its connection 4 s until it is ready


class Door:
    """Whoever waits too long, or finds the line too long, is told to come again (503, Retry-After)."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Stand in line; inside the block it is the caller's turn. Raises Overloaded."""
        if self.waiting >= WAITING:
            raise Overloaded(retry_after=2)
        self.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise Overloaded(retry_after=2) from None
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._places.release()
