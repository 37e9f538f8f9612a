"""`main.py seed` and `main.py demo` as a person or a supervisor runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from server.local.demo import DemoMark, is_missing, read_mark, write_mark
from server.seed import command, curated
from server.seed.model import SeedPlan, SeedRefused
from tests.server.seed.checks import assert_whole
from tests.server.seed.conftest import TODAY
from tests.stack import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from tests.server.seed.conftest import Site

GIVEN = ("mysql_url", "redis_url", "cache_url", "broker_url", "redis_prefix", "storage")


@dataclass(frozen=True)
class Terminal:
    """Runs commands on a site."""

    settings: Settings

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start main.py with these arguments."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IHOME_")}
        ours = {f"IHOME_{name.upper()}": plain(getattr(self.settings, name)) for name in GIVEN}
        ours |= {"IHOME_STATE": str(self.settings.state), "IHOME_SECRET_KEY": plain(self.settings.secret_key)}
        return subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            env={**kept, **ours, **environment}, cwd=ROOT, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run main.py; its exit code and what it said."""
        process = self.start(*arguments, **environment)
        said, _ = process.communicate(timeout=90)
        return process.returncode, said


def plain(value: object) -> str:
    """A setting as the environment has it."""
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


@pytest.fixture
def terminal(settings: Settings) -> Terminal:
    return Terminal(settings)


@pytest.mark.gen_test(timeout=60)
async def test_seed_fills_the_database_and_says_who_can_sign_in(site: Site, terminal: Terminal) -> None:
    code, said = terminal.run(
        "seed", "--houses", "40", "--users", "3", "--nights", "5", "--pictures", "0", "--seed", "7",
        "--today", TODAY.isoformat(), "--orders", "30",
    )  # fmt: skip

    assert (code, said.splitlines()[-2:]) == (
        0,
        [
            "40 houses of 3 users, 30 orders.",
            "They sign in with 14700000001 to 14700000003 and the password seeded-password",
        ],
    )
    await assert_whole(site)
    assert await site.count("houses") == 40
    nights = await site.rows(
        "SELECT MIN(night) AS first, MAX(night) AS last FROM house_nights WHERE kind = 'block'"
    )
    assert TODAY <= nights[0]["first"] <= nights[0]["last"] < TODAY + timedelta(days=365)


def test_amounts_that_make_no_sense_are_refused_before_anything_is_asked(terminal: Terminal) -> None:
    code, said = terminal.run(
        "seed", "--houses", "10", "--users", "0", "--nights", "-3",
        IHOME_MYSQL_URL="mysql://root@127.0.0.1:9/x",
    )  # fmt: skip

    assert code == 2
    assert said == "--nights is -3; it must be from 0 to 300. --users is 0, but houses need owners.\n"


def test_a_day_that_is_none_is_refused(terminal: Terminal) -> None:
    code, said = terminal.run("seed", "--today", "2026-02-30")

    assert (code, said) == (2, "--today is 2026-02-30; it must be a date like 2026-11-26.\n")


def test_a_database_that_does_not_answer_is_said_in_a_sentence(terminal: Terminal) -> None:
    code, said = terminal.run("seed", IHOME_MYSQL_URL="mysql://root@127.0.0.1:9/x")

    assert code == 1
    assert "MySQL, Redis or the picture store does not answer" in said
    assert "Traceback" not in said


@pytest.mark.gen_test(timeout=60)
async def test_production_refuses_seeds_and_demo_and_writes_nothing(site: Site, settings: Settings) -> None:
    production = settings.model_copy(update={"env": "production"})

    with pytest.raises(SeedRefused, match="IHOME_ENV=production"):
        await command.seed(production, SeedPlan(1, 1, 1, 0, 1, date(2026, 11, 26)))
    with pytest.raises(SeedRefused, match="IHOME_ENV=production"):
        await command.demo(production, ROOT)

    assert await site.count("users") == await site.count("houses") == 0


@pytest.mark.gen_test(timeout=60)
async def test_a_killed_demo_is_completed_by_the_next_and_then_left_alone(
    site: Site, settings: Settings, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = settings.state
    first = terminal.start("demo")
    assert first.stdout is not None
    for line in first.stdout:
        if "house 2 of" in line:
            break
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert read_mark(state) is DemoMark.BEGUN
    await assert_whole(site)
    monkeypatch.setattr("server.seed.demo.HOUSES", curated.HOUSES[:5])

    await command.demo(settings, ROOT)

    await assert_whole(site)
    assert await site.count("houses") == await site.count("houses WHERE status = 'online'") == 5
    assert read_mark(state) is DemoMark.DONE
    await site.rows("DELETE FROM houses LIMIT 1")
    assert terminal.run("demo") == (0, "")
    assert await site.count("houses") == 4


@pytest.mark.gen_test(timeout=60)
async def test_a_demo_beside_somebodys_houses_is_given_up_for_good(site: Site, terminal: Terminal) -> None:
    await site.seed(houses=2, users=1)

    assert terminal.run("demo") == (0, "There are houses or demo accounts already: nothing is added.\n")

    assert read_mark(terminal.settings.state) is DemoMark.SKIPPED
    assert await site.count("users") == 1


def test_the_demo_is_missing_until_it_is_done_and_only_where_it_is_wanted(
    settings: Settings, tmp_path: Path
) -> None:
    missing = [is_missing(settings, tmp_path)]
    for mark in DemoMark:
        write_mark(tmp_path, mark)
        missing.append(is_missing(settings, tmp_path))
    write_mark(tmp_path, DemoMark.BEGUN)

    assert missing == [True, True, False, False]
    assert not is_missing(settings.model_copy(update={"demo": "off"}), tmp_path)
