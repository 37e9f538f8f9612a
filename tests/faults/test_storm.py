"""A web process dies with all its websockets: every page is back, nothing is missed, else the tool says so."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from server.local.process import Identity
from tests.faults.test_load_kit import ours
from tests.load.sockets import Holder
from tests.load.storm import BACK_SECONDS, Storm
from tests.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.timeout(300)

START_SECONDS = 120
SOCKETS = (
    sys.executable, "-m", "tests.load.sockets", "--sockets", "200", "--minutes", "0.1", "--orders", "5",
    "--accounts", "6", "--pages", "10", "--storm", "web",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A seeded site under its own supervisor."""
    stack = Stack(tmp_path_factory.mktemp("storm"), rate_limits="load-test", log_level="warning", demo="off")
    try:
        stack.start("run")
        stack._until_answers(f"{stack.url}/readyz", START_SECONDS)
        seed = ("main.py", "seed", "--houses", "60", "--users", "20", "--pictures", "0")
        seeded = ours(stack, sys.executable, *seed)
        assert seeded.returncode == 0, seeded.stderr
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def storm(site: Stack) -> Storm:
    """One in which everything went well."""
    storm = Storm(Holder(site.url), Identity(0, 0, ""), site.settings)
    storm.back = [0.5, 3.0]
    return storm


def test_all_pages_are_back_after_a_storm_and_missed_nothing(site: Stack) -> None:
    done = ours(site, *SOCKETS, "--url", site.url)

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    assert (figures["sockets_open"], figures["storm_lost"], figures["storm_not_back"]) == (200, 200, 0)
    assert figures["orders"] > 0
    assert (figures["events_missed"], figures["orders_untold"], figures["server_errors"]) == (0, 0, {})
    assert figures["false_disconnects"] == 0
    assert set(figures["mysql_statements_a_second"]) == {"before", "storm", "storm_worst_second"}
    checked = ours(site, sys.executable, "main.py", "loadcheck")
    assert checked.returncode == 0, checked.stdout


WRONGS: dict[str, Callable[[Storm], object]] = {
    "a page that is not back": lambda storm: setattr(storm, "not_back", 1),
    "a page that is back too late": lambda storm: storm.back.append(BACK_SECONDS + 1),
    "a missed event": lambda storm: setattr(storm.holder.record.tally, "missed", 1),
    "an order that nobody heard of": lambda storm: storm.holder.record.answered.update({7: (0.0, 0.0)}),
    "an upgrade answered 500": lambda storm: storm.holder.record.tally.refused.update(["500"]),
    "a poll answered 502": lambda storm: storm.holder.record.tally.polls.update(["502"]),
    "an order answered 500": lambda storm: storm.holder.record.refused.update([500]),
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_storm_is_not_survived_with(storm: Storm, wrong: str) -> None:
    before = storm.is_survived()
    WRONGS[wrong](storm)

    assert before
    assert not storm.is_survived()


def test_waiting_in_line_is_no_error(storm: Storm) -> None:
    storm.holder.record.tally.refused.update(["503", "no ready in 4 s", "nobody listens"])
    storm.holder.record.refused.update([503, 409])

    assert storm.is_survived()


@pytest.mark.parametrize("name", ["web-1", "nobody", "supervisor"])
def test_only_a_process_that_the_supervisor_keeps_is_killed(site: Stack, name: str) -> None:
    done = ours(site, *SOCKETS[:-1], name, "--url", site.url)

    assert done.returncode == 2
    assert f"keeps a process called {name}" in done.stderr


def test_a_site_other_than_that_of_the_state_folder_is_left_alone(site: Stack) -> None:
    done = ours(site, *SOCKETS, "--url", f"http://127.0.0.1:{site.sandbox_port}")

    assert done.returncode == 2
    assert "IHOME_STATE" in done.stderr
