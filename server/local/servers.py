"""Private MariaDB and Redis: how they are initialised, started and asked whether they are there.

Plain values, so that the supervisor and the tests each start and kill them in their own way:
`initialise_mariadb(…)` once, then `subprocess.Popen(server.argv, env=server.environment(os.environ))` and
`wait_until_ready(server)`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pymysql

from server.local.errors import CannotRunHere

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from server.local.binaries import Binaries

PROBE_SECONDS = 1
INITIALISE_SECONDS = 120
MARIADB_OPTIONS = (
    "--skip-networking",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--local-infile=0",
    "--transaction-isolation=READ-COMMITTED",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--default-time-zone=+00:00",
    "--sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
    "--max-connections=300",
    "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=48M",
    "--innodb-flush-log-at-trx-commit=1",
)
REDIS_OPTIONS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--save": "",
    "--appendonly": "yes",
    "--appendfsync": "everysec",
    "--maxmemory-policy": "noeviction",
    "--daemonize": "no",
}


@dataclass(frozen=True)
class PrivateServer:
    """One server as values. It listens on `socket` only and stops on SIGTERM."""

    name: str
    argv: tuple[str, ...]
    socket: Path
    probe: Callable[[Path], bool]
    added_environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 20.0

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The environment to start it with."""
        return {**base, **self.added_environment}

    def is_ready(self) -> bool:
        """Whether it answers now. Blocks for a second at most."""
        return self.probe(self.socket)


def mariadb(binaries: Binaries, folder: Path, listen: Path, extra: Sequence[str] = ()) -> PrivateServer:
    """MariaDB on what `initialise_mariadb` made in `folder`, on the socket `listen`; `extra` options win."""
    temporary = folder.with_name(folder.name + ".tmp")
    temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = [str(binaries.mariadbd), "--no-defaults", f"--datadir={folder}", f"--socket={listen}"]
    # In a shared one, a server that starts removes the others' temporary tables.
    argv.append(f"--tmpdir={temporary}")
    argv += [f"--pid-file={folder / 'mariadbd.pid'}", *_user_option(), *_base_options(binaries)]
    return PrivateServer(
        "mariadb",
        (*argv, *MARIADB_OPTIONS, *extra),
        listen,
        _mariadb_answers,
        dict(binaries.environment),
        30.0,
    )


def initialise_mariadb(binaries: Binaries, folder: Path) -> None:
    """Make the data folder, whole or not at all, unless it is there. Its root needs no password."""
    if folder.is_dir():
        return
    draft = folder.with_name(folder.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    command = [str(binaries.install_db), "--no-defaults", f"--datadir={draft}", "--skip-test-db"]
    # --force: it need not look this machine up by name, and not every machine has one that is known
    command += ["--force", "--auth-root-authentication-method=normal", *_user_option()]
    command.append(f"--tmpdir={draft}")  # see `mariadb`
    if binaries.prefix is not None:
        command.append(f"--basedir={binaries.prefix / 'usr'}")
    environment = {**os.environ, **binaries.environment, "PATH": _path_with(binaries)}
    done = subprocess.run(  # noqa: S603 - the program that `binaries` found
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=INITIALISE_SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise CannotRunHere(f"mariadb-install-db failed:\n{(done.stdout + done.stderr)[-2000:]}")
    draft.rename(folder)


def redis(
    binaries: Binaries, folder: Path, listen: Path, extra: Mapping[str, str] | None = None
) -> PrivateServer:
    """Redis with its append-only file in `folder` and `listen` as its socket; `extra` options win."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = REDIS_OPTIONS | {"--dir": str(folder), "--unixsocket": str(listen)} | dict(extra or {})
    words = [word for pair in options.items() for word in pair]
    argv = (str(_redis_program(binaries, folder)), *words)
    return PrivateServer("redis", argv, listen, _redis_answers, dict(binaries.environment))


def create_database(listen: Path, name: str) -> None:
    """Make the database where it is missing. The server must be ready."""
    connection = pymysql.connect(unix_socket=str(listen), user="root", connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE DATABASE IF NOT EXISTS `{name.replace('`', '``')}`"
                " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
            )
    finally:
        connection.close()


def wait_until_ready(server: PrivateServer, seconds: float = 30.0) -> None:
    """Block until it answers. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not server.is_ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{server.name} does not answer on {server.socket} after {seconds:g} s")
        time.sleep(0.02)


def _mariadb_answers(listen: Path) -> bool:
    """Whether it lets root in. The socket is ours: PyMySQL forgets to close one that nobody listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PROBE_SECONDS)
        try:
            connection.connect(str(listen))
            session = pymysql.connect(user="root", read_timeout=PROBE_SECONDS, defer_connect=True)
            session.connect(connection)
            session.close()
        except (OSError, pymysql.err.MySQLError):
            return False
    return True


def _redis_answers(listen: Path) -> bool:
    """False while it loads its file: it then answers -LOADING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PROBE_SECONDS)
        try:
            connection.connect(str(listen))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _redis_program(binaries: Binaries, folder: Path) -> Path:
    """Debian's redis-check-rdb is the server itself: the name it is called by decides."""
    if binaries.redis.name == "redis-server":
        return binaries.redis
    link = folder / "redis-server"
    if not link.is_symlink() or link.readlink() != binaries.redis:
        draft = folder / f"redis-server.{os.getpid()}"
        draft.unlink(missing_ok=True)
        draft.symlink_to(binaries.redis)
        draft.rename(link)
    return link


def _user_option() -> list[str]:
    return ["--user=root"] if os.getuid() == 0 else []


def _base_options(binaries: Binaries) -> list[str]:
    if binaries.prefix is None:
        return []
    usr = binaries.prefix / "usr"
    return [
        f"--basedir={usr}",
        f"--lc-messages-dir={usr / 'share/mysql'}",
        f"--plugin-dir={usr / 'lib/mysql/plugin'}",
    ]


def _path_with(binaries: Binaries) -> str:
    """mariadb-install-db calls its neighbours by name."""
    return os.pathsep.join(
        (str(binaries.install_db.parent), str(binaries.mariadbd.parent), os.environ.get("PATH", ""))
    )
