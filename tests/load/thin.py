"""A websocket client that costs little, so that ten thousand fit beside the site (RFC 6455, no extensions)."""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

LIVE = "/api/v1_0/live"
END = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The site answered an upgrade with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Address:
    """Where the site listens."""

    host: str
    port: int

    @property
    def netloc(self) -> str:
        """For headers."""
        return f"{self.host}:{self.port}"


class ThinSocket(asyncio.Protocol):
    """One connection: `opened` when it is a websocket, `ended` with the close code, or None without one."""

    def __init__(self, head: bytes, heard: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.opened.add_done_callback(_read)
        self.ended: asyncio.Future[int | None] = loop.create_future()
        self._head = head
        self._heard = heard
        self._came = bytearray()
        self._is_open = False
        self._code: int | None = None
        self._transport: asyncio.Transport | None = None

    def send(self, text: str) -> None:
        """One text message of less than 126 bytes."""
        self._write(TEXT, text.encode())

    def abort(self) -> None:
        """Leave without a word."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        """Take what is whole."""
        self._came += data
        if not self._is_open and not self._shake_hands():
            return
        while self._take_frame():
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits hears of it."""
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("ended before the answer"))
        if not self.ended.done():
            self.ended.set_result(self._code)

    def _shake_hands(self) -> bool:
        place = self._came.find(END)
        if place < 0:
            return False
        status = int(self._came.split(b" ", 2)[1])
        if status == 101:
            self._is_open = True
            del self._came[: place + len(END)]
            if not self.opened.done():
                self.opened.set_result(None)
            return True
        if not self.opened.done():
            self.opened.set_exception(Refused(status))
        self.abort()
        return False

    def _take_frame(self) -> bool:
        came = self._came
        if len(came) < 2:
            return False
        length, start = came[1], 2
        if length > 125:
            start += 2 if length == 126 else 8
            length = int.from_bytes(came[2:start])
        if len(came) < start + length:
            return False
        kind, content = came[0] & 15, bytes(came[start : start + length])
        del came[: start + length]
        if kind == TEXT:
            self._heard(content.decode())
        elif kind == PING:
            self._write(PONG, content)
        elif kind == CLOSE:
            self._code = int.from_bytes(content[:2]) if content else None
            self._write(CLOSE, content[:2])
        return True

    def _write(self, kind: int, content: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        key = os.urandom(4)
        masked = bytes(byte ^ key[n % 4] for n, byte in enumerate(content))
        self._transport.write(bytes((128 | kind, 128 | len(content))) + key + masked)


def _read(opened: asyncio.Future[None]) -> None:
    """Look at a failure that nobody waits for any more, or asyncio logs it as lost."""
    if not opened.cancelled():
        opened.exception()


def upgrade(address: Address, cookie: str) -> bytes:
    """What a page's browser asks."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {LIVE} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: http://{address.netloc}\r\nCookie: {cookie}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


async def dial(address: Address, cookie: str, heard: Callable[[str], None]) -> ThinSocket:
    """Open the live channel as a page with this cookie. Raises Refused, OSError."""
    head = upgrade(address, cookie)
    _, socket = await asyncio.get_running_loop().create_connection(
        lambda: ThinSocket(head, heard), address.host, address.port
    )
    try:
        await socket.opened
    except BaseException:
        socket.abort()
        raise
    return socket
