"""Prices: the lines sum to the total, in whole fen, the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.houses.model import MAX_DEPOSIT_FEN, MAX_PRICE_FEN
from server.quotes.model import NoGuests, Quote, Terms, TooFewNights, TooManyGuests, TooManyNights, quote

HOUSES = st.builds(
    Terms,
    price_fen=st.integers(100, MAX_PRICE_FEN),
    deposit_fen=st.integers(0, MAX_DEPOSIT_FEN),
    min_nights=st.integers(1, 365),
    max_nights=st.integers(0, 365),
    capacity=st.integers(1, 50),
)
NIGHTS = st.integers(1, 365)


@given(terms=HOUSES, nights=NIGHTS)
def test_the_lines_sum_to_the_total_in_whole_fen(terms: Terms, nights: int) -> None:
    priced = quote(terms, nights)

    shown = [line.view() for line in priced.lines]
    assert priced.total_fen == sum(line["amount"] for line in shown) == sum(_by_hand(terms, nights))
    assert all(line["amount"] == line["quantity"] * line["unit_price"] for line in shown)
    numbers = [line[name] for line in shown for name in ("quantity", "unit_price", "amount")]
    assert {type(number) for number in [*numbers, priced.total_fen]} == {int}
    assert [line["kind"] for line in shown] == ["nights", "deposit"][: 2 if terms.deposit_fen else 1]


@given(terms=HOUSES, nights=NIGHTS)
def test_the_same_stay_costs_the_same(terms: Terms, nights: int) -> None:
    again = Terms(**vars(terms))

    assert quote(terms, nights) == quote(again, nights)
    assert isinstance(quote(terms, nights), Quote)


@given(terms=HOUSES, nights=st.integers(1, 364))
def test_one_night_more_costs_one_price_more(terms: Terms, nights: int) -> None:
    more = quote(terms, nights + 1).total_fen - quote(terms, nights).total_fen

    assert more == terms.price_fen


@given(terms=HOUSES, nights=st.integers(0, 400), guests=st.integers(-2, 60))
def test_a_stay_is_refused_by_the_first_rule_that_it_breaks(terms: Terms, nights: int, guests: int) -> None:
    broken = [
        kind
        for kind, is_broken in (
            (TooFewNights, nights < terms.min_nights),
            (TooManyNights, terms.max_nights > 0 and nights > terms.max_nights),
            (NoGuests, guests <= 0),
            (TooManyGuests, guests > terms.capacity),
        )
        if is_broken
    ]

    if broken:
        with pytest.raises(broken[0]):
            terms.check(nights, guests)
    else:
        terms.check(nights, guests)


def _by_hand(terms: Terms, nights: int) -> list[int]:
    return [*([terms.price_fen] * nights), terms.deposit_fen]
