"""What the cached reads are compared with: bare Tornado, and our own site without its near-cache or without any cache.

`python -m tests.bench.bare PORT FILE CODING` serves the bytes of a file; `… PORT --without near|cache` serves the site.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tornado.web import Application, RequestHandler

from handlers.application import make_application
from handlers.serving import background
from main import run_loop
from server.cache.flights import Flights
from server.cache.near import NearCache
from server.cache.shared import Found
from server.local.configuration import read_settings
from server.services import open_services
from tests.stack import ROOT


class Bare(RequestHandler):
    """Writes what it was given."""

    def initialize(self, body: bytes, coding: str) -> None:
        """The bytes of the real answer, and how they were compressed."""
        self._body = body
        self._coding = coding

    def compute_etag(self) -> None:
        """The real handler hashes nothing either."""

    def get(self) -> None:
        """The same bytes, the same type."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Content-Encoding", self._coding)
        self.finish(self._body)


class _Nowhere:
    """A shared cache that has nothing and keeps nothing."""

    channel = "bench:nowhere"

    async def find(self, _key: object) -> Found:
        """Nothing, and no leave to write."""
        return Found()


async def serve_bytes(port: int, body: bytes, coding: str) -> None:
    """One bare handler, for ever."""
    Application([("/.*", Bare, {"body": body, "coding": coding})]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


async def serve_site(port: int, without: str) -> None:
    """The site with every read answered by Redis (`near`) or by MySQL (`cache`), for ever."""
    async with open_services(read_settings(ROOT)) as services, background(services):
        services.cache.near = NearCache(max_entries=0)
        services.cache.flights = Flights(0.0)  # each request reads for itself
        if without == "cache":
            services.cache.shared = _Nowhere()  # type: ignore[assignment]  # the two things that a read asks of it
        make_application(services).listen(port, "127.0.0.1")
        await asyncio.Event().wait()


def main() -> None:
    """See the module. The loop is the site's: uvloop where it is installed."""
    port = int(sys.argv[1])
    if sys.argv[2] == "--without":
        run_loop(serve_site(port, sys.argv[3]))
    else:
        run_loop(serve_bytes(port, Path(sys.argv[2]).read_bytes(), sys.argv[3]))


if __name__ == "__main__":
    main()
