"""Invented orders: equal every time, never two in one night, and each a life that the rules allow."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from server.nights.model import today_at
from server.orders.model import Event, OrderStatus
from server.seed.bookings import Diary
from server.seed.invention import HouseInventor
from server.seed.lives import at_houses, is_seeded, seeded_number
from server.seed.model import SeedPlan

if TYPE_CHECKING:
    from server.seed.lives import Life

TODAY = date(2026, 11, 26)
NOW = at_houses(TODAY, 0)


def invent(nth: int = 0, **changes: int) -> list[Life]:
    """All orders of a plan; house n has the id n + 1, user n the id n + 1001."""
    amounts = {"houses": 300, "users": 40, "nights": 20, "pictures": 0, "seed": 1, "orders": 3000, **changes}
    plan = SeedPlan(**amounts, today=TODAY)
    inventor, diary = HouseInventor(plan, {}), Diary(plan, range(1001, 1001 + plan.users), nth)
    for number in range(-(-plan.houses // 1000)):
        diary.add(number, inventor.batch(number), number * 1000 + 1)
    return [life for lives in diary.lives() for life in lives]


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return invent()


def test_the_same_plan_invents_the_same_orders_and_exactly_so_many(lives: list[Life]) -> None:
    assert len(lives) == 3000
    assert invent() == lives
    assert len(invent(houses=2500, orders=7777)) == 7777


def test_another_seed_invents_other_orders(lives: list[Life]) -> None:
    assert [life.order.check_in for life in invent(seed=2)] != [life.order.check_in for life in lives]


def test_numbers_differ_also_from_those_of_earlier_seedings(lives: list[Life]) -> None:
    numbers = [life.order.number for life in (*lives, *invent(nth=3000))]

    assert len(set(numbers)) == 6000
    assert all(is_seeded(f"{number}P001") and len(number) == 20 for number in numbers)
    assert not is_seeded("20261126000000000001P001")
    assert len({seeded_number(NOW, nth) for nth in range(0, 10**7, 997)}) == len(range(0, 10**7, 997))


def test_no_night_is_given_twice_and_none_that_the_host_blocked(lives: list[Life]) -> None:
    plan = SeedPlan(houses=300, users=40, nights=20, pictures=0, seed=1, today=TODAY, orders=3000)
    taken = Counter(
        (number, TODAY + timedelta(days=day))
        for number, house in enumerate(HouseInventor(plan, {}).batch(0), 1)
        for start, length in house.stays
        for day in range(start, start + length)
    )
    for life in lives:
        if not life.order.status.is_dead:
            nights = range(*life.order.ordinals)
            taken.update((life.order.house_id, date.fromordinal(day)) for day in nights)

    assert max(taken.values()) == 1


def test_they_come_in_the_order_of_their_placing_and_nothing_is_from_the_future(lives: list[Life]) -> None:
    placed = [life.order.created_at for life in lives]

    assert placed == sorted(placed)
    for life in lives:
        times = [one.step.at for one in life.happened]
        assert times == sorted(times)
        assert times[-1] <= NOW
        assert today_at(times[0]) <= life.order.check_in


def test_every_state_comes_up_and_past_stays_are_over(lives: list[Life]) -> None:
    counted = Counter(life.order.status for life in lives)

    assert set(counted) == set(OrderStatus)
    assert counted[OrderStatus.COMPLETE] > counted[OrderStatus.PAID] > counted[OrderStatus.CANCELED] > 100
    over = [life.order for life in lives if life.order.check_out < TODAY and not life.order.status.is_dead]
    assert {order.status for order in over} == {OrderStatus.COMPLETE, OrderStatus.WAIT_COMMENT}
    assert all(life.order.expires_at > NOW for life in lives if life.order.status is OrderStatus.WAIT_ACCEPT)


def test_dead_orders_died_in_every_way_and_gave_back_what_the_policy_says(lives: list[Life]) -> None:
    dead = [life for life in lives if life.order.status.is_dead]
    ways = Counter((life.happened[-1].before, life.happened[-1].step.event) for life in dead)

    assert set(ways) == {
        (OrderStatus.WAIT_ACCEPT, Event.REJECT),
        (OrderStatus.WAIT_ACCEPT, Event.CANCEL),
        (OrderStatus.WAIT_ACCEPT, Event.EXPIRE),
        (OrderStatus.WAIT_PAYMENT, Event.CANCEL),
        (OrderStatus.WAIT_PAYMENT, Event.EXPIRE),
        (OrderStatus.PAID, Event.CANCEL),
    }
    paid = [life for life in dead if life.time_of(Event.PAY)]
    shares = {back.amount_fen == life.order.amount_fen for life in paid for back in life.given_back}
    assert shares == {True, False}


def test_lines_of_every_kind_are_charged(lives: list[Life]) -> None:
    kinds = {line["kind"] for life in invent(houses=900, orders=9000) for line in life.order.lines}

    assert kinds >= {"nights", "weekend", "weekly", "cleaning", "deposit"}
    assert all(sum(line["amount"] for line in life.order.lines) == life.order.amount_fen for life in lives)
