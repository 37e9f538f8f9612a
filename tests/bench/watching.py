"""People who watch their orders: a websocket each, or the usual request every second. What it costs the server."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.bench.servers import cpu_seconds
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from datetime import date

    from tests.bench.bookings import Guest, Person
    from tests.stack import Stack

WATCHERS = 100
SECONDS = 15.0
EVENTS_PER_SECOND = 4.0
API = "/api/v1_0"


async def line(stack: Stack, people: list[Person], guest: Guest, free: Iterator[tuple[int, date]]) -> Line:
    """CPU seconds of the web process for 1,000 people who watch for a minute, while the same events happen."""
    alone = await _cost(stack, guest, free, lambda: asyncio.sleep(SECONDS))
    pushed = await _cost(stack, guest, free, lambda: _listen(stack, people))
    polled = await _cost(stack, guest, free, lambda: _poll(stack, people))
    scale = 1000 / len(people) * 60 / SECONDS
    figure, compared = max(0.01, (pushed - alone) * scale), (polled - alone) * scale
    return Line(
        "1,000 people watching for a minute", figure, "CPU s", "a request every second each", compared
    )


async def _cost(
    stack: Stack,
    guest: Guest,
    free: Iterator[tuple[int, date]],
    watching: Callable[[], Coroutine[None, None, None]],
) -> float:
    """CPU seconds of the web process while they watch and orders come."""
    pid = stack.pid("serve")
    before = cpu_seconds(pid)
    orders = asyncio.create_task(_order(guest, free))
    await watching()
    await orders
    return cpu_seconds(pid) - before


async def _order(guest: Guest, free: Iterator[tuple[int, date]]) -> None:
    begun = time.monotonic()
    for number in range(int(SECONDS * EVENTS_PER_SECOND)):
        await asyncio.sleep(max(0.0, begun + number / EVENTS_PER_SECOND - time.monotonic()))
        await guest.book(*next(free))


async def _listen(stack: Stack, people: list[Person]) -> None:
    sockets = []
    for person in people:
        request = HTTPRequest(f"ws{stack.url[4:]}{API}/live", headers={"Cookie": person.cookie})
        socket = await websocket_connect(request)
        await socket.write_message(json.dumps({"op": "hello", "last_seq": None}))
        sockets.append(socket)
    await asyncio.sleep(SECONDS)
    for socket in sockets:
        socket.close()


async def _poll(stack: Stack, people: list[Person]) -> None:
    limits = httpx.Limits(max_connections=len(people), max_keepalive_connections=len(people))
    end = time.monotonic() + SECONDS

    async def ask(client: httpx.AsyncClient, person: Person) -> None:
        while time.monotonic() < end:
            await client.get(f"{API}/orders?role=host", headers={"Cookie": person.cookie})
            await asyncio.sleep(1)

    async with httpx.AsyncClient(base_url=stack.url, trust_env=False, limits=limits, timeout=30) as client:
        await asyncio.gather(*(ask(client, person) for person in people))
