"""Bookings: how many a second and what each costs, how soon they are answered, who gets a night that all want."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import costs
from tests.bench.people import Guest, give_houses
from tests.bench.table import Line, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.people import Chance, Crowd, Person
    from tests.stack import Stack

CONNECTIONS = 16
SECONDS = 10
PER_SECOND = 50
RACERS = 200
CLIENT = "the bench itself"
LEAST_A_SECOND, P99_MS, RACE_MS = 200, 150, 1000
WEB_MS = 1000 / LEAST_A_SECOND  # of one core that the web process has to itself


@dataclass(frozen=True)
class Answer:
    """Of one booking; the time counts from when it was due."""

    status: int
    ms: float


async def rate(guests: Sequence[Guest], free: Iterator[Chance]) -> tuple[float, Counter[int]]:
    """Seconds, with all guests booking as fast as they are answered, and how many answers had which status."""
    begun = time.monotonic()
    statuses: Counter[int] = Counter()

    async def go(guest: Guest) -> None:
        while time.monotonic() < begun + SECONDS:
            statuses[await guest.book(*next(free))] += 1

    await asyncio.gather(*(go(guest) for guest in guests))
    return time.monotonic() - begun, statuses


async def arrivals(guests: Sequence[Guest], free: Iterator[Chance], per_second: float) -> list[Answer]:
    """One booking of each guest at an open rate: a slow answer delays no later one."""
    await asyncio.gather(*(guest.connect() for guest in guests))
    begun = time.monotonic()

    async def go(number: int, guest: Guest) -> Answer:
        due = begun + number / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        status = await guest.book(*next(free))
        return Answer(status, 1000 * (time.monotonic() - due))

    return await asyncio.gather(*(go(number, guest) for number, guest in enumerate(guests)))


def some_guests(stack: Stack, people: Sequence[Person], count: int) -> list[Guest]:
    """So many connections of these people."""
    return [Guest(stack.url, people[number % len(people)]) for number in range(count)]


async def lines(stack: Stack, crowd: Crowd) -> list[Line]:
    """As many as it can, what one costs, and the answers at an open rate. Hosts are others than guests."""
    guests, hosts = crowd.people[:CONNECTIONS], crowd.people[CONNECTIONS:]
    await give_houses(stack, hosts)
    await costs.settle(stack)
    before = {**costs.spent(stack), CLIENT: time.process_time()}
    seconds, statuses = await rate(some_guests(stack, guests, CONNECTIONS), crowd.free)
    begun_settling = time.monotonic()
    await costs.settle(stack)
    seconds_in_all = seconds + time.monotonic() - begun_settling
    used = costs.between(before, {**costs.spent(stack), CLIENT: time.process_time()})
    orders = statuses[201] / seconds
    return [
        Line(f"bookings on distinct houses, {CONNECTIONS} connections", orders, "orders/s",
             budget=f">= {LEAST_A_SECOND}/s", judged=orders, limit=LEAST_A_SECOND, at_least=True),
        *costs.lines("for each of them", used, statuses[201], seconds_in_all, WEB_MS),
        await _answers(stack, crowd, guests),
        _unwanted(statuses),
    ]  # fmt: skip


async def race(stack: Stack, crowd: Crowd) -> list[Line]:
    """Everybody wants the same night at once."""
    host, *others = crowd.people
    await give_houses(stack, [host])
    chance = next(crowd.free)
    guests = some_guests(stack, others, RACERS)
    wishes = iter([chance] * RACERS)
    answers = await arrivals(guests, wishes, float("inf"))
    statuses = Counter(answer.status for answer in answers)
    told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    last = max(answer.ms for answer in answers)
    return [
        Line(f"{RACERS} guests, one night: {told}", statuses[201], "winners", budget="1, the rest 409",
             judged=int(statuses == {201: 1, 409: RACERS - 1}), limit=1, at_least=True),
        Line("the last of their answers", last, "ms", budget=f"<= {RACE_MS} ms", judged=last, limit=RACE_MS),
    ]  # fmt: skip


async def _answers(stack: Stack, crowd: Crowd, guests: Sequence[Person]) -> Line:
    answers = await arrivals(
        some_guests(stack, guests, 2 * SECONDS * PER_SECOND), crowd.free, float(PER_SECOND)
    )
    times = [answer.ms for answer in answers]
    booked = sum(answer.status == 201 for answer in answers)
    p99 = percentile(times, 0.99)
    return Line(
        f"answers at {PER_SECOND} bookings/s ({booked} of {len(answers)} x 201): p99", p99, "ms",
        "their p50", percentile(times, 0.5), f"<= {P99_MS} ms", p99, P99_MS,
    )  # fmt: skip


def _unwanted(statuses: Counter[int]) -> Line:
    count = sum(number for status, number in statuses.items() if status >= 500)
    return Line("5xx among the bookings", count, "answers", budget="0", judged=count, limit=0)
