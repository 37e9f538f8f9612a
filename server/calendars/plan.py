"""Who gets a night that several want: the one rule, without I/O."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from server.calendars.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.calendars.model import Occupied


@dataclass(frozen=True)
class Plan:
    """What must change so that every night belongs to whom it should."""

    released: list[date]
    taken: dict[date, int]
    conflicts: dict[tuple[int, date], EventKind]
    counts: dict[int, int]

    @property
    def changes_nights(self) -> bool:
        """Whether the house's calendar looks different afterwards."""
        return bool(self.released or self.taken)


def make_plan(
    wanted: Mapping[int, Sequence[Occupied]],
    owners: Mapping[date, int | None],
    start: date,
    end: date,
) -> Plan:
    """Orders and the host keep what they have; so does a calendar that still wants its night.

    A free night goes to the calendar that was there first. `owners`: the calendar of each taken night, None for
    others. Both are about the nights from `start` up to, not including, `end`.
    """
    wishes = _wishes(wanted, start, end)
    released, taken = [], dict[date, int]()
    conflicts: dict[tuple[int, date], EventKind] = {}
    counts = dict.fromkeys(wanted, 0)
    for night in sorted({*wishes, *owners}):
        owner, kinds = owners.get(night), wishes.get(night, {})
        holder = _holder(night in owners, owner, kinds)
        if owner is not None and holder != owner:
            released.append(night)
        if holder is not None:
            counts[holder] += 1
            if holder != owner:
                taken[night] = holder
        conflicts |= {(feed_id, night): kind for feed_id, kind in kinds.items() if feed_id != holder}
    return Plan(released, taken, conflicts, counts)


def _holder(is_taken: bool, owner: int | None, kinds: Mapping[int, EventKind]) -> int | None:
    if is_taken and owner is None:
        return None
    return owner if owner in kinds else min(kinds, default=None)


def _wishes(
    wanted: Mapping[int, Sequence[Occupied]], start: date, end: date
) -> dict[date, dict[int, EventKind]]:
    """Which calendars want each night; of two events on one night, the reservation counts."""
    wishes = defaultdict[date, dict[int, EventKind]](dict)
    for feed_id, events in wanted.items():
        for kind in (EventKind.CLOSED, EventKind.RESERVED):
            for stay in _joined(event for event in events if event.kind is kind):
                for night in stay.nights(start, end):
                    wishes[night][feed_id] = kind
    return wishes


def _joined(events: Iterable[Occupied]) -> list[Occupied]:
    """The same nights without one twice: thousands of events may each take years."""
    joined: list[Occupied] = []
    for event in sorted(events, key=lambda one: one.first):
        if joined and event.first <= joined[-1].end:
            joined[-1] = replace(joined[-1], end=max(joined[-1].end, event.end))
        else:
            joined.append(event)
    return joined
