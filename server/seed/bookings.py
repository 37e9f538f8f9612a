"""Invents the orders of a plan: who booked which nights when, and what became of it. No I/O."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from server.houses.model import HouseStatus
from server.nights.model import Stay
from server.orders.model import Actor, Event, OrderStatus
from server.quotes.model import Offer, Rates
from server.seed import sayings
from server.seed.invention import BATCH, STAY_LENGTHS, pick
from server.seed.lives import (
    Booking,
    Life,
    Said,
    Step,
    at_houses,
    expired,
    in_silence,
    live,
    until_paid,
    with_review,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from server.orders.model import Order
    from server.seed.model import SeededHouse, SeedPlan

TRIES = 6  # how often nights are looked for, before the order is one that came to nothing
PAST_PERCENT = 70
DEAD_PERCENT = 10
REVIEWED_PERCENT = 62
ANSWERED_PERCENT = 35
LONGEST_LEAD = timedelta(days=45)
FURTHEST = 120  # days ahead
RETHINKING = timedelta(hours=25)  # after that nothing new waits any more
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order to be: little, for a million of them wait until all are in the order of their placing."""

    at: datetime
    house: int  # number within the plan
    first: int  # days from the plan's day
    nights: int
    holds: bool  # whether it takes its nights, or came to nothing
    seed: int

    @property
    def key(self) -> tuple[datetime, int, int]:
        """What they are sorted by."""
        return self.at, self.house, self.seed


class Diary:
    """The orders of a plan: `add` the houses of each batch as they are written, then read the lives.

    `nth` is how many orders there were before: it makes the numbers differ.
    """

    def __init__(self, plan: SeedPlan, owner_ids: Sequence[int], nth: int) -> None:
        self._plan = plan
        self.owner_ids = owner_ids
        self._nth = nth
        self._now = at_houses(plan.today, 0)
        self._wanted: list[Wanted] = []
        self._offers: dict[int, Offer] = {}

    def __len__(self) -> int:
        """How many orders."""
        return len(self._wanted)

    def add(self, number: int, houses: Sequence[SeededHouse], first_id: int) -> None:
        """Invent what was booked of the houses of a batch, whose ids begin with `first_id`."""
        chance = random.Random(f"{self._plan.seed}/orders/{number}")  # noqa: S311 - no secret
        first = number * BATCH
        missing = self._plan.orders * (first + len(houses)) // self._plan.houses - len(self._wanted)
        weights = [self._weight(chance, house) for house in houses]
        if not missing or not any(weights):
            return
        chosen = Counter(chance.choices(range(len(houses)), weights, k=missing))
        for index, count in sorted(chosen.items()):
            house = houses[index]
            self._offers[first + index] = _offer(house, first_id + index, self.owner_ids[house.owner])
            self._wanted += self._wants(chance, house, first + index, count)

    def lives(self) -> Iterator[list[Life]]:
        """All of them, BATCH at a time, in the order of their placing."""
        self._wanted.sort(key=lambda one: one.key)
        for begin in range(0, len(self._wanted), BATCH):
            part = self._wanted[begin : begin + BATCH]
            yield [self._life(one, self._nth + begin + index) for index, one in enumerate(part, 1)]

    def _weight(self, chance: random.Random, house: SeededHouse) -> float:
        """Older houses were booked more often, some far more; drafts and those of today never."""
        luck, age = chance.random(), (self._now - house.created_at).days
        return 0 if age < 2 or house.status is HouseStatus.DRAFT else (age + 60) * (0.2 + luck**3)

    def _wants(self, chance: random.Random, house: SeededHouse, number: int, count: int) -> Iterator[Wanted]:
        taken = {day for start, length in house.stays for day in range(start, start + length)}
        age = (self._now - house.created_at).days
        for _ in range(count):
            nights = _length(chance, house)
            first, holds = _find_free(chance, taken, age, nights)
            at = self._placed_at(chance, house, first)
            yield Wanted(at, number, first, nights, holds, chance.getrandbits(48))

    def _placed_at(self, chance: random.Random, house: SeededHouse, first: int) -> datetime:
        """Some time before the stay; most are booked late."""
        latest = min(self._now, at_houses(self._plan.today + first * DAY, 14))
        earliest = max(house.created_at + timedelta(hours=1), latest - LONGEST_LEAD)
        return latest - (latest - earliest) * chance.random() ** 2

    def _life(self, wanted: Wanted, nth: int) -> Life:
        chance = random.Random(wanted.seed)  # noqa: S311 - no secret
        offer = self._offers[wanted.house]
        start = self._plan.today + wanted.first * DAY
        stay = Stay(start, start + wanted.nights * DAY)
        guest_id = pick(chance, self.owner_ids)
        if guest_id == offer.owner_id:
            guest_id = self.owner_ids[self.owner_ids.index(guest_id) - 1]
        guests = 1 + int(chance.random() * offer.rates.capacity)
        order = Booking(offer, guest_id, stay, guests, wanted.at).order(nth)
        if not wanted.holds:
            return live(order, _came_to_nothing(chance, order, self._now), self._now)
        said = _said(chance) if chance.random() * 100 < REVIEWED_PERCENT else None
        return live(order, [*_paid(chance, order), *_after(chance, order, said)], self._now, said)


def _offer(house: SeededHouse, house_id: int, owner_id: int) -> Offer:
    fields, terms = house.fields, house.terms
    rates = Rates(
        fields.price_fen, fields.deposit_fen, fields.min_nights, fields.max_nights, fields.capacity,
        terms.weekend_price_fen, terms.weekly_percent, terms.monthly_percent, terms.cleaning_fee_fen,
        terms.cancellation,
    )  # fmt: skip
    return Offer(house_id, owner_id, house.status.value, terms.instant, wants_verified=False, rates=rates)


def _length(chance: random.Random, house: SeededHouse) -> int:
    nights = max(house.fields.min_nights, pick(chance, STAY_LENGTHS))
    return min(nights, house.fields.max_nights or nights)


def _find_free(chance: random.Random, taken: set[int], age: int, nights: int) -> tuple[int, bool]:
    """The first day of a stay, and whether it took its nights: they are in `taken` then."""
    first = 0
    for _ in range(TRIES):
        is_past = chance.random() * 100 < PAST_PERCENT
        first = -1 - int(chance.random() * (age - 1)) if is_past else int(chance.random() ** 2 * FURTHEST)
        days = range(first, first + nights)
        if taken.isdisjoint(days):
            holds = chance.random() * 100 >= DEAD_PERCENT
            taken.update(days if holds else ())
            return first, holds
    return first, False


def _paid(chance: random.Random, order: Order) -> list[Step]:
    thinking = timedelta(minutes=2 + chance.random() ** 3 * 300)
    return until_paid(order, thinking, timedelta(minutes=1 + chance.random() * 13))


def _after(chance: random.Random, order: Order, said: Said | None) -> list[Step]:
    if said is None:
        return in_silence(order)
    writing, answering = timedelta(hours=4 + chance.random() * 230), timedelta(hours=1 + chance.random() * 40)
    return with_review(order, said, writing, answering)


def _said(chance: random.Random) -> Said:
    rating = pick(chance, sayings.RATINGS)
    parts = (sayings.OPENINGS, sayings.MIDDLES, sayings.ENDINGS)
    reply = pick(chance, sayings.REPLIES[rating]) if chance.random() * 100 < ANSWERED_PERCENT else None
    return Said(rating, "".join(pick(chance, part[rating]) for part in parts), reply)


def _came_to_nothing(chance: random.Random, order: Order, now: datetime) -> list[Step]:
    """An end that is over by now and leaves the nights free."""
    if order.created_at + RETHINKING > now:
        at = order.created_at + (now - order.created_at) * chance.random()
        return [Step(Event.CANCEL, Actor.GUEST, at, pick(chance, sayings.REGRETS))]
    begin = _paid(chance, order)
    last_call = min(now, at_houses(order.check_in, 18))
    luck = chance.random()
    if luck < 0.4 and begin[-1].at < last_call:
        at = begin[-1].at + (last_call - begin[-1].at) * chance.random()
        actor, reasons = (Actor.GUEST, sayings.REGRETS) if luck < 0.34 else (Actor.HOST, sayings.HOST_REGRETS)
        return [*begin, Step(Event.CANCEL, actor, at, pick(chance, reasons))]
    if luck < 0.6:
        since = begin[-2].at if len(begin) > 1 else order.created_at
        return [*begin[:-1], expired(OrderStatus.WAIT_PAYMENT, order.check_out, since)]
    if order.status is OrderStatus.WAIT_PAYMENT or luck < 0.75:
        return [expired(order.status, order.check_out, order.created_at)]
    return [replace(begin[0], event=Event.REJECT, note=pick(chance, sayings.REFUSALS))]
