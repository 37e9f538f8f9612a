"""The numbers of this process; with PROMETHEUS_MULTIPROC_DIR in the environment, of all processes of the site.

That variable is prometheus_client's own: each process writes its numbers into a file of that folder, and whoever is
asked adds them up.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PAUSE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
_OF_PROCESS = re.compile(r"gauge_live\w+_(\d+)\.db")


class Metrics:
    """Everything that `/metrics` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        took, counts, lives, last = self._histogram, self._counter, self._gauge, self._last
        self.requests = took(
            "http_request_seconds",
            "Time from the first byte of a request to the end of its answer",
            "method", "route", "status",
        )  # fmt: skip
        self.loop_lag = took("loop_lag_seconds", "How late the event loop ran a timer")
        self.gc_pauses = Histogram(
            "ihome_gc_pause_seconds", "How long the collector of garbage held everything up", ["generation"],
            buckets=PAUSE_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.tasks = took(
            "task_seconds", "The worker's time for a task; outcome done, skipped or failed", "task", "outcome"
        )
        self.sockets = lives("websockets", "Open websockets")
        self.socket_backlog = Gauge(
            "ihome_websocket_backlog", "Messages that wait for the slowest websocket",
            registry=self.registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self.socket_closes = counts("websocket_closes", "Websockets closed by the server", "reason")
        self.watched_tasks = lives("watched_tasks", "Tasks the hub is subscribed to")
        self.published = counts("outbox_published", "Outbox rows handed to Celery")
        self.publish_failures = counts("outbox_failures", "Failed attempts to publish")
        self.outbox_waiting = last("outbox_waiting", "Outbox rows that are not done")
        self.outbox_lag = last("outbox_lag_seconds", "Age of the oldest outbox row that is not done")
        self.broker_queue = last("broker_queue", "Messages in the broker that wait for a worker")
        self.cache_reads = counts(
            "cache_reads",
            "Cached reads by where they were answered: near, redis, miss, or joined to one under way",
            "answered",
        )
        self.cache_failures = counts(
            "cache_failures", "What the cache's Redis did not do in time: read, store, drop", "operation"
        )
        self.database_in_use = lives("mysql_connections", "MySQL connections in use")
        self.queue_depth = lives("worker_queue", "Calls waiting or running in a thread pool", "pool")
        self.resident = lives("resident_bytes", "Memory that web processes hold")

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"ihome_{name}", meaning, labels, buckets=LATENCY_BUCKETS, registry=self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"ihome_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """Of several processes, the sum over those that live."""
        return Gauge(f"ihome_{name}", meaning, labels, registry=self.registry, multiprocess_mode="livesum")

    def _last(self, name: str, meaning: str) -> Gauge:
        """What all processes see alike: of several, what was seen last."""
        return Gauge(f"ihome_{name}", meaning, registry=self.registry, multiprocess_mode="mostrecent")

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format. Blocks: a folder of some processes takes tens of milliseconds."""
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
