"""Neither the token, the signature, the code nor the phone shows in a log, an error or a repr."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.sms.gateway import YuntongxunAccount
from tests.server.sms.grief import SECRETS, TOKEN, WAYS

ROOT = Path(__file__).parents[3]


def written(way: str, style: str, caller: str) -> str:
    argv = (sys.executable, "-m", "tests.server.sms.grief", way, style, caller)
    ended = subprocess.run(argv, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8", timeout=30, check=True)
    return ended.stderr


@pytest.mark.parametrize("way", WAYS)
def test_nothing_secret_is_logged_or_raised(way: str) -> None:
    text = written(way, "json", "careful")

    assert ("sms accepted" if way == "accepts" else "sms failed") in text
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_in_the_log_does_not_show_what_was_being_sent(style: str) -> None:
    text = written("refuses", style, "careless")

    assert "it failed" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_the_account_does_not_show_its_token() -> None:
    assert TOKEN not in repr(YuntongxunAccount("http://x", "sid", TOKEN, "app", "1"))
