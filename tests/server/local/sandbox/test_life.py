"""The sandbox as the process that local mode runs: captchas from a real Redis, restart, stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from server.sms.gateway import authorization, china_timestamp, signature
from tests.server.local.sandbox.world import body
from tests.stack import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def here(tmp_path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "state")
    try:
        stack.start_redis()
        start(stack)
        yield stack
    finally:
        stack.stop_all()


def start(stack: Stack) -> None:
    stack.start("sandbox", ready_url=f"{stack.sandbox_url}/inbox")


def get(stack: Stack, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(stack.sandbox_url + path, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def send(stack: Stack, code: str) -> None:
    settings = stack.settings
    sid, timestamp = settings.sms_account_sid, china_timestamp(datetime.now(UTC))
    sig = signature(sid, settings.sms_auth_token.get_secret_value(), timestamp)
    request = urllib.request.Request(
        f"{settings.sms_url}/2013-12-26/Accounts/{sid}/SMS/TemplateSMS?sig={sig}",
        json.dumps(body(appId=settings.sms_app_id, datas=[code, "5"])).encode(),
        {"Authorization": authorization(sid, timestamp), "Content-Type": "application/json;charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.load(answer)["statusCode"] == "000000"


def test_a_captchas_text_is_told_and_stays_valid(here: Stack) -> None:
    captcha = str(uuid.uuid4())
    here.redis().set(f"ihome:captcha:{captcha}", "7KMW", ex=180)

    assert get(here, f"/captcha/{captcha}") == (200, {"text": "7KMW"})
    assert get(here, f"/captcha/{captcha.upper()}") == (200, {"text": "7KMW"})
    assert here.redis().get(f"ihome:captcha:{captcha}") == "7KMW"
    assert 0 < here.redis().ttl(f"ihome:captcha:{captcha}") <= 180


@pytest.mark.parametrize("captcha", ["0b0c1f0e-1111-4222-8333-444455556666", "nonsense", "%00", "*"])
def test_a_captcha_that_is_not_there_is_404(here: Stack, captcha: str) -> None:
    assert get(here, f"/captcha/{captcha}")[0] == 404


def test_without_redis_captchas_are_503_and_the_inbox_goes_on(here: Stack) -> None:
    here.stop("redis")

    began = time.monotonic()
    status, _ = get(here, f"/captcha/{uuid.uuid4()}")

    assert status == 503
    assert time.monotonic() - began < 2
    assert get(here, "/inbox/13800138000") == (200, [])
    here.start_redis()
    assert get(here, f"/captcha/{uuid.uuid4()}")[0] == 404


def test_the_inbox_survives_a_kill(here: Stack) -> None:
    send(here, "012345")
    before = get(here, "/inbox/13800138000")[1]

    here.stop("sandbox", signal.SIGKILL)
    start(here)
    send(here, "654321")

    after = get(here, "/inbox/13800138000")[1]
    assert [one["code"] for one in after] == ["654321", "012345"]
    assert after[1:] == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_once_even_with_a_page_open(here: Stack, number: signal.Signals) -> None:
    with urllib.request.urlopen(here.sandbox_url + "/inbox/events", timeout=5) as stream:
        assert stream.readline() == b": connected\n"
        process = here._running["sandbox"]

        began = time.monotonic()
        here.stop("sandbox", number)

        assert process.returncode == 0
        assert time.monotonic() - began < 3
    assert "Traceback" not in here.log("sandbox")


def test_nothing_secret_is_in_its_log(here: Stack) -> None:
    send(here, "012345")
    here.stop("sandbox")

    log = here.log("sandbox")
    assert "sandbox ready" in log
    for secret in ("012345", "13800138000", here.settings.sms_auth_token.get_secret_value()):
        assert secret not in log


def test_a_taken_port_is_said_in_a_sentence(here: Stack) -> None:
    values = {"STATE": here.folder.root, "PORT": here.port, "SANDBOX_PORT": here.sandbox_port}
    environment = {**os.environ, **{f"IHOME_{name}": str(value) for name, value in values.items()}}
    argv = (sys.executable, str(ROOT / "main.py"), "sandbox")

    second = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=20, check=False)

    assert second.returncode == 1
    assert f"Port {here.sandbox_port} is taken" in second.stderr
    assert "Traceback" not in second.stderr


def test_it_listens_on_loopback_only(here: Stack) -> None:
    suffix = f":{here.sandbox_port:04X}"
    tables = "".join(Path("/proc/net", name).read_text() for name in ("tcp", "tcp6"))
    listening = [line.split()[1] for line in tables.splitlines() if line.split()[3] == "0A"]

    assert [address for address in listening if address.endswith(suffix)] == ["0100007F" + suffix]
