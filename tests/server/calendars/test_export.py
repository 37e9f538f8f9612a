"""A house's own calendar: what other sites get, and that our own reading understands it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from server.calendars.own.model import Exported, ExportedStay, stays_of_blocks
from server.calendars.reading import Frame, read_calendar

if TYPE_CHECKING:
    from server.calendars.model import Occupied

TODAY = date(2026, 11, 26)
CHANGED = datetime(2026, 11, 20, 8, 30, 15, 123456)  # noqa: DTZ001 - as the database gives it, in UTC
ORDER = ExportedStay("order-20261126083015123456", True, date(2026, 12, 24), date(2026, 12, 27), CHANGED, 3)
CALENDAR = Exported(7, "ihome.example", "后海北沿的四合院，北屋", [ORDER])


def lines(exported: Exported) -> list[str]:
    """Unfolded."""
    return exported.write("已预订 (iHome)", "不可预订").decode().replace("\r\n ", "").split("\r\n")


def test_an_order_is_an_all_day_event_without_anybodys_name() -> None:
    event = lines(CALENDAR)[lines(CALENDAR).index("BEGIN:VEVENT") :]

    assert set(event) >= {
        "UID:house-7-order-20261126083015123456@ihome.example",
        "DTSTART;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20261227",
        "SUMMARY:已预订 (iHome)",
        "DTSTAMP:20261120T083015Z",
        "LAST-MODIFIED:20261120T083015Z",
        "SEQUENCE:3",
    }
    assert len(event) == 12  # with BEGIN, END, TRANSP, END:VCALENDAR and the line after it


def test_blocks_in_a_row_are_one_event() -> None:
    nights = [date(2026, 12, day) for day in (3, 4, 5, 8)]

    stays = stays_of_blocks(nights, CHANGED, 9)

    assert [(one.name, one.start.day, one.end.day) for one in stays] == [
        ("block-2026-12-03", 3, 6),
        ("block-2026-12-08", 8, 9),
    ]
    assert "SUMMARY:不可预订" in lines(replace(CALENDAR, stays=stays))


def test_lines_are_folded_to_75_octets_and_end_in_crlf() -> None:
    content = replace(CALENDAR, title="很长的名字" * 20).write("已预订 (iHome)" * 9, "不可预订")

    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.decode().replace("\r\n ", "").count("很长的名字" * 20) == 1


def test_a_house_without_stays_has_a_calendar_all_the_same() -> None:
    found = lines(replace(CALENDAR, stays=[]))

    assert found[0] == "BEGIN:VCALENDAR"
    assert "BEGIN:VTIMEZONE" in found
    assert "BEGIN:VEVENT" not in found


def test_the_same_calendar_is_written_alike() -> None:
    assert CALENDAR.write("a", "b") == CALENDAR.write("a", "b")


DAYS = st.integers(0, 700).map(lambda number: TODAY + timedelta(days=number))


@settings(deadline=None)
@given(st.sets(DAYS, max_size=30))
def test_what_we_write_our_own_reading_understands(nights: set[date]) -> None:
    exported = replace(CALENDAR, stays=stays_of_blocks(sorted(nights), CHANGED, 1))
    content = exported.write("已预订 (iHome)", "不可预订")

    elsewhere = read_calendar(content, Frame(8, "other.example", TODAY))
    here = read_calendar(content, Frame(7, "ihome.example", TODAY))

    assert {night for one in elsewhere.events.values() for night in _nights(one)} == nights
    assert not here.events


def _nights(one: Occupied) -> list[date]:
    return list(one.nights(TODAY, TODAY + timedelta(days=800)))
