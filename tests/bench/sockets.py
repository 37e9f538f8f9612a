"""Ten thousand websockets that wait, while houses are booked: what one costs, and how fast those who are told hear."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING

from tests.bench.table import Line
from tests.load.sockets import Holder, hold, tell

if TYPE_CHECKING:
    from tests.stack import Stack

SOCKETS, OTHER_FILES = 10_000, 500
OPENING_PER_SECOND, ORDERS_PER_SECOND, MINUTES = 250, 50, 0.5
BUDGET_BYTES, BUDGET_P99_MS = 25 * 1024, 100


def lines(stack: Stack) -> list[Line]:
    """The load kit's holder for half a minute. `python -m tests.load.sockets` holds them for as long as you like."""
    sockets = as_many_as_may_be_open()
    work = hold(
        Holder(stack.url), sockets, OPENING_PER_SECOND, minutes=MINUTES, orders=ORDERS_PER_SECOND, accounts=100,
        first_mobile=14_700_000_001, password="seeded-password",
    )  # fmt: skip
    figures = tell(asyncio.run(work), sockets)
    cost, lost, missed = (figures[name] for name in ("bytes_a_socket", "false_disconnects", "events_missed"))
    p99 = figures["push_ms_p99"]
    return [
        Line(f"an idle websocket, {sockets} open", cost, "bytes", budget=f"<= {BUDGET_BYTES}", judged=cost,
             limit=BUDGET_BYTES),
        Line("false disconnects among them", lost, "sockets", budget="0", judged=lost, limit=0),
        Line(f"guest's answer -> host's socket, {ORDERS_PER_SECOND}/s: p99", p99, "ms", "their p50",
             figures["push_ms_p50"], f"<= {BUDGET_P99_MS} ms", p99, BUDGET_P99_MS),
        Line("events that they missed", missed, "events", budget="0", judged=missed, limit=0),
    ]  # fmt: skip


def as_many_as_may_be_open() -> int:
    """SOCKETS, or fewer where the system allows fewer open files; the limit of this process is raised."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return SOCKETS if most == resource.RLIM_INFINITY else min(SOCKETS, most - OTHER_FILES)
