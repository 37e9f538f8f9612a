"""The numbers of one process, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


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
        self.sockets = Gauge("ihome_websockets", "Open websockets", registry=self.registry)
        self.socket_closes = Counter(
            "ihome_websocket_closes", "Websockets closed by the server", ("reason",), registry=self.registry
        )
        self.watched_tasks = Gauge(
            "ihome_watched_tasks", "Tasks the hub is subscribed to", registry=self.registry
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
            "ihome_mysql_connections", "MySQL connections in use", registry=self.registry
        )
        self.queue_depth = Gauge(
            "ihome_worker_queue",
            "Calls waiting or running in a thread pool",
            ("pool",),
            registry=self.registry,
        )

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)
