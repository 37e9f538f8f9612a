"""What a stay costs and on which terms: integer fen, and the lines sum to the total."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from server.errors import BadField, Conflict
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from server.nights.model import Stay

WEEKEND = frozenset({4, 5})  # nights that begin on a Friday or a Saturday, by date.weekday()
WEEK_NIGHTS = 7
MONTH_NIGHTS = 28


class TooFewNights(BadField):
    """Fewer nights than the host takes."""

    field = "end_date"
    message = N_("这个房源至少住 %(nights)d 晚")


class TooManyNights(BadField):
    """More nights than the host takes."""

    field = "end_date"
    message = N_("这个房源最多住 %(nights)d 晚")


class TooManyGuests(BadField):
    """More guests than there is room for."""

    field = "guests"
    message = N_("这个房源最多住 %(guests)d 人")


class NoGuests(BadField):
    """Nobody comes."""

    field = "guests"
    message = N_("请填写入住人数")


class QuoteExpired(Conflict):
    """The quote is older than it is good for."""

    field = "quote"
    message = N_("报价已过期，请重新查看价格")


class BadQuote(BadField):
    """It is no quote of ours, or one for another house, stay or number of guests."""

    field = "quote"
    message = N_("报价无效，请重新查看价格")


class Cancellation(StrEnum):
    """How much of the nights a guest gets back who cancels."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    STRICT = "strict"


class LineKind(StrEnum):
    """What a line is for, in the order of the lines. Stable: the words are the pages'."""

    NIGHTS = "nights"
    WEEKEND = "weekend"
    SPECIAL = "special"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CLEANING = "cleaning"
    DEPOSIT = "deposit"


@dataclass(frozen=True)
class Line:
    """One line of a price. A discount is one with a negative unit price."""

    kind: LineKind
    quantity: int
    unit_price_fen: int

    @property
    def amount_fen(self) -> int:
        """What the line adds to the total."""
        return self.quantity * self.unit_price_fen

    def view(self) -> dict[str, Any]:
        """As clients see it and as orders keep it."""
        return {
            "kind": self.kind.value,
            "quantity": self.quantity,
            "unit_price": self.unit_price_fen,
            "amount": self.amount_fen,
        }


@dataclass(frozen=True)
class Rates:
    """What a host asks. Money in fen; max_nights 0 is no limit; `special` prices single nights."""

    price_fen: int
    deposit_fen: int
    min_nights: int
    max_nights: int
    capacity: int
    weekend_price_fen: int | None = None
    weekly_percent: int = 0
    monthly_percent: int = 0
    cleaning_fee_fen: int = 0
    cancellation: Cancellation = Cancellation.FLEXIBLE
    special: Mapping[date, int] = field(default_factory=dict)

    def check(self, nights: int, guests: int) -> None:
        """Raises TooFewNights, TooManyNights, TooManyGuests, NoGuests."""
        if nights < self.min_nights:
            raise TooFewNights(nights=self.min_nights)
        if self.max_nights and nights > self.max_nights:
            raise TooManyNights(nights=self.max_nights)
        if guests < 1:
            raise NoGuests
        if guests > self.capacity:
            raise TooManyGuests(guests=self.capacity)

    def night(self, night: date) -> tuple[LineKind, int]:
        """What one night costs and why: the price of the date, else of the weekend, else of every night."""
        if night in self.special:
            return LineKind.SPECIAL, self.special[night]
        if self.weekend_price_fen is not None and night.weekday() in WEEKEND:
            return LineKind.WEEKEND, self.weekend_price_fen
        return LineKind.NIGHTS, self.price_fen

    def discount(self, nights: int) -> tuple[LineKind, int]:
        """The percent off for a long stay; a month's goes before a week's."""
        if self.monthly_percent and nights >= MONTH_NIGHTS:
            return LineKind.MONTHLY, self.monthly_percent
        return LineKind.WEEKLY, self.weekly_percent if nights >= WEEK_NIGHTS else 0


@dataclass(frozen=True)
class Quote:
    """What a stay of so many guests costs, and what happens when it is cancelled."""

    stay: Stay
    guests: int
    lines: tuple[Line, ...]
    cancellation: Cancellation

    @property
    def total_fen(self) -> int:
        """What the guest pays: the sum of the lines."""
        return sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True)
class Offer:
    """A house as something to be booked, at what its host asks."""

    house_id: int
    owner_id: int
    status: str
    instant: bool
    wants_verified: bool
    rates: Rates


def quote(rates: Rates, stay: Stay, guests: int) -> Quote:
    """The price of a stay. Raises TooFewNights, TooManyNights, TooManyGuests, NoGuests."""
    rates.check(stay.nights, guests)
    nights = _night_lines(rates, stay)
    lines = (*nights, *_discount(rates, nights, stay.nights), *_once(rates))
    return Quote(stay, guests, lines, rates.cancellation)


def _night_lines(rates: Rates, stay: Stay) -> list[Line]:
    """One line for each kind and price; equal kinds in the order of their first nights."""
    counted = Counter(rates.night(night) for night in stay.dates())
    lines = [Line(kind, quantity, price_fen) for (kind, price_fen), quantity in counted.items()]
    return sorted(lines, key=lambda line: list(LineKind).index(line.kind))


def _discount(rates: Rates, nights: list[Line], count: int) -> Iterator[Line]:
    kind, percent = rates.discount(count)
    off_fen = sum(line.amount_fen for line in nights) * percent // 100  # rounded down
    if off_fen:
        yield Line(kind, 1, -off_fen)


def _once(rates: Rates) -> Iterator[Line]:
    if rates.cleaning_fee_fen:
        yield Line(LineKind.CLEANING, 1, rates.cleaning_fee_fen)
    if rates.deposit_fen:
        yield Line(LineKind.DEPOSIT, 1, rates.deposit_fen)
