"""Many want the same nights at the same moment: each night has one owner, and everybody else is told so."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from handlers.application import make_application
from server.local.servers import create_database
from server.local.state import DATABASE
from server.migrations import upgrade
from server.nights.model import NightTaken
from server.nights.repository import take as _take
from tests.faults.crowd import Crowd, Person, Reply, at_once, crowd_of, stay
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date

    from server.db import Cursor, Row
    from server.settings import Settings
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=3600)

GUESTS = 200
ROUNDS = int(os.environ.get("RACE_ROUNDS", "1000"))  # `RACE_ROUNDS=20000` is a long form
LANES = 8
ROUNDS_A_BATCH = 10 * LANES
FIRST_DAY, DAYS = 10, 8
TAKEN = (409, "4004")


async def test_of_200_guests_who_want_one_night_one_has_it(crowd: Crowd) -> None:
    answers, doubles = await race_for_one_night(crowd, GUESTS)

    assert Counter((one.status, one.errno) for one in answers) == {(201, "0"): 1, TAKEN: GUESTS - 1}
    assert {one.json["errmsg"] for one in answers if one.status == 409} == {"房间已被抢定"}
    assert doubles == []
    await crowd.expect_order()


@pytest.mark.timeout(3600)
async def test_rounds_of_overlapping_stays_cancellations_and_blocks_leave_each_night_one_owner(
    crowd: Crowd,
) -> None:
    lanes = [await Lane.open(crowd, number) for number in range(LANES)]
    deadlocks = await count_deadlocks(crowd)

    for _ in range(0, ROUNDS, ROUNDS_A_BATCH):
        await asyncio.gather(*(lane.rounds(ROUNDS_A_BATCH // LANES) for lane in lanes))

        assert {answer for lane in lanes for answer in lane.answers if answer not in EXPECTED} == set()
        await crowd.expect_order()
        for lane in lanes:
            await lane.expect_what_was_answered()

    seen = Counter(answer for lane in lanes for answer in lane.answers)
    assert set(seen) >= {("place", 201), ("place", 409), ("cancel", 200), ("block", 201), ("block", 409)}
    assert (
        await count_deadlocks(crowd) - deadlocks <= ROUNDS // 50
    )  # hundreds when nights are freed before the lock


@pytest.mark.parametrize("protection", ["key", "check", "lock"])
async def test_without_its_primary_key_a_night_has_two_owners(
    busy: Stack, monkeypatch: pytest.MonkeyPatch, protection: str
) -> None:
    """The negative control: what is left in the place of the key does not hold.

    The queue of a house in this process is gone, too: it looks as well.

    `key`: nothing. `check`: a look before the insert, which two can take at once. `lock`: the same look behind
    the house's lock, which does hold: then two protections are gone before a night has two owners.
    """
    monkeypatch.setattr("server.orders.turns.Turns.of", nobody_waits)
    if protection != "key":
        monkeypatch.setattr(
            "server.nights.repository.take", CheckThenInsert(1 if protection == "lock" else 2).take
        )
    if protection == "check":
        monkeypatch.setattr("server.orders.repository.lock_house", look_at_house)

    async with served_here(
        busy, f"keyless_{protection}", "ALTER TABLE house_nights DROP PRIMARY KEY"
    ) as crowd:
        answers, doubles = await race_for_one_night(crowd, 40)

    owners = sum(one.status == 201 for one in answers)
    assert {one.status for one in answers} <= {201, 409}
    assert (owners > 1, bool(doubles)) == ((False, False) if protection == "lock" else (True, True))


async def test_with_its_primary_key_it_has_one_though_nobody_locks_and_all_look_first(
    busy: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.orders.turns.Turns.of", nobody_waits)
    monkeypatch.setattr("server.nights.repository.take", CheckThenInsert(2).take)
    monkeypatch.setattr("server.orders.repository.lock_house", look_at_house)

    async with served_here(busy, "keyed") as crowd:
        answers, doubles = await race_for_one_night(crowd, 40)

    assert (sum(one.status == 201 for one in answers), doubles) == (1, [])


async def test_fifty_equal_requests_with_one_key_make_one_order(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)
    tabs = [guest.twin() for _ in range(50)]

    answers = await at_once(*(tab.place(house_id, 10, 2, key="pressed-fifty-times") for tab in tabs))
    later = await guest.place(house_id, 10, 2, key="pressed-fifty-times")
    other = await guest.place(house_id, 20, 2, key="pressed-fifty-times")

    assert Counter(one.status for one in answers)[201] >= 1
    assert {one.status for one in answers} <= {201, 409}
    assert {one.body for one in answers if one.status == 201} == {later.body}
    assert {tuple(one.json["errors"][0].values()) for one in answers if one.status == 409} <= {
        ("Idempotency-Key", "同一个请求正在处理，请稍后再试")
    }
    assert (later.status, other.status) == (201, 422)
    assert len(await crowd.sql("SELECT id FROM orders WHERE guest_id = %s", guest.user_id)) == 1
    await crowd.expect_order()


async def test_fifty_equal_requests_without_a_key_make_one_order_too(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)

    answers = await at_once(*(guest.twin().place(house_id, 10, 2) for _ in range(50)))

    assert Counter((one.status, one.errno) for one in answers) == {(201, "0"): 1, TAKEN: 49}
    assert len(await crowd.sql("SELECT id FROM orders WHERE guest_id = %s", guest.user_id)) == 1
    await crowd.expect_order()


async def test_only_the_key_keeps_a_late_repetition_from_booking_again(crowd: Crowd) -> None:
    """The negative control: where the nights are free again, nothing but the key knows the request."""
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)
    first = await guest.place(house_id, 10, key="once")
    await guest.act(first.order["order_id"], "cancel")

    with_key = await guest.place(house_id, 10, key="once")
    orders = [len(await crowd.sql("SELECT id FROM orders WHERE guest_id = %s", guest.user_id))]
    without = await guest.place(house_id, 10)
    orders.append(len(await crowd.sql("SELECT id FROM orders WHERE guest_id = %s", guest.user_id)))

    assert with_key.body == first.body
    assert (without.status, orders) == (201, [1, 2])


EXPECTED = frozenset(
    {
        ("place", 201),
        ("place", 409),
        ("cancel", 200),
        ("cancel", 409),
        ("accept", 200),
        ("accept", 409),
        ("reject", 200),
        ("reject", 409),
        ("block", 201),
        ("block", 409),
        ("unblock", 200),
    }
)


@dataclass
class Lane:
    """One house with its host and guests, who all do something in each round."""

    crowd: Crowd
    house_id: int
    host: Person
    guests: list[Person]
    chance: random.Random
    live: dict[int, Person] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    answers: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    async def open(cls, crowd: Crowd, number: int) -> Lane:
        host, *guests = await crowd.people(5)
        return cls(crowd, await crowd.house_of(host), host, guests, random.Random(number))

    async def rounds(self, count: int) -> None:
        for _ in range(count):
            await at_once(*(self.guest_acts(guest) for guest in self.guests), self.host_acts())

    async def guest_acts(self, guest: Person) -> None:
        """Book, or cancel."""
        mine = [order_id for order_id, owner in self.live.items() if owner is guest]
        if mine and self.chance.random() < 0.5:
            await self.end(guest, self.chance.choice(mine), "cancel")
            return
        answer = await guest.place(self.house_id, *self.range())
        self.answers.append(("place", answer.status))
        if answer.status == 201:
            self.live[answer.order["order_id"]] = guest
        elif answer.status == 409:
            assert answer.errno == "4004"

    async def host_acts(self) -> None:
        """Block, unblock, or decide about an order."""
        act = self.chance.choice(("block", "unblock", "accept", "reject"))
        if act in {"accept", "reject"}:
            if self.live:
                await self.end(self.host, self.chance.choice(list(self.live)), act)
            return
        dates = stay(*self.range())
        path = f"{API}/houses/{self.house_id}/blocks"
        if act == "block":
            answer = await self.host.send("POST", path, dates)
        else:
            answer = await self.host.send(
                "DELETE", f"{path}?start_date={dates['start_date']}&end_date={dates['end_date']}"
            )
        self.answers.append((act, answer.status))

    async def end(self, person: Person, order_id: int, action: str) -> None:
        answer = await person.act(order_id, action)
        self.answers.append((action, answer.status))
        if answer.status == 200 and answer.order["status"] in {"CANCELED", "REJECTED"}:
            self.live.pop(order_id, None)
            self.dead.add(order_id)

    def range(self) -> tuple[int, int]:
        """A first day and a number of nights that often meet somebody else's."""
        nights = self.chance.randint(1, 4)
        return FIRST_DAY + self.chance.randrange(DAYS - nights + 1), nights

    async def expect_what_was_answered(self) -> None:
        """Every order that somebody was promised is there, and those that were ended are ended."""
        found = await self.crowd.sql("SELECT id, status FROM orders WHERE house_id = %s", self.house_id)
        ended = {row["id"] for row in found if row["status"] in {"CANCELED", "REJECTED"}}
        assert {row["id"] for row in found} == set(self.live) | self.dead
        assert ended == self.dead


async def race_for_one_night(crowd: Crowd, count: int) -> tuple[list[Reply], list[Row]]:
    """So many guests book the same night of a new house at once: the answers, and what is booked twice."""
    host, *guests = await crowd.people(count + 1)
    house_id = await crowd.house_of(host)
    answers = await at_once(*(guest.place(house_id, 10) for guest in guests))
    for guest in guests:
        guest.hang_up()
    doubles = await crowd.double_bookings()
    return answers, [row for row in doubles if row["house_id"] == house_id]


async def count_deadlocks(crowd: Crowd) -> int:
    """How many InnoDB has broken."""
    (row,) = await crowd.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
    return int(row["Value"])


class CheckThenInsert:
    """What many write in the place of a key. The first look waits until so many have looked: the race is sure."""

    def __init__(self, lookers: int) -> None:
        self._lookers = lookers
        self._enough = asyncio.Event()

    async def take(self, cursor: Cursor, house_id: int, nights: Sequence[date], order_id: int) -> None:
        statement = "SELECT 1 FROM house_nights WHERE house_id = %s AND night = %s"
        for night in nights:
            await cursor.execute(statement, (house_id, night))
            if await cursor.fetchone():
                raise NightTaken
        self._lookers -= 1
        if self._lookers <= 0:
            self._enough.set()
        async with asyncio.timeout(10):
            await self._enough.wait()
        await _take(cursor, house_id, nights, order_id)


async def look_at_house(cursor: Cursor, house_id: int) -> Row | None:
    """As lock_house, without the lock."""
    await cursor.execute(
        "SELECT owner_id, status, instant_booking, cancellation, DATE(NOW() + INTERVAL 8 HOUR) AS today"
        " FROM houses WHERE id = %s",
        (house_id,),
    )
    return await cursor.fetchone()


@asynccontextmanager
async def nobody_waits(_turns: object, _house_id: int) -> AsyncIterator[bool]:
    """As Turns.of, without a queue: everybody is the first."""
    yield False


@asynccontextmanager
async def served_here(stack: Stack, database: str, *changes: str) -> AsyncIterator[Crowd]:
    """The site in this process, where a test can take protections away, over a database of its own."""
    settings = _with_database(stack.settings, database)
    create_database(stack.folder.mysql_socket, database)
    upgrade(settings.mysql_url)
    (socket,) = bind_sockets(0, "127.0.0.1")
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    async with crowd_of(stack, settings, url) as crowd:
        for change in changes:
            await crowd.sql(change)
        patch = pytest.MonkeyPatch()
        for patience in (
            "ACQUIRE_SECONDS",
            "STATEMENT_SECONDS",
        ):  # who lost it on a busy machine races nobody
            patch.setattr(f"server.db.{patience}", 20)
        server = HTTPServer(make_application(crowd.services))
        server.add_socket(socket)
        try:
            yield crowd
        finally:
            patch.undo()
            server.stop()
            await server.close_all_connections()


def _with_database(settings: Settings, name: str) -> Settings:
    url: Any = settings.mysql_url
    return settings.model_copy(update={"mysql_url": url.replace(f"/{DATABASE}?", f"/{name}?")})
