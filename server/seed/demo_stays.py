"""The demo's orders: stays of the past year with their reviews, and some in each state for its two accounts."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from server.clock import SystemClock
from server.db import retried
from server.nights import repository as nights_repository
from server.nights.changes import NightChanges
from server.nights.model import Stay, today_at
from server.orders import repository as orders_repository
from server.orders.model import Actor, Event
from server.quotes import repository as quotes_repository
from server.seed import repository
from server.seed.curated import HOUSES
from server.seed.curated_stays import (
    MY_REVIEW,
    PAST_STAYS,
    REFUSAL,
    REGRET,
    REVIEWS,
    STORIES,
    Ending,
)
from server.seed.demo_terms import is_instant
from server.seed.ledger import Ledger
from server.seed.lives import (
    Booking,
    Life,
    Said,
    Step,
    at_houses,
    checked_out,
    in_silence,
    live,
    until_paid,
    with_review,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from server.db import Cursor
    from server.orders.model import Order
    from server.services import Services

TRADE = "DEMO"  # what the payments' numbers at the provider begin with
DAY = timedelta(days=1)
RECENT_DAYS = 16  # the past stays ended before: everybody has said by now what there is to say
LONGEST_LEAD_DAYS = 25
SLACK_DAYS = 16  # between two past stays, for a long one and the way back to a Friday
LENGTHS = (1, 2, 2, 2, 3, 3, 4, 7)
FREE_WITHIN_DAYS = 300
# How long before now the orders of the two accounts were placed that have not been stayed.
PLACED_BEFORE: Mapping[Ending, timedelta] = {
    Ending.ASKED: timedelta(minutes=7),
    Ending.ACCEPTED: timedelta(minutes=40),
    Ending.PAID: timedelta(days=3, minutes=50),
    Ending.REFUSED: timedelta(days=2, minutes=25),
    Ending.GIVEN_UP: timedelta(days=6, minutes=10),
}


class DemoStays:
    """Adds them all in one transaction, once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._nights = NightChanges(services.live)

    async def add(self, house_ids: Mapping[int, int], guest_ids: Sequence[int]) -> int:
        """Orders of these houses, by their number, for these guests; returns how many, 0 when they are there."""
        count = await self._add(house_ids, guest_ids)
        await self._services.changes.spread(*house_ids.values())
        return count

    @retried
    async def _add(self, house_ids: Mapping[int, int], guest_ids: Sequence[int]) -> int:
        async with self._services.database.transaction() as cursor:
            if await repository.has_trades(cursor, TRADE):
                return 0
            for house_id in sorted(house_ids.values()):
                await orders_repository.lock_house_row(cursor, house_id)
            chronicle = Chronicle(cursor, house_ids, guest_ids, SystemClock().now())
            lives = await chronicle.write()
            kept_from = chronicle.today - timedelta(days=nights_repository.KEPT_DAYS)
            await Ledger(lives, TRADE, kept_from).write(cursor)
            for house_id in sorted({life.order.house_id for life in lives}):
                await self._nights.record(cursor, house_id)
            await self._services.changes.record_drop(cursor, sorted(house_ids.values()))
        return len(lives)


class Chronicle:
    """Tells who stayed when, of houses that are locked. A night that somebody has is left to them."""

    def __init__(
        self, cursor: Cursor, house_ids: Mapping[int, int], guest_ids: Sequence[int], now: datetime
    ) -> None:
        self.today = today_at(now)
        self._cursor = cursor
        self._house_ids = house_ids
        self._guest_ids = guest_ids
        self._now = now
        self._away: dict[int, set[date]] = defaultdict(set)
        self._nth = 0

    async def write(self) -> list[Life]:
        """All lives, in the order of their placing."""
        self._nth = await repository.last_order_id(self._cursor)
        reviews = {kind: iter(texts) for kind, texts in REVIEWS.items()}
        lives = []
        for number, count in enumerate(PAST_STAYS):
            if number in self._house_ids:
                lives += await self._past(number, count, reviews[HOUSES[number][0]])
        for story in STORIES:
            if story[0] in self._house_ids:
                lives += await self._story(*story)
        return sorted(lives, key=lambda life: life.order.created_at)

    async def _past(
        self, number: int, count: int, reviews: Iterator[tuple[int, str, str | None]]
    ) -> list[Life]:
        taken = await self._taken(number)
        chance = random.Random(f"demo stays {number}")  # noqa: S311 - no secret
        lives = []
        for stay in past_stays(chance, number, count, self.today):
            if taken.isdisjoint(stay.dates()):
                guest = self._free_guest(number, stay)
                review = next(reviews, None)
                lives.append(await self._stayed(chance, number, (guest, stay), review))
        return lives

    async def _stayed(
        self,
        chance: random.Random,
        number: int,
        wish: tuple[int, Stay],
        review: tuple[int, str, str | None] | None,
    ) -> Life:
        guest, stay = wish
        day = stay.start - chance.randint(2, LONGEST_LEAD_DAYS) * DAY
        at = at_houses(day, chance.randint(9, 18), chance.randrange(60), chance.randrange(60))
        order = await self._order(number, guest, stay, at)
        thinking = timedelta(minutes=4 + 180 * chance.random() ** 2)
        begin = until_paid(order, thinking, timedelta(minutes=1 + 10 * chance.random()))
        if review is None:
            return live(order, [*begin, *in_silence(order)], self._now)
        said = Said(*review)
        writing = timedelta(days=chance.randint(0, 5), minutes=chance.randint(180, 540))
        answering = timedelta(minutes=20 + 100 * chance.random())
        return live(order, [*begin, *with_review(order, said, writing, answering)], self._now, said)

    async def _story(self, number: int, guest: int, first: int, nights: int, ending: Ending) -> list[Life]:
        start = self.today + first * DAY
        stay = Stay(start, start + nights * DAY)
        taken = await self._taken(number)
        found = _free(taken, stay, FREE_WITHIN_DAYS if first > 0 else 1)
        if found is None:
            return []
        before = PLACED_BEFORE.get(ending)
        at = (
            self._now - before - timedelta(seconds=37 * guest)
            if before
            else at_houses(start - 9 * DAY, 19, 12 + guest, 31)
        )
        order = await self._order(number, guest, found, at)
        said = Said(*MY_REVIEW) if ending is Ending.REVIEWED else None
        return [live(order, _told(order, ending, said), self._now, said)]

    async def _order(self, number: int, guest: int, stay: Stay, at: datetime) -> Order:
        """The order as it was placed, at what the house asks; hosts asked for no more nights then."""
        offer = await quotes_repository.offer(self._cursor, self._house_ids[number], stay)
        assert offer is not None  # noqa: S101 - the house is locked
        rates = replace(offer.rates, min_nights=1, max_nights=0)
        offer = replace(offer, rates=rates, instant=is_instant(number))
        self._nth += 1
        self._away[guest].update(stay.dates())
        guests = min(rates.capacity, 2 + self._nth % 3)
        return Booking(offer, self._guest_ids[guest], stay, guests, at).order(self._nth)

    async def _taken(self, number: int) -> set[date]:
        nights = await nights_repository.between(
            self._cursor,
            self._house_ids[number],
            self.today - age_of(number),
            self.today + 2 * FREE_WITHIN_DAYS * DAY,
        )
        return {one.night for one in nights}

    def _free_guest(self, number: int, stay: Stay) -> int:
        """Somebody who is not elsewhere then; the demo's own guest has stories of their own."""
        turn = [(number * 5 + self._nth + one) % (len(self._guest_ids) - 1) for one in range(6)]
        return next((guest for guest in turn if self._away[guest].isdisjoint(stay.dates())), turn[0])


def past_stays(chance: random.Random, number: int, count: int, today: date) -> Iterator[Stay]:
    """Stays in a house since it is there, the latest first, half of them over a weekend."""
    span = (age_of(number).days - RECENT_DAYS - LONGEST_LEAD_DAYS - SLACK_DAYS) // count
    fewest = HOUSES[number][11]
    for turn in range(count):
        nights = max(fewest, chance.choice(LENGTHS))
        start = today - (RECENT_DAYS + nights + turn * span + chance.randrange(span - SLACK_DAYS)) * DAY
        if chance.random() < 0.5:
            start -= (start.weekday() - 4) % 7 * DAY
        yield Stay(start, start + nights * DAY)


def age_of(number: int) -> timedelta:
    """How long a curated house has been there."""
    return timedelta(days=20 + 6 * (len(HOUSES) - number))


def _free(taken: set[date], stay: Stay, days: int) -> Stay | None:
    """The stay, or one that begins within so many days of it, whose nights are free."""
    for later in range(days):
        moved = Stay(stay.start + later * DAY, stay.end + later * DAY)
        if taken.isdisjoint(moved.dates()):
            return moved
    return None


def _told(order: Order, ending: Ending, said: Said | None) -> list[Step]:
    """What became of an order of one of the two accounts."""
    paid = until_paid(order, timedelta(minutes=39, seconds=50), timedelta(minutes=6))
    if ending is Ending.ASKED:
        return []
    if ending is Ending.ACCEPTED:
        return paid[:-1]
    if ending is Ending.REFUSED:
        return [Step(Event.REJECT, Actor.HOST, order.created_at + timedelta(hours=3), REFUSAL)]
    if ending is Ending.GIVEN_UP:
        return [*paid, Step(Event.CANCEL, Actor.GUEST, order.created_at + timedelta(days=1), REGRET)]
    if said:
        return [*paid, *with_review(order, said, timedelta(hours=31), timedelta(minutes=50))]
    return [*paid, checked_out(order)] if ending is Ending.LEFT else paid
