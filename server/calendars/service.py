"""The use cases of a house's calendars: the host imports other sites', and shows the house's own to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.calendars import repository
from server.calendars.model import MAX_FEEDS, FeedKind, ReadingFailed, conflict_views
from server.calendars.own import repository as own_repository
from server.calendars.own.model import PAST_DAYS, Exported, ExportedStay, stays_of_blocks
from server.calendars.refusals import (
    BadCalendarFile,
    HasNoUrl,
    NameTaken,
    NoSuchExport,
    NoSuchFeed,
    TooManyFeeds,
    check_name,
)
from server.calendars.sync import queue
from server.db import DuplicateEntry, retried
from server.houses.model import NoSuchHouse
from server.idempotency import repository as idempotency

if TYPE_CHECKING:
    from server.calendars.addresses import Addresses
    from server.calendars.balance import Balance
    from server.calendars.model import Feed, Reading
    from server.calendars.sync import CalendarSync
    from server.db import Cursor, Database
    from server.idempotency.model import Once
    from server.outbox.service import Outbox

Sealed = tuple[str, str]  # an address, encrypted, and what may be shown of it


class CalendarService:
    """Every use case locks the house first, as an order does: its nights change in one place at a time."""

    def __init__(
        self, database: Database, addresses: Addresses, sync: CalendarSync, balance: Balance, outbox: Outbox
    ) -> None:
        self._database = database
        self._addresses = addresses
        self._sync = sync
        self._balance = balance
        self._outbox = outbox

    async def page(self, owner_id: int, house_id: int) -> dict[str, Any]:
        """The calendars that a house imports, oldest first. Raises NoSuchHouse."""
        async with self._database.reading() as cursor:
            await self._require(cursor, owner_id, house_id)
            return {"calendars": await self._views(cursor, house_id)}

    async def show(self, owner_id: int, house_id: int, feed_id: int) -> dict[str, Any]:
        """One of them. Raises NoSuchHouse, NoSuchFeed."""
        calendars = (await self.page(owner_id, house_id))["calendars"]
        found: dict[str, Any] | None = next((one for one in calendars if one["calendar_id"] == feed_id), None)
        if found is None:
            raise NoSuchFeed
        return found

    async def add(
        self, owner_id: int, house_id: int, given: tuple[str, str], session: str, once: Once | None = None
    ) -> dict[str, Any]:
        """Import from an address, `given` after a name; it is read at once, by a task that `session` may watch.

        Raises NoSuchHouse, BadFeedName, OutgoingRefused, NameTaken, TooManyFeeds, KeyReused, InFlight.
        """
        name, url = check_name(given[0]), given[1]
        async with self._database.reading() as cursor:
            await self._require(cursor, owner_id, house_id)
            stored: dict[str, Any] | None = await idempotency.look(cursor, once)
        if stored is not None:
            return stored
        sealed = await self._addresses.admit(url)
        view = await self._add((owner_id, house_id), name, sealed, session, once)
        self._outbox.wake()
        return view

    async def upload(
        self, owner_id: int, house_id: int, given: tuple[str, bytes], once: Once | None = None
    ) -> dict[str, Any]:
        """Import from a file, `given` after a name, in the place of an earlier file of that name.

        Raises NoSuchHouse, BadFeedName, BadCalendarFile, NameTaken, TooManyFeeds, KeyReused, InFlight, Overloaded.
        """
        name, content = check_name(given[0]), given[1]
        async with self._database.reading() as cursor:
            await self._require(cursor, owner_id, house_id)
        try:
            read = await self._sync.read_file(house_id, content)
        except ReadingFailed as failure:
            raise BadCalendarFile(failure.reason) from failure
        view = await self._upload((owner_id, house_id), name, read, once)
        self._outbox.wake()
        return view

    async def change(
        self, owned: tuple[int, int], feed_id: int, name: str | None, url: str | None, session: str
    ) -> dict[str, Any]:
        """Call a calendar otherwise, or read it from elsewhere; `owned` are owner and house.

        Raises NoSuchHouse, NoSuchFeed, BadFeedName, HasNoUrl, OutgoingRefused, NameTaken.
        """
        name = None if name is None else check_name(name)
        async with self._database.reading() as cursor:
            await self._require(cursor, *owned)
            feed = await repository.find(cursor, feed_id)
        if feed is None or feed.house_id != owned[1]:
            raise NoSuchFeed
        if url is not None and feed.kind is not FeedKind.URL:
            raise HasNoUrl
        sealed = None if url is None else await self._addresses.admit(url)
        view = await self._change(owned, feed_id, name, sealed, session)
        self._outbox.wake()
        return view

    async def remove(self, owner_id: int, house_id: int, feed_id: int) -> None:
        """Forget a calendar and free its nights. Raises NoSuchHouse, NoSuchFeed."""
        await self._remove(owner_id, house_id, feed_id)
        self._outbox.wake()

    async def sync_now(self, owner_id: int, house_id: int, feed_id: int, session: str) -> dict[str, Any]:
        """Read a calendar at once; returns the task, which `session` may watch. Raises NoSuchHouse, NoSuchFeed."""
        task_id = await self._queue(owner_id, house_id, feed_id, session)
        self._outbox.wake()
        return {"calendar_id": feed_id, "task_id": task_id}

    async def export_url(self, owner_id: int, house_id: int) -> dict[str, Any]:
        """Where other sites read the house's calendar; null before there is an address. Raises NoSuchHouse."""
        async with self._database.reading() as cursor:
            await self._require(cursor, owner_id, house_id)
            return self._export_view(house_id, await own_repository.export_version(cursor, house_id))

    @retried
    async def rotate_export(self, owner_id: int, house_id: int, once: Once | None = None) -> dict[str, Any]:
        """A new address; the one before ends. Raises NoSuchHouse, KeyReused, InFlight."""
        async with self._database.transaction() as cursor:
            version: int | None = await idempotency.begin(cursor, once)
            if version is None:
                await self._lock(cursor, owner_id, house_id)
                version = await own_repository.rotate_export(cursor, house_id)
                await idempotency.finish(cursor, once, version)
        return self._export_view(house_id, version)

    @retried
    async def end_export(self, owner_id: int, house_id: int) -> dict[str, Any]:
        """No address any more. Raises NoSuchHouse."""
        async with self._database.transaction() as cursor:
            await self._lock(cursor, owner_id, house_id)
            await own_repository.end_export(cursor, house_id)
        return self._export_view(house_id, None)

    async def exported(self, token: str) -> Exported:
        """The calendar at a secret address. Raises NoSuchExport."""
        house_id = self._addresses.house_of(token)
        async with self._database.reading() as cursor:
            self._addresses.check(token, await own_repository.export_version(cursor, house_id))
            house = await own_repository.exported_house(cursor, house_id)
            orders = await own_repository.exported_orders(cursor, house_id, PAST_DAYS)
            blocks = await own_repository.exported_blocks(cursor, house_id, PAST_DAYS)
        if house is None:
            raise NoSuchExport
        stays = [
            ExportedStay(
                f"order-{row['number']}",
                True,
                row["check_in"],
                row["check_out"],
                row["changed_at"],
                row["version"],
            )
            for row in orders
        ] + stays_of_blocks(blocks, house["changed_at"], house["calendar_version"])
        stays.sort(key=lambda stay: (stay.start, stay.name))
        return Exported(house_id, self._addresses.host, house["title"], stays)

    @retried
    async def _add(
        self, owned: tuple[int, int], name: str, sealed: Sealed, session: str, once: Once | None
    ) -> dict[str, Any]:
        owner_id, house_id = owned
        async with self._database.transaction() as cursor:
            stored: dict[str, Any] | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            await self._lock(cursor, owner_id, house_id)
            feed_id = await self._insert(cursor, house_id, FeedKind.URL, name)
            await repository.point(cursor, feed_id, *sealed)
            await queue(cursor, feed_id, session)
            await self._balance.restore(cursor, owner_id, house_id, {feed_id})
            view = await self._view(cursor, house_id, feed_id)
            await idempotency.finish(cursor, once, view)
        return view

    @retried
    async def _upload(
        self, owned: tuple[int, int], name: str, read: Reading, once: Once | None
    ) -> dict[str, Any]:
        owner_id, house_id = owned
        async with self._database.transaction() as cursor:
            stored: dict[str, Any] | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            await self._lock(cursor, owner_id, house_id)
            feed = await self._file_feed(cursor, house_id, name)
            await self._sync.apply(cursor, feed, read, None)
            await self._balance.restore(cursor, owner_id, house_id, {feed.feed_id})
            view = await self._view(cursor, house_id, feed.feed_id)
            await idempotency.finish(cursor, once, view)
        return view

    @retried
    async def _change(
        self, owned: tuple[int, int], feed_id: int, name: str | None, sealed: Sealed | None, session: str
    ) -> dict[str, Any]:
        owner_id, house_id = owned
        async with self._database.transaction() as cursor:
            feed = await self._lock_feed(cursor, owner_id, house_id, feed_id)
            if name is not None and name != feed.name:
                try:
                    await repository.rename(cursor, feed_id, name)
                except DuplicateEntry as error:
                    raise NameTaken from error
            if sealed is not None:
                await repository.point(cursor, feed_id, *sealed)
                await queue(cursor, feed_id, session)
            await self._balance.restore(cursor, owner_id, house_id, {feed_id})
            return await self._view(cursor, house_id, feed_id)

    @retried
    async def _remove(self, owner_id: int, house_id: int, feed_id: int) -> None:
        async with self._database.transaction() as cursor:
            feed = await self._lock_feed(cursor, owner_id, house_id, feed_id)
            await repository.delete(cursor, house_id, feed_id)
            await self._balance.restore(cursor, owner_id, house_id)
            await self._balance.announce_end(cursor, owner_id, feed)

    @retried
    async def _queue(self, owner_id: int, house_id: int, feed_id: int, session: str) -> str:
        async with self._database.transaction() as cursor:
            await self._lock_feed(cursor, owner_id, house_id, feed_id)
            return await queue(cursor, feed_id, session)

    async def _file_feed(self, cursor: Cursor, house_id: int, name: str) -> Feed:
        """The calendar of an earlier file of that name, or a new one. Raises NameTaken, TooManyFeeds."""
        known = next((one for one in await repository.of_house(cursor, house_id) if one.name == name), None)
        if known is not None and known.kind is not FeedKind.FILE:
            raise NameTaken
        feed_id = known.feed_id if known else await self._insert(cursor, house_id, FeedKind.FILE, name)
        feed = await repository.lock(cursor, house_id, feed_id)
        assert feed is not None  # noqa: S101 - inserted above, or found under the house's lock
        return feed

    @staticmethod
    async def _insert(cursor: Cursor, house_id: int, kind: FeedKind, name: str) -> int:
        if len(await repository.of_house(cursor, house_id)) >= MAX_FEEDS:
            raise TooManyFeeds
        try:
            return await repository.insert(cursor, house_id, kind, name)
        except DuplicateEntry as error:
            raise NameTaken from error

    async def _views(self, cursor: Cursor, house_id: int) -> list[dict[str, Any]]:
        conflicts = conflict_views(await repository.shown_conflicts(cursor, house_id))
        feeds = await repository.of_house(cursor, house_id)
        return [feed.view(conflicts.get(feed.feed_id, [])) for feed in feeds]

    async def _view(self, cursor: Cursor, house_id: int, feed_id: int) -> dict[str, Any]:
        views = await self._views(cursor, house_id)
        return next(view for view in views if view["calendar_id"] == feed_id)

    def _export_view(self, house_id: int, version: int | None) -> dict[str, Any]:
        return {"url": None if version is None else self._addresses.export_url(house_id, version)}

    @staticmethod
    async def _require(cursor: Cursor, owner_id: int, house_id: int) -> None:
        if not await repository.is_owner(cursor, house_id, owner_id):
            raise NoSuchHouse

    @staticmethod
    async def _lock(cursor: Cursor, owner_id: int, house_id: int) -> None:
        if await repository.lock_house(cursor, house_id) != owner_id:
            raise NoSuchHouse

    async def _lock_feed(self, cursor: Cursor, owner_id: int, house_id: int, feed_id: int) -> Feed:
        await self._lock(cursor, owner_id, house_id)
        feed = await repository.lock(cursor, house_id, feed_id)
        if feed is None:
            raise NoSuchFeed
        return feed
