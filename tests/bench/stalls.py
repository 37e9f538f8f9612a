"""How often the web process's loop ran a timer late, and how late at worst, in each part of the bench."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.stack import Stack

LATE_SECONDS = 0.05
LAG, GC_PAUSE = "ihome_loop_lag_seconds", "ihome_gc_pause_seconds"
_BUCKET = re.compile(r'(\w+)_bucket\{(?:.*,)?le="([^"]+)".*\} (\S+)')


@dataclass(frozen=True)
class Stalls:
    """One part: the timers that were late, and the buckets that the longest delay and collection fell into.

    `waited_seconds` is how long the process could have run but no core was free: that makes timers late, too.
    """

    part: str
    late: int
    worst_seconds: float
    gc_worst_seconds: float
    waited_seconds: float

    def as_record(self) -> dict[str, Any]:
        """For machines; a bucket without an upper end is None."""
        return {
            "part": self.part,
            "late": self.late,
            "worst_at_most_seconds": _finite(self.worst_seconds),
            "garbage_collection_at_most_seconds": _finite(self.gc_worst_seconds),
            "waited_for_a_core_seconds": self.waited_seconds,
        }


@dataclass(frozen=True)
class Moment:
    """What the web process says of itself, and the seconds that it has waited for a core."""

    exposition: str
    waited_seconds: float


def look(stack: Stack) -> Moment:
    """Now. The kernel counts what the main thread waited, in nanoseconds (proc(5): schedstat)."""
    with urllib.request.urlopen(f"{stack.url}/metrics") as answer:
        exposition = answer.read().decode()
    waited = Path(f"/proc/{stack.pid('serve')}/schedstat").read_text("ascii").split()[1]
    return Moment(exposition, int(waited) / 1e9)


def meanwhile(part: str, before: Moment, after: Moment) -> Stalls:
    """What happened from one moment to the other."""
    lags = _grown(LAG, before.exposition, after.exposition)
    pauses = _grown(GC_PAUSE, before.exposition, after.exposition)
    late = sum(count for bound, count in lags.items() if bound > LATE_SECONDS)
    waited = after.waited_seconds - before.waited_seconds
    return Stalls(part, late, max(lags, default=0.0), max(pauses, default=0.0), waited)


def rendered(seen: Sequence[Stalls]) -> str:
    """A row a part."""
    heads = f"{'> 50 ms late':>14}{'worst':>12}{'worst collection':>20}{'waited for a core':>20}"
    rows = [
        f"{one.part:34}{one.late:>14}{_bound(one.worst_seconds):>12}{_bound(one.gc_worst_seconds):>20}"
        f"{one.waited_seconds:>18.2f} s"
        for one in seen
    ]
    return "\n".join([f"{'the event loop, part by part':34}{heads}", *rows])


def line(seen: Sequence[Stalls]) -> Line:
    """The whole run, with the part that had the longest delay."""
    late = sum(one.late for one in seen)
    worst = max(seen, key=lambda one: one.worst_seconds, default=None)
    where = f" (worst {_bound(worst.worst_seconds)}, {worst.part})" if worst and late else ""
    return Line(f"loop > 50 ms late{where}", late, "times", budget="0", judged=late, limit=0)


def _grown(name: str, before: str, after: str) -> dict[float, int]:
    """By upper bound in seconds, how many fell into each bucket meanwhile; only those with any."""
    then, now = _buckets(name, before), _buckets(name, after)
    more = {bound: count - then.get(bound, 0.0) for bound, count in now.items()}
    ordered = [(0.0, 0.0), *sorted(more.items())]
    alone = {bound: round(count - below) for (_, below), (bound, count) in pairwise(ordered)}
    return {bound: count for bound, count in alone.items() if count}


def _buckets(name: str, text: str) -> Mapping[float, float]:
    """The cumulative counts of a histogram, summed over its labels."""
    counts: dict[float, float] = {}
    for found in map(_BUCKET.match, text.splitlines()):
        if found and found[1] == name:
            bound = float(found[2])  # "+Inf" too
            counts[bound] = counts.get(bound, 0.0) + float(found[3])
    return counts


def _bound(seconds: float) -> str:
    if seconds == float("inf"):
        return "> the last"
    return f"<= {1000 * seconds:g} ms" if seconds else "-"


def _finite(seconds: float) -> float | None:
    return None if seconds == float("inf") else seconds
