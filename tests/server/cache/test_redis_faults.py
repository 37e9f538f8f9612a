"""Redis stopped, killed, full, read-only, emptied or full of garbage: a miss, never an error, and no drop is lost."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from server.cache import CacheKey, breaker, shared
from server.errors import StoreUnavailable
from tests.server.cache.processes import KEY, Clock, Row, process, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

    from tests.stack import Stack

GENERATION = f"ihome:cache:generation:{KEY.tag}"


@contextmanager
def stopped(stack: Stack) -> Iterator[None]:
    """Redis keeps its connections and says nothing."""
    stack.send("redis", signal.SIGSTOP)
    try:
        yield
    finally:
        stack.send("redis", signal.SIGCONT)


@contextmanager
def gone(stack: Stack) -> Iterator[None]:
    """Redis does not run; it comes back with what it had."""
    stack.stop("redis")
    try:
        yield
    finally:
        stack.start_redis()


@contextmanager
def configured(server: redis.Redis, name: str, value: str) -> Iterator[None]:
    """One of Redis's options, put back at the end."""
    before = server.config_get(name)[name]  # type: ignore[index]
    server.config_set(name, value)
    try:
        yield
    finally:
        server.config_set(name, before)


def _entries(server: redis.Redis) -> str:
    (key,) = server.scan_iter("ihome:cache:entries:*")
    return str(key)


def test_what_redis_may_cost_a_read_is_a_quarter_of_a_second() -> None:
    assert shared.FIND_SECONDS + shared.STORE_SECONDS + shared.RENEW_SECONDS <= 0.25


def test_a_silent_redis_is_a_miss_and_only_one_reader_finds_out(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAIL_FAST_SECONDS", 60.0)

    async def scenario() -> tuple[int, int]:
        row, asked = Row(), 0
        async with process(stack, patience=1.0) as one:
            find = one.cache.shared._find

            async def count(key: CacheKey) -> shared.Found:
                nonlocal asked
                asked += 1
                return await find(key)

            one.cache.shared._find = count  # type: ignore[method-assign]
            with stopped(stack):
                for number in range(20):
                    assert await one.version(row, CacheKey("lists", str(number), 300)) == 1
                return asked, one.failures("read")

    assert asyncio.run(scenario()) == (1, 20)


def test_readers_that_come_while_redis_is_tried_do_not_wait_for_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "FAIL_FAST_SECONDS", 0.0)

    async def scenario() -> None:
        row = Row()
        async with process(stack, patience=1.0) as one:
            with stopped(stack):
                await one.version(row)
                monkeypatch.setattr(breaker, "FAIL_FAST_SECONDS", 60.0)
                trying = asyncio.create_task(one.version(row, CacheKey("lists", "a", 300)))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                one.cache.shared.breaker.patience = 1000.0  # whoever waited now would not come back

                assert await one.version(row, CacheKey("lists", "b", 300)) == 1
                assert not trying.done()
                await trying

    asyncio.run(scenario())


def test_redis_is_used_again_after_it_woke_up(stack: Stack) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one, process(stack, patience=1.0) as other:
            await one.version(row)
            with stopped(stack):
                await other.version(row, CacheKey("lists", "a", 300))

            while other.reads("redis") == 0:
                other.cache.near.clear()
                await other.version(row)
                await asyncio.sleep(0.05)

    asyncio.run(scenario())


def test_a_redis_that_does_not_run_is_a_miss_and_a_drop_says_so(stack: Stack) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one:
            await one.version(row)
            with gone(stack):
                row.version = 2

                assert not await one.cache.drop(KEY.tag)
                assert await one.version(row) == 2
                with pytest.raises(StoreUnavailable):
                    await one.cache.drop_or_raise(KEY.tag)
                assert one.failures("drop") == 2

    asyncio.run(scenario())


async def _write_while_redis_is_gone(stack: Stack, *, telling: bool) -> tuple[int, int]:
    """What the writing process and another one read after Redis came back with what it had."""
    row, clock = Row(), Clock()
    async with (
        process(stack, listening=telling, clock=clock) as writer,
        process(stack, clock=clock) as reader,
    ):
        await reader.version(row)
        with gone(stack):
            row.version = 2
            assert not await writer.cache.drop(KEY.tag)
        if telling:
            await until(lambda: not writer.cache._owed)
        clock.now += 1.0
        return await writer.version(row), await reader.version(row)


def test_a_drop_that_could_not_be_told_is_told_when_redis_is_back(stack: Stack) -> None:
    assert asyncio.run(_write_while_redis_is_gone(stack, telling=True)) == (2, 2)


def test_until_it_is_told_only_the_writing_process_knows(stack: Stack) -> None:
    assert asyncio.run(_write_while_redis_is_gone(stack, telling=False)) == (2, 1)


def test_the_outbox_can_tell_it_too(stack: Stack) -> None:
    async def scenario() -> list[int]:
        row, clock = Row(), Clock()
        async with process(stack) as worker, process(stack, clock=clock) as reader:
            seen = [await reader.version(row)]
            row.version = 2
            clock.now += 1.0
            seen.append(await reader.version(row))

            await worker.cache.drop_or_raise(KEY.tag)
            clock.now += 1.0

            return [*seen, await reader.version(row)]

    assert asyncio.run(scenario()) == [1, 1, 2]


def test_a_late_success_does_not_settle_what_a_later_write_owes(stack: Stack) -> None:
    async def scenario() -> None:
        async with process(stack) as one:
            cache, tell = one.cache, one.cache.shared.drop
            reply = asyncio.Event()

            async def tell_and_wait(tags: tuple[str, ...], origin: str) -> None:
                await tell(tags, origin)
                await reply.wait()

            async def refuse(tags: tuple[str, ...], origin: str) -> None:
                raise StoreUnavailable("redis")

            cache.shared.drop = tell_and_wait  # type: ignore[method-assign, assignment]
            early = asyncio.create_task(cache.drop(KEY.tag))
            await asyncio.sleep(0.05)
            cache.shared.drop = refuse  # type: ignore[method-assign, assignment]
            assert not await cache.drop(KEY.tag)
            reply.set()
            assert await early

            assert set(cache._owed) == {KEY.tag}
            cache.shared.drop = tell  # type: ignore[method-assign]
            assert await cache.drop(KEY.tag)
            assert cache._owed == {}

    asyncio.run(scenario())


def test_broken_connections_are_made_anew(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one:
            await one.version(row)
            one.cache.near.clear()
            server.client_kill_filter(_type="normal", skipme=True)

            assert await one.version(row) == 1
            assert (one.reads("redis"), one.failures("read")) == (1, 0)

    asyncio.run(scenario())


def test_an_emptied_redis_is_a_miss(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one, process(stack) as other:
            await one.version(row)
            server.flushall()

            assert await other.version(row) == 1
            assert (other.reads("miss"), other.failures("read")) == (1, 0)

    asyncio.run(scenario())


def test_a_full_redis_is_a_miss_and_drops_go_on(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row, clock = Row(), Clock()
        async with process(stack, clock=clock) as one, process(stack) as other:
            await one.version(row)
            with configured(server, "maxmemory", "1"):
                assert await other.version(row) == 1
                row.version = 2
                assert await one.cache.drop(KEY.tag)
                assert await one.version(row) == 2
                assert one.failures("read") == 1

            clock.now += 1.0
            assert await one.version(row) == 2
            assert one.failures("read") == 1

    asyncio.run(scenario())


def test_a_redis_that_takes_no_writes_still_answers_and_refuses_drops(
    stack: Stack, server: redis.Redis
) -> None:
    async def scenario() -> None:
        row, other_key = Row(), CacheKey("lists", "a", 300)
        async with process(stack) as one:
            await one.version(row)
            one.cache.near.clear()
            with configured(server, "min-replicas-to-write", "1"):
                assert await one.version(row) == 1
                assert await one.version(row, other_key) == 1
                assert await one.version(row, KEY) == 1
                assert one.reads("redis") == 1
                row.version = 2
                assert not await one.cache.drop(KEY.tag)
                assert await one.version(row) == 2

    asyncio.run(scenario())


def _wrong_type_of_generation(server: redis.Redis) -> None:
    server.delete(GENERATION)
    server.lpush(GENERATION, "x")


def _garbage_as_generation(server: redis.Redis) -> None:
    server.set(GENERATION, b"\xff\x00 *")


def _wrong_type_of_entries(server: redis.Redis) -> None:
    entries = _entries(server)
    server.delete(entries)
    server.set(entries, "x")


def _garbage_as_entry(server: redis.Redis) -> None:
    server.hset(_entries(server), KEY.name, b"\x80\x00 garbage that is longer than a header")


def _copy_to_another_name(server: redis.Redis) -> None:
    server.eval("redis.call('HSET', KEYS[1], 'en', redis.call('HGET', KEYS[1], 'zh'))", 1, _entries(server))


@pytest.mark.parametrize(
    "spoil",
    [_wrong_type_of_generation, _garbage_as_generation, _wrong_type_of_entries, _garbage_as_entry],
)
def test_garbage_in_redis_is_a_miss_and_is_stepped_over(
    stack: Stack, server: redis.Redis, spoil: object
) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one, process(stack) as other:
            await one.version(row)
            spoil(server)  # type: ignore[operator]

            for _ in range(3):  # a miss; perhaps another one that writes; a hit
                one.cache.near.clear()
                assert await one.version(row) == 1

            assert await other.version(row) == 1
            assert other.reads("redis") == 1

    asyncio.run(scenario())


def test_an_entry_under_another_name_is_a_miss(stack: Stack, server: redis.Redis) -> None:
    async def scenario() -> None:
        row = Row()
        async with process(stack) as one:
            await one.version(row)
            _copy_to_another_name(server)
            row.version = 2

            assert await one.version(row, CacheKey(KEY.tag, "en", 300)) == 2

    asyncio.run(scenario())


def test_an_evicted_generation_is_a_miss_and_brings_nothing_old_back(
    stack: Stack, server: redis.Redis
) -> None:
    async def scenario() -> None:
        row, clock = Row(), Clock()
        async with process(stack, clock=clock) as slow, process(stack, clock=clock) as one:
            row.gate.clear()
            reader = asyncio.create_task(slow.version(row))
            await row.begun.wait()
            row.version = 2
            server.delete(GENERATION)
            row.gate.set()
            assert await reader == 1

            assert await one.version(row) == 2
            clock.now += 1.0
            assert await slow.version(row) == 2

    asyncio.run(scenario())
