"""A process that is killed while it books: the replay of the request finds its order, or makes the only one."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from server.nights.model import Stay
from server.orders.service import Wish
from server.orders.verify import violations
from server.services import open_services
from tests.bookings import Booked, new_booked
from tests.houses import rows
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)
START = date.today() + timedelta(days=10)  # noqa: DTZ011 - far enough from any midnight
STAY = Stay(START, START + timedelta(days=2))


@pytest.fixture
def town(io_loop: IOLoop, stack: Stack) -> Iterator[Booked]:
    """A house and a guest."""
    exits = AsyncExitStack()

    async def enter() -> Booked:
        return await new_booked(await exits.enter_async_context(open_services(stack.settings)))

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def killed(stack: Stack, town: Booked, point: str) -> int:
    """Book in a process of its own that is killed at this point; returns its exit code."""
    words = (point, str(town.guest_id), str(town.house_id), STAY.start.isoformat(), STAY.end.isoformat())
    named = {
        "PATH": "/usr/bin:/bin",
        "IHOME_STATE": str(stack.folder.root),
        "IHOME_PORT": str(stack.port),
        "IHOME_SANDBOX_PORT": str(stack.sandbox_port),
    }
    argv = (sys.executable, "-m", "tests.server.idempotency.crash", *words)
    ended = await asyncio.to_thread(
        subprocess.run, argv, cwd=ROOT, env=named, capture_output=True, timeout=60
    )
    return ended.returncode


async def replay(town: Booked) -> int:
    """The same request again, to another process; returns the order's id."""
    once = town.services.idempotency.once(town.guest_id, "k-1", "POST /orders", b"{}")
    placed = await town.services.orders.place(town.guest_id, Wish(town.house_id, STAY, 1), once, "zh")
    return int(placed["order"]["order_id"])


async def own_violations(town: Booked, order_id: int) -> list[str]:
    """What is wrong with this house and order; other tests move dates of theirs by SQL."""
    found = await violations(town.services.database, order_id - 1)
    return [str(one) for one in found if one.subject in {f"house {town.house_id}", f"order {order_id}"}]


async def orders_of(town: Booked) -> list[int]:
    found = await rows(town.services, "SELECT id FROM orders WHERE guest_id = %s", town.guest_id)
    return [row["id"] for row in found]


async def test_killed_before_the_commit_nothing_is_left_and_the_replay_books(
    stack: Stack, town: Booked
) -> None:
    assert await killed(stack, town, "before the commit") == -signal.SIGKILL

    keys = await rows(town.services, "SELECT name FROM idempotency WHERE user_id = %s", town.guest_id)
    assert (keys, await orders_of(town)) == ([], [])
    order_id = await replay(town)

    assert await orders_of(town) == [order_id]
    assert await own_violations(town, order_id) == []


async def test_killed_after_the_commit_the_replay_finds_the_order(stack: Stack, town: Booked) -> None:
    assert await killed(stack, town, "after the commit") == -signal.SIGKILL

    made = await orders_of(town)
    order_id = await replay(town)

    assert made == await orders_of(town) == [order_id]
    assert await own_violations(town, order_id) == []
