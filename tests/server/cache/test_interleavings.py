"""Slow readers against writers, in every order; each protection once with it switched off."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.cache.flights import Flights
from server.cache.shared import SharedEntries
from tests.server.cache.processes import KEY, Clock, Process, Row, process, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.cache.model import CacheKey, Outcome
    from tests.stack import Stack

BOUND_SECONDS = 1.0
Step = tuple[str, Any]

STEPS = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 1)),
    st.tuples(st.just("commit"), st.none()),
    st.tuples(st.just("drop"), st.integers(0, 1)),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("pass_time"), st.sampled_from([0.3, 0.7, 1.0])),
    st.tuples(st.just("evict"), st.none()),
)


@dataclass
class Reading:
    """A reader under way; `least` is the oldest version that it may get."""

    least: int
    row: Row
    task: asyncio.Task[int]


@dataclass
class World:
    """A row, two deaf processes that read it, and what was acknowledged to whom."""

    processes: list[Process]
    clock: Clock
    version: int = 1
    acknowledged: list[tuple[float, int, int]] = field(default_factory=list)  # when, process, version
    readings: list[Reading] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    async def read(self, index: int) -> None:
        """Begin to read. Whoever must load sees the row as it is now, and gets the answer later."""
        row = Row(self.version)
        row.gate.clear()
        one = self.processes[index]
        joined = one.reads("joined")
        task = asyncio.create_task(one.version(row))
        self.readings.append(Reading(self._least(index), row, task))
        await until(lambda: task.done() or row.begun.is_set() or one.reads("joined") > joined)
        self._check()

    async def commit(self, _: None) -> None:
        """A new version in the database; nobody was told yet."""
        self.version += 1

    async def drop(self, index: int) -> None:
        """A process drops what was committed."""
        version = self.version
        assert await self.processes[index].cache.drop(KEY.tag)
        self.acknowledged.append((self.clock.now, index, version))

    async def answer(self, position: int) -> None:
        """The database answers one of those who load."""
        loading = [reading for reading in self.readings if reading.row.begun.is_set()]
        if loading:
            chosen = loading[position % len(loading)]
            chosen.row.gate.set()
            await chosen.task
            await asyncio.sleep(0.001)  # those who joined get theirs
        self._check()

    async def pass_time(self, seconds: float) -> None:
        """The processes' clock goes on."""
        self.clock.now += seconds

    async def evict(self, _: None) -> None:
        """Redis forgets the generation."""
        await self.processes[0].cache.shared._renew(KEY.tag)

    async def end(self) -> None:
        """Everybody gets an answer, and everybody reads again."""
        while self.readings:
            await self.answer(0)
        for index in range(2):
            await self.read(index)
            await self.answer(0)

    def _least(self, index: int) -> int:
        known = [
            version
            for when, dropper, version in self.acknowledged
            if dropper == index or self.clock.now >= when + BOUND_SECONDS
        ]
        return max(known, default=1)

    def _check(self) -> None:
        for reading in [reading for reading in self.readings if reading.task.done()]:
            self.readings.remove(reading)
            if reading.task.result() < reading.least:
                self.violations.append(f"{reading.task.result()} instead of {reading.least}")


async def _violations(
    stack: Stack, steps: list[Step], switch_off: Callable[[World], None] = lambda _: None
) -> list[str]:
    clock = Clock()
    async with process(stack, clock=clock) as first, process(stack, clock=clock) as second:
        await first.cache.drop(KEY.tag)
        world = World([first, second], clock)
        switch_off(world)
        for name, argument in steps:
            await getattr(world, name)(argument)
        await world.end()
        return world.violations


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(steps=st.lists(STEPS, max_size=16))
def test_no_order_of_events_shows_an_older_version_than_promised(stack: Stack, steps: list[Step]) -> None:
    assert asyncio.run(_violations(stack, steps)) == []


class LateGeneration(SharedEntries):
    """The fault: the generation is looked up when the value is written, not before it is loaded."""

    async def store(self, key: CacheKey, generation: bytes, outcome: Outcome) -> None:
        """Write where readers look now."""
        found = await self.find(key)
        await super().store(key, found.generation or generation, outcome)


class NeverDetached(Flights):
    """The fault: a drop does not touch what is being read."""

    def detach(self, tags: object = None) -> None:
        """Nothing."""


def _late_generation(world: World) -> None:
    for one in world.processes:
        cache = one.cache
        cache.shared = LateGeneration(cache.shared._redis, one.metrics)
        cache.shared.breaker.patience = 100.0


def _fill_in_spite_of_a_drop(world: World) -> None:
    for one in world.processes:
        one.cache.flights = NeverDetached(BOUND_SECONDS)


def _join_however_old(world: World) -> None:
    for one in world.processes:
        one.cache.flights = Flights(math.inf)


def _valid_from_the_end(world: World) -> None:
    near = world.processes[0].cache.near
    put = near.put
    near.put = lambda key, outcome, _: put(key, outcome, world.clock.now + BOUND_SECONDS)  # type: ignore[method-assign]


SLOW_READER: list[Step] = [("read", 0), ("commit", None), ("drop", 1), ("answer", 0), ("read", 1)]
OWN_SLOW_READER: list[Step] = [("read", 0), ("commit", None), ("drop", 0), ("answer", 0), ("read", 0)]
LATE_JOINER: list[Step] = [
    ("read", 0),
    ("commit", None),
    ("drop", 1),
    ("pass_time", 1.0),
    ("read", 0),
    ("answer", 0),
]
SLOW_AND_KEPT: list[Step] = [
    ("read", 0),
    ("commit", None),
    ("drop", 1),
    ("pass_time", 0.9),
    ("answer", 0),
    ("pass_time", 0.9),
    ("read", 0),
]


@pytest.mark.parametrize(
    ("steps", "switch_off"),
    [
        pytest.param(SLOW_READER, _late_generation, id="generation before the load"),
        pytest.param(OWN_SLOW_READER, _fill_in_spite_of_a_drop, id="no filling after a drop"),
        pytest.param(LATE_JOINER, _join_however_old, id="only young readings are joined"),
        pytest.param(SLOW_AND_KEPT, _valid_from_the_end, id="validity from before the read"),
    ],
)
def test_each_protection_is_what_keeps_the_promise(
    stack: Stack, steps: list[Step], switch_off: Callable[[World], None]
) -> None:
    assert asyncio.run(_violations(stack, steps)) == []
    assert asyncio.run(_violations(stack, steps, switch_off)) != []


@pytest.mark.parametrize(("second_forget", "seen"), [("on", 2), ("off", 1)])
def test_what_is_read_while_redis_is_being_told_is_forgotten(
    stack: Stack, second_forget: str, seen: int
) -> None:
    async def scenario() -> int:
        row = Row()
        async with process(stack, clock=Clock()) as one:
            cache, tell, forget = one.cache, one.cache.shared.drop, one.cache._forget

            async def tell_slowly(tags: Any, origin: str) -> None:
                await one.version(row)  # from Redis: the old entry is still there
                assert len(cache.near) == 1
                await tell(tags, origin)
                if second_forget == "off":
                    cache._forget = lambda _tags=None: None  # type: ignore[method-assign]

            cache.shared.drop = tell_slowly  # type: ignore[method-assign]
            await one.version(row)
            row.version = 2
            await cache.drop(KEY.tag)
            cache._forget = forget  # type: ignore[method-assign]
            return await one.version(row)

    assert asyncio.run(scenario()) == seen
