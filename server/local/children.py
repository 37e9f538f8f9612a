"""What local mode runs: each child as a value, and the list of them that the settings ask for."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx

from server.local import servers
from server.local.state import local_defaults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from server.local.binaries import Binaries
    from server.local.state import StateFolder
    from server.settings import Settings

SERVER_STAGE, SANDBOX_STAGE, WORK_STAGE, WEB_STAGE = range(4)
WORKER_STOP_SECONDS = 15.0
PROBE_SECONDS = 2.0


@dataclass(frozen=True)
class Child:
    """One process to keep alive. Children of a higher stage are stopped first."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    stop_seconds: float = 10.0
    stage: int = 0


@dataclass(frozen=True)
class PrivateRoles:
    """Which servers are ours to start: those whose URL nobody gave."""

    mysql: bool
    redis: bool


def private_roles(settings: Settings, folder: StateFolder) -> PrivateRoles:
    """Compare the settings with what local mode would say."""
    ours = local_defaults(folder.root, settings.port, settings.sandbox_port)
    redis = any(getattr(settings, name) == ours[name] for name in ("redis_url", "cache_url", "broker_url"))
    return PrivateRoles(mysql=settings.mysql_url == ours["mysql_url"], redis=redis)


def server_children(
    binaries: Binaries, folder: StateFolder, roles: PrivateRoles, environment: Mapping[str, str]
) -> list[Child]:
    """The private servers among the children."""
    chosen = []
    if roles.mysql:
        chosen.append(servers.mariadb(binaries, folder.mysql, folder.mysql_socket))
    if roles.redis:
        chosen.append(servers.redis(binaries, folder.redis, folder.redis_socket))
    return [
        Child(
            server.name,
            server.argv,
            server.environment(environment),
            partial(asyncio.to_thread, server.is_ready),
            server.stop_seconds,
            SERVER_STAGE,
        )
        for server in chosen
    ]


def site_children(settings: Settings, root: Path, environment: Mapping[str, str]) -> list[Child]:
    """Sandbox, worker, beat and the web processes, in the order of their stages."""

    def child(
        name: str, command: str, ready: Callable[[], Awaitable[bool]], seconds: float, stage: int
    ) -> Child:
        return Child(name, command_line(root, command), environment, ready, seconds, stage)

    sandbox = partial(_answers, f"http://127.0.0.1:{settings.sandbox_port}/")
    web = partial(_answers, f"http://127.0.0.1:{settings.port}/readyz")
    names = ["web"] if settings.processes == 1 else [f"web-{n}" for n in range(1, settings.processes + 1)]
    return [
        child("sandbox", "sandbox", sandbox, 5.0, SANDBOX_STAGE),
        child("worker", "worker", _runs, WORKER_STOP_SECONDS, WORK_STAGE),
        child("beat", "beat", _runs, 5.0, WORK_STAGE),
        *(child(name, "serve", web, settings.drain_seconds + 5, WEB_STAGE) for name in names),
    ]


def command_line(root: Path, command: str) -> tuple[str, ...]:
    """How this Python runs a command of ours."""
    return (sys.executable, str(root / "main.py"), command)


async def _runs() -> bool:
    """Ready as soon as it runs: whether it works, /readyz of the web process says."""
    return True


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PROBE_SECONDS) as client:  # noqa: S501
            return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
