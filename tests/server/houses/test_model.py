"""Fields of a house: amounts become fen exactly, all that is wrong is named, the moves of a status."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import BadFields
from server.houses.model import MOVES, HouseForm, HouseStatus, fen, mask_of
from tests.houses import FIELDS

AMOUNTS = st.integers(0, 10**11 - 1)


def form(**changes: Any) -> HouseForm:
    """A form that is right but for the changes."""
    return HouseForm(**{**FIELDS, "facility": tuple(FIELDS["facility"]), **changes})


@given(amount=AMOUNTS)
def test_every_amount_is_read_as_it_is_written(amount: int) -> None:
    yuan, rest = divmod(amount, 100)

    assert fen(f"{yuan}.{rest:02}") == amount
    assert fen(f" {yuan}.{rest:02}\n") == amount
    if rest % 10 == 0:
        assert fen(f"{yuan}.{rest // 10}") == amount
    if rest == 0:
        assert fen(str(yuan)) == amount


def test_the_way_over_a_float_would_lose_a_fen() -> None:
    """The negative control: what the usual iHome does."""
    assert fen("19.99") == 1999
    assert int(19.99 * 100) == 1998


@given(text=st.text(max_size=12))
def test_what_is_no_amount_is_none(text: str) -> None:
    digits, point, cents = text.strip().partition(".")
    is_amount = (
        1 <= len(digits) <= 9
        and (digits + cents).isascii()
        and (digits + cents).isdigit()
        and len(cents) <= 2
        and bool(cents) == bool(point)
    )

    assert (fen(text) is not None) == is_amount


@given(ids=st.sets(st.integers(1, 32)))
def test_facilities_are_bits_that_fit_their_column(ids: set[int]) -> None:
    mask = mask_of(tuple(ids))

    assert mask < 2**32
    assert {bit + 1 for bit in range(32) if mask >> bit & 1} == ids


@given(nights=st.tuples(st.integers(-2, 367), st.integers(-2, 367)))
def test_min_and_max_nights_are_named_for_their_own_faults_alone(nights: tuple[int, int]) -> None:
    least, most = nights
    wrong = set()
    if not 1 <= least <= 365:
        wrong.add("min_days")
    if not 0 <= most <= 365 or (1 <= least <= 365 and 0 < most < least):
        wrong.add("max_days")

    problems = form(min_days=least, max_days=most).problems()

    assert {field for field, _ in problems} == wrong
    assert len(problems) == len(wrong)


def test_all_problems_come_together() -> None:
    with pytest.raises(BadFields) as refused:
        form(title="", price="x", room_count=0).check()

    assert {field for field, _ in refused.value.problems} == {"title", "price", "room_count"}


def test_texts_are_trimmed_inside_and_around() -> None:
    fields = form(title="  后海 \t 小院\u3000 ", unit=" 一室 ").check()

    assert (fields.title, fields.layout) == ("后海 小院", "一室")
    assert fields.facility_ids == (1, 3, 7)


def test_nothing_becomes_a_draft_again() -> None:
    assert {wanted for _, wanted in MOVES} == {HouseStatus.ONLINE, HouseStatus.OFFLINE}
    assert all(now is not wanted for now, wanted in MOVES)
