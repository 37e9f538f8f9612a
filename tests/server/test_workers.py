"""Thread pools: bounded, named, and honest about what is still running."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from typing import TYPE_CHECKING

import pytest

from server.errors import Errno, Overloaded
from server.workers import PoolSize, Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def with_workers(sizes: Mapping[str, int | PoolSize], scenario: Callable[[Workers], Awaitable[None]]) -> None:
    async def main() -> None:
        workers = Workers(sizes)
        try:
            await asyncio.wait_for(scenario(workers), 20)
        finally:
            await workers.close()

    asyncio.run(main())


def test_a_call_returns_what_the_function_returns_from_a_thread_named_after_its_pool() -> None:
    def work(first: int, second: str) -> tuple[int, str, str]:
        return first, second, threading.current_thread().name

    async def scenario(workers: Workers) -> None:
        first, second, thread = await workers.run("picture", work, 1, "two")

        assert (first, second) == (1, "two")
        assert thread.startswith("picture")
        assert workers.depths() == {"picture": 0}

    with_workers({"picture": 1}, scenario)


def test_what_the_function_raises_reaches_the_caller_and_frees_the_place() -> None:
    async def scenario(workers: Workers) -> None:
        with pytest.raises(ZeroDivisionError):
            await workers.run("picture", lambda: 1 // 0)

        assert workers.depths() == {"picture": 0}

    with_workers({"picture": 1}, scenario)


def test_the_callers_context_is_seen_in_the_thread() -> None:
    async def scenario(workers: Workers) -> None:
        REQUEST_ID.set("r-1")

        assert await workers.run("picture", REQUEST_ID.get) == "r-1"

    with_workers({"picture": 1}, scenario)


def test_the_loop_goes_on_while_a_thread_blocks() -> None:
    async def scenario(workers: Workers) -> None:
        beats = 0
        call = asyncio.create_task(workers.run("picture", time.sleep, 0.3))
        while not call.done():
            await asyncio.sleep(0.01)
            beats += 1

        assert beats > 10

    with_workers({"picture": 1}, scenario)


def test_a_full_pool_refuses_and_leaves_the_others_alone() -> None:
    async def scenario(workers: Workers) -> None:
        gate = threading.Event()
        calls = [asyncio.create_task(workers.run("picture", gate.wait, 10)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert workers.depths() == {"picture": 5, "captcha": 0}

        with pytest.raises(Overloaded) as refusal:
            await workers.run("picture", gate.wait, 10)

        assert (refusal.value.status, refusal.value.errno) == (503, Errno.STORE)
        assert refusal.value.retry_after
        assert await workers.run("captcha", str, 7) == "7"
        gate.set()
        assert await asyncio.gather(*calls) == [True] * 5
        assert await workers.run("picture", gate.wait, 10)

    with_workers({"picture": PoolSize(2, waiting=3), "captcha": 1}, scenario)


def test_no_more_calls_run_at_once_than_the_pool_has_threads() -> None:
    running = most = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    async def scenario(workers: Workers) -> None:
        await asyncio.gather(*(workers.run("password", work) for _ in range(30)))

        assert most == 2

    with_workers({"password": 2}, scenario)


def test_a_cancelled_caller_keeps_its_place_until_the_thread_is_done() -> None:
    async def scenario(workers: Workers) -> None:
        gate, begun, ran = threading.Event(), threading.Event(), []

        def work() -> None:
            begun.set()
            gate.wait(10)

        running = asyncio.create_task(workers.run("picture", work))
        waiting = asyncio.create_task(workers.run("picture", ran.append, "waiting"))
        await asyncio.to_thread(begun.wait)
        for call in (running, waiting):
            call.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)

        assert running.cancelled()
        assert workers.depths() == {"picture": 2}
        with pytest.raises(Overloaded):
            await workers.run("picture", ran.append, "refused")
        gate.set()
        await asyncio.sleep(0.2)
        assert workers.depths() == {"picture": 0}
        await workers.run("picture", ran.append, "later")
        assert ran == ["later"]

    with_workers({"picture": PoolSize(1, waiting=1)}, scenario)


def test_control_a_bare_executor_forgets_a_cancelled_call_that_still_waits() -> None:
    async def scenario(workers: Workers) -> None:
        executor = workers._pools["picture"]._executor
        gate = threading.Event()
        loop = asyncio.get_running_loop()
        calls = [loop.run_in_executor(executor, gate.wait, 10) for _ in range(50)]
        for call in calls:
            call.cancel()
        await asyncio.sleep(0)

        assert all(call.done() for call in calls)
        assert executor._work_queue.qsize() == 49  # with their arguments
        gate.set()

    with_workers({"picture": 1}, scenario)


def test_an_exception_after_the_caller_went_is_not_logged_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(workers: Workers) -> None:
        def work() -> None:
            time.sleep(0.05)
            raise ValueError

        call = asyncio.create_task(workers.run("picture", work))
        await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.sleep(0.2)

    with_workers({"picture": 1}, scenario)

    assert caplog.records == []


def test_close_waits_for_accepted_calls_and_refuses_new_ones() -> None:
    async def scenario(workers: Workers) -> None:
        finished: list[int] = []

        def work(number: int) -> None:
            time.sleep(0.05)
            finished.append(number)

        calls = [asyncio.create_task(workers.run("publish", work, number)) for number in range(4)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(workers.close())
        await asyncio.sleep(0)

        with pytest.raises(Overloaded):
            await workers.run("publish", work, 9)
        await closing
        assert finished == [0, 1, 2, 3]
        await asyncio.gather(*calls)

    with_workers({"publish": 1}, scenario)


def test_an_unknown_pool_is_a_defect() -> None:
    async def scenario(workers: Workers) -> None:
        with pytest.raises(KeyError):
            await workers.run("pictures", str)

    with_workers({"picture": 1}, scenario)
