"""The program in docs/webhooks.md: it verifies the standard's vector and what the worker really sends."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from server.webhooks.model import sign
from tests.bookings import new_booked
from tests.server.webhooks.hooks import new_hook
from tests.server.webhooks.test_model import BODY, MESSAGE_ID, SECRET, SIGNATURE, TIMESTAMP
from tests.stack import ROOT, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.services import Services

DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
[PROGRAM] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
def is_genuine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document's function, with the vector's secret."""
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(PROGRAM, "docs/webhooks.md", "exec"), names)
    return names["is_genuine"]


def headers(**changes: str) -> dict[str, str]:
    given = {"webhook-id": MESSAGE_ID, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": SIGNATURE}
    return {**given, **{name.replace("_", "-"): value for name, value in changes.items()}}


def test_the_standards_vector_is_genuine(is_genuine: Any) -> None:
    assert is_genuine(headers(), BODY, TIMESTAMP)
    assert is_genuine(headers(webhook_signature=f"v1,AAAA {SIGNATURE} v1a,BBBB"), BODY, TIMESTAMP + 299)


@pytest.mark.parametrize(
    ("given", "body", "now"),
    [
        (headers(), BODY + b" ", TIMESTAMP),
        (headers(), BODY, TIMESTAMP + 301),
        (headers(), BODY, TIMESTAMP - 301),
        (headers(webhook_id="msg_other"), BODY, TIMESTAMP),
        (headers(webhook_timestamp=str(TIMESTAMP + 1)), BODY, TIMESTAMP),
        (headers(webhook_timestamp="now"), BODY, TIMESTAMP),
        (headers(webhook_signature=""), BODY, TIMESTAMP),
        (headers(webhook_signature=SIGNATURE.removeprefix("v1,")), BODY, TIMESTAMP),
        (headers(webhook_signature="v1,钥匙"), BODY, TIMESTAMP),
        (
            headers(
                webhook_signature=sign(base64.b64encode(b"y" * 32).decode(), MESSAGE_ID, TIMESTAMP, BODY)
            ),
            BODY,
            TIMESTAMP,
        ),
        ({}, BODY, TIMESTAMP),
    ],
)
def test_nothing_else_is(is_genuine: Any, given: dict[str, str], body: bytes, now: int) -> None:
    assert not is_genuine(given, body, now)


@contextmanager
def running(folder: Path, secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """The document's program, as somebody would start it."""
    path = folder / "receiver.py"
    path.write_text(PROGRAM, "utf-8")
    process = subprocess.Popen(
        [sys.executable, str(path), str(port)],
        env={"WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.mark.gen_test(timeout=60)
async def test_the_documents_program_receives_what_the_worker_sends(
    services: Services, tmp_path: Path
) -> None:
    town = await new_booked(services)
    port = free_port()
    hook = await new_hook(services, town.host_id, f"http://127.0.0.1:{port}/")

    with running(tmp_path, hook.secret, port) as process:
        await until_listening(port)
        await town.reach("accept")
        await hook.until("delivered", "delivered")
        process.terminate()
        assert process.stdout
        said = process.stdout.read().splitlines()

    assert said == ["order place", "order accept"]


async def until_listening(port: int) -> None:
    """Wait until the program takes connections."""
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise AssertionError("the program does not listen")
