"""What a house is: its fields' rules, the moves of its status, and how it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from server.errors import BadFields, Conflict, NoSuchThing
from server.i18n import N_
from server.quotes.model import Cancellation

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Row

LISTS_TAG = "lists"

MAX_PRICE_FEN = 10_000_000
MAX_DEPOSIT_FEN = 100_000_000
MAX_NIGHTS = 365
FACILITY_IDS = range(1, 33)  # as many as facility_mask has bits
_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)

AMOUNT_COMPLAINT = N_("请填写金额，单位元，最多两位小数")


class HouseStatus(StrEnum):
    """Who can see a house: a draft and an offline house only its owner."""

    DRAFT = "draft"
    ONLINE = "online"
    OFFLINE = "offline"


MOVES = frozenset(
    {
        (HouseStatus.DRAFT, HouseStatus.ONLINE),
        (HouseStatus.ONLINE, HouseStatus.OFFLINE),
        (HouseStatus.OFFLINE, HouseStatus.ONLINE),
    }
)


class NoSuchHouse(NoSuchThing):
    """No house has that id, or it is not this user's to see or change."""

    message = N_("没有找到这个房源")


class IllegalMove(Conflict):
    """The status cannot follow the one that the house has."""

    field = "status"
    message = N_("房源现在的状态不能这样改")


class NoPictures(Conflict):
    """A house goes online with at least one picture."""

    field = "images"
    message = N_("请先上传至少一张图片再上线")


class HasGuests(Conflict):
    """Guests have booked nights that lie ahead."""

    message = N_("还有未结束的预订，不能删除")


class ChangedMeanwhile(Conflict):
    """Another page saved the house since this one read it."""

    field = "version"
    message = N_("这个房源刚在别处改过，请先看看新的内容")


@dataclass(frozen=True)
class HouseFields:
    """What a host fills in. Built by `check` only; money in fen, min and max in nights (max 0: no limit)."""

    title: str
    address: str
    area_id: int
    price_fen: int
    deposit_fen: int
    room_count: int
    acreage: int
    layout: str
    capacity: int
    beds: str
    min_nights: int
    max_nights: int
    facility_ids: tuple[int, ...]

    @property
    def facility_mask(self) -> int:
        """The facilities as bits: 1 << (id - 1)."""
        return mask_of(self.facility_ids)


@dataclass(frozen=True)
class HouseForm:
    """What came in, before the rules looked at it: wire names, money in yuan as text."""

    title: str
    address: str
    area_id: int
    price: str
    deposit: str
    room_count: int
    acreage: int
    unit: str
    capacity: int
    beds: str
    min_days: int
    max_days: int
    facility: tuple[int, ...]

    def check(self) -> HouseFields:
        """The fields when every rule agrees. Raises BadFields that names all that do not."""
        problems = self.problems()
        if problems:
            raise BadFields(problems)
        return self._fields()

    def problems(self) -> list[tuple[str, str]]:
        """All that the rules do not agree to, as pairs of field and msgid."""
        problems = [
            *_text_problem("title", self.title, (2, 64), N_("标题需要 2 到 64 个字")),
            *_text_problem("address", self.address, (4, 128), N_("地址需要 4 到 128 个字")),
            *_text_problem("unit", self.unit, (1, 32), N_("户型需要 1 到 32 个字")),
            *_text_problem("beds", self.beds, (1, 64), N_("卧床配置需要 1 到 64 个字")),
            *_number_problem("room_count", self.room_count, (1, 50), N_("房间数应为 1 到 50")),
            *_number_problem("acreage", self.acreage, (1, 10_000), N_("面积应为 1 到 10000 平方米")),
            *_number_problem("capacity", self.capacity, (1, 50), N_("可住人数应为 1 到 50")),
            *_number_problem("min_days", self.min_days, (1, MAX_NIGHTS), N_("最少入住晚数应为 1 到 365")),
            *_number_problem(
                "max_days", self.max_days, (0, MAX_NIGHTS), N_("最多入住晚数应为 0 到 365，0 表示不限")
            ),
            *_money_problem("price", self.price, (100, MAX_PRICE_FEN), N_("每晚价格应为 1 到 100000 元")),
            *_money_problem("deposit", self.deposit, (0, MAX_DEPOSIT_FEN), N_("押金应为 0 到 1000000 元")),
        ]
        if 0 < self.max_days < self.min_days <= MAX_NIGHTS:
            problems.append(("max_days", N_("最多入住晚数不能少于最少入住晚数")))
        if not set(self.facility) <= set(FACILITY_IDS):
            problems.append(("facility", N_("没有这种设施")))
        elif len(set(self.facility)) != len(self.facility):
            problems.append(("facility", N_("每种设施只选一次")))
        return problems

    def _fields(self) -> HouseFields:
        return HouseFields(
            title=trimmed(self.title),
            address=trimmed(self.address),
            area_id=self.area_id,
            price_fen=fen(self.price) or 0,
            deposit_fen=fen(self.deposit) or 0,
            room_count=self.room_count,
            acreage=self.acreage,
            layout=trimmed(self.unit),
            capacity=self.capacity,
            beds=trimmed(self.beds),
            min_nights=self.min_days,
            max_nights=self.max_days,
            facility_ids=tuple(sorted(self.facility)),
        )


@dataclass(frozen=True)
class House:
    """A row of `houses` with the names that belong to it."""

    house_id: int
    owner_id: int
    owner_name: str
    owner_avatar_key: str | None
    area_id: int
    area_name: str
    area_name_en: str
    title: str
    address: str
    price_fen: int
    deposit_fen: int
    room_count: int
    acreage: int
    layout: str
    capacity: int
    beds: str
    min_nights: int
    max_nights: int
    order_count: int
    rating_sum: int
    rating_count: int
    weekend_price_fen: int | None
    weekly_percent: int
    monthly_percent: int
    cleaning_fee_fen: int
    instant_booking: bool
    cancellation: Cancellation
    verified_guests: bool
    status: HouseStatus
    version: int
    created_at: datetime

    @classmethod
    def from_row(cls, row: Row) -> House:
        """A row that has a column for every field."""
        values = {field.name: row[field.name] for field in fields(cls)}
        read = {
            "status": HouseStatus(row["status"]),
            "cancellation": Cancellation(row["cancellation"]),
            "instant_booking": bool(row["instant_booking"]),
            "verified_guests": bool(row["verified_guests"]),
        }
        return cls(**{**values, **read})

    @property
    def rating(self) -> dict[str, Any]:
        """The average of the reviews to one decimal (None without any), and how many."""
        count = self.rating_count
        return {"average": round(self.rating_sum / count, 1) if count else None, "count": count}


def house_tag(house_id: int) -> str:
    """What the cache calls all that is shown of one house."""
    return f"house:{house_id}"


def mask_of(facility_ids: tuple[int, ...]) -> int:
    """Facilities as bits: 1 << (id - 1)."""
    return sum(1 << (facility_id - 1) for facility_id in facility_ids)


def fen(amount: str) -> int | None:
    """An amount in yuan with at most two decimals as fen, exactly; None when it is no amount."""
    match = _YUAN.fullmatch(amount.strip())
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None


def trimmed(text: str) -> str:
    """Without spaces around it and with single ones inside."""
    return " ".join(text.split())


def _text_problem(field: str, text: str, length: tuple[int, int], complaint: str) -> list[tuple[str, str]]:
    short = trimmed(text)
    sound = length[0] <= len(short) <= length[1] and short.isprintable()
    return [] if sound else [(field, complaint)]


def _number_problem(field: str, number: int, span: tuple[int, int], complaint: str) -> list[tuple[str, str]]:
    return [] if span[0] <= number <= span[1] else [(field, complaint)]


def _money_problem(field: str, amount: str, span: tuple[int, int], complaint: str) -> list[tuple[str, str]]:
    value = fen(amount)
    if value is None:
        return [(field, AMOUNT_COMPLAINT)]
    return [] if span[0] <= value <= span[1] else [(field, complaint)]
