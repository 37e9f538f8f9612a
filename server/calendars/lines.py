"""From the bytes of an iCalendar file (RFC 5545) to its lines: character sets, folding, and whether it is whole.

Other sites send bare line feeds, byte order marks, foreign character sets, and pages of HTML in place of a calendar.
Only what nights are read from is kept: no guest's name, no alarm, and no rule that would never end.
"""

from __future__ import annotations

import re

from server.calendars.model import ReadingFailed, Reason

MAX_LINES = 200_000
BOMS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_BREAK = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_YEARLY = re.compile(r"[:;]FREQ=YEARLY(?:;|$)", re.IGNORECASE)
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
    found, path = [], list[str]()
    for line in lines:
        is_kept = _step(path, line.strip())
        if is_kept:
            found.append(line.strip())
    if path:
        raise ReadingFailed(Reason.TRUNCATED)
    return found


def _step(path: list[str], line: str) -> bool:
    """Follow a line into or out of a component; whether it is kept."""
    word, _, name = line.partition(":")
    name = name.strip().upper()
    if word.upper() == "BEGIN":
        if (not path) != (name == "VCALENDAR"):
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
    return not is_rule_of_zone or _YEARLY.search(line) is not None
