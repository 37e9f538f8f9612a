"""`main.py media …`: what the checkup finds, for people. Each command returns the exit code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from server.errors import StoreUnavailable
from server.media.checkup import Flaw

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.media.checkup import Checkup, Tally
    from server.media.model import ObjectKey
    from server.media.storage import Storage

PROGRESS_SECONDS = 5.0
NAMES = {"storage": "the picture store", "mysql": "MySQL"}
MEANINGS = {
    Flaw.MISSING: "not in the store",
    Flaw.CORRUPT: "not what the name says",
    Flaw.UNREADABLE: "could not be read this time",
    Flaw.UNKNOWN: "in a store, but not in the database: nobody can see them; "
    "`media repair --sweep-unknown` has them removed",
}


class Printer:
    """Findings on standard output, a line each; progress on standard error, now and then."""

    def __init__(self) -> None:
        self._count = self._done = 0
        self._next_line = 0.0

    def begin(self, store: str, count: int) -> None:
        """Say what is looked at next."""
        self._count, self._done = count, 0
        self._next_line = time.monotonic() + PROGRESS_SECONDS
        what = f"{count} objects that the database knows" if count else "whatever is there"
        click.echo(f"Looking at {what} in {store} …", err=True)

    def advance(self, count: int) -> None:
        """Count, and say so when the last line is old enough."""
        self._done += count
        if time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + PROGRESS_SECONDS
            click.echo(f"  {self._done}" + (f" of {self._count}" if self._count else ""), err=True)

    def found(self, store: Storage, key: ObjectKey, what: str) -> None:
        """One line about one object."""
        click.echo(f"{what}: {key} in {store}")


async def verify(checkup: Checkup) -> int:
    """0 when every store holds exactly what it should; 1 when not, or when a store is down."""
    return await _telling(_verify, checkup)


async def repair(checkup: Checkup, *, sweep_unknown: bool) -> int:
    """0 when nothing is left to be mended; 1 when something is lost, or when a store is down."""
    code = await _telling(_repair, checkup)
    return max(code, await _telling(_adopt, checkup)) if sweep_unknown else code


async def _verify(checkup: Checkup) -> int:
    tally = await checkup.verify(Printer())
    copies = len(checkup.copies)
    click.echo(f"{tally.objects} objects, {copies} {'copies' if copies > 1 else 'copy'} of each.")
    _print_flaws(tally)
    if tally.is_well:
        click.echo("Everything is there and sound.")
    elif copies > 1 and tally.flaws[Flaw.MISSING] + tally.flaws[Flaw.CORRUPT]:
        click.echo("`media repair` mends what is sound in another store.")
    return 0 if tally.is_well else 1


async def _repair(checkup: Checkup) -> int:
    if len(checkup.copies) == 1:
        click.echo(
            f"{checkup.copies[0]} holds the only copy of each picture: there is nothing to repair it from. "
            "`mirror:` in IHOME_STORAGE keeps two."
        )
        return 0
    tally = await checkup.repair(Printer())
    click.echo(f"{tally.objects} objects: {tally.repaired} repaired, {tally.lost} sound in no store.")
    _print_flaws(tally)
    return 0 if tally.is_well else 1


async def _adopt(checkup: Checkup) -> int:
    adopted = await checkup.adopt_unknown(Printer())
    click.echo(f"{adopted} unknown objects were given to the sweep, which removes them after an hour.")
    return 0


async def _telling(command: Callable[[Checkup], Awaitable[int]], checkup: Checkup) -> int:
    try:
        return await command(checkup)
    except StoreUnavailable as refusal:
        what = NAMES.get(refusal.store, refusal.store)
        click.echo(f"Given up: {what} does not answer. Run it again when it does.", err=True)
        return 1


def _print_flaws(tally: Tally) -> None:
    for flaw, meaning in MEANINGS.items():
        if tally.flaws[flaw]:
            click.echo(f"{tally.flaws[flaw]} {flaw}: {meaning}")
