"""Every state, event and side against MySQL: what the table names happens whole, what it does not leaves no trace."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.clock import SystemClock
from server.local.servers import create_database
from server.local.state import DATABASE
from server.migrations import upgrade
from server.nights.model import today_at
from server.notices.model import TOLD
from server.orders import repository
from server.orders.model import (
    PATIENCE,
    TRANSITIONS,
    Actor,
    Event,
    IllegalMove,
    Order,
    OrderStatus,
    StayBegan,
    new_number,
)
from server.payments import repository as payments_repository
from server.quotes.model import Cancellation
from server.services import open_services
from tests.houses import insert_houses, insert_user, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.db import Row
    from server.services import Services
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)

OWN_DATABASE = "moves"  # nobody else writes there: what changes, changed by the move
LINES = (
    {"kind": "nights", "quantity": 2, "unit_price": 10_000, "amount": 20_000},
    {"kind": "cleaning", "quantity": 1, "unit_price": 3_000, "amount": 3_000},
    {"kind": "deposit", "quantity": 1, "unit_price": 5_000, "amount": 5_000},
)
AMOUNT = 28_000
# How each state is reached.
WAYS: dict[OrderStatus, list[tuple[Event, Actor]]] = {
    OrderStatus.WAIT_ACCEPT: [],
    OrderStatus.REJECTED: [(Event.REJECT, Actor.HOST)],
    OrderStatus.CANCELED: [(Event.CANCEL, Actor.GUEST)],
    OrderStatus.WAIT_PAYMENT: [(Event.ACCEPT, Actor.HOST)],
    OrderStatus.PAID: [(Event.ACCEPT, Actor.HOST), (Event.PAY, Actor.SYSTEM)],
}
WAYS[OrderStatus.WAIT_COMMENT] = [*WAYS[OrderStatus.PAID], (Event.CHECK_OUT, Actor.SYSTEM)]
WAYS[OrderStatus.COMPLETE] = [*WAYS[OrderStatus.WAIT_COMMENT], (Event.COMMENT, Actor.GUEST)]
# What a move gives back, of an order whose check-in is tomorrow or later with a flexible host.
GIVEN_BACK = {
    (OrderStatus.PAID, Event.CANCEL, Actor.GUEST): [("cancel", AMOUNT)],
    (OrderStatus.PAID, Event.CANCEL, Actor.HOST): [("cancel", AMOUNT)],
    (OrderStatus.PAID, Event.CHECK_OUT, Actor.SYSTEM): [("deposit", 5_000)],
}
COUNTED = {Event.PAY: 1, Event.CANCEL: -1}


@dataclass
class Town:
    """A guest, a host and a house in a database of their own."""

    services: Services
    guest_id: int
    host_id: int
    house_id: int
    first: int = 10

    async def sql(self, statement: str, *arguments: object) -> list[Row]:
        return await rows(self.services, statement, *arguments)

    def by(self, actor: Actor) -> tuple[Actor, int | None]:
        """The side with its person."""
        return actor, {Actor.GUEST: self.guest_id, Actor.HOST: self.host_id}.get(actor)

    async def place(self) -> Order:
        """An order of two nights that nobody had yet."""
        self.first += 3
        check_in = today_at(SystemClock().now()) + timedelta(days=self.first)
        order = Order(
            order_id=0, number=new_number(SystemClock().now()), guest_id=self.guest_id, host_id=self.host_id,
            house_id=self.house_id, check_in=check_in, check_out=check_in + timedelta(days=2), nights=2, guests=1,
            lines=LINES, amount_fen=AMOUNT, cancellation=Cancellation.FLEXIBLE, status=OrderStatus.WAIT_ACCEPT,
            version=1, reason=None, expires_at=None, created_at=SystemClock().now(),
        )  # fmt: skip
        async with self.services.database.transaction() as cursor:
            house = await repository.lock_house(cursor, self.house_id)
            assert house is not None
            return await self.services.moves.place(cursor, order, house["today"])

    async def order_in(self, status: OrderStatus) -> Order:
        """An order in this state, got there by legal moves; paid for, where it is."""
        order = await self.place()
        for event, actor in WAYS[status]:
            if event is Event.PAY:
                await self.receive_money(order)
            order = await self.move(order, event, actor)
        return await self.read(order.order_id)

    async def receive_money(self, order: Order) -> None:
        """What the payment's service writes before the order moves."""
        async with self.services.database.transaction() as cursor:
            payment = await payments_repository.open_payment(
                cursor, order.order_id, order.number, order.amount_fen
            )
            await payments_repository.mark_paid(cursor, payment.payment_id, f"trade{order.number}")

    async def move(self, order: Order, event: Event, actor: Actor, note: str | None = None) -> Order:
        async with self.services.database.transaction() as cursor:
            locked = await repository.lock(cursor, order.order_id)
            assert locked is not None
            return await self.services.moves.apply(cursor, locked, event, self.by(actor), note)

    async def read(self, order_id: int) -> Order:
        async with self.services.database.reading() as cursor:
            order = await repository.find(cursor, order_id)
        assert order is not None
        return order

    async def seconds_left(self, order_id: int) -> int | None:
        statement = "SELECT TIMESTAMPDIFF(SECOND, NOW(6), expires_at) AS seconds FROM orders WHERE id = %s"
        return (await self.sql(statement, order_id))[0]["seconds"]

    async def nights(self, order_id: int) -> set[date]:
        found = await self.sql("SELECT night FROM house_nights WHERE order_id = %s", order_id)
        return {row["night"] for row in found}

    async def house(self) -> Row:
        statement = "SELECT calendar_version, order_count FROM houses WHERE id = %s"
        return (await self.sql(statement, self.house_id))[0]

    async def last_live(self, user_id: int) -> dict[str, Any]:
        """The newest event of a person."""
        (row,) = await self.sql(
            "SELECT seq, kind, body FROM live_events WHERE user_id = %s ORDER BY seq DESC LIMIT 1", user_id
        )
        return {"seq": row["seq"], "kind": row["kind"], **json.loads(row["body"])}

    async def work(self) -> list[str]:
        """What the outbox holds."""
        return [row["name"] for row in await self.sql("SELECT name FROM outbox ORDER BY id")]

    async def refunds(self, order_id: int) -> list[tuple[str, int]]:
        statement = "SELECT cause, amount_fen FROM refunds WHERE order_id = %s ORDER BY id"
        return [(row["cause"], row["amount_fen"]) for row in await self.sql(statement, order_id)]

    async def everything(self) -> dict[str, list[Row]]:
        """Every row of every table."""
        tables = await self.sql(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = %s", OWN_DATABASE
        )
        return {row["name"]: await self.sql(f"SELECT * FROM `{row['name']}`") for row in tables}


@pytest.fixture(scope="module")
def own_url(stack: Stack) -> str:
    """A database that only this module's tests write."""
    url = stack.settings.mysql_url.replace(f"/{DATABASE}?", f"/{OWN_DATABASE}?")
    create_database(stack.folder.mysql_socket, OWN_DATABASE)
    upgrade(url)
    return url


@pytest.fixture
def town(io_loop: IOLoop, stack: Stack, own_url: str) -> Iterator[Town]:
    """A new one over the product in this process, without its relay."""
    exits = AsyncExitStack()
    settings = stack.settings.model_copy(update={"mysql_url": own_url})

    async def enter() -> Town:
        services = await exits.enter_async_context(open_services(settings))
        guest_id, host_id = await insert_user(services), await insert_user(services)
        (house_id,) = await insert_houses(services, host_id, [{}])
        await rows(services, "DELETE FROM outbox")
        return Town(services, guest_id, host_id, house_id)

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def test_placing_takes_the_nights_and_tells_both_sides(town: Town) -> None:
    order = await town.place()

    stored = await town.read(order.order_id)
    assert (stored.status, stored.version, stored.lines) == (OrderStatus.WAIT_ACCEPT, 1, LINES)
    assert await town.nights(order.order_id) == {order.check_in, order.check_in + timedelta(days=1)}
    assert (await town.house())["calendar_version"] == 1
    assert await history(town, order) == [("place", None, "WAIT_ACCEPT", "guest", town.guest_id, None)]
    for user_id, role in ((town.guest_id, "guest"), (town.host_id, "host")):
        assert await town.last_live(user_id) == live(order, Event.PLACE, role)
    assert sorted(await town.work()) == ["live.publish", "live.publish", "nights.publish", "orders.notice"]


@pytest.mark.parametrize(("status", "event", "actor"), list(TRANSITIONS))
async def test_what_the_table_names_happens_whole(
    town: Town, status: OrderStatus, event: Event, actor: Actor
) -> None:
    before = await town.order_in(status)
    house, work, log = await town.house(), await town.work(), await history(town, before)
    if event is Event.PAY:
        await town.receive_money(before)

    answer = await town.move(before, event, actor, "wegen Umbau")

    after, wanted = await town.read(before.order_id), TRANSITIONS[status, event, actor]
    assert (after.status, after.version) == (answer.status, answer.version) == (wanted, before.version + 1)
    assert after.reason == ("wegen Umbau" if wanted.is_dead else None)
    assert await history(town, after) == [
        *log, (event.value, status.value, wanted.value, actor.value, town.by(actor)[1], "wegen Umbau")
    ]  # fmt: skip
    await expect_hold(town, after, wanted)
    nights = set() if wanted.is_dead else {after.check_in, after.check_in + timedelta(days=1)}
    assert await town.nights(after.order_id) == nights
    assert await town.refunds(after.order_id) == [
        *earlier_refunds(status),
        *GIVEN_BACK.get((status, event, actor), []),
    ]
    moved = await town.house()
    calendar_changes = wanted.is_dead or status in {OrderStatus.WAIT_ACCEPT, OrderStatus.WAIT_PAYMENT}
    assert moved["calendar_version"] - house["calendar_version"] == int(calendar_changes)
    counted = COUNTED.get(event, 0) if OrderStatus.PAID in {status, wanted} else 0
    assert moved["order_count"] - house["order_count"] == counted
    for user_id, role in ((town.guest_id, "guest"), (town.host_id, "host")):
        assert await town.last_live(user_id) == live(after, event, role, after.version)
    added = sorted((await town.work())[len(work) :])
    assert added == sorted(
        ["live.publish"] * 2
        + ["nights.publish"] * calendar_changes
        + ["payments.refund"] * ((status, event, actor) in GIVEN_BACK)
        + ["houses.forget"] * bool(counted)
        + ["orders.notice"] * len(TOLD.get((event, actor), ()))
    )


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_what_the_table_does_not_name_leaves_no_trace(town: Town, status: OrderStatus) -> None:
    order = await town.order_in(status)
    before = await town.everything()
    illegal = [
        (event, actor) for event in Event for actor in Actor if (status, event, actor) not in TRANSITIONS
    ]

    for event, actor in illegal:
        with pytest.raises(IllegalMove):
            await town.move(order, event, actor, "wegen Umbau")

    assert len(illegal) >= len(Event) * len(Actor) - 4
    assert await town.everything() == before


async def test_a_paid_stay_that_began_cannot_be_cancelled_and_nothing_changes(town: Town) -> None:
    order = await town.order_in(OrderStatus.PAID)
    today = today_at(SystemClock().now())
    await town.sql("UPDATE orders SET check_in = %s WHERE id = %s", today - timedelta(days=1), order.order_id)
    before = await town.everything()

    for actor in (Actor.GUEST, Actor.HOST):
        with pytest.raises(StayBegan):
            await town.move(order, Event.CANCEL, actor)

    assert await town.everything() == before


async def test_a_move_whose_transaction_fails_leaves_no_trace(town: Town) -> None:
    order = await town.order_in(OrderStatus.PAID)
    before = await town.everything()

    async def fail() -> None:
        async with town.services.database.transaction() as cursor:
            await town.services.moves.apply(cursor, order, Event.CANCEL, town.by(Actor.GUEST))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    after = await town.everything()
    assert after == before
    assert any(before.values())  # the comparison sees rows at all


async def history(town: Town, order: Order) -> list[tuple[object, ...]]:
    """All that is written of an order's past."""
    found = await town.sql(
        "SELECT version, event, from_status, to_status, actor, actor_id, note FROM order_events"
        " WHERE order_id = %s ORDER BY version",
        order.order_id,
    )
    assert [row["version"] for row in found] == list(range(1, order.version + 1))
    columns = ("event", "from_status", "to_status", "actor", "actor_id", "note")
    return [tuple(row[column] for column in columns) for row in found]


def live(order: Order, event: Event, role: str, seq: int = 1) -> dict[str, Any]:
    """What a side's pages hear; the town has this one order, so its version is the person's seq."""
    return {
        "seq": seq, "kind": "order", "order_id": order.order_id, "number": order.number, "role": role,
        "status": order.status.value, "version": order.version, "event": event.value, "house_id": order.house_id,
    }  # fmt: skip


def earlier_refunds(status: OrderStatus) -> list[tuple[str, int]]:
    """What went back on the way to this state."""
    return [("deposit", 5_000)] if status in {OrderStatus.WAIT_COMMENT, OrderStatus.COMPLETE} else []


async def expect_hold(town: Town, order: Order, status: OrderStatus) -> None:
    """It waits as long as its state does."""
    left = await town.seconds_left(order.order_id)
    patience = PATIENCE.get(status)
    assert (left is None) == (patience is None)
    if left is not None and patience is not None:
        assert patience - 60 < left <= patience
