"""Servers that stand beside the site for one comparison, on the site's core."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.bench import wrk
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

START_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def beside(stack: Stack, module: str, port: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m tests.bench.<module> PORT …` with the site's settings, until the block ends."""
    command = (sys.executable, "-m", f"tests.bench.{module}", port, *arguments)
    environment = {**stack.environment(), "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    try:
        _until_listening(int(port))
        wrk.pin(server.pid, wrk.cores().server)
        yield server
    finally:
        server.terminate()
        server.wait(20)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in its own code and the kernel's (proc(5): fields 14 and 15 of stat)."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _until_listening(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
