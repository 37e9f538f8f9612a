"""Python's collector of cyclic garbage: each full collection looks only at what is new, and every pause is counted.

A full collection looks at every object that holds others, and all else waits: with thousands of open websockets for
most of a second. Hardly any of those objects is garbage, so what survived a full collection is frozen
(gc.freeze: moved to where no collection looks) and still freed as soon as nothing refers to it. Only cycles that became
garbage after they were frozen stay; a thaw finds them, seldom, at the price of one long look.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.metrics import Metrics

TELL_SECONDS = 5.0
THAW_SECONDS = 3600.0
OLDEST = 2  # the generation that a full collection looks at
MOST_UNTOLD = 20_000


class Freezer:
    """Freezes the survivors of each full collection while `freezing` lasts, and notes what the collections took."""

    def __init__(self) -> None:
        self._began = 0.0
        self._looked_at = 0.0
        self._frozen_then = 0
        # The collector may run while a metric's lock is held, so nothing is observed in its callback.
        self._untold: deque[tuple[int, float]] = deque(maxlen=MOST_UNTOLD)

    @contextmanager
    def freezing(self) -> Iterator[None]:
        """Until the block ends. What was frozen is thawed then."""
        self.thaw(time.monotonic())
        gc.callbacks.append(self._heed)
        try:
            yield
        finally:
            gc.callbacks.remove(self._heed)
            gc.unfreeze()

    def tell(self, metrics: Metrics) -> None:
        """Observe the pauses since the last time."""
        while self._untold:
            generation, seconds = self._untold.popleft()
            metrics.gc_pauses.labels(generation).observe(seconds)

    def thaw_if_due(self, now: float) -> None:
        """Thaw when THAW_SECONDS have passed and twice as much is frozen as after the last thaw."""
        if now - self._looked_at < THAW_SECONDS:
            return
        self._looked_at = now
        if gc.get_freeze_count() >= 2 * self._frozen_then:
            self.thaw(now)

    def thaw(self, now: float) -> None:
        """Look at everything once, and freeze what is left.

        The second collection looks at next to nothing. It is there because Python puts a full collection off until a
        quarter of what the last one left is new (`long_lived_total` in CPython's gcmodule.c).
        """
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.collect()
        self._looked_at, self._frozen_then = now, gc.get_freeze_count()

    def _heed(self, phase: str, about: dict[str, Any]) -> None:
        """What Python calls before and after each collection, in whichever thread it runs."""
        if phase == "start":
            self._began = time.perf_counter()
            return
        if about["generation"] == OLDEST:
            gc.freeze()
        self._untold.append((about["generation"], time.perf_counter() - self._began))


async def watch(metrics: Metrics) -> None:
    """Keep the pauses of this process short and fill their metric. Ends by cancellation.

    Left alone, Python looks when ten times ten times 700 more objects are there: seldom and long in a process that
    makes about as many as it drops, as by the pings of its websockets.
    """
    freezer = Freezer()
    with freezer.freezing():
        while True:
            await asyncio.sleep(TELL_SECONDS)
            freezer.thaw_if_due(time.monotonic())
            gc.collect()
            freezer.tell(metrics)
