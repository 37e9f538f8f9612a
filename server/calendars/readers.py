"""Who reads calendars in the worker: strangers' servers take their time, and its threads are for what people wait for.

A task of the sweep only begins a reading and ends: the reading goes on beside the tasks, a few at once. One that an
owner waits for keeps its thread, so that its state is pushed at once; but few threads are kept so. What is lost with
the process is begun again by the outbox.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from server.calendars.sync import CalendarSync

ASKED_AT_ONCE = 3
AT_ONCE = 16


class Readers:
    """All readings of this process."""

    def __init__(self, sync: CalendarSync) -> None:
        self._sync = sync
        self._threads = asyncio.Semaphore(ASKED_AT_ONCE)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._readings: dict[str, asyncio.Task[None]] = {}

    async def read(self, task_id: str, feed_id: int, *, asked: bool) -> dict[str, Any] | None:
        """The task. None when its reading goes on, or comes again."""
        if asked and task_id not in self._readings and not self._threads.locked():
            async with self._threads:
                return await self._sync.sync(task_id, feed_id, asked=asked)
        if task_id not in self._readings:
            reading = asyncio.create_task(self._read(task_id, feed_id, asked=asked))
            self._readings[task_id] = reading
            reading.add_done_callback(lambda done: self._end(task_id, done))
        return None

    async def close(self) -> None:
        """Drop what is being read: the outbox begins it again."""
        readings = list(self._readings.values())
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    async def _read(self, task_id: str, feed_id: int, *, asked: bool) -> None:
        try:
            async with self._places:
                await self._sync.sync(task_id, feed_id, asked=asked)
        except StoreUnavailable:
            structlog.get_logger().warning("a calendar's reading waits for a store", feed_id=feed_id)

    def _end(self, task_id: str, reading: asyncio.Task[None]) -> None:
        """A reading that ended by a fault says so: nobody waits for it."""
        del self._readings[task_id]
        if not reading.cancelled() and reading.exception() is not None:
            structlog.get_logger().error("a calendar's reading failed", exc_info=reading.exception())
