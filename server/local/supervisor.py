"""`main.py run`: starts the whole site on one machine, keeps it alive, and takes it down in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from server.local import children, demo, ports, process
from server.local.binaries import get_binaries
from server.local.configuration import read_settings
from server.local.errors import CannotRunHere
from server.local.keeper import Keeper, Place
from server.local.servers import create_database, initialise_mariadb
from server.local.state import DATABASE, StateFolder, open_state
from server.metrics import SHARED
from server.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence
    from pathlib import Path

    from server.local.children import Child, PrivateRoles

LEFTOVER_SECONDS = 5.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Starts children, keeps them alive, stops them in the reverse order of their stages."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._keepers: list[Keeper] = []
        self._errands: list[asyncio.Task[None]] = []
        self._hurry = asyncio.Event()

    async def start(self, children: Sequence[Child]) -> None:
        """Start them all at once and wait until each is ready."""
        keepers = [Keeper(child, self._place) for child in children]
        self._keepers.extend(keepers)
        for keeper in keepers:
            keeper.start()
        async with asyncio.TaskGroup() as group:
            for keeper in keepers:
                group.create_task(self._tell_when_ready(keeper))

    def run_beside(self, errand: Coroutine[Any, Any, None]) -> None:
        """Run something once, beside the children, until it ends or all are stopped."""
        self._errands.append(asyncio.create_task(errand))

    async def stop(self) -> None:
        """Stop every errand, then every child; those of a stage together, the highest stage first."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        self._errands.clear()
        keepers = sorted(self._keepers, key=lambda keeper: keeper.child.stage, reverse=True)
        for _, stage in groupby(keepers, key=lambda keeper: keeper.child.stage):
            async with asyncio.TaskGroup() as group:
                for keeper in stage:
                    group.create_task(keeper.stop(self._hurry))
        self._keepers.clear()

    def hurry(self) -> None:
        """Wait for nobody any longer."""
        self._hurry.set()

    async def _tell_when_ready(self, keeper: Keeper) -> None:
        self._place.report(keeper.child.name, await keeper.until_ready())


@dataclass(frozen=True)
class Site:
    """What one run is made of."""

    settings: Settings
    place: Place
    roles: PrivateRoles
    environment: Mapping[str, str]


async def run_local(project_root: Path, environ: Mapping[str, str]) -> int:
    """Run the site until SIGINT or SIGTERM. Returns the exit code; says what is wrong in sentences."""
    try:
        site = _plan(project_root, environ)
        with held(site.place.folder):
            await run_until_signal(Supervisor(site.place), site)
    except SettingsError as error:
        click.echo("\n".join(error.problems), err=True)
        return 1
    except CannotRunHere as error:
        click.echo(str(error), err=True)
        return 1
    return 0


async def run_until_signal(supervisor: Supervisor, site: Site) -> None:
    """Start, wait for a signal, stop. A start that fails stops what was started, then raises."""
    told = asyncio.Event()

    def listen() -> None:
        supervisor.hurry() if told.is_set() else told.set()

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, listen)
    starting = asyncio.create_task(start_site(supervisor, site))
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done() or starting.exception() is None:
            await waiting
            say("Stopping …")
    finally:
        waiting.cancel()
        starting.cancel()
        failures = await asyncio.gather(starting, return_exceptions=True)
        await supervisor.stop()
    if isinstance(failures[0], Exception):
        raise failures[0]


async def start_site(supervisor: Supervisor, site: Site) -> None:
    """Servers, database, migrations, then everything else, with a line for each."""
    folder, settings = site.place.folder, site.settings
    for name in await asyncio.to_thread(process.end_leftovers, folder.run, LEFTOVER_SECONDS):
        site.place.say(f"  {name} was left over from an earlier run: ended")
    ports.refuse_taken(
        settings.host, {"IHOME_PORT": settings.port, "IHOME_SANDBOX_PORT": settings.sandbox_port}
    )
    if site.roles.mysql or site.roles.redis:
        await _start_servers(supervisor, site)
    await migrate(site)
    if demo.is_missing(settings, folder.root):
        supervisor.run_beside(demo.write(site.place, site.environment))
    await supervisor.start(children.site_children(settings, site.place.root, site.environment))
    say(f"iHome is ready: http://127.0.0.1:{settings.port}/")
    say(f"短信收件箱 (sandbox): http://127.0.0.1:{settings.sandbox_port}/")
    for sentence in demo.sentences(settings, folder.root):
        say(sentence)


async def migrate(site: Site) -> None:
    """Bring the tables up to date. Raises CannotRunHere with the end of the log."""
    log = site.place.folder.logs / "migrate.log"
    process.rotate(log)
    began = asyncio.get_running_loop().time()
    command = children.command_line(site.place.root, "migrate")
    running = await process.spawn(command, site.environment, site.place.root, log)
    try:
        code = await running.wait()
    except asyncio.CancelledError:
        running.terminate()
        await running.wait()
        raise
    if code != 0:
        raise CannotRunHere(
            f"The migrations failed ({process.how_it_ended(code)}). The end of {log}:\n{process.tail(log)}"
        )
    site.place.report("migrations", asyncio.get_running_loop().time() - began)


@contextmanager
def held(folder: StateFolder) -> Iterator[None]:
    """Be the only supervisor of this state folder. Raises CannotRunHere that names the other one."""
    path = folder.run / "supervisor.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = os.read(descriptor, 32).decode().strip() or "unknown"
            raise CannotRunHere(
                f"iHome already runs on {folder.root} (process {other}). Stop it with Ctrl-C where it runs "
                f"or with `kill {other}`, or name another folder in IHOME_STATE and other ports."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def say(line: str) -> None:
    """One line to whoever watches; nobody watching is no reason to stop."""
    try:
        click.echo(line)
    except OSError:
        return


def _plan(project_root: Path, environ: Mapping[str, str]) -> Site:
    settings = read_settings(project_root)
    if not settings.is_local:
        raise CannotRunHere(
            "`run` is for local mode; in production start serve, worker and beat by themselves."
        )
    folder = open_state(project_root / settings.state)
    environment = {
        **environ,
        "IHOME_STATE": str(folder.root),
        "PYTHONUNBUFFERED": "1",
        SHARED: str(fresh(folder.run / "metrics")),
    }
    roles = children.private_roles(settings, folder)
    return Site(settings, Place(project_root, folder, say), roles, environment)


def fresh(folder: Path) -> Path:
    """An empty folder, for numbers that begin with this run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


async def _start_servers(supervisor: Supervisor, site: Site) -> None:
    folder = site.place.folder
    binaries = await asyncio.to_thread(get_binaries, folder.unpacked)
    if site.roles.mysql:
        await asyncio.to_thread(initialise_mariadb, binaries, folder.mysql)
    for stale in (folder.mysql_socket, folder.redis_socket):
        stale.unlink(missing_ok=True)
    await supervisor.start(children.server_children(binaries, folder, site.roles, site.environment))
    if site.roles.mysql:
        await asyncio.to_thread(create_database, folder.mysql_socket, DATABASE)
