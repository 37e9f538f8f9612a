"""Orders' rules without a database: the table of moves, refunds, what a page may offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.orders.model import (
    TRANSITIONS,
    Actor,
    BadNote,
    BadReason,
    Event,
    IllegalMove,
    Order,
    OrderStatus,
    StayBegan,
    check_reason,
    hold_seconds,
    new_number,
    refund_percent,
)
from server.quotes.model import Cancellation

CHECK_IN = date(2026, 12, 20)
LINES = (
    {"kind": "nights", "quantity": 3, "unit_price": 10_001, "amount": 30_003},
    {"kind": "weekly", "quantity": 1, "unit_price": -3, "amount": -3},
    {"kind": "cleaning", "quantity": 1, "unit_price": 5_000, "amount": 5_000},
    {"kind": "deposit", "quantity": 1, "unit_price": 20_000, "amount": 20_000},
)
PAID = Order(
    order_id=1, number="1" * 20, guest_id=7, host_id=8, house_id=9, check_in=CHECK_IN,
    check_out=CHECK_IN + timedelta(days=3), nights=3, guests=2, lines=LINES, amount_fen=55_000,
    cancellation=Cancellation.MODERATE, status=OrderStatus.PAID, version=3, reason=None, expires_at=None,
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(("status", "event", "actor"), list(product(OrderStatus, Event, Actor)))
def test_an_order_moves_as_the_table_says_and_no_other_way(
    status: OrderStatus, event: Event, actor: Actor
) -> None:
    order = replace(PAID, status=status)

    if (status, event, actor) in TRANSITIONS:
        assert order.after(event, actor) is TRANSITIONS[status, event, actor]
    else:
        with pytest.raises(IllegalMove):
            order.after(event, actor)


def test_the_dead_stay_dead_and_money_moves_in_one_place() -> None:
    from_the_dead = [key for key in TRANSITIONS if key[0].is_dead]
    into_paid = [key for key, status in TRANSITIONS.items() if status is OrderStatus.PAID]

    assert from_the_dead == []
    assert into_paid == [(OrderStatus.WAIT_PAYMENT, Event.PAY, Actor.SYSTEM)]


@pytest.mark.parametrize(
    ("cancellation", "percents"),
    [
        (Cancellation.FLEXIBLE, {30: 100, 1: 100, 0: 50}),
        (Cancellation.MODERATE, {30: 100, 5: 100, 4: 50, 1: 50, 0: 0}),
        (Cancellation.STRICT, {30: 100, 14: 100, 13: 50, 7: 50, 6: 0, 0: 0}),
    ],
)
def test_a_policy_gives_back_by_the_days_that_are_left(
    cancellation: Cancellation, percents: dict[int, int]
) -> None:
    assert {days: refund_percent(cancellation, days) for days in percents} == percents


def test_a_guest_gets_deposit_and_cleaning_whole_and_of_the_nights_what_the_policy_says() -> None:
    early, late, last = (CHECK_IN - timedelta(days=days) for days in (5, 1, 0))

    assert PAID.refund_fen(Actor.GUEST, early) == 55_000
    assert PAID.refund_fen(Actor.GUEST, late) == 25_000 + 15_000
    assert PAID.refund_fen(Actor.GUEST, last) == 25_000
    assert PAID.refund_fen(Actor.HOST, last) == 55_000


def test_nobody_cancels_once_the_check_in_day_is_over() -> None:
    with pytest.raises(StayBegan):
        PAID.refund_fen(Actor.HOST, CHECK_IN + timedelta(days=1))


@given(
    cancellation=st.sampled_from(list(Cancellation)),
    days=st.integers(0, 400),
    nights_fen=st.integers(0, 10**9),
    deposit_fen=st.integers(0, 10**8),
)
def test_a_refund_is_whole_fen_between_the_deposit_and_all(
    cancellation: Cancellation, days: int, nights_fen: int, deposit_fen: int
) -> None:
    lines = (
        {"kind": "nights", "quantity": 1, "unit_price": nights_fen, "amount": nights_fen},
        {"kind": "deposit", "quantity": 1, "unit_price": deposit_fen, "amount": deposit_fen},
    )
    order = replace(PAID, lines=lines, amount_fen=nights_fen + deposit_fen, cancellation=cancellation)

    refund = order.refund_fen(Actor.GUEST, CHECK_IN - timedelta(days=days))

    assert type(refund) is int
    assert deposit_fen <= refund <= order.amount_fen


def test_what_comes_back_by_itself_is_the_deposit_when_the_guest_has_left() -> None:
    later = CHECK_IN + timedelta(days=9)

    assert PAID.refund_due(Event.CHECK_OUT, Actor.SYSTEM, later) == 20_000
    assert PAID.refund_due(Event.CANCEL, Actor.GUEST, CHECK_IN) == 25_000
    waiting = replace(PAID, status=OrderStatus.WAIT_PAYMENT)
    assert waiting.refund_due(Event.CANCEL, Actor.GUEST, later) == 0


@pytest.mark.parametrize(
    ("status", "role", "expected"),
    [
        (OrderStatus.WAIT_ACCEPT, Actor.GUEST, ["cancel"]),
        (OrderStatus.WAIT_ACCEPT, Actor.HOST, ["accept", "reject"]),
        (OrderStatus.WAIT_PAYMENT, Actor.GUEST, ["pay", "cancel"]),
        (OrderStatus.WAIT_PAYMENT, Actor.HOST, ["cancel"]),
        (OrderStatus.PAID, Actor.GUEST, ["cancel"]),
        (OrderStatus.WAIT_COMMENT, Actor.GUEST, ["comment"]),
        (OrderStatus.WAIT_COMMENT, Actor.HOST, []),
        (OrderStatus.COMPLETE, Actor.HOST, ["reply"]),
        (OrderStatus.CANCELED, Actor.GUEST, []),
    ],
)
def test_a_page_offers_what_the_table_allows(status: OrderStatus, role: Actor, expected: list[str]) -> None:
    order = replace(PAID, status=status)

    assert order.actions(role, CHECK_IN, replied=False, commented=True) == expected


def test_a_page_offers_no_second_reply_and_none_without_a_review() -> None:
    order = replace(PAID, status=OrderStatus.COMPLETE)

    assert order.actions(Actor.HOST, CHECK_IN, replied=True, commented=True) == []
    assert order.actions(Actor.HOST, CHECK_IN, replied=False, commented=False) == []


def test_a_rejection_needs_a_reason_that_can_be_read() -> None:
    assert check_reason("  已经  有客人 ", Event.REJECT) == "已经 有客人"
    assert check_reason("", Event.CANCEL) is None
    for bad in (None, "", "  ", "x" * 201, "a\x07b"):
        with pytest.raises(BadReason):
            check_reason(bad, Event.REJECT)
    with pytest.raises(BadNote):
        check_reason("x" * 201, Event.CANCEL)


def test_nobody_waits_for_a_stay_that_is_over() -> None:
    today = CHECK_IN

    assert hold_seconds(OrderStatus.WAIT_ACCEPT, today + timedelta(days=9), today) == 24 * 3600
    assert hold_seconds(OrderStatus.WAIT_PAYMENT, today + timedelta(days=9), today) == 15 * 60
    assert hold_seconds(OrderStatus.WAIT_ACCEPT, today, today) == 60
    assert hold_seconds(OrderStatus.PAID, today, today) is None


def test_numbers_are_twenty_digits_and_hardly_ever_alike() -> None:
    now = datetime(2026, 12, 20, 8, tzinfo=UTC)

    numbers = {new_number(now) for _ in range(1000)}

    assert len(numbers) == 1000
    assert {(len(number), number[:8], number.isdecimal()) for number in numbers} == {(20, "20261220", True)}
