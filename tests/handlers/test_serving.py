"""The watchdog of the event loop."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from handlers.serving import watch_loop

if TYPE_CHECKING:
    from server.services import Services

STALL_SECONDS = 0.06


def test_no_stall_of_a_few_hundredths_of_a_second_goes_unseen() -> None:
    lags: list[float] = []
    metrics = SimpleNamespace(loop_lag=SimpleNamespace(observe=lags.append))
    services = cast("Services", SimpleNamespace(metrics=metrics))

    async def stall_now_and_then() -> list[float]:
        watching = asyncio.create_task(watch_loop(services))
        seen = []
        for number in range(20):
            # given: a moment that has nothing to do with the watchdog's
            await asyncio.sleep(0.03 + number * 0.007)
            lags.clear()

            # when: something blocks, and all timers that are due have run
            asyncio.get_running_loop().call_soon(time.sleep, STALL_SECONDS)
            await asyncio.sleep(0.03)
            seen.append(max(lags, default=0.0))
        watching.cancel()
        return seen

    seen = asyncio.run(stall_now_and_then())

    assert min(seen) > STALL_SECONDS / 2
