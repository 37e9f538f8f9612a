"""The life of one web process: listen, relay, watch, and leave without cutting anybody off."""

from __future__ import annotations

import asyncio
import resource
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog

from handlers.application import DRAINED_BYTES, make_application
from handlers.protocol import Server
from server import garbage, vitals
from server.live.model import CloseCode
from server.outbox.service import Relay
from server.services import open_services
from server.tasks import CeleryPublisher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Coroutine

    from tornado.httpserver import HTTPServer
    from tornado.web import Application

    from server.services import Services
    from server.settings import Settings

BACKLOG = (
    4096  # who finds no place here is told nothing, and comes again and again; the system may allow less
)
HEADER_SECONDS = 15
BODY_SECONDS = 60
LAG_PROBE_SECONDS = 0.02  # a shorter stall may pass unseen; costs some 6 ms of a core a second
LAG_LOGGED_SECONDS = 0.25
SPREAD_SECONDS = 5.0
LINGER_SECONDS = 0.5


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each socket is a file
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_services(settings) as services, background(services, garbage.watch(services.metrics)):
        application = make_application(services)
        server = make_server(application)
        server.listen(settings.port, settings.host, backlog=BACKLOG, reuse_port=settings.processes > 1)
        structlog.get_logger().info("serving", port=settings.port)
        await stop.wait()
        application.settings["draining"] = True
        await drain(server, services, application.settings["in_flight"])


def make_server(application: Application) -> HTTPServer:
    """A server with our limits on headers, bodies and patience; it does not listen yet."""
    return Server(
        application,
        max_header_size=16 * 1024,
        max_body_size=DRAINED_BYTES,
        idle_connection_timeout=HEADER_SECONDS * 4,
        body_timeout=BODY_SECONDS,
    )


@asynccontextmanager
async def background(services: Services, *more: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """What runs beside the requests of a web process, and `more`: what concerns the whole process."""
    publisher = CeleryPublisher(services.settings)
    relay = Relay(services.outbox, services.database, services.workers, publisher)
    relay.redelivery_seconds = services.settings.redelivery_seconds
    relay.metrics = services.metrics
    works = (
        relay.run(),
        services.feed.run(),
        services.board.reconcile(),
        services.houses_followed.reconcile(),
        services.cache.run(),
        services.cache.tell_owed(),
        watch_loop(services),
        vitals.watch(services, publisher.waiting),
        *more,
    )
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(_log_death)
    try:
        yield
    finally:
        await end_all(set(tasks))


async def end_all(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until they end: redis-py 8.1 swallows a cancellation that arrives while it connects."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=0.2)


async def drain(server: HTTPServer, services: Services, in_flight: Collection[object]) -> None:
    """Accept no more, close sockets spread over time, let requests in flight finish.

    Whoever keeps a connection open may be sending on it just now, as a proxy does: for a moment that is answered, too,
    and each answer says that its connection ends. All of it takes `drain_seconds` at most.
    """
    server.stop()
    limit = services.settings.drain_seconds
    try:
        async with asyncio.timeout(limit):
            await _close_listeners(services, min(SPREAD_SECONDS, limit / 2))
            await asyncio.sleep(min(LINGER_SECONDS, limit / 2))
            while in_flight:
                await _close_listeners(services, 0)  # who came on a kept connection meanwhile
                await asyncio.sleep(0.02)
    except TimeoutError:
        structlog.get_logger().warning("drain ran out of time")
    await _close_listeners(services, 0)
    await server.close_all_connections()


async def _close_listeners(services: Services, seconds: float) -> None:
    """Send them away, spread over so many seconds."""
    listeners = sorted(services.board.listeners, key=id)
    pause = seconds / max(len(listeners), 100)
    for listener in listeners:
        listener.close(CloseCode.GOING_AWAY)
        if pause:
            await asyncio.sleep(pause)


async def watch_loop(services: Services) -> None:
    """Measure how late the loop runs a timer; a stall is logged."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_PROBE_SECONDS
        await asyncio.sleep(LAG_PROBE_SECONDS)
        lag = max(0.0, loop.time() - due)
        services.metrics.loop_lag.observe(lag)
        if lag > LAG_LOGGED_SECONDS:
            structlog.get_logger().warning("event loop stalled", seconds=round(lag, 3))


def _log_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        structlog.get_logger().critical("background work died", exc_info=task.exception())
