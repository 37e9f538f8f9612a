"""What may be seeded: the plan with its limits, the kinds of houses, and what the inventions are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from server.quotes.model import Cancellation

if TYPE_CHECKING:
    from datetime import date, datetime

    from server.houses.model import HouseFields, HouseStatus

MAX_HOUSES = 10_000_000
MAX_USERS = 1_000_000
MAX_NIGHTS = 300  # on average, of the 365 that lie ahead
MAX_PICTURES = 5
MAX_ORDERS = 1_000_000
MAX_ORDERS_A_HOUSE = 100  # on average
FIRST_MOBILE = 14_700_000_000
LAST_MOBILE = 14_799_999_999
PASSWORD = "seeded-password"  # noqa: S105 - of accounts that nobody keeps anything in
DEMO_PASSWORD = "ihome-demo-2026"  # noqa: S105 - `run` prints it


class Progress(Protocol):
    """Hears how many more users, pictures, houses or orders are there."""

    def __call__(self, what: str, count: int) -> None:
        """More of them."""
        ...


class HouseKind(StrEnum):
    """What a house is like; decides its address, size, price, title and pictures."""

    HUTONG = "hutong"
    APARTMENT = "apartment"
    LOFT = "loft"
    VILLA = "villa"
    CABIN = "cabin"


class SeedRefused(Exception):
    """What was asked for cannot be seeded; the message is a sentence for whoever typed the command."""


@dataclass(frozen=True)
class SeedPlan:
    """How much to invent. `nights` and `pictures` are averages a house. Equal plans invent equal rows."""

    houses: int
    users: int
    nights: int
    pictures: int
    seed: int
    today: date
    orders: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense. Raises SeedRefused with every complaint."""
        limits = (
            ("houses", self.houses, 0, MAX_HOUSES),
            ("users", self.users, 0, MAX_USERS),
            ("nights", self.nights, 0, MAX_NIGHTS),
            ("pictures", self.pictures, 0, MAX_PICTURES),
            ("orders", self.orders, 0, min(MAX_ORDERS, max(0, self.houses) * MAX_ORDERS_A_HOUSE)),
        )
        complaints = [
            f"--{name} is {value}; it must be from {least} to {most}."
            for name, value, least, most in limits
            if not least <= value <= most
        ]
        if self.houses > 0 and self.users == 0:
            complaints.append("--users is 0, but houses need owners.")
        if self.orders > 0 and self.users == 1:
            complaints.append("--users is 1, but orders need a guest beside the host.")
        if complaints:
            raise SeedRefused(" ".join(complaints))


@dataclass(frozen=True)
class SeededUser:
    """An invented person who passed the real-name check."""

    mobile: str
    name: str
    real_name: str = field(repr=False)
    id_number: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True)
class Terms:
    """What a house asks beside its base price, and how bookings go. Money in fen."""

    weekend_price_fen: int | None = None
    weekly_percent: int = 0
    monthly_percent: int = 0
    cleaning_fee_fen: int = 0
    instant: bool = False
    cancellation: Cancellation = Cancellation.FLEXIBLE


@dataclass(frozen=True)
class SeededHouse:
    """An invented house. `owner` and `pictures` are numbers into what the seeding has of them.

    `stays` are the taken nights as (days from today, how many).
    """

    kind: HouseKind
    fields: HouseFields
    owner: int
    status: HouseStatus
    order_count: int
    created_at: datetime
    stays: tuple[tuple[int, int], ...]
    pictures: tuple[int, ...]
    terms: Terms
