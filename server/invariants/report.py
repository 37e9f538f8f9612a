"""`main.py loadcheck`: what is broken, for people. Returns the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from server.errors import StoreUnavailable
from server.invariants import service

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.db import Database


async def loadcheck(database: Database, waiting: Callable[[], int], settle_seconds: float) -> int:
    """Wait for what is under way, then a line for each broken rule; 0 when there is none, else 1.

    `waiting`, how many messages the broker has, blocks. Raises StoreUnavailable.
    """
    if not await service.settle(database, settle_seconds):
        click.echo(f"Work is still under way after {settle_seconds:g} s; looking all the same.", err=True)
    count = 0
    async for sentence in service.broken(database):
        click.echo(sentence)
        count += 1
    if left := await _left(waiting, settle_seconds):
        click.echo(f"broker: {left} messages wait for a worker")
        count += 1
    if count:
        click.echo(f"{count} broken rules", err=True)
        return 1
    click.echo(
        "Nothing is broken: no night is booked twice, every order, payment and refund adds up, every event log is"
        " without a gap, no work was lost, nothing waits beyond its time, no phone got a code too many.",
        err=True,
    )
    return 0


async def _left(waiting: Callable[[], int], seconds: float) -> int:
    try:
        return await service.emptied(waiting, seconds)
    except OSError as error:
        raise StoreUnavailable("broker") from error
