"""Where readings come from: another site, or a file that somebody uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.calendars.fetching import Marks
from server.calendars.model import MAX_BYTES, ReadingFailed, Reason
from server.calendars.reading import Frame, read_calendar
from server.nights.model import today_at

if TYPE_CHECKING:
    from datetime import date

    from server.calendars.addresses import Addresses
    from server.calendars.fetching import Fetcher
    from server.calendars.model import Feed, Reading
    from server.clock import Clock
    from server.workers import Workers

POOL = "calendar"


class Sources:
    """Fetches and reads calendars; writes nothing."""

    def __init__(self, addresses: Addresses, fetcher: Fetcher, workers: Workers, clock: Clock) -> None:
        self._addresses = addresses
        self._fetcher = fetcher
        self._workers = workers
        self._clock = clock

    @property
    def today(self) -> date:
        """The date at the houses."""
        return today_at(self._clock.now())

    async def of_feed(self, feed: Feed) -> tuple[Reading | None, Marks]:
        """What the other site says now; None when that is what it said before, and of a file.

        Raises ReadingFailed, Overloaded.
        """
        marks = Marks(feed.etag, feed.last_modified)
        if feed.sealed_url is None:
            return None, marks
        fetched = await self._fetcher.fetch(self._addresses.open(feed.sealed_url), marks)
        if fetched.content is None:
            return None, marks
        return await self._read(feed.house_id, fetched.content), fetched.marks

    async def of_file(self, house_id: int, content: bytes) -> Reading:
        """What a file says. Raises ReadingFailed, Overloaded."""
        if len(content) > MAX_BYTES:
            raise ReadingFailed(Reason.TOO_LARGE)
        return await self._read(house_id, content)

    async def _read(self, house_id: int, content: bytes) -> Reading:
        frame = Frame(house_id, self._addresses.host, self.today)
        return await self._workers.run(POOL, read_calendar, content, frame)
