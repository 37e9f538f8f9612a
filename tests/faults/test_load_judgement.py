"""What the load kit makes of a site that is wrong: it counts it, by its right name, and stays on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.faults.pretender import pretending
from tests.faults.test_load_kit import counted
from tests.load.ledger import Ledger
from tests.load.listening import Listening
from tests.stack import ROOT


def locust(url: str, *who: str) -> list[str]:
    """The command for users of these classes, as many as they are named."""
    return [
        *(sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless", "--only-summary"),
        *("-u", str(len(who)), "-r", "9", "--host", url, *set(who)),
    ]


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def load(url: str, *who: str, seconds: str = "5s", **environment: str) -> subprocess.CompletedProcess[str]:
    """Locust's users, for some seconds."""
    return run([*locust(url, *who), "-t", seconds], **environment)


def wrk(script: str, url: str) -> subprocess.CompletedProcess[str]:
    """One of wrk's scripts, for a second."""
    return run(["wrk", "-t1", "-c2", "-d1s", "--timeout", "9s", "-s", f"tests/load/wrk/{script}.lua", url])


def test_however_a_websocket_ends_it_is_lost_and_opened_again() -> None:
    with pretending(ends=["close frame", "reset", "no word"]) as site:
        ended = load(site.url, "Person", seconds="10s")

    counts = counted(ended.stdout)
    assert counts["lost sockets"] == 3, ended.stdout + ended.stderr
    assert counts["sockets"] == site.sockets == 4
    assert ended.returncode == 1


def test_arrivals_do_not_wait_for_each_other() -> None:
    with pretending(held=40) as site:
        ended = load(site.url, "Arrivals", LOAD_ARRIVALS="60")

    assert site.most_under_way >= 40
    assert counted(ended.stdout)["open arrivals"] >= 40, ended.stdout + ended.stderr


def test_a_full_site_has_not_answered_a_replay_differently() -> None:
    with pretending(replay_status=503) as site:
        ended = load(site.url, *8 * ("Program",))

    counts = counted(ended.stdout)
    assert counts["booked"] > 0, ended.stdout + ended.stderr
    assert counts["503, full"] > 0
    assert counts["different replays"] == 0
    assert ended.returncode == 0


def test_a_replay_with_another_decision_is_different() -> None:
    with pretending(replay_status=409) as site:
        ended = load(site.url, *8 * ("Program",))

    assert counted(ended.stdout)["different replays"] > 0, ended.stdout + ended.stderr
    assert ended.returncode == 1


def test_a_site_that_does_not_answer_is_defective() -> None:
    with pretending() as site:
        gone = site.url

    ended = load(gone, "Arrivals", seconds="3s")

    assert counted(ended.stdout)["no answer"] > 0, ended.stdout + ended.stderr
    assert ended.returncode == 1


def test_a_silent_websocket_is_lost_and_a_page_that_was_signed_out_stays_away() -> None:
    ledger = Ledger()

    with pretending(ends=[None, 4001]) as site:
        Listening(site.url, ledger, silence_seconds=0.2).listen(lambda: "")

    assert ledger.counts == {"sockets": 2, "lost sockets": 2}


def test_a_refused_websocket_is_judged_as_any_call_is() -> None:
    ledger = Ledger()

    with pretending(refusals=[503, 500, 403], ends=[4001]) as site:
        Listening(site.url, ledger).listen(lambda: "")

    assert not ledger.is_clean
    assert ledger.counts == {
        "503, full": 1, "server errors": 1, "unexpected answers": 1, "sockets": 1, "lost sockets": 1,
    }  # fmt: skip


def test_nobody_follows_the_site_to_a_cashier_on_another_machine() -> None:
    with pretending() as site:
        ended = load(site.url, *8 * ("Person",))

    counts = counted(ended.stdout)
    assert counts["cashier elsewhere"] > 0, ended.stdout + ended.stderr
    assert "GET cashier" not in ended.stdout + ended.stderr


def test_locust_ends_by_itself() -> None:
    with pretending() as site:
        begun = subprocess.Popen(
            locust(site.url, "Arrivals"),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        with begun:
            assert begun.stderr
            limit = next(line for line in begun.stderr if "run time limit" in line.lower())
            begun.terminate()

    assert "Run time limit set to 600 seconds" in limit


@pytest.mark.parametrize("script", ["cached", "searches"])
def test_wrk_asks_this_machine_only(script: str) -> None:
    with pretending() as site:
        here, elsewhere = (wrk(script, url) for url in (site.url, "http://192.0.2.1"))

    assert here.returncode == 0, here.stderr
    assert "other than 2xx: 0" in here.stdout
    assert elsewhere.returncode == 2
    assert "is not this machine" in elsewhere.stderr
