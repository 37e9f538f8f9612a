"""Children are started together, stopped in the reverse order of their stages; one supervisor a state folder."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from server.local.errors import CannotRunHere
from server.local.supervisor import Supervisor, held
from tests.server.local.conftest import LIVES, Children

if TYPE_CHECKING:
    from server.local.state import StateFolder

LEAVES_SLOWLY = LIVES.replace("def leave(*_):", "def leave(*_):\n    time.sleep(0.3)")


def test_stop_goes_by_stage_from_the_highest_and_waits_for_each(
    folder: StateFolder, children: Children
) -> None:
    supervisor = Supervisor(children.place(folder))
    names = [("mariadb", 0, LIVES), ("worker", 1, LIVES), ("web", 2, LEAVES_SLOWLY)]

    async def start_and_stop() -> None:
        await supervisor.start([children.make(name, code, stage) for name, stage, code in names])
        await supervisor.stop()

    asyncio.run(start_and_stop())

    assert children.ends() == ["web", "worker", "mariadb"]


def test_children_of_a_stage_are_stopped_together(folder: StateFolder, children: Children) -> None:
    supervisor = Supervisor(children.place(folder))
    names = [f"web-{number}" for number in range(1, 5)]

    async def start_and_stop() -> float:
        await supervisor.start([children.make(name, LEAVES_SLOWLY) for name in names])
        began = asyncio.get_running_loop().time()
        await supervisor.stop()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(start_and_stop()) < 0.9
    assert sorted(children.ends()) == names


def test_each_child_has_a_progress_line_when_it_is_ready(folder: StateFolder, children: Children) -> None:
    supervisor = Supervisor(children.place(folder))

    async def start_and_stop() -> None:
        await supervisor.start([children.make("redis"), children.make("web")])
        await supervisor.stop()

    asyncio.run(start_and_stop())

    assert sorted(line.split()[0] for line in children.said) == ["redis", "web"]
    assert all(line.endswith(" s") for line in children.said)


def test_a_second_supervisor_of_a_state_folder_is_refused_with_the_pid_of_the_first(
    folder: StateFolder,
) -> None:
    with held(folder), pytest.raises(CannotRunHere) as refusal, held(folder):
        pass

    assert f"process {os.getpid()}" in str(refusal.value)
    assert "IHOME_STATE" in str(refusal.value)


def test_the_lock_is_free_after_the_first_supervisor_ended(folder: StateFolder) -> None:
    with held(folder):
        pass

    with held(folder):
        assert (folder.run / "supervisor.lock").read_text().strip() == str(os.getpid())
