"""The numbers of this process; with PROMETHEUS_MULTIPROC_DIR in the environment, of all processes of the site.

That variable is prometheus_client's own: each process writes its numbers into a file of that folder, and whoever is
asked adds them up.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Of gauges, add up those of living processes; what all see alike, take from whoever looked last.
LIVING: Final = "livesum"
LAST: Final = "mostrecent"
_OF_PROCESS = re.compile(r"gauge_live\w+_(\d+)\.db")


class Metrics:
    """Everything that `/metrics` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "ihome_http_request_seconds",
            "Time from the first byte of a request to the end of its answer",
            ("method", "route", "status"),
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.loop_lag = Histogram(
            "ihome_loop_lag_seconds",
            "How late the event loop ran a timer",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.tasks = Histogram(
            "ihome_task_seconds",
            "Time that the worker spent on a task; outcome done, skipped or failed",
            ("task", "outcome"),
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.sockets = Gauge(
            "ihome_websockets", "Open websockets", registry=self.registry, multiprocess_mode=LIVING
        )
        self.resident = Gauge(
            "ihome_resident_bytes",
            "Memory that a web process holds",
            registry=self.registry,
            multiprocess_mode=LIVING,
        )
        self.socket_backlog = Gauge(
            "ihome_websocket_backlog",
            "Messages that wait for the slowest websocket of a process",
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.socket_closes = Counter(
            "ihome_websocket_closes", "Websockets closed by the server", ("reason",), registry=self.registry
        )
        self.watched_tasks = Gauge(
            "ihome_watched_tasks",
            "Tasks the hub is subscribed to",
            registry=self.registry,
            multiprocess_mode=LIVING,
        )
        self.published = Counter(
            "ihome_outbox_published", "Outbox rows handed to Celery", registry=self.registry
        )
        self.publish_failures = Counter(
            "ihome_outbox_failures", "Failed attempts to publish", registry=self.registry
        )
        self.cache_reads = Counter(
            "ihome_cache_reads",
            "Cached reads by where they were answered: near, redis, miss, or joined to one under way",
            ("answered",),
            registry=self.registry,
        )
        self.cache_failures = Counter(
            "ihome_cache_failures",
            "What the cache's Redis did not do in time: read, store, drop",
            ("operation",),
            registry=self.registry,
        )
        self.database_in_use = Gauge(
            "ihome_mysql_connections",
            "MySQL connections in use",
            registry=self.registry,
            multiprocess_mode=LIVING,
        )
        self.queue_depth = Gauge(
            "ihome_worker_queue",
            "Calls waiting or running in a thread pool",
            ("pool",),
            registry=self.registry,
            multiprocess_mode=LIVING,
        )
        self.outbox_waiting = Gauge(
            "ihome_outbox_waiting",
            "Outbox rows that are not done",
            registry=self.registry,
            multiprocess_mode=LAST,
        )
        self.outbox_lag = Gauge(
            "ihome_outbox_lag_seconds",
            "Age of the oldest outbox row that is not done",
            registry=self.registry,
            multiprocess_mode=LAST,
        )
        self.broker_queue = Gauge(
            "ihome_broker_queue",
            "Messages that wait for a worker in the broker's Redis",
            registry=self.registry,
            multiprocess_mode=LAST,
        )

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        folder = os.environ.get(SHARED)
        if not folder:
            return generate_latest(self.registry)
        forget_dead(Path(folder))
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, folder)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


def forget_dead(folder: Path) -> None:
    """Drop the gauges of processes that are gone: nobody else takes back what a killed one had counted."""
    for path in folder.glob("gauge_live*.db"):
        owner = _OF_PROCESS.fullmatch(path.name)
        if owner and not Path("/proc", owner[1]).exists():
            path.unlink(missing_ok=True)
