"""The near-cache: what this process has read a moment ago, bounded in entries and bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from server.cache.model import Cached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.cache.model import CacheKey, Outcome

MAX_ENTRIES = 4096
MAX_BYTES = 32 * 1024 * 1024
ENTRY_BYTES = 500  # key, ETag and the objects around a body, roughly


class NearCache:
    """The least recently used go first. Times are monotonic seconds; nobody else's clock matters."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._entries: OrderedDict[CacheKey, tuple[Outcome, float]] = OrderedDict()
        self._by_tag: dict[str, set[CacheKey]] = {}
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: CacheKey, now: float) -> Outcome | None:
        """What is there and still valid."""
        entry = self._entries.get(key)
        if entry is None or entry[1] <= now:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: CacheKey, outcome: Outcome, valid_until: float) -> None:
        """Keep it, at the cost of what was used longest ago."""
        self._remove(key)
        self._entries[key] = (outcome, valid_until)
        self._by_tag.setdefault(key.tag, set()).add(key)
        self.bytes += _size(outcome)
        while len(self._entries) > self._max_entries or self.bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    def drop(self, tags: Iterable[str]) -> None:
        """Forget everything of these tags."""
        for tag in tags:
            for key in tuple(self._by_tag.get(tag, ())):
                self._remove(key)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._by_tag.clear()
        self.bytes = 0

    def _remove(self, key: CacheKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.bytes -= _size(entry[0])
        keys = self._by_tag[key.tag]
        keys.discard(key)
        if not keys:
            del self._by_tag[key.tag]


def _size(outcome: Outcome) -> int:
    """A body twice: it may be kept compressed beside itself."""
    return ENTRY_BYTES + (2 * len(outcome.body) if isinstance(outcome, Cached) else 0)
