"""`main.py loadcheck`: what is broken, for people. Returns the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from server.invariants import service

if TYPE_CHECKING:
    from server.db import Database


async def loadcheck(database: Database, settle_seconds: float) -> int:
    """Wait for what is under way, then a line for each broken rule; 0 when there is none, else 1."""
    if not await service.settle(database, settle_seconds):
        click.echo(f"Work is still under way after {settle_seconds:g} s; looking all the same.", err=True)
    count = 0
    async for sentence in service.broken(database):
        click.echo(sentence)
        count += 1
    if count:
        click.echo(f"{count} broken rules", err=True)
        return 1
    click.echo(
        "Nothing is broken: no night is booked twice, every order, payment and refund adds up, every event log is"
        " without a gap, no work was lost, nothing waits beyond its time.",
        err=True,
    )
    return 0
