"""A program of a host for tests: it receives messages, checks their signatures, and answers as it is told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.netutil import bind_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tornado.httputil import HTTPServerRequest


@dataclass(frozen=True)
class Heard:
    """One request."""

    headers: HTTPHeaders
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """Written apart from the product: as Standard Webhooks says it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.message_id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        is_fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        return is_fresh and expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """A server on this machine. `answers` are statuses, the last for ever; `gate` lets it hang."""

    answers: list[int] = field(default_factory=lambda: [200])
    body: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ihome"

    def receive(self, request: HTTPServerRequest) -> None:
        self.heard.append(Heard(request.headers, request.body))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        asyncio.get_running_loop().create_task(self._answer(request, status))

    async def _answer(self, request: HTTPServerRequest, status: int) -> None:
        await self.gate.wait()
        assert request.connection
        headers = HTTPHeaders({"Content-Length": str(len(self.body)), **self.headers})
        if request.connection.stream.closed():
            return
        request.connection.write_headers(ResponseStartLine("HTTP/1.1", status, "X"), headers, self.body)
        request.connection.finish()

    async def until(self, count: int) -> list[Heard]:
        """Wait for so many requests."""
        for _ in range(300):
            if len(self.heard) >= count:
                return self.heard
            await asyncio.sleep(0.1)
        raise AssertionError(f"{len(self.heard)} of {count} messages arrived")


@asynccontextmanager
async def receiving(*answers: int, hangs: bool = False) -> AsyncIterator[Receiver]:
    """A receiver that answers so."""
    receiver = Receiver(list(answers) or [200])
    if not hangs:
        receiver.gate.set()
    server = HTTPServer(receiver.receive)
    [bound] = bind_sockets(0, "127.0.0.1")
    server.add_socket(bound)
    receiver.port = bound.getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.gate.set()
        await asyncio.sleep(0.05)
        server.stop()
        await server.close_all_connections()
