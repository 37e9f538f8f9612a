"""Bookings: how many a second, how soon the host's open page shows one, and who gets a night that all want."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from server.services import open_services
from tests.bench import watching
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.services import Services
    from tests.stack import Stack

CONNECTIONS = 16
SECONDS = 10
RATES = (1, 10, 50)
RACERS = 200
P50_MS, P99_MS = 20, 100


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


async def race(stack: Stack, people: list[Person], chance: tuple[int, date]) -> dict[int, int]:
    """Everybody wants the same night at once; how many answers had which status."""
    guests = [Guest(stack.url, person) for person in people]
    statuses = await asyncio.gather(*(guest.book(*chance) for guest in guests))
    return {status: statuses.count(status) for status in set(statuses)}


async def _people(stack: Stack, count: int) -> tuple[list[Person], list[int]]:
    """Seeded people, signed in, and houses that all belong to the first of them."""
    async with open_services(stack.settings) as services:
        async with services.database.transaction() as cursor:
            await cursor.execute("SELECT id FROM users ORDER BY id LIMIT %s", (count,))
            users = [row["id"] for row in await cursor.fetchall()]
            await cursor.execute(
                "UPDATE houses SET owner_id = %s, min_nights = 1, verified_guests = 0", (users[0],)
            )
            await cursor.execute("SELECT id FROM houses WHERE status = 'online'")
            houses = [row["id"] for row in await cursor.fetchall()]
        return [await sign_in(services, user_id) for user_id in users], houses


async def lines(stack: Stack) -> list[Line]:
    """Push, throughput, a race for one night, and watching by websocket against polling."""
    people, houses = await _people(stack, RACERS + 1)
    host, *others = people
    free = chances(houses)
    found = [await _push(stack, host, others, free, per_second) for per_second in RATES]
    orders, statuses = await rate([Guest(stack.url, one) for one in others[:CONNECTIONS]], free)
    unwanted = sum(count for status, count in statuses.items() if status >= 500)
    what = f"bookings on distinct houses, {CONNECTIONS} connections"
    found.append(Line(what, orders, "orders/s", budget=">= 200/s", judged=orders, limit=200, at_least=True))
    found.append(Line("5xx among them", unwanted, "answers", budget="0", judged=unwanted, limit=0))
    raced = await race(stack, others[:RACERS], next(free))
    told = ", ".join(f"{count} x {status}" for status, count in sorted(raced.items()))
    is_right = raced == {201: 1, 409: RACERS - 1}
    found.append(
        Line(f"{RACERS} guests, one night: {told}", raced.get(201, 0), "winners", budget="1, the rest 409",
             judged=int(is_right), limit=1, at_least=True)
    )  # fmt: skip
    found.append(await watching.line(stack, others[: watching.WATCHERS], Guest(stack.url, others[-1]), free))
    return found


async def _push(
    stack: Stack, host: Person, people: list[Person], free: Iterator[tuple[int, date]], per_second: int
) -> Line:
    guests = [Guest(stack.url, people[number % len(people)]) for number in range(per_second * SECONDS)]
    waits = sorted(await delays(stack, host, guests, free, per_second))
    p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    p50 = statistics.median(waits)
    is_judged = per_second == RATES[-1]
    holds = p50 <= P50_MS and p99 <= P99_MS and len(waits) == len(guests)
    return Line(
        f"order -> host's page, {per_second}/s: p50 (p99 {p99:.1f})", p50, "ms",
        budget=f"<= {P50_MS} / {P99_MS}" if is_judged else "", judged=int(holds) if is_judged else None,
        limit=1 if is_judged else None, at_least=True,
    )  # fmt: skip
