"""A state folder for each test, fake children, and patience with an end."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from server.local.binaries import Binaries, find_binaries
from server.local.children import Child
from server.local.keeper import Pace, Place
from server.local.ports import is_free
from server.local.state import StateFolder, open_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = Pace(first_delay=0.05, longest_delay=0.2, well=5.0, slow_start=0.5, hurried=0.2, poll=0.01)

# Writes its pid, does what it is told on SIGTERM, and waits.
LIVES = """
import os, signal, sys, time
from pathlib import Path
here, name = Path(sys.argv[1]), sys.argv[2]
def leave(*_):
    with (here / "ends").open("a") as ends:
        ends.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
with (here / (name + ".pids")).open("a") as pids:
    pids.write(f"{os.getpid()}\\n")
while True:
    time.sleep(0.01)
"""


@dataclass
class Children:
    """Makes fake children and knows which processes they had."""

    here: Path
    said: list[str] = field(default_factory=list)
    pace: Pace = QUICK

    def place(self, folder: StateFolder) -> Place:
        """Where the supervisor under test runs; what it says is kept."""
        return Place(self.here, folder, self.said.append, self.pace)

    def make(self, name: str, code: str = LIVES, stage: int = 0, stop_seconds: float = 5.0) -> Child:
        """A child that is ready once it wrote its pid."""
        argv = (sys.executable, "-c", code, str(self.here), name)
        return Child(name, argv, {}, partial(self._has_written, name), stop_seconds, stage)

    def pids(self, name: str) -> list[int]:
        """Every process it was so far, the latest last."""
        path = self.here / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def ends(self) -> list[str]:
        """Who left, in which order."""
        path = self.here / "ends"
        return path.read_text().split() if path.exists() else []

    async def _has_written(self, name: str) -> bool:
        return bool(self.pids(name))


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return open_state(tmp_path / "state")


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    here = tmp_path / "here"
    here.mkdir()
    return Children(here)


@pytest.fixture(scope="session")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    found = find_binaries(tmp_path_factory.mktemp("nothing"))
    assert found is not None, "make test installs MariaDB and Redis"
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    free = (port for port in random.sample(range(18000, 20000), 200) if is_free("127.0.0.1", port))
    return [next(free) for _ in range(count)]


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is true; fail when it does not become so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


async def eventually_async(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """As `eventually`, with the loop running."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other processes make it true
            await asyncio.sleep(0.01)
