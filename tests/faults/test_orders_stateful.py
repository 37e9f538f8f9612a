"""Guests, hosts and time do anything in any order; after each step the site says what a model in plain Python says."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults import order_model
from tests.faults.crowd import Crowd, crowd_of, day, stay
from tests.faults.order_model import DEAD, ModelHouse, ModelOrder
from tests.faults.socket_log import SocketLog
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.faults.crowd import Person, Reply
    from tests.stack import Stack

EXAMPLES = int(
    os.environ.get("STATEFUL_EXAMPLES", "0")
)  # how many random ones; without it, few that stay the same
FEW_EXAMPLES, STEPS = 24, 25
FIRST_DAY, DAYS = 10, 6
ACTIONS = ("accept", "reject", "cancel")
TAKEN = "房间已被抢定"

ENDS = ("guest cancels", "host cancels", "time is over", "money is late")

policy = st.sampled_from(["flexible", "moderate", "strict"])
pick = st.integers(0, 10**6)  # which of those there are


class Site(RuleBasedStateMachine):
    """One example: two hosts, who book with each other, too, two guests, three houses, and six nights."""

    crowd: Crowd
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.exits = AsyncExitStack()
        self.orders: list[ModelOrder] = []
        self.quotes: list[tuple[str, ModelHouse, int, int, int, int, str]] = []
        self.answered: dict[tuple[int, str], tuple[dict[str, Any], bytes]] = {}
        self.touched: ModelOrder | None = None
        self.past = 0
        self.run(self._begin())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def _begin(self) -> None:
        self.people = await self.crowd.people(4)
        owners = (self.people[0], self.people[0], self.people[1])
        self.houses = []
        for owner, instant in zip(owners, (False, True, False), strict=True):
            house_id = await self.crowd.house_of(owner, instant=instant, price="100", deposit="50")
            self.houses.append(ModelHouse(house_id, owner.user_id, instant))
        self.touched_house = self.houses[0]
        (row,) = await self.crowd.sql("SELECT COALESCE(MAX(id), 0) AS last FROM orders")
        self.first_order = int(row["last"])
        self.pages = [
            await self.exits.enter_async_context(SocketLog.open(person, self.crowd.url))
            for person in self.people
        ]

    @initialize(
        orders=st.lists(
            st.tuples(pick, st.integers(0, 6), st.sampled_from([None, *ENDS])), min_size=2, max_size=4
        ),
        cancellations=st.tuples(*[policy] * 3),
    )
    def some_orders_are_under_way(
        self, orders: list[tuple[int, int, str | None]], cancellations: tuple[str, str, str]
    ) -> None:
        """Some of them far, some at their end: so that few examples see every step."""
        for number, cancellation in enumerate(cancellations):
            self.change_prices(number, 30, cancellation, instant=self.houses[number].instant)
        for which, steps, end in orders:
            order = self._book(which)
            for _ in range(steps if order else 0):
                self._go_on(order)
            if order and end:
                self._end_it(order, end)

    @precondition(lambda self: self.orders)
    @rule(which=pick, end=st.sampled_from(ENDS))
    def end_it(self, which: int, end: str) -> None:
        """An order comes to nothing, if that can still be."""
        self._end_it(self._one(self.orders, which), end)

    @rule(which=pick)
    def book(self, which: int) -> None:
        """Something that is free."""
        self._book(which)

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def go_on(self, which: int) -> None:
        """All goes well with an order, one step further."""
        self._go_on(self._one(self.orders, which))

    @rule(which=pick)
    def a_paid_guest_does_not_come(self, which: int) -> None:
        """Something that is free is booked, paid and cancelled: what comes back depends on the policy."""
        order = self._book(which)
        for _ in range(2 if order else 0):
            self._go_on(order)
        if order:
            self._end_it(order, ENDS[which % 2])

    # What people do.

    @rule(
        who=pick,
        which=pick,
        first=st.integers(0, DAYS - 1),
        nights=st.integers(1, 3),
        key=st.sampled_from([None, None, "a", "b"]),
    )
    def place(self, who: int, which: int, first: int, nights: int, key: str | None) -> None:
        house = self._one(self.houses, which)
        self._place(self._one(self.people, who), house, (FIRST_DAY + first, nights, house.price(nights)), key)

    @rule(which=pick, first=st.integers(0, DAYS - 1), nights=st.integers(1, 3))
    def ask_for_a_quote(self, which: int, first: int, nights: int) -> None:
        house, start = self._one(self.houses, which), FIRST_DAY + first
        wish = {**stay(start, nights), "guests": 1}
        answer = self._send(self.people[3], "POST", f"/houses/{house.house_id}/quote", wish)

        if set(range(start, start + nights)) & self._taken(house):
            assert (answer.status, answer.json["errmsg"]) == (409, TAKEN)
            return
        assert (answer.status, answer.data["total"]) == (200, house.price(nights))
        terms = house.price(nights), house.cleaning_fen, house.cancellation
        self.quotes.append((answer.data["quote"], house, start, nights, *terms))

    @precondition(lambda self: self.quotes)
    @rule(which=pick)
    def place_as_quoted(self, which: int) -> None:
        token, house, first, nights, amount_fen, cleaning_fen, _ = self._one(self.quotes, which)
        order = self._place(self.people[3], house, (first, nights, amount_fen), None, quote=token)
        if order:
            order.cleaning_fen = cleaning_fen
            order.cancellation = self._one(self.quotes, which)[6]

    @precondition(lambda self: self.orders)
    @rule(which=pick, who=pick, action=st.sampled_from(ACTIONS), stale=st.booleans())
    def act(self, which: int, who: int, action: str, *, stale: bool) -> None:
        order, person = self._one(self.orders, which), self._one(self.people, who)
        more = {"version": len(order.events) - 1} if stale and len(order.events) > 1 else {}
        answer = self.run(person.act(order.order_id, action, **more))

        self._expect_step(order, person, action, answer, ok=200, stale=bool(more))

    @precondition(lambda self: self.orders)
    @rule(which=pick, action=st.sampled_from(ACTIONS))
    def a_party_acts(self, which: int, action: str) -> None:
        """The side that may, so that examples get far."""
        order = self._one(self.orders, which)
        user_id = order.house.host_id if action != "cancel" else order.guest_id
        person = next(one for one in self.people if one.user_id == user_id)

        self._expect_step(order, person, action, self.run(person.act(order.order_id, action)), ok=200)

    @precondition(lambda self: self.orders)
    @rule(which=pick, who=pick)
    def comment(self, which: int, who: int) -> None:
        order = self._one(self.orders, which)
        self._comment(order, self._one([self._guest(order), *self.people], who))

    @precondition(lambda self: self.orders)
    @rule(which=pick, who=pick)
    def reply(self, which: int, who: int) -> None:
        self._reply(self._one(self.orders, which), self._one(self.people, who))

    @rule(which=pick, first=st.integers(0, DAYS - 1), nights=st.integers(1, 2))
    def block(self, which: int, first: int, nights: int) -> None:
        house = self._one(self.houses, which)
        days = set(range(FIRST_DAY + first, FIRST_DAY + first + nights))
        answer = self._send(
            self._host(house), "POST", f"/houses/{house.house_id}/blocks", stay(FIRST_DAY + first, nights)
        )

        self.touched_house = house
        booked = days & self._booked(house)
        assert answer.status == (409 if booked else 201), answer.body
        if not booked:
            assert answer.data["nights"] == [
                day(number).isoformat() for number in sorted(days - house.blocked)
            ]
            house.blocked |= days

    @rule(which=pick, first=st.integers(0, DAYS - 1), nights=st.integers(1, DAYS))
    def unblock(self, which: int, first: int, nights: int) -> None:
        house = self._one(self.houses, which)
        dates = stay(FIRST_DAY + first, nights)
        query = f"start_date={dates['start_date']}&end_date={dates['end_date']}"
        answer = self._send(self._host(house), "DELETE", f"/houses/{house.house_id}/blocks?{query}")

        self.touched_house = house
        freed = house.blocked & set(range(FIRST_DAY + first, FIRST_DAY + first + nights))
        assert answer.status == 200, answer.body
        assert answer.data["nights"] == [day(number).isoformat() for number in sorted(freed)]
        house.blocked -= freed

    @rule(
        which=pick,
        cleaning=st.sampled_from([0, 30, 80]),
        cancellation=policy,
        instant=st.booleans(),
    )
    def change_prices(self, which: int, cleaning: int, cancellation: str, *, instant: bool) -> None:
        house = self._one(self.houses, which)
        prices = {
            "weekend_price": None, "weekly_percent": 0, "monthly_percent": 0, "cleaning_fee": cleaning,
            "instant": instant, "cancellation": cancellation, "wants_verified": False, "special": [],
        }  # fmt: skip
        refused = self._send(self.people[3], "PUT", f"/houses/{house.house_id}/prices", prices)
        answer = self._send(self._host(house), "PUT", f"/houses/{house.house_id}/prices", prices)

        assert (refused.status, answer.status) == (404, 200), answer.body
        house.cleaning_fen, house.cancellation, house.instant = cleaning * 100, cancellation, instant

    # What money and time do.

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def go_to_the_cashier(self, which: int) -> None:
        self._go_to_the_cashier(self._one(self.orders, which))

    @precondition(lambda self: any(order.payment for order in self.orders))
    @rule(which=pick, times=st.integers(1, 2))
    def the_money_arrives(self, which: int, times: int) -> None:
        self._receive_money(self._one([one for one in self.orders if one.payment], which), times)

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def nobody_does_anything_for_too_long(self, which: int) -> None:
        self._wait_too_long(self._one(self.orders, which))

    @precondition(lambda self: any(order.status == "PAID" for order in self.orders))
    @rule(which=pick)
    def a_stay_goes_by(self, which: int) -> None:
        self._go_by(self._one([one for one in self.orders if one.status == "PAID"], which))

    @rule(times=st.integers(1, 2))
    def the_clock_ticks(self, times: int) -> None:
        for _ in range(times):
            self.run(self.crowd.services.orders.sweep())
        for order in self.orders:
            if order.due:
                order.take("system", "complete" if order.status == "WAIT_COMMENT" else "expire")
                self.touched = order
            elif order.status == "PAID" and order.has_began:
                order.take("system", "check_out")
                self.touched = order

    # What must be after each step.

    @invariant()
    def both_sides_see_the_order(self) -> None:
        if self.touched is not None:
            self.run(self._expect_seen(self.touched))

    @invariant()
    def the_calendar_shows_what_is_taken(self) -> None:
        house = self.touched_house
        path = f"/houses/{house.house_id}/calendar?from={day(0)}&to={day(40)}"
        nights = self._send(self.people[2], "GET", path).data["nights"]

        seen = {(night["night"], night["kind"]) for night in nights}
        booked = {(day(number).isoformat(), "order") for number in self._booked(house) if number >= 0}
        assert seen == booked | {(day(number).isoformat(), "block") for number in house.blocked}

    @invariant()
    def what_is_stored_agrees_with_itself(self) -> None:
        self.run(self.crowd.expect_order(self.first_order))

    @invariant()
    def no_page_heard_anything_twice_or_in_another_order(self) -> None:
        assert [page.troubles for page in self.pages] == [[]] * len(self.pages)

    def teardown(self) -> None:
        self.run(self._end(is_broken=sys.exc_info()[0] is not None))

    async def _end(self, *, is_broken: bool) -> None:
        """Each page knows the newest version of everything, by itself; after a failed step nobody asks."""
        try:
            for person, page in zip(self.people, [] if is_broken else self.pages, strict=not is_broken):
                known = {
                    order.order_id: len(order.events)
                    for order in self.orders
                    if order.role_of(person.user_id)
                }
                await page.until(lambda page=page, known=known: page.versions == known)
                stored = {one: (await self.crowd.order(one))["status"] for one in known}
                assert page.statuses == stored
                assert page.troubles == []
        finally:
            await self.exits.aclose()
            for person in self.people:
                person.hang_up()

    # The small print.

    def _book(self, which: int) -> ModelOrder | None:
        free = [
            (guest, house, first)
            for guest in self.people
            for house in self.houses
            for first in range(FIRST_DAY, FIRST_DAY + DAYS)
            if house.host_id != guest.user_id and first not in self._taken(house)
        ]
        if not free:
            return None
        guest, house, first = self._one(free, which)
        nights = 1 if which % 2 or first + 1 in self._taken(house) else 2
        return self._place(guest, house, (first, nights, house.price(nights)), None)

    def _go_on(self, order: ModelOrder) -> None:
        host = self._host(order.house)
        match order.status:
            case "WAIT_ACCEPT":
                self._expect_step(order, host, "accept", self.run(host.act(order.order_id, "accept")), ok=200)
            case "WAIT_PAYMENT" if not order.due:
                self._go_to_the_cashier(order)
                self._receive_money(order, 1)
            case "PAID":
                self._go_by(order)
                self.the_clock_ticks(1)
            case "WAIT_COMMENT":
                self._comment(order, self._guest(order))
            case "COMPLETE":
                self._reply(order, host)

    def _end_it(self, order: ModelOrder, end: str) -> None:
        if end.endswith("cancels"):
            person = self._guest(order) if end.startswith("guest") else self._host(order.house)
            answer = self.run(person.act(order.order_id, "cancel"))
            self._expect_step(order, person, "cancel", answer, ok=200)
            return
        if end == "money is late" and order.status == "WAIT_PAYMENT":
            self._go_to_the_cashier(order)
        self._wait_too_long(order)
        self.the_clock_ticks(1)
        if end == "money is late" and order.payment:
            self._receive_money(order, 1)

    def _wait_too_long(self, order: ModelOrder) -> None:
        if order.status in {"WAIT_ACCEPT", "WAIT_PAYMENT", "WAIT_COMMENT"}:
            self.run(self.crowd.hold(order.order_id, -1))
            order.due = True

    def _comment(self, order: ModelOrder, person: Person) -> None:
        said = {"comment": "院子很安静", "rating": 5}
        answer = self._send(person, "PUT", f"/orders/{order.order_id}/comment", said)
        if self._expect_step(order, person, "comment", answer, ok=200):
            order.comment = "院子很安静"

    def _reply(self, order: ModelOrder, person: Person) -> None:
        answer = self._send(person, "POST", f"/orders/{order.order_id}/reply", {"reply": "欢迎再来"})
        if self._expect_step(order, person, "reply", answer, ok=201):
            order.reply = "欢迎再来"

    def _go_to_the_cashier(self, order: ModelOrder) -> None:
        answer = self._send(self._guest(order), "POST", f"/orders/{order.order_id}/payment", {})
        payable = order.status == "WAIT_PAYMENT" and not order.due
        assert answer.status == (200 if payable else 409), answer.body
        if payable:
            statement = "SELECT number FROM payments WHERE order_id = %s"
            (row,) = self.run(self.crowd.sql(statement, order.order_id))
            assert order.payment in {None, row["number"]}
            order.payment = row["number"]

    def _receive_money(self, order: ModelOrder, times: int) -> None:
        notice = self.crowd.notice(str(order.payment), order.amount_fen)
        said = [self.run(self.crowd.tell(notice)) for _ in range(times)]
        assert said == ["success"] * times
        self.touched = order
        if order.is_paid:
            return
        order.is_paid = True
        if order.may("system", "pay"):
            order.take("system", "pay")
        else:
            order.refunds.append(("late", order.amount_fen))

    def _go_by(self, order: ModelOrder) -> None:
        """The order and its nights move into the past, each to days of its own."""
        if order.has_began or self.past > 10:
            return
        self.past += 1
        back = order.first + 4 * self.past + 1
        self.run(self._move_back(order.order_id, back))
        order.first -= back

    def _place(
        self, guest: Person, house: ModelHouse, wish: tuple[int, int, int], key: str | None, **more: str
    ) -> ModelOrder | None:
        first, nights, amount_fen = wish
        answer = self.run(guest.place(house.house_id, first, nights, key=key, **more))
        asked = {"house": house.house_id, "first": first, "nights": nights}
        self.touched_house = house

        if key and (guest.user_id, key) in self.answered:
            before, body = self.answered[guest.user_id, key]
            same = before == asked
            assert answer.status == (201 if same else 422), answer.body
            assert answer.body == body or not same
            return None
        if house.host_id == guest.user_id:
            assert (answer.status, answer.json["errors"][0]["field"]) == (409, "house_id")
            return None
        if set(range(first, first + nights)) & self._taken(house):
            assert (answer.status, answer.json["errmsg"]) == (409, TAKEN)
            return None
        assert (answer.status, answer.order["amount"]) == (201, amount_fen), answer.body
        if key:
            self.answered[guest.user_id, key] = asked, answer.body
        order = ModelOrder(
            answer.order["order_id"], guest.user_id, house, first, nights, amount_fen,
            amount_fen - house.price(nights) + house.cleaning_fen, house.cancellation,
            "WAIT_PAYMENT" if house.instant else "WAIT_ACCEPT",
        )  # fmt: skip
        self.orders.append(order)
        self.touched = order
        return order

    def _expect_step(
        self, order: ModelOrder, person: Person, event: str, answer: Reply, *, ok: int, stale: bool = False
    ) -> bool:
        """Whether it was done; the answer is the model's."""
        role = order.role_of(person.user_id)
        self.touched, self.touched_house = order, order.house
        if role is None:
            assert (answer.status, answer.errno) == (404, "4002")
            return False
        if stale or not order.may(role, event):
            assert (answer.status, answer.errno) == (409, "4004"), answer.body
            return False
        assert answer.status == ok, answer.body
        order.take(role, event)
        return True

    async def _expect_seen(self, order: ModelOrder) -> None:
        sides = (self._guest(order), "guest"), (self._host(order.house), "host")
        for person, role in sides:
            seen = (await person.send("GET", f"{API}/orders/{order.order_id}")).order
            assert (seen["status"], seen["version"]) == (order.status, len(order.events))
            assert [one["event"] for one in seen["events"]] == order.events
            assert seen["actions"] == order.actions(role)
            assert (seen["amount"], seen["days"]) == (order.amount_fen, order.nights)
            assert (seen["comment"], seen["reply"]) == (order.comment, order.reply)
            assert [(one["cause"], one["amount"]) for one in seen["refunds"]] == order.refunds
            await self._expect_list(person, role)
        stranger = next(one for one in self.people if not order.role_of(one.user_id))
        assert (await stranger.send("GET", f"{API}/orders/{order.order_id}")).status == 404

    async def _expect_list(self, person: Person, role: str) -> None:
        page = (await person.send("GET", f"{API}/orders?role={role}")).data
        mine = [order for order in reversed(self.orders) if order.role_of(person.user_id) == role]
        assert [(one["order_id"], one["status"]) for one in page["orders"]] == [
            (order.order_id, order.status) for order in mine[:20]
        ]
        hosted = [order for order in self.orders if order.house.host_id == person.user_id]
        assert page["waiting"] == sum(order.status == "WAIT_ACCEPT" for order in hosted)

    async def _move_back(self, order_id: int, days: int) -> None:
        await self.crowd.sql(
            "UPDATE orders SET check_in = check_in - INTERVAL %s DAY, check_out = check_out - INTERVAL %s DAY"
            " WHERE id = %s",
            days, days, order_id,
        )  # fmt: skip
        await self.crowd.sql(
            "UPDATE house_nights SET night = night - INTERVAL %s DAY WHERE order_id = %s ORDER BY night",
            days, order_id,
        )  # fmt: skip

    def _booked(self, house: ModelHouse) -> set[int]:
        live = [order for order in self.orders if order.house is house and order.status not in DEAD]
        return {number for order in live for number in order.days}

    def _taken(self, house: ModelHouse) -> set[int]:
        return self._booked(house) | house.blocked

    def _guest(self, order: ModelOrder) -> Person:
        return next(one for one in self.people if one.user_id == order.guest_id)

    def _host(self, house: ModelHouse) -> Person:
        return next(one for one in self.people if one.user_id == house.host_id)

    def _send(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        return self.run(person.send(method, API + path, body))

    @staticmethod
    def _one(among: Any, number: int) -> Any:
        return among[number % len(among)]


@pytest.mark.timeout(3600)
def test_whatever_people_money_and_time_do_the_site_says_what_the_model_says(busy: Stack) -> None:
    compare(busy, EXAMPLES or FEW_EXAMPLES)


@pytest.mark.parametrize(
    ("step", "leads_to"),
    [(("WAIT_ACCEPT", "host", "accept"), "PAID"), (("WAIT_PAYMENT", "system", "pay"), "WAIT_COMMENT")],
)
def test_a_site_that_does_something_else_is_found(
    busy: Stack, monkeypatch: pytest.MonkeyPatch, step: tuple[str, str, str], leads_to: str
) -> None:
    """The negative control: the model is changed, and the site no longer says what it says."""
    monkeypatch.setitem(order_model.STEPS, step, leads_to)

    with pytest.raises(AssertionError):
        compare(busy, FEW_EXAMPLES, phases=[Phase.generate])


def compare(stack: Stack, examples: int, **more: Any) -> None:
    """So many examples. Raises AssertionError."""
    with asyncio.Runner() as runner:
        exits = AsyncExitStack()
        crowd = runner.run(exits.enter_async_context(crowd_of(stack)))
        try:
            run_state_machine_as_test(
                type("SiteHere", (Site,), {"crowd": crowd, "runner": runner}),
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    derandomize=not EXAMPLES,
                    report_multiple_bugs=False,
                    suppress_health_check=list(HealthCheck),
                    **more,
                ),
            )
        finally:
            runner.run(exits.aclose())
