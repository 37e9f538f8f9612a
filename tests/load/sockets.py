"""Holds thousands of websockets open, and says how fast events arrive, how many sockets were lost and what one costs.

    python -m tests.load.sockets --sockets 10000 --minutes 10 --orders 50

Against a seeded site on this machine with IHOME_RATE_LIMITS=load-test. Most sockets are visitors' that only wait; some
are hosts', whose houses are booked at the given rate.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import click
import httpx
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

API = "/api/v1_0"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FIRST_FREE_DAY = 370  # `main.py seed` takes nights of the year ahead
LAST_DAY = 700
MOST_ASKED_AGAIN = 10_000


@dataclass
class Person:
    """Somebody signed in over HTTP."""

    user_id: int
    cookies: dict[str, str]

    @property
    def cookie(self) -> str:
        """The header's value."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


@dataclass
class Record:
    """What happened to the sockets and the orders."""

    opened: int = 0
    lost: Counter[int | None] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    answered: dict[int, tuple[float, float]] = field(default_factory=dict)
    arrived: dict[int, list[float]] = field(default_factory=dict)
    asked_again: int = 0
    connect_seconds: float = 0.0
    bytes_before: int = 0
    bytes_after: int = 0

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
        return sum(order_id not in self.arrived for order_id in self.answered)


class Holder:
    """All sockets of one run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.record = Record()
        self.is_ending = False
        self._sockets: list[WebSocketClientConnection] = []

    async def open(self, cookie: str, *, is_hosts: bool = False) -> None:
        """One websocket that says hello and then listens."""
        url = self.url.replace("http", "ws", 1) + f"{API}/live"
        heard = self._heard_host if is_hosts else self._heard
        request = HTTPRequest(url, headers={"Cookie": cookie}, connect_timeout=60)
        while True:
            try:
                socket = await websocket_connect(request, on_message_callback=heard)
                break
            except HTTPClientError as error:
                if error.code != 503 or self.record.asked_again > MOST_ASKED_AGAIN:
                    raise
            self.record.asked_again += 1  # the site is full just now, and says so
            await asyncio.sleep(1)
        await socket.write_message(json.dumps({"op": "hello", "last_seq": None}))
        self._sockets.append(socket)
        self.record.opened += 1

    def close(self) -> None:
        """End all of them."""
        self.is_ending = True
        for socket in self._sockets:
            socket.close()

    def _heard(self, message: str | bytes | None) -> None:
        if message is None and not self.is_ending:
            self.record.lost[None] += 1

    def _heard_host(self, message: str | bytes | None) -> None:
        if message is None:
            self._heard(message)
            return
        event = json.loads(message)
        if event.get("kind") == "order" and event.get("event") == "place":
            self.record.arrived.setdefault(event["order_id"], []).append(time.time())


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


async def houses_of(url: str, person: Person) -> list[tuple[int, int]]:
    """The person's houses that can be booked: id and shortest stay."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        answer = await client.get(f"{API}/user/houses", headers={"Cookie": person.cookie})
        online = [one["house_id"] for one in answer.json()["data"]["houses"] if one["status"] == "online"]
        details = [
            (await client.get(f"{API}/houses/{house_id}")).json()["data"]["house"] for house_id in online
        ]
    return [(house["house_id"], house["min_days"]) for house in details if not house["wants_verified"]]


async def book_steadily(holder: Holder, people: list[Person], per_second: float, until: float) -> None:
    """Orders at an open rate: a slow answer delays no later order."""
    owned = [(person, house) for person in people for house in await houses_of(holder.url, person)]
    if not owned:
        raise RuntimeError("none of the accounts has a house that can be booked")
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    running: set[asyncio.Task[None]] = set()
    number, begun = 0, time.monotonic()
    async with httpx.AsyncClient(base_url=holder.url, trust_env=False, timeout=60, limits=limits) as client:
        while time.monotonic() < until:
            await asyncio.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            host, (house_id, nights) = owned[number % len(owned)]
            day = FIRST_FREE_DAY + nights * (number // len(owned)) % (LAST_DAY - FIRST_FREE_DAY)
            stay = date.today() + timedelta(days=day), nights  # noqa: DTZ011 - far ahead
            guest = people[(number + 1) % len(people)]
            guest = people[(number + 2) % len(people)] if guest is host else guest
            work = asyncio.create_task(_book(holder.record, client, guest, (house_id, *stay)))
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
    answer = await client.post(f"{API}/orders", json=wish, headers=headers)
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
        "asked_again_after_503": record.asked_again,
        "connect_seconds": round(record.connect_seconds, 1),
        "false_disconnects": sum(record.lost.values()),
        "bytes_a_socket": grown // max(1, sockets),
        "orders": len(record.answered),
        "orders_refused": dict(record.refused),
        "orders_untold": record.untold(),
        "events": len(delays),
        "push_ms_p50": round(statistics.median(delays), 1) if delays else None,
        "push_ms_p99": round(percentile(delays, 0.99), 1) if delays else None,
        "push_ms_most": round(delays[-1], 1) if delays else None,
    }


@click.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option("--sockets", default=1000, show_default=True, type=click.IntRange(1, 50_000))
@click.option("--minutes", default=1.0, show_default=True, type=click.FloatRange(0.1, 120))
@click.option("--orders", default=10.0, show_default=True, help="Orders a second.")
@click.option("--accounts", default=40, show_default=True, help="Seeded accounts that host and book.")
@click.option("--first-mobile", default=14_700_000_001, show_default=True)
@click.option("--password", default="seeded-password", show_default=True)
@click.option("--opening", default=500, show_default=True, help="Sockets opened a second.")
def main(url: str, sockets: int, opening: int, **rest: Any) -> None:
    """Hold websockets open against a site on this machine."""
    if urlsplit(url).hostname not in LOOPBACK:
        raise click.UsageError("only a site on this machine")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    record = asyncio.run(hold(Holder(url), sockets, opening, **rest))
    click.echo(json.dumps(tell(record, sockets), indent=2))


async def hold(
    holder: Holder, sockets: int, opening: int, *, minutes: float, orders: float, accounts: int,
    first_mobile: int, password: str,
) -> Record:  # fmt: skip
    """Open, hold and book, close."""
    record, url = holder.record, holder.url
    people = [await sign_in(url, first_mobile + number, password) for number in range(accounts)]
    record.bytes_before = await resident_bytes(url)
    begun = time.monotonic()
    for person in people:
        await holder.open(person.cookie, is_hosts=True)
    for first in range(accounts, sockets, opening):
        count = min(opening, sockets - first)
        await asyncio.gather(*(holder.open(f"ihome_session=visitor-{first + n:012}") for n in range(count)))
        await asyncio.sleep(max(0.0, begun + (first + count) / opening - time.monotonic()))
    record.connect_seconds = time.monotonic() - begun
    click.echo(f"{record.opened} sockets are open after {record.connect_seconds:.1f} s", err=True)
    await asyncio.sleep(2)
    record.bytes_after = await resident_bytes(url)
    until = time.monotonic() + minutes * 60
    if orders:
        await book_steadily(holder, people, orders, until)
    await asyncio.sleep(max(5.0, until - time.monotonic()))
    holder.close()
    await asyncio.sleep(1)
    return record


if __name__ == "__main__":
    main()
