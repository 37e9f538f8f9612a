"""The command line: which event loop it takes, and what it makes of flower."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import main
from server import tasks

if TYPE_CHECKING:
    from collections.abc import Callable


class OtherLoop(asyncio.SelectorEventLoop):
    """A loop that nobody else makes."""


def loop_that_is_taken() -> type[asyncio.AbstractEventLoop]:
    """The class of the loop that a command runs on."""
    taken: list[type[asyncio.AbstractEventLoop]] = []

    async def look() -> None:
        taken.append(type(asyncio.get_running_loop()))

    main.run_loop(look())
    return taken[0]


def test_uvloop_is_taken_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = ModuleType("uvloop")
    installed.__spec__ = ModuleSpec("uvloop", None)
    monkeypatch.setattr(installed, "new_event_loop", OtherLoop, raising=False)
    monkeypatch.setitem(sys.modules, "uvloop", installed)

    assert loop_that_is_taken() is OtherLoop


def test_the_loop_of_python_does_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert loop_that_is_taken() is not OtherLoop


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Celery was told to run, for settings that nobody reads."""
    commands: list[list[str]] = []
    monkeypatch.setattr(main, "settings_or_exit", object)
    monkeypatch.setattr(tasks, "worker_app", lambda _settings: SimpleNamespace(start=commands.append))
    return commands


def know_flower(monkeypatch: pytest.MonkeyPatch, *, is_installed: bool) -> None:
    """Let flower be installed, or not, whatever is true."""
    find: Callable[[str], Any] = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: is_installed or None if name == "flower" else find(name)
    )


def test_flower_listens_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]]
) -> None:
    know_flower(monkeypatch, is_installed=True)

    outcome = CliRunner().invoke(main.cli, ["flower", "--port", "5999"])

    assert outcome.exit_code == 0, outcome.output
    assert started == [["flower", "--address=127.0.0.1", "--port=5999", "--enable_events"]]


def test_flower_that_is_not_installed_is_said_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]]
) -> None:
    know_flower(monkeypatch, is_installed=False)

    outcome = CliRunner().invoke(main.cli, ["flower"])

    assert outcome.exit_code == 2
    assert "pip install -e .[flower]" in outcome.output
    assert started == []
