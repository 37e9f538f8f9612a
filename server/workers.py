"""Blocking calls off the event loop, in named thread pools with bounded queues."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from server.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

WAITING = 128


@dataclass(frozen=True)
class PoolSize:
    """How many calls of a pool run at once, and how many more may wait before the next one is refused."""

    threads: int
    waiting: int = WAITING


class Workers:
    """All thread pools of a process. A bare number in `sizes` is a number of threads."""

    def __init__(self, sizes: Mapping[str, int | PoolSize]) -> None:
        self._pools = {
            name: _Pool(name, PoolSize(size) if isinstance(size, int) else size)
            for name, size in sizes.items()
        }

    async def run(self, pool: str, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Call `function(*args)` in a thread of `pool`, with the caller's context variables.

        Raises Overloaded when the pool's queue is full or closed, else what the function raises.
        A call whose caller is cancelled keeps its place until a thread is done with it: one that has begun
        runs to its end, one that has not is dropped when its turn comes.
        """
        return await self._pools[pool].run(partial(function, *args))

    def depths(self) -> dict[str, int]:
        """Calls waiting or running, by pool."""
        return {name: pool.depth for name, pool in self._pools.items()}

    async def close(self) -> None:
        """Refuse new calls and wait for those that were accepted."""
        for pool in self._pools.values():
            pool.refuse()
        await asyncio.gather(*(pool.wait() for pool in self._pools.values()))


class _Pool:
    def __init__(self, name: str, size: PoolSize) -> None:
        self.depth = 0
        self._room = size.threads + size.waiting
        self._lock = threading.Lock()  # depth goes up in the loop's thread and down in the pool's
        self._closed = False
        self._executor = ThreadPoolExecutor(size.threads, thread_name_prefix=name)

    async def run(self, call: Callable[[], T]) -> T:
        self._take_place()
        abandoned = threading.Event()
        context = contextvars.copy_context()

        def work() -> T:
            try:
                if abandoned.is_set():
                    raise asyncio.CancelledError
                return context.run(call)
            finally:
                self._leave_place()

        done = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            # Shielded: cancelling the executor's own future would free the place while the call still
            # waits in the executor's queue with its arguments.
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            abandoned.set()
            done.add_done_callback(_read)
            raise

    def refuse(self) -> None:
        self._closed = True

    async def wait(self) -> None:
        await asyncio.to_thread(self._executor.shutdown)

    def _take_place(self) -> None:
        with self._lock:
            if self._closed or self.depth >= self._room:
                raise Overloaded
            self.depth += 1

    def _leave_place(self) -> None:
        with self._lock:
            self.depth -= 1


def _read(done: asyncio.Future[T]) -> None:
    """Look at an outcome that nobody waits for, or asyncio logs it as lost."""
    if not done.cancelled():
        done.exception()
