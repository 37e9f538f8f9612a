"""Each mode of the fault proxy really does what it says."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.faults.proxy import (
    LOOPBACK,
    Bandwidth,
    BlackHole,
    CutAfter,
    DropReply,
    FaultProxy,
    Latency,
    Pass,
    Refuse,
    Reset,
    threaded_proxy,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Upper:
    """A server that answers each line in upper case; it knows what it did."""

    lines: list[bytes] = field(default_factory=list)
    live: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.live += 1
        try:
            while line := await reader.readline():
                self.lines.append(line)
                writer.write(line.upper())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.live -= 1
            writer.close()


@dataclass
class Caller:
    """One connection through the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, line: bytes, seconds: float = 2.0) -> bytes:
        self.writer.write(line)
        await self.writer.drain()
        async with asyncio.timeout(seconds):
            return await self.reader.readline()


@dataclass
class Setting:
    """A proxy in front of Upper."""

    upper: Upper
    proxy: FaultProxy
    listen: Path | None
    callers: list[Caller] = field(default_factory=list)

    async def call(self) -> Caller:
        if self.listen:
            caller = Caller(*await asyncio.open_unix_connection(self.listen))
        else:
            caller = Caller(*await asyncio.open_connection(LOOPBACK, self.proxy.port))
        self.callers.append(caller)
        return caller


@asynccontextmanager
async def setting(folder: Path | None = None) -> AsyncIterator[Setting]:
    """On TCP, or with `folder` on unix sockets both sides."""
    upper = Upper()
    if folder:
        server = await asyncio.start_unix_server(upper.serve, folder / "up")
        listen, upstream = folder / "proxy", folder / "up"
    else:
        server = await asyncio.start_server(upper.serve, LOOPBACK, 0)
        listen, upstream = None, server.sockets[0].getsockname()[:2]
    async with server, FaultProxy(upstream, listen) as proxy:
        here = Setting(upper, proxy, listen)
        try:
            yield here
        finally:
            for caller in here.callers:
                caller.writer.transport.abort()
            await until(lambda: upper.live == 0)


async def until(condition, seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


@pytest.fixture(params=["tcp", "unix"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path if request.param == "unix" else None


def test_pass_forwards_both_ways_and_both_ends(folder: Path | None) -> None:
    async def scenario() -> None:
        async with setting(folder) as here:
            caller = await here.call()
            assert await caller.ask(b"hello\n") == b"HELLO\n"
            assert await caller.ask(b"a" * 60_000 + b"\n") == b"A" * 60_000 + b"\n"

            caller.writer.write_eof()

            assert await caller.reader.read() == b""
            await until(lambda: here.proxy.live == 0)
            assert here.proxy.faults == 0

    asyncio.run(scenario())


def test_latency_holds_each_way_back() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(Latency(0.15))

            began = time.monotonic()
            assert await caller.ask(b"hello\n") == b"HELLO\n"

            assert 0.3 <= time.monotonic() - began < 2.0

    asyncio.run(scenario())


def test_bandwidth_limits_the_rate_and_lets_go_after_the_heal() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(Bandwidth(20_000))

            began = time.monotonic()
            await caller.ask(b"x" * 3_999 + b"\n")
            slow = time.monotonic() - began
            caller.writer.write(b"y" * 50_000 + b"\n")
            await asyncio.sleep(0.05)
            await here.proxy.switch(Pass())
            await caller.reader.readline()

            assert 0.4 <= slow < 2.5  # 4,000 bytes each way
            assert time.monotonic() - began - slow < 2.0  # 5 s at the old rate

    asyncio.run(scenario())


def test_black_hole_accepts_holds_everything_and_delivers_after_the_heal(folder: Path | None) -> None:
    async def scenario() -> None:
        async with setting(folder) as here:
            old = await here.call()
            await old.ask(b"before\n")
            await here.proxy.switch(BlackHole())

            new = await here.call()
            for caller in (old, new):
                with pytest.raises(TimeoutError):
                    await caller.ask(b"held\n", seconds=0.15)
            assert here.upper.lines == [b"before\n"]
            await here.proxy.switch(Pass())

            for caller in (old, new):
                async with asyncio.timeout(2):
                    assert await caller.reader.readline() == b"HELD\n"

    asyncio.run(scenario())


def test_refuse_refuses_the_new_resets_the_old_and_listens_again_at_the_same_place(
    folder: Path | None,
) -> None:
    async def scenario() -> None:
        async with setting(folder) as here:
            old = await here.call()
            await old.ask(b"before\n")
            port = here.proxy.port

            await here.proxy.switch(Refuse())
            with pytest.raises(ConnectionRefusedError):
                await here.call()
            assert await ended(old)
            await here.proxy.switch(Pass())

            assert here.proxy.port == port
            assert await (await here.call()).ask(b"again\n") == b"AGAIN\n"

    asyncio.run(scenario())


def test_reset_is_seen_as_a_reset_by_old_and_new_connections() -> None:
    async def scenario() -> None:
        async with setting() as here:
            old = await here.call()
            await old.ask(b"before\n")

            await here.proxy.switch(Reset())

            new = await here.call()
            for caller in (old, new):
                with pytest.raises(ConnectionResetError):
                    await caller.ask(b"hello\n")
            assert here.upper.lines == [b"before\n"]
            assert here.proxy.faults == 2

    asyncio.run(scenario())


def test_cut_after_delivers_so_many_bytes_of_a_reply_and_resets() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await caller.ask(b"before\n")
            await here.proxy.switch(CutAfter(10))

            assert await caller.ask(b"six..\n") == b"SIX..\n"
            caller.writer.write(b"more than four\n")

            assert await caller.reader.readexactly(4) == b"MORE"
            with pytest.raises(ConnectionResetError):
                await caller.reader.read()
            assert here.upper.lines[-1] == b"more than four\n"

    asyncio.run(scenario())


def test_cut_after_can_tear_a_request() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(CutAfter(3, "request"))

            with pytest.raises(ConnectionResetError):
                await caller.ask(b"hello\n")

            await until(lambda: here.upper.live == 0)
            assert b"".join(here.upper.lines) in {b"", b"hel"}  # readline may lose a torn line to the reset

    asyncio.run(scenario())


def test_drop_reply_lets_the_work_be_done_and_loses_the_answer_once() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(DropReply(b"COMMIT"))

            assert await caller.ask(b"insert\n") == b"INSERT\n"
            with pytest.raises(ConnectionResetError):
                await caller.ask(b"COMMIT\n")

            assert here.upper.lines == [b"insert\n", b"COMMIT\n"]
            assert here.proxy.faults == 1
            assert await (await here.call()).ask(b"COMMIT\n") == b"COMMIT\n"

    asyncio.run(scenario())


def test_drop_reply_finds_a_marker_that_is_split_over_two_packets() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(DropReply(b"COMMIT"))

            caller.writer.write(b"COM")
            await asyncio.sleep(0.1)

            with pytest.raises(ConnectionResetError):
                await caller.ask(b"MIT\n")

    asyncio.run(scenario())


def test_drop_reply_can_leave_the_caller_waiting() -> None:
    async def scenario() -> None:
        async with setting() as here:
            caller = await here.call()
            await here.proxy.switch(DropReply(silent=True))

            with pytest.raises(TimeoutError):
                await caller.ask(b"hello\n", seconds=0.2)
            assert here.upper.lines == [b"hello\n"]
            await here.proxy.switch(Pass())

            assert await caller.ask(b"and now\n") == b"AND NOW\n"

    asyncio.run(scenario())


def test_an_upstream_that_is_gone_ends_the_callers_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with FaultProxy(tmp_path / "nobody", tmp_path / "proxy"):
            caller = Caller(*await asyncio.open_unix_connection(tmp_path / "proxy"))

            assert await ended(caller)
            caller.writer.close()

    asyncio.run(scenario())


def test_closing_ends_live_and_held_connections_and_leaves_no_task() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        upper = Upper()
        async with await asyncio.start_server(upper.serve, LOOPBACK, 0) as server:
            async with FaultProxy(server.sockets[0].getsockname()[:2]) as proxy:
                here = Setting(upper, proxy, None)
                await (await here.call()).ask(b"live\n")
                await proxy.switch(BlackHole())
                await here.call()
                await until(lambda: proxy.live == 2)

            assert proxy.live == 0
            for caller in here.callers:
                assert await ended(caller)
                caller.writer.close()
            await until(lambda: asyncio.all_tasks() == before)

    asyncio.run(scenario())


def test_a_hundred_connections_share_the_proxy() -> None:
    async def scenario() -> None:
        async with setting() as here:
            callers = await asyncio.gather(*(here.call() for _ in range(100)))

            answers = await asyncio.gather(*(one.ask(b"%d x\n" % n) for n, one in enumerate(callers)))

            assert answers == [b"%d X\n" % n for n in range(100)]

    asyncio.run(scenario())


def test_a_proxy_in_a_thread_is_switched_from_outside(tmp_path: Path) -> None:
    async def scenario(where: Path) -> bytes:
        caller = Caller(*await asyncio.open_unix_connection(where))
        try:
            return await caller.ask(b"hello\n", seconds=0.3)
        finally:
            caller.writer.close()

    with threaded_proxy(tmp_path / "up", tmp_path / "proxy") as proxy:

        async def ask() -> bytes:
            async with await asyncio.start_unix_server(Upper().serve, tmp_path / "up"):
                return await scenario(tmp_path / "proxy")

        assert asyncio.run(ask()) == b"HELLO\n"
        proxy.switch(BlackHole())
        with pytest.raises(TimeoutError):
            asyncio.run(ask())
        proxy.switch(Pass())
        assert asyncio.run(ask()) == b"HELLO\n"

    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
        asyncio.run(ask())


async def ended(caller: Caller) -> bool:
    """Whether the other side closes or resets."""
    async with asyncio.timeout(2):
        try:
            return await caller.reader.read() == b""
        except ConnectionResetError:
            return True
