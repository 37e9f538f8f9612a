"""Prices: the lines sum to the total, in whole fen, the same every time; dates go before weekends before the base."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.houses.model import MAX_DEPOSIT_FEN, MAX_PRICE_FEN
from server.nights.model import Stay
from server.quotes.model import (
    Cancellation,
    Line,
    LineKind,
    NoGuests,
    Quote,
    Rates,
    TooFewNights,
    TooManyGuests,
    TooManyNights,
    quote,
)

FRIDAY = date(2026, 11, 27)
PRICES = st.integers(100, MAX_PRICE_FEN)
STAYS = st.builds(
    lambda start, nights: Stay(start, start + timedelta(days=nights)),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(1, 60) | st.integers(1, 365),
)


@st.composite
def _offers(draw: st.DrawFn) -> tuple[Rates, Stay]:
    """A stay, and rates with prices of some of its nights and of nights around it."""
    stay = draw(STAYS)
    around = st.integers(-3, stay.nights + 3).map(lambda days: stay.start + timedelta(days=days))
    rates = Rates(
        price_fen=draw(PRICES),
        deposit_fen=draw(st.integers(0, MAX_DEPOSIT_FEN)),
        min_nights=1,
        max_nights=0,
        capacity=50,
        weekend_price_fen=draw(st.none() | PRICES),
        weekly_percent=draw(st.integers(0, 90)),
        monthly_percent=draw(st.integers(0, 90)),
        cleaning_fee_fen=draw(st.integers(0, MAX_PRICE_FEN)),
        cancellation=draw(st.sampled_from(Cancellation)),
        special=draw(st.dictionaries(around, PRICES, max_size=12)),
    )
    return rates, stay


OFFERS = _offers()
PLAIN = Rates(price_fen=10_000, deposit_fen=0, min_nights=1, max_nights=0, capacity=4)


@given(offer=OFFERS, guests=st.integers(1, 50))
def test_the_lines_sum_to_the_total_in_whole_fen(offer: tuple[Rates, Stay], guests: int) -> None:
    rates, stay = offer

    priced = quote(rates, stay, guests)

    shown = [line.view() for line in priced.lines]
    assert priced.total_fen == sum(line["amount"] for line in shown) == _by_hand(rates, stay)
    assert priced.total_fen >= 0
    assert all(line["amount"] == line["quantity"] * line["unit_price"] for line in shown)
    assert _types(priced) <= {int}
    assert (priced.stay, priced.guests, priced.cancellation) == (stay, guests, rates.cancellation)


@given(offer=OFFERS)
def test_the_same_stay_costs_the_same(offer: tuple[Rates, Stay]) -> None:
    rates, stay = offer
    turned = dict(reversed(list(rates.special.items())))

    again = Rates(**{one.name: getattr(rates, one.name) for one in fields(rates)} | {"special": turned})

    assert quote(rates, stay, 2) == quote(again, Stay(stay.start, stay.end), 2)


@given(offer=OFFERS)
def test_lines_come_in_a_fixed_order_one_for_each_kind_and_price(offer: tuple[Rates, Stay]) -> None:
    rates, stay = offer

    lines = quote(rates, stay, 1).lines

    order = [list(LineKind).index(line.kind) for line in lines]
    assert order == sorted(order)
    pairs = [(line.kind, line.unit_price_fen) for line in lines]
    assert len(set(pairs)) == len(pairs)
    assert all(line.amount_fen != 0 for line in lines)
    assert (
        sum(line.quantity for line in lines if line.kind in {"nights", "weekend", "special"}) == stay.nights
    )


@given(offer=OFFERS)
def test_prices_of_other_nights_change_nothing(offer: tuple[Rates, Stay]) -> None:
    rates, stay = offer
    inside = {night: price for night, price in rates.special.items() if stay.start <= night < stay.end}

    assert quote(rates, stay, 1) == quote(replace(rates, special=inside), stay, 1)


@given(offer=OFFERS)
def test_no_more_is_taken_off_than_the_percent_and_never_a_fen_of_another_line(
    offer: tuple[Rates, Stay],
) -> None:
    rates, stay = offer

    lines = quote(rates, stay, 1).lines

    nights = sum(line.amount_fen for line in lines if line.kind in {"nights", "weekend", "special"})
    off = -sum(line.amount_fen for line in lines if line.kind in {"weekly", "monthly"})
    percent = _percent(rates, stay.nights)
    assert off * 100 <= nights * percent < (off + 1) * 100
    assert nights - off >= nights // 10


def test_a_date_goes_before_a_weekend_before_the_base_price() -> None:
    saturday, sunday = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2)
    rates = replace(PLAIN, weekend_price_fen=15_000, special={saturday: 30_000, sunday: 20_000})
    stay = Stay(FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=5))

    lines = quote(rates, stay, 1).lines

    assert lines == (
        Line(LineKind.NIGHTS, 3, 10_000),
        Line(LineKind.WEEKEND, 1, 15_000),
        Line(LineKind.SPECIAL, 1, 30_000),
        Line(LineKind.SPECIAL, 1, 20_000),
    )


def test_nights_that_begin_on_friday_and_saturday_are_the_weekend() -> None:
    rates = replace(PLAIN, weekend_price_fen=15_000)
    monday = FRIDAY + timedelta(days=3)

    kinds = [rates.night(monday + timedelta(days=number))[0] for number in range(7)]

    assert kinds == [LineKind.NIGHTS] * 4 + [LineKind.WEEKEND] * 2 + [LineKind.NIGHTS]


@pytest.mark.parametrize(
    ("nights", "weekly", "monthly", "kind", "percent"),
    [
        (6, 10, 30, None, 0),
        (7, 10, 30, "weekly", 10),
        (27, 10, 30, "weekly", 10),
        (28, 10, 30, "monthly", 30),
        (28, 10, 0, "weekly", 10),
        (7, 0, 30, None, 0),
        (28, 0, 30, "monthly", 30),
        (28, 0, 0, None, 0),
    ],
)
def test_a_months_discount_goes_before_a_weeks(
    nights: int, weekly: int, monthly: int, kind: str | None, percent: int
) -> None:
    rates = replace(PLAIN, weekly_percent=weekly, monthly_percent=monthly)

    lines = quote(rates, Stay(FRIDAY, FRIDAY + timedelta(days=nights)), 1).lines

    off = [(line.kind, line.amount_fen) for line in lines if line.kind in {"weekly", "monthly"}]
    assert off == ([(kind, -nights * 10_000 * percent // 100)] if kind else [])


def test_a_discount_is_rounded_down_and_leaves_cleaning_and_deposit_alone() -> None:
    rates = replace(PLAIN, price_fen=1999, weekly_percent=33, cleaning_fee_fen=500, deposit_fen=70_000)

    priced = quote(rates, Stay(FRIDAY, FRIDAY + timedelta(days=7)), 1)

    assert [line.amount_fen for line in priced.lines] == [13_993, -4_617, 500, 70_000]  # 4,617.69 off
    assert priced.total_fen == 79_876


@given(nights=st.integers(1, 365), guests=st.integers(-2, 60), rates=OFFERS.map(lambda offer: offer[0]),
       least=st.integers(1, 365), most=st.integers(0, 365), room=st.integers(1, 50))  # fmt: skip
def test_a_stay_is_refused_by_the_first_rule_that_it_breaks(
    nights: int, guests: int, rates: Rates, least: int, most: int, room: int
) -> None:
    rates = replace(rates, min_nights=least, max_nights=most, capacity=room)
    stay = Stay(FRIDAY, FRIDAY + timedelta(days=nights))
    broken = [
        kind
        for kind, is_broken in (
            (TooFewNights, nights < least),
            (TooManyNights, most > 0 and nights > most),
            (NoGuests, guests <= 0),
            (TooManyGuests, guests > room),
        )
        if is_broken
    ]

    if broken:
        with pytest.raises(broken[0]):
            quote(rates, stay, guests)
    else:
        assert isinstance(quote(rates, stay, guests), Quote)


def test_an_amount_that_is_no_whole_fen_would_be_found() -> None:
    """The negative control of the types: one float in a line."""
    halved: Any = 1999 / 2
    priced = Quote(
        Stay(FRIDAY, FRIDAY + timedelta(days=1)), 1, (Line(LineKind.NIGHTS, 1, halved),), Cancellation.STRICT
    )

    assert float in _types(priced)


def _types(priced: Quote) -> set[type]:
    shown = [line.view() for line in priced.lines]
    numbers = [line[name] for line in shown for name in ("quantity", "unit_price", "amount")]
    return {type(number) for number in [*numbers, priced.total_fen]}


def _percent(rates: Rates, nights: int) -> int:
    if nights >= 28 and rates.monthly_percent:
        return rates.monthly_percent
    return rates.weekly_percent if nights >= 7 else 0


def _by_hand(rates: Rates, stay: Stay) -> int:
    """Night by night, as somebody would with a calendar and a pencil."""
    nights = 0
    for night in stay.dates():
        is_weekend = night.isoweekday() in {5, 6} and rates.weekend_price_fen is not None
        nights += rates.special.get(night) or (
            rates.weekend_price_fen or 0 if is_weekend else rates.price_fen
        )
    off = nights * _percent(rates, stay.nights) // 100
    return nights - off + rates.cleaning_fee_fen + rates.deposit_fen
