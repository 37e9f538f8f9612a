"""What may be asked of the search: filters, orders, pages, and the cursors that go on."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from server.errors import BadField
from server.i18n import N_
from server.search.words import terms

if TYPE_CHECKING:
    from server.nights.model import Stay
    from server.sealing import Seal

PAGE_SIZE = 20
MAX_PAGE = 50
MAX_TOTAL = PAGE_SIZE * MAX_PAGE

Position = tuple[int, ...]


class BadCursor(BadField):
    """The cursor is not one that this search handed out."""

    status = 400
    field = "cursor"
    message = N_("翻页位置无效，请重新搜索")


class BadPage(BadField):
    """No such page number."""

    field = "p"
    message = N_("页码应为 1 到 50")


class PageAndCursor(BadField):
    """Two ways to say where to go on."""

    field = "cursor"
    message = N_("页码和翻页位置只能给一个")


class PriceRangeReversed(BadField):
    """The highest price is below the lowest."""

    field = "price_max"
    message = N_("最高价不能低于最低价")


class Sort(StrEnum):
    """The orders of a result, by their names on the wire."""

    NEW = "new"
    BOOKING = "booking"
    PRICE_INC = "price-inc"
    PRICE_DES = "price-des"


@dataclass(frozen=True)
class Criteria:
    """What a house must have to be found. Prices in fen a night; `facility_mask` as in `houses`."""

    area_id: int | None = None
    stay: Stay | None = None
    sort: Sort = Sort.NEW
    price_min: int | None = None
    price_max: int | None = None
    rooms: int | None = None
    guests: int | None = None
    facility_mask: int = 0
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins. Raises PriceRangeReversed."""
        if self.price_min is not None and self.price_max is not None and self.price_max < self.price_min:
            raise PriceRangeReversed

    @property
    def name(self) -> str:
        """Equal for equal criteria: names cache entries and binds cursors."""
        stay = f"{self.stay.start}..{self.stay.end}" if self.stay else ""
        words = ",".join(quote(term, safe="") for term in self.terms)
        parts = (
            self.sort.value, self.area_id, stay, self.price_min, self.price_max, self.rooms, self.guests,
            self.facility_mask or None, words,
        )  # fmt: skip
        return "|".join("" if part is None else str(part) for part in parts)

    @property
    def has_filters(self) -> bool:
        """Whether a house that is online in the area may still not match."""
        return bool(
            self.stay or self.price_min or self.price_max or self.rooms or self.guests or self.facility_mask
            or self.terms
        )  # fmt: skip


@dataclass(frozen=True)
class Total:
    """How many houses match; `capped`: at least so many, the rest was not counted."""

    count: int
    capped: bool

    @property
    def pages(self) -> int:
        """How many pages that makes."""
        return -(-self.count // PAGE_SIZE)


@dataclass(frozen=True)
class Cursor:
    """Where a result goes on: behind `position`, on `page` (from 1), of a result that had `total`."""

    position: Position
    page: int
    total: Total

    def token(self, seal: Seal, criteria: Criteria) -> str:
        """The cursor as clients carry it: readable, and bound to these criteria by a keyed digest."""
        content = [*self.position], self.page, self.total.count, int(self.total.capped)
        text = _encode(json.dumps(content, separators=(",", ":")))
        return f"{text}.{_sign(seal, text, criteria)}"

    @classmethod
    def parse(cls, token: str, seal: Seal, criteria: Criteria) -> Cursor:
        """The cursor out of what `token` made for the same criteria. Raises BadCursor for anything else."""
        text, _, digest = token.partition(".")
        if not (token.isascii() and hmac.compare_digest(digest, _sign(seal, text, criteria))):
            raise BadCursor
        position, page, count, capped = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return cls(tuple(position), page, Total(count, bool(capped)))


@dataclass(frozen=True)
class Found:
    """One row of a result: the house and its place in the order."""

    house_id: int
    position: Position


@dataclass(frozen=True)
class Page:
    """One page of a result."""

    found: tuple[Found, ...]
    number: int
    total: Total
    next: Cursor | None

    def view(self, houses: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
        """As clients see it."""
        return {
            "houses": houses,
            "next": token,
            "total": self.total.count,
            "total_capped": self.total.capped,
            "total_page": self.total.pages,
            "current_page": self.number,
        }


def asked_terms(question: str | None) -> tuple[str, ...]:
    """The terms of `q`."""
    return terms(question or "")


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _sign(seal: Seal, text: str, criteria: Criteria) -> str:
    return seal.digest(f"{text} {criteria.name}")[:32]
