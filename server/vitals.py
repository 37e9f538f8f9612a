"""What a process looks up to fill the gauges that nothing else sets."""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from server.errors import Overloaded, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.services import Services

SECONDS = 5.0
STATM = Path("/proc/self/statm")


def note(services: Services) -> None:
    """The gauges that cost nothing to read."""
    metrics = services.metrics
    metrics.watched_tasks.set(services.feed.watched)
    metrics.database_in_use.set(services.database.in_use)
    metrics.socket_backlog.set(max((one.backlog for one in services.board.listeners), default=0))
    metrics.resident.set(resident_bytes())
    for pool, depth in services.workers.depths().items():
        metrics.queue_depth.labels(pool).set(depth)


def resident_bytes() -> int:
    """What this process holds in memory; 0 where there is no /proc (proc(5): the second number of statm, in pages)."""
    try:
        pages = int(STATM.read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


async def note_stores(services: Services, broker_queue: Callable[[], int]) -> None:
    """The gauges that MySQL and the broker know; `broker_queue` blocks.

    Raises StoreUnavailable, Overloaded, OSError.
    """
    waiting, age = await services.outbox.backlog()
    services.metrics.outbox_waiting.set(waiting)
    services.metrics.outbox_lag.set(age)
    services.metrics.broker_queue.set(await services.workers.run("publish", broker_queue))


async def watch(services: Services, broker_queue: Callable[[], int]) -> None:
    """Fill all of them every few seconds; what does not answer keeps its last number. Ends by cancellation."""
    while True:
        note(services)
        with suppress(StoreUnavailable, Overloaded, OSError):
            await note_stores(services, broker_queue)
        await asyncio.sleep(SECONDS)
