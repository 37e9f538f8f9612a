"""The hub ends when it is told to, also when the word comes in the moment in which a command ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from server.live import hub
from server.live.hub import ResultFeed
from server.redis import open_redis

if TYPE_CHECKING:
    import pytest

    from tests.stack import Stack

SUBSCRIBED = f"{hub.RESULT_KEY}some-task"


async def cancel_while_it_subscribes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the hub ended, though the subscription swallowed the cancellation as asyncio.wait_for may."""
    under_way = asyncio.Event()
    subscribe = PubSub.subscribe

    async def swallows(self: PubSub, *channels: str) -> Any:
        answer = await subscribe(self, *channels)
        if any(channel.endswith(SUBSCRIBED) for channel in channels):
            under_way.set()
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                return answer
        return answer

    monkeypatch.setattr(PubSub, "subscribe", swallows)
    settings = stack.settings
    async with (
        open_redis(settings.redis_url, settings.redis_prefix) as redis,
        Redis.from_url(settings.redis_url, decode_responses=True) as sub,
    ):
        feed = ResultFeed(redis, sub)
        running = asyncio.create_task(feed.run())
        async with asyncio.timeout(20):
            await feed.connected.wait()
            feed.watch("some-task", lambda _meta: None)
            await under_way.wait()
        running.cancel()
        done, _ = await asyncio.wait({running}, timeout=1.0)
        running.cancel()  # the control's, whose first one was swallowed
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return bool(done)


def test_a_cancellation_in_the_moment_of_a_command_ends_the_hub(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asyncio.run(cancel_while_it_subscribes(stack, monkeypatch))


def test_without_a_look_for_it_the_hub_would_stay(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(hub, "heed_cancellation", lambda: None)

    assert not asyncio.run(cancel_while_it_subscribes(stack, monkeypatch))
