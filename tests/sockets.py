"""A page's websocket in tests."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.contract import talk
from tests.visitor import API

if TYPE_CHECKING:
    from tests.visitor import Visitor


class Socket:
    """A page's websocket."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection

    opened: ClassVar[list[Socket]] = []

    @classmethod
    async def open(cls, visitor: Visitor, origin: str | None = None) -> Socket:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()),
            "Origin": origin or visitor.base_url,
        }
        url = visitor.base_url.replace("http", "ws") + f"{API}/live"
        socket = cls(await websocket_connect(HTTPRequest(url, headers=headers)))
        cls.opened.append(socket)
        return socket

    async def send(self, **message: Any) -> None:
        await self.connection.write_message(json.dumps(message))

    async def get(self) -> dict[str, Any] | None:
        async with asyncio.timeout(10):
            text = await self.connection.read_message()
        message = json.loads(text) if text is not None else None
        assert message is None or not (wrong := talk().differences(message)), wrong
        return message

    async def until(self, op: str) -> dict[str, Any]:
        """The next message of a kind."""
        while True:
            message = await self.get()
            assert message is not None, f"closed with {self.connection.close_code}"
            if message["op"] == op:
                return message

    async def closed(self) -> int | None:
        while await self.get() is not None:
            pass
        self.connection.close()
        return self.connection.close_code
