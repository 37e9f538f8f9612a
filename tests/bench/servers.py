"""The private site that is measured, and servers that stand beside it for one comparison, on its core."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from server.local import servers
from tests.bench import wrk
from tests.stack import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 20.0
MARIADB_OPTIONS = ("--innodb-buffer-pool-size=2G",)


class MeasuredStack(Stack):
    """Servers and processes with the options of `make run`, but for the limits by address, and a MariaDB with memory.

    A million houses are four gigabytes (docs/operations.md): with the private server's 128 MB, searches read files.
    What only the suite wants would change figures: a MariaDB that does not wait for the disk, redelivery in a hurry.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, rate_limits="load-test", log_level="warning", redelivery_seconds=30)

    def start_mariadb(self) -> None:
        """MariaDB, which commits to the disk; ready."""
        self._start_server(
            servers.mariadb(self.binaries, self.folder.mysql, self.folder.mysql_socket, MARIADB_OPTIONS)
        )

    def start_sampled(self, profile: Path) -> None:
        """The web process with the sampler in it, which writes the profile; ready."""
        argv = (sys.executable, "-m", "tests.bench.sampler", str(profile))
        self._spawn("serve", argv, {**self.environment(), "PYTHONPATH": str(ROOT)})
        self._until_answers(f"{self.url}/healthz")


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
