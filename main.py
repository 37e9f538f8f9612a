"""The command line: nothing but process life."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from server.local.configuration import read_settings
from server.local.errors import CannotRunHere
from server.logs import set_up_logs
from server.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from server.services import Services
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


@contextmanager
def refusals() -> Iterator[None]:
    """Print why nothing was added, or not all of it, instead of a traceback."""
    from server.errors import StoreUnavailable
    from server.seed.model import SeedRefused

    try:
        yield
    except SeedRefused as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from error
    except StoreUnavailable as error:
        click.echo(
            f"MySQL, Redis or the picture store does not answer ({error}): does the site run?", err=True
        )
        raise SystemExit(1) from error


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
@click.option("--port", default=5555, show_default=True, help="On this machine only.")
def flower(port: int) -> None:
    """Run flower, Celery's own monitor, on this site's broker (`pip install -e .[flower]`)."""
    from server.tasks import worker_app

    settings = settings_or_exit()
    if not importlib.util.find_spec("flower"):
        click.echo("flower is not installed: .venv/bin/pip install -e .[flower]", err=True)
        raise SystemExit(2)
    worker_app(settings).start(["flower", "--address=127.0.0.1", f"--port={port}", "--enable_events"])


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
@click.option("--houses", default=1000, show_default=True, help="How many houses to add.")
@click.option("--users", default=100, show_default=True, help="How many people to add; they own the houses.")
@click.option(
    "--nights", default=10, show_default=True, help="Taken nights a house in the year ahead, on average."
)
@click.option(
    "--pictures", default=3, show_default=True, help="Pictures a house, on average; drawn once, shared."
)
@click.option(
    "--orders", default=0, show_default=True, help="Orders of these houses by these people, past and to come."
)
@click.option("--seed", default=1, show_default=True, help="Another number, other houses.")
@click.option("--today", metavar="YYYY-MM-DD", help="The day that nights and ages count from; else today.")
def seed(today: str | None, **amounts: int) -> None:
    """Add invented houses, for measurements (local mode only)."""
    from server.seed import command
    from server.seed.model import SeedPlan

    settings = settings_or_exit()
    with refusals():
        plan = SeedPlan(**amounts, today=command.day(today))
        run_loop(command.seed(settings, plan))


@cli.command()
def demo() -> None:
    """Add what is missing of the demo (local mode only); `run` does it by itself."""
    from server.seed import command

    settings = settings_or_exit()
    with refusals():
        run_loop(command.demo(settings, ROOT))


@cli.group()
def media() -> None:
    """Stored pictures: compare the stores with the database, mend one copy by another."""


@media.command()
def verify() -> None:
    """Read every picture in every store. Exit code 1 when one is missing or damaged. Changes nothing."""
    from server.media import report

    end_with(lambda services: report.verify(services.checkup))


@media.command()
@click.option("--sweep-unknown", is_flag=True, help="Let the sweep remove what the database does not know.")
def repair(*, sweep_unknown: bool) -> None:
    """Write what is sound in one store of a mirror into the other. Exit code 1 when something is lost."""
    from server.media import report

    end_with(lambda services: report.repair(services.checkup, sweep_unknown=sweep_unknown))


@cli.group()
def orders() -> None:
    """Orders: compare what is stored with the rules."""


@orders.command("verify")
def verify_orders() -> None:
    """Replay every history, compare nights, money and counts. Exit code 1 when one is wrong. Changes nothing."""
    from server.orders import report

    end_with(lambda services: report.verify(services.database))


@cli.command()
@click.option(
    "--settle", default=30.0, show_default=True, help="Seconds to wait at most for what is under way."
)
def loadcheck(settle: float) -> None:
    """Say whether a load broke a rule: double bookings, money, event logs, lost work, SMS. Exit code 1 when one is."""
    from server.invariants import report
    from server.tasks import CeleryPublisher

    def check(services: Services) -> Awaitable[int]:
        return report.loadcheck(services.database, CeleryPublisher(services.settings).waiting, settle)

    end_with(check)


@cli.command()
@click.option(
    "--again", is_flag=True, help="Queue them anew: their requests are the same, so none is paid twice."
)
def refunds(*, again: bool) -> None:
    """List the refunds that failed. Exit code 1 when there is one."""
    from server.payments import report

    end_with(lambda services: report.refunds(services.payments, again=again))


def end_with(work: Callable[[Services], Awaitable[int]]) -> NoReturn:
    """End with this exit code, at once: opendal may abort an interpreter that ends just after a failed write."""
    from server.services import open_services

    settings = settings_or_exit()

    async def working() -> int:
        async with open_services(settings) as services:
            return await work(services)

    with refusals():
        code = asyncio.run(working())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@cli.command()
def doctor() -> None:
    """Say what is missing or wrong on this machine, and how to mend it."""
    from server.local.doctor import report

    raise SystemExit(report(ROOT))


if __name__ == "__main__":
    sys.exit(cli())
