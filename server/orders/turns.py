"""Who wants the same house waits here, and not on a connection: a house that all want costs the others nothing."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from server.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_SECONDS = 3.0


class Turns:
    """One booking of a house at a time in this process. What is right is decided by MySQL all the same."""

    def __init__(self) -> None:
        self._houses: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, house_id: int) -> AsyncIterator[bool]:
        """Wait for this house's turn; whether somebody was ahead. Raises Overloaded when it takes too long."""
        turn = self._houses.get(house_id)
        if turn is None:
            turn = self._houses[house_id] = asyncio.Lock()
        was_taken = turn.locked()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await turn.acquire()
        except TimeoutError:
            raise Overloaded(retry_after=1) from None
        try:
            yield was_taken
        finally:
            turn.release()
