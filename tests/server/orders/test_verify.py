"""What the verification of orders finds, and that sound orders show nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from server.local import servers
from server.migrations import upgrade
from server.orders import repository
from server.orders.model import Event
from server.orders.verify import Kind, Violation, violations
from server.services import open_services
from tests.bookings import Booked, new_booked
from tests.houses import rows
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.db import Cursor, Row
    from server.services import Services
    from server.settings import Settings
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)
NOBODY = 2**40
TABLES = (
    "orders", "order_events", "order_notices", "payments", "refunds", "house_nights", "houses", "idempotency",
    "outbox", "live_events",
)  # fmt: skip
# One order in each state, by the steps that lead there.
LIVES: dict[str, tuple[str, ...]] = {
    "waiting": (),
    "accepted": ("accept",),
    "rejected": ("reject",),
    "expired": ("accept", "expire"),
    "paid": ("accept", "pay"),
    "given_up": ("accept", "pay", "guest_cancels"),
    "taken_back": ("accept", "pay", "host_cancels"),
    "left": ("accept", "pay", "check_out"),
    "complete": ("accept", "pay", "check_out", "complete"),
}


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    """A database of its own: nothing in it that other tests left."""
    servers.create_database(stack.folder.mysql_socket, "verified")
    url = stack.settings.mysql_url.replace("/ihome?", "/verified?")
    upgrade(url)
    return stack.settings.model_copy(update={"mysql_url": url})


@pytest.fixture
def town(io_loop: IOLoop, settings: Settings) -> Iterator[Booked]:
    """An empty house; no order anywhere."""
    exits = AsyncExitStack()

    async def enter() -> Booked:
        services = await exits.enter_async_context(open_services(settings))
        for table in TABLES:
            await rows(services, f"DELETE FROM {table}")
        return await new_booked(services, price="100", deposit="50")

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def found(services: Services, after_id: int = 0) -> list[Violation]:
    return await violations(services.database, after_id)


async def plant(town: Booked, order_id: int, *statements: str) -> None:
    """Break what is stored; `@order` and `@house` stand for the ids."""
    for statement in statements:
        text = statement.replace("@order", str(order_id)).replace("@house", str(town.house_id))
        await rows(town.services, text)


async def live(town: Booked) -> dict[str, int]:
    """One order in each state, side by side in one house."""
    return {
        name: await town.reach(*steps, first=10 + 5 * number)
        for number, (name, steps) in enumerate(LIVES.items())
    }


async def test_orders_in_every_state_are_sound(town: Booked) -> None:
    orders = await live(town)

    stored = await rows(town.services, "SELECT status FROM orders")
    assert {row["status"] for row in stored} >= {"WAIT_ACCEPT", "PAID", "CANCELED", "REJECTED", "COMPLETE"}
    assert len(stored) == len(orders)
    assert await found(town.services) == []


@pytest.mark.parametrize(
    ("kind", "life", "statements"),
    [
        (Kind.NIGHTS, "waiting", ["DELETE FROM house_nights WHERE order_id = @order ORDER BY night LIMIT 1"]),
        (Kind.NIGHTS, "paid", ["DELETE FROM house_nights WHERE order_id = @order"]),
        (Kind.NIGHTS, "paid", ["UPDATE house_nights SET kind = 'block' WHERE order_id = @order"]),
        (Kind.NIGHTS, "paid", ["UPDATE house_nights SET order_id = NULL WHERE order_id = @order"]),
        (Kind.NIGHTS, "paid", ["UPDATE house_nights SET house_id = house_id + 1 WHERE order_id = @order"]),
        (Kind.NIGHTS, "paid", ["UPDATE orders SET nights = 3 WHERE id = @order"]),
        (
            Kind.NIGHTS,
            "paid",
            [("INSERT INTO house_nights (house_id, night, kind, order_id) SELECT house_id, check_out, 'order', id"
             " FROM orders WHERE id = @order")],
        ),
        (
            Kind.NIGHTS,
            "rejected",
            [("INSERT INTO house_nights (house_id, night, kind, order_id) SELECT house_id, check_in, 'order', id"
             " FROM orders WHERE id = @order")],
        ),
        (
            Kind.NIGHTS,
            "waiting",
            [("INSERT INTO house_nights (house_id, night, kind, order_id)"
             f" VALUES (@house, '2031-01-01', 'order', {NOBODY})")],
        ),
        (Kind.HISTORY, "paid", ["DELETE FROM order_events WHERE order_id = @order"]),
        (Kind.HISTORY, "paid", ["DELETE FROM order_events WHERE order_id = @order AND version = 1"]),
        (Kind.HISTORY, "paid", ["DELETE FROM order_events WHERE order_id = @order AND version = 2"]),
        (Kind.HISTORY, "paid", ["DELETE FROM order_events WHERE order_id = @order AND version = 3"]),
        (Kind.HISTORY, "accepted", ["UPDATE order_events SET version = 9 WHERE order_id = @order AND version = 2"]),
        (Kind.HISTORY, "accepted", ["UPDATE orders SET version = 3 WHERE id = @order"]),
        (Kind.HISTORY, "accepted", ["UPDATE orders SET status = 'WAIT_ACCEPT' WHERE id = @order"]),
        (Kind.HISTORY, "accepted", ["UPDATE order_events SET actor = 'guest' WHERE order_id = @order AND version = 2"]),
        (Kind.HISTORY, "accepted", ["UPDATE order_events SET actor_id = 1 WHERE order_id = @order AND version = 2"]),
        (Kind.HISTORY, "accepted", ["UPDATE order_events SET event = 'pay' WHERE order_id = @order AND version = 2"]),
        (
            Kind.HISTORY,
            "accepted",
            ["UPDATE order_events SET from_status = 'PAID' WHERE order_id = @order AND version = 2"],
        ),
        (
            Kind.HISTORY,
            "waiting",
            ["UPDATE order_events SET to_status = 'PAID' WHERE order_id = @order",
             "UPDATE orders SET status = 'PAID' WHERE id = @order"],
        ),
        (Kind.AMOUNT, "waiting", ["UPDATE orders SET amount_fen = amount_fen + 1 WHERE id = @order"]),
        (
            Kind.AMOUNT,
            "waiting",
            ["UPDATE orders SET price_lines = JSON_SET(price_lines, '$[0].quantity', 7) WHERE id = @order"],
        ),
        (Kind.PAYMENT, "paid", ["UPDATE payments SET status = 'created' WHERE order_id = @order"]),
        (Kind.PAYMENT, "paid", ["UPDATE payments SET amount_fen = amount_fen - 1 WHERE order_id = @order"]),
        (
            Kind.PAYMENT,
            "paid",
            ["INSERT INTO payments (number, order_id, amount_fen, status) VALUES ('second', @order, 25000, 'paid')"],
        ),
        (
            Kind.PAYMENT,
            "expired",
            ["INSERT INTO payments (number, order_id, amount_fen, status) VALUES ('late', @order, 25000, 'paid')"],
        ),
        (Kind.REFUND, "left", ["UPDATE refunds SET amount_fen = amount_fen + 1 WHERE order_id = @order"]),
        (Kind.REFUND, "left", ["DELETE FROM refunds WHERE order_id = @order"]),
        (Kind.REFUND, "given_up", ["UPDATE refunds SET amount_fen = 25001 WHERE order_id = @order"]),
        (Kind.REFUND, "given_up", ["UPDATE refunds SET amount_fen = 4999 WHERE order_id = @order"]),
        (Kind.REFUND, "taken_back", ["UPDATE refunds SET amount_fen = 24999 WHERE order_id = @order"]),
        (Kind.REFUND, "given_up", [f"UPDATE refunds SET payment_id = {NOBODY} WHERE order_id = @order"]),
        (
            Kind.REFUND,
            "paid",
            [("INSERT INTO refunds (number, order_id, payment_id, amount_fen, cause, task_id)"
             " SELECT 'twice', order_id, id, 1, 'twice', 'x' FROM payments WHERE order_id = @order")],
        ),
        (Kind.COUNT, "paid", ["UPDATE houses SET order_count = 0 WHERE id = @house"]),
        (Kind.KEY, "waiting", ["INSERT INTO idempotency (user_id, name, request) VALUES (1, 'k', '')"]),
        (
            Kind.KEY,
            "waiting",
            [("INSERT INTO idempotency (user_id, name, request, answer)"
             f" VALUES (1, 'k', '', '{{\"order\":{{\"order_id\":{NOBODY}}}}}')")],
        ),
        (Kind.ORPHAN, "paid", ["DELETE FROM orders WHERE id = @order"]),
    ],
)  # fmt: skip
async def test_a_planted_violation_is_found(
    town: Booked, kind: Kind, life: str, statements: list[str]
) -> None:
    order_id = await town.reach(*LIVES[life])
    assert await found(town.services) == []

    await plant(town, order_id, *statements)

    planted = await found(town.services)
    assert kind in {one.kind for one in planted}
    assert all(str(one).count(": ") >= 1 for one in planted)


@pytest.mark.parametrize(
    ("life", "statements"),
    [
        (
            "complete",
            ["UPDATE orders SET check_in = '2025-01-01', check_out = '2025-01-03' WHERE id = @order",
             "DELETE FROM house_nights WHERE order_id = @order"],
        ),
        (
            "complete",
            [("UPDATE orders SET check_in = UTC_DATE() - INTERVAL 10 DAY, check_out = UTC_DATE() - INTERVAL 8 DAY"
             " WHERE id = @order"),
             "DELETE FROM house_nights WHERE order_id = @order",
             "DELETE FROM houses WHERE id = @house"],
        ),
        ("waiting", ["UPDATE houses SET order_count = 99 WHERE id = @house"]),
        ("waiting", ["INSERT INTO house_nights (house_id, night, kind) VALUES (@house, '2031-01-01', 'order')"]),
        (
            "waiting",
            ["INSERT INTO idempotency (user_id, name, request, answer) VALUES (1, 'k', '', '7')",
             ("INSERT INTO idempotency (user_id, name, request, answer)"
             " VALUES (1, 'l', '', '{\"order\":{\"order_id\":@order}}')")],
        ),
        (
            "expired",
            ["INSERT INTO payments (number, order_id, amount_fen, status) VALUES ('late', @order, 25000, 'paid')",
             ("INSERT INTO refunds (number, order_id, payment_id, amount_fen, cause, task_id)"
             " SELECT 'late', order_id, id, amount_fen, 'late', 'x' FROM payments WHERE order_id = @order")],
        ),
    ],
)  # fmt: skip
async def test_what_may_be_is_no_violation(town: Booked, life: str, statements: list[str]) -> None:
    """Nights of long ago are dropped, houses are deleted after the stay, invented houses count more."""
    order_id = await town.reach(*LIVES[life])

    await plant(town, order_id, *statements)

    assert await found(town.services) == []


async def test_nights_of_sixty_days_are_demanded_and_older_ones_not(town: Booked) -> None:
    order_id = await town.reach(*LIVES["complete"])
    today = "DATE(NOW() + INTERVAL 8 HOUR)"
    dates = f"check_in = {today} - INTERVAL 61 DAY, check_out = {today} - INTERVAL 59 DAY"

    await plant(town, order_id, "DELETE FROM house_nights", f"UPDATE orders SET {dates} WHERE id = @order")

    [missing] = await found(town.services)
    assert (missing.kind, missing.subject) == (Kind.NIGHTS, f"order {order_id}")


async def test_only_newer_orders_are_looked_at_when_that_is_asked(town: Booked) -> None:
    old, new = await town.place(10), await town.place(20)
    await plant(town, old, "UPDATE orders SET version = 9 WHERE id = @order")

    assert await found(town.services, old) == []
    assert {one.subject for one in await found(town.services)} == {f"order {old}"}
    assert new > old


async def test_orders_beyond_one_range_of_ids_are_found_once(
    town: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.orders.verify.ORDERS", 2)
    order_ids = [await town.place(10 + 3 * number) for number in range(5)]

    await plant(town, 0, "UPDATE orders SET version = 9")

    subjects = [one.subject for one in await found(town.services)]
    assert subjects == [f"order {order_id}" for order_id in order_ids]


async def read_while_cancelling(town: Booked, monkeypatch: pytest.MonkeyPatch) -> list[Violation]:
    """Verify, with a cancellation that is committed between two of its statements."""
    order_id = await town.place()
    read = repository.nights_between

    async def cancel_and_read(cursor: Cursor, first: int, last: int) -> list[Row]:
        monkeypatch.setattr(repository, "nights_between", read)
        await town.act(order_id, Event.REJECT)
        return await read(cursor, first, last)

    monkeypatch.setattr(repository, "nights_between", cancel_and_read)
    return await found(town.services)


async def test_orders_that_move_meanwhile_are_seen_at_one_moment(
    town: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await read_while_cancelling(town, monkeypatch) == []


async def test_without_the_snapshot_a_moving_order_looks_broken(
    town: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(town.services.database, "snapshot", town.services.database.reading)

    assert await read_while_cancelling(town, monkeypatch) != []


async def test_the_command_prints_each_violation_and_says_so_with_its_exit_code(
    town: Booked, stack: Stack, settings: Settings
) -> None:
    order_id = await town.reach(*LIVES["paid"])
    sound = await command(stack, settings)

    await plant(town, order_id, "UPDATE orders SET amount_fen = 1 WHERE id = @order")
    broken = await command(stack, settings)

    assert sound == (0, "")
    assert broken[0] == 1
    assert f"amount: order {order_id}: costs 1 fen, but its lines sum to 25000" in broken[1].splitlines()
    assert f"payment: order {order_id}: costs 1 fen, but 25000 were paid" in broken[1].splitlines()


async def command(stack: Stack, settings: Settings) -> tuple[int, str]:
    """Exit code and standard output of `main.py orders verify`."""
    argv = (sys.executable, str(ROOT / "main.py"), "orders", "verify")
    named: dict[str, Any] = {
        "IHOME_STATE": stack.folder.root,
        "IHOME_PORT": stack.port,
        "IHOME_SANDBOX_PORT": stack.sandbox_port,
        "IHOME_MYSQL_URL": settings.mysql_url,
    }
    environment = {"PATH": "/usr/bin:/bin", **{name: str(value) for name, value in named.items()}}
    ended = await asyncio.to_thread(
        subprocess.run, argv, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    return ended.returncode, ended.stdout
