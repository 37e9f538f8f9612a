"""Bytes that are not quite HTTP, at a server with our limits: refused in our format, and nothing changed."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tornado.testing import bind_unused_port

from handlers.serving import make_server
from tests.houses import rows, sign_in_new_user
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tornado.ioloop import IOLoop

    from handlers.application import IhomeApplication
    from tests.visitor import Visitor

    Dial = Callable[[], Awaitable["Line"]]

BODY = '{"name":"不该改成这样"}'.encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)
END = b"0\r\n\r\n"
AREAS = b"GET " + API.encode() + b"/areas"
# What follows the session's headers of a write that would do.
BROKEN_WRITES = {
    "no-host": LENGTH + b"\r\n" + BODY,
    "two-hosts": b"Host: a\r\nHost: b\r\n" + LENGTH + b"\r\n" + BODY,
    "bad-host": b"Host: a b\r\n" + LENGTH + b"\r\n" + BODY,
    "negative-length": b"Host: a\r\nContent-Length: -1\r\n\r\n" + BODY,
    "signed-length": b"Host: a\r\nContent-Length: +%d\r\n\r\n" % len(BODY) + BODY,
    "wordy-length": b"Host: a\r\nContent-Length: ten\r\n\r\n" + BODY,
    "wide-length": b"Host: a\r\nContent-Length: \xef\xbc\x91\r\n\r\n" + BODY,
    "two-lengths": b"Host: a\r\n" + LENGTH + b"Content-Length: 1\r\n\r\n" + BODY,
    "length-and-chunks": b"Host: a\r\n" + LENGTH + CHUNKED + b"\r\n" + CHUNK + END,
    "unknown-coding": b"Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK + END,
    "bad-chunk-size": b"Host: a\r\n" + CHUNKED + b"\r\nzz\r\n" + BODY + b"\r\n" + END,
    "negative-chunk": b"Host: a\r\n" + CHUNKED + b"\r\n-1\r\n" + BODY + b"\r\n" + END,
    "chunk-without-end": b"Host: a\r\n" + CHUNKED + b"\r\n" + CHUNK[:-2] + b"xx" + END,
    "chunks-with-trailer": b"Host: a\r\n" + CHUNKED + b"\r\n" + CHUNK + b"0\r\nHost: b\r\n\r\n",
    "folded-header": b"Host: a\r\nX: a\r\n b\r\n" + LENGTH + b"\r\n" + BODY,
    "space-before-colon": b"Host: a\r\nX : a\r\n" + LENGTH + b"\r\n" + BODY,
    "no-colon": b"Host: a\r\nnonsense\r\n" + LENGTH + b"\r\n" + BODY,
    "nul-in-header": b"Host: a\r\nX: a\0\r\n" + LENGTH + b"\r\n" + BODY,
}
BROKEN_LINES = {
    "no-version": AREAS + b"\r\n\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http-9": AREAS + b" HTTP/9.9\r\nHost: a\r\n\r\n",
    "space": AREAS + b" x HTTP/1.1\r\nHost: a\r\n\r\n",
    "nul": AREAS + b"\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}
# Well formed, with a status that is no success.
REFUSED = {
    "absolute": (404, b"GET http://evil.example" + API.encode() + b"/areas HTTP/1.1\r\nHost: a\r\n\r\n"),
    "authority": (405, b"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "asterisk": (404, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no-slash": (404, AREAS.replace(b" /", b" ") + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "trace": (405, AREAS.replace(b"GET", b"TRACE") + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "unknown-method": (405, AREAS.replace(b"GET", b"BREW") + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "bad-token": (
        401,
        AREAS + b" HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\0".rstrip(b"\0") + b"\r\n\r\n",
    ),
    "bad-cookie": (
        401,
        AREAS.replace(b"areas", b"session") + b' HTTP/1.1\r\nHost: a\r\nCookie: \xff=;;="\\\r\n\r\n',
    ),
}
# Unusual, and served.
TAKEN = {
    "bad-query": AREAS + b"?a=%zz&\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "bare-line-feeds": AREAS + b" HTTP/1.1\nHost: a\n\n",
    "nine-hundred-headers": AREAS + b" HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 900 + b"\r\n",
    "body-of-a-read": AREAS + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
    "chunks-of-a-read": AREAS + b" HTTP/1.1\r\nHost: a\r\n" + CHUNKED + b"\r\n" + CHUNK + END,
    "bad-language": AREAS + b" HTTP/1.1\r\nHost: a\r\nAccept-Language: \xff;q=x,,;;q=9e999\r\n\r\n",
    "bad-etag": AREAS + b' HTTP/1.1\r\nHost: a\r\nIf-None-Match: \xff"W/\r\n\r\n',
    "bad-forwarding": AREAS + b" HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \xff,a,::::\r\n\r\n",
}
BOMBS = {
    "long-header": AREAS + b" HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "many-headers": AREAS + b" HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
    "long-address": AREAS + b"?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
}


@dataclass
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        self.writer.write(request)
        status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        body = await self.reader.readexactly(int(headers["Content-Length"]))
        return int(status.split()[1]), headers, body

    async def is_alive(self) -> bool:
        """Whether the next request is served."""
        return (await self.ask(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"))[0] == 200

    async def is_over(self) -> bool:
        """Whether the server hung up, and said nothing more."""
        return await self.reader.read() == b""


@pytest.fixture
def port(io_loop: IOLoop, app: IhomeApplication) -> Iterator[int]:
    """The application behind our own limits."""
    server = make_server(app)
    socket, number = bind_unused_port()
    server.add_socket(socket)
    yield number
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def dial(io_loop: IOLoop, port: int) -> Iterator[Dial]:
    """Opens a connection, for one test."""
    lines: list[Line] = []

    async def dialled() -> Line:
        lines.append(Line(*await asyncio.open_connection("127.0.0.1", port)))
        return lines[-1]

    async def hang_up() -> None:
        for line in lines:
            line.writer.close()
            with suppress(ConnectionError):
                await line.writer.wait_closed()

    yield dialled
    io_loop.run_sync(hang_up)


@pytest.fixture
def user(io_loop: IOLoop, http_server: object, new_visitor: Callable[[], Visitor]) -> tuple[Visitor, int]:
    """Somebody signed in, and their id."""
    visitor = new_visitor()
    return visitor, io_loop.run_sync(lambda: sign_in_new_user(visitor))


@pytest.mark.gen_test(timeout=60)
async def test_a_write_that_is_broken_outside_its_body_is_400_and_changes_nothing(
    dial: Dial, user: tuple[Visitor, int]
) -> None:
    for name, rest in BROKEN_WRITES.items():
        line = await dial()

        status, headers, body = await line.ask(start_of_write(user[0]) + rest)

        assert (status, json.loads(body)["errno"], headers["Connection"]) == (400, "4103", "close"), name
        assert json.loads(body)["request_id"] == headers["X-Request-Id"]
        assert await line.is_over()
        assert await name_of(user) != json.loads(BODY)["name"], name


@pytest.mark.gen_test
async def test_the_same_write_in_chunks_is_taken(dial: Dial, user: tuple[Visitor, int]) -> None:
    line = await dial()
    halves = b"1\r\n{\r\n%x\r\n%s\r\n" % (len(BODY) - 1, BODY[1:])

    status, _, _ = await line.ask(start_of_write(user[0]) + b"Host: a\r\n" + CHUNKED + b"\r\n" + halves + END)

    assert status == 200
    assert await line.is_alive()
    assert await name_of(user) == json.loads(BODY)["name"]


@pytest.mark.gen_test
async def test_a_write_whose_body_never_ends_changes_nothing(dial: Dial, user: tuple[Visitor, int]) -> None:
    line = await dial()
    line.writer.write(start_of_write(user[0]) + b"Host: a\r\nContent-Length: 999\r\n\r\n" + BODY)
    line.writer.write_eof()

    assert await line.is_over()
    assert await name_of(user) != json.loads(BODY)["name"]


@pytest.mark.gen_test
async def test_what_follows_a_body_is_no_part_of_it(dial: Dial, user: tuple[Visitor, int]) -> None:
    line = await dial()
    other = BODY.replace("样".encode(), "里".encode())
    request = start_of_write(user[0]) + b"Host: a\r\n" + LENGTH + b"\r\n" + other

    first, _, _ = await line.ask(request + b"x\r\n\r\n")
    second, _, body = await line.ask(b"")

    assert (first, second, json.loads(body)["errno"]) == (200, 400, "4103")
    assert await line.is_over()


@pytest.mark.gen_test(timeout=60)
async def test_what_is_no_request_is_400_in_our_format(dial: Dial) -> None:
    for name, request in BROKEN_LINES.items():
        line = await dial()

        status, _, body = await line.ask(request)

        assert (status, json.loads(body)["errno"]) == (400, "4103"), name
        assert await line.is_over()


@pytest.mark.gen_test(timeout=60)
async def test_what_is_not_served_is_refused_in_our_format_and_the_connection_lives(dial: Dial) -> None:
    for name, (wanted, request) in REFUSED.items():
        line = await dial()

        status, headers, body = await line.ask(request)

        assert (status, json.loads(body).keys()) == (wanted, {"errno", "errmsg", "errors", "request_id"}), (
            name
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert ("Allow" in headers) == (status == 405)
        assert await line.is_alive()


@pytest.mark.gen_test(timeout=60)
async def test_what_is_only_unusual_is_served(dial: Dial) -> None:
    for name, request in TAKEN.items():
        line = await dial()

        status, _, _ = await line.ask(request)

        assert status == 200, name
        assert await line.is_alive()


@pytest.mark.gen_test(timeout=60)
async def test_headers_beyond_all_measure_end_the_connection(dial: Dial) -> None:
    for name, bomb in BOMBS.items():
        line = await dial()
        line.writer.write(bomb)

        try:
            is_over = await line.is_over()
        except ConnectionResetError:
            is_over = True  # the rest of the bomb lay unread

        assert is_over, name
    other = await dial()
    assert await other.is_alive()


def start_of_write(visitor: Visitor) -> bytes:
    """The first lines of a change of the name, without Host."""
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return (
        f"PUT {API}/users/name HTTP/1.1\r\nCookie: {cookie}\r\nX-CSRFToken: {visitor.cookies['csrf_token']}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()


async def name_of(user: tuple[Visitor, int]) -> str:
    visitor, user_id = user
    [row] = await rows(visitor.services, "SELECT name FROM users WHERE id = %s", user_id)
    return str(row["name"])
