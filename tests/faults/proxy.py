"""A small TCP and unix-socket proxy that breaks connections on purpose, switched while it runs."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
CONNECTIONS = 2000
CONNECT_SECONDS = 5.0
THREAD_SECONDS = 10.0
Way = Literal["request", "reply"]


@dataclass(frozen=True)
class Pass:
    """Forward everything."""


@dataclass(frozen=True)
class Latency:
    """Hold every chunk back, each way."""

    seconds: float


@dataclass(frozen=True)
class Bandwidth:
    """Trickle, each way."""

    bytes_per_second: int


@dataclass(frozen=True)
class BlackHole:
    """Accept, and let nothing through. What was held flows on after the heal, as after a healed network."""


@dataclass(frozen=True)
class Refuse:
    """Nobody listens: connecting fails with ECONNREFUSED, live connections are reset."""


@dataclass(frozen=True)
class Reset:
    """Accept and reset at once; live connections are reset."""


@dataclass(frozen=True)
class CutAfter:
    """Reset each connection once this many bytes went `way` since the switch; the bytes before do arrive."""

    count: int
    way: Way = "reply"


@dataclass(frozen=True)
class DropReply:
    """Forward requests, swallow the answer to one, then reset the caller or, if `silent`, leave it waiting.

    Only an answer to a request that contains `marker` is dropped, and only `times` of them; the rest passes. An
    empty marker means any request. The drop happens after the upstream really answered, so the work was done.
    """

    marker: bytes = b""
    times: int = 1
    silent: bool = False


Mode = Pass | Latency | Bandwidth | BlackHole | Refuse | Reset | CutAfter | DropReply
TcpAddress = tuple[str, int]


class CutConnection(Exception):
    """The present mode ends this connection."""


@dataclass(eq=False)
class Link:
    """One caller, its connection to the upstream, and what the present mode knows of both."""

    caller: asyncio.StreamWriter
    upstream: asyncio.StreamWriter | None = None
    moved: dict[Way, int] = field(default_factory=lambda: {"request": 0, "reply": 0})
    tail: bytes = b""
    marked: bool = False
    swallowing: bool = False

    def reset(self) -> None:
        """RST to both ends, at once."""
        for writer in (self.caller, self.upstream):
            if writer is not None:
                _reset(writer)


class FaultProxy:
    """Listens on a free loopback port, or on the unix socket `listen`, in front of `upstream`.

    Use as an async context manager. `faults` counts what the modes broke; `accepted` counts connections.
    """

    def __init__(self, upstream: TcpAddress | Path, listen: Path | None = None) -> None:
        self.mode: Mode = Pass()
        self.faults = 0
        self.accepted = 0
        self.port = 0
        self._upstream = upstream
        self._listen = listen
        self._server: asyncio.Server | None = None
        self._keeper: socket.socket | None = None
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._switched = asyncio.Event()
        self._drops = 0

    async def __aenter__(self) -> FaultProxy:
        await self._open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._close()
        self._reset_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._keeper:
            self._keeper.close()
        if self._listen:
            self._listen.unlink(missing_ok=True)

    @property
    def live(self) -> int:
        """Connections at this moment."""
        return len(self._links)

    async def switch(self, mode: Mode) -> None:
        """Behave like this from now on, also on live connections."""
        self.mode = mode
        self._drops = 0
        for link in self._links:
            link.moved = {"request": 0, "reply": 0}
            link.tail, link.marked, link.swallowing = b"", False, False
        switched, self._switched = self._switched, asyncio.Event()
        switched.set()
        if isinstance(mode, Refuse):
            await self._close()
        elif self._server is None:
            await self._open()
        if isinstance(mode, Refuse | Reset):
            self.faults += len(self._links)
            self._reset_all()

    async def _open(self) -> None:
        if self._listen:
            self._server = await asyncio.start_unix_server(self._accept, self._listen)
            return
        if self._keeper:
            self._keeper.close()
            self._keeper = None
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        """Stop listening, and keep the port ours: bound but not listening refuses."""
        if self._server is None:
            return
        self._server.close()
        await self._server.wait_closed()
        self._server = None
        if not self._listen:
            self._keeper = socket.socket()
            self._keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._keeper.bind((LOOPBACK, self.port))

    def _reset_all(self) -> None:
        for link in self._links:
            link.reset()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if isinstance(self.mode, Reset) or len(self._links) >= CONNECTIONS:
            self.faults += 1
            _reset(writer)
            return
        task = asyncio.create_task(self._serve(reader, Link(writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, link: Link) -> None:
        self._links.add(link)
        try:
            await self._while_black_hole()
            upstream, link.upstream = await self._connect()
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump("request", reader, link.upstream, link))
                pumps.create_task(self._pump("reply", upstream, link.caller, link))
        except* CutConnection:
            self.faults += 1
            link.reset()
        except* (OSError, TimeoutError):
            link.reset()  # one end is gone: let the other know
        finally:
            self._links.discard(link)
            await _close_quietly(link)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(CONNECT_SECONDS):
            if isinstance(self._upstream, Path):
                return await asyncio.open_unix_connection(self._upstream)
            return await asyncio.open_connection(*self._upstream)

    async def _pump(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await self._while_black_hole()
            await self._carry(way, chunk, writer, link)
        await self._while_black_hole()  # an end, too, goes nowhere
        if not link.swallowing:
            writer.write_eof()

    async def _carry(self, way: Way, chunk: bytes, writer: asyncio.StreamWriter, link: Link) -> None:
        match self.mode:
            case Latency(seconds):
                await asyncio.sleep(seconds)
            case Bandwidth(rate):
                await self._trickle(chunk, writer, rate)
                return
            case CutAfter(count, cut_way) if cut_way == way:
                await self._up_to(count - link.moved[way], chunk, writer)
                link.moved[way] += len(chunk)
            case DropReply() as drop if self._is_dropped(way, chunk, link, drop):
                return
            case _:
                pass
        writer.write(chunk)
        await writer.drain()

    async def _trickle(self, chunk: bytes, writer: asyncio.StreamWriter, rate: int) -> None:
        step = max(1, rate // 50)
        for start in range(0, len(chunk), step):
            piece = chunk[start : start + step]
            if isinstance(self.mode, Bandwidth):  # else healed meanwhile: the rest goes at once
                await asyncio.sleep(len(piece) / rate)
            writer.write(piece)
            await writer.drain()

    @staticmethod
    async def _up_to(left: int, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        """Raise CutConnection when the chunk passes the limit; what is before it was sent."""
        if len(chunk) < left:
            return
        writer.write(chunk[: max(0, left)])
        await _flush(writer)
        raise CutConnection

    def _is_dropped(self, way: Way, chunk: bytes, link: Link, drop: DropReply) -> bool:
        if way == "request":
            searched = link.tail + chunk
            link.marked = link.marked or drop.marker in searched
            link.tail = searched[-len(drop.marker) :] if drop.marker else b""
            return False
        if link.swallowing:
            return True
        if not link.marked or self._drops >= drop.times:
            return False
        self._drops += 1
        if not drop.silent:
            raise CutConnection
        self.faults += 1
        link.swallowing = True
        return True

    async def _while_black_hole(self) -> None:
        while isinstance(self.mode, BlackHole):
            await self._switched.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST on TCP; a unix socket is closed at once."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.family != socket.AF_UNIX:
        with suppress(OSError):  # closed already
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _flush(writer: asyncio.StreamWriter) -> None:
    """Wait until the kernel has it all and the peer had a moment to read it: RST discards what is unread."""
    writer.transport.set_write_buffer_limits(0)
    await writer.drain()
    await asyncio.sleep(0.05)


async def _close_quietly(link: Link) -> None:
    writers = [writer for writer in (link.caller, link.upstream) if writer is not None]
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


class ThreadedProxy:
    """A FaultProxy on a loop of its own, for tests that block: `switch` may be called from any thread."""

    def __init__(self, proxy: FaultProxy, loop: asyncio.AbstractEventLoop) -> None:
        self.proxy = proxy
        self.loop = loop

    def switch(self, mode: Mode) -> None:
        """Behave like this from now on; returns when it is so."""
        asyncio.run_coroutine_threadsafe(self.proxy.switch(mode), self.loop).result(THREAD_SECONDS)


@contextmanager
def threaded_proxy(upstream: TcpAddress | Path, listen: Path | None = None) -> Iterator[ThreadedProxy]:
    """A proxy in a thread of its own, ended with the block."""
    started: Future[ThreadedProxy] = Future()
    stop = asyncio.Event()

    async def serve() -> None:
        try:
            async with FaultProxy(upstream, listen) as proxy:
                started.set_result(ThreadedProxy(proxy, asyncio.get_running_loop()))
                await stop.wait()
        except OSError as error:
            started.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="fault-proxy", daemon=True)
    thread.start()
    proxy = started.result(THREAD_SECONDS)
    try:
        yield proxy
    finally:
        proxy.loop.call_soon_threadsafe(stop.set)
        thread.join(THREAD_SECONDS)
