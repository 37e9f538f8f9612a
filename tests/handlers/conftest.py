"""What the tests of handlers share: sockets that end with their test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.sockets import Socket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.services import Services


@pytest.fixture
def close_sockets(io_loop: IOLoop, services: Services) -> Iterator[None]:
    """Leave no socket of a test open."""
    yield

    async def close() -> None:
        for socket in Socket.opened:
            socket.connection.close()
        await asyncio.sleep(0.05)

    io_loop.run_sync(close)
    Socket.opened.clear()
