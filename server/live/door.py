"""The door of the live channel: a thousand pages that come back at once are looked up a few at a time."""

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
    """Whoever waits too long, or finds too many waiting, is told to come again (503, Retry-After).

    Who came last is next: it has waited the least, so it is the one that is still there when it was let in.
    """

    def __init__(self, places: int = AT_ONCE) -> None:
        self.free = places
        self._line: list[asyncio.Future[None]] = []

    @property
    def waiting(self) -> int:
        """How many stand before the door."""
        return len(self._line)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait; inside the block it is the caller's turn. Raises Overloaded."""
        if self.free > 0:
            self.free -= 1
        else:
            await self._wait()
        try:
            yield
        finally:
            self._give_on()

    async def _wait(self) -> None:
        if len(self._line) >= WAITING:
            raise Overloaded(retry_after=2)
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await turn
        except TimeoutError:
            self._leave(turn)
            raise Overloaded(retry_after=2) from None
        except asyncio.CancelledError:
            self._leave(turn)
            raise

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn in self._line:
            self._line.remove(turn)
        elif not turn.cancelled():
            self._give_on()  # it came in the very moment

    def _give_on(self) -> None:
        while self._line:
            turn = self._line.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1
