"""Single flight: whoever reads what is just being read waits for that reading."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from server.cache.model import CacheKey, Outcome


@dataclass(eq=False)
class Flight:
    """One reading. A detached one began before a drop: its own readers get it, nobody else."""

    key: CacheKey
    began: float
    is_detached: bool = False
    readers: int = 0
    task: asyncio.Task[Outcome] = field(init=False)

    async def landing(self) -> Outcome:
        """What was read; a reader that stops waiting stops only itself. Raises what the reading raises."""
        return await asyncio.shield(self.task)


class Flights:
    """All readings that are under way in this process. A reader that goes away does not end one."""

    def __init__(self, join_seconds: float) -> None:
        self._join_seconds = join_seconds
        self._current: dict[CacheKey, Flight] = {}
        self._all: set[Flight] = set()

    def join(
        self, key: CacheKey, now: float, fetch: Callable[[Flight], Coroutine[Any, Any, Outcome]]
    ) -> Flight:
        """The key's reading, begun now where none may be joined. Await its `landing`.

        One that began longer ago than `join_seconds` may have missed a drop that this reader must see.
        """
        flight = self._current.get(key)
        if flight is None or flight.is_detached or now - flight.began >= self._join_seconds:
            flight = self._begin(Flight(key, now), fetch)
        flight.readers += 1
        return flight

    def detach(self, tags: Collection[str] | None = None) -> None:
        """What is under way with these tags (None: everything) is not handed to later readers."""
        for flight in self._all:
            if tags is None or flight.key.tag in tags:
                flight.is_detached = True

    async def close(self) -> None:
        """End all readings. Again and again: redis-py 8.1 swallows a cancellation that arrives while it connects."""
        while tasks := [flight.task for flight in self._all]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.2)

    def _begin(self, flight: Flight, fetch: Callable[[Flight], Coroutine[Any, Any, Outcome]]) -> Flight:
        flight.task = asyncio.create_task(fetch(flight))
        self._current[flight.key] = flight
        self._all.add(flight)
        flight.task.add_done_callback(lambda _task: self._end(flight))
        return flight

    def _end(self, flight: Flight) -> None:
        self._all.discard(flight)
        if self._current.get(flight.key) is flight:
            del self._current[flight.key]
        if not flight.task.cancelled():
            flight.task.exception()  # its readers may all have gone away
