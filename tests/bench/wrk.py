"""Answers a second by wrk, on a core of its own where there are two, server and client in turns."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONNECTIONS = 16
SECONDS = 3
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


@dataclass(frozen=True)
class Cores:
    """Who runs where: the server on one core, the client on the others."""

    server: frozenset[int]
    client: frozenset[int]


def cores() -> Cores:
    """Two sides where there are two cores; the same for both where there is one."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(frozenset(usable[:1]), frozenset(usable[1:] or usable[:1]))


def pin(pid: int, where: frozenset[int]) -> None:
    """Keep a process and its threads on these cores."""
    for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - numbers, no paths
        os.sched_setaffinity(int(thread), where)


def rate(
    url: str,
    *,
    script: Path | None = None,
    headers: tuple[str, ...] = (),
    connections: int = CONNECTIONS,
    seconds: int = SECONDS,
) -> float:
    """Answers a second; `script` is Lua that makes the requests. Raises RuntimeError when one was not a 2xx or 3xx."""
    where = ",".join(str(core) for core in sorted(cores().client))
    command = ["taskset", "-c", where, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    if script:
        command += ["-s", str(script)]
    for header in headers:
        command += ["-H", header]
    told = subprocess.run(
        [*command, url], capture_output=True, text=True, check=True, timeout=seconds + 30
    ).stdout
    bad, found = _BAD.search(told), _RATE.search(told)
    if bad or found is None:
        raise RuntimeError(told)
    return float(found[1])
