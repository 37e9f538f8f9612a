"""One listener's queue: bounded, in order, nothing after the end, and next to nothing while it waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.live.model import QUEUE_LIMIT, CloseCode, Listener


@pytest.fixture
def listener() -> Listener:
    return Listener("session", None)


def message(number: int) -> dict[str, Any]:
    return {"op": "house", "house": 1, "version": number}


def test_messages_come_in_order_and_then_none(listener: Listener) -> None:
    for number in range(3):
        listener.put(message(number))

    assert [listener.take() for _ in range(4)] == [message(0), message(1), message(2), None]


def test_one_more_than_it_may_be_behind_closes_it_and_drops_the_rest(listener: Listener) -> None:
    for number in range(QUEUE_LIMIT):
        listener.put(message(number))
    open_until_now, backlog = listener.close_code is None, listener.backlog

    listener.put(message(QUEUE_LIMIT))

    assert open_until_now
    assert backlog == QUEUE_LIMIT
    assert listener.close_code is CloseCode.TOO_SLOW
    assert listener.take() is None


def test_the_first_reason_to_close_counts_and_nothing_is_queued_after_it(listener: Listener) -> None:
    listener.close(CloseCode.SIGNED_OUT)
    listener.close(CloseCode.GOING_AWAY)
    listener.put(message(1))

    assert listener.close_code is CloseCode.SIGNED_OUT
    assert listener.backlog == 0


def test_who_heeds_it_is_told_of_each_message_and_of_the_end(listener: Listener) -> None:
    told: list[int] = []
    listener.heed(lambda: told.append(listener.backlog))

    listener.put(message(1))
    listener.put(message(2))
    listener.close(CloseCode.GOING_AWAY)
    listener.close(CloseCode.GOING_AWAY)

    assert told == [1, 2, 0]


async def _got(listener: Listener, *, happens: str) -> dict[str, Any] | None:
    waiting = asyncio.create_task(listener.get())
    await asyncio.sleep(0)
    if happens == "message":
        listener.put(message(1))
    elif happens == "end":
        listener.close(CloseCode.GOING_AWAY)
    async with asyncio.timeout(1 if happens == "nothing" else 20):
        return await waiting


def test_get_waits_for_a_message_or_for_the_end(listener: Listener) -> None:
    assert asyncio.run(_got(listener, happens="message")) == message(1)
    with pytest.raises(TimeoutError):
        asyncio.run(_got(listener, happens="nothing"))
    assert asyncio.run(_got(listener, happens="end")) is None
    assert asyncio.run(listener.get()) is None


def test_one_that_waits_has_no_dictionary_and_holds_no_room_for_messages(listener: Listener) -> None:
    listener.put(message(1))
    listener.take()

    assert not hasattr(listener, "__dict__")
    assert listener._queue == []
    assert listener._queue.__sizeof__() == [].__sizeof__()
