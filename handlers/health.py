"""For operators: alive, ready, and the numbers. From this machine only, but for liveness."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from handlers import wire
from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.health import AliveShape, ReadyShape
from server import vitals
from server.errors import Errno, NoSuchThing, Overloaded
from server.i18n import N_

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

NOT_READY = N_("还没有准备好")


@public("600/minute")
class LivenessHandler(BaseHandler):
    """Whether the event loop turns."""

    kept = "no-store"

    async def prepare(self) -> None:
        """No session, no limit: it must answer when nothing else does."""

    @operation(name="isAlive", answer=AliveShape)
    async def get(self) -> None:
        """Whether the process serves."""
        self.succeed({"alive": True})


class _OperatorHandler(BaseHandler):
    is_public = True
    kept = "no-store"

    async def prepare(self) -> None:
        """Loopback only; a proxy's visitors are strangers."""
        stay_on_this_machine(self.request)


class ReadinessHandler(_OperatorHandler):
    """Whether requests can be served."""

    @operation(name="isReady", answer=ReadyShape, others={503: ReadyShape}, refusals=(NoSuchThing,))
    async def get(self) -> None:
        """200 when MySQL, Redis and the worker work, else 503; the parts are named. From this machine only."""
        ready = await self.services.health.readiness()
        draining = bool(self.settings.get("draining"))
        parts = {"mysql": ready.mysql, "redis": ready.redis, "worker": ready.worker, "draining": draining}
        if ready.is_ready and not draining:
            self.succeed(parts)
        else:
            self.set_status(503)
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.finish(wire.dump({"errno": Errno.STORE.value, "errmsg": self.say(NOT_READY), "data": parts}))


class MetricsHandler(_OperatorHandler):
    """Prometheus' text format."""

    @operation(name="getMetrics", media_type="text/plain", refusals=(NoSuchThing, Overloaded))
    async def get(self) -> None:
        """All numbers of this process, or of all where they share a folder, for Prometheus. From this machine only."""
        vitals.note(self.services)
        numbers = await self.services.workers.run("metrics", self.services.metrics.exposition)
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(numbers)


def stay_on_this_machine(request: HTTPServerRequest) -> None:
    """Refuse whoever does not ask on this machine itself. Raises NoSuchThing."""
    if request.headers.get("X-Forwarded-For") or not _is_loopback(request.remote_ip or ""):
        raise NoSuchThing


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
