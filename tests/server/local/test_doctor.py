"""The doctor names what is wrong and how to mend it, and fails only for what is needed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.local import doctor, machine, servers
from server.local.findings import Finding, is_well
from server.local.process import identify, write_record
from server.local.state import open_state
from tests.server.local.conftest import free_ports

if TYPE_CHECKING:
    from server.local.binaries import Binaries

ROOT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without front end, with ports of its own."""
    for name in [name for name in os.environ if name.startswith("IHOME_")]:
        monkeypatch.delenv(name)
    web, sandbox = free_ports(2)
    monkeypatch.setenv("IHOME_PORT", str(web))
    monkeypatch.setenv("IHOME_SANDBOX_PORT", str(sandbox))
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def examine(root: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in asyncio.run(doctor.examine(root))}


def test_a_machine_with_everything_is_well(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "static/dist").mkdir(parents=True)
    (root / "static/dist/app.js").write_text("")

    code = doctor.report(root)

    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "✓ Python: 3.11" in printed
    assert "✗" not in printed


def test_a_front_end_that_is_not_built_is_named_with_its_remedy(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor.report(root)

    assert code == 1
    assert "✗ Front end: static/dist is empty\n    → Run `make run`: it builds it." in capsys.readouterr().out


def test_a_package_out_of_its_range_and_one_that_is_missing_are_named(root: Path) -> None:
    setup = (root / "setup.cfg").read_text()
    (root / "setup.cfg").write_text(setup.replace("    aiomysql>=", "    no-such-package\n    aiomysql>=99."))

    finding = examine(root)["Python packages"]

    assert not finding.well
    assert "no-such-package is missing" in finding.detail
    assert "aiomysql" in finding.detail


def test_every_problem_of_the_settings_is_a_finding(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHOME_PROCESSES", "0")
    monkeypatch.setenv("IHOME_PROT", "1")

    findings = [finding for finding in asyncio.run(doctor.examine(root)) if finding.name == "Setting"]

    assert len(findings) == 2
    assert not is_well(findings)


def test_a_port_that_somebody_has_is_wrong_and_our_own_is_not(root: Path) -> None:
    folder = open_state(root / ".ihome")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(os.environ["IHOME_PORT"])))
        listener.listen()
        foreign = examine(root)["Port IHOME_PORT"]
        ourselves = identify(os.getpid())
        assert ourselves is not None
        write_record(folder.run, "web", ourselves)
        own = next(
            iter(machine.look_at_ports(doctor.read_settings(root), running=machine.is_running(folder)))
        )

    assert not foreign.well
    assert "IHOME_PORT=" in foreign.remedy
    assert own.well


def test_servers_that_run_are_looked_into(root: Path, binaries: Binaries) -> None:
    folder = open_state(root / ".ihome")
    servers.initialise_mariadb(binaries, folder.mysql)
    mariadb = servers.mariadb(binaries, folder.mysql, folder.mysql_socket)
    redis = servers.redis(binaries, folder.redis, folder.redis_socket, {"--maxmemory-policy": "allkeys-lru"})
    with (
        subprocess.Popen(mariadb.argv, stderr=subprocess.DEVNULL) as one,
        subprocess.Popen(redis.argv, stdout=subprocess.DEVNULL) as two,
    ):
        servers.wait_until_ready(mariadb)
        servers.wait_until_ready(redis)
        servers.create_database(folder.mysql_socket, "ihome")

        findings = examine(root)

        one.terminate()
        two.terminate()
    assert findings["MySQL"].well
    assert findings["Clock"].well
    assert not findings["Schema"].well
    assert "main.py migrate" in findings["Schema"].remedy
    assert findings["Redis"].well
    assert not findings["Redis's eviction"].well


def test_a_server_given_by_url_that_does_not_answer_is_wrong(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("IHOME_MYSQL_URL", f"mysql://root@127.0.0.1:{port}/ihome")
    monkeypatch.setenv("IHOME_REDIS_URL", f"redis://127.0.0.1:{port}/0")

    findings = examine(root)

    assert not findings["MySQL"].well
    assert "IHOME_MYSQL_URL" in findings["MySQL"].remedy
    assert not findings["Redis"].well
    assert findings["MariaDB and Redis programs"].well


def test_every_store_of_pictures_is_asked_and_keys_are_not_repeated(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed, sandbox = free_ports(1)[0], os.environ["IHOME_SANDBOX_PORT"]
    stores = (
        f"fs:{root}/pictures",
        f"s3://access:s3cr3t@b?endpoint=http://127.0.0.1:{closed}",
        f"qiniu://access:s3cr3t@b?domain=http://127.0.0.1:{sandbox}/d&host=http://127.0.0.1:{sandbox}/q",
    )
    monkeypatch.setenv("IHOME_STORAGE", f"mirror:{stores[0]}|mirror:{stores[1]}|{stores[2]}")

    findings = [one for one in asyncio.run(doctor.examine(root)) if one.name == "Pictures"]

    assert [one.well for one in findings] == [True, False, True]
    assert "IHOME_STORAGE" in findings[1].remedy
    assert "not running now" in findings[2].detail
    assert "s3cr3t" not in "".join(one.lines() for one in findings) + capsys.readouterr().out


def test_what_only_warns_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    warning = Finding("Chromium", well=False, detail="missing", remedy="Install it.", needed=False)

    assert is_well([warning])
    assert warning.lines() == "! Chromium: missing\n    → Install it."
