"""The door of the live channel, and what those who come through it cost MySQL."""

from __future__ import annotations

import asyncio

import pytest

from server.errors import Overloaded, StoreUnavailable
from server.live import door as doors
from server.live.door import Door
from server.live.model import REPLAY_LIMIT, CloseCode, Listener, LiveEvent
from server.live.replays import READ_AT_ONCE, Replays


class Busy:
    """Counts how many are at it at once."""

    def __init__(self) -> None:
        self.now = self.most = self.done = 0

    async def work(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        self.done += 1


class Logs:
    """A live service whose every user had as many events as its id says; what was purged is there no more."""

    def __init__(self) -> None:
        self.statements: list[list[int]] = []
        self.reading = Busy()
        self.broken = False
        self.purged: range = range(0)

    async def last_seqs(self, user_ids: list[int]) -> dict[int, int]:
        self.statements.append(user_ids)
        await asyncio.sleep(0.001)
        if self.broken:
            raise StoreUnavailable("mysql")
        return {user_id: user_id for user_id in user_ids if user_id}

    async def after(self, user_id: int, seq: int) -> list[LiveEvent]:
        await self.reading.work()
        seqs = [one for one in range(seq + 1, user_id + 1) if one not in self.purged]
        return [LiveEvent(one, "profile", {}) for one in seqs[:REPLAY_LIMIT]]


@pytest.fixture
def logs() -> Logs:
    return Logs()


@pytest.fixture
def replays(logs: Logs) -> Replays:
    return Replays(logs)  # type: ignore[arg-type]


def listener(user_id: int) -> Listener:
    return Listener(f"session-{user_id}", user_id)


async def come(door: Door, count: int) -> Busy:
    busy = Busy()

    async def one() -> None:
        async with door.turn():
            await busy.work()

    await asyncio.gather(*(one() for _ in range(count)))
    return busy


def test_a_crowd_is_let_in_a_few_at_a_time_and_nobody_is_sent_away() -> None:
    busy = asyncio.run(come(Door(), 500))

    assert (busy.most, busy.done) == (doors.AT_ONCE, 500)


def test_without_the_door_all_of_them_look_for_their_sessions_at_once() -> None:
    assert asyncio.run(come(Door(10_000), 500)).most == 500


def test_whoever_came_last_is_next_for_it_is_still_there() -> None:
    async def order() -> list[int]:
        door, let_in = Door(1), []

        async def one(number: int) -> None:
            async with door.turn():
                let_in.append(number)

        async with door.turn():
            coming = [asyncio.create_task(one(number)) for number in range(4)]
            await turns_of_the_loop()
        await asyncio.wait(coming)
        return let_in

    assert asyncio.run(order()) == [3, 2, 1, 0]


def test_whoever_waits_too_long_is_told_to_come_again_and_the_turn_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doors, "PATIENCE_SECONDS", 0.05)

    async def wait() -> tuple[int | None, int, int]:
        door = Door(1)
        async with door.turn():
            with pytest.raises(Overloaded) as refused:
                async with door.turn():
                    raise AssertionError("it was not its turn")
        return refused.value.retry_after, (await come(door, 3)).done, door.free

    assert asyncio.run(wait()) == (2, 3, 1)


@pytest.mark.parametrize("is_its_turn", [False, True])
def test_whoever_leaves_gives_the_turn_on(*, is_its_turn: bool) -> None:
    async def leave() -> tuple[int, int]:
        door = Door(1)
        async with door.turn():
            waiting = asyncio.create_task(come(door, 1))
            await turns_of_the_loop()
            if not is_its_turn:
                waiting.cancel()
                await asyncio.wait([waiting])
        waiting.cancel()  # or in the moment in which its turn has come
        await asyncio.wait([waiting])
        return door.free, door.waiting

    assert asyncio.run(leave()) == (1, 0)


def test_a_line_that_is_too_long_refuses_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "WAITING", 2)

    async def crowd() -> list[type[BaseException] | None]:
        door = Door(1)
        async with door.turn():
            coming = [asyncio.create_task(come(door, 1)) for _ in range(4)]
            await turns_of_the_loop()
            refused = [one for one in coming if one.done()]
            waiting = door.waiting
        await asyncio.wait(coming)
        assert waiting == 2
        return [type(one.exception()) if one in refused else None for one in coming]

    assert asyncio.run(crowd()).count(Overloaded) == 2


async def turns_of_the_loop() -> None:
    """Until what was begun waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_comes_while_mysql_is_asked_is_asked_for_together(logs: Logs, replays: Replays) -> None:
    async def many() -> list[tuple[int, list[LiveEvent]]]:
        first = asyncio.create_task(replays.since(listener(1), 1, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        others = [replays.since(listener(user), user, user) for user in range(2, 1001)]
        return [await first, *await asyncio.gather(*others)]

    found = asyncio.run(many())

    assert found == [(user, []) for user in range(1, 1001)]
    assert [len(one) for one in logs.statements] == [1, 999]
    assert logs.reading.done == 0


def test_logs_are_read_for_those_who_missed_something_a_few_at_a_time(logs: Logs, replays: Replays) -> None:
    async def many() -> list[tuple[int, list[LiveEvent]]]:
        return await asyncio.gather(*(replays.since(listener(9), 9, 7) for _ in range(50)))

    found = asyncio.run(many())

    assert {(seq, tuple(event.seq for event in events)) for seq, events in found} == {(9, (8, 9))}
    assert (logs.reading.most, logs.reading.done) == (READ_AT_ONCE, 50)


@pytest.mark.parametrize("said", [None, 5, 6])
def test_who_knows_all_or_begins_now_is_at_the_newest(replays: Replays, said: int | None) -> None:
    assert asyncio.run(replays.since(listener(5), 5, said)) == (5, [])


@pytest.mark.parametrize(
    ("purged", "left"), [(range(1, 10), []), (range(1, 8), [8, 9]), (range(6, 10), [4, 5])]
)
def test_who_asks_for_what_was_purged_is_at_the_newest_nevertheless(
    logs: Logs, replays: Replays, purged: range, left: list[int]
) -> None:
    logs.purged = purged

    seq, events = asyncio.run(replays.since(listener(9), 9, 3))

    assert (seq, [event.seq for event in events]) == (9, left)


def test_who_missed_more_than_is_read_at_once_is_where_that_ends(replays: Replays) -> None:
    seq, events = asyncio.run(replays.since(listener(REPLAY_LIMIT + 9), REPLAY_LIMIT + 9, 3))

    assert (seq, len(events)) == (REPLAY_LIMIT + 3, REPLAY_LIMIT)


def test_nothing_is_read_for_whoever_left(logs: Logs, replays: Replays) -> None:
    async def leave() -> tuple[int, list[LiveEvent]]:
        gone = listener(9)
        gone.close(CloseCode.GOING_AWAY)
        return await replays.since(gone, 9, 3)

    assert asyncio.run(leave()) == (3, [])
    assert logs.reading.done == 0


def test_a_failure_is_told_to_all_who_asked_and_the_next_one_asks_anew(logs: Logs, replays: Replays) -> None:
    async def fail() -> tuple[list[BaseException], tuple[int, list[LiveEvent]]]:
        logs.broken = True
        asked = [replays.since(listener(user), user, None) for user in (1, 2)]
        failures = await asyncio.gather(*asked, return_exceptions=True)
        logs.broken = False
        return failures, await replays.since(listener(3), 3, None)  # type: ignore[return-value]

    failures, after = asyncio.run(fail())

    assert [type(one) for one in failures] == [StoreUnavailable] * 2
    assert after == (3, [])
