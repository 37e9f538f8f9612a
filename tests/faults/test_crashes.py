"""Processes die at the worst moments of an order and its payment: nothing is booked twice, nothing is lost."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from server.failpoints import KILL, POINTS
from tests.faults.crowd import Crowd, Gone, Person, Reply, at_once
from tests.faults.proxy import DropReply, Pass, threaded_proxy
from tests.faults.socket_log import SocketLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.faults.proxy import ThreadedProxy

pytestmark = pytest.mark.gen_test(timeout=120)

HEAL_SECONDS = 10
DRAIN_SECONDS = 30
COMMIT = b"\x03COMMIT"  # a query of the protocol; the session's isolation is READ-COMMITTED
PLACES = sorted(point for point in POINTS if not point.startswith("pay:"))
PAYS = sorted(point for point in POINTS if point.startswith("pay:"))


@pytest.mark.parametrize("point", PLACES)
async def test_an_order_is_made_once_though_the_process_dies(crowd: Crowd, point: str) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)

    async with dying_at(crowd, point):
        first = await unless_gone(guest.place(house_id, 10, 2, key="pressed"))
    made_before = len(await orders_of(crowd, guest))
    again = await guest.place(house_id, 10, 2, key="pressed")

    assert (first is not None) or point != "place:after-reply"
    assert first is None or first.body == again.body
    assert made_before == (0 if point == "place:before-commit" else 1)
    assert (again.status, await orders_of(crowd, guest)) == (201, [again.order["order_id"]])
    async with SocketLog.open(host, crowd.stack.url) as page:
        await page.until(lambda: page.versions == {again.order["order_id"]: 1})
    assert page.troubles == []
    await expect_all_done(crowd)
    assert await messages_to(crowd, host) == 1


@pytest.mark.parametrize("point", PAYS)
async def test_an_order_is_paid_once_though_the_process_dies(crowd: Crowd, point: str) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host, instant=True)
    order_id = (await guest.place(house_id, 10, 2)).order["order_id"]
    number, amount_fen = await crowd.begin_payment(guest, order_id)
    notice = crowd.notice(number, amount_fen)

    async with dying_at(crowd, point):
        first = await unless_gone(crowd.tell(notice))
    paid_before = (await crowd.order(order_id))["status"] == "PAID"
    said = [await crowd.tell(one) for one in (notice, notice, crowd.notice(number, amount_fen))]

    assert first == ("success" if point == "pay:after-reply" else None)
    assert paid_before == (point != "pay:before-commit")
    assert said == ["success"] * 3
    assert (await crowd.events(order_id), await crowd.refunds(order_id)) == (["place", "pay"], [])
    async with SocketLog.open(guest, crowd.stack.url) as page:
        await page.until(lambda: page.versions == {order_id: 2})
    assert page.troubles == []
    await expect_all_done(crowd)


async def test_notices_wait_for_the_worker_and_come_once(crowd: Crowd) -> None:
    guest, *hosts = await crowd.people(7)
    houses = [await crowd.house_of(host) for host in hosts]

    async def book(first: int) -> None:
        for house_id in houses[first : first + 2]:
            assert (await guest.place(house_id, 10)).status == 201

    async def messages(first: int) -> list[int]:
        return [await messages_to(crowd, host) for host in hosts[first : first + 2]]

    await book(0)
    crowd.stack.stop("worker", signal.SIGKILL)  # in the middle of the first two
    await book(2)
    while_dead = await messages(2)
    await crowd.stack_start("worker")
    async with asyncio.timeout(DRAIN_SECONDS):
        while await messages(2) != [1, 1]:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)
    await book(4)
    crowd.stack.stop("worker", signal.SIGKILL)
    await crowd.stack_start("worker")
    await expect_all_done(crowd)

    states = await notice_states(crowd, houses)
    assert while_dead == [0, 0]
    assert max([*await messages(0), *await messages(2), *await messages(4)]) == 1
    assert states[2:4] == [("sent", None)] * 2
    # Whose sender was killed in the middle is not sent again: it may have gone out.
    assert set(states) <= {("sent", None), ("failed", "interrupted")}


@pytest.mark.parametrize("server", ["redis", "mariadb"])
async def test_a_server_dies_under_load_and_every_promise_is_kept(crowd: Crowd, server: str) -> None:
    loads = [await Load.open(crowd) for _ in range(6)]
    await asyncio.sleep(1.2)  # Redis writes its file once a second: the sessions are in it

    async with AsyncExitStack() as exits:
        exits.callback(asyncio.create_task(keep_worker(crowd)).cancel)
        logs = [await exits.enter_async_context(SocketLog.open(load.guest, crowd.url)) for load in loads]
        seconds = await die_under(loads, crowd, server)
        for load in loads:
            await load.expect_promises_kept()
        await expect_all_done(crowd)
        for load, log in zip(loads, logs, strict=True):  # the very sockets of before, without a reload
            known = dict.fromkeys(await orders_of(crowd, load.guest), 1)
            await log.until(lambda log=log, known=known: log.versions == known)

    assert seconds <= HEAL_SECONDS
    assert {status for load in loads for status in load.refused} == {503}
    assert all(load.retry_after for load in loads)
    assert [log.troubles for log in logs] == [[]] * len(logs)
    assert "Traceback" not in crowd.stack.log("serve")


async def test_when_the_reply_of_the_commit_is_lost_the_key_finds_the_order(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)

    async with behind_a_proxy(crowd) as proxy:
        # Six at once, so that there are connections: opening one commits, too.
        controls = await at_once(*(guest.twin().place(house_id, day, key=str(day)) for day in range(10, 16)))
        await asyncio.to_thread(proxy.switch, DropReply(COMMIT, times=1000))
        lost = await guest.place(house_id, 20, key="lost")
        await asyncio.to_thread(proxy.switch, Pass())
        without_key = await guest.place(house_id, 20)
        found = await guest.place(house_id, 20, key="lost")

    assert [one.status for one in controls] == [201] * 6
    assert (lost.status, lost.errno) == (503, "4001")
    assert "retry-after" in lost.headers
    assert (without_key.status, without_key.errno) == (
        409,
        "4004",
    )  # the control: without it, nobody finds it
    assert found.status == 201
    assert len(await orders_of(crowd, guest)) == len(controls) + 1
    await expect_all_done(crowd)


@dataclass
class Load:
    """A guest who books night after night of a house of their own, each with a key."""

    crowd: Crowd
    guest: Person
    house_id: int
    stopped: bool = False
    made: int = 0
    promised: dict[str, Reply] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    retry_after: bool = True

    @classmethod
    async def open(cls, crowd: Crowd) -> Load:
        host, guest = await crowd.people(2)
        return cls(crowd, guest, await crowd.house_of(host))

    async def run(self) -> None:
        for day in range(10, 700):
            if self.stopped:
                return
            await self.book(str(day))
            await asyncio.sleep(0.05)

    async def book(self, key: str) -> None:
        answer = await unless_gone(self.guest.place(self.house_id, int(key), key=key))
        if answer is not None and answer.status == 201:
            self.promised[key] = answer
            self.made += 1
            return
        self.unknown.append(key)
        if answer is not None:
            self.refused.append(answer.status)
            self.retry_after &= "retry-after" in answer.headers

    async def expect_promises_kept(self) -> None:
        """What was promised is there and is said again; what was not is made, once."""
        for key, reply in self.promised.items():
            assert (await self.guest.place(self.house_id, int(key), key=key)).body == reply.body
        for key in self.unknown:
            assert (await self.guest.place(self.house_id, int(key), key=key)).status == 201
        assert len(await orders_of(self.crowd, self.guest)) == len(self.promised) + len(self.unknown)


async def die_under(loads: list[Load], crowd: Crowd, server: str) -> float:
    """Kill a server while everybody books, and start it again; the seconds until everybody books again."""
    running = [asyncio.create_task(load.run()) for load in loads]
    await until(lambda: all(load.made >= 5 for load in loads))
    crowd.stack.stop(server, signal.SIGKILL)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(getattr(crowd.stack, f"start_{server}"))
    healed, made = time.monotonic(), [load.made for load in loads]
    await until(lambda: all(load.made > before + 3 for load, before in zip(loads, made, strict=True)))
    seconds = time.monotonic() - healed
    for load in loads:
        load.stopped = True
    await asyncio.gather(*running)
    return seconds


@asynccontextmanager
async def dying_at(crowd: Crowd, point: str) -> AsyncIterator[None]:
    """The web process dies at this place within the block, and is back after it."""
    stack = crowd.stack
    await expect_all_done(crowd)  # else it dies for somebody else's work
    stack.stop("serve", signal.SIGKILL)
    await crowd.stack_start("serve", ready_url=f"{stack.url}/healthz", fail=point + KILL)
    try:
        yield
        assert await asyncio.to_thread(stack.wait, "serve") == -signal.SIGKILL
    finally:
        stack.stop("serve", signal.SIGKILL)
        await crowd.stack_start("serve", ready_url=f"{stack.url}/healthz")


@asynccontextmanager
async def behind_a_proxy(crowd: Crowd) -> AsyncIterator[ThreadedProxy]:
    """The web process talks to MySQL through a proxy."""
    stack, ready_url = crowd.stack, f"{crowd.stack.url}/healthz"
    listen = stack.folder.sockets / "cut.sock"
    url = stack.settings.mysql_url.replace(quote(str(stack.folder.mysql_socket)), quote(str(listen)))
    stack.stop("serve", signal.SIGKILL)
    with threaded_proxy(stack.folder.mysql_socket, listen) as proxy:
        await crowd.stack_start("serve", ready_url=ready_url, mysql_url=url)
        try:
            yield proxy
        finally:
            stack.stop("serve", signal.SIGKILL)
            await crowd.stack_start("serve", ready_url=ready_url)


async def keep_worker(crowd: Crowd) -> None:
    """What systemd does, and local mode's supervisor: Celery may end when it loses its broker with tasks in hand."""
    while True:
        if crowd.stack.has_ended("worker"):
            await crowd.stack_start("worker")
        await asyncio.sleep(0.5)


async def unless_gone(call: Awaitable[Any]) -> Any:
    """The answer, or None when the connection ended before it."""
    try:
        return await call
    except Gone:
        return None


async def orders_of(crowd: Crowd, guest: Person) -> list[int]:
    found = await crowd.sql("SELECT id FROM orders WHERE guest_id = %s ORDER BY id", guest.user_id)
    return [row["id"] for row in found]


async def expect_all_done(crowd: Crowd) -> None:
    """Every outbox row took effect, and the orders agree with themselves."""
    async with asyncio.timeout(DRAIN_SECONDS):
        while await crowd.sql("SELECT id FROM outbox WHERE done_at IS NULL LIMIT 1"):  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)
    await crowd.expect_order()


async def messages_to(crowd: Crowd, person: Person) -> int:
    """How many SMS the sandbox took for this person."""
    (row,) = await crowd.sql("SELECT mobile FROM users WHERE id = %s", person.user_id)
    async with httpx.AsyncClient() as client:
        inbox = await client.get(f"{crowd.stack.sandbox_url}/inbox/{row['mobile']}")
    return len(inbox.json())


async def notice_states(crowd: Crowd, houses: list[int]) -> list[tuple[str, str | None]]:
    """How the notice of each house's order ended."""
    found = [
        await crowd.sql(
            "SELECT n.state, n.reason FROM order_notices n JOIN orders o ON o.id = n.order_id WHERE o.house_id = %s",
            house_id,
        )
        for house_id in houses
    ]
    return [(row["state"], row["reason"]) for (row,) in found]


async def until(holds: Callable[[], bool], seconds: float = HEAL_SECONDS + 5) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.02)
