"""Cursors and criteria: what was handed out comes back, everything else is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nights.model import Stay
from server.sealing import Seal
from server.search.model import BadCursor, Criteria, Cursor, PriceRangeReversed, Sort, Total

SEAL = Seal("a secret of tests", "cursor")
NUMBERS = st.integers(0, 2**63)
CURSORS = st.builds(
    Cursor,
    position=st.lists(NUMBERS, min_size=1, max_size=2).map(tuple),
    page=st.integers(1, 10_000),
    total=st.builds(Total, count=st.integers(0, 1000), capped=st.booleans()),
)
STAYS = st.builds(
    lambda start, nights: Stay(start, start + timedelta(days=nights)),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.integers(1, 365),
)
CRITERIA = st.builds(
    Criteria,
    area_id=st.none() | st.integers(1, 16),
    stay=st.none() | STAYS,
    sort=st.sampled_from(Sort),
    price_min=st.none() | st.integers(0, 1000),
    price_max=st.none() | st.integers(1000, 2**32 - 1),
    rooms=st.none() | st.integers(1, 50),
    guests=st.none() | st.integers(1, 50),
    facility_mask=st.integers(0, 2**23 - 1),
    terms=st.lists(st.text("后海|,.%院", min_size=1, max_size=4), max_size=5, unique=True).map(tuple),
)


@given(cursor=CURSORS, criteria=CRITERIA)
def test_a_cursor_comes_back_as_it_was(cursor: Cursor, criteria: Criteria) -> None:
    token = cursor.token(SEAL, criteria)

    assert Cursor.parse(token, SEAL, criteria) == cursor
    assert len(token) <= 200  # as much as the query takes
    assert token.isascii()
    assert all(character.isalnum() or character in "-_." for character in token)


@given(cursor=CURSORS, criteria=CRITERIA, place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_no_byte_of_a_cursor_may_change(cursor: Cursor, criteria: Criteria, place: int, change: int) -> None:
    token = cursor.token(SEAL, criteria)
    at = place % len(token)
    changed = token[:at] + chr(ord(token[at]) ^ change) + token[at + 1 :]

    with pytest.raises(BadCursor):
        Cursor.parse(changed, SEAL, criteria)


@given(token=st.text(max_size=200))
def test_what_was_never_handed_out_is_no_cursor(token: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.parse(token, SEAL, Criteria())


@given(cursor=CURSORS, one=CRITERIA, other=CRITERIA)
def test_a_cursor_is_of_one_search_only(cursor: Cursor, one: Criteria, other: Criteria) -> None:
    token = cursor.token(SEAL, one)

    assert (one.name == other.name) == (one == other)
    if one != other:
        with pytest.raises(BadCursor):
            Cursor.parse(token, SEAL, other)


def test_a_cursor_of_another_installation_is_refused() -> None:
    token = Cursor((5,), 2, Total(9, capped=False)).token(Seal("another secret", "cursor"), Criteria())

    with pytest.raises(BadCursor):
        Cursor.parse(token, SEAL, Criteria())


def test_without_the_digest_anybody_could_write_a_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the readable part alone is taken for what it says."""
    token = Cursor((5,), 2, Total(9, capped=False)).token(SEAL, Criteria())
    forged = Cursor((4,), 2, Total(9, capped=False)).token(Seal("mine", "cursor"), Criteria())
    monkeypatch.setattr("server.search.model._sign", lambda _seal, _text, _criteria: token.split(".")[1])

    forged = forged.split(".", maxsplit=1)[0] + "." + token.split(".")[1]

    assert Cursor.parse(forged, SEAL, Criteria()).position == (4,)


def test_a_price_range_may_be_one_price_but_not_reversed() -> None:
    assert Criteria(price_min=100, price_max=100).has_filters

    with pytest.raises(PriceRangeReversed):
        Criteria(price_min=101, price_max=100)


def test_a_result_has_as_many_pages_as_it_needs() -> None:
    pages = [Total(count, capped=False).pages for count in (0, 1, 20, 21, 1000)]

    assert pages == [0, 1, 1, 2, 50]
