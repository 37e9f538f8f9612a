"""A full collection looks only at what is new; garbage among the rest is found by a thaw; pauses are counted."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
import urllib.request
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from server import garbage
from server.garbage import OLDEST, THAW_SECONDS, Freezer
from server.metrics import Metrics
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

MANY = 50_000
WORK = """
import gc
from server.local.configuration import read_settings
from server.tasks import WorkerLoop
from pathlib import Path
loop = WorkerLoop(read_settings(Path()))
loop.run("system.heartbeat", "some-heartbeat", ())
print(len(gc.callbacks), gc.get_freeze_count() > 0)
loop.close()
print(len(gc.callbacks))
"""


class Knot:
    """Refers to itself, so only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def freezer() -> Iterator[Freezer]:
    freezer = Freezer()
    with freezer.freezing():
        yield freezer


@pytest.fixture
def many() -> list[list[int]]:
    """As thousands of open websockets are: alive for long, each of them seen by the collector."""
    return [[number] for number in range(MANY)]


def looked_at_next() -> int:
    """How many objects the next full collection would look at."""
    return len(gc.get_objects(generation=OLDEST))


def frozen_garbage() -> weakref.ref[Knot]:
    """A cycle that was alive when it was frozen, and is garbage now."""
    knot = Knot()
    gc.collect()
    return weakref.ref(knot)


def test_after_a_full_collection_the_next_one_looks_at_what_is_new_only(
    freezer: Freezer, many: list[list[int]]
) -> None:
    before = gc.get_freeze_count()

    gc.collect()

    assert looked_at_next() < MANY / 10
    assert gc.get_freeze_count() >= before + len(many)


def test_without_freezing_every_full_collection_looks_at_everything(many: list[list[int]]) -> None:
    """The negative control."""
    gc.collect()

    assert looked_at_next() >= len(many)


def test_a_start_already_freezes_what_is_there(many: list[list[int]]) -> None:
    with Freezer().freezing():
        frozen, left = gc.get_freeze_count(), looked_at_next()

    assert frozen >= len(many)
    assert left < MANY / 10
    assert gc.get_freeze_count() == 0


def test_a_younger_collection_freezes_nothing(freezer: Freezer, many: list[list[int]]) -> None:
    before = gc.get_freeze_count()

    gc.collect(generation=1)

    assert gc.get_freeze_count() <= before
    assert looked_at_next() >= len(many)


def test_what_is_frozen_is_still_freed_when_nothing_refers_to_it(freezer: Freezer) -> None:
    lasting = type("Lasting", (), {})()
    gone = weakref.ref(lasting)
    gc.collect()

    del lasting

    assert gone() is None


def test_a_thaw_finds_the_garbage_among_what_is_frozen(freezer: Freezer) -> None:
    knot = frozen_garbage()
    gc.collect()
    assert knot() is not None  # the negative control: no collection looks there

    freezer.thaw(time.monotonic())

    assert knot() is None
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize(
    ("is_doubled", "passed", "is_thawed"),
    [(True, THAW_SECONDS, True), (True, THAW_SECONDS - 1, False), (False, THAW_SECONDS, False)],
)
def test_a_thaw_is_due_when_an_hour_has_passed_and_the_frozen_have_doubled(
    freezer: Freezer, *, is_doubled: bool, passed: float, is_thawed: bool
) -> None:
    now = 10_000.0  # whole, or the sums below are a little less than they say
    freezer.thaw(now)
    more = [[number] for number in range(2 * gc.get_freeze_count() if is_doubled else 10)]
    knot = frozen_garbage()

    freezer.thaw_if_due(now + passed)

    assert (knot() is None) == is_thawed
    assert more


def test_an_hour_passes_between_two_looks(freezer: Freezer) -> None:
    """To count the frozen takes a while, too."""
    now = 10_000.0  # whole, or the sums below are a little less than they say
    freezer.thaw(now)
    freezer.thaw_if_due(now + THAW_SECONDS)
    more = [[number] for number in range(2 * gc.get_freeze_count())]  # some of the frozen end meanwhile
    knot = frozen_garbage()

    freezer.thaw_if_due(now + 2 * THAW_SECONDS - 1)
    is_there_early = knot() is not None
    freezer.thaw_if_due(now + 2 * THAW_SECONDS)

    assert is_there_early
    assert knot() is None
    assert more


def test_pauses_are_observed_by_generation_and_once(freezer: Freezer) -> None:
    metrics = Metrics()
    gc.collect(generation=0)
    gc.collect()

    freezer.tell(metrics)
    once = pauses(metrics, 0), pauses(metrics, OLDEST)
    gc.disable()  # what `tell` makes may bring a collection of its own
    freezer.tell(metrics)
    again = pauses(metrics, OLDEST)
    gc.enable()

    assert once[0] >= 1
    assert once[1] >= 1
    assert again == once[1]


def pauses(metrics: Metrics, generation: int) -> float:
    labels = {"generation": str(generation)}
    return metrics.registry.get_sample_value("ihome_gc_pause_seconds_count", labels) or 0.0


def test_a_collection_while_a_metric_is_locked_waits_for_nobody(freezer: Freezer) -> None:
    """prometheus_client's locks are not re-entrant, and Python may collect wherever it makes an object."""
    metrics = Metrics()
    with metrics.gc_pauses._lock:
        gc.collect()

    freezer.tell(metrics)

    assert pauses(metrics, OLDEST) >= 1


def test_the_watch_looks_often_and_leaves_nothing_behind_when_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "TELL_SECONDS", 0.01)
    metrics, before = Metrics(), list(gc.callbacks)

    async def watch_for_a_while() -> int:
        watching = asyncio.create_task(garbage.watch(metrics))
        async with asyncio.timeout(10):
            while pauses(metrics, OLDEST) < 3:  # noqa: ASYNC110 - a metric tells nobody
                await asyncio.sleep(0.01)
        frozen = gc.get_freeze_count()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        return frozen

    assert asyncio.run(watch_for_a_while()) > 0
    assert gc.callbacks == before
    assert gc.get_freeze_count() == 0


def test_a_worker_keeps_its_pauses_short_until_it_ends(stack: Stack) -> None:
    worker = subprocess.run(
        (sys.executable, "-W", "ignore::ResourceWarning", "-c", WORK),
        env=stack.environment(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert worker.stdout.split() == ["1", "True", "0"], worker.stderr


def test_a_web_process_shows_its_pauses(stack: Stack) -> None:
    stack.start("serve", ready_url=f"{stack.url}/healthz")
    try:
        with urllib.request.urlopen(f"{stack.url}/metrics") as answer:
            shown = answer.read().decode()
    finally:
        stack.stop("serve")

    assert "# TYPE ihome_gc_pause_seconds histogram" in shown
