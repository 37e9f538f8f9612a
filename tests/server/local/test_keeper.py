"""A child is kept alive: started again with growing delays, reported when it is hopeless, stopped whole."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from server.local.keeper import Keeper
from server.local.process import identify, read_record
from tests.server.local.conftest import Children, eventually, eventually_async

if TYPE_CHECKING:
    from server.local.state import StateFolder

CRASHES = """
import sys
from pathlib import Path
with (Path(sys.argv[1]) / (sys.argv[2] + ".pids")).open("a") as pids:
    pids.write("0\\n")
print("the reason why")
sys.exit(3)
"""
STUBBORN = """
import os, signal, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
(Path(sys.argv[1]) / (sys.argv[2] + ".pids")).write_text(f"{os.getpid()}\\n{inner.pid}\\n")
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    return identify(pid) is None


def delays(said: list[str]) -> list[str]:
    return [line.rpartition(" in ")[2] for line in said if "starting it again" in line]


def test_a_child_killed_again_and_again_is_started_again_after_growing_delays(
    folder: StateFolder, children: Children
) -> None:
    keeper = Keeper(children.make("web"), children.place(folder))

    async def kill_four_times() -> None:
        keeper.start()
        for life in range(1, 5):
            await eventually_async(lambda: len(children.pids("web")) == life)  # noqa: B023 - awaited here
            os.kill(children.pids("web")[-1], signal.SIGKILL)
        await eventually_async(lambda: len(children.pids("web")) == 5)
        await keeper.stop(asyncio.Event())

    asyncio.run(kill_four_times())

    assert delays(children.said) == ["0.05 s", "0.1 s", "0.2 s", "0.2 s"]
    assert children.said[0] == "web died (killed by SIGKILL); starting it again in 0.05 s"
    assert any(line.startswith("web runs again (") for line in children.said)
    assert children.ends() == ["web"]


def test_the_delay_is_small_again_after_the_child_ran_well(folder: StateFolder, children: Children) -> None:
    children.pace = replace(children.pace, well=0.3)
    keeper = Keeper(children.make("web"), children.place(folder))

    async def kill_twice_quickly_and_once_late() -> None:
        keeper.start()
        for life, seconds in enumerate((0.0, 0.0, 0.4), start=1):
            await eventually_async(lambda: len(children.pids("web")) == life)  # noqa: B023 - awaited here
            await asyncio.sleep(seconds)
            os.kill(children.pids("web")[-1], signal.SIGKILL)
        await eventually_async(lambda: len(children.pids("web")) == 4)
        await keeper.stop(asyncio.Event())

    asyncio.run(kill_twice_quickly_and_once_late())

    assert delays(children.said) == ["0.05 s", "0.1 s", "0.05 s"]


def test_a_child_that_cannot_start_is_shown_with_its_log_and_tried_on(
    folder: StateFolder, children: Children
) -> None:
    keeper = Keeper(children.make("web", CRASHES), children.place(folder))

    async def run_until_the_seventh_try() -> None:
        keeper.start()
        await eventually_async(lambda: len(children.pids("web")) >= 7)
        await keeper.stop(asyncio.Event())

    asyncio.run(run_until_the_seventh_try())

    reports = [line for line in children.said if "5 times in a row" in line]
    assert len(reports) == 1
    assert "the reason why" in reports[0]
    assert str(folder.logs / "web.log") in reports[0]
    assert children.said[0] == "web died (exit code 3); starting it again in 0.05 s"


def test_a_program_that_is_not_there_is_reported_like_a_death(
    folder: StateFolder, children: Children
) -> None:
    child = replace(children.make("web"), argv=("/nowhere/program",))
    keeper = Keeper(child, children.place(folder))

    async def run() -> None:
        keeper.start()
        await eventually_async(lambda: bool(children.said))
        await keeper.stop(asyncio.Event())

    asyncio.run(run())

    assert "cannot be started" in children.said[0]


def test_a_child_that_ignores_sigterm_is_killed_with_everything_it_started(
    folder: StateFolder, children: Children
) -> None:
    keeper = Keeper(children.make("worker", STUBBORN, stop_seconds=0.2), children.place(folder))

    async def start_and_stop() -> None:
        keeper.start()
        await keeper.until_ready()
        await keeper.stop(asyncio.Event())

    asyncio.run(start_and_stop())

    leader, inner = children.pids("worker")
    assert is_gone(leader)
    eventually(lambda: is_gone(inner))
    assert children.said == ["worker does not stop; it is killed"]


def test_what_a_killed_child_had_started_is_ended_before_it_is_started_again(
    folder: StateFolder, children: Children
) -> None:
    keeper = Keeper(children.make("worker", STUBBORN, stop_seconds=0.1), children.place(folder))

    async def kill_it() -> int:
        keeper.start()
        await keeper.until_ready()
        leader, inner = children.pids("worker")
        os.kill(leader, signal.SIGKILL)
        await eventually_async(lambda: children.pids("worker")[0] != leader)
        await keeper.stop(asyncio.Event())
        return inner

    inner = asyncio.run(kill_it())

    eventually(lambda: is_gone(inner))


def test_a_hurry_cuts_the_patience_with_a_stop(folder: StateFolder, children: Children) -> None:
    keeper = Keeper(children.make("worker", STUBBORN, stop_seconds=60), children.place(folder))

    async def stop_in_a_hurry() -> None:
        hurry = asyncio.Event()
        keeper.start()
        await keeper.until_ready()
        asyncio.get_running_loop().call_later(0.1, hurry.set)
        async with asyncio.timeout(5):
            await keeper.stop(hurry)

    asyncio.run(stop_in_a_hurry())

    eventually(lambda: all(is_gone(pid) for pid in children.pids("worker")))


def test_a_child_that_takes_long_is_shown_with_its_log_while_it_is_waited_for(
    folder: StateFolder, children: Children
) -> None:
    code = "import time; print('still thinking', flush=True); time.sleep(60)"
    keeper = Keeper(children.make("web", code), children.place(folder))

    async def wait_a_while() -> None:
        keeper.start()
        waiting = asyncio.create_task(keeper.until_ready())
        await eventually_async(lambda: bool(children.said))
        waiting.cancel()
        await keeper.stop(asyncio.Event())

    asyncio.run(wait_a_while())

    assert "web is not ready yet" in children.said[0]
    assert "still thinking" in children.said[0]


def test_a_running_child_has_a_record_and_a_stopped_one_has_none(
    folder: StateFolder, children: Children
) -> None:
    keeper = Keeper(children.make("web"), children.place(folder))
    record = Path(folder.run / "web.pid")

    async def look() -> int | None:
        keeper.start()
        await keeper.until_ready()
        identity = read_record(record)
        await keeper.stop(asyncio.Event())
        return identity.pid if identity else None

    assert asyncio.run(look()) == children.pids("web")[0]
    assert not record.exists()
