"""A page's websocket that writes down what it hears of orders, and fails when a version goes down."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.faults.crowd import Person

PATIENCE_SECONDS = 10


class SocketLog:
    """What one person's page knows: the newest version of each order, and everything that must not be."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.versions: dict[int, int] = {}
        self.statuses: dict[int, str] = {}
        self.seq = 0
        self.troubles: list[str] = []
        self._changed = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, person: Person, url: str) -> AsyncIterator[SocketLog]:
        """A page that knows nothing yet, and hears everything from the beginning."""
        request = HTTPRequest(f"ws{url[4:]}{API}/live", headers={"Cookie": person.cookie, "Origin": url})
        log = cls(await websocket_connect(request))
        await log.connection.write_message(json.dumps({"op": "hello", "last_seq": 0}))
        listening = asyncio.create_task(log._listen())
        try:
            yield log
        finally:
            log.connection.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await listening

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for what the page will know."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def _listen(self) -> None:
        while (text := await self.connection.read_message()) is not None:
            message = json.loads(text)
            events = message["events"] if message["op"] == "ready" else [message]
            for event in events:
                self._take(event)
            self._changed.set()

    def _take(self, event: dict[str, Any]) -> None:
        if event.get("op") != "event":
            return
        if event["seq"] != self.seq + 1:
            self.troubles.append(f"seq {event['seq']} after {self.seq}")
        self.seq = event["seq"]
        if event["kind"] != "order" or event["event"] == "refund":
            return
        order_id, known = event["order_id"], self.versions.get(event["order_id"], 0)
        if event["version"] != known + 1:
            self.troubles.append(f"order {order_id}: version {event['version']} after {known}")
        self.versions[order_id] = event["version"]
        self.statuses[order_id] = event["status"]
