"""The demo: some people and sixty houses, published the way that a host publishes them, and who stayed there."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from server.accounts import repository as accounts_repository
from server.accounts.passwords import Passwords
from server.db import retried
from server.houses.model import HouseForm, HouseStatus
from server.identities.model import check_digit
from server.nights.model import Stay
from server.seed import repository
from server.seed.avatars import portrait
from server.seed.batches import written
from server.seed.curated import HOSTS, HOUSES, PEOPLE
from server.seed.curated_stays import GUESTS
from server.seed.demo_stays import DemoStays, age_of
from server.seed.demo_terms import demo_terms
from server.seed.invention import invent_facilities
from server.seed.model import DEMO_PASSWORD
from server.seed.pictures import Sketch, draw_and_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.seed.pictures import Drawn
    from server.services import Services

PICTURE_SIZE = (1600, 1200)
MY_NUMBER = 1  # of PEOPLE: the demo's own guest
Person = tuple[str, str, str, str | None]


class DemoService:
    """Writes the demo with the services that people use. What is there already is left as it is."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._passwords = Passwords(services.workers)

    async def can_begin(self) -> bool:
        """Whether nobody has a house here, and none of the demo's phones an account."""
        async with self._services.database.reading() as cursor:
            if await repository.has_houses(cursor):
                return False
            people = (*PEOPLE, *GUESTS)
            found = [await accounts_repository.find_login(cursor, mobile) for mobile, *_ in people]
        return not any(found)

    async def run(self, said: Callable[[str], None]) -> None:
        """Add what is missing: accounts, then houses, then guests and their orders.

        A house goes online when all of it is there; the orders come at once or not at all.
        """
        ids = [await self._person(number, person) for number, person in enumerate(PEOPLE)]
        said(f"{len(PEOPLE)} accounts")
        houses = {}
        for number in range(len(HOUSES)):
            houses[number] = await self._house(number, ids[HOSTS[HOUSES[number][1]]])
            said(f"house {number + 1} of {len(HOUSES)}")
        guest_ids = [await self._person(number, one) for number, one in enumerate(GUESTS, len(PEOPLE))]
        orders = await DemoStays(self._services).add(houses, [*guest_ids, ids[MY_NUMBER]])
        said(f"{len(GUESTS)} guests, {orders} orders")

    async def _person(self, number: int, person: Person) -> int:
        mobile, name, hair, real_name = person
        user_id = await self._account(mobile, name)
        if real_name and not await self._services.identities.is_verified(user_id):
            await self._services.identities.verify(user_id, real_name, demo_id_number(number))
        async with self._services.database.reading() as cursor:
            user = await accounts_repository.find(cursor, user_id)
        if user is not None and user.avatar_key is None:
            await self._services.accounts.change_avatar(
                user_id, await asyncio.to_thread(portrait, number, hair)
            )
        return user_id

    async def _account(self, mobile: str, name: str) -> int:
        password_hash = await self._passwords.hash(DEMO_PASSWORD)
        async with self._services.database.transaction() as cursor:
            found = await accounts_repository.find_login(cursor, mobile)
            if found is not None:
                return int(found["id"])
            return await accounts_repository.insert(cursor, mobile, name, password_hash)

    async def _house(self, number: int, owner_id: int) -> int:
        """Publish one, unless it is there; a draft is what a start that was cut off left. Returns its id."""
        services, form = self._services, demo_form(number)
        async with services.database.reading() as cursor:
            earlier = await repository.find_titled(cursor, owner_id, form.title)
        if earlier is not None:
            if earlier["status"] != HouseStatus.DRAFT:
                return int(earlier["id"])
            await services.houses.delete(owner_id, earlier["id"])
        drawn = await self._draw(number)
        house_id = await services.houses.publish(owner_id, form)
        await self._furnish(house_id, number, drawn)
        await services.prices.save(owner_id, house_id, demo_terms(number, services.nights.today), None)
        for stay in self._stays(number):
            await services.nights.block(owner_id, house_id, stay)
        await services.houses.move(owner_id, house_id, HouseStatus.ONLINE)
        return house_id

    async def _draw(self, number: int) -> list[Drawn]:
        """Three to five pictures, each of another scene."""
        sketches = [Sketch(HOUSES[number][0], number, turn) for turn in range(3 + number % 3)]
        return list(
            await asyncio.gather(
                *(draw_and_store(self._services.media, one, PICTURE_SIZE) for one in sketches)
            )
        )

    @retried
    async def _furnish(self, house_id: int, number: int, drawn: list[Drawn]) -> None:
        """The pictures with all their sizes, and an age."""
        chance = _chance(number)
        midnight = datetime.combine(self._services.nights.today, time(), UTC)
        created = written(midnight - age_of(number) - timedelta(seconds=chance.randrange(60_000)))
        references = Counter(claim for one in drawn for claim in one.claims)
        rows = [(house_id, position, *one.columns(), created) for position, one in enumerate(drawn)]
        async with self._services.database.transaction() as cursor:
            await repository.insert_images(cursor, rows)
            await repository.set_age(cursor, house_id, created)
            await repository.hold_many(cursor, references)

    def _stays(self, number: int) -> list[Stay]:
        """What the host has blocked in the weeks ahead; nothing at every third house."""
        chance, today = _chance(number), self._services.nights.today
        if number % 3 == 0:
            return []
        starts = sorted(chance.sample(range(2, 80, 6), 4))
        return [
            Stay(today + timedelta(days=day), today + timedelta(days=day + chance.randint(1, 5)))
            for day in starts
        ]


def demo_form(number: int) -> HouseForm:
    """What the host of a curated house typed."""
    kind, _, area_id, title, address, yuan, rooms, acreage, layout, beds, capacity, fewest = HOUSES[number]
    return HouseForm(
        title=title, address=address, area_id=area_id, price=str(yuan), deposit=str(yuan // 200 * 100),
        room_count=rooms, acreage=acreage, unit=layout, capacity=capacity, beds=beds, min_days=fewest, max_days=0,
        facility=invent_facilities(_chance(number), kind),
    )  # fmt: skip


def _chance(number: int) -> random.Random:
    return random.Random(f"demo {number}")  # noqa: S311 - no secret


def demo_id_number(number: int) -> str:
    """A number that passes the check; nobody is meant by it."""
    digits = f"1101011985{1 + number % 12:02d}1500{number + 1}"
    return digits + check_digit(digits)
