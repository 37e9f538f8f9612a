"""`run` on a machine of its own: real servers, a stand-in for main.py, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pymysql
import pytest

from server.local.process import identify, read_record
from server.local.state import StateFolder, open_state
from tests.server.local.conftest import eventually, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
CHILDREN = {"mariadb", "redis", "sandbox", "worker", "beat", "web"}
RUNS = """
import asyncio, os, sys
from pathlib import Path
from server.local.supervisor import run_local
raise SystemExit(asyncio.run(run_local(Path(sys.argv[1]), os.environ)))
"""
# Plays main.py: serve and sandbox answer, worker and beat wait, migrate notes that it ran or fails; demo notes
# that it ran, and is done at its second time unless DEMO says how it ends.
MAIN = """
import os, socketserver, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
class Server(HTTPServer):
    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
command = sys.argv[1]
if command in ("serve", "sandbox"):
    name = {"serve": "IHOME_PORT", "sandbox": "IHOME_SANDBOX_PORT"}[command]
    Server(("127.0.0.1", int(os.environ[name])), Answer).serve_forever()
elif command == "migrate":
    sys.exit("no such table" if os.environ.get("FAIL_MIGRATION") else 0)
elif command == "demo":
    state = Path(os.environ["IHOME_STATE"])
    with (state / "demos").open("a") as demos:
        demos.write(f"{os.getpid()}\\n")
    if os.environ.get("DEMO") == "waits":
        time.sleep(600)
    if os.environ.get("DEMO") == "fails":
        sys.exit("no brushes")
    (state / "demo").write_text("done")
else:
    time.sleep(600)
"""


@dataclass
class Run:
    """One `run` as a person sees it."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read_until(self, part: str) -> str:
        """Read on until a line holds `part`; fail when the run ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if part in line:
                return line
        raise AssertionError(f"{part!r} never came:\n" + "\n".join(self.lines))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Signal it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


@dataclass
class Machine:
    """A checkout with a stand-in for main.py, ports and a state folder."""

    root: Path
    port: int
    sandbox_port: int
    runs: list[Run] = field(default_factory=list)

    @property
    def folder(self) -> StateFolder:
        return open_state(self.root / "state")

    def run(self, **environment: str) -> Run:
        """Start `run`."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("IHOME_")}
        variables |= {"IHOME_STATE": "state", "PYTHONPATH": str(ROOT), "IHOME_PORT": str(self.port)}
        variables |= {"IHOME_SANDBOX_PORT": str(self.sandbox_port), "IHOME_DEMO": "off", **environment}
        process = subprocess.Popen(
            [sys.executable, "-c", RUNS, str(self.root)],
            cwd=self.root, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.runs.append(Run(process))
        return self.runs[-1]

    def pid(self, name: str) -> int | None:
        """The process that plays a child now."""
        record = read_record(self.folder.run / f"{name}.pid")
        return record.pid if record else None

    def pids(self) -> dict[str, int]:
        """Every child that has a process."""
        found = {path.stem: self.pid(path.stem) for path in self.folder.run.glob("*.pid")}
        return {name: pid for name, pid in found.items() if pid is not None}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "main.py").write_text(MAIN)
    made = Machine(tmp_path, *free_ports(2))
    yield made
    for run in made.runs:
        if run.process.poll() is None:
            run.stop(signal.SIGTERM)
        assert run.process.stdout is not None
        run.process.stdout.close()


def is_gone(pid: int) -> bool:
    return identify(pid) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_becomes_ready_and_a_signal_stops_all_of_it(machine: Machine, number: signal.Signals) -> None:
    run = machine.run()
    run.read_until("短信收件箱")

    assert run.lines[-2:] == [
        f"iHome is ready: http://127.0.0.1:{machine.port}/",
        f"短信收件箱 (sandbox): http://127.0.0.1:{machine.sandbox_port}/",
    ]
    pids = machine.pids()
    assert set(pids) == CHILDREN
    with pymysql.connect(unix_socket=str(machine.folder.mysql_socket), user="root", database="ihome"):
        pass

    assert run.stop(number) == 0
    assert all(map(is_gone, pids.values()))
    assert machine.pids() == {}


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_each_killed_child_is_replaced(machine: Machine, name: str) -> None:
    run = machine.run()
    run.read_until("短信收件箱")
    before = machine.pids()

    os.kill(before[name], signal.SIGKILL)
    run.read_until(f"{name} runs again")

    after = machine.pids()
    assert after[name] != before[name]
    assert {other for other in CHILDREN if after[other] == before[other]} == CHILDREN - {name}
    with urlopen(f"http://127.0.0.1:{machine.port}/readyz") as answer:
        assert answer.status == 200


def test_what_a_killed_supervisor_left_does_not_hinder_the_next_run(machine: Machine) -> None:
    first = machine.run()
    first.read_until("短信收件箱")
    left = machine.pids()
    first.stop(signal.SIGKILL)

    machine.run().read_until("短信收件箱")

    assert all(map(is_gone, left.values()))
    assert set(machine.pids()) == CHILDREN


def test_children_do_not_outlive_a_killed_supervisor(machine: Machine) -> None:
    run = machine.run()
    run.read_until("短信收件箱")
    left = machine.pids()

    run.stop(signal.SIGKILL)

    eventually(lambda: all(map(is_gone, left.values())))


def test_a_second_run_on_the_same_state_is_refused_with_the_pid_of_the_first(machine: Machine) -> None:
    first = machine.run()
    first.read_until("短信收件箱")

    second = machine.run()

    second.read_until(f"iHome already runs on {machine.folder.root} (process {first.process.pid})")
    assert second.process.wait(10) == 1
    assert first.process.poll() is None


def test_a_taken_port_is_refused_before_anything_is_started(machine: Machine) -> None:
    first = machine.run()
    first.read_until("短信收件箱")

    second = machine.run(IHOME_STATE="other")

    second.read_until(f"Port {machine.port} is taken")
    second.read_until(f"Port {machine.sandbox_port} is taken")
    assert second.process.wait(10) == 1
    assert list((machine.root / "other/run").glob("*.pid")) == []


def test_two_checkouts_with_their_own_ports_run_side_by_side(machine: Machine) -> None:
    machine.run().read_until("短信收件箱")
    web, sandbox = free_ports(2)

    other = machine.run(IHOME_STATE="other", IHOME_PORT=str(web), IHOME_SANDBOX_PORT=str(sandbox))

    other.read_until("短信收件箱")
    assert other.stop() == 0
    assert set(machine.pids()) == CHILDREN


def test_a_migration_that_fails_stops_the_run_with_its_log(machine: Machine) -> None:
    run = machine.run(FAIL_MIGRATION="1")

    run.read_until("The migrations failed (exit code 1)")
    run.read_until("no such table")

    assert run.process.wait(30) == 1
    assert machine.pids() == {}


def test_servers_given_by_url_are_not_started(machine: Machine) -> None:
    run = machine.run(
        IHOME_MYSQL_URL="mysql://root@127.0.0.1:18999/x", IHOME_REDIS_URL="redis://127.0.0.1:18999/0"
    )
    run.read_until("短信收件箱")

    assert set(machine.pids()) == CHILDREN - {"mariadb", "redis"}
    assert list(machine.folder.root.glob("mysql/*")) == []


def test_several_web_processes_share_the_work_by_setting(machine: Machine) -> None:
    (machine.root / "main.py").write_text(
        MAIN.replace(
            "        socketserver.TCPServer",
            "        import socket\n"
            "        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
            "        socketserver.TCPServer",
        )
    )

    machine.run(IHOME_PROCESSES="2").read_until("短信收件箱")

    assert {"web-1", "web-2"} <= set(machine.pids())


def test_wrong_settings_are_all_named_and_nothing_is_started(machine: Machine) -> None:
    run = machine.run(IHOME_PROCESSES="0", IHOME_LOG_LEVEL="loud")

    run.read_until("IHOME_PROCESSES")
    run.read_until("IHOME_LOG_LEVEL")

    assert run.process.wait(10) == 1


def test_a_signal_while_it_starts_stops_what_was_started(machine: Machine) -> None:
    run = machine.run()
    run.read_until("mariadb")

    assert run.stop(signal.SIGTERM) == 0
    assert machine.pids() == {}


ACCOUNTS = "演示账号 (demo): 房东 13800000001，房客 13800000002，密码 ihome-demo-2026"


def demos(machine: Machine) -> list[int]:
    """The processes that wrote the demo so far."""
    path = machine.folder.root / "demos"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_the_first_run_writes_the_demo_and_the_second_does_not(machine: Machine) -> None:
    first = machine.run(IHOME_DEMO="on")
    first.read_until(ACCOUNTS)
    eventually((machine.folder.root / "demo").exists)
    first.stop()
    second = machine.run(IHOME_DEMO="on")
    second.read_until(ACCOUNTS)

    assert second.stop() == 0
    assert len(demos(machine)) == 1


def test_a_run_without_demo_starts_none_and_names_no_accounts(machine: Machine) -> None:
    run = machine.run(IHOME_DEMO="off")
    run.read_until("短信收件箱")

    assert run.stop() == 0
    assert demos(machine) == []
    assert run.process.stdout is not None
    assert "demo" not in run.process.stdout.read()


def test_the_site_is_ready_before_the_demo_and_a_stop_ends_it(machine: Machine) -> None:
    run = machine.run(IHOME_DEMO="on", DEMO="waits")
    run.read_until("演示房源正在绘制")
    (pid,) = demos(machine)

    assert run.stop() == 0
    assert is_gone(pid)
    assert machine.pids() == {}
    machine.run(IHOME_DEMO="on").read_until(ACCOUNTS)
    eventually(lambda: len(demos(machine)) == 2)


def test_a_demo_that_a_killed_run_left_is_ended_before_the_next(machine: Machine) -> None:
    first = machine.run(IHOME_DEMO="on", DEMO="waits")
    first.read_until("演示房源正在绘制")
    (pid,) = demos(machine)
    first.stop(signal.SIGKILL)

    machine.run(IHOME_DEMO="on").read_until(ACCOUNTS)

    assert is_gone(pid)


def test_a_demo_that_fails_is_told_and_leaves_the_site_running(machine: Machine) -> None:
    run = machine.run(IHOME_DEMO="on", DEMO="fails")
    run.read_until("The demo is not complete (exit code 1); the next start goes on with it")
    run.read_until("no brushes")
    if not any("iHome is ready" in line for line in run.lines):  # whichever was first
        run.read_until("iHome is ready")

    with urlopen(f"http://127.0.0.1:{machine.port}/readyz") as answer:
        assert answer.status == 200
