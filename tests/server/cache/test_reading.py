"""Reading through both caches: who answers, who loads, and what a drop does in two processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.cache import CacheKey, encode, shared
from server.cache.flights import Flight, Flights
from server.errors import NoSuchThing
from tests.server.cache.processes import KEY, Clock, Row, process, until

if TYPE_CHECKING:
    import redis

    from server.cache.model import Outcome
    from tests.stack import Stack


class NoSuchBoat(NoSuchThing):
    """A kind of its own."""


def _commands(server: redis.Redis) -> int:
    return int(server.info("stats")["total_commands_processed"])  # type: ignore[index, arg-type]


def test_the_first_reader_loads_the_next_process_asks_redis(stack: Stack) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one, process(stack) as other:
            first = await one.cache.read(KEY, row.load)
            second = await other.cache.read(KEY, row.load)

            assert first == second == encode({"version": 1})
            assert row.loads == 1
            assert (one.reads("miss"), other.reads("redis"), other.reads("miss")) == (1, 1, 0)

    asyncio.run(scenario())


def test_a_near_hit_sends_redis_nothing(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row, clock = Row(), Clock()
        async with process(stack, clock=clock) as one:
            await one.version(row)
            before = _commands(server)
            for _ in range(100):
                await one.version(row)
            assert _commands(server) - before == 1  # the question itself
            assert one.reads("near") == 100

            clock.now += 1.0  # the control: no near hit any more
            await one.version(row)
            assert _commands(server) - before > 2

    asyncio.run(scenario())


async def _stampede(stack: Stack, flights: Flights | None = None) -> tuple[int, set[bytes], int]:
    row = Row()
    row.gate.clear()
    async with process(stack) as one, process(stack) as other:
        one.cache.flights = flights or one.cache.flights
        readers = [
            asyncio.create_task(each.cache.read(KEY, row.load)) for each in (one, other) for _ in range(500)
        ]
        while row.loads < 2:  # noqa: ASYNC110 - both processes begin to load
            await asyncio.sleep(0.01)
        row.gate.set()
        answers = await asyncio.gather(*readers)
        return row.loads, {answer.body for answer in answers}, one.reads("joined")


def test_500_parallel_misses_are_one_load_in_each_process(stack: Stack) -> None:
    assert asyncio.run(_stampede(stack)) == (2, {b'{"version":1}'}, 499)


def test_without_the_single_flight_everybody_loads(stack: Stack) -> None:
    loads, _, _ = asyncio.run(_stampede(stack, Flights(join_seconds=0.0)))

    assert loads > 2


async def _leave_first(stack: Stack) -> tuple[object, ...]:
    row = Row()
    row.gate.clear()
    async with process(stack) as one:
        first = asyncio.create_task(one.cache.read(KEY, row.load))
        await row.begun.wait()
        second = asyncio.create_task(one.cache.read(KEY, row.load))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first})
        row.gate.set()
        answers = await asyncio.gather(first, second, return_exceptions=True)
        return (*(type(answer).__name__ for answer in answers), row.loads)


def test_a_reader_that_goes_away_stops_only_itself(stack: Stack) -> None:
    assert asyncio.run(_leave_first(stack)) == ("CancelledError", "Cached", 1)


def test_without_the_shield_it_stops_the_others(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bare(flight: Flight) -> Outcome:
        return await flight.task

    monkeypatch.setattr(Flight, "landing", bare)

    assert asyncio.run(_leave_first(stack)) == ("CancelledError", "CancelledError", 1)


def test_a_reading_that_everybody_left_ends_quietly(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()

        async def fail() -> object:
            await gate.wait()
            raise ValueError("nobody listens")

        async with process(stack) as one:
            only = asyncio.create_task(one.cache.read(KEY, fail))
            await asyncio.sleep(0.05)
            only.cancel()
            await asyncio.wait({only})
            gate.set()
            await asyncio.sleep(0.05)

    asyncio.run(scenario())

    assert caplog.records == []


def test_closing_ends_what_is_being_read(stack: Stack) -> None:
    async def scenario() -> None:
        row = Row()
        row.gate.clear()
        async with process(stack) as one:
            reader = asyncio.create_task(one.cache.read(KEY, row.load))
            await row.begun.wait()
        with pytest.raises(asyncio.CancelledError):
            await reader

    asyncio.run(scenario())


def test_what_load_raises_reaches_all_its_readers_and_is_not_kept(stack: Stack) -> None:
    async def scenario() -> None:
        row, loads = Row(), 0

        async def fail() -> object:
            nonlocal loads
            loads += 1
            await asyncio.sleep(0.02)
            raise ValueError("broken")

        async with process(stack) as one:
            ends = await asyncio.gather(
                *(one.cache.read(KEY, fail) for _ in range(5)), return_exceptions=True
            )

            assert {type(end) for end in ends} == {ValueError}
            assert loads == 1
            assert await one.version(row) == 1

    asyncio.run(scenario())


def test_nothing_there_is_kept_as_the_same_refusal_and_dropped_like_a_value(stack: Stack) -> None:
    async def scenario() -> None:
        row, loads = Row(), 0

        async def miss() -> object:
            nonlocal loads
            loads += 1
            raise NoSuchBoat

        async with process(stack) as one, process(stack) as other:
            refusals = []
            for each in (one, one, other):
                with pytest.raises(NoSuchThing) as refused:
                    await each.cache.read(KEY, miss)
                refusals.append(refused.value)
            assert [type(refusal) for refusal in refusals] == [NoSuchBoat] * 3
            assert len({id(refusal) for refusal in refusals}) == 3
            assert loads == 1

            await one.cache.drop(KEY.tag)
            assert await one.version(row) == 1

    asyncio.run(scenario())


def test_a_refusal_that_speaks_of_one_request_is_not_kept(stack: Stack) -> None:
    async def scenario() -> int:
        loads = 0

        async def miss() -> object:
            nonlocal loads
            loads += 1
            raise NoSuchBoat(name="Anna")

        async with process(stack) as one:
            for _ in range(2):
                with pytest.raises(NoSuchBoat):
                    await one.cache.read(KEY, miss)
        return loads

    assert asyncio.run(scenario()) == 2


@pytest.mark.parametrize(("outcome", "seconds"), [("value", 300), ("nothing", 10)])
def test_an_entry_lives_for_its_time_in_redis(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, outcome: str, seconds: int
) -> None:
    async def load() -> object:
        if outcome == "nothing":
            raise NoSuchBoat
        return 1

    async def scenario() -> list[str]:
        seen, now = [], shared.time.time()
        async with process(stack) as one:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(shared.time, "time", lambda: now)
                await asyncio.gather(one.cache.read(KEY, load), return_exceptions=True)
            for later in (seconds * 0.79, seconds * 1.01):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(shared.time, "time", lambda later=later: now + later)
                    found = await one.cache.shared.find(KEY)
                seen.append("there" if found.outcome else "over")
        return seen

    assert asyncio.run(scenario()) == ["there", "over"]


def test_every_key_of_the_cache_expires_by_itself(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        async with process(stack) as one:
            await one.version(Row())

    asyncio.run(scenario())

    lives = {key.split(":")[2]: server.ttl(key) for key in server.scan_iter("*")}
    assert set(lives) == {"generation", "entries"}
    assert 240 <= lives["entries"] <= 300
    assert 3500 <= lives["generation"] <= 3600


def test_a_hash_of_very_many_names_is_left_for_a_new_one(
    stack: Stack, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MAX_NAMES", 3)

    async def scenario() -> None:
        row = Row()
        async with process(stack) as one:
            for number in range(5):
                await one.version(row, CacheKey("lists", str(number), 300))

    asyncio.run(scenario())

    assert sorted(server.hlen(key) for key in server.scan_iter("*entries*")) == [1, 4]


def test_a_drop_is_seen_at_once_where_it_was_made(stack: Stack) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack, clock=Clock()) as one:
            assert await one.version(row) == 1
            row.version = 2
            assert await one.version(row) == 1  # the control: it was cached

            assert await one.cache.drop("house:6", KEY.tag)

            assert await one.version(row) == 2

    asyncio.run(scenario())


def test_a_drop_of_nothing_asks_nobody(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> int:
        async with process(stack) as one:
            before = _commands(server)
            assert await one.cache.drop()
            return _commands(server) - before

    assert asyncio.run(scenario()) == 1


def test_another_process_hears_of_a_drop(stack: Stack) -> None:
    async def scenario() -> None:
        row, standing = Row(), Clock()
        async with process(stack) as one, process(stack, listening=True, clock=standing) as other:
            assert await other.version(row) == 1
            row.version = 2

            await one.cache.drop(KEY.tag)
            await until(lambda: other.cache.near.find(KEY, standing()) is None)

            assert await other.version(row) == 2

    asyncio.run(scenario())


def test_a_process_that_hears_nothing_is_late_by_a_second_at_most(stack: Stack) -> None:
    async def scenario() -> list[int]:
        row, clock = Row(), Clock()
        async with process(stack) as one, process(stack, clock=clock) as deaf:
            seen = [await deaf.version(row)]
            row.version = 2
            await one.cache.drop(KEY.tag)
            for seconds in (0.99, 0.01):
                clock.now += seconds
                seen.append(await deaf.version(row))
            return seen

    assert asyncio.run(scenario()) == [1, 1, 2]


@pytest.mark.parametrize("message", ["no JSON", "{}", "[]", '{"from":"x","tags":5}'])
def test_a_message_that_cannot_be_read_drops_everything(
    stack: Stack, server: redis.Redis, message: str
) -> None:
    async def scenario() -> None:
        row, standing = Row(), Clock()
        async with process(stack, listening=True, clock=standing) as one:
            await one.version(row)
            server.publish("ihome:cache:drops", message)
            await until(lambda: len(one.cache.near) == 0)
            assert one.cache.feed.connected.is_set()

    asyncio.run(scenario())


def test_a_lost_subscription_empties_the_near_cache(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> list[int]:
        row, standing = Row(), Clock()
        async with process(stack, listening=True, clock=standing) as one:
            seen = [await one.version(row)]
            row.version = 2
            server.delete(f"ihome:cache:generation:{KEY.tag}")  # a drop whose message was lost
            seen.append(await one.version(row))

            server.client_kill_filter(_type="pubsub")
            await until(lambda: len(one.cache.near) == 0)

            seen.append(await one.version(row))
            await one.cache.feed.connected.wait()
            return seen

    assert asyncio.run(scenario()) == [1, 1, 2]


def test_after_a_lost_subscription_drops_are_heard_again(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row, standing = Row(), Clock()
        async with process(stack) as one, process(stack, listening=True, clock=standing) as other:
            server.client_kill_filter(_type="pubsub")
            await until(lambda: not other.cache.feed.connected.is_set())
            await other.cache.feed.connected.wait()
            assert await other.version(row) == 1
            row.version = 2

            await one.cache.drop(KEY.tag)
            await until(lambda: other.cache.near.find(KEY, standing()) is None)

            assert await other.version(row) == 2

    asyncio.run(scenario())


def test_a_process_can_stop_at_any_moment_of_its_start(stack: Stack) -> None:
    async def scenario() -> None:
        for turns in range(0, 60, 2):  # redis-py swallows a cancellation at some of them
            async with process(stack, listening=True, connected=False):
                for _ in range(turns):
                    await asyncio.sleep(0)

    asyncio.run(scenario())
