"""What is read of other sites' calendars: their habits and troubles, one file each in `files/`."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars import reading
from server.calendars.lines import MAX_DEPTH, kept_lines
from server.calendars.model import EventKind, Occupied, Reading, ReadingFailed, Reason
from server.calendars.reading import Frame, nights_of, read_calendar
from server.nights.model import HOUSE_TIME

FILES = Path(__file__).parent / "files"
TODAY = date(2026, 11, 26)
FRAME = Frame(7, "ihome.example", TODAY)
HEAD, TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "END:VCALENDAR\r\n"


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))


def calendar(*events: str) -> bytes:
    return (HEAD + "".join(events) + TAIL).encode()


def read(name: str, frame: Frame = FRAME) -> Reading:
    return read_calendar((FILES / name).read_bytes(), frame)


def stays(found: Reading) -> list[str]:
    """First night and day of leaving of each event, without the century."""
    return sorted(f"{one.first:%y%m%d}-{one.end:%y%m%d}" for one in found.events.values())


def failure_of(content: bytes) -> Reason:
    with pytest.raises(ReadingFailed) as failed:
        read_calendar(content, FRAME)
    return failed.value.reason


def test_airbnbs_reservations_and_closed_nights_are_told_apart() -> None:
    found = read("airbnb.ics")

    kinds = {f"{one.first:%y%m%d}": one.kind for one in found.events.values()}
    assert kinds == {
        "261203": EventKind.RESERVED, "261224": EventKind.CLOSED, "270826": EventKind.CLOSED,
    }  # fmt: skip
    assert stays(found) == ["261203-261206", "261224-261226", "270826-271126"]


def test_a_block_that_rolls_under_a_new_uid_each_day_moves_by_a_night() -> None:
    before, after = read("airbnb.ics"), read("airbnb_next_day.ics")

    stayed = set(before.events) & set(after.events)
    assert len(stayed) == 2
    assert stays(after) == ["261203-261206", "261224-261226", "270827-271127"]


def test_bookings_bare_line_feeds_are_read() -> None:
    assert stays(read("booking.ics")) == ["261210-261212", "261212-261213"]


def test_the_newest_revision_of_an_event_counts() -> None:
    assert stays(read("moved.ics")) == ["261210-261212"]


def test_different_events_of_one_name_all_count() -> None:
    assert stays(read("namesakes.ics")) == ["261203-261204", "261210-261212"]


def test_events_with_times_take_the_nights_that_they_cover_in_china() -> None:
    assert stays(read("times.ics")) == [
        "261201-261203",  # Asia/Shanghai
        "261205-261206",  # UTC
        "261208-261209",  # floating
        "261210-261212",  # New York, 13 hours behind
        "261214-261215",  # a zone of its own, the same clock
        "261217-261219",  # Windows' name of a zone, with a duration
        "261221-261223",  # midnight to midnight
        "261227-261228",  # an instant in the evening
    ]


def test_missing_empty_and_odd_ends_are_read_as_sites_mean_them() -> None:
    found = read("ends.ics")

    assert stays(found) == [
        "261124-261127",  # has begun
        "261201-261202",  # no end: one night
        "261203-261204",  # ends as it begins: one night
        "261205-261207", "261210-261217",  # durations
        "261222-261224",  # dates that do not say so
        "261226-261228",  # a day that ends at a time
        "261230-261231",  # no name
    ]  # fmt: skip
    assert len(found.unread) == 1


def test_cancelled_and_transparent_events_take_nothing() -> None:
    assert stays(read("free.ics")) == ["261209-261210"]


def test_recurring_events_come_again_but_for_what_is_excluded_or_moved() -> None:
    assert stays(read("recurring.ics")) == [
        "261128-261129", "261201-261202", "261217-261218", "261222-261223", "261226-261227", "270130-270131",
        "270301-270302", "270305-270306", "270309-270310",
        "270401-270402", "270403-270404", "270405-270406",
    ]  # fmt: skip


def test_rules_without_end_are_read_up_to_the_horizon_or_not_at_all() -> None:
    found = read("endless.ics")

    assert stays(found) == ["261201-261203", "271201-271203", "280101-991231"]
    assert len(found.unread) == 3  # every second, never, and every day for two thousand years


def test_a_rule_that_is_not_understood_would_be_guessed_at_without_its_guard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.calendars.recurrence.BESIDE", {"DAILY": frozenset({"BYMONTH", "BYMONTHDAY"})})
    yearly = event("UID:x", "DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;BYMONTH=12;BYMONTHDAY=24")

    assert stays(read_calendar(calendar(yearly), FRAME)) == ["261224-261225", "271224-271225"]


@pytest.mark.parametrize(
    "rule",
    [
        "YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "YEARLY;BYMONTH=4,6;BYMONTHDAY=-31",
        "YEARLY;BYMONTH=13;BYMONTHDAY=1",
        "MONTHLY;BYDAY=5MO;BYMONTHDAY=1",  # dateutil would look until the year 9999
        "YEARLY;BYMONTH=2;BYDAY=53MO",  # dateutil fails at this one
    ],
)
def test_a_rule_for_days_that_never_come_is_not_followed(rule: str) -> None:
    never = event("UID:x", "DTSTART;VALUE=DATE:20261201", f"RRULE:FREQ={rule}")
    leap = event("UID:y", "DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")

    found = read_calendar(calendar(never, leap), FRAME)

    assert (stays(found), len(found.unread)) == (["280229-280301"], 1)


def zone(name: str, offset: str, *rules: str, begins: str = "19701101T020000") -> str:
    """A time zone that has one offset all the year."""
    parts = [
        f"BEGIN:{part}\r\nDTSTART:{begins}\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\n"
        + "".join(f"RRULE:{rule}\r\n" for rule in rules)
        + f"END:{part}\r\n"
        for part in ("STANDARD", "DAYLIGHT")
    ]
    return "".join(("BEGIN:VTIMEZONE\r\n", f"TZID:{name}\r\n", *parts, "END:VTIMEZONE\r\n"))


AT_NOON = ("DTSTART;TZID={0}:20261201T150000", "DTEND;TZID={0}:20261203T120000")


@pytest.mark.parametrize("name", ["China Standard Time", "Somebody's Own"])
def test_the_zones_of_one_calendar_mean_nothing_to_the_next(name: str) -> None:
    stay = event("UID:x", *(line.format(name) for line in AT_NOON))

    west, east, without = (
        stays(read_calendar(calendar(*more, stay), FRAME))
        for more in ([zone(name, "-1200")], [zone(name, "+1400")], [])
    )

    assert (west, east, without) == (["261201-261204"], ["261130-261203"], ["261201-261203"])


@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY;FREQ=SECONDLY", "FREQ=YEARLY;BYDAY=MO,TU;BYHOUR=1,2;BYSECOND=1", "FREQ=DAILY", "BYMONTH=3"],
)
def test_a_rule_of_a_zone_that_never_ends_is_not_kept(rule: str) -> None:
    lines = kept_lines(calendar(zone("x", "+0100", rule)))

    assert "BEGIN:VTIMEZONE" in lines
    assert not any(line.startswith("RRULE") for line in lines)


def test_a_zones_rules_come_to_an_end() -> None:
    usual = ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYDAY=-1SU;UNTIL=20061029T060000Z")

    lines = kept_lines(calendar(zone("x", "+0100", *usual)))

    rules = [line for line in lines if line.startswith("RRULE")]
    assert rules == [f"RRULE:{usual[0]};UNTIL=21000101T000000", f"RRULE:{usual[1]}"] * 2


@pytest.mark.parametrize(
    "zones",
    [
        [zone(f"x{number}", "-1200") for number in range(7)],
        [zone("x", "-1200", *["FREQ=YEARLY"] * 7)],
        [zone("x", "-1200", begins="00010101T000000")],
    ],
)
def test_zones_that_would_take_long_count_by_their_names_only(zones: list[str]) -> None:
    stay = event("UID:x", *(line.format("x") for line in AT_NOON))

    assert stays(read_calendar(calendar(*zones, stay), FRAME)) == ["261201-261203"]


def test_components_in_components_without_end_are_refused() -> None:
    nested = "".join(f"BEGIN:X{number}\r\n" for number in range(MAX_DEPTH))

    assert failure_of((HEAD + nested).encode()) is Reason.NOT_A_CALENDAR


def test_this_houses_own_events_are_skipped_and_its_neighbours_are_not() -> None:
    assert stays(read("own.ics")) == ["261210-261211", "261212-261213"]
    assert len(read("own.ics", Frame(9, "ihome.example", TODAY)).events) == 3


def test_a_sloppy_calendar_is_read() -> None:
    assert stays(read("sloppy.ics")) == ["261203-261204"]


def test_no_word_of_a_guest_is_kept() -> None:
    lines = kept_lines((FILES / "airbnb.ics").read_bytes())

    assert not any("DESCRIPTION" in line or "1234" in line for line in lines)
    assert not any("M\u00fcller" in repr(one) for one in read("sloppy.ics").events.items())


@pytest.mark.parametrize("name", ["latin.ics", "utf16.ics"])
def test_foreign_character_sets_are_read(name: str) -> None:
    assert stays(read(name)) == ["261203-261204"]


def test_an_event_that_cannot_be_read_keeps_what_it_had_and_harms_no_other() -> None:
    found = read("unread.ics")
    [good] = found.events
    stored = {
        key: Occupied(date(2026, 12, 20), date(2026, 12, 22)) for key in ((uid, "") for uid in found.unread)
    }

    now = found.over({**stored, ("gone", ""): Occupied(TODAY, TODAY + timedelta(days=1))})

    assert len(found.unread) == 4
    assert set(now) == {good, *stored}


def test_an_empty_calendar_is_a_calendar() -> None:
    assert read("empty.ics") == Reading({})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing.ics", Reason.NOT_A_CALENDAR),
        ("page.html.ics", Reason.NOT_A_CALENDAR),
        ("crossed.ics", Reason.NOT_A_CALENDAR),
        ("tail.ics", Reason.NOT_A_CALENDAR),
        ("cut.ics", Reason.TRUNCATED),
        ("cut_between_events.ics", Reason.TRUNCATED),
    ],
)
def test_what_is_no_whole_calendar_is_refused(name: str, reason: Reason) -> None:
    assert failure_of((FILES / name).read_bytes()) is reason


def test_too_many_events_are_refused() -> None:
    days = event("UID:x{}", "DTSTART;VALUE=DATE:20261203")
    many = [days.format(number) for number in range(reading.MAX_EVENTS + 1)]

    assert len(read_calendar(calendar(*many[1:]), FRAME).events) == reading.MAX_EVENTS
    assert failure_of(calendar(*many)) is Reason.TOO_MANY_EVENTS


def test_more_rules_than_anybody_has_are_not_followed() -> None:
    rule = event("UID:x{}", "DTSTART;VALUE=DATE:20261203", "RRULE:FREQ=YEARLY;COUNT=1")
    rules = [rule.format(number) for number in range(reading.MAX_RECURRING + 2)]

    found = read_calendar(calendar(*rules), FRAME)

    assert (len(found.events), len(found.unread)) == (reading.MAX_RECURRING, 2)


def test_every_prefix_of_a_calendar_is_refused() -> None:
    whole = (FILES / "airbnb.ics").read_bytes().rstrip()

    for length in range(len(whole)):
        failure_of(whole[:length])
    assert read_calendar(whole, FRAME).events


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_garbage_is_refused_and_never_fails_otherwise(garbage: bytes) -> None:
    for content in (garbage, base64.b64encode(garbage)):
        if not content.lstrip(b"\xef\xbb\xbf").strip().upper().startswith(b"BEGIN:VCALENDAR"):
            assert failure_of(content) is Reason.NOT_A_CALENDAR


WORDS = st.sampled_from(
    [
        "UID:a", "UID:b", "DTSTART", ";VALUE=DATE", ";TZID=Asia/Shanghai", ";TZID=Nowhere", ":", ":20261201", "T150000",
        "T230000",
        "Z", "DTEND", "DURATION:P1D", "RRULE:FREQ=DAILY", ";COUNT=3", ";BYDAY=1MO", ";INTERVAL=0", "EXDATE", "RDATE",
        "RECURRENCE-ID", "SEQUENCE:1", "STATUS:CANCELLED", "\r\n", "\r\n", "\r\n", ",", "99991231", "00010101",
        "\u4f60",
        "BEGIN:VALARM\r\n", "END:VALARM\r\n", "BEGIN:VTIMEZONE\r\nTZID:Nowhere\r\n", "END:VTIMEZONE\r\n", "P-1D", "/",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_any_mixture_of_words_is_read_or_refused(words: list[str]) -> None:
    content = (HEAD + "BEGIN:VEVENT\r\n" + "".join(words) + "\r\nEND:VEVENT\r\n" + TAIL).encode()

    try:
        found = read_calendar(content, FRAME)
    except ReadingFailed:
        return
    assert all(one.first < one.end and one.end > TODAY for one in found.events.values())


MINUTES = st.integers(0, 20 * 24 * 60).map(lambda number: timedelta(minutes=number))
TIMES = MINUTES.map(lambda after: datetime(2026, 12, 1, tzinfo=HOUSE_TIME) + after)


@settings(deadline=None)
@given(TIMES, st.timedeltas(timedelta(), timedelta(days=9)))
def test_an_event_takes_exactly_the_nights_whose_stay_it_overlaps(start: datetime, length: timedelta) -> None:
    def overlaps(night: date) -> bool:
        midnight = datetime(night.year, night.month, night.day, tzinfo=HOUSE_TIME)
        stay = midnight + reading.CHECK_IN, midnight + timedelta(days=1) + reading.CHECK_OUT
        return start < stay[1] and max(start + length, start + reading.INSTANT) > stay[0]

    taken = nights_of(start, length)

    days = [date(2026, 11, 28) + timedelta(days=number) for number in range(40)]
    nights = [day for day in days if taken and taken[0] <= day < taken[1]]
    at_midnight = start.time() == (start + length).time() == datetime.min.time() and length >= timedelta(
        days=1
    )
    assert at_midnight or nights == [day for day in days if overlaps(day)]
