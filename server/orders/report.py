"""`main.py orders verify`: what the verification finds, for people. Returns the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from server.orders.verify import find

if TYPE_CHECKING:
    from server.db import Database


async def verify(database: Database) -> int:
    """Every violation on standard output, a line each; 0 when there is none, else 1."""
    count = 0
    async for violation in find(database):
        click.echo(f"{violation.kind}: {violation}")
        count += 1
    click.echo(f"{count} violations" if count else "No violations: every order is as it must be.", err=True)
    return 1 if count else 0
