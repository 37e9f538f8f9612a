"""What a client hears whose bytes are no HTTP request: our refusal in the place of Tornado's bare line."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from handlers import wire
from handlers.refusals import BadRequest

if TYPE_CHECKING:
    from asyncio import Future

BARE = b"HTTP/1.1 400 Bad Request\r\n\r\n"  # all that HTTP1Connection writes by itself; then it closes


class Stream(IOStream):
    """Tornado's stream of a connection, with our words for its bare line."""

    def write(self, data: bytes | memoryview) -> Future[None]:
        """Put it behind what is to be sent already."""
        return super().write(refusal() if data == BARE else data)


class Server(HTTPServer):
    """Tornado's server. No handler sees what is malformed, so it is told here, in the words that need no session."""

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Serve one connection."""
        stream.__class__ = (
            Stream  # TCPServer makes it; a function put into it would be a cycle for each connection
        )
        super().handle_stream(stream, address)


def refusal() -> bytes:
    """The whole answer."""
    request_id = secrets.token_hex(8)
    body = wire.dump(wire.failure(BadRequest(), request_id, lambda message, params: message % params))
    lines = (
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(body)}",
        f"X-Request-Id: {request_id}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
