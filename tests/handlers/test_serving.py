"""The watchdog of the event loop, and how a process takes its leave."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from handlers.serving import drain, watch_loop
from server.live.model import CloseCode, Listener

if TYPE_CHECKING:
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop

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


class SilentServer:
    """Accepts no more, and has no connections."""

    def stop(self) -> None:
        """Nothing to do."""

    async def close_all_connections(self) -> None:
        """Nothing to do."""


def test_whoever_comes_on_a_kept_connection_while_the_process_stops_is_sent_away(
    services: Services, io_loop: IOLoop
) -> None:
    early, late = Listener("early", None), Listener("late", None)
    in_flight = ["a poll that came late"]

    async def poll_late() -> None:
        """As a long poll that came through a proxy's connection: in flight until it hears something."""
        while early.close_code is None:  # noqa: ASYNC110 - closed by another task
            await asyncio.sleep(0.01)
        services.board.admit(late)
        while late.close_code is None:  # noqa: ASYNC110 - closed by another task
            await asyncio.sleep(0.01)
        in_flight.clear()

    async def stop() -> None:
        services.board.admit(early)
        polling = asyncio.create_task(poll_late())
        await drain(cast("HTTPServer", SilentServer()), services, in_flight)
        polling.cancel()

    io_loop.run_sync(stop)

    assert (early.close_code, late.close_code) == (CloseCode.GOING_AWAY, CloseCode.GOING_AWAY)
    assert in_flight == [], "it was not cut off"
