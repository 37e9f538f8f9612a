"""What a house's imported calendar is: its states, when it is read again, why that failed, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.db import Row

MAX_FEEDS = 10
MAX_BYTES = 1024 * 1024
HINT_LENGTH = 4
HINTED_LENGTH = 4 * HINT_LENGTH  # a shorter path would be half given away
EVERY_SECONDS = 15 * 60
JITTER_SECONDS = 3 * 60
DOUBT_SECONDS = 5 * 60  # a calendar that is suddenly empty is asked again so soon
LONGEST_DOUBLINGS = 5  # of EVERY_SECONDS: eight hours
FILE_SECONDS = 24 * 3600  # a file is not read again, but the horizon moves over its events
PATIENCE_DAYS = 14
DOUBTED_EVENTS = 2  # so many events that are all gone at once are not believed the first time
TASK_PREFIX = "calendar-"


class FeedKind(StrEnum):
    """Where a calendar comes from."""

    URL = "url"
    FILE = "file"


class FeedState(StrEnum):
    """How the last reading went. `disabled` was failing for PATIENCE_DAYS and is read again by hand only."""

    WAITING = "waiting"
    OK = "ok"
    FAILING = "failing"
    DISABLED = "disabled"


class Reason(StrEnum):
    """Why a calendar could not be read, or is not believed yet. The values are the API's stable codes."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    LOST_ADDRESS = "lost_address"
    FORBIDDEN_ADDRESS = "forbidden_address"
    REDIRECTED = "redirected"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    IN_TROUBLE = "in_trouble"
    TOO_LARGE = "too_large"
    NOT_A_CALENDAR = "not_a_calendar"
    TRUNCATED = "truncated"
    TOO_MANY_EVENTS = "too_many_events"
    EMPTIED = "emptied"
    INTERRUPTED = "interrupted"


SENTENCES: Mapping[Reason, str] = {
    Reason.UNREACHABLE: N_("连不上对方网站"),
    Reason.TOO_SLOW: N_("对方网站没有及时答复"),
    Reason.LOST_ADDRESS: N_("链接已失效，请重新填写"),
    Reason.FORBIDDEN_ADDRESS: N_("这个地址不能读取"),
    Reason.REDIRECTED: N_("对方网站转到了别的地址，请复制最新的日历链接"),
    Reason.NOT_FOUND: N_("对方网站说没有这个日历，链接可能已失效"),
    Reason.REFUSED: N_("对方网站拒绝了读取"),
    Reason.IN_TROUBLE: N_("对方网站出了故障"),
    Reason.TOO_LARGE: N_("日历超过 1 MB"),
    Reason.NOT_A_CALENDAR: N_("内容不是 iCalendar 日历"),
    Reason.TRUNCATED: N_("日历不完整，没有读到结尾"),
    Reason.TOO_MANY_EVENTS: N_("日历里的日程太多"),
    Reason.EMPTIED: N_("日历突然空了，再读一次确认之前先保留这些夜晚"),
    Reason.INTERRUPTED: N_("读取被中断，请再试一次"),
}


class EventKind(StrEnum):
    """What the other site says of an event: a stay somebody reserved, or only that the nights are not to be had."""

    RESERVED = "reserved"
    CLOSED = "closed"


class ReadingFailed(Exception):
    """A calendar could not be read; nothing that was read before is forgotten."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Occupied:
    """What one event takes: the nights from `first` up to, not including, `end`."""

    first: date
    end: date
    kind: EventKind = EventKind.RESERVED

    def nights(self, start: date, end: date) -> Iterable[date]:
        """Its nights from `start` up to, not including, `end`."""
        first, last = max(self.first, start).toordinal(), min(self.end, end).toordinal()
        return map(date.fromordinal, range(first, last))


Key = tuple[str, str]  # digests of an event's UID, and of its RECURRENCE-ID or place among its namesakes


@dataclass(frozen=True)
class Reading:
    """What a calendar says. Events whose UID is in `unread` could not be understood: they keep what they had."""

    events: Mapping[Key, Occupied]
    unread: frozenset[str] = frozenset()

    def over(self, stored: Mapping[Key, Occupied]) -> dict[Key, Occupied]:
        """The events that hold from now on, after those that were `stored`."""
        kept = {key: event for key, event in stored.items() if key[0] in self.unread}
        return {**kept, **self.events}


@dataclass(frozen=True)
class Feed:
    """A row of `calendar_feeds`."""

    feed_id: int
    house_id: int
    kind: FeedKind
    name: str
    sealed_url: str | None
    hint: str | None
    state: FeedState
    reason: Reason | None
    etag: str | None
    last_modified: str | None
    task_id: str | None
    failures: int
    failing_since: datetime | None
    failing_days: int
    checked_at: datetime | None
    changed_at: datetime | None
    next_at: datetime | None
    events: int
    nights: int
    conflicts: int
    created_at: datetime

    @classmethod
    def from_row(cls, row: Row) -> Feed:
        """A row that has a column for every field."""
        reason = Reason(row["reason"]) if row["reason"] else None
        return cls(
            **{**row, "kind": FeedKind(row["kind"]), "state": FeedState(row["state"]), "reason": reason}
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """Events ahead, nights taken, nights that somebody else has."""
        return self.events, self.nights, self.conflicts

    @property
    def standing(self) -> tuple[FeedState, Reason | None]:
        """How the last reading went, and why."""
        return self.state, self.reason

    def doubts(self, stored: int, read: int) -> bool:
        """Whether a reading without any event ahead is not believed yet, when `stored` were known before."""
        is_known = self.state is not FeedState.WAITING and self.reason is not Reason.EMPTIED
        return is_known and read == 0 and stored >= DOUBTED_EVENTS

    def view(self, conflicts: list[dict[str, Any]]) -> dict[str, Any]:
        """As its owner sees it; the address is a secret, so only its ends are shown."""
        return {
            "calendar_id": self.feed_id,
            "name": self.name,
            "kind": self.kind.value,
            "url": self.hint,
            "state": self.state.value,
            "reason": self.reason.value if self.reason else None,
            "events": self.events,
            "nights": self.nights,
            "conflicts": conflicts,
            "task_id": self.task_id,
            "checked_at": _text(self.checked_at),
            "changed_at": _text(self.changed_at),
            "next_at": _text(self.next_at),
            "failing_since": _text(self.failing_since),
            "ctime": _text(self.created_at),
        }


@dataclass(frozen=True)
class After:
    """Where a feed stands after a reading, and in how many seconds it is read again; None is never by itself."""

    state: FeedState
    reason: Reason | None = None
    failures: int = 0
    seconds: int | None = None


def after_success(kind: FeedKind, jitter: float) -> After:
    """`jitter` is from 0 to 1: not all feeds are read at once."""
    seconds = FILE_SECONDS if kind is FeedKind.FILE else EVERY_SECONDS + int(jitter * JITTER_SECONDS)
    return After(FeedState.OK, seconds=seconds)


def after_failure(feed: Feed, reason: Reason, jitter: float) -> After:
    """Each failure doubles the pause; after PATIENCE_DAYS the feed is read by hand only."""
    if feed.failing_since is not None and feed.failing_days >= PATIENCE_DAYS:
        return After(FeedState.DISABLED, reason, feed.failures + 1)
    if reason is Reason.EMPTIED:
        return After(FeedState.FAILING, reason, feed.failures + 1, DOUBT_SECONDS)
    pause = EVERY_SECONDS * 2 ** min(feed.failures, LONGEST_DOUBLINGS)
    return After(
        FeedState.FAILING,
        reason,
        feed.failures + 1,
        int(pause * (1 + jitter * JITTER_SECONDS / EVERY_SECONDS)),
    )


def https_of(url: str) -> str:
    """The address to read, with https for webcal. Where it may lead is `Outgoing`'s to say."""
    url = url.strip()
    scheme, found, rest = url.partition("://")
    return f"https://{rest}" if found and scheme.lower() in {"webcal", "webcals"} else url


def hint_of(url: str) -> str:
    """What may be shown of a secret address: the site, and an end only where far more than that stays hidden."""
    parts = urlsplit(url)
    site = f"{parts.scheme}://{parts.netloc}/"
    hidden = url[len(site) :]
    if not hidden:
        return site
    return f"{site}…{hidden[-HINT_LENGTH:]}" if len(hidden) >= HINTED_LENGTH else f"{site}…"


def new_task_id() -> str:
    """What a task is called that reads a calendar: its failures are explained with SENTENCES."""
    return f"{TASK_PREFIX}{uuid4()}"


def ranges(nights: Iterable[date]) -> list[tuple[date, date]]:
    """Nights as half-open ranges, in order; nights in a row are one."""
    found: list[tuple[date, date]] = []
    for night in sorted(nights):
        after = night + timedelta(days=1)
        if found and found[-1][1] == night:
            found[-1] = (found[-1][0], after)
        else:
            found.append((night, after))
    return found


def conflict_views(rows: Iterable[Row]) -> dict[int, list[dict[str, Any]]]:
    """The conflicts of each calendar as its owner sees them: nights in a row that the same one has are one."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        start, after = row["night"].isoformat(), (row["night"] + timedelta(days=1)).isoformat()
        conflict = {
            "kind": row["kind"],
            "owner": {"ical": "calendar"}.get(row["owner"], row["owner"]),
            "order_id": row["order_id"],
            "order_number": row["number"],
            "calendar": row["owner_name"],
        }
        known = found.setdefault(row["feed_id"], [])
        if known and known[-1] == {**conflict, "start_date": known[-1]["start_date"], "end_date": start}:
            known[-1]["end_date"] = after
        else:
            known.append({"start_date": start, "end_date": after, **conflict})
    return found


def _text(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None
