"""What the whole suite shares: one private stack, and the application in this process on top of it."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tornado.ioloop import IOLoop

from handlers.application import make_application
from handlers.base import BaseHandler
from handlers.serving import background
from server.services import open_services
from tests.contract import contract
from tests.kept import kept
from tests.stack import Stack
from tests.turns import turn_of
from tests.visitor import Visitor

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Callable, Iterator

    from tornado.httpclient import AsyncHTTPClient

    from handlers.application import IhomeApplication
    from server.services import Services

for name in [name for name in os.environ if name.startswith("IHOME_")]:
    del os.environ[name]  # the suite's settings are its own


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes long files begin first; one alone keeps the order of the folders."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn_of(item.path))


def pytest_collection_finish() -> None:
    """The garbage collector need not look through all the tests each time."""
    _freeze()


@pytest.fixture(scope="module", autouse=True)
def _frozen() -> Iterator[None]:
    """The same again after a module that thawed them."""
    yield
    if not gc.get_freeze_count():
        _freeze()


def _freeze() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def once_a_process() -> Iterator[None]:
    """What is the same for every opening of the product is worked out once."""
    with kept():
        yield


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MariaDB, Redis, the worker and the sandbox; shared by all tests that do not break them."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start_servers()
        stack.start_outside()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """A loop for each test. Overrides pytest-tornado's, which calls the deprecated make_current."""
    loop = IOLoop(make_current=False)
    asyncio.set_event_loop(loop.asyncio_loop)  # type: ignore[attr-defined]
    yield loop
    asyncio.set_event_loop(None)
    loop.close(all_fds=True)


@pytest.fixture
def services(io_loop: IOLoop, stack: Stack) -> Iterator[Services]:
    """The product in this process, with its relay, hub and reconcile running."""
    stack.redis().flushdb()
    stack.cache().flushdb()
    exits = AsyncExitStack()

    async def enter() -> Services:
        services = await exits.enter_async_context(open_services(stack.settings))
        await exits.enter_async_context(background(services))
        return services

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


@pytest.fixture
def app(services: Services) -> IhomeApplication:
    """What pytest-tornado serves."""
    return make_application(services)


@pytest.fixture(scope="session", autouse=True)
def seen_answers() -> Iterator[None]:
    """Every answer of a handler in this process, or to httpx, is held against the interface document."""
    flush = BaseHandler.flush

    def seen_flush(handler: BaseHandler, include_footers: bool = False) -> Future[None]:
        request, body = handler.request, b"".join(handler._write_buffer)
        if include_footers:
            contract().see(request.method or "", request.path, handler.get_status(), handler._headers, body)
        return flush(handler, include_footers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHandler, "flush", seen_flush)
        patch.setattr(httpx.Client, "send", _seen_send(httpx.Client.send))
        patch.setattr(httpx.AsyncClient, "send", _seen_async_send(httpx.AsyncClient.send))
        yield


def _seen_send(send: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    """Answers of sites in processes of their own; what is no address of ours is not looked at."""

    def seen(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        return _see_response(send(client, request, **more))

    return seen


def _seen_async_send(
    send: Callable[..., Awaitable[httpx.Response]],
) -> Callable[..., Awaitable[httpx.Response]]:
    async def seen(client: httpx.AsyncClient, request: httpx.Request, **more: Any) -> httpx.Response:
        return _see_response(await send(client, request, **more))

    return seen


def _see_response(response: httpx.Response) -> httpx.Response:
    headers = response.headers
    is_nginxs = headers.get("Server", "").startswith("nginx") and "X-Request-Id" not in headers
    if response.is_stream_consumed and not is_nginxs:
        request = response.request
        path = request.url.raw_path.decode()
        contract().see(request.method, path, response.status_code, headers, response.content)
    return response


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail the test that got an answer which the interface document does not describe."""
    try:
        result = yield
    finally:
        broken = contract().take_broken()
    assert not broken, "\n".join(broken)
    return result


@pytest.fixture
def new_visitor(http_client: AsyncHTTPClient, base_url: str, services: Services) -> Callable[[], Visitor]:
    """Makes visitors."""
    return lambda: Visitor(http_client, base_url.replace("localhost", "127.0.0.1"), services)


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    """One visitor without a session."""
    return new_visitor()


_numbers = itertools.count(13_700_000_000 + os.getpid() % 10_000 * 1000)


@pytest.fixture
def mobile() -> str:
    """A phone that no other test uses."""
    return str(next(_numbers))
