"""The sampler sees where a process works, and not where it waits."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.bench.sampler import Sampler
from tests.stack import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

PROGRAM = """
import os, sys, threading, time
from pathlib import Path
from tests.bench.sampler import BEGIN, END, Sampler

def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))

def works():
    burn(0.3)

def works_before():
    burn(0.1)

def waits():
    time.sleep(0.2)

Sampler(Path(sys.argv[1])).listen()
works_before()
os.kill(os.getpid(), BEGIN)
other = threading.Thread(target=burn, args=(0.15,))
other.start()
waits()
other.join()
works()
os.kill(os.getpid(), END)
works_before()
"""


def test_time_on_a_core_is_seen_and_waiting_and_other_threads_are_not(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"

    subprocess.run([sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, check=True, timeout=60)

    found = json.loads(path.read_text("utf-8"))
    shares = {
        name.split()[1]: weight / sum(found["own"].values()) for name, weight in found["with_callees"].items()
    }
    assert found["looks"] > 10
    assert shares["works"] > 0.8
    assert shares.get("waits", 0) < 0.2
    assert "works_before" not in shares


def test_a_function_that_calls_itself_counts_once(tmp_path: Path) -> None:
    def deep(levels: int) -> FrameType:
        return deep(levels - 1) if levels else sys._getframe()

    sampler = Sampler(tmp_path / "profile.json")

    sampler.add(deep(3), 5)

    [own] = sampler.own
    assert own.endswith("deep")
    assert (sampler.own[own], sampler.with_callees[own]) == (5, 5)
