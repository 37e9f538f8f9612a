"""A server that answers the load kit as a site does, and is wrong on purpose, at once and as often as a test wants."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

API = "/api/v1_0"
HELD_SECONDS = 5.0
LATER = (
    "http://192.0.2.1/gateway?biz_content=%7B%22out_trade_no%22%3A%221%22%7D"  # TEST-NET-1: nobody's machine
)
End = Literal["close frame", "reset", "no word"]


@dataclass
class Pretender:
    """What is wrong with it, and what it saw."""

    refusals: list[int] = field(default_factory=list)  # of the first websockets
    ends: list[End | int | None] = field(default_factory=list)  # of those that open; a number is a close code
    replay_status: int = 201  # of a booking with a key that was there before
    held: int = 0  # searches are not answered before so many are under way
    port: int = 0
    under_way: int = 0
    most_under_way: int = 0
    sockets: int = 0
    codings: set[str] = field(default_factory=set)  # that the answers were wished in
    keys: set[str] = field(default_factory=set)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def search(self) -> None:
        """Hold a search back until enough others are there."""
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        if self.under_way >= self.held:
            self.enough.set()
        try:
            await asyncio.wait_for(self.enough.wait(), HELD_SECONDS)
        except TimeoutError:
            pass
        finally:
            self.under_way -= 1

    def place(self, key: str) -> tuple[int, Any]:
        """Status and what the answer to a booking holds."""
        status = self.replay_status if key in self.keys else 201
        self.keys.add(key)
        return status, {"order": {"order_id": 1, "amount": 100, "status": "WAIT_PAYMENT"}}

    def answer(self, path: str) -> tuple[int, Any]:
        """Status and what any other answer holds."""
        return {
            "/sessions": (201, {"user_id": 1}),
            "/user/tokens": (201, {"token_id": 1, "token": "t"}),
            "/houses": (200, {"houses": [{"house_id": 1}]}),
            "/houses/1/quote": (200, {"quote": "q", "total": 100}),
            "/orders": (200, {"orders": []}),
            "/orders/1/payment": (200, {"pay_url": LATER}),
        }.get(path, (200, {}))


class Pages(RequestHandler):
    """Everything but the websocket."""

    def initialize(self, pretender: Pretender) -> None:
        """Keep whom it is for."""
        self.pretender = pretender

    def check_xsrf_cookie(self) -> None:
        """It believes everybody."""

    async def get(self, path: str) -> None:
        """Any read."""
        self.pretender.codings.add(self.request.headers.get("Accept-Encoding", ""))
        if path == "/houses":
            await self.pretender.search()
        self.set_cookie("csrf_token", "c")
        self.tell(path)

    def post(self, path: str) -> None:
        """Any write."""
        self.tell(path)

    put = delete = post

    def tell(self, path: str) -> None:
        """Say what is expected."""
        if (self.request.method, path) == ("POST", "/orders"):
            key = self.request.headers.get("Idempotency-Key", str(len(self.pretender.keys)))
            status, found = self.pretender.place(key)
        else:
            status, found = self.pretender.answer(path)
        self.set_status(status)
        self.write({"errno": "0", "data": found})


class Channel(WebSocketHandler):
    """A live channel that ends in the way that is due."""

    def initialize(self, pretender: Pretender) -> None:
        """Keep whom it is for."""
        self.pretender = pretender

    def prepare(self) -> None:
        """Refuse it if that is due."""
        if self.pretender.refusals:
            self.send_error(self.pretender.refusals.pop(0))

    async def on_message(self, message: str | bytes) -> None:
        """The hello: say ready, and end."""
        place = self.pretender.sockets
        self.pretender.sockets += 1
        booked = {"seq": 7, "kind": "order", "order_id": 1, "version": 1}
        await self.write_message(json.dumps({"op": "ready", "seq": 7, "events": [booked]}))
        if place < len(self.pretender.ends) and (how := self.pretender.ends[place]):
            self.end(how)

    def end(self, how: End | int) -> None:
        """As a site that stops, a machine that dies, a network that breaks."""
        if isinstance(how, int):
            self.close(how)
        elif how == "close frame":
            self.close(1001)
        else:
            stream = self.ws_connection.stream  # type: ignore[union-attr]
            if how == "reset":
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.close()


@contextmanager
def pretending(**wrong: Any) -> Iterator[Pretender]:
    """One in a thread of its own."""
    pretender, loop, listens = Pretender(**wrong), IOLoop(make_current=False), threading.Event()

    def listen() -> None:
        given = {"pretender": pretender}
        routes: list[Any] = [
            (f"{API}/live", Channel, given),
            (f"{API}(/.*)", Pages, given),
            ("(/)", Pages, given),
        ]
        application = Application(routes, log_function=lambda _: None)
        [listener] = bind_sockets(0, "127.0.0.1")
        pretender.port = listener.getsockname()[1]
        HTTPServer(application).add_socket(listener)
        listens.set()

    def serve() -> None:
        asyncio.set_event_loop(loop.asyncio_loop)  # type: ignore[attr-defined]
        loop.add_callback(listen)
        loop.start()
        loop.close(all_fds=True)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert listens.wait(10)
        yield pretender
    finally:
        loop.add_callback(loop.stop)
        thread.join(10)
