"""Processes of local mode: who they are beyond a pid, starting them so that none outlives us, leftovers."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
LOG_BYTES = 5_000_000
POLL_SECONDS = 0.05
KILL_SECONDS = 5.0
PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """A pid is recycled; a pid with the boot and the clock tick it was born in is not."""

    pid: int
    born: int
    boot: str


def identify(pid: int) -> Identity | None:
    """Who has this pid now; None when nobody has, or only a zombie."""
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return Identity(pid, int(fields[19]), _boot())


def is_alive(identity: Identity) -> bool:
    """Whether the very process that was meant still runs."""
    return identify(identity.pid) == identity


def group_of(leader: Identity) -> list[Identity]:
    """The living processes of its group, also when it is dead; never a later group of that number."""
    now = identify(leader.pid)
    if leader.boot != _boot() or (now is not None and now != leader):
        return []
    members = (_member(int(entry.name), leader) for entry in PROC.iterdir() if entry.name.isdigit())
    return [member for member in members if member is not None]


def kill_group(leader: Identity) -> None:
    """SIGKILL to what is left of a group."""
    for member in group_of(leader):
        send(member, signal.SIGKILL)


def send(identity: Identity, number: signal.Signals) -> None:
    """Signal that very process, or nobody."""
    if is_alive(identity):
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return


def write_record(folder: Path, name: str, identity: Identity) -> None:
    """Remember a child, for the start after a kill -9 of the supervisor."""
    draft = folder / f"{name}.pid.new"
    draft.write_text(json.dumps(asdict(identity)))
    draft.replace(folder / f"{name}.pid")


def read_record(path: Path) -> Identity | None:
    """What `write_record` wrote; None when it is gone or damaged."""
    try:
        return Identity(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def end_leftovers(folder: Path, seconds: float) -> list[str]:
    """End what an earlier supervisor left running, and forget it; the names of what still ran. Blocks."""
    records = [(path, read_record(path)) for path in sorted(folder.glob("*.pid"))]
    groups = {path.stem: group_of(leader) for path, leader in records if leader is not None}
    left = [member for members in groups.values() for member in members]
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, KILL_SECONDS)):
        for member in left:
            send(member, number)
        end = time.monotonic() + patience
        while any(map(is_alive, left)) and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
    for path, _ in records:
        path.unlink(missing_ok=True)
    return [name for name, members in groups.items() if members]


async def spawn(
    argv: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> asyncio.subprocess.Process:
    """Start a child in its own process group, its words appended to `log`. It gets SIGTERM when we die."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *argv,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_dying_with(os.getpid()),  # two system calls, nothing that could deadlock
        )


def rotate(log: Path) -> None:
    """Put a big log aside; one older one is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (it said nothing)"


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _dying_with(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def ask_for_a_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_for_a_signal


def _member(pid: int, leader: Identity) -> Identity | None:
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX" or int(fields[2]) != leader.pid or int(fields[19]) < leader.born:
        return None
    return Identity(pid, int(fields[19]), leader.boot)


def _stat(pid: int) -> list[str] | None:
    """/proc/<pid>/stat from the third field on: state, parent, group, …; [19] is the tick it was born in."""
    try:
        line = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    return line.rpartition(")")[2].split()


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()
