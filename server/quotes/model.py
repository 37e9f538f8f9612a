"""What a stay costs, line by line: integer fen, and the lines sum to the total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.errors import BadField
from server.i18n import N_


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


@dataclass(frozen=True)
class Terms:
    """What a house asks of a stay. Money in fen; max_nights 0 is no limit."""

    price_fen: int
    deposit_fen: int
    min_nights: int
    max_nights: int
    capacity: int

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


@dataclass(frozen=True)
class Line:
    """One line of a price: `kind` is stable, its words are the pages'."""

    kind: str
    quantity: int
    unit_price_fen: int

    @property
    def amount_fen(self) -> int:
        """What the line adds to the total."""
        return self.quantity * self.unit_price_fen

    def view(self) -> dict[str, Any]:
        """As clients see it."""
        return {
            "kind": self.kind,
            "quantity": self.quantity,
            "unit_price": self.unit_price_fen,
            "amount": self.amount_fen,
        }


@dataclass(frozen=True)
class Quote:
    """All lines of a stay."""

    lines: tuple[Line, ...]

    @property
    def total_fen(self) -> int:
        """What the guest pays: the sum of the lines."""
        return sum(line.amount_fen for line in self.lines)


def quote(terms: Terms, nights: int) -> Quote:
    """The price of so many nights; a deposit, which is returned after the stay, is a line of its own."""
    lines = [Line("nights", nights, terms.price_fen)]
    if terms.deposit_fen:
        lines.append(Line("deposit", 1, terms.deposit_fen))
    return Quote(tuple(lines))
