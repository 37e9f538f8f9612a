"""What something costs each of the site's processes, in seconds of a core."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from server.services import open_services
from tests.bench import wrk
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.stack import Stack

PROCESSES = {"web": "serve", "worker": "worker", "MariaDB": "mariadb", "Redis": "redis"}
SETTLE_SECONDS = 60.0


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, its threads that ended too, in its own code and the kernel's.

    Linux numbers the CPU clock of a process so (clock_getcpuclockid(3)); /proc/<pid>/stat shows the same in steps of
    10 ms.
    """
    return time.clock_gettime((~pid << 3) | 2)


def spent(stack: Stack) -> dict[str, float]:
    """So far, by process."""
    return {who: cpu_seconds(stack.pid(name)) for who, name in PROCESSES.items()}


def between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """By process, what was used meanwhile."""
    return {who: after[who] - before[who] for who in before}


async def settle(stack: Stack) -> None:
    """Wait until the worker has done what the bookings asked of it. Raises TimeoutError."""
    async with open_services(stack.settings) as services, asyncio.timeout(SETTLE_SECONDS):
        while (await services.outbox.backlog())[0]:  # noqa: ASYNC110 - done in another process
            await asyncio.sleep(0.05)


def lines(
    what: str, used: Mapping[str, float], count: int, seconds: float, web_ms: float | None = None
) -> list[Line]:
    """Milliseconds of a core for each of `count`, by process, and their sum beside what all cores gave in that time.

    `web_ms`: what the web process may use.
    """
    usable = wrk.cores().server | wrk.cores().client
    found = [
        _line(f"CPU of {who} {what}", 1000 * cpu / count, web_ms if who == "web" else None)
        for who, cpu in used.items()
    ]
    together = 1000 * sum(used.values()) / count
    given = 1000 * seconds * len(usable) / count
    return [
        *found,
        Line(f"CPU of all {what}", together, "ms", f"what {len(usable)} cores gave meanwhile", given),
    ]


def _line(what: str, figure: float, most: float | None) -> Line:
    return Line(
        what, figure, "ms", budget="" if most is None else f"<= {most:g} ms", judged=figure, limit=most
    )
