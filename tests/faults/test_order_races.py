"""Two hands on one order at the same moment: one of them wins, the other is told, and money is counted once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from server.db import DuplicateEntry
from server.orders.model import Order
from tests.faults.crowd import Crowd, Person, at_once, crowd_of

if TYPE_CHECKING:
    from server.db import Cursor
    from server.orders.model import OrderStatus
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=120)

ROUNDS = 15
AMOUNT = 10_000


class Booking:
    """A house with its host, and a guest who books one night after the other."""

    def __init__(self, crowd: Crowd, host: Person, guest: Person, house_id: int) -> None:
        self.crowd, self.host, self.guest, self.house_id = crowd, host, guest, house_id
        self.nights = iter(range(10, 700))

    @classmethod
    async def open(cls, crowd: Crowd, *, instant: bool = False) -> Booking:
        host, guest = await crowd.people(2)
        house_id = await crowd.house_of(host, instant=instant, price="100", deposit="0")
        return cls(crowd, host, guest, house_id)

    async def order(self) -> int:
        """Another order."""
        answer = await self.guest.place(self.house_id, next(self.nights))
        assert answer.status == 201, answer.body
        return int(answer.order["order_id"])

    async def payable(self) -> tuple[int, str]:
        """An order whose guest is at the cashier, and whose time is over; the payment's number."""
        order_id = await self.order()
        number, amount_fen = await self.crowd.begin_payment(self.guest, order_id)
        assert amount_fen == AMOUNT
        await self.crowd.hold(order_id, -1)
        return order_id, number


async def test_a_guest_cancels_while_the_host_accepts(crowd: Crowd) -> None:
    booking = await Booking.open(crowd)

    for _ in range(ROUNDS):
        order_id = await booking.order()
        cancelled, accepted = await at_once(
            booking.guest.act(order_id, "cancel"), booking.host.act(order_id, "accept")
        )

        events = await crowd.events(order_id)
        assert cancelled.status == 200
        assert (accepted.status, events) in [
            (200, ["place", "accept", "cancel"]),
            (409, ["place", "cancel"]),
        ]
        assert (await crowd.order(order_id))["status"] == "CANCELED"
    await crowd.expect_order()


async def test_of_two_pages_that_read_the_same_version_one_acts(crowd: Crowd) -> None:
    booking = await Booking.open(crowd)

    for _ in range(ROUNDS):
        order_id = await booking.order()
        answers = await at_once(
            booking.guest.act(order_id, "cancel", version=1), booking.host.act(order_id, "accept", version=1)
        )

        assert sorted(one.status for one in answers) == [200, 409]
        assert len(await crowd.events(order_id)) == 2
    await crowd.expect_order()


async def test_of_two_tabs_of_the_host_that_accept_and_reject_one_decides(crowd: Crowd) -> None:
    booking = await Booking.open(crowd)
    tab = booking.host.twin()

    for _ in range(ROUNDS):
        order_id = await booking.order()
        accepted, rejected = await at_once(booking.host.act(order_id, "accept"), tab.act(order_id, "reject"))

        won = "accept" if accepted.status == 200 else "reject"
        assert sorted((accepted.status, rejected.status)) == [200, 409]
        assert await crowd.events(order_id) == ["place", won]
        assert (await crowd.order(order_id))["status"] == {"accept": "WAIT_PAYMENT", "reject": "REJECTED"}[
            won
        ]
    await crowd.expect_order()


async def test_time_is_over_while_the_money_arrives(crowd: Crowd) -> None:
    booking = await Booking.open(crowd, instant=True)

    for _ in range(ROUNDS):
        order_id, number = await booking.payable()
        said, _ = await at_once(crowd.tell(crowd.notice(number, AMOUNT)), crowd.services.orders.sweep())

        outcome = (
            (await crowd.order(order_id))["status"],
            await crowd.events(order_id),
            await crowd.refunds(order_id),
        )
        assert said == "success"
        assert outcome in [
            ("PAID", ["place", "pay"], []),
            ("CANCELED", ["place", "expire"], [("late", AMOUNT)]),
        ]
    await crowd.expect_order()


async def test_time_is_over_while_the_money_arrives_and_the_guest_cancels(crowd: Crowd) -> None:
    booking = await Booking.open(crowd, instant=True)

    for _ in range(ROUNDS):
        order_id, number = await booking.payable()
        said, _, cancelled = await at_once(
            crowd.tell(crowd.notice(number, AMOUNT)),
            crowd.services.orders.sweep(),
            booking.guest.act(order_id, "cancel"),
        )

        outcome = tuple(await crowd.events(order_id)), await crowd.refunds(order_id), cancelled.status
        assert said == "success"
        assert outcome in [
            (("place", "expire"), [("late", AMOUNT)], 409),
            (("place", "cancel"), [("late", AMOUNT)], 200),
            (("place", "pay", "cancel"), [("cancel", AMOUNT)], 200),
        ]
    await crowd.expect_order()


async def test_notices_that_come_twice_and_at_once_pay_once(crowd: Crowd) -> None:
    booking = await Booking.open(crowd, instant=True)

    for _ in range(ROUNDS):
        order_id = await booking.order()
        number, amount_fen = await crowd.begin_payment(booking.guest, order_id)
        again = crowd.notice(number, amount_fen)
        others = [crowd.notice(number, amount_fen) for _ in range(3)]
        said = await at_once(*(crowd.tell(notice) for notice in (again, again, again, *others)))

        assert said == ["success"] * 6
        assert (await crowd.events(order_id), await crowd.refunds(order_id)) == (["place", "pay"], [])
    (house,) = await crowd.sql("SELECT order_count FROM houses WHERE id = %s", booking.house_id)
    assert house["order_count"] == ROUNDS
    await crowd.expect_order()


async def test_two_sweeps_at_once_end_each_order_once(busy: Stack, crowd: Crowd) -> None:
    booking = await Booking.open(crowd)
    order_ids = [await booking.order() for _ in range(30)]
    await crowd.sql("UPDATE orders SET expires_at = NOW(6) WHERE house_id = %s", booking.house_id)

    async with crowd_of(busy) as other:
        sweeps = await at_once(crowd.services.orders.sweep(), other.services.orders.sweep())

    assert sum(sweep["expired"] for sweep in sweeps) == 30
    assert min(sweep["expired"] for sweep in sweeps) > 0  # neither waits for the other
    assert [await crowd.events(order_id) for order_id in order_ids] == [["place", "expire"]] * 30
    await crowd.expect_order()


async def test_without_its_lock_an_order_would_be_ended_twice_but_for_its_history(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the sweeps: what is left then is the key of the history, and a failure."""
    booking = await Booking.open(crowd)
    order_id = await booking.order()
    await crowd.hold(order_id, -1)
    both_look = asyncio.Barrier(2)

    async def look(cursor: Cursor, status: OrderStatus, limit: int) -> list[Order]:
        await cursor.execute(
            "SELECT id AS order_id, orders.*, price_lines AS `lines` FROM orders"
            " WHERE status = %s AND expires_at <= NOW(6) AND id = %s LIMIT %s",
            (status.value, order_id, limit),
        )
        found: list[Any] = list(await cursor.fetchall())
        if found:
            await both_look.wait()
        return [Order.from_row(row) for row in found]

    monkeypatch.setattr("server.orders.repository.lock_due", look)
    ends = await asyncio.gather(*(crowd.services.orders.sweep() for _ in range(2)), return_exceptions=True)

    assert Counter(type(end) for end in ends) == {dict: 1, DuplicateEntry: 1}
    assert await crowd.events(order_id) == ["place", "expire"]
