"""The numbers of several processes, added up; the gauges that nothing else sets."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from server import vitals
from server.metrics import SHARED, forget_dead
from server.outbox import repository as outbox_repository
from server.outbox.model import Work
from server.tasks import CeleryPublisher
from server.vitals import note_stores
from tests.faults.proxy import FaultProxy, Pass, Refuse
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tornado.ioloop import IOLoop

    from server.services import Services
    from tests.stack import Stack

COUNT = (
    "from server.metrics import Metrics; import sys, time;"
    "metrics = Metrics(); metrics.sockets.set(3); metrics.published.inc(2);"
    "metrics.socket_backlog.set(int(sys.argv[1]));"
    "print('ready', flush=True); sys.stdin.read()"
)
ASK = "from server.metrics import Metrics; sys = __import__('sys'); sys.stdout.buffer.write(Metrics().exposition())"


def _python(code: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, SHARED: str(folder)}
    return subprocess.Popen(
        (sys.executable, "-c", code, *arguments),
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _asked(folder: Path) -> dict[str, float]:
    answer = _python(ASK, folder).communicate(timeout=30)[0].decode()
    lines = [line.rsplit(" ", 1) for line in answer.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_any_process_shows_the_numbers_of_all_and_living_gauges_only(tmp_path: Path) -> None:
    # given: two processes with three sockets each; for the slowest of them 5 and 2 messages wait
    counting = [_python(COUNT, tmp_path, backlog) for backlog in ("5", "2")]
    for process in counting:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"

    # when: one of them is killed
    both = _asked(tmp_path)
    counting[0].kill()
    counting[0].communicate(timeout=30)
    one = _asked(tmp_path)
    counting[1].communicate(timeout=30)

    # then: its sockets are gone, what it had published is not
    assert both["ihome_websockets"] == 6
    assert both["ihome_outbox_published_total"] == 4
    assert both["ihome_websocket_backlog"] == 5
    assert one["ihome_websocket_backlog"] == 2
    assert one["ihome_websockets"] == 3
    assert one["ihome_outbox_published_total"] == 4


def test_only_gauges_of_the_dead_are_dropped(tmp_path: Path) -> None:
    for name in (f"gauge_livesum_{os.getpid()}.db", "gauge_livesum_4194305.db", "counter_4194305.db"):
        (tmp_path / name).touch()

    forget_dead(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {
        f"gauge_livesum_{os.getpid()}.db",
        "counter_4194305.db",
    }


def test_the_outbox_and_the_brokers_queue_are_looked_up(services: Services, io_loop: IOLoop) -> None:
    # given: three messages on a queue that no worker reads
    publisher = CeleryPublisher(services.settings.model_copy(update={"redis_prefix": "unread:"}))

    async def write_and_look() -> tuple[float, float, float]:
        async with services.database.reading() as cursor:
            await cursor.execute("UPDATE outbox SET done_at = NOW(6) WHERE done_at IS NULL")
            await outbox_repository.add(cursor, Work("metrics-1", "system.nothing"))
            await cursor.execute(
                "UPDATE outbox SET created_at = NOW(6) - INTERVAL 90 SECOND, available_at = NOW(6) + INTERVAL 1 DAY"
                " WHERE task_id = 'metrics-1'"
            )
        await asyncio.to_thread(publisher.publish, [Work(f"unread-{n}", "system.nothing") for n in range(3)])
        await note_stores(services, publisher.waiting)
        metrics = services.metrics
        read = metrics.registry.get_sample_value
        found = [
            read(name) for name in ("ihome_outbox_waiting", "ihome_outbox_lag_seconds", "ihome_broker_queue")
        ]
        async with services.database.transaction() as cursor:
            await cursor.execute("DELETE FROM outbox WHERE task_id = 'metrics-1'")
        waiting, lag, queue = (value if value is not None else -1.0 for value in found)
        return waiting, lag, queue

    waiting, lag, queue = io_loop.run_sync(write_and_look)

    assert waiting >= 1
    assert lag >= 90
    assert queue == 3


def test_a_broker_that_is_gone_for_a_moment_does_not_end_the_watch(
    services: Services, stack: Stack, io_loop: IOLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the way to the broker is cut
    socket = tmp_path / "broker.sock"
    settings = services.settings.model_copy(
        update={"redis_prefix": "cut-off:", "broker_url": f"unix://{socket}?db=2"}
    )
    publisher = CeleryPublisher(settings)
    monkeypatch.setattr(vitals, "SECONDS", 0.05)
    asked = 0
    answers: list[int] = []

    def waiting() -> int:
        nonlocal asked
        asked += 1
        answers.append(publisher.waiting())
        return answers[-1]

    async def until(seen: Callable[[], bool], watching: asyncio.Task[None]) -> bool:
        async with asyncio.timeout(30):
            while not seen() and not watching.done():  # noqa: ASYNC110 - a thread counts
                await asyncio.sleep(0.02)
        return not watching.done()

    async def cut_and_mend() -> bool:
        async with FaultProxy(stack.folder.redis_socket, socket) as proxy:
            await proxy.switch(Refuse())
            watching = asyncio.create_task(vitals.watch(services, waiting))
            await until(lambda: asked > 1, watching)

            # when
            await proxy.switch(Pass())
            await asyncio.to_thread(publisher.publish, [Work("cut-off-1", "system.nothing")])
            survived = await until(lambda: 1 in answers, watching)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return survived

    assert io_loop.run_sync(cut_and_mend, 60)
    assert answers[-1] == 1
