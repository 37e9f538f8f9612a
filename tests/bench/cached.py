"""Cached reads against a bare Tornado handler that writes the same bytes, and against themselves without caches."""

from __future__ import annotations

import statistics
import urllib.request
from typing import TYPE_CHECKING

from tests.bench import wrk
from tests.bench.servers import beside
from tests.bench.table import Line
from tests.stack import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack import Stack

ROUNDS = 5
API = "/api/v1_0"
PATHS = (f"{API}/areas", f"{API}/houses/index", f"{API}/houses", f"{API}/houses/1")
BUDGET = 0.6
LAYERS = {"near": "from Redis only", "cache": "from MySQL only"}


def lines(stack: Stack, folder: Path) -> list[Line]:
    """All comparisons; the site runs on one core meanwhile, as every server that it is compared with."""
    cores = wrk.cores()
    wrk.pin(stack.pid("serve"), cores.server)
    found = [against_bare(stack, path, folder) for path in PATHS]
    for without, name in LAYERS.items():
        found.append(against_layer(stack, without, name))
    wrk.pin(stack.pid("serve"), cores.server | cores.client)
    return found


def rate(url: str, seconds: int = wrk.SECONDS) -> float:
    """Answers a second, asked for as browsers do: with gzip."""
    return wrk.rate(url, headers=("Accept-Encoding: gzip",), seconds=seconds)


def against_bare(stack: Stack, path: str, folder: Path) -> Line:
    """Ours and bare Tornado in turns; bare Tornado writes the bytes that we compressed."""
    request = urllib.request.Request(stack.url + path, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        coding = answer.headers.get("Content-Encoding", "identity")
        body = folder / "body"
        body.write_bytes(answer.read())
    port = free_port()
    with beside(stack, "bare", str(port), str(body), coding):
        pairs = [(rate(stack.url + path), rate(f"http://127.0.0.1:{port}/")) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    what = f"cached GET {path.removeprefix(API)}, {body.stat().st_size} B {coding}"
    return Line(
        what, ours, "answers/s", "bare Tornado, same bytes", bare,
        f">= {BUDGET} of bare", ratio, BUDGET, at_least=True,
    )  # fmt: skip


def against_layer(stack: Stack, without: str, name: str) -> Line:
    """The same read from the near-cache, and from Redis or MySQL each time."""
    path, port = PATHS[-1], free_port()
    with beside(stack, "bare", str(port), "--without", without):
        pairs = [(rate(stack.url + path), rate(f"http://127.0.0.1:{port}{path}")) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Line("cached GET /houses/1", ours, "answers/s", f"the same, {name}", theirs)
