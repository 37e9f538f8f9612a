"""A scripted 云通讯 on a raw socket, for answers that no well-behaved server gives."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Step = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Platform:
    """Plays the steps in order, one a connection, the last one for ever; keeps what it was sent."""

    steps: list[Step]
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    sent_bytes: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        step = self.steps[min(self.connections, len(self.steps) - 1)]
        self.connections += 1
        try:
            await step(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            writer.transport.abort()

    async def read_request(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.requests.append(head + await reader.readexactly(length))

    def answers(self, status: int, body: bytes, *, after: float = 0.0) -> Step:
        async def step(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.read_request(reader)
            await asyncio.sleep(after)
            writer.write(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
            await writer.drain()

        return step

    def says(self, code: str) -> Step:
        """200 with a statusCode; 000000 with its receipt."""
        answer: dict[str, object] = {"statusCode": code}
        if code == "000000":
            answer["templateSMS"] = {"smsMessageSid": "f" * 32, "dateCreated": "20261124103000"}
        return self.answers(200, json.dumps(answer).encode())

    async def keeps_silent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.read_request(reader)
        await reader.read()  # until the client goes

    async def resets_at_once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def resets_after_the_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self.read_request(reader)
        await self.resets_at_once(reader, writer)

    async def drips(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100_000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def floods(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.read_request(reader)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n{"statusCode":"000000","x":"')
        for _ in range(1024):
            writer.write(b"x" * 65536)
            await writer.drain()
            self.sent_bytes += 65536


@asynccontextmanager
async def playing(platform: Platform) -> AsyncIterator[Platform]:
    """The platform on a free loopback port."""
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    async with server:
        platform.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield platform
