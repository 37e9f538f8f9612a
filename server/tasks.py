"""Celery: the app that publishes (without a result backend), the app that works, and the periodic schedule."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import kombu.exceptions
import structlog
from celery import Celery, signals, states
from celery.exceptions import Ignore

from server import garbage
from server.calendars.sync import SWEEP_SECONDS
from server.errors import StoreUnavailable
from server.health import HEARTBEAT_SECONDS
from server.live.model import EVENT_NEWS
from server.nights.model import CALENDAR_NEWS
from server.outbox.model import Work
from server.payments.service import CHECK_SECONDS
from server.services import Services, open_services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractAsyncContextManager

    from celery import Task

    from server.settings import Settings

QUEUE = "ihome"
NEWS = frozenset({EVENT_NEWS, CALENDAR_NEWS})
ALL_NEWS = "live.publish-all"  # its arguments are tasks of NEWS, each as its id, name and arguments
RESULT_SECONDS = 24 * 3600
TASK_SECONDS = 60


async def _send_sms(services: Services, task_id: str, _args: tuple[Any, ...]) -> dict[str, Any] | None:
    return await services.sms.deliver(task_id)


async def _publish_event(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any]:
    return (await services.live.publish([Work(task_id, EVENT_NEWS, args)]))[task_id]


async def _make_variants(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any] | None:
    return await services.photos.make_variants(task_id, *args)


async def _forget_houses(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any]:
    return await services.changes.forget(task_id, *args)


async def _publish_nights(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any]:
    return (await services.live.publish([Work(task_id, CALENDAR_NEWS, args)]))[task_id]


async def _publish_news(services: Services, _task_id: str, args: tuple[Any, ...]) -> dict[str, Any]:
    works = [Work(task_id, name, tuple(arguments)) for task_id, name, arguments in args]
    return await services.live.publish(works)


async def _sweep_orders(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    return await services.orders.sweep()


async def _send_notice(services: Services, task_id: str, _args: tuple[Any, ...]) -> dict[str, Any] | None:
    return await services.notices.deliver(task_id)


async def _refund(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any] | None:
    return await services.payments.refund(task_id, *args)


async def _check_payments(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    return await services.payments.check()


async def _deliver_webhook(services: Services, task_id: str, _args: tuple[Any, ...]) -> None:
    await services.courier.deliver(task_id)


async def _sweep_webhooks(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    services.courier.wake()
    return {"state": "sent"}


async def _sync_calendar(services: Services, task_id: str, args: tuple[Any, ...]) -> dict[str, Any] | None:
    feed_id, asked = args
    return await services.calendar_readers.read(task_id, feed_id, asked=asked)


async def _sweep_calendars(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    return await services.calendar_sync.sweep()


async def _beat(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    return await services.health.beat()


async def _purge(services: Services, _task_id: str, _args: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "outbox": await services.outbox.purge(),
        "live": await services.live.purge(),
        "sms": await services.sms.purge(),
        "objects": await services.media.sweep(),
        "idempotency": await services.idempotency.purge(),
        "notices": await services.notices.purge(),
        "webhooks": await services.webhooks.purge(),
    }


JOBS: dict[str, Callable[[Services, str, tuple[Any, ...]], Awaitable[dict[str, Any] | None]]] = {
    "sms.send": _send_sms,
    EVENT_NEWS: _publish_event,
    "photos.variants": _make_variants,
    "houses.forget": _forget_houses,
    CALENDAR_NEWS: _publish_nights,
    ALL_NEWS: _publish_news,
    "orders.sweep": _sweep_orders,
    "orders.notice": _send_notice,
    "payments.refund": _refund,
    "payments.check": _check_payments,
    "webhooks.deliver": _deliver_webhook,
    "webhooks.sweep": _sweep_webhooks,
    "calendars.sync": _sync_calendar,
    "calendars.sweep": _sweep_calendars,
    "system.heartbeat": _beat,
    "system.purge": _purge,
}
# Whose results the live channel reads; of the others nothing is stored. Some are shown from their beginning.
SHOWN = frozenset({"sms.send", "photos.variants", "calendars.sync"})
FOLLOWED = SHOWN | NEWS
SCHEDULE = {
    "heartbeat": {"task": "system.heartbeat", "schedule": HEARTBEAT_SECONDS, "options": {"expires": 30}},
    "orders": {"task": "orders.sweep", "schedule": 10, "options": {"expires": 10}},
    "payments": {"task": "payments.check", "schedule": CHECK_SECONDS, "options": {"expires": CHECK_SECONDS}},
    "webhooks": {"task": "webhooks.sweep", "schedule": 10, "options": {"expires": 10}},
    "calendars": {
        "task": "calendars.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "purge": {"task": "system.purge", "schedule": 3600, "options": {"expires": 3600}},
}


class CeleryPublisher:
    """Publishes outbox rows; blocks, so it runs in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._app = publishing_app(settings)

    def waiting(self) -> int:
        """How many messages wait for a worker. Blocks. Raises OSError when the broker cannot be reached."""
        with self._app.connection_for_read() as connection:
            gone = (
                kombu.exceptions.OperationalError,
                *connection.connection_errors,
                *connection.channel_errors,
            )
            try:  # declared as by the worker: kombu asks Redis without our prefix whether a queue is there
                channel = connection.default_channel
                return int(channel.queue_declare(QUEUE, durable=True, auto_delete=False).message_count)
            except gone as error:
                raise ConnectionError(str(error)) from error

    def publish(self, works: Sequence[Work]) -> list[Work]:
        """Put them on the queue; those that were before the broker failed. Raises OSError when it was none."""
        handed: list[Work] = []
        for message, told in _messages(works):
            try:
                self._app.send_task(
                    message.name, args=list(message.args), task_id=message.task_id, retry=False
                )
            except kombu.exceptions.OperationalError as error:
                if not handed:
                    raise ConnectionError(str(error)) from error
                break
            handed += told
        return handed


def _messages(works: Sequence[Work]) -> Iterator[tuple[Work, list[Work]]]:
    """What is put on the queue, with the works that it stands for: news in one message, all else by itself.

    News that was published before goes by itself, too: what cannot be told holds nothing else up.
    """
    news = [work for work in works if work.name in NEWS and not work.publications]
    if len(news) > 1:
        args = tuple((work.task_id, work.name, work.args) for work in news)
        yield Work(str(uuid4()), ALL_NEWS, args), news
        works = [work for work in works if work not in news]
    for work in works:
        yield work, [work]


class WorkerLoop:
    """The one event loop of a worker process, in a thread of its own, with one `open_services`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: AbstractAsyncContextManager[Services] | None = None
        self._services: Services | None = None
        self._collections: Future[None] | None = None

    def run(self, name: str, task_id: str, args: tuple[Any, ...]) -> dict[str, Any] | None:
        """Run one job to its end; called from the pool's threads or processes."""
        with self._lock:
            if self._pid != os.getpid():  # a forked child has no loop yet
                self._start()
        assert self._loop is not None  # noqa: S101 - _start made it
        assert self._services is not None  # noqa: S101
        work = JOBS[name](self._services, task_id, args)
        outcome, began = "failed", time.monotonic()
        try:
            result = asyncio.run_coroutine_threadsafe(_in_time(work), self._loop).result()
            outcome = "skipped" if result is None else "done"
        finally:
            spent = time.monotonic() - began
            self._services.metrics.tasks.labels(name, outcome).observe(spent)
        return result

    def close(self) -> None:
        """Close the services and stop the loop."""
        if self._pid == os.getpid() and self._loop and self._context and self._collections:
            self._collections.cancel()
            asyncio.run_coroutine_threadsafe(self._context.__aexit__(None, None, None), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="worker-loop", daemon=True).start()
        self._context = open_services(self._settings)
        self._services = asyncio.run_coroutine_threadsafe(self._context.__aenter__(), loop).result(30)
        self._loop, self._pid = loop, os.getpid()
        self._collections = asyncio.run_coroutine_threadsafe(garbage.watch(self._services.metrics), loop)


async def _in_time(work: Awaitable[dict[str, Any] | None]) -> dict[str, Any] | None:
    async with asyncio.timeout(TASK_SECONDS):
        return await work


def publishing_app(settings: Settings) -> Celery:
    """An app without a result backend: with one, each publication would leave a subscription behind."""
    app = Celery("ihome-publisher", broker=celery_url(settings.broker_url), backend="disabled://")
    app.conf.update(_common(settings), beat_schedule=SCHEDULE, task_ignore_result=True)
    return app


def worker_app(settings: Settings) -> Celery:
    """The app that runs tasks and stores their states."""
    app = Celery("ihome", broker=celery_url(settings.broker_url), backend=celery_url(settings.redis_url))
    app.conf.update(
        _common(settings),
        result_backend_transport_options={"global_keyprefix": settings.redis_prefix},
        result_expires=RESULT_SECONDS,
        redis_max_connections=100,
        redis_socket_timeout=5,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_pool=settings.worker_pool,
        worker_concurrency=settings.worker_concurrency,
    )
    loop = WorkerLoop(settings)
    for name in JOBS:
        run = _runner(loop, name)
        app.task(
            _teller(run) if name == ALL_NEWS else run,
            name=name,
            bind=True,
            ignore_result=name not in FOLLOWED,
            track_started=name in SHOWN,
        )
    for signal in (signals.worker_shutdown, signals.worker_process_shutdown):
        signal.connect(lambda **_: loop.close(), weak=False)
    return app


def celery_url(url: str) -> str:
    """Our Redis URL as kombu and Celery's backend spell it."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parts.query.removeprefix("db=") or "0"
    return f"redis+socket://{parts.path}?virtual_host={database}"


def _runner(loop: WorkerLoop, name: str) -> Callable[..., dict[str, Any]]:
    def run(self: Task, *args: Any) -> dict[str, Any]:
        try:
            outcome = loop.run(name, self.request.id, args)
        except StoreUnavailable as error:  # no end: the outbox publishes it again, the clock starts it again
            structlog.get_logger().warning("task waits for a store", task=name, store=error.store)
            raise Ignore from error
        if outcome is None:  # another worker has it: leave the stored state to that one
            raise Ignore
        return outcome

    return run


def _teller(run: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """The task of many tasks: stores the result of each under its own id, as if it had run by itself."""

    def tell(self: Task, *args: Any) -> None:
        for task_id, result in run(self, *args).items():
            self.backend.store_result(task_id, result, states.SUCCESS)

    return tell


def _common(settings: Settings) -> dict[str, Any]:
    return {
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": QUEUE,
        "timezone": "UTC",
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 1,
        "broker_pool_limit": 4,
        "broker_transport_options": {
            "max_connections": 100,
            "global_keyprefix": settings.redis_prefix,
            "visibility_timeout": 600,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
        },
    }
