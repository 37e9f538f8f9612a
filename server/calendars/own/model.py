"""A house's own calendar for other sites (RFC 5545): stays and what the host keeps, and nobody's name.

What was imported is not shown: a site that imports us would get its own nights back as ours, and neither could ever
free them. Whoever lists a house on three sites lets each import both others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from server.calendars.model import ranges
from server.calendars.reading import own_uid

if TYPE_CHECKING:
    from collections.abc import Sequence

PAST_DAYS = 60
ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class ExportedStay:
    """One event: the nights from `start` up to, not including, `end`."""

    name: str
    is_order: bool
    start: date
    end: date
    changed_at: datetime
    version: int


@dataclass(frozen=True)
class Exported:
    """A house's calendar."""

    house_id: int
    host: str
    title: str
    stays: Sequence[ExportedStay]

    def write(self, booked: str, closed: str) -> bytes:
        """As iCalendar: all-day events, called `booked` or `closed`. The same again while nothing changes."""
        calendar = Calendar()
        calendar.add("prodid", "-//iHome//Calendar 1.0//ZH")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("x-wr-calname", self.title)
        calendar.add("x-wr-timezone", ZONE)
        calendar.add("x-published-ttl", "PT15M")
        calendar.add_component(_zone())  # a calendar without any component is none
        for stay in self.stays:
            calendar.add_component(self._event(stay, booked if stay.is_order else closed))
        content: bytes = calendar.to_ical()
        return content

    def _event(self, stay: ExportedStay, summary: str) -> Event:
        event = Event()
        changed_at = stay.changed_at.replace(microsecond=0, tzinfo=UTC)
        event.add("uid", own_uid(self.house_id, stay.name, self.host))
        event.add("dtstamp", changed_at)
        event.add("dtstart", stay.start)
        event.add("dtend", stay.end)
        event.add("summary", summary)
        event.add("last-modified", changed_at)
        event.add("sequence", stay.version)
        event.add("transp", "OPAQUE")
        return event


def stays_of_blocks(nights: Sequence[date], changed_at: datetime, version: int) -> list[ExportedStay]:
    """What the host keeps: nights in a row are one event, called after the first."""
    return [
        ExportedStay(f"block-{start.isoformat()}", False, start, end, changed_at, version)
        for start, end in ranges(nights)
    ]


def _zone() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE)
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - local, as the format wants it
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone
