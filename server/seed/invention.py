"""Invents houses and people from a number: the same number, the same inventions. No I/O."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

from server.houses.model import HouseFields, HouseStatus
from server.identities.model import check_digit
from server.quotes.model import Cancellation
from server.seed import phrases
from server.seed.model import FIRST_MOBILE, HouseKind, SeededHouse, SeededUser, Terms
from server.seed.places import Place, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.seed.model import SeedPlan

T = TypeVar("T")

BATCH = 1000
DAYS_AHEAD = 365
DAYS_BACK = 900
AREA_WEIGHTS = (14, 12, 24, 14, 5, 6, 2, 5, 4, 3, 3, 1, 2, 2, 2, 1)  # by area id
KIND_WEIGHTS = {  # where an area has all of them
    HouseKind.HUTONG: 40,
    HouseKind.APARTMENT: 50,
    HouseKind.LOFT: 10,
    HouseKind.VILLA: 12,
    HouseKind.CABIN: 30,
}
ROOMS = {
    HouseKind.HUTONG: (1, 1, 2, 2, 3, 3, 4, 5),
    HouseKind.APARTMENT: (1, 1, 1, 1, 2, 2, 2, 3),
    HouseKind.LOFT: (1, 1, 2, 2, 3),
    HouseKind.VILLA: (3, 4, 4, 5, 6, 7, 8),
    HouseKind.CABIN: (1, 2, 2, 3, 4, 5, 6),
}
FIRST_ROOM_YUAN = {
    HouseKind.HUTONG: 420,
    HouseKind.APARTMENT: 260,
    HouseKind.LOFT: 340,
    HouseKind.VILLA: 780,
    HouseKind.CABIN: 380,
}
ROOM_SQUARE_METRES = {
    HouseKind.HUTONG: 24,
    HouseKind.APARTMENT: 30,
    HouseKind.LOFT: 36,
    HouseKind.VILLA: 52,
    HouseKind.CABIN: 32,
}
# How many of a hundred houses have facility 1, 2, 3 …; kinds that differ say so below.
FACILITY_PERCENT = (
    97,
    95,
    85,
    70,
    12,
    50,
    45,
    40,
    60,
    65,
    60,
    65,
    62,
    60,
    30,
    50,
    18,
    12,
    25,
    30,
    12,
    60,
    10,
)
KIND_FACILITIES = {
    HouseKind.HUTONG: {15: 0, 19: 20, 20: 15, 17: 35},
    HouseKind.APARTMENT: {15: 85, 19: 70, 18: 3},
    HouseKind.LOFT: {15: 70, 22: 60, 18: 30},
    HouseKind.VILLA: {15: 12, 16: 95, 18: 75, 20: 97, 23: 60, 17: 45},
    HouseKind.CABIN: {15: 0, 16: 80, 18: 45, 19: 5, 20: 92, 21: 5, 17: 60},
}
MIN_NIGHTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)
MAX_NIGHTS = (0, 0, 0, 0, 0, 7, 15, 30, 90, 180)
STAY_LENGTHS = (1, 1, 2, 2, 2, 3, 3, 4, 5, 7)  # 3 on average


class HouseInventor:
    """Invents the houses of a plan, BATCH at a time; a batch depends on the plan and its number only."""

    def __init__(self, plan: SeedPlan, pictures: dict[HouseKind, tuple[range, range]]) -> None:
        self._plan = plan
        self._pictures = pictures
        self._places = sorted(places(), key=lambda place: place.area_id)
        self._kinds = {place.area_id: _kinds_in(place) for place in self._places}
        self._midnight = datetime.combine(plan.today, time(), UTC)

    def batch(self, number: int) -> list[SeededHouse]:
        """The houses from `number` * BATCH on."""
        chance = random.Random(f"{self._plan.seed}/houses/{number}")  # noqa: S311 - no secret
        first = number * BATCH
        count = min(BATCH, self._plan.houses - first)
        chosen = chance.choices(self._places, AREA_WEIGHTS, k=count)
        return [self._house(chance, place, first + index) for index, place in enumerate(chosen)]

    def _house(self, chance: random.Random, place: Place, index: int) -> SeededHouse:
        kind = pick(chance, self._kinds[place.area_id])
        luck = chance.random()
        online = luck < 0.98
        fields = invent_fields(chance, place, kind)
        said_count = int(3 / (1 - chance.random()) ** 0.7) - 3 if luck < 0.99 else 0
        return SeededHouse(
            kind=kind,
            fields=fields,
            owner=int(chance.random() ** 1.5 * self._plan.users),
            status=HouseStatus.ONLINE
            if online
            else HouseStatus.OFFLINE
            if luck < 0.99
            else HouseStatus.DRAFT,
            order_count=0 if self._plan.orders else said_count,
            created_at=self._created_at(chance, index),
            stays=invent_stays(chance, self._plan.nights),
            pictures=self._choose_pictures(chance, kind),
            terms=invent_terms(index, fields.price_fen),
        )

    def _created_at(self, chance: random.Random, index: int) -> datetime:
        """The later the number the newer, over DAYS_BACK days."""
        back = DAYS_BACK * (1 - (index + chance.random()) / self._plan.houses)
        return self._midnight - timedelta(days=back)

    def _choose_pictures(self, chance: random.Random, kind: HouseKind) -> tuple[int, ...]:
        """A cover and rooms: `pictures` on average, as far as there are so many."""
        if not self._plan.pictures or kind not in self._pictures:
            return ()
        covers, rooms = self._pictures[kind]
        most = min(2 * (self._plan.pictures - 1), len(rooms))
        return pick(chance, covers), *chance.sample(rooms, int(chance.random() * (most + 1)))


def invent_fields(chance: random.Random, place: Place, kind: HouseKind) -> HouseFields:
    """What a host of such a house would fill in."""
    rooms = pick(chance, ROOMS[kind])
    halls, baths = (1, 1) if rooms < 3 else (2 if kind is HouseKind.VILLA else 1, 1 + rooms // 3)
    beds, capacity = invent_beds(chance, rooms)
    yuan = FIRST_ROOM_YUAN[kind] * (0.55 + 0.45 * rooms) * place.level / 100 * (0.75 + chance.random() * 0.55)
    price = max(88, int(yuan) // 10 * 10 + pick(chance, (0, 8, 9)))
    street = pick(chance, streets(place, kind))
    return HouseFields(
        title=invent_title(chance, place, kind, street),
        address=invent_address(chance, place, kind, street),
        area_id=place.area_id,
        price_fen=price * 100,
        deposit_fen=pick(chance, (0, 0, 1, 1, 2)) * max(200, price // 100 * 100) * 100,
        room_count=rooms,
        acreage=int(ROOM_SQUARE_METRES[kind] * (rooms + 0.6) * (0.8 + chance.random() * 0.5)),
        layout=phrases.layout(rooms, halls, baths) if rooms > 1 or chance.random() < 0.7 else "开间",
        capacity=capacity,
        beds=beds,
        min_nights=pick(chance, MIN_NIGHTS),
        max_nights=pick(chance, MAX_NIGHTS),
        facility_ids=invent_facilities(chance, kind),
    )


def invent_terms(number: int, price_fen: int) -> Terms:
    """What the host asks beside the base price; follows from the house's number, so that all kinds of it come soon."""
    return Terms(
        weekend_price_fen=price_fen * 6 // 5 // 100 * 100 if number % 3 == 0 else None,
        weekly_percent=(0, 0, 5, 10)[number % 4],
        monthly_percent=(0, 0, 0, 20)[number % 4],
        cleaning_fee_fen=(0, 5_000, 0, 8_000, 0)[number % 5],
        instant=number % 7 < 3,
        cancellation=list(Cancellation)[number // 2 % 3],
    )


def invent_title(chance: random.Random, place: Place, kind: HouseKind, street: str) -> str:
    """Where, the mood, and what it is; half of them with something more."""
    where = _village(street) if kind in {HouseKind.CABIN, HouseKind.VILLA} else pick(chance, place.spots)
    mood = pick(chance, (*phrases.MOODS, *phrases.KIND_MOODS[kind]))
    title = f"{where}{mood}{pick(chance, phrases.NOUNS[kind])}"
    ending = pick(chance, phrases.ENDINGS[kind])
    return f"{title} · {ending}" if chance.random() < 0.5 else title


def invent_address(chance: random.Random, place: Place, kind: HouseKind, street: str) -> str:
    """A street of the area with numbers: who lives there, nobody knows."""
    begin = place.area_name + street
    number = 1 + int(chance.random() * 120)
    if kind is HouseKind.HUTONG:
        return f"{begin}{number}号院"
    if kind is HouseKind.CABIN:
        return f"{begin}{number}号"
    if kind is HouseKind.VILLA:
        return f"{begin}{number}栋"
    floor, door = 1 + int(chance.random() * 24), 1 + int(chance.random() * 6)
    building = 1 + number % 18
    if kind is HouseKind.LOFT:
        return f"{begin}{building}号楼{floor % 6 + 1}层{door:02d}室"
    return f"{begin}{building}号楼{1 + number % 4}单元{floor}{door:02d}室"


def invent_beds(chance: random.Random, rooms: int) -> tuple[str, int]:
    """The beds in words, and how many people sleep in them."""
    doubles = max(1, rooms - int(chance.random() * rooms * 0.6))
    singles = max(0, rooms - doubles) * 2
    width = pick(chance, ("1.5米", "1.8米", "1.8米", "2米"))
    words = [f"{width}双人床{doubles}张"]
    if singles:
        words.append(f"1.2米单人床{singles}张")
    if chance.random() < 0.2:
        words.append("沙发床1张")
        return "，".join(words), doubles * 2 + singles + 1
    return "，".join(words), doubles * 2 + singles


def invent_facilities(chance: random.Random, kind: HouseKind) -> tuple[int, ...]:
    """What such a house has, by id."""
    differing = KIND_FACILITIES[kind]
    return tuple(
        number
        for number, percent in enumerate(FACILITY_PERCENT, 1)
        if chance.random() * 100 < differing.get(number, percent)
    )


def invent_stays(chance: random.Random, average: int) -> tuple[tuple[int, int], ...]:
    """Stays in the year ahead that take `average` nights on average: from none to twice as many."""
    wanted = min(int(chance.random() * (2 * average + 1)), 2 * average, DAYS_AHEAD)
    lengths: list[int] = []
    while wanted > 0:
        lengths.append(min(wanted, pick(chance, STAY_LENGTHS)))
        wanted -= lengths[-1]
    free = DAYS_AHEAD - sum(lengths)
    gaps = sorted(int(chance.random() * (free + 1)) for _ in lengths)
    stays, taken = [], 0
    for gap, length in zip(gaps, lengths, strict=True):
        stays.append((gap + taken, length))
        taken += length
    return tuple(stays)


def invent_user(seed: int, offset: int, today: date) -> SeededUser:
    """The person with this number; phone and ID number follow from the number alone, so they are unique."""
    chance = random.Random(f"{seed}/users/{offset}")  # noqa: S311 - no secret
    born = date(1955, 1, 1) + timedelta(days=offset // 900 % 18_000)
    digits = f"110101{born:%Y%m%d}{100 + offset % 900}"
    real_name = pick(chance, phrases.SURNAMES) + pick(chance, phrases.GIVEN) + pick(chance, phrases.GIVEN)
    back = timedelta(days=DAYS_BACK + 1 + chance.random() * 300)
    return SeededUser(
        mobile=str(FIRST_MOBILE + offset),
        name=f"{pick(chance, phrases.NICKNAMES)}{real_name[1:]}_{offset}",
        real_name=real_name,
        id_number=digits + check_digit(digits),
        created_at=datetime.combine(today, time(), UTC) - back,
    )


def streets(place: Place, kind: HouseKind) -> tuple[str, ...]:
    """Where houses of a kind stand in an area."""
    return {
        HouseKind.HUTONG: place.lanes,
        HouseKind.APARTMENT: place.estates,
        HouseKind.LOFT: place.parks,
        HouseKind.VILLA: place.villas,
        HouseKind.CABIN: place.villages,
    }[kind]


def pick(chance: random.Random, choices: Sequence[T]) -> T:
    """One of them; quicker than `random.choice`, which matters a million times."""
    return choices[int(chance.random() * len(choices))]


def _village(street: str) -> str:
    """What follows the town's name."""
    return re.split("镇|乡|街道|路", street, maxsplit=1)[-1]


def _kinds_in(place: Place) -> list[HouseKind]:
    return [kind for kind, weight in KIND_WEIGHTS.items() if streets(place, kind) for _ in range(weight)]
