"""Who gets a night that several want."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars.model import EventKind, Occupied
from server.calendars.plan import Plan, _joined, make_plan

TODAY = date(2026, 11, 26)
END = TODAY + timedelta(days=10)
RESERVED, CLOSED = EventKind.RESERVED, EventKind.CLOSED


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def stay(first: int, end: int, kind: EventKind = RESERVED) -> Occupied:
    return Occupied(day(first), day(end), kind)


def plan(wanted: dict[int, list[Occupied]], owners: dict[date, int | None]) -> Plan:
    return make_plan(wanted, owners, TODAY, END)


def test_free_nights_are_taken_within_the_horizon() -> None:
    made = plan({1: [stay(-3, 2), stay(9, 99)]}, {})

    assert made == Plan([], {day(0): 1, day(1): 1, day(9): 1}, {}, {1: 3})


def test_orders_and_blocks_keep_their_nights_and_the_conflict_is_noted() -> None:
    made = plan({1: [stay(2, 5)]}, {day(3): None, day(7): None})

    assert made == Plan([], {day(2): 1, day(4): 1}, {(1, day(3)): RESERVED}, {1: 2})


def test_a_calendar_that_wants_its_night_no_more_frees_it() -> None:
    assert plan({1: []}, {day(2): 1, day(3): None}) == Plan([day(2)], {}, {}, {1: 0})
    assert plan({}, {day(2): 1}).released == [day(2)]


def test_a_calendar_keeps_its_night_from_an_older_one() -> None:
    assert plan({1: [stay(2, 3)], 2: [stay(2, 3)]}, {day(2): 2}) == Plan(
        [], {}, {(1, day(2)): RESERVED}, {1: 0, 2: 1}
    )


def test_a_night_that_one_calendar_leaves_goes_to_the_other_without_being_free() -> None:
    made = plan({1: [], 2: [stay(2, 3)]}, {day(2): 1})

    assert made == Plan([day(2)], {day(2): 2}, {}, {1: 0, 2: 1})


def test_of_two_events_on_one_night_the_reservation_counts() -> None:
    made = plan({1: [stay(2, 3, CLOSED), stay(2, 3), stay(2, 3, CLOSED)]}, {day(2): None})

    assert made.conflicts == {(1, day(2)): RESERVED}


SPANS = st.tuples(st.integers(-2, 12), st.integers(1, 4)).map(lambda one: stay(one[0], one[0] + one[1]))
WANTED = st.dictionaries(st.integers(1, 3), st.lists(SPANS, max_size=4), max_size=3)
OWNERS = st.dictionaries(st.integers(0, 9).map(day), st.sampled_from([None, 1, 2, 3]))


@settings(deadline=None)
@given(WANTED, OWNERS)
def test_a_plan_gives_calendars_what_nobody_else_has_and_doing_it_again_changes_nothing(
    wanted: dict[int, list[Occupied]], owners: dict[date, int | None]
) -> None:
    made = plan(wanted, owners)
    after = {night: owner for night, owner in owners.items() if night not in made.released} | made.taken

    foreign = {night for night, owner in owners.items() if owner is None}
    union = {night for events in wanted.values() for event in events for night in event.nights(TODAY, END)}
    assert {night for night, owner in after.items() if owner is not None} == union - foreign
    assert {night for night, owner in after.items() if owner is None} == foreign
    assert not foreign & {*made.released, *made.taken}
    again = plan(wanted, after)
    assert not again.changes_nights
    assert again.conflicts == made.conflicts


def test_nights_that_thousands_of_events_take_are_looked_at_once() -> None:
    many = [stay(number % 3, 9) for number in range(5000)]

    assert _joined([*many, stay(20, 21)]) == [stay(0, 9), stay(20, 21)]
    assert plan({1: many}, {}).counts == {1: 9}
