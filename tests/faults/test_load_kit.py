"""The load kit itself, for some seconds: it runs against a real site, sees it whole, and breaks no rule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.load.ledger import MUST_NOT, Ledger
from tests.stack import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCUST = (
    sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless", "--only-summary",
    "-u", "8", "-r", "8", "-t", "15s",
)  # fmt: skip
SOCKETS = (
    sys.executable, "-m", "tests.load.sockets", "--sockets", "200", "--minutes", "0.1", "--orders", "5",
    "--accounts", "4", "--first-mobile", "14700000011",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A seeded site without limits by address."""
    stack = Stack(tmp_path_factory.mktemp("load"), rate_limits="load-test", log_level="warning")
    try:
        stack.start_site()
        seeded = ours(
            stack, sys.executable, "main.py", "seed", "--houses", "120", "--users", "20", "--pictures", "0"
        )
        assert seeded.returncode == 0, seeded.stderr
        yield stack
    finally:
        stack.stop_all()


def ours(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    """A command with the site's settings."""
    named = {"state": stack.folder.root, "port": stack.port, "sandbox_port": stack.sandbox_port}
    environment = {**os.environ, **{f"IHOME_{name.upper()}": str(value) for name, value in named.items()}}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, "LOAD_ACCOUNTS": "10", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def counted(text: str) -> dict[str, int]:
    """The ledger's lines as numbers."""
    found = {}
    for line in text.splitlines():
        name, number = line[2:26].strip(), line[26:36].strip()
        if line.startswith("  ") and number.isdecimal():
            found[name] = int(number)
    return found


@pytest.mark.timeout(240)
def test_locust_books_pays_and_listens_and_no_rule_is_broken(site: Stack) -> None:
    loaded = ours(site, *LOCUST, "--host", site.url)
    checked = ours(site, sys.executable, "main.py", "loadcheck")

    counts = counted(loaded.stdout)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert min(counts["booked"], counts["sockets"], counts["events"], counts["open arrivals"]) > 0
    assert {name: counts[name] for name in MUST_NOT} == dict.fromkeys(MUST_NOT, 0)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.timeout(240)
def test_held_sockets_hear_of_every_order_and_none_is_lost(site: Stack) -> None:
    held = ours(site, *SOCKETS, "--url", site.url)

    assert held.returncode == 0, held.stderr
    figures = json.loads(held.stdout)
    assert figures["sockets_open"] == 200
    assert figures["false_disconnects"] == 0
    assert figures["orders"] > 0
    assert figures["orders_untold"] == 0


def test_another_machine_is_left_alone(site: Stack) -> None:
    locust = ours(site, *LOCUST, "--host", "http://192.0.2.1")
    sockets = ours(site, *SOCKETS, "--url", "http://192.0.2.1")

    assert locust.returncode != 0
    assert "is not this machine" in locust.stdout + locust.stderr
    assert sockets.returncode == 2


def test_a_defect_makes_the_ledger_unclean() -> None:
    ledger = Ledger()
    ledger.count("booked")
    clean = ledger.is_clean
    ledger.count("steps back")

    assert clean
    assert not ledger.is_clean
    assert any("steps back" in line and " 1 " in line for line in ledger.lines())
