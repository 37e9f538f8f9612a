"""How soon the host's open page shows an order."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from server.services import open_services
from tests.bench.bookings import SECONDS, arrivals, some_guests
from tests.bench.people import give_houses
from tests.bench.table import Line, percentile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tests.bench.people import Crowd, Person
    from tests.stack import Stack

RATES = (1, 10, 50)
P50_MS, P99_MS = 20, 100
LAST_ON_ITS_WAY_SECONDS = 2.0


@asynccontextmanager
async def listening(
    stack: Stack, people: Sequence[Person], told: Callable[[int], None]
) -> AsyncIterator[None]:
    """A websocket of each, open and greeted; `told` hears the id of every order that one of them is told of."""

    def hear(text: str | bytes | None) -> None:
        message = json.loads(text) if text else {}
        if message.get("kind") == "order":
            told(message["order_id"])

    sockets = []
    for person in people:
        request = HTTPRequest(f"ws{stack.url[4:]}/api/v1_0/live", headers={"Cookie": person.cookie})
        socket = await websocket_connect(request, on_message_callback=hear)
        await socket.write_message(json.dumps({"op": "hello", "last_seq": None}))
        sockets.append(socket)
    await asyncio.sleep(1)  # all are greeted
    try:
        yield
    finally:
        for socket in sockets:
            socket.close()


async def lines(stack: Stack, crowd: Crowd) -> list[Line]:
    """At each rate, all to one host."""
    await give_houses(stack, crowd.people[:1])
    return [await _line(stack, crowd, per_second) for per_second in RATES]


async def _line(stack: Stack, crowd: Crowd, per_second: int) -> Line:
    waits = await _delays(stack, crowd, per_second)
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    holds = p50 <= P50_MS and p99 <= P99_MS and len(waits) == per_second * SECONDS
    is_judged = per_second == RATES[-1]
    return Line(
        f"order -> host's page, {per_second}/s: p50 (p99 {p99:.1f})", p50, "ms",
        budget=f"<= {P50_MS} / {P99_MS}" if is_judged else "", judged=int(holds) if is_judged else None,
        limit=1 if is_judged else None, at_least=True,
    )  # fmt: skip


async def _delays(stack: Stack, crowd: Crowd, per_second: int) -> list[float]:
    """Milliseconds from the row of each order's event, in its transaction, to the host's websocket."""
    host, *others = crowd.people
    arrived: dict[int, float] = {}

    def told(order_id: int) -> None:
        arrived.setdefault(order_id, time.time())

    async with listening(stack, [host], told):
        await arrivals(some_guests(stack, others, per_second * SECONDS), crowd.free, per_second)
        await asyncio.sleep(LAST_ON_ITS_WAY_SECONDS)
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
