"""What `main.py seed` and `main.py demo` do: look at the settings, open the services, show how far it is."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from server.clock import SystemClock
from server.local.demo import DemoMark, read_mark, write_mark
from server.local.state import locked, open_state
from server.nights.model import today_at
from server.sealing import Seal
from server.seed.demo import DemoService
from server.seed.model import PASSWORD, SeedPlan, SeedRefused
from server.seed.pool import pool_size
from server.seed.service import SeedService
from server.services import open_services

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.seed.service import Seeded
    from server.settings import Settings

NICENESS = 5


def day(text: str | None) -> date:
    """The day that was typed, or else today's date at the houses. Raises SeedRefused."""
    if text is None:
        return today_at(SystemClock().now())
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SeedRefused(f"--today is {text}; it must be a date like 2026-11-26.") from error


async def seed(settings: Settings, plan: SeedPlan) -> None:
    """Fill the database as planned, with a progress bar. Raises SeedRefused, StoreUnavailable."""
    if not settings.is_local:
        raise SeedRefused("Invented houses are for local mode: IHOME_ENV=production refuses them.")
    async with open_services(settings) as services:
        seal = Seal(settings.secret_key.get_secret_value(), "identity")
        service = SeedService(services.database, services.media, services.cache, seal)
        seeded = await _watched(service, plan)
    orders = f", {seeded.orders} orders" if plan.orders else ""
    click.echo(f"{plan.houses} houses of {plan.users} users{orders}.")
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


async def _watched(service: SeedService, plan: SeedPlan) -> Seeded:
    """A bar for each step; a step begins when the one before is over."""
    lengths = {
        "users": plan.users,
        "pictures": pool_size() if plan.pictures and plan.houses else 0,
        "houses": plan.houses,
        "orders": plan.orders,
    }
    with ExitStack() as stack:
        bars: dict[str, Any] = {}

        def progress(what: str, count: int) -> None:
            if what not in bars:
                stack.close()
                bars[what] = stack.enter_context(
                    click.progressbar(length=lengths[what], label=f"{what:<8}", show_pos=True)
                )
            bars[what].update(count)

        return await service.run(plan, progress)


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
