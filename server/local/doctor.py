"""`main.py doctor`: what is missing or wrong on this machine, and how to mend it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from server.local import machine
from server.local.children import private_roles
from server.local.configuration import read_settings
from server.local.errors import CannotRunHere
from server.local.findings import Finding, is_well
from server.local.reach import Circumstances, look_at_mysql, look_at_redis, look_at_worker
from server.local.state import open_state
from server.local.stores import look_at_stores
from server.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings


def report(root: Path) -> int:
    """Print every finding; 1 when something that is needed is missing or wrong."""
    findings = asyncio.run(examine(root))
    for finding in findings:
        click.echo(finding.lines())
    if is_well(findings):
        return 0
    wrong = sum(1 for finding in findings if finding.needed and not finding.well)
    click.echo(f"\n{wrong} of {len(findings)} must be mended.")
    return 1


async def examine(root: Path) -> list[Finding]:
    """Look at everything; what depends on something that is wrong is left out."""
    findings = await asyncio.to_thread(_examine_checkout, root)
    try:
        settings = read_settings(root)
    except SettingsError as error:
        remedy = "Mend it in the environment or in .env."
        return [
            *findings,
            *(Finding("Setting", well=False, detail=one, remedy=remedy) for one in error.problems),
        ]
    except CannotRunHere as error:
        return [*findings, Finding("State folder", well=False, detail=str(error), remedy="Set IHOME_STATE.")]
    findings.append(Finding("Settings", well=True, detail="valid"))
    return [*findings, *await _examine_site(root, settings)]


def _examine_checkout(root: Path) -> list[Finding]:
    return [
        machine.look_at_python(root),
        *machine.look_at_packages(root),
        *machine.look_at_front_end(root),
        *machine.look_at_browser(),
    ]


async def _examine_site(root: Path, settings: Settings) -> list[Finding]:
    findings = []
    folder = open_state(root / settings.state)
    roles = private_roles(settings, folder)
    about = Circumstances(settings, roles, machine.is_running(folder))
    if settings.is_local:
        findings += await asyncio.to_thread(machine.look_at_state, folder.root)
        findings += await asyncio.to_thread(machine.look_at_servers, folder, roles)
        findings += machine.look_at_ports(settings, running=about.running)
    findings += await look_at_mysql(about)
    redis = await look_at_redis(about)
    findings += redis
    findings += await look_at_stores(about)
    if (about.running or not settings.is_local) and all(finding.well for finding in redis):
        findings.append(await look_at_worker(about))
    return findings
