"""What `main.py seed` and `main.py demo` do: look at the settings, open the services, show how far it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from server.clock import SystemClock
from server.local.demo import DemoMark, read_mark, write_mark
from server.local.state import locked, open_state
from server.nights.model import today_at
from server.sealing import Seal
from server.seed.demo import DemoService
from server.seed.model import PASSWORD, SeedPlan, SeedRefused
from server.seed.service import SeedService
from server.services import open_services

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from server.settings import Settings

NICENESS = 10


def today() -> date:
    """The date at the houses."""
    return today_at(SystemClock().now())


async def seed(settings: Settings, plan: SeedPlan) -> None:
    """Fill the database as planned, with a progress bar. Raises SeedRefused, StoreUnavailable."""
    if not settings.is_local:
        raise SeedRefused("Invented houses are for local mode: IHOME_ENV=production refuses them.")
    async with open_services(settings) as services:
        seal = Seal(settings.secret_key.get_secret_value(), "identity")
        service = SeedService(services.database, services.media, services.cache, seal)
        with click.progressbar(length=plan.houses, label="houses", show_pos=True) as bar:
            seeded = await service.run(
                plan, lambda what, count: bar.update(count) if what == "houses" else None
            )
    click.echo(f"{plan.houses} houses of {plan.users} users.")
    if plan.users:
        click.echo(
            f"They sign in with {seeded.first_mobile} to {seeded.last_mobile} and the password {PASSWORD}"
        )


async def demo(settings: Settings, root: Path) -> None:
    """Write what is missing of the demo, unless it was finished once. Raises SeedRefused, StoreUnavailable."""
    if not settings.is_local:
        raise SeedRefused("The demo is for local mode: IHOME_ENV=production refuses it.")
    folder = open_state(root / settings.state)
    with locked(folder.root / "demo.lock"):
        if read_mark(folder.root) not in {DemoMark.DONE, DemoMark.SKIPPED}:
            await _write_demo(settings, folder.root, click.echo)


async def _write_demo(settings: Settings, state: Path, said: Callable[[str], None]) -> None:
    os.nice(NICENESS)  # the site starts beside it
    async with open_services(settings) as services:
        service = DemoService(services)
        if read_mark(state) is None:
            if not await service.can_begin():
                write_mark(state, DemoMark.SKIPPED)
                said("There are houses or demo accounts already: nothing is added.")
                return
            write_mark(state, DemoMark.BEGUN)
        await service.run(said)
    write_mark(state, DemoMark.DONE)
