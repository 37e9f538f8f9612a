"""A profile of a running web process: which functions its main thread spends its time on a core in.

`python -m tests.bench.sampler FILE` serves the site; BEGIN begins a profile, END ends it and writes FILE.

Each time that the process has used some milliseconds of a core, the kernel sends SIGPROF, and Python lets the main
thread look at its own stack. So waiting weighs nothing, and nothing is slowed between two looks. A profiler that hooks
calls (cProfile, pyinstrument) makes small functions dear; a thread that looks at another must wait until that one gives
up the interpreter's lock: of the cached read it saw three quarters in send(), which takes a twentieth.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stack import ROOT

if TYPE_CHECKING:
    from types import FrameType

BEGIN, END = signal.SIGUSR1, signal.SIGUSR2
INTERVAL_SECONDS = 0.001  # the kernel rounds it up to a tick
FOLDERS = (f"{sys.prefix}/lib/python3.11/site-packages/", f"{Path(json.__file__).parent.parent}/", f"{ROOT}/")


class Sampler:
    """Weighs stacks by the time on a core, in nanoseconds, that passed since the last look. The main thread only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used = 0
        self.own: Counter[str] = Counter()
        self.with_callees: Counter[str] = Counter()
        self.looks = 0

    def listen(self) -> None:
        """From now on, heed BEGIN and END."""
        signal.signal(BEGIN, self._begin)
        signal.signal(END, self._end)
        signal.signal(signal.SIGPROF, self._look)
        for number in (BEGIN, END, signal.SIGPROF):
            signal.siginterrupt(number, False)

    def add(self, frame: FrameType | None, weight: int) -> None:
        """One look: the weight is the innermost function's own, and once that of each function that led to it."""
        if frame is None:
            return
        self.looks += 1
        self.own[name_of(frame)] += weight
        callers = set()
        while frame is not None:
            callers.add(name_of(frame))
            frame = frame.f_back
        for name in callers:
            self.with_callees[name] += weight

    def _begin(self, _number: int, _frame: FrameType | None) -> None:
        self._used = time.thread_time_ns()
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        self.add(frame, time.thread_time_ns() - self._used)
        self._used = time.thread_time_ns()  # what the look took is nobody's

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        record = {"looks": self.looks, "own": self.own, "with_callees": self.with_callees}
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(json.dumps(record), "utf-8")
        unfinished.rename(self._path)  # it is whole as soon as it is there


def name_of(frame: FrameType) -> str:
    """The function and where it begins, without the folders that are the same everywhere."""
    place = frame.f_code.co_filename
    for folder in FOLDERS:
        place = place.removeprefix(folder)
    return f"{place}:{frame.f_code.co_firstlineno} {frame.f_code.co_qualname}"


def main() -> None:
    """See the module."""
    from main import cli

    Sampler(Path(sys.argv[1])).listen()
    cli.main(["serve"], standalone_mode=False)


if __name__ == "__main__":
    main()
