"""Sites of their own for the modules of fault tests: one that they break, and one that is only full of people."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.faults.crowd import Crowd, crowd_of
from tests.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site; a test puts back what it broke."""
    stack = Stack(tmp_path_factory.mktemp("broken"))
    try:
        stack.start_site()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def http(broken: Stack) -> Iterator[httpx.Client]:
    """A program with a session and its token."""
    with httpx.Client(base_url=broken.url, timeout=30) as client:
        client.get("/api/v1_0/session")
        client.headers["X-CSRFToken"] = client.cookies["csrf_token"]
        yield client


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A site without limits by address, and without beat: time passes when a test says so."""
    stack = Stack(tmp_path_factory.mktemp("busy"), rate_limits="load-test")
    try:
        stack.start_servers()
        stack.start_outside()
        stack.start("serve", ready_url=f"{stack.url}/healthz")
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def crowd(io_loop: IOLoop, busy: Stack) -> Iterator[Crowd]:
    """Whoever comes to the busy site."""
    exits = AsyncExitStack()
    yield io_loop.run_sync(lambda: exits.enter_async_context(crowd_of(busy)))
    io_loop.run_sync(exits.aclose)
