"""How long `make run` takes once its packages are installed: with an empty state folder, and again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.bench.table import Line
from tests.stack import ROOT, free_port

if TYPE_CHECKING:
    from pathlib import Path

READY = "iHome is ready:"
FIRST_SECONDS, AGAIN_SECONDS = 180, 15


def lines(folder: Path) -> list[Line]:
    """The first start of a site makes its databases and begins to draw the demo's pictures; the second finds all."""
    first, again = seconds_until_ready(folder), seconds_until_ready(folder)
    return [
        Line("main.py run, empty state folder", first, "s", budget=f"<= {FIRST_SECONDS} s", judged=first,
             limit=FIRST_SECONDS),
        Line("main.py run, second start", again, "s", budget=f"<= {AGAIN_SECONDS} s", judged=again,
             limit=AGAIN_SECONDS),
    ]  # fmt: skip


def seconds_until_ready(state: Path) -> float:
    """Start the site, wait for its line, stop it. Raises RuntimeError when it ends before."""
    given = {"IHOME_STATE": state, "IHOME_PORT": free_port(), "IHOME_SANDBOX_PORT": free_port()}
    environment = os.environ | {name: str(value) for name, value in given.items()}
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "run"], env=environment, stdout=subprocess.PIPE, text=True
    ) as site:
        assert site.stdout
        is_ready = any(READY in line for line in site.stdout)
        seconds = time.monotonic() - begun
        site.send_signal(signal.SIGTERM)
    if not is_ready:
        raise RuntimeError("the site did not start")
    return seconds
