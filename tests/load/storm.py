"""A web process is killed with all its websockets: how soon everybody is back, what it cost MySQL, what was missed.

The process is named as the supervisor names it; its pid is the one that the supervisor wrote into the state folder
(IHOME_STATE), so nobody else can be hit. The supervisor starts it again.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiomysql
import click

from server.db import connection_arguments
from server.local import process
from server.local.configuration import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.local.process import Identity
    from server.settings import Settings
    from tests.load.sockets import Holder

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 120.0
LOST_SECONDS = 1.0  # in which every page has noticed
CALM_SECONDS = 5.0
BACK_SECONDS = 60.0  # FAULTS F25


@dataclass
class Storm:
    """One storm, before it and after it."""

    holder: Holder
    victim: Identity
    settings: Settings
    killed_at: float = 0.0
    over_at: float = 0.0
    lost: int = 0
    not_back: int = 0
    back: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    lost_before: int = 0
    lost_again: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[float, int]] = field(default_factory=list)

    async def break_loose(self) -> None:
        """Look at MySQL for a while, kill, wait until all are back, look at what comes after."""
        tally = self.holder.record.tally
        looking = asyncio.create_task(self._look_at_mysql())
        await asyncio.sleep(CALM_SECONDS)
        before = tally.refused.copy()
        self.lost_before = tally.lost.total()
        self.killed_at = time.monotonic()
        self.holder.came_back = lambda: self.back.append(time.monotonic() - self.killed_at)
        process.send(self.victim, signal.SIGKILL)
        await asyncio.sleep(LOST_SECONDS)
        lost = tally.lost.copy()
        self.lost = lost.total() - self.lost_before
        await self.holder.until_all_are_there(PATIENCE_SECONDS)
        self.over_at = time.monotonic()
        self.not_back = len(self.holder.away)
        self.refused, self.lost_again = tally.refused - before, tally.lost - lost
        self.holder.came_back = lambda: None
        await asyncio.sleep(CALM_SECONDS)
        looking.cancel()

    async def _look_at_mysql(self) -> None:
        """How many statements it was asked, each second."""
        connection = await aiomysql.connect(**connection_arguments(self.settings.mysql_url))
        try:
            async for moment in every_second():
                async with connection.cursor() as cursor:
                    await cursor.execute("SHOW GLOBAL STATUS LIKE 'Questions'")
                    self.asked.append((moment, int((await cursor.fetchone())[1])))
        finally:
            connection.close()

    def is_survived(self) -> bool:
        """All back in time, nothing missed, nobody refused but for a while."""
        record = self.holder.record
        return (
            not self.not_back
            and max(self.back, default=0.0) <= BACK_SECONDS
            and record.tally.missed == 0
            and record.untold() == 0
            and not self.server_errors()
        )

    def server_errors(self) -> dict[str, int]:
        """Answers of 500 or above, but for 503: to upgrades, to polls, to orders."""
        record = self.holder.record
        counted = record.tally.refused + record.tally.polls
        counted += Counter({str(status): times for status, times in record.refused.items()})
        return {
            status: n for status, n in counted.items() if status.isdecimal() and 503 != int(status) >= 500
        }

    def tell(self) -> dict[str, Any]:
        """The figures."""
        tally, back = self.holder.record.tally, sorted(self.back)
        normal, storm = self._rates(0.0, self.killed_at), self._rates(self.killed_at, self.over_at)
        return {
            "false_disconnects": self.lost_before + self.lost_again.total(),
            "storm_lost": self.lost,
            "storm_not_back": self.not_back,
            "storm_back_seconds": {share: at(back, share) for share in (50, 99, 100)},
            "storm_refused": dict(self.refused),
            "storm_lost_again": dict(self.lost_again),
            "storm_polls": dict(tally.polls),
            "errors_told": dict(tally.errors),
            "events_repeated": tally.repeated,
            "server_errors": self.server_errors(),
            "mysql_statements_a_second": {
                "before": round(mean(normal)),
                "storm": round(mean(storm)),
                "storm_worst_second": round(max(storm, default=0.0)),
            },
        }

    def _rates(self, start: float, end: float) -> list[float]:
        return [
            (now - before) / (moment - earlier)
            for (earlier, before), (moment, now) in zip(self.asked, self.asked[1:], strict=False)
            if start <= earlier and moment <= end + 1
        ]


def prepare_storm(holder: Holder, name: str) -> Storm:
    """Find the process in the state folder of the site that the environment names. Raises click.UsageError."""
    settings = read_settings(ROOT)
    if settings.port != urlsplit(holder.url).port:
        raise click.UsageError("IHOME_STATE and IHOME_PORT must be those of the site at --url")
    victim = process.read_record(ROOT / settings.state / "run" / f"{name}.pid")
    if victim is None or not process.is_alive(victim):
        raise click.UsageError(f"no supervisor keeps a process called {name} in {settings.state}")
    holder.pings = True
    return Storm(holder, victim, settings)


async def every_second() -> AsyncIterator[float]:
    """The moments, until cancelled."""
    while True:
        yield time.monotonic()
        await asyncio.sleep(1)


def at(values: list[float], percent: int) -> float | None:
    """Of sorted values: when so many of them were there."""
    return round(values[max(0, -(-len(values) * percent // 100) - 1)], 1) if values else None


def mean(values: list[float]) -> float:
    """0 of none."""
    return sum(values) / len(values) if values else 0.0
