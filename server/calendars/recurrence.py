"""When an event comes again (RFC 5545, RRULE), within bounds: a calendar can ask for a million times, or for none.

What a rule may say is what people's calendars say. A rule that says more is not guessed at: see `NotUnderstood`.
"""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule
from dateutil.rrule import weekday as Weekday  # noqa: N812 - a class that dateutil writes small

from server.nights.model import HOUSE_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from icalendar import Event

    Start = date | datetime

MAX_YEARS_BACK = 30
MAX_TIMES = 12_000  # a daily event of thirty years
FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days of each month
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# What may stand beside FREQ, INTERVAL, COUNT, UNTIL and WKST: nothing that makes a rule which never comes true
# for very long.
BESIDE: dict[str, frozenset[str]] = {
    "DAILY": frozenset(),
    "WEEKLY": frozenset({"BYDAY"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTHDAY", "BYMONTH"}),
}
ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})


class NotUnderstood(Exception):
    """An event, or its rule, that cannot be read."""


def starts(event: Event, start: Start, last: date) -> Iterator[Start]:
    """Each time that the event begins up to `last`, its rule's, its extra dates and without those excluded.

    Raises NotUnderstood.
    """
    rules = event.get("RRULE")
    if isinstance(rules, list) or (rules and last.year - _day(start).year > MAX_YEARS_BACK + 2):
        raise NotUnderstood("too many rules, or too old")
    excluded = {_comparable(moment) for moment in _moments(event, "EXDATE")}
    extra = [moment for moment in _moments(event, "RDATE") if _day(moment) <= last]
    seen = set[object]()
    for moment in [*extra, *(_by_rule(rules, start, last) if rules else [start])]:
        mark = _comparable(moment)
        if not {mark, _day(moment)} & excluded and mark not in seen:
            seen.add(mark)
            yield moment


def _by_rule(rule: Any, start: Start, last: date) -> Iterator[Start]:
    naive = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
    try:
        times = rrule(dtstart=naive, **_arguments(rule, start))
    except (ValueError, TypeError, KeyError) as error:
        raise NotUnderstood("rule") from error
    until = datetime.combine(last, time.max)
    for moment in takewhile(lambda one: one <= until, islice(times, MAX_TIMES)):
        yield moment.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else moment.date()


def _arguments(rule: Any, start: Start) -> dict[str, Any]:
    """The rule as dateutil takes it. Raises NotUnderstood, ValueError."""
    frequency = str(rule["FREQ"][0]).upper()
    if frequency not in FREQUENCIES or not set(rule) <= ALWAYS | BESIDE[frequency]:
        raise NotUnderstood("rule")
    arguments: dict[str, Any] = {"freq": FREQUENCIES[frequency]}
    for name, argument in (("INTERVAL", "interval"), ("COUNT", "count")):
        if name in rule:
            arguments[argument] = max(1, int(rule[name][0]))
    for name, argument in (("BYMONTHDAY", "bymonthday"), ("BYMONTH", "bymonth")):
        if name in rule:
            arguments[argument] = [int(one) for one in rule[name]]
    if not _comes_true(arguments, rule):
        raise NotUnderstood("rule")
    if "BYDAY" in rule:
        arguments["byweekday"] = [_weekday(str(one)) for one in rule["BYDAY"]]
    if "WKST" in rule:
        arguments["wkst"] = WEEKDAYS.index(str(rule["WKST"][0]).upper())
    if "UNTIL" in rule:
        arguments["until"] = _until(rule["UNTIL"][0], start)
    return arguments


def _comes_true(arguments: Mapping[str, Any], rule: Any) -> bool:
    """Whether there are such days: dateutil looks for the 30th of February until the year 9999."""
    days, months = arguments.get("bymonthday"), arguments.get("bymonth", range(1, 13))
    longest = max((LONGEST[month - 1] for month in months if 1 <= month <= 12), default=0)
    return days is None or ("BYDAY" not in rule and any(0 < abs(day) <= longest for day in days))


def _until(until: Start, start: Start) -> datetime:
    """The last moment on the clock that `start` is on."""
    if not isinstance(start, datetime) or not isinstance(until, datetime):
        return datetime.combine(_day(until), time.max)
    if until.tzinfo is not None:
        until = until.astimezone(start.tzinfo or HOUSE_TIME)
    return until.replace(tzinfo=None)


def _weekday(text: str) -> Any:
    """ "MO", "1MO", "-1FR"."""
    day = Weekday(WEEKDAYS.index(text[-2:].upper()))
    return day(int(text[:-2])) if text[:-2] else day


def _moments(event: Event, name: str) -> list[Start]:
    """The dates and times in all properties of a name. Raises NotUnderstood."""
    found = event.get(name, [])
    try:
        moments = [
            one.dt for several in (found if isinstance(found, list) else [found]) for one in several.dts
        ]
    except (AttributeError, ValueError) as error:
        raise NotUnderstood(name) from error
    if not all(isinstance(moment, date) for moment in moments):  # RDATE may hold periods
        raise NotUnderstood(name)
    return moments


def _day(moment: Start) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _comparable(moment: Start) -> object:
    """Equal for the same moment; EXDATE is sometimes a date where the event has a time."""
    return moment.timestamp() if isinstance(moment, datetime) and moment.tzinfo else moment
