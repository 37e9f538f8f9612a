"""What a host asks beside the base price, and on which terms: the fields' rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from server.errors import BadFields
from server.houses.model import AMOUNT_COMPLAINT, MAX_PRICE_FEN, fen
from server.i18n import N_
from server.nights.model import HORIZON, EndsTooEarly, InThePast, TooFarAhead
from server.quotes.model import Cancellation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.db import Row

MIN_PRICE_FEN = 100
MAX_PERCENT = 90
MAX_RANGES = 366
MAX_PROBLEMS = 20
DAY = timedelta(days=1)
Problem = tuple[str, str]

PRICE_COMPLAINT = N_("每晚价格应为 1 到 100000 元")
PERCENT_COMPLAINT = N_("折扣应为 0 到 90 的整数")
OVERLAP_COMPLAINT = N_("和另一段特殊价格的日期重叠")


@dataclass(frozen=True)
class Prices:
    """What a host asks beside the base price. Built by `check` and `from_rows` only; money in fen."""

    weekend_price_fen: int | None
    weekly_percent: int
    monthly_percent: int
    cleaning_fee_fen: int
    instant_booking: bool
    cancellation: Cancellation
    verified_guests: bool
    special: Mapping[date, int]

    @classmethod
    def from_rows(cls, house: Row, nights: Iterable[Row]) -> Prices:
        """A row of `houses`, and rows of `house_prices`."""
        return cls(
            weekend_price_fen=house["weekend_price_fen"],
            weekly_percent=house["weekly_percent"],
            monthly_percent=house["monthly_percent"],
            cleaning_fee_fen=house["cleaning_fee_fen"],
            instant_booking=bool(house["instant_booking"]),
            cancellation=Cancellation(house["cancellation"]),
            verified_guests=bool(house["verified_guests"]),
            special={row["night"]: row["price_fen"] for row in nights},
        )

    def view(self) -> dict[str, Any]:
        """As the host sees it."""
        return {
            "weekend_price": self.weekend_price_fen,
            "weekly_percent": self.weekly_percent,
            "monthly_percent": self.monthly_percent,
            "cleaning_fee": self.cleaning_fee_fen,
            "instant": self.instant_booking,
            "cancellation": self.cancellation.value,
            "wants_verified": self.verified_guests,
            "special": [
                {"start_date": start.isoformat(), "end_date": end.isoformat(), "price": price_fen}
                for start, end, price_fen in merged(self.special)
            ],
        }


@dataclass(frozen=True)
class SpecialForm:
    """One price for the nights from `start_date` up to, not including, `end_date`; in yuan as text."""

    start_date: date
    end_date: date
    price: str

    def problems(self, today: date) -> Iterator[Problem]:
        """What the rules do not agree to, as pairs of field and msgid."""
        if self.end_date <= self.start_date:
            yield "end_date", EndsTooEarly.message
        if self.start_date < today:
            yield "start_date", InThePast.message
        if self.end_date > today + HORIZON:
            yield "end_date", TooFarAhead.message
        yield from _money("price", self.price, (MIN_PRICE_FEN, MAX_PRICE_FEN), PRICE_COMPLAINT)

    def nights(self) -> Iterator[tuple[date, int]]:
        """Each night with its price in fen."""
        price_fen = fen(self.price) or 0
        for number in range((self.end_date - self.start_date).days):
            yield self.start_date + timedelta(days=number), price_fen


@dataclass(frozen=True)
class PriceForm:
    """What came in, before the rules looked at it: wire names, money in yuan as text."""

    weekend_price: str | None
    weekly_percent: int
    monthly_percent: int
    cleaning_fee: str
    instant: bool
    cancellation: Cancellation
    wants_verified: bool
    special: tuple[SpecialForm, ...]

    def check(self, today: date) -> Prices:
        """The prices when every rule agrees. Raises BadFields that names the first MAX_PROBLEMS that do not."""
        problems = [*self._problems(), *self._special_problems(today)]
        if problems:
            raise BadFields(problems[:MAX_PROBLEMS])
        return Prices(
            weekend_price_fen=None if self.weekend_price is None else fen(self.weekend_price),
            weekly_percent=self.weekly_percent,
            monthly_percent=self.monthly_percent,
            cleaning_fee_fen=fen(self.cleaning_fee) or 0,
            instant_booking=self.instant,
            cancellation=self.cancellation,
            verified_guests=self.wants_verified,
            special=dict(night for one in self.special for night in one.nights()),
        )

    def _problems(self) -> Iterator[Problem]:
        if self.weekend_price is not None:
            yield from _money(
                "weekend_price", self.weekend_price, (MIN_PRICE_FEN, MAX_PRICE_FEN), PRICE_COMPLAINT
            )
        for field in ("weekly_percent", "monthly_percent"):
            if not 0 <= getattr(self, field) <= MAX_PERCENT:
                yield field, PERCENT_COMPLAINT
        if 0 < self.monthly_percent < self.weekly_percent <= MAX_PERCENT:
            yield "monthly_percent", N_("住满 28 晚的优惠不能小于住满 7 晚的；填 0 就按住满 7 晚算")
        yield from _money(
            "cleaning_fee", self.cleaning_fee, (0, MAX_PRICE_FEN), N_("清洁费应为 0 到 100000 元")
        )

    def _special_problems(self, today: date) -> Iterator[Problem]:
        if len(self.special) > MAX_RANGES:
            yield "special", N_("特殊价格最多 366 段")
            return
        for number, one in enumerate(self.special):
            for field, complaint in one.problems(today):
                yield f"special.{number}.{field}", complaint
        for number in self._overlapping():
            yield f"special.{number}.start_date", OVERLAP_COMPLAINT

    def _overlapping(self) -> list[int]:
        """The ranges that begin before one that began earlier, or was named earlier, has ended."""
        found, end = [], date.min
        for number in sorted(range(len(self.special)), key=lambda number: self.special[number].start_date):
            if self.special[number].start_date < end:
                found.append(number)
            end = max(end, self.special[number].end_date)
        return sorted(found)


def merged(special: Mapping[date, int]) -> list[tuple[date, date, int]]:
    """Neighbouring nights of one price as half-open ranges, in order."""
    nights = sorted(special.items())
    runs = groupby(enumerate(nights), key=lambda pair: (pair[1][0] - pair[0] * DAY, pair[1][1]))
    ranges = []
    for (_, price_fen), run in runs:
        dates = [night for _, (night, _) in run]
        ranges.append((dates[0], dates[-1] + DAY, price_fen))
    return ranges


def _money(field: str, amount: str, span: tuple[int, int], complaint: str) -> Iterator[Problem]:
    value = fen(amount)
    if value is None:
        yield field, AMOUNT_COMPLAINT
    elif not span[0] <= value <= span[1]:
        yield field, complaint
