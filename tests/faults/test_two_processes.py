"""Two web processes on one port: whichever of them a page is connected to, it hears everything, once and in order."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from server.local import process
from tests.faults.crowd import crowd_of, day
from tests.load.pages import Page, Tally
from tests.load.thin import Address, ThinSocket, dial
from tests.stack import Stack
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tornado.ioloop import IOLoop

    from tests.faults.crowd import Crowd, Person

pytestmark = pytest.mark.gen_test(timeout=120)

PATIENCE_SECONDS = 20
START_SECONDS = 120
WEB = ("web-1", "web-2")
ESTABLISHED, LISTENING = "01", "0A"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What `IHOME_PROCESSES=2 make run` starts, under its own supervisor."""
    stack = Stack(tmp_path_factory.mktemp("two"), rate_limits="load-test", processes=2, demo="off")
    try:
        stack.start("run")
        stack._until_answers(f"{stack.url}/readyz", START_SECONDS)
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def crowd(io_loop: IOLoop, site: Stack) -> Iterator[Crowd]:
    """People of that site."""
    opened = crowd_of(site)
    crowd = io_loop.run_sync(opened.__aenter__)
    io_loop.run_sync(lambda: until(lambda: both_listen(site), START_SECONDS))
    yield crowd
    io_loop.run_sync(lambda: opened.__aexit__(None, None, None))


class Ear:
    """A websocket and what it heard, as a page would, and which process it is connected to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.socket: ThinSocket | None = None
        self.pid = 0

    @classmethod
    async def open(cls, crowd: Crowd, person: Person) -> Ear:
        ear = cls()
        ear.socket = await dial(address_of(crowd.stack), person.cookie, ear.take)
        ear.pid = process_of(crowd.stack, ear.socket._transport)
        return ear

    def take(self, text: str) -> None:
        self.heard.append(json.loads(text))

    def say(self, **message: Any) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps(message))

    @property
    def events(self) -> list[dict[str, Any]]:
        """Those that came by themselves, and those of `ready`."""
        found = []
        for message in self.heard:
            if message["op"] == "ready":
                found += message["events"]
            elif message["op"] == "event":
                found.append(message)
        return found

    def versions(self, house_id: int) -> list[int]:
        """Of a followed calendar."""
        return [one["version"] for one in self.heard if one["op"] == "house" and one["house"] == house_id]

    @property
    def code(self) -> int | None:
        """With which the site closed it."""
        assert self.socket is not None
        return self.socket.ended.result() if self.socket.ended.done() else None


def address_of(stack: Stack) -> Address:
    return Address("127.0.0.1", stack.port)


def pids(stack: Stack) -> dict[str, int]:
    """The web processes that the supervisor keeps, and that live."""
    records = {name: process.read_record(stack.folder.run / f"{name}.pid") for name in WEB}
    return {name: one.pid for name, one in records.items() if one and process.is_alive(one)}


def process_of(stack: Stack, transport: Any) -> int:
    """Which process has the other end of a connection."""
    here, there = transport.get_extra_info("sockname")[1], transport.get_extra_info("peername")[1]
    (owner,) = owners(stack, ESTABLISHED, there, here)
    return owner


def both_listen(stack: Stack) -> bool:
    """Whether the supervisor has both web processes up."""
    return len(owners(stack, LISTENING, stack.port, 0)) == len(WEB)


def owners(stack: Stack, state: str, port: int, other_port: int) -> set[int]:
    """The web processes that have such a socket, by proc(5): its inode is among their files."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    ends = f":{port:04X}", f":{other_port:04X}", state
    inodes = {f"socket:[{one[9]}]" for one in lines if (one[1][8:], one[2][8:], one[3]) == ends}
    return {pid for pid in pids(stack).values() if inodes & files_of(pid)}


def files_of(pid: int) -> set[str]:
    """Where its descriptors lead."""
    found = set()
    with suppress(FileNotFoundError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.add(str(one.readlink()))
    return found


async def on_both(crowd: Crowd, open_one: Callable[[], Awaitable[Any]], each: int = 2) -> list[Any]:
    """Open until both processes have so many; the kernel deals connections out by their ports."""
    found: dict[int, list[Any]] = defaultdict(list)
    for _ in range(40):
        if len(found) == len(WEB) and min(map(len, found.values())) >= each:
            break
        one = await open_one()
        if len(found[one.pid]) < each:
            found[one.pid].append(one)
        elif isinstance(one, Ear):
            assert one.socket is not None
            one.socket.abort()
    assert set(found) == set(pids(crowd.stack).values())
    return [one for ones in found.values() for one in ones]


@asynccontextmanager
async def ears(crowd: Crowd, person: Person, each: int = 2) -> AsyncIterator[list[Ear]]:
    """Websockets of one person, so many on each process."""
    opened = await on_both(crowd, lambda: Ear.open(crowd, person), each)
    try:
        yield opened
    finally:
        for ear in opened:
            ear.socket.abort()


async def line_to(crowd: Crowd, person: Person, pid: int) -> Person:
    """The same session over a connection to that process."""
    for _ in range(40):
        twin = person.twin()
        await twin.send("GET", f"{API}/session")  # an answer: somebody has accepted
        if process_of(crowd.stack, twin._streams[1]) == pid:
            return twin
        twin.hang_up()
    raise AssertionError("every connection went to the other process")


async def log_of(person: Person) -> list[int]:
    """The numbers of the person's events, by MySQL's account."""
    answer = await person.send("GET", f"{API}/live/events?after=0")
    return [event["seq"] for event in answer.data["events"]]


async def until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.02)


async def test_pages_on_both_hear_each_order_once_and_in_order_whoever_did_it(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)
    first, second = pids(crowd.stack).values()
    guests, hosts = await line_to(crowd, guest, first), await line_to(crowd, host, second)

    async with ears(crowd, host) as hosts_pages, ears(crowd, guest) as guests_pages:
        for ear in (*hosts_pages, *guests_pages):
            ear.say(op="hello", last_seq=0)
        for night in range(10, 16):
            placed = await guests.place(house_id, night)
            assert (await hosts.act(placed.order["order_id"], "accept")).status == 200
        logs = {host.user_id: await log_of(hosts), guest.user_id: await log_of(guests)}
        for pages, person in ((hosts_pages, host), (guests_pages, guest)):
            expected = logs[person.user_id]
            await until(lambda e=expected, p=pages: all(len(ear.events) >= len(e) for ear in p))
        await asyncio.sleep(5)  # the reconcile repeats nothing

        assert min(len(log) for log in logs.values()) >= 12
        assert {ear.pid for ear in hosts_pages} == {ear.pid for ear in guests_pages} == {first, second}
        for pages, person in ((hosts_pages, host), (guests_pages, guest)):
            assert [[event["seq"] for event in ear.events] for ear in pages] == [logs[person.user_id]] * 4


async def test_followers_on_both_hear_of_each_change_of_a_calendar(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)

    async with ears(crowd, guest) as pages:
        for ear in pages:
            ear.say(op="follow", house=house_id)
        await until(lambda: all(ear.versions(house_id) for ear in pages))
        for number, pid in enumerate([*pids(crowd.stack).values()] * 2):
            line = await line_to(crowd, host, pid)
            block = {"start_date": str(day(10 + number)), "end_date": str(day(11 + number))}
            assert (await line.send("POST", f"{API}/houses/{house_id}/blocks", block)).status in {200, 201}
            await until(lambda: all(ear.versions(house_id)[-1] == number + 1 for ear in pages))  # noqa: B023 - waits here

        assert [ear.versions(house_id) for ear in pages] == [list(range(5))] * 4


@pytest.mark.parametrize("name", WEB)
async def test_a_logout_closes_that_sessions_pages_in_both_and_no_others(crowd: Crowd, name: str) -> None:
    (phone,) = await crowd.people(1)
    laptop = await crowd.sign_in(phone.user_id)
    line = await line_to(crowd, phone, pids(crowd.stack)[name])

    async with ears(crowd, phone) as closed, ears(crowd, laptop, each=1) as others:
        assert (await line.send("DELETE", f"{API}/session")).status in {200, 204}
        await until(lambda: all(ear.socket.ended.done() for ear in closed))
        for ear in others:
            ear.say(op="ping")
        await until(lambda: all(ear.heard for ear in others))

        assert [ear.code for ear in closed] == [4001] * 4
        assert not any(ear.socket.ended.done() for ear in others)


class Reader(Page):
    """A page that comes back by itself and writes down which events it heard."""

    def __init__(self, crowd: Crowd, person: Person) -> None:
        super().__init__(address_of(crowd.stack), person.cookie, Tally(), self._note)
        self.seqs: list[int] = []
        self.seq = 0
        self._stack = crowd.stack

    @classmethod
    async def open(cls, crowd: Crowd, person: Person, tasks: list[asyncio.Task[None]]) -> Reader:
        reader = cls(crowd, person)
        tasks.append(asyncio.create_task(reader.live()))
        await until(lambda: reader.is_live)
        return reader

    @property
    def pid(self) -> int:
        assert self._socket is not None
        return process_of(self._stack, self._socket._transport)

    def _note(self, event: dict[str, Any], _by_itself: bool) -> None:
        self.seqs.append(event["seq"])


class Forgetful(Reader):
    """A page with a defect: when it comes back, as soon as it may, it does not say what it knows."""

    may_come: asyncio.Event | None = None

    async def _connect(self) -> ThinSocket | None:
        if self.may_come:
            await self.may_come.wait()
            self.seq = None
        return await super()._connect()


async def test_killing_one_loses_no_event_for_pages_that_say_what_they_know(crowd: Crowd) -> None:
    host, guest = await crowd.people(2)
    house_id = await crowd.house_of(host)
    victim = process.read_record(crowd.stack.folder.run / "web-1.pid")
    assert victim is not None
    survivor = pids(crowd.stack)["web-2"]
    guests, tasks = await line_to(crowd, guest, survivor), []
    nights = iter(range(10, 100))

    async def book(count: int) -> None:
        for _ in range(count):
            assert (await guests.place(house_id, next(nights))).status == 201

    try:
        readers = await on_both(crowd, lambda: Reader.open(crowd, host, tasks))
        forgetful = await on_process(victim.pid, lambda: Forgetful.open(crowd, host, tasks))
        on_survivor = [one for one in readers if one.pid == survivor]
        await book(3)
        await until(lambda: all(len(one.seqs) == 3 for one in (*readers, forgetful)))
        forgetful.may_come = asyncio.Event()
        process.send(victim, signal.SIGKILL)
        await book(5)
        await until(lambda: all(len(one.seqs) == 8 for one in readers))
        forgetful.may_come.set()
        await until(lambda: forgetful.is_live)
        await book(4)
        log = await log_of(await line_to(crowd, host, survivor))
        await until(lambda: all(len(one.seqs) >= len(log) for one in readers))
        await until(lambda: forgetful.seqs[-1] == log[-1])

        assert [one.seqs for one in readers] == [log] * 4
        assert [one.tally.lost.total() for one in on_survivor] == [0, 0]
        assert sum(one.tally.lost.total() for one in readers) == 2
        assert set(log) - set(forgetful.seqs) == {4, 5, 6, 7, 8}  # the control
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_numbers_are_those_of_both_and_a_killed_ones_sockets_are_forgotten(crowd: Crowd) -> None:
    (person,) = await crowd.people(1)
    victim = process.read_record(crowd.stack.folder.run / "web-1.pid")
    assert victim is not None

    async with ears(crowd, person, each=3):
        await until_async(lambda: sockets_at(crowd, 6))
        answered = await number(crowd, "ihome_http_request_seconds_count")
        process.send(victim, signal.SIGKILL)
        await until_async(lambda: sockets_at(crowd, 3))
        await until(lambda: both_listen(crowd.stack), START_SECONDS)
        counted = {}
        for pid in pids(crowd.stack).values():
            line = await line_to(crowd, person, pid)
            counted[pid] = total((await line.send("GET", "/metrics")).body.decode(), "ihome_websockets")

        assert victim.pid not in counted
        assert set(counted.values()) == {3}
        assert await number(crowd, "ihome_http_request_seconds_count") > answered


async def on_process(pid: int, open_one: Callable[[], Awaitable[Any]]) -> Any:
    """Open until one is connected to that process."""
    for _ in range(40):
        if (one := await open_one()).pid == pid:
            return one
    raise AssertionError("every connection went to the other process")


async def sockets_at(crowd: Crowd, count: int) -> bool:
    try:
        return await number(crowd, "ihome_websockets") == count
    except httpx.TransportError:
        return False  # the one that was asked is just being killed


async def number(crowd: Crowd, name: str) -> float:
    """What whichever process is asked says of all."""
    async with httpx.AsyncClient(base_url=crowd.stack.url, trust_env=False, timeout=20) as client:
        return total((await client.get("/metrics")).text, name)


def total(text: str, name: str) -> float:
    """The sum over a metric's labels."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(value) for _, value in lines)


async def until_async(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.1)
