"""The command line: nothing but process life."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.local.configuration import read_settings
from server.local.errors import CannotRunHere
from server.logs import set_up_logs
from server.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from server.settings import Settings

ROOT = Path(__file__).resolve().parent


def settings_or_exit() -> Settings:
    """The settings; every problem with them is printed at once."""
    try:
        settings = read_settings(ROOT)
    except SettingsError as error:
        click.echo(
            "\n".join(["The settings cannot be used:", *(f"  - {one}" for one in error.problems)]), err=True
        )
        raise SystemExit(2) from error
    except CannotRunHere as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from error
    set_up_logs(settings.log_level, settings.log_format)
    return settings


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed."""
    if importlib.util.find_spec("uvloop"):
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    else:
        asyncio.run(work)


@click.group(help="iHome 爱家租房")
def cli() -> None:
    """The commands below."""


@cli.command()
def run() -> None:
    """Run the whole site on this machine: servers, worker, web, sandbox."""
    from server.local.supervisor import run_local

    raise SystemExit(asyncio.run(run_local(ROOT, os.environ)))


@cli.command()
def serve() -> None:
    """Run one web process."""
    from handlers.serving import serve as serve_web

    run_loop(serve_web(settings_or_exit()))


@cli.command()
def worker() -> None:
    """Run the Celery worker."""
    from server.tasks import worker_app

    settings = settings_or_exit()
    app = worker_app(settings)
    app.worker_main(
        ["worker", "--loglevel", settings.log_level, "--without-gossip", "--without-mingle",
         "--pool", settings.worker_pool, "--concurrency", str(settings.worker_concurrency)]
    )  # fmt: skip


@cli.command()
def beat() -> None:
    """Run Celery's clock: it starts periodic tasks."""
    from server.tasks import publishing_app

    settings = settings_or_exit()
    settings.state.mkdir(parents=True, exist_ok=True)
    publishing_app(settings).Beat(
        schedule=str(settings.state / "beat-schedule"), pidfile=None, loglevel=settings.log_level
    ).run()


@cli.command()
def sandbox() -> None:
    """Run the sandbox that plays the outside world (local mode only)."""
    settings = settings_or_exit()
    if not settings.is_local:
        click.echo("The sandbox runs in local mode only.", err=True)
        raise SystemExit(2)
    from server.local.sandbox.server import serve_sandbox

    asyncio.run(serve_sandbox(settings))


@cli.command()
def migrate() -> None:
    """Bring the database's schema to the newest revision."""
    from server.migrations import upgrade

    upgrade(settings_or_exit().mysql_url)


@cli.command()
def doctor() -> None:
    """Say what is missing or wrong on this machine, and how to mend it."""
    from server.local.doctor import report

    raise SystemExit(report(ROOT))


if __name__ == "__main__":
    sys.exit(cli())
