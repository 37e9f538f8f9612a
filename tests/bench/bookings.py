"""Bookings a second on distinct houses, and how long the host's open page waits for a new order."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from server.services import open_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.services import Services
    from tests.stack import Stack

CONNECTIONS = 16
SECONDS = 10
RATES = (1, 10, 50)


@dataclass(frozen=True)
class Person:
    """Somebody signed in, as headers of a request."""

    user_id: int
    cookie: str
    token: str


async def sign_in(services: Services, user_id: int) -> Person:
    """A session of this user."""
    session = await services.sessions.begin(user_id)
    return Person(user_id, f"ihome_session={session}", services.sessions.csrf_token(session))


class Guest:
    """One connection that books house after house."""

    def __init__(self, url: str, person: Person) -> None:
        parts = urlsplit(url)
        self._place = parts.hostname, parts.port
        self._head = (
            f"POST /api/v1_0/orders HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Cookie: {person.cookie}\r\nX-CSRFToken: {person.token}\r\nContent-Length: "
        )
        self._streams: Any = None

    async def book(self, house_id: int, start: date) -> int:
        """One order; returns the status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reader, writer = self._streams
        end = start + timedelta(days=1)
        body = json.dumps({"house_id": house_id, "start_date": str(start), "end_date": str(end)})
        writer.write(f"{self._head}{len(body)}\r\n\r\n{body}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return int(head.split()[1])


def chances(houses: list[int]) -> Iterator[tuple[int, date]]:
    """House after house, and another night in each round."""
    for day in range(400, 700):
        for house_id in houses:
            yield house_id, date.today() + timedelta(days=day)  # noqa: DTZ011 - far ahead


async def rate(guests: list[Guest], free: Iterator[tuple[int, date]]) -> tuple[float, dict[int, int]]:
    """Orders a second with all guests at once, and how many answers had which status."""
    end = time.monotonic() + SECONDS
    statuses: dict[int, int] = {}

    async def go(guest: Guest) -> None:
        while time.monotonic() < end:
            status = await guest.book(*next(free))
            statuses[status] = statuses.get(status, 0) + 1

    await asyncio.gather(*(go(guest) for guest in guests))
    return statuses.get(201, 0) / SECONDS, statuses


async def delays(
    stack: Stack, host: Person, guests: list[Guest], free: Iterator[tuple[int, date]], per_second: int
) -> list[float]:
    """Milliseconds from the row of an order's event, in its transaction, to the host's websocket."""
    arrived: dict[int, float] = {}
    request = HTTPRequest(f"ws{stack.url[4:]}/api/v1_0/live", headers={"Cookie": host.cookie})
    socket = await websocket_connect(request)
    await socket.write_message(json.dumps({"op": "hello", "last_seq": None}))

    async def listen() -> None:
        while (text := await socket.read_message()) is not None:
            message = json.loads(text)
            if message.get("kind") == "order":
                arrived[message["order_id"]] = time.time()

    listening = asyncio.create_task(listen())
    begun = time.monotonic()
    count = per_second * SECONDS
    tasks = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(guests[number % len(guests)].book(*next(free))))
    await asyncio.gather(*tasks)
    await asyncio.sleep(2)
    listening.cancel()
    socket.close()
    return await _since_written(stack, arrived)


async def _since_written(stack: Stack, arrived: dict[int, float]) -> list[float]:
    marks = ",".join(["%s"] * len(arrived))
    async with open_services(stack.settings) as services, services.database.reading() as cursor:
        await cursor.execute(
            f"SELECT order_id, created_at FROM order_events WHERE version = 1 AND order_id IN ({marks})",
            list(arrived),
        )
        written: dict[int, datetime] = {
            row["order_id"]: row["created_at"].replace(tzinfo=UTC) for row in await cursor.fetchall()
        }
    return [(arrived[order_id] - moment.timestamp()) * 1000 for order_id, moment in written.items()]


async def measure(stack: Stack) -> None:
    """Print both. The site has seeded houses; all of them go to one host, and the guests are seeded users."""
    async with open_services(stack.settings) as services:
        async with services.database.transaction() as cursor:
            await cursor.execute("SELECT id FROM users ORDER BY id")
            users = [row["id"] for row in await cursor.fetchall()]
            await cursor.execute("UPDATE houses SET owner_id = %s, min_nights = 1", (users[0],))
            await cursor.execute("SELECT id FROM houses WHERE status = 'online'")
            houses = [row["id"] for row in await cursor.fetchall()]
        host, *people = [await sign_in(services, user_id) for user_id in users[: CONNECTIONS + 1]]
    guests = [Guest(stack.url, person) for person in people]
    free = chances(houses)
    click.echo(f"{'order to the open page, ms':28}{'orders':>8}{'p50':>8}{'p99':>8}{'most':>8}")
    for per_second in RATES:
        fresh = [Guest(stack.url, people[number % len(people)]) for number in range(per_second * SECONDS)]
        found = sorted(await delays(stack, host, fresh, free, per_second))
        p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
        label = f"{per_second} orders/s"
        click.echo(f"{label:28}{len(found):8}{statistics.median(found):8.1f}{p99:8.1f}{found[-1]:8.1f}")
    orders, statuses = await rate(guests, free)
    click.echo(
        f"{orders:.0f} orders/s on distinct houses over {CONNECTIONS} connections; answers by status: {statuses}"
    )


def main(stack: Stack) -> None:
    """See `measure`."""
    asyncio.run(measure(stack))
