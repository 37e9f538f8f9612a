"""From the bytes of an iCalendar file (RFC 5545) to its lines: character sets, folding, and whether it is whole.

Other sites send bare line feeds, byte order marks, foreign character sets, and pages of HTML in place of a calendar.
Only what nights are read from is kept: no guest's name, no alarm, and no rule that would never end.
"""

from __future__ import annotations

import re

from server.calendars.model import ReadingFailed, Reason

MAX_LINES = 200_000
MAX_DEPTH = 8  # of components in components: a calendar has three
MAX_ZONE_PARTS = 12  # of all time zones that a file brings along, and of their rules
BOMS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_BREAK = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9-]+")
# A zone's rule comes true once a year, from 1600 (Outlook's begin in 1601) to 2100: each of an event's times looks
# through all of them.
_RULE_PART = (
    r"(?:FREQ=YEARLY|INTERVAL=1|WKST=[A-Z]{2}|COUNT=\d{1,3}|UNTIL=(?:1[6-9]|20)\d{6}(?:T\d{6}Z?)?|BYMONTH=\d{1,2}"
    r"|BYDAY=[+-]?\d?[A-Z]{2}|BYMONTHDAY=-?\d{1,2}(?:,-?\d{1,2}){0,30})"
)
_YEARLY = re.compile(
    rf"RRULE:(?=.*FREQ=YEARLY){_RULE_PART}(?:;{_RULE_PART}){{0,7}}", re.ASCII | re.IGNORECASE
)
_ENDS = re.compile(r"[:;](?:COUNT|UNTIL)=", re.IGNORECASE)
_ZONE_ENDS = ";UNTIL=21000101T000000"
_ZONE_BEGINS = re.compile(r"[^:]*:(?:1[6-9]|20)\d{6}", re.ASCII)
_OF_EVENT = frozenset(
    {
        "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "TRANSP",
        "SEQUENCE", "SUMMARY",
    }
)  # fmt: skip
_OF_ZONE = frozenset({"TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE"})
KEPT = {
    ("VCALENDAR",): frozenset({"VERSION", "PRODID", "METHOD"}),
    ("VCALENDAR", "VEVENT"): _OF_EVENT,
    ("VCALENDAR", "VTIMEZONE"): frozenset({"TZID"}),
    ("VCALENDAR", "VTIMEZONE", "STANDARD"): _OF_ZONE,
    ("VCALENDAR", "VTIMEZONE", "DAYLIGHT"): _OF_ZONE,
}


def decode(content: bytes) -> str:
    """The text: UTF-8, what a byte order mark says, or else Latin-1, which takes any byte."""
    for name, mark in BOMS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def kept_lines(content: bytes) -> list[str]:
    """The lines that matter of a file that is whole.

    Raises ReadingFailed: NOT_A_CALENDAR for anything else, TRUNCATED for a calendar without its end.
    """
    lines = [line for line in _BREAK.split(_FOLD.sub("", decode(content).replace("\0", ""))) if line.strip()]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise ReadingFailed(Reason.NOT_A_CALENDAR)
    if len(lines) > MAX_LINES:
        raise ReadingFailed(Reason.TOO_MANY_EVENTS)
    found, zones, path = list[str](), list[str](), list[str]()
    for line in map(str.strip, lines):
        before = path[1:2]
        if not _step(path, line):
            continue
        if ["VTIMEZONE"] in (before, path[1:2]):
            zones.append(_ending(line))
        else:
            found.append(line)
    if path:
        raise ReadingFailed(Reason.TRUNCATED)
    return [found[0], *(zones if _are_sound(zones) else []), *found[1:]]


def _ending(line: str) -> str:
    """A line of a time zone; a rule without an end gets one."""
    is_endless = line[:6].upper() == "RRULE:" and not _ENDS.search(line)
    return line + _ZONE_ENDS if is_endless else line


def _are_sound(zones: list[str]) -> bool:
    """Whether the zones that a file brings along are such as calendars have; without them, only their names count."""
    words = [line[:10].upper() for line in zones]
    parts = sum(word.startswith(("BEGIN:STAN", "BEGIN:DAYL")) for word in words)
    rules = sum(word.startswith("RRULE") for word in words)
    begins = [line for line, word in zip(zones, words, strict=True) if word.startswith("DTSTART")]
    return max(parts, rules) <= MAX_ZONE_PARTS and all(map(_ZONE_BEGINS.match, begins))


def _step(path: list[str], line: str) -> bool:
    """Follow a line into or out of a component; whether it is kept."""
    word, _, name = line.partition(":")
    name = name.strip().upper()
    if word.upper() == "BEGIN":
        if (not path) != (name == "VCALENDAR"):
            raise ReadingFailed(Reason.NOT_A_CALENDAR)
        if len(path) >= MAX_DEPTH:
            raise ReadingFailed(Reason.NOT_A_CALENDAR)
        path.append(name)
        return tuple(path) in KEPT
    if word.upper() == "END":
        is_kept = tuple(path) in KEPT
        if not path or path.pop() != name:
            raise ReadingFailed(Reason.NOT_A_CALENDAR)
        return is_kept
    return _is_kept(path, line)


def _is_kept(path: list[str], line: str) -> bool:
    if not path:
        raise ReadingFailed(Reason.NOT_A_CALENDAR)
    named = _NAME.match(line)
    if named is None or named.group().upper() not in KEPT.get(tuple(path), frozenset()):
        return False
    is_rule_of_zone = path[-1] in {"STANDARD", "DAYLIGHT"} and named.group().upper() == "RRULE"
    return not is_rule_of_zone or _YEARLY.fullmatch(line) is not None
