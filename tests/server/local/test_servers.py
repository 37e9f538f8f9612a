"""Private servers are really started, killed and started again: what was acknowledged is still there."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pymysql
import pytest
from redis import Redis

from server.local import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.local.binaries import Binaries
    from server.local.servers import PrivateServer
    from server.local.state import StateFolder


@contextmanager
def running(server: PrivateServer) -> Iterator[subprocess.Popen[bytes]]:
    environment = server.environment(os.environ)
    with subprocess.Popen(
        server.argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            servers.wait_until_ready(server)
            yield process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
def mariadb(binaries: Binaries, folder: StateFolder) -> PrivateServer:
    servers.initialise_mariadb(binaries, folder.mysql)
    return servers.mariadb(binaries, folder.mysql, folder.mysql_socket)


@pytest.fixture
def redis(binaries: Binaries, folder: StateFolder) -> PrivateServer:
    return servers.redis(binaries, folder.redis, folder.redis_socket)


def ask(server: PrivateServer, *statements: str) -> tuple[object, ...]:
    """The row of the last statement."""
    connection = pymysql.connect(unix_socket=str(server.socket), user="root", autocommit=True)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchone() or ()


def test_mariadb_has_the_settings_that_the_product_relies_on(mariadb: PrivateServer) -> None:
    with running(mariadb):
        row = ask(
            mariadb,
            "SELECT @@tx_isolation, @@character_set_server, @@time_zone, @@skip_networking,"
            " @@innodb_flush_log_at_trx_commit, @@sql_mode LIKE '%STRICT_TRANS_TABLES%'",
        )

    assert row == ("READ-COMMITTED", "utf8mb4", "+00:00", 1, 1, 1)


def test_a_row_committed_before_a_kill_is_there_after_it(mariadb: PrivateServer) -> None:
    with running(mariadb) as process:
        servers.create_database(mariadb.socket, "ihome")
        servers.create_database(mariadb.socket, "ihome")
        ask(mariadb, "CREATE TABLE ihome.t (a INT)", "INSERT INTO ihome.t VALUES (7)")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert not mariadb.is_ready()

    with running(mariadb):
        assert ask(mariadb, "SELECT a FROM ihome.t") == (7,)


def test_an_interrupted_initialisation_is_begun_anew(binaries: Binaries, folder: StateFolder) -> None:
    draft = folder.mysql.with_name("data.new")
    (draft / "mysql").mkdir(parents=True)
    (draft / "ibdata1").write_text("half")

    servers.initialise_mariadb(binaries, folder.mysql)

    assert not draft.exists()
    with running(servers.mariadb(binaries, folder.mysql, folder.mysql_socket)) as process:
        assert process.poll() is None


def test_extra_options_win(binaries: Binaries, folder: StateFolder) -> None:
    servers.initialise_mariadb(binaries, folder.mysql)
    server = servers.mariadb(binaries, folder.mysql, folder.mysql_socket, ["--max-connections=12"])

    with running(server):
        assert ask(server, "SELECT @@max_connections") == (12,)


def test_redis_listens_on_its_socket_only_and_never_evicts(redis: PrivateServer) -> None:
    with running(redis), Redis(unix_socket_path=str(redis.socket), decode_responses=True) as client:
        settings = client.config_get("port", "maxmemory-policy", "appendonly", "appendfsync", "save")

    assert settings == {
        "port": "0",
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
    }


def test_redis_has_after_a_kill_what_it_had_synced(redis: PrivateServer) -> None:
    with running(redis) as process, Redis(unix_socket_path=str(redis.socket)) as client:
        client.set("a", "1")
        client.config_set("appendfsync", "always")
        client.set("b", "2")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert not redis.is_ready()

    with running(redis), Redis(unix_socket_path=str(redis.socket)) as client:
        assert client.mget("a", "b") == [b"1", b"2"]


def test_waiting_for_a_server_that_does_not_run_has_an_end(mariadb: PrivateServer) -> None:
    with pytest.raises(TimeoutError, match="mariadb does not answer"):
        servers.wait_until_ready(mariadb, 0.1)
