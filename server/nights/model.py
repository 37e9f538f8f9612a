"""Stays as half-open date ranges, and why a night is not free. A night belongs to the date it begins on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from server.errors import BadField, Conflict
from server.i18n import N_

HOUSE_TIME = timezone(timedelta(hours=8))  # every house stands in Beijing
MAX_NIGHTS = 365
HORIZON = timedelta(days=730)
CALENDAR_DAYS = 365
CALENDAR_MAX_DAYS = 400
CALENDAR_NEWS = "nights.publish"  # the task whose result is a calendar's version


class NightKind(StrEnum):
    """Why a night is not free."""

    ORDER = "order"
    BLOCK = "block"
    ICAL = "ical"


class BadStay(BadField):
    """Dates that no stay can have."""

    field = "end_date"
    message = N_("日期不正确")


class EndsTooEarly(BadStay):
    """The end is not after the start."""

    message = N_("结束日期必须晚于开始日期")


class TooLong(BadStay):
    """More nights than anybody may take at once."""

    message = N_("一次最多 365 晚")


class InThePast(BadStay):
    """It begins before today."""

    field = "start_date"
    message = N_("不能选过去的日期")


class TooFarAhead(BadStay):
    """It ends beyond the horizon."""

    message = N_("只能选两年以内的日期")


class BadSpan(BadStay):
    """No part of a calendar, or more of it than one answer holds."""

    field = "to"
    message = N_("日历一次可以查 1 到 400 天")


class NightTaken(Conflict):
    """Somebody has one of the nights already."""

    field = "start_date"
    message = N_("房间已被抢定")


class NightBooked(Conflict):
    """A guest has booked one of the nights that the host wants to block."""

    field = "start_date"
    message = N_("这些日期里有客人预订的夜晚")


@dataclass(frozen=True)
class Stay:
    """The nights from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse what is no stay. Raises BadStay."""
        if self.end <= self.start:
            raise EndsTooEarly
        if self.nights > MAX_NIGHTS:
            raise TooLong

    @property
    def nights(self) -> int:
        """How many."""
        return (self.end - self.start).days

    def dates(self) -> list[date]:
        """Each night, in order."""
        return [self.start + timedelta(days=number) for number in range(self.nights)]

    def from_today(self, today: date) -> Stay:
        """The same stay when it lies ahead. Raises InThePast, TooFarAhead."""
        if self.start < today:
            raise InThePast
        if self.end > today + HORIZON:
            raise TooFarAhead
        return self


@dataclass(frozen=True)
class CalendarSpan:
    """A part of a calendar: the nights from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse what is no part of a calendar. Raises BadSpan."""
        if not 1 <= (self.end - self.start).days <= CALENDAR_MAX_DAYS:
            raise BadSpan

    @classmethod
    def beginning(cls, start: date, end: date | None) -> CalendarSpan:
        """Up to `end`, or a year. Raises BadSpan."""
        last = min(start.toordinal() + CALENDAR_DAYS, date.max.toordinal())
        return cls(start, end or date.fromordinal(last))


@dataclass(frozen=True)
class Night:
    """One night that is not free."""

    night: date
    kind: NightKind
    until: datetime | None = None  # when an order that waits lets go of it by itself, in UTC

    def view(self) -> dict[str, Any]:
        """As clients see it."""
        held = {"until": self.until.strftime("%Y-%m-%d %H:%M:%S")} if self.until else {}
        return {"night": self.night.isoformat(), "kind": self.kind.value, **held}


def today_at(now: datetime) -> date:
    """The date at the houses when it is `now` (aware)."""
    return now.astimezone(HOUSE_TIME).date()


def calendar_task_id(house_id: int, version: int) -> str:
    """The task whose result says that a house's nights have this version."""
    return f"house-{house_id}-{version}"
