"""People who watch their orders: a websocket each, or the usual request every second. What it costs the server."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import httpx

from tests.bench import costs
from tests.bench.people import Guest, give_houses
from tests.bench.push import LAST_ON_ITS_WAY_SECONDS, listening
from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.people import Crowd, Person
    from tests.stack import Stack

WATCHERS = 100
ROUNDS = 3
SECONDS = 6
EVENTS_PER_SECOND = 4
SOCKETS_SCALE = 1000 / WATCHERS * 60 / SECONDS  # to a thousand people for a minute
POLLS = 1000 * 60
SITE, WEB = "site", "web"
PATH = "/api/v1_0/orders?role=host"


async def lines(stack: Stack, crowd: Crowd) -> list[Line]:
    """CPU seconds for 1,000 hosts who watch for a minute while the same orders come; of those alone, nothing."""
    watchers, guest = crowd.people[:WATCHERS], crowd.people[WATCHERS]
    await give_houses(stack, watchers)
    orders = _Orders(stack, Guest(stack.url, guest), crowd)
    pushed: dict[str, list[float]] = {WEB: [], SITE: []}
    polled: dict[str, list[float]] = {WEB: [], SITE: []}
    for _ in range(ROUNDS):  # in turns
        alone = await orders.cost()
        for who, cost in (await _listen(stack, watchers, orders)).items():
            pushed[who].append((cost - alone[who]) * SOCKETS_SCALE)
        costs_of_polls, answers = await _poll(stack, watchers, orders)
        for who, cost in costs_of_polls.items():
            polled[who].append((cost - alone[who]) / answers * POLLS)
    named = {WEB: "web process", SITE: "web, worker, MariaDB, Redis"}
    return [
        Line(f"1,000 hosts watch a minute: {name}", max(0.01, statistics.median(pushed[who])), "CPU s",
             "a request every second each", statistics.median(polled[who]))
        for who, name in named.items()
    ]  # fmt: skip


class _Orders:
    """Orders of the watchers' houses, at a steady rate."""

    def __init__(self, stack: Stack, guest: Guest, crowd: Crowd) -> None:
        self._stack, self._guest, self._free = stack, guest, crowd.free
        self.placed = 0

    async def cost(self) -> dict[str, float]:
        """CPU seconds of the web process and of the whole site while they come, whatever else goes on meanwhile."""
        await costs.settle(self._stack)
        before = costs.spent(self._stack)
        await self._place()
        used = costs.between(before, costs.spent(self._stack))
        return {WEB: used["web"], SITE: sum(used.values())}

    async def _place(self) -> None:
        begun = time.monotonic()
        for number in range(SECONDS * EVENTS_PER_SECOND):
            await asyncio.sleep(max(0.0, begun + number / EVENTS_PER_SECOND - time.monotonic()))
            self.placed += await self._guest.book(*next(self._free)) == 201
        await asyncio.sleep(max(0.0, begun + SECONDS - time.monotonic()))


async def _listen(stack: Stack, people: Sequence[Person], orders: _Orders) -> dict[str, float]:
    """With a websocket each. Raises RuntimeError when a host was not told of an order."""
    told: set[int] = set()
    async with listening(stack, people, told.add):
        placed = orders.placed
        cost = await orders.cost()
        await costs.settle(stack)
        await asyncio.sleep(LAST_ON_ITS_WAY_SECONDS)
    if len(told) != orders.placed - placed:
        raise RuntimeError(f"{orders.placed - placed} orders, but the hosts were told of {len(told)}")
    return cost


async def _poll(stack: Stack, people: Sequence[Person], orders: _Orders) -> tuple[dict[str, float], int]:
    """With a request every second each, spread over the second; and how many were answered meanwhile."""
    limits = httpx.Limits(max_connections=len(people), max_keepalive_connections=len(people))
    begun = time.monotonic()
    answers = 0

    async def ask(client: httpx.AsyncClient, person: Person, phase: float) -> None:
        nonlocal answers
        due = begun + phase
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            answer = await client.get(PATH, headers={"Cookie": person.cookie})
            answers += answer.status_code == 200  # a busy machine's site says 503 now and then
            due = max(due + 1, time.monotonic())

    async with (
        httpx.AsyncClient(base_url=stack.url, trust_env=False, limits=limits, timeout=30) as client,
        asyncio.TaskGroup() as asking,
    ):
        tasks = [
            asking.create_task(ask(client, person, number / len(people)))
            for number, person in enumerate(people)
        ]
        await asyncio.sleep(1.5)  # all have asked once, and keep their connections
        answered = answers
        cost = await orders.cost()
        answered = answers - answered
        for task in tasks:
            task.cancel()
    return cost, answered
