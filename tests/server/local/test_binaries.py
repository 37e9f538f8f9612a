"""Programs are found where they are, and unpacked where nobody may install them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.local import servers
from server.local.binaries import (
    MARIADB_PACKAGES,
    REDIS_PACKAGE,
    find_binaries,
    library_folders,
    missing_packages,
    unpack,
)
from server.local.errors import CannotRunHere

if TYPE_CHECKING:
    from server.local.binaries import Binaries
    from server.local.state import StateFolder

ROOT = Path(__file__).parents[3]


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_folder_with_every_program_is_enough(tmp_path: Path) -> None:
    for name in ("mariadbd", "mariadb-install-db", "redis-server", "redis-check-rdb"):
        program(tmp_path / name)

    found = find_binaries(tmp_path / "unpacked", [tmp_path])

    assert found is not None
    assert found.redis == tmp_path / "redis-server"
    assert found.prefix is None
    assert missing_packages([tmp_path]) == []


def test_debians_redis_tools_are_a_redis(tmp_path: Path) -> None:
    for name in ("mysqld", "mariadb-install-db", "redis-check-rdb"):
        program(tmp_path / name)

    found = find_binaries(tmp_path / "unpacked", [tmp_path])

    assert found is not None
    assert found.redis.name == "redis-check-rdb"


def test_a_program_that_may_not_be_run_is_not_there(tmp_path: Path) -> None:
    for name in ("mariadbd", "mariadb-install-db", "redis-server"):
        program(tmp_path / name)
    (tmp_path / "mariadbd").chmod(0o644)

    assert find_binaries(tmp_path / "unpacked", [tmp_path]) is None
    assert REDIS_PACKAGE not in missing_packages([tmp_path])


def test_what_was_unpacked_comes_with_its_libraries(tmp_path: Path) -> None:
    for name in ("usr/sbin/mariadbd", "usr/bin/mariadb-install-db", "usr/bin/redis-check-rdb"):
        program(tmp_path / name)
    program(tmp_path / "usr/lib/x86_64-linux-gnu/libaio.so.1")
    program(tmp_path / "usr/lib/mysql/plugin/auth_pam.so")

    found = find_binaries(tmp_path, [])

    assert found is not None
    assert found.prefix == tmp_path
    assert found.environment == {"LD_LIBRARY_PATH": str(tmp_path / "usr/lib/x86_64-linux-gnu")}
    assert library_folders(tmp_path / "nothing") == []


def test_an_installed_redis_goes_with_an_unpacked_mariadb(tmp_path: Path) -> None:
    redis = program(tmp_path / "installed/redis-server")
    for name in ("usr/sbin/mariadbd", "usr/bin/mariadb-install-db"):
        program(tmp_path / "unpacked" / name)

    found = find_binaries(tmp_path / "unpacked", [tmp_path / "installed"])

    assert found is not None
    assert found.redis == redis
    assert found.prefix == tmp_path / "unpacked"
    assert missing_packages([tmp_path / "installed"])[0].startswith("mariadb-server-core")


def test_nothing_is_looked_for_when_both_servers_are_given_by_url(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "IHOME_MYSQL_URL": "mysql://x", "IHOME_REDIS_URL": "redis://x"}

    done = subprocess.run(
        [sys.executable, "-m", "server.local.binaries"], env=environment, cwd=ROOT, check=False
    )

    assert done.returncode == 0


@pytest.mark.skipif(
    shutil.which("apt-get") is None, reason="needs apt-get: the way without root is Debian's and Ubuntu's"
)
def test_unpacked_packages_bring_servers_that_run(folder: StateFolder) -> None:
    try:
        unpack([*MARIADB_PACKAGES, REDIS_PACKAGE], folder.unpacked)
    except CannotRunHere as error:
        if "resolve" not in str(error).lower():
            raise
        pytest.skip(f"needs the package archive: {error}")
    found = find_binaries(folder.unpacked, [])

    assert found is not None
    assert_servers_run(found, folder)


def assert_servers_run(found: Binaries, folder: StateFolder) -> None:
    servers.initialise_mariadb(found, folder.mysql)
    for server in (
        servers.mariadb(found, folder.mysql, folder.mysql_socket),
        servers.redis(found, folder.redis, folder.redis_socket),
    ):
        with subprocess.Popen(
            server.argv, env=server.environment(os.environ), stdout=-3, stderr=-3
        ) as process:
            servers.wait_until_ready(server)
            assert Path(f"/proc/{process.pid}/exe").resolve().is_relative_to(folder.unpacked.resolve())
            process.terminate()
