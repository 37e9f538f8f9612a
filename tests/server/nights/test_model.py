"""Stays and parts of calendars: half-open, bounded, on the houses' dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nights.model import (
    CALENDAR_MAX_DAYS,
    HORIZON,
    MAX_NIGHTS,
    BadSpan,
    CalendarSpan,
    EndsTooEarly,
    InThePast,
    Stay,
    TooFarAhead,
    TooLong,
    today_at,
)

DATES = st.dates(date(1, 1, 1), date(9998, 12, 31))


@given(start=DATES, nights=st.integers(1, MAX_NIGHTS))
def test_a_stay_has_a_date_for_each_night_and_none_for_its_end(start: date, nights: int) -> None:
    stay = Stay(start, start + timedelta(days=nights))

    dates = stay.dates()
    assert len(dates) == stay.nights == nights
    assert (dates[0], dates[-1]) == (start, stay.end - timedelta(days=1))
    assert stay.end not in dates
    assert dates == sorted(set(dates))


@given(one=DATES, other=DATES)
def test_what_is_no_stay_cannot_be_built(one: date, other: date) -> None:
    days = (other - one).days

    if days <= 0:
        with pytest.raises(EndsTooEarly):
            Stay(one, other)
    elif days > MAX_NIGHTS:
        with pytest.raises(TooLong):
            Stay(one, other)
    else:
        assert Stay(one, other).nights == days


@given(
    today=st.dates(date(2020, 1, 1), date(2090, 1, 1)), start=st.integers(-3, 740), nights=st.integers(1, 30)
)
def test_a_stay_lies_between_today_and_the_horizon(today: date, start: int, nights: int) -> None:
    stay = Stay(today + timedelta(days=start), today + timedelta(days=start + nights))

    if start < 0:
        with pytest.raises(InThePast):
            stay.from_today(today)
    elif start + nights > HORIZON.days:
        with pytest.raises(TooFarAhead):
            stay.from_today(today)
    else:
        assert stay.from_today(today) is stay


@given(start=DATES, end=st.none() | DATES)
def test_a_part_of_a_calendar_has_1_to_400_days(start: date, end: date | None) -> None:
    days = 1 if end is None else (end - start).days

    if 1 <= days <= CALENDAR_MAX_DAYS:
        span = CalendarSpan.beginning(start, end)
        assert 1 <= (span.end - span.start).days <= CALENDAR_MAX_DAYS
    else:
        with pytest.raises(BadSpan):
            CalendarSpan.beginning(start, end)


def test_the_last_day_of_all_has_no_night() -> None:
    with pytest.raises(BadSpan):
        CalendarSpan.beginning(date.max, None)


def test_the_houses_day_begins_in_beijing() -> None:
    evening = datetime(2027, 2, 28, 15, 59, 59, tzinfo=UTC)

    assert today_at(evening) == date(2027, 2, 28)
    assert today_at(evening + timedelta(seconds=1)) == date(2027, 3, 1)
