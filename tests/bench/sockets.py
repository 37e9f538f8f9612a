"""A thousand websockets that wait, while houses are booked: what one costs and how fast its host hears."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.bench.table import Line
from tests.load.sockets import Holder, hold, tell

if TYPE_CHECKING:
    from tests.stack import Stack

SOCKETS = 1000
BUDGET_BYTES = 25 * 1024


def lines(stack: Stack) -> list[Line]:
    """The load kit's holder for half a minute. `python -m tests.load.sockets` holds 10,000 for as long as you like."""
    work = hold(
        Holder(stack.url), SOCKETS, 500, minutes=0.3, orders=10, accounts=20, first_mobile=14_700_000_001,
        password="seeded-password",
    )  # fmt: skip
    figures = tell(asyncio.run(work), SOCKETS)
    lost = figures["false_disconnects"]
    cost = figures["bytes_a_socket"]
    return [
        Line(f"an idle websocket, {SOCKETS} open", cost, "bytes", budget=f"<= {BUDGET_BYTES}", judged=cost,
             limit=BUDGET_BYTES),
        Line("false disconnects among them", lost, "sockets", budget="0", judged=lost, limit=0),
    ]  # fmt: skip
