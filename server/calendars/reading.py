"""What a calendar of another site says about nights. Pure, but slow for a large one: it belongs in a thread.

A stay is from CHECK_IN of its first date until CHECK_OUT of its last, at the houses: an event with times takes every
night whose stay it overlaps. A cleaning between two stays takes none.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from icalendar import Calendar, Event, vDDDTypes
from icalendar.error import BrokenCalendarProperty
from icalendar.timezone import tzp

from server.calendars.lines import kept_lines
from server.calendars.model import EventKind, Key, Occupied, Reading, ReadingFailed, Reason
from server.calendars.recurrence import NotUnderstood, starts
from server.nights.model import HORIZON, HOUSE_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

CHECK_IN = timedelta(hours=15)
CHECK_OUT = timedelta(hours=12)
MAX_EVENTS = 5_000
MAX_RECURRING = 50
INSTANT = timedelta(microseconds=1)
# What icalendar and dateutil raise for what an event may say.
NOT_READ = (
    NotUnderstood, BrokenCalendarProperty, ValueError, OverflowError, TypeError, AttributeError, LookupError,
)  # fmt: skip
DAY = timedelta(days=1)
# Airbnb says "Reserved" of a reservation and "Airbnb (Not available)" of all else; Booking.com says "CLOSED" of both.
_CLOSED = re.compile(r"not available|unavailable|closed|blocked|不可|关闭", re.IGNORECASE)

# icalendar keeps the zones that a file brings along for the whole process: another host's file would be read by them.
_ZONES = threading.Lock()


@dataclass(frozen=True)
class Frame:
    """What a calendar is read for: which house of which site (by host name), and what day it is there."""

    house_id: int
    host: str
    today: date

    @property
    def last(self) -> date:
        """The first date that nobody can book yet."""
        return self.today + HORIZON

    def is_own(self, uid: str) -> bool:
        """Whether an event came from this house's own calendar and went around."""
        return uid.startswith(own_uid(self.house_id, "", "")) and uid.endswith(f"@{self.host}")


def own_uid(house_id: int, what: str, host: str) -> str:
    """How an event of a house is called in its own calendar."""
    return f"house-{house_id}-{what}" + (f"@{host}" if host else "")


def read_calendar(content: bytes, frame: Frame) -> Reading:
    """All that takes nights which are not over. Raises ReadingFailed."""
    lines = kept_lines(content)
    with _ZONES:
        tzp.use_zoneinfo()  # forgets the zones of the file before
        return _read(lines, frame)


def _read(lines: list[str], frame: Frame) -> Reading:
    events = _newest(_events(lines))
    occupied: dict[Key, Occupied] = {}
    unread = set[str]()
    overridden = _overridden(events)
    recurring = 0
    for uid, number, event in events:
        if frame.is_own(uid):
            continue
        recurring += "RRULE" in event
        if recurring > MAX_RECURRING and "RRULE" in event:
            unread.add(_digest(uid))
            continue
        try:
            for part, one in _occurrences(event, overridden.get(uid, frozenset()), frame):
                occupied[_digest(uid), _digest(f"{number}/{part}")] = one
        except NOT_READ:
            unread.add(_digest(uid))
        if len(occupied) > MAX_EVENTS:
            raise ReadingFailed(Reason.TOO_MANY_EVENTS)
    return Reading(occupied, frozenset(unread))


def _events(lines: list[str]) -> list[Event]:
    try:
        calendars = Calendar.from_ical("\r\n".join([*lines, ""]), multiple=True)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ReadingFailed(Reason.NOT_A_CALENDAR) from error
    return [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _newest(events: list[Event]) -> list[tuple[str, int, Event]]:
    """UID, place among namesakes and event. Of the revisions of one event only the newest counts.

    Some sites call different events alike; those of the same revision all count.
    """
    named = [(_uid(event), _text(event, "RECURRENCE-ID"), _sequence(event), event) for event in events]
    newest: dict[tuple[str, str], int] = {}
    for uid, recurrence, sequence, _ in named:
        newest[uid, recurrence] = max(sequence, newest.get((uid, recurrence), 0))
    counted = Counter[tuple[str, str]]()
    found = []
    for uid, recurrence, sequence, event in named:
        if sequence == newest[uid, recurrence]:
            found.append((uid, counted[uid, recurrence], event))
            counted[uid, recurrence] += 1
    return found


def _overridden(events: list[tuple[str, int, Event]]) -> Mapping[str, Set[date]]:
    """The occurrences, by UID and date or time, that events of their own stand for."""
    found = defaultdict[str, set[date]](set)
    for uid, _, event in events:
        moment = event.get("RECURRENCE-ID")
        if isinstance(moment, vDDDTypes) and isinstance(moment.dt, date):
            found[uid].add(_local(moment.dt))
    return found


def _occurrences(event: Event, overridden: Set[date], frame: Frame) -> Iterator[tuple[str, Occupied]]:
    """What an event takes, with a name for each occurrence. Raises NotUnderstood and what icalendar raises."""
    start, length = _span(event)
    if not _takes_time(event):
        return
    kind = EventKind.CLOSED if _CLOSED.search(_text(event, "SUMMARY")) else EventKind.RESERVED
    own = _text(event, "RECURRENCE-ID")
    for moment in starts(event, start, frame.last):
        if not own and _local(moment) in overridden:
            continue
        nights = nights_of(moment, length)
        if nights is not None and nights[1] > frame.today and nights[0] < nights[1]:
            yield (
                own or (moment.isoformat() if "RRULE" in event or "RDATE" in event else ""),
                Occupied(*nights, kind),
            )


def _span(event: Event) -> tuple[date, timedelta]:
    """When an event begins and how long it is. Raises NotUnderstood and what icalendar raises."""
    begins, ends, duration = event.get("DTSTART"), event.get("DTEND"), event.get("DURATION")
    if begins is None:
        raise NotUnderstood("no start")
    start: date = begins.dt
    if not isinstance(start, date):
        raise NotUnderstood("start")
    is_day = not isinstance(start, datetime)
    if ends is not None:
        length = _between(start, ends.dt)
    elif duration is not None:
        length = duration.dt
    else:
        length = DAY if is_day else timedelta()
    if is_day:
        length = max(DAY, timedelta(days=-(-length // DAY))) if length >= timedelta() else length
    if length < timedelta():
        raise NotUnderstood("ends before it begins")
    return start, length


def _between(start: date, end: Any) -> timedelta:
    """From `start` to `end`, of which one may be a day and the other a time."""
    if isinstance(start, datetime):
        if not isinstance(end, datetime):
            end = datetime.combine(end, time(), start.tzinfo)
        return _aware(end) - _aware(start)
    return (end.date() if isinstance(end, datetime) else end) - start


def nights_of(start: date, length: timedelta) -> tuple[date, date] | None:
    """The nights that an event takes, half-open; None for an event that is in no stay.

    Days are nights. So are times that begin and end at midnight on their own clock: many sites write days so.
    """
    if not isinstance(start, datetime):
        return start, start + length
    first, last = _aware(start), _aware(start) + length
    if start.time() == time() and length >= DAY and last.astimezone(first.tzinfo).time() == time():
        return start.date(), last.astimezone(first.tzinfo).date()
    begins, ends = first.astimezone(HOUSE_TIME), max(last, first + INSTANT).astimezone(HOUSE_TIME)
    night, after = (begins - CHECK_OUT).date(), (ends - CHECK_IN - INSTANT).date() + DAY
    return (night, after) if night < after else None


def _takes_time(event: Event) -> bool:
    return _text(event, "STATUS").upper() != "CANCELLED" and _text(event, "TRANSP").upper() != "TRANSPARENT"


def _local(moment: date) -> date:
    """The same time on the houses' clock, unless that is beyond all calendars."""
    if not isinstance(moment, datetime):
        return moment
    with suppress(OverflowError):
        return _aware(moment).astimezone(HOUSE_TIME)
    return moment


def _aware(moment: datetime) -> datetime:
    """A time without a zone, or with one that nobody knows, is the houses'."""
    return moment if moment.tzinfo else moment.replace(tzinfo=HOUSE_TIME)


def _uid(event: Event) -> str:
    """An event without a name is called after its dates."""
    return _text(event, "UID") or f"{_text(event, 'DTSTART')}/{_text(event, 'DTEND')}"


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    written = value[0] if isinstance(value, list) else value
    text = written.to_ical().decode("utf-8", "replace") if hasattr(written, "to_ical") else str(written)
    return text.strip()


def _sequence(event: Event) -> int:
    text = _text(event, "SEQUENCE")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
