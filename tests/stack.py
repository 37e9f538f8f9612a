"""A private stack for tests: real MariaDB and Redis in a temporary folder, and the product's own processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis

from server.local import servers
from server.local.binaries import find_binaries
from server.local.state import DATABASE, local_defaults, open_state
from server.migrations import upgrade
from server.settings import load_settings
from server.tasks import publishing_app

if TYPE_CHECKING:
    from server.local.servers import PrivateServer
    from server.settings import Settings

ROOT = Path(__file__).parent.parent
# What a killed process has written stays written: only a machine without power would need the disk to be waited for.
UNSYNCED = ("--innodb-flush-method=nosync", "--debug-no-sync", "--skip-sync-frm")


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """Starts, kills and restarts parts; only processes that it started itself."""

    def __init__(self, folder: Path, **overrides: Any) -> None:
        binaries = find_binaries(Path("/nonexistent"))
        assert binaries, "MariaDB and Redis are missing: `make test` installs them"
        self.folder = open_state(folder)
        self.binaries = binaries
        self.port, self.sandbox_port = free_port(), free_port()
        self.overrides = {"redelivery_seconds": 2, "log_level": "info", "drain_seconds": 3.0, **overrides}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def settings(self) -> Settings:
        """What this stack's processes run with."""
        defaults = local_defaults(self.folder.root, self.port, self.sandbox_port)
        ports = {"port": self.port, "sandbox_port": self.sandbox_port, "state": self.folder.root}
        return load_settings({**defaults, **ports, **self.overrides})

    @property
    def url(self) -> str:
        """The web process."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def start_servers(self) -> None:
        """MariaDB with the newest schema, and Redis."""
        servers.initialise_mariadb(self.binaries, self.folder.mysql)
        self.start_mariadb()
        self.start_redis()
        servers.create_database(self.folder.mysql_socket, DATABASE)
        upgrade(self.settings.mysql_url)

    def start_site(self) -> None:
        """Everything that `make run` starts, but for the supervisor; ready."""
        self.start_servers()
        self.start_outside()
        self.start("beat")
        self.start("serve", ready_url=f"{self.url}/healthz")
        # The clock's first heartbeat comes after some seconds; the worker's answer to this one is as good.
        publishing_app(self.settings).send_task("system.heartbeat")
        self._until_answers(f"{self.url}/readyz")

    def start_outside(self) -> None:
        """The sandbox and the worker: what an application in the test's own process needs."""
        self.start("sandbox", ready_url=f"{self.sandbox_url}/inbox/13800000000")
        self.start("worker")

    def start_mariadb(self) -> None:
        """MariaDB, ready."""
        server = servers.mariadb(self.binaries, self.folder.mysql, self.folder.mysql_socket, UNSYNCED)
        self._start_server(server)

    def start_redis(self) -> None:
        """Redis, ready."""
        self._start_server(servers.redis(self.binaries, self.folder.redis, self.folder.redis_socket))

    def start(
        self, command: str, *, name: str | None = None, ready_url: str | None = None, **overrides: Any
    ) -> None:
        """One of the product's processes, with settings of its own; waits for `ready_url` to answer 200.

        `name` tells processes of one command apart.
        """
        environment = self.environment(**overrides)
        self._spawn(name or command, (sys.executable, str(ROOT / "main.py"), command), environment)
        if ready_url:
            self._until_answers(ready_url)

    def environment(self, **overrides: Any) -> dict[str, str]:
        """What a process of this site finds in its environment."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("IHOME_")}
        named = {
            "state": self.folder.root,
            "port": self.port,
            "sandbox_port": self.sandbox_port,
            **self.overrides,
            **overrides,
        }
        return others | {f"IHOME_{name.upper()}": str(value) for name, value in named.items()}

    def pid(self, name: str) -> int:
        """The number of a running part."""
        return self._running[name].pid

    def run_beside(self, name: str, argv: tuple[str, ...]) -> None:
        """A program of somebody else, which is ended with the rest."""
        self._spawn(name, argv, dict(os.environ))

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        process = self._running.pop(name)
        process.send_signal(number)
        process.wait(20)

    def wait(self, name: str, seconds: float = 20) -> int:
        """Wait for a process that ends by itself; its exit code."""
        return self._running[name].wait(seconds)

    def revive(self, name: str) -> None:
        """Start a process again if it has ended by itself, as the supervisor does."""
        if self._running[name].poll() is not None:
            self.start(name)

    def has_ended(self, name: str) -> bool:
        """Whether a process ended by itself."""
        return self._running[name].poll() is not None

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal only: SIGSTOP, SIGCONT."""
        self._running[name].send_signal(number)

    def stop_all(self) -> None:
        """End everything, the newest first."""
        for name in reversed(list(self._running)):
            if self._running[name].poll() is None:
                self.stop(name, signal.SIGKILL if name in {"worker", "beat", "sandbox"} else signal.SIGTERM)

    def redis(self) -> redis.Redis:
        """A plain client of the state role."""
        return redis.Redis(unix_socket_path=str(self.folder.redis_socket), decode_responses=True)

    def cache(self) -> redis.Redis:
        """A plain client of the cache role."""
        return redis.Redis(unix_socket_path=str(self.folder.redis_socket), db=1, decode_responses=True)

    def log(self, name: str) -> str:
        """What a process wrote."""
        return (self.folder.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _start_server(self, server: PrivateServer) -> None:
        server.socket.unlink(missing_ok=True)
        self._spawn(server.name, server.argv, server.environment(os.environ))
        deadline = time.monotonic() + 20
        while not server.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        servers.wait_until_ready(server)

    def _spawn(self, name: str, argv: tuple[str, ...], environment: dict[str, str]) -> None:
        with (self.folder.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                argv, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _until_answers(self, url: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(url, timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)
