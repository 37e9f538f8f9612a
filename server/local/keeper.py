"""Keeping one child alive: starting it, waiting for it, starting it again, stopping it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.local import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.local.children import Child
    from server.local.state import StateFolder

HOPELESS = 5  # deaths in a row after which the log is shown


@dataclass(frozen=True)
class Pace:
    """How patient the supervisor is, in seconds."""

    first_delay: float = 0.5
    longest_delay: float = 30.0
    well: float = 30.0
    slow_start: float = 30.0
    hurried: float = 2.0
    poll: float = 0.05


@dataclass(frozen=True)
class Place:
    """Where children run, how patiently, and who hears of it."""

    root: Path
    folder: StateFolder
    say: Callable[[str], None]
    pace: Pace = field(default_factory=Pace)

    def report(self, name: str, seconds: float) -> None:
        """The progress line of a step that is done."""
        self.say(f"  {name:<12} {seconds:5.1f} s")


class Keeper:
    """Keeps one child alive until it is told to stop."""

    def __init__(self, child: Child, place: Place) -> None:
        self.child = child
        self.log = place.folder.logs / f"{child.name}.log"
        self._place = place
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        process.rotate(self.log)
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.child.name}")

    async def until_ready(self) -> float:
        """Wait until it answers; the seconds that took. Shows the log of one that takes long; waits on."""
        began, pace, shown = time.monotonic(), self._place.pace, False
        while not (self._runs() and await self.child.ready()):
            await asyncio.sleep(pace.poll)
            if not shown and time.monotonic() - began > pace.slow_start:
                shown = True
                self._show_log("is not ready yet")
        return time.monotonic() - began

    async def stop(self, hurry: asyncio.Event) -> None:
        """SIGTERM, its time to finish, then SIGKILL to its whole group."""
        self._stopping.set()
        if self._task is None:
            return
        if self._process is not None and self._runs():
            self._process.terminate()
        if not await self._ended(hurry):
            self._place.say(f"{self.child.name} does not stop; it is killed")
            if self._process is not None and self._runs():
                self._process.kill()
        await self._task

    async def _ended(self, hurry: asyncio.Event) -> bool:
        assert self._task is not None  # noqa: S101 - `stop` looked
        hurried = asyncio.create_task(hurry.wait())
        try:
            await asyncio.wait(
                {self._task, hurried}, timeout=self.child.stop_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not self._task.done() and hurry.is_set():
                await asyncio.wait({self._task}, timeout=self._place.pace.hurried)
        finally:
            hurried.cancel()
        return self._task.done()

    def _show_log(self, trouble: str) -> None:
        self._place.say(f"{self.child.name} {trouble}. The end of {self.log}:\n{process.tail(self.log)}")

    def _runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _keep(self) -> None:
        pace, deaths = self._place.pace, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            ending = await self._run_once(back=deaths > 0)
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - began >= pace.well else deaths + 1
            delay = min(pace.first_delay * 2 ** (deaths - 1), pace.longest_delay)
            self._place.say(f"{self.child.name} died ({ending}); starting it again in {delay:g} s")
            if deaths == HOPELESS:
                self._show_log(f"died {deaths} times in a row")
            await self._pause(delay)

    async def _run_once(self, *, back: bool) -> str:
        """Run it to its end; how it ended, in words."""
        child, folder = self.child, self._place.folder
        try:
            self._process = await process.spawn(child.argv, child.environment, self._place.root, self.log)
        except OSError as error:
            return f"cannot be started: {error}"
        identity = process.identify(self._process.pid)
        if identity is not None:
            process.write_record(folder.run, child.name, identity)
        if self._stopping.is_set():
            self._process.terminate()
        announcing = asyncio.create_task(self._announce()) if back else None
        code = await self._process.wait()
        if announcing is not None:
            announcing.cancel()
        if identity is not None:
            process.kill_group(identity)
        (folder.run / f"{child.name}.pid").unlink(missing_ok=True)
        return process.how_it_ended(code)

    async def _announce(self) -> None:
        seconds = await self.until_ready()
        self._place.say(f"{self.child.name} runs again ({seconds:.1f} s)")

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
