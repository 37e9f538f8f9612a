"""The use case of seeding: people, then houses, then orders, a batch at a time. Adds rows, changes nobody's."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher

from server.accounts.passwords import LANES, MEMORY_KIB, ROUNDS
from server.areas.model import AREAS_TAG
from server.db import DuplicateEntry, retried
from server.houses.model import LISTS_TAG
from server.nights.repository import KEPT_DAYS
from server.seed import repository
from server.seed.batches import Batch, written
from server.seed.bookings import Diary
from server.seed.invention import BATCH, HouseInventor, invent_user
from server.seed.ledger import Ledger
from server.seed.model import FIRST_MOBILE, LAST_MOBILE, PASSWORD, SeedRefused
from server.seed.pool import Pool, draw_pool

if TYPE_CHECKING:
    from server.cache import ReadCache
    from server.db import Database
    from server.media.service import MediaService
    from server.sealing import Seal
    from server.seed.model import Progress, SeededUser, SeedPlan

TRANSACTIONS = 3  # at once: while MySQL works on one, the rows of the next are made
TRADE = "SEED"  # what the payments' numbers at the provider begin with
SALT = b"iHome seed salt."


@dataclass(frozen=True)
class Seeded:
    """What was added: the first and the last phone number, and how many orders."""

    first_mobile: str
    last_mobile: str
    orders: int


class SeedService:
    """Fills a database. `seal` is the one that identities are sealed with."""

    def __init__(self, database: Database, media: MediaService, cache: ReadCache, seal: Seal) -> None:
        self._database = database
        self._media = media
        self._cache = cache
        self._seal = seal
        self._turn = asyncio.Lock()

    async def run(self, plan: SeedPlan, progress: Progress) -> Seeded:
        """Add what the plan says; `progress` hears of each step and how many of it are there.

        A failure in the middle leaves whole houses and orders only. Raises SeedRefused, StoreUnavailable.
        """
        first = await self._first_offset(plan)
        owner_ids = await self._add_users(plan, first, progress)
        diary = await self._open_diary(plan, owner_ids)
        pool = (
            await draw_pool(self._media, plan.seed, progress) if plan.pictures and plan.houses else Pool({})
        )
        await self._add_houses(plan, diary, pool, progress)
        await self._add_orders(plan, diary, progress)
        await self._cache.drop(LISTS_TAG, AREAS_TAG)
        last = FIRST_MOBILE + first + plan.users - 1
        return Seeded(str(FIRST_MOBILE + first), str(last), len(diary))

    async def _first_offset(self, plan: SeedPlan) -> int:
        """Where the phone numbers that no seeding has used begin."""
        async with self._database.reading() as cursor:
            last = await repository.last_mobile(cursor, str(FIRST_MOBILE), str(LAST_MOBILE))
        first = int(last) + 1 - FIRST_MOBILE if last else 1
        if FIRST_MOBILE + first + plan.users - 1 > LAST_MOBILE:
            raise SeedRefused("No phone numbers are left for so many users.")
        return first

    async def _add_users(self, plan: SeedPlan, first: int, progress: Progress) -> list[int]:
        password_hash = await asyncio.to_thread(seeded_hash)
        owner_ids: list[int] = []
        for start in range(0, plan.users, BATCH):
            offsets = range(first + start, first + min(start + BATCH, plan.users))
            people = [invent_user(plan.seed, offset, plan.today) for offset in offsets]
            owner_ids += await self._write_users(people, password_hash)
            progress("users", len(people))
        return owner_ids

    @retried
    async def _write_users(self, people: list[SeededUser], password_hash: str) -> list[int]:
        async with self._database.transaction() as cursor:
            rows = [(one.mobile, one.name, password_hash, written(one.created_at)) for one in people]
            first_id = await repository.insert_users(cursor, rows)
            ids = list(range(first_id, first_id + len(people)))
            identities = [
                (user_id, self._seal.seal(one.real_name), self._seal.seal(one.id_number),
                 self._seal.digest(one.id_number), written(one.created_at))
                for user_id, one in zip(ids, people, strict=True)
            ]  # fmt: skip
            await repository.insert_identities(cursor, identities)
        return ids

    async def _open_diary(self, plan: SeedPlan, owner_ids: list[int]) -> Diary:
        async with self._database.reading() as cursor:
            return Diary(plan, owner_ids, await repository.last_order_id(cursor))

    async def _add_houses(self, plan: SeedPlan, diary: Diary, pool: Pool, progress: Progress) -> None:
        """Write them, and have the diary invent what was booked of each batch."""
        inventor = HouseInventor(plan, pool.ranges)
        running: deque[asyncio.Future[tuple[int, Batch, int]]] = deque()

        async def finish() -> None:
            number, batch, first_id = await running.popleft()
            diary.add(number, batch.houses, first_id)
            progress("houses", len(batch.houses))

        try:
            for number in range(-(-plan.houses // BATCH)):
                if len(running) == TRANSACTIONS:
                    await finish()
                batch = Batch(inventor.batch(number), diary.owner_ids, pool, plan.today)
                running.append(asyncio.ensure_future(self._write_houses(number, batch)))
            while running:
                await finish()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _add_orders(self, plan: SeedPlan, diary: Diary, progress: Progress) -> None:
        kept_from = plan.today - timedelta(days=KEPT_DAYS)
        for lives in diary.lives():
            try:
                progress("orders", await self._write_orders(Ledger(lives, TRADE, kept_from)))
            except DuplicateEntry as error:
                raise SeedRefused("Somebody booked an invented house meanwhile: seed again.") from error

    @retried
    async def _write_orders(self, ledger: Ledger) -> int:
        async with self._database.transaction() as cursor:
            return await ledger.write(cursor)

    @retried
    async def _write_houses(self, number: int, batch: Batch) -> tuple[int, Batch, int]:
        await self._turn.acquire()  # the tasks wait in their order: later houses get higher ids
        waiting = True
        try:
            async with self._database.transaction() as cursor:
                first_id = await batch.write_houses(cursor)
                self._turn.release()
                waiting = False
                await batch.write_rest(cursor, first_id)
        finally:
            if waiting:
                self._turn.release()
        return number, batch, first_id


def seeded_hash() -> str:
    """The hash of the seeded accounts' one password; salted alike, for equal seedings to be equal."""
    hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
    return hasher.hash(PASSWORD, salt=SALT)
