"""The use cases of houses: publish, edit, put online and offline, delete, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.areas import repository as areas_repository
from server.cache import Cached, CacheKey, encode
from server.calendars import repository as calendars_repository
from server.db import retried
from server.errors import BadFields
from server.houses import repository
from server.houses.model import (
    MOVES,
    ChangedMeanwhile,
    HasGuests,
    HouseStatus,
    IllegalMove,
    NoPictures,
    NoSuchHouse,
    house_tag,
)
from server.houses.views import house_view, owned_view
from server.i18n import N_
from server.idempotency import repository as idempotency
from server.nights import repository as nights_repository
from server.photos import repository as photos_repository
from server.reviews import repository as reviews_repository

if TYPE_CHECKING:
    from server.cache import ReadCache
    from server.db import Cursor, Database, Row
    from server.houses.changes import HouseChanges
    from server.houses.model import HouseFields, HouseForm
    from server.i18n import Language
    from server.idempotency.model import Once
    from server.identities.service import IdentityService
    from server.photos.service import PhotoService

HOUSE_SECONDS = 300
PAGE_SIZE = 20


class HouseService:
    """All use cases of houses but their pictures, nights and the search."""

    def __init__(
        self,
        database: Database,
        cache: ReadCache,
        changes: HouseChanges,
        identities: IdentityService,
        photos: PhotoService,
    ) -> None:
        self._database = database
        self._cache = cache
        self._changes = changes
        self._identities = identities
        self._photos = photos

    async def publish(self, owner_id: int, form: HouseForm, once: Once | None = None) -> int:
        """A new draft; returns its id. Raises NotVerified, BadFields, KeyReused, InFlight."""
        house_id = await self._insert(owner_id, form, once)
        await self._changes.spread(house_id)
        return house_id

    async def edit(self, owner_id: int, house_id: int, form: HouseForm, version: int | None) -> int:
        """Write all fields; returns the new version. `version` is the one that the page read, if it says.

        Raises NoSuchHouse, BadFields, ChangedMeanwhile.
        """
        new_version = await self._update(owner_id, house_id, form, version)
        await self._changes.spread(house_id)
        return new_version

    async def move(self, owner_id: int, house_id: int, status: HouseStatus) -> int:
        """Put a house online or offline; returns the new version. The status that it has is no change.

        Raises NoSuchHouse, NotVerified, NoPictures, IllegalMove.
        """
        version = await self._move(owner_id, house_id, status)
        await self._changes.spread(house_id)
        return version

    async def show_draft(self, owner_id: int, house_id: int) -> None:
        """Put a house online that never was; one that its owner took offline stays there.

        Raises NoSuchHouse, NotVerified, NoPictures.
        """
        async with self._database.reading() as cursor:
            house = await repository.find(cursor, house_id)
        if house is None or house.owner_id != owner_id:
            raise NoSuchHouse
        if house.status is HouseStatus.DRAFT:
            await self.move(owner_id, house_id, HouseStatus.ONLINE)

    async def delete(self, owner_id: int, house_id: int) -> None:
        """Remove a house with all that hangs on it. Raises NoSuchHouse, HasGuests."""
        await self._delete(owner_id, house_id)
        await self._changes.spread(house_id)

    async def page(self, house_id: int, language: Language) -> Cached:
        """The whole house for everybody, while it is online. Raises NoSuchHouse."""

        async def load() -> object:
            return await self._load(house_id, language, None)

        return await self._cache.read(CacheKey(house_tag(house_id), language, HOUSE_SECONDS), load)

    async def page_for(self, viewer_id: int | None, house_id: int, language: Language) -> Cached:
        """As `page`; a draft or offline house is there for its owner."""
        try:
            return await self.page(house_id, language)
        except NoSuchHouse:
            if viewer_id is None:
                raise
        return encode(await self._load(house_id, language, viewer_id))

    async def owned(self, owner_id: int, before: int | None, language: Language) -> dict[str, Any]:
        """The owner's houses, newest first, PAGE_SIZE at a time; `next` is the `before` that goes on."""
        async with self._database.reading() as cursor:
            houses = await repository.owned_page(cursor, owner_id, before, PAGE_SIZE + 1)
            shown = houses[:PAGE_SIZE]
            photos = await photos_repository.photos_of(cursor, [house.house_id for house in shown])
        return {
            "houses": [owned_view(house, photos.get(house.house_id, []), language) for house in shown],
            "next": str(shown[-1].house_id) if len(houses) > PAGE_SIZE else None,
        }

    async def _load(self, house_id: int, language: Language, viewer_id: int | None) -> dict[str, Any]:
        async with self._database.reading() as cursor:
            house = await repository.find(cursor, house_id)
            if house is None or (house.status is not HouseStatus.ONLINE and house.owner_id != viewer_id):
                raise NoSuchHouse
            photos = await photos_repository.photos_of(cursor, [house_id])
            facility_ids = await repository.facility_ids(cursor, house_id)
            reviews = await reviews_repository.latest(cursor, house_id)
        return {"house": house_view(house, photos.get(house_id, []), facility_ids, reviews, language)}

    @retried
    async def _insert(self, owner_id: int, form: HouseForm, once: Once | None) -> int:
        async with self._database.transaction() as cursor:
            stored: int | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            await self._identities.require(cursor, owner_id)
            fields = await _checked(cursor, form)
            house_id = await repository.insert(cursor, owner_id, fields)
            await self._changes.record(cursor, owner_id, house_id, status=HouseStatus.DRAFT)
            await idempotency.finish(cursor, once, house_id)
        return house_id

    @retried
    async def _update(self, owner_id: int, house_id: int, form: HouseForm, version: int | None) -> int:
        async with self._database.transaction() as cursor:
            row = await _lock(cursor, house_id, owner_id)
            fields = await _checked(cursor, form)
            if version is not None and version != row["version"]:
                raise ChangedMeanwhile
            await repository.update(cursor, house_id, row["search_text"], fields)
            if row["status"] == HouseStatus.ONLINE and row["area_id"] != fields.area_id:
                for area_id, change in sorted({row["area_id"]: -1, fields.area_id: 1}.items()):
                    await areas_repository.count_online(cursor, area_id, change)
            await self._changes.record(cursor, owner_id, house_id, status=row["status"])
        return int(row["version"]) + 1

    @retried
    async def _move(self, owner_id: int, house_id: int, status: HouseStatus) -> int:
        async with self._database.transaction() as cursor:
            row = await _lock(cursor, house_id, owner_id)
            now = HouseStatus(row["status"])
            if now is status:
                return int(row["version"])
            if (now, status) not in MOVES:
                raise IllegalMove
            if status is HouseStatus.ONLINE:
                await self._identities.require(cursor, owner_id)
                if not (await photos_repository.photos_of(cursor, [house_id])).get(house_id):
                    raise NoPictures
            await repository.set_status(cursor, house_id, status)
            change = 1 if status is HouseStatus.ONLINE else -1
            await areas_repository.count_online(cursor, row["area_id"], change)
            await self._changes.record(cursor, owner_id, house_id, status=status)
        return int(row["version"]) + 1

    @retried
    async def _delete(self, owner_id: int, house_id: int) -> None:
        async with self._database.transaction() as cursor:
            row = await _lock(cursor, house_id, owner_id)
            if await nights_repository.has_guests_ahead(cursor, house_id):
                raise HasGuests
            await self._photos.release_all(cursor, house_id)
            await calendars_repository.delete_all(cursor, house_id)
            await repository.delete(cursor, house_id, row["search_text"])
            if row["status"] == HouseStatus.ONLINE:
                await areas_repository.count_online(cursor, row["area_id"], -1)
            await self._changes.record(cursor, owner_id, house_id, status="deleted")


async def _lock(cursor: Cursor, house_id: int, owner_id: int) -> Row:
    row = await repository.lock_owned(cursor, house_id, owner_id)
    if row is None:
        raise NoSuchHouse
    return row


async def _checked(cursor: Cursor, form: HouseForm) -> HouseFields:
    """The fields. Raises BadFields that names all that the rules, the areas or the facilities do not know."""
    problems = form.problems()
    if not await repository.has_area(cursor, form.area_id):
        problems.append(("area_id", N_("请选择城区")))
    wanted = form.facility if "facility" not in dict(problems) else ()
    if wanted and await repository.count_facilities(cursor, wanted) != len(wanted):
        problems.append(("facility", N_("没有这种设施")))
    if problems:
        raise BadFields(problems)
    return form.check()
