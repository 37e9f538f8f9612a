"""Holds thousands of websockets open, and says how fast events arrive, how many sockets were lost and what one costs.

    python -m tests.load.sockets --sockets 10000 --minutes 10 --orders 50
    python -m tests.load.sockets --sockets 10000 --storm web

Against a seeded site on this machine with IHOME_RATE_LIMITS=load-test. Most sockets are visitors' that only wait; some
are hosts', whose houses are booked at the given rate. `--storm` kills a web process after the hold, and waits until
every page is back: tests/load/storm.py.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import httpx

from tests.load.pages import Page, Tally
from tests.load.storm import prepare_storm
from tests.load.thin import Address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

API = "/api/v1_0"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FIRST_FREE_DAY = 370  # `main.py seed` takes nights of the year ahead
LAST_DAY = 700
OPENING_PATIENCE_SECONDS = 60.0
TOLD_SECONDS = 10.0

dice = random.Random()


@dataclass
class Person:
    """Somebody signed in over HTTP."""

    user_id: int
    cookies: dict[str, str]

    @property
    def cookie(self) -> str:
        """The header's value."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


@dataclass(frozen=True)
class Owned:
    """A house that can be booked, for at least so many nights."""

    host: Person
    house_id: int
    nights: int


@dataclass
class Record:
    """What happened to the sockets and the orders."""

    tally: Tally = field(default_factory=Tally)
    opened: int = 0
    asked_again: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    answered: dict[int, tuple[float, float]] = field(default_factory=dict)
    arrived: dict[int, list[float]] = field(default_factory=dict)
    caught_up: set[int] = field(default_factory=set)
    connect_seconds: float = 0.0
    bytes_before: int = 0
    bytes_after: int = 0

    def hear(self, event: dict[str, Any], by_itself: bool) -> None:
        """An event that a host's page got, by itself or with what it had missed."""
        if event.get("kind") != "order" or event.get("event") != "place":
            return
        if by_itself:
            self.arrived.setdefault(event["order_id"], []).append(time.time())
        else:
            self.caught_up.add(event["order_id"])

    def delays(self) -> list[float]:
        """Milliseconds from the answer to the guest to each of the host's sockets; 0 when the event was first."""
        return sorted(
            max(0.0, (moment - self.answered[order_id][1]) * 1000)
            for order_id, moments in self.arrived.items()
            if order_id in self.answered
            for moment in moments
        )

    def untold(self) -> int:
        """Orders that no socket of their host heard of."""
        return len(self.answered.keys() - self.arrived.keys() - self.caught_up)


class Holder:
    """All sockets of one run."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self.address = Address(parts.hostname or "127.0.0.1", parts.port or 80)
        self.record = Record()
        self.pages: list[tuple[Page, Person | None]] = []
        self.away: set[Page] = set()
        self.pings = False
        self.came_back: Callable[[], None] = lambda: None
        self._living: list[asyncio.Task[None]] = []

    def open(self, cookie: str, person: Person | None = None) -> None:
        """One page, which opens its websocket by itself and says hello; a person's hears of orders, too."""
        page = Page(self.address, cookie, self.record.tally, self.record.hear if person else None)
        page.pings = self.pings
        page.changed = self._changed
        self.away.add(page)
        self.pages.append((page, person))
        self._living.append(asyncio.create_task(page.live()))

    async def until_all_are_there(self, seconds: float) -> None:
        """Wait, but not for ever."""
        limit = time.monotonic() + seconds
        while self.away and time.monotonic() < limit:  # noqa: ASYNC110 - thousands of pages change the set
            await asyncio.sleep(0.02)

    async def untold(self, seconds: float) -> int:
        """Events that pages of signed-in people have not heard `seconds` after the last order: there should be none."""
        people = {person.user_id: person for _, person in self.pages if person}
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=60) as client:
            newest = {user_id: await newest_seq(client, person) for user_id, person in people.items()}
        limit = time.monotonic() + seconds
        while True:
            behind = sum(
                max(0, newest[person.user_id] - (page.seq or 0)) for page, person in self.pages if person
            )
            if not behind or time.monotonic() > limit:
                return behind
            await asyncio.sleep(0.1)

    async def close(self) -> None:
        """End all of them."""
        for task in self._living:
            task.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)

    def _changed(self, page: Page) -> None:
        if page.is_live:
            self.away.discard(page)
            self.came_back()
        else:
            self.away.add(page)


async def sign_in(url: str, mobile: int, password: str) -> Person:
    """A seeded account. Raises RuntimeError when the site does not know it."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        await client.get(f"{API}/session")
        answer = await client.post(
            f"{API}/sessions",
            json={"mobile": str(mobile), "password": password},
            headers={"X-CSRFToken": client.cookies["csrf_token"]},
        )
        if answer.status_code != 201:
            raise RuntimeError(f"{mobile} cannot sign in ({answer.text}): was the site seeded?")
        return Person(answer.json()["data"]["user_id"], dict(client.cookies))


async def houses_of(url: str, people: list[Person]) -> list[Owned]:
    """Their houses that can be booked. Raises RuntimeError when there are none."""
    owned = []
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        for person in people:
            answer = await client.get(f"{API}/user/houses", headers={"Cookie": person.cookie})
            for one in answer.json()["data"]["houses"]:
                if one["status"] == "online":
                    told = (await client.get(f"{API}/houses/{one['house_id']}")).json()["data"]["house"]
                    if not told["wants_verified"]:
                        owned.append(Owned(person, one["house_id"], told["min_days"]))
    if not owned:
        raise RuntimeError("none of the accounts has a house that can be booked")
    return owned


async def newest_seq(client: httpx.AsyncClient, person: Person) -> int:
    """How far the person's log goes, by the site's own account."""
    seq, before = 0, -1
    while seq != before:
        before = seq
        answer = await client.get(f"{API}/live/events?after={seq}&wait=0", headers={"Cookie": person.cookie})
        seq = answer.json()["data"]["seq"]
    return seq


async def book_steadily(
    holder: Holder, owned: list[Owned], per_second: float, is_over: Callable[[], bool]
) -> None:
    """Orders at an open rate: a slow answer delays no later order."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    running: set[asyncio.Task[None]] = set()
    number, begun, first = 0, time.monotonic(), dice.randrange(LAST_DAY - FIRST_FREE_DAY)
    people = list({one.host.user_id: one.host for one in owned}.values())
    async with httpx.AsyncClient(base_url=holder.url, trust_env=False, timeout=60, limits=limits) as client:
        while not is_over():
            await asyncio.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            house = owned[number % len(owned)]
            day = FIRST_FREE_DAY + (first + house.nights * (number // len(owned))) % (
                LAST_DAY - FIRST_FREE_DAY
            )
            stay = date.today() + timedelta(days=day), house.nights  # noqa: DTZ011 - far ahead
            guest = people[(number + 1) % len(people)]
            guest = people[(number + 2) % len(people)] if guest is house.host else guest
            work = asyncio.create_task(_book(holder.record, client, guest, (house.house_id, *stay)))
            running.add(work)
            work.add_done_callback(running.discard)
            number += 1
        await asyncio.gather(*running)


async def _book(
    record: Record, client: httpx.AsyncClient, guest: Person, stay: tuple[int, date, int]
) -> None:
    house_id, start, nights = stay
    wish = {"house_id": house_id, "start_date": str(start), "end_date": str(start + timedelta(days=nights))}
    headers = {"Cookie": guest.cookie, "X-CSRFToken": guest.cookies["csrf_token"]}
    sent = time.time()
    try:
        answer = await client.post(f"{API}/orders", json=wish, headers=headers)
    except httpx.TransportError:
        record.unanswered += 1
        return
    if answer.status_code == 201:
        record.answered[answer.json()["data"]["order"]["order_id"]] = sent, time.time()
    else:
        record.refused[answer.status_code] += 1


async def resident_bytes(url: str) -> int:
    """Memory of the web processes, by their own account."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        text = (await client.get(f"{url}/metrics")).text
    return int(
        sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("ihome_resident_bytes "))
    )


def percentile(values: list[float], share: float) -> float:
    """Of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def tell(record: Record, sockets: int) -> dict[str, Any]:
    """The figures of a run."""
    delays = record.delays()
    grown = record.bytes_after - record.bytes_before
    return {
        "sockets_open": record.opened,
        "asked_again": dict(record.asked_again),
        "connect_seconds": round(record.connect_seconds, 1),
        "false_disconnects": record.tally.lost.total(),
        "bytes_a_socket": grown // max(1, sockets),
        "orders": len(record.answered),
        "orders_refused": dict(record.refused),
        "orders_unanswered": record.unanswered,
        "orders_untold": record.untold(),
        "events": len(delays),
        "events_missed": record.tally.missed,
        "push_ms_p50": round(statistics.median(delays), 1) if delays else None,
        "push_ms_p99": round(percentile(delays, 0.99), 1) if delays else None,
        "push_ms_most": round(delays[-1], 1) if delays else None,
    }


async def hold(
    holder: Holder, sockets: int, opening: int, *, minutes: float, orders: float, accounts: int,
    first_mobile: int, password: str, pages: int = 1, after: Callable[[], Awaitable[None]] | None = None,
) -> Record:  # fmt: skip
    """Open, hold and book, do what comes `after` the hold while bookings go on, close."""
    record, url = holder.record, holder.url
    people = [await sign_in(url, first_mobile + number, password) for number in range(accounts)]
    owned = await houses_of(url, people) if orders else []
    record.bytes_before = await resident_bytes(url)
    await open_all(holder, [person for person in people for _ in range(pages)][:sockets], sockets, opening)
    await asyncio.sleep(2)
    record.bytes_after = await resident_bytes(url)
    over = asyncio.Event()
    until = time.monotonic() + minutes * 60
    async with asyncio.TaskGroup() as group:
        if orders:
            group.create_task(book_steadily(holder, owned, orders, over.is_set))
        await asyncio.sleep(max(5.0, until - time.monotonic()))
        if after:
            await after()
        over.set()
    record.tally.missed += await holder.untold(TOLD_SECONDS)
    await holder.close()
    await asyncio.sleep(1)
    return record


async def open_all(holder: Holder, people: list[Person], sockets: int, opening: int) -> None:
    """The people's pages first, then visitors', so many a second; whoever is refused comes again by itself."""
    record, begun = holder.record, time.monotonic()
    for number in range(sockets):
        if number < len(people):
            holder.open(people[number].cookie, people[number])
        else:
            holder.open(f"ihome_session=visitor-{number:012}")
        await asyncio.sleep(max(0.0, begun + number / opening - time.monotonic()))
    await holder.until_all_are_there(OPENING_PATIENCE_SECONDS)
    record.connect_seconds = time.monotonic() - begun
    record.opened = sockets - len(holder.away)
    record.asked_again = record.tally.refused.copy()
    click.echo(f"{record.opened} sockets are open after {record.connect_seconds:.1f} s", err=True)


@click.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option("--sockets", default=1000, show_default=True, type=click.IntRange(1, 50_000))
@click.option("--minutes", default=1.0, show_default=True, type=click.FloatRange(0.1, 120))
@click.option("--orders", default=10.0, show_default=True, help="Orders a second.")
@click.option("--accounts", default=40, show_default=True, help="Seeded accounts that host and book.")
@click.option("--pages", default=1, show_default=True, type=click.IntRange(1, 20), help="Sockets an account.")
@click.option("--first-mobile", default=14_700_000_001, show_default=True)
@click.option("--password", default="seeded-password", show_default=True)
@click.option("--opening", default=500, show_default=True, help="Sockets opened a second.")
@click.option(
    "--storm", metavar="NAME", help="Kill this web process after the hold: web, or web-1 of several."
)
def main(url: str, sockets: int, opening: int, storm: str | None, **rest: Any) -> None:
    """Hold websockets open against a site on this machine."""
    if urlsplit(url).hostname not in LOOPBACK:
        raise click.UsageError("only a site on this machine")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    holder = Holder(url)
    if storm is None:
        record = asyncio.run(hold(holder, sockets, opening, **rest))
        click.echo(json.dumps(tell(record, sockets), indent=2))
        return
    brewing = prepare_storm(holder, storm)
    record = asyncio.run(hold(holder, sockets, opening, after=brewing.break_loose, **rest))
    figures = {**tell(record, sockets), **brewing.tell()}
    click.echo(json.dumps(figures, indent=2))
    raise SystemExit(0 if brewing.is_survived() else 1)


if __name__ == "__main__":
    main()
