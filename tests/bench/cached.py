"""Cached reads against a bare Tornado handler that writes the same bytes, in answers a second."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from tornado.web import Application, RequestHandler

from tests.stack import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTIONS = 16
SECONDS = 3.0
ROUNDS = 3
PATHS = ("/api/v1_0/areas", "/api/v1_0/houses/index", "/api/v1_0/houses", "/api/v1_0/houses/1")


class Bare(RequestHandler):
    """Writes what it was given."""

    def initialize(self, body: bytes) -> None:
        """The bytes of the real answer."""
        self._body = body

    def compute_etag(self) -> None:
        """The real handler hashes nothing either."""

    def get(self) -> None:
        """The same bytes, the same type."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(self._body)


def serve_bare(port: int, bodies: Sequence[bytes]) -> None:
    """A process with one bare handler for each body."""

    async def serve() -> None:
        routes = [(f"/{number}", Bare, {"body": body}) for number, body in enumerate(bodies)]
        Application(routes).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())


async def rate(url: str) -> float:
    """Answers a second over CONNECTIONS kept alive."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    end = time.monotonic() + SECONDS

    async def ask() -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        answers = 0
        while time.monotonic() < end:
            await read_answer(reader, writer, request)
            answers += 1
        writer.close()
        return answers

    return sum(await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))) / SECONDS


async def read_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """One request and the body of its answer. Raises RuntimeError for anything but 200."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


async def fetch(url: str) -> bytes:
    """The body at an address."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    query = f"?{parts.query}" if parts.query else ""
    request = f"GET {parts.path}{query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
    body = await read_answer(reader, writer, request.encode())
    writer.close()
    return body


def compare(site: str, paths: Sequence[str]) -> None:
    """Print both rates of each path and their ratio, measured in turns."""
    bodies = [asyncio.run(fetch(site + path)) for path in paths]
    port = free_port()
    bare = multiprocessing.Process(target=serve_bare, args=(port, bodies), daemon=True)
    bare.start()
    time.sleep(1)
    click.echo(f"{'answers/s':28}{'bytes':>8}{'ours':>10}{'bare':>10}{'ratio':>8}")
    for number, path in enumerate(paths):
        pairs = [
            (asyncio.run(rate(site + path)), asyncio.run(rate(f"http://127.0.0.1:{port}/{number}")))
            for _ in range(ROUNDS)
        ]
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        click.echo(f"{path:28}{len(bodies[number]):8}{ours:10.0f}{theirs:10.0f}{ours / theirs:8.2f}")
    bare.terminate()
    bare.join()
