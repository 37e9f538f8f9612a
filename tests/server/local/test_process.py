"""A process is known by more than its pid; what an earlier run left is ended, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from server.local import process
from tests.server.local.conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITS = "import time; time.sleep(60)"
# Starts one in its own group that stays when it is killed.
LEAVES_ONE = f"""
import subprocess, sys
print(subprocess.Popen([sys.executable, '-c', {WAITS!r}]).pid, flush=True)
{WAITS}
"""
SPAWNS = """
import asyncio, os, sys
from pathlib import Path
from server.local.process import spawn
async def main():
    child = await spawn([sys.executable, "-c", "import time; time.sleep(60)"], {}, Path("/"), Path(sys.argv[1]))
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", LEAVES_ONE], process_group=0, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        for member in process.group_of(identity_of(running.pid)) if running.poll() is None else []:
            process.send(member, signal.SIGKILL)
        running.kill()


def identity_of(pid: int) -> process.Identity:
    identity = process.identify(pid)
    assert identity is not None
    return identity


def inner_of(sleeper: subprocess.Popen[str]) -> int:
    assert sleeper.stdout is not None
    return int(sleeper.stdout.readline())


def test_a_leftover_is_ended_with_its_group(sleeper: subprocess.Popen[str], tmp_path: Path) -> None:
    inner = identity_of(inner_of(sleeper))
    process.write_record(tmp_path, "worker", identity_of(sleeper.pid))

    ended = process.end_leftovers(tmp_path, 5)

    assert ended == ["worker"]
    assert sleeper.wait(5) == -signal.SIGTERM
    assert not process.is_alive(inner)
    assert list(tmp_path.iterdir()) == []


def test_the_group_of_a_dead_leader_is_ended(sleeper: subprocess.Popen[str], tmp_path: Path) -> None:
    inner = identity_of(inner_of(sleeper))
    process.write_record(tmp_path, "worker", identity_of(sleeper.pid))
    sleeper.kill()
    sleeper.wait(5)

    ended = process.end_leftovers(tmp_path, 5)

    assert ended == ["worker"]
    assert not process.is_alive(inner)


@pytest.mark.parametrize("change", ["born", "boot"])
def test_a_recycled_pid_is_never_killed(sleeper: subprocess.Popen[str], tmp_path: Path, change: str) -> None:
    inner_of(sleeper)
    identity = identity_of(sleeper.pid)
    other = (
        replace(identity, born=identity.born - 1) if change == "born" else replace(identity, boot="another")
    )
    process.write_record(tmp_path, "worker", other)

    ended = process.end_leftovers(tmp_path, 1)

    assert ended == []
    assert process.is_alive(identity)
    assert list(tmp_path.iterdir()) == []


def test_a_leftover_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], process_group=0, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        process.write_record(tmp_path, "web", identity_of(running.pid))

        process.end_leftovers(tmp_path, 0.2)

        assert running.wait(5) == -signal.SIGKILL


def test_a_damaged_record_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "web.pid").write_text("12")
    (tmp_path / "beat.pid").write_text('{"pid"')

    assert process.end_leftovers(tmp_path, 1) == []
    assert list(tmp_path.iterdir()) == []


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SPAWNS, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = identity_of(int(parent.stdout.readline()))

        parent.kill()

    eventually(lambda: not process.is_alive(child))


def test_a_zombie_is_nobody() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as running:
        eventually(lambda: process.identify(running.pid) is None)


def test_a_big_log_is_put_aside_and_a_small_one_is_not(tmp_path: Path) -> None:
    big, small = tmp_path / "big.log", tmp_path / "small.log"
    big.write_bytes(b"x" * (process.LOG_BYTES + 1))
    small.write_bytes(b"x")

    process.rotate(big)
    process.rotate(small)

    assert not big.exists()
    assert (tmp_path / "big.log.1").exists()
    assert small.exists()


def test_the_tail_of_a_log_is_its_last_lines_whatever_its_bytes(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"\n".join(b"line %d" % number for number in range(5000)) + b"\n\xff last")

    assert process.tail(log, 2) == "    line 4999\n    \ufffd last"
    assert process.tail(tmp_path / "none.log") == "    (no log)"


@pytest.mark.parametrize(
    ("code", "words"),
    [(3, "exit code 3"), (-signal.SIGKILL, "killed by SIGKILL"), (-77, "killed by signal 77")],
)
def test_an_ending_is_told_in_words(code: int, words: str) -> None:
    assert process.how_it_ended(code) == words


def test_signals_reach_only_the_process_that_was_meant(sleeper: subprocess.Popen[str]) -> None:
    inner_of(sleeper)
    identity = identity_of(sleeper.pid)

    process.send(replace(identity, born=identity.born + 1), signal.SIGKILL)

    assert process.is_alive(identity)
    assert os.getpgid(sleeper.pid) == sleeper.pid
