"""Requests as bytes on a connection, for what no client library would send or show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders

from tests.visitor import Answer

if TYPE_CHECKING:
    from tests.visitor import Visitor

SECONDS = 20.0


async def ask(visitor: Visitor, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    """One request, and its answer as it came: nothing is unpacked, nothing is added."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(visitor.base_url).netloc}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    answer, _ = await exchange(
        visitor, "\r\n".join(lines).encode() + b"\r\n\r\n" + body, is_head=method == "HEAD"
    )
    return answer


async def exchange(visitor: Visitor, sent: bytes, *, is_head: bool = False) -> tuple[Answer, bytes]:
    """The first answer to these bytes, and what comes behind it until nothing does or the server hangs up."""
    parts = urlsplit(visitor.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", maxsplit=2)[1])
            headers = HTTPHeaders.parse(head.split(b"\r\n", 1)[1].decode("latin-1"))
            length = 0 if is_head or status in {204, 304} else int(headers.get("Content-Length", "0"))
            body = await reader.readexactly(length)
        return Answer(status, headers, body), await _rest(reader)
    finally:
        writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(0.1):
            return await reader.read(1000)
    except (TimeoutError, ConnectionError):
        return b""
