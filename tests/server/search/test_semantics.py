"""The whole search against a model of it: the same houses in the same order, whichever way it goes to find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.errors import BadFields
from server.houses.model import HouseForm, mask_of
from server.nights.model import Stay
from server.search import repository, service
from server.search.model import Criteria, Sort, Total
from server.search.service import find
from server.search.words import search_text, terms
from server.services import open_services
from tests.houses import FIELDS, empty_town, insert_house, insert_user

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from server.db import Cursor
    from server.search.model import Page, Position
    from server.services import Services
    from tests.stack import Stack

TODAY = date(2030, 2, 26)  # the month ends on the third day
MAX_PAGES = 50
TITLES = ["后海四合院", "国贸LOFT公寓", "100%朝阳_院", "朝阳南\\'\"里"]
ADDRESSES = ["后海北沿 12 号", "朝阳区国贸三期", "海淀区院_100%"]
QUESTIONS = [
    "",
    "院",
    "后海",
    "loft",
    "ＬＯＦＴ",
    "朝阳 院",
    "海北沿12",
    "%",
    "_",
    "\\",
    "'",
    "院朝",
    "不存在",
]

DAYS = st.integers(0, 6).map(lambda days: TODAY + timedelta(days=days))
STAYS = st.builds(lambda start, nights: Stay(start, start + timedelta(days=nights)), DAYS, st.integers(1, 4))


@dataclass(frozen=True)
class House:
    """What a house is found by."""

    area_id: int
    title: str
    address: str
    price: int
    rooms: int
    guests: int
    facilities: tuple[int, ...]
    min_days: int
    max_days: int
    orders: int
    status: str
    taken: tuple[date, ...]

    def columns(self) -> dict[str, Any]:
        """As `insert_house` takes it."""
        return {
            "area_id": self.area_id, "title": self.title, "address": self.address, "price": self.price,
            "room_count": self.rooms, "capacity": self.guests, "facility": self.facilities,
            "min_days": self.min_days, "max_days": self.max_days, "order_count": self.orders,
            "status": self.status,
        }  # fmt: skip

    def matches(self, wanted: Criteria) -> bool:
        """What the search means, said once more."""
        text = search_text(self.title, self.address)
        fen = self.price * 100
        return all(
            (
                self.status == "online",
                wanted.area_id in {None, self.area_id},
                wanted.price_min is None or fen >= wanted.price_min,
                wanted.price_max is None or fen <= wanted.price_max,
                self.rooms >= (wanted.rooms or 0),
                self.guests >= (wanted.guests or 0),
                mask_of(self.facilities) & wanted.facility_mask == wanted.facility_mask,
                all(term in text for term in wanted.terms),
                wanted.stay is None or self.takes(wanted.stay),
            )
        )

    def takes(self, stay: Stay) -> bool:
        """Whether the nights are free and as many as the host takes."""
        most = self.max_days or 10_000
        return self.min_days <= stay.nights <= most and not set(self.taken) & set(stay.dates())


@dataclass
class Ways:
    """How large pages and windows are, and what counts as few: small, so that small towns try everything."""

    page_size: int
    windows: tuple[int, ...]
    few: int
    rare: int

    def take(self, patch: pytest.MonkeyPatch) -> None:
        """Search like that."""
        patch.setattr(service, "PAGE_SIZE", self.page_size)
        patch.setattr(service, "WINDOWS", self.windows)
        patch.setattr(service, "FEW", self.few)
        patch.setattr(service, "RARE_ENOUGH", self.rare)
        patch.setattr(repository, "FEW", self.few)


@dataclass
class Town:
    """Houses in MySQL beside what the model knows of them."""

    services: Services = field(repr=False)
    owner_id: int
    houses: dict[int, House] = field(default_factory=dict)

    async def fill(self, cursor: Cursor, houses: list[House]) -> None:
        """These houses and no others."""
        for table in ("houses", "house_words", "house_facilities", "house_nights"):
            await cursor.execute(f"DELETE FROM {table}")
        self.houses = {}
        for house in houses:
            house_id = await insert_house(cursor, self.owner_id, **house.columns())
            nights = [(house_id, night) for night in house.taken]
            if nights:
                await cursor.executemany(
                    "INSERT INTO house_nights (house_id, night, kind) VALUES (%s, %s, 'order')", nights
                )
            self.houses[house_id] = house

    def expected(self, wanted: Criteria) -> list[int]:
        """The ids that the model finds, in order."""
        found = [house_id for house_id, house in self.houses.items() if house.matches(wanted)]
        return sorted(found, key=lambda house_id: self.place(house_id, wanted.sort))

    def place(self, house_id: int, sort: Sort) -> Position:
        """What an order goes by."""
        house = self.houses[house_id]
        return {
            Sort.NEW: (-house_id,),
            Sort.BOOKING: (-house.orders, -house_id),
            Sort.PRICE_INC: (house.price, house_id),
            Sort.PRICE_DES: (-house.price, -house_id),
        }[sort]

    async def walk(self, cursor: Cursor, wanted: Criteria) -> list[Page]:
        """All pages by following `next`."""
        pages = [await find(cursor, wanted, 1, None)]
        while pages[-1].next and len(pages) < MAX_PAGES:
            pages.append(await find(cursor, wanted, 1, pages[-1].next))
        return pages


HOUSES = st.builds(
    House,
    area_id=st.integers(1, 2),
    title=st.sampled_from(TITLES),
    address=st.sampled_from(ADDRESSES),
    price=st.integers(1, 4),
    rooms=st.integers(1, 3),
    guests=st.integers(1, 3),
    facilities=st.sets(st.sampled_from([1, 2, 23])).map(lambda ids: tuple(sorted(ids))),
    min_days=st.sampled_from([1, 1, 2]),
    max_days=st.sampled_from([0, 0, 2, 3]),
    orders=st.integers(0, 2),
    status=st.sampled_from(["online"] * 5 + ["offline", "draft"]),
    taken=st.sets(DAYS, max_size=3).map(lambda days: tuple(sorted(days))),
)
CRITERIA = st.builds(
    lambda prices, **rest: Criteria(price_min=prices[0], price_max=prices[1], **rest),
    prices=st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(2, 5)).map(
        lambda pair: tuple(None if yuan is None else yuan * 100 for yuan in pair)
    ),
    area_id=st.none() | st.integers(1, 3),
    stay=st.none() | STAYS,
    sort=st.sampled_from(Sort),
    rooms=st.none() | st.integers(1, 3),
    guests=st.none() | st.integers(1, 3),
    facility_mask=st.sampled_from([0, 0, 0, 1, 2, 3, 1 << 22]),
    terms=st.sampled_from(["", "", *QUESTIONS]).map(terms),
)
WAYS = st.builds(
    Ways,
    page_size=st.integers(1, 6),
    windows=st.sampled_from([(1_000, 10_000), (1, 2, 3), (2,), (5, 5)]),
    few=st.sampled_from([0, 1, 3, 2000]),
    rare=st.sampled_from([0, 2, 200]),
)


WRITTEN = st.text(
    st.one_of(
        st.sampled_from("后海北沿的四合院１２号ABcabcＡＢß İΣς%_\\'\"`;-*?ｶﾞ㍿…·\u3000 😀´¨"),
        st.characters(exclude_categories=["C", "Z"]),
    ),
    min_size=4,
    max_size=40,
)


@pytest.fixture
def town(io_loop: IOLoop, stack: Stack) -> Iterator[Town]:
    """A town without houses, and without a relay: nothing is told to anybody."""
    exits = AsyncExitStack()

    async def enter() -> Town:
        services = await exits.enter_async_context(open_services(stack.settings))
        exits.push_async_callback(empty_town, services)
        return Town(services, await insert_user(services))

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


Searches = Callable[..., None]


@given(
    houses=st.lists(HOUSES, max_size=12),
    searches=st.lists(st.tuples(CRITERIA, WAYS), min_size=3, max_size=6),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_search_finds_what_its_meaning_says(
    io_loop: IOLoop, town: Town, houses: list[House], searches: list[tuple[Criteria, Ways]]
) -> None:
    async def compare() -> None:
        async with town.services.database.transaction() as cursor:
            await town.fill(cursor, houses)
            for wanted, ways in searches:
                with pytest.MonkeyPatch.context() as patch:
                    ways.take(patch)
                    await _compare(cursor, town, wanted, ways)

    io_loop.run_sync(compare)


@given(title=WRITTEN, address=WRITTEN, cut=st.tuples(st.integers(0, 40), st.integers(1, 6)), ways=WAYS)
@example(title="100%_\\'", address="İΣςß ´¨ｶﾞ", cut=(0, 6), ways=Ways(1, (1_000,), 2000, 200))
@example(title="四合院😀", address="一座𠮷楼", cut=(1, 1), ways=Ways(1, (1_000,), 2000, 200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_piece_of_any_text_is_found_in_mysql(
    io_loop: IOLoop, town: Town, title: str, address: str, cut: tuple[int, int], ways: Ways
) -> None:
    async def compare() -> None:
        async with town.services.database.transaction() as cursor:
            await town.fill(cursor, [house])
            for part in (title, address):
                asked = terms(part[cut[0] : cut[0] + cut[1]])
                with pytest.MonkeyPatch.context() as patch:
                    ways.take(patch)
                    await _compare(cursor, town, Criteria(terms=asked), ways)

    house = House(1, title, address, 1, 1, 1, (), 1, 0, 0, "online", ())
    try:
        HouseForm(**{**FIELDS, "title": title, "address": address, "facility": ()}).check()
    except BadFields:
        return
    io_loop.run_sync(compare)


@pytest.mark.parametrize(
    "broken",
    [
        ("_literal", lambda text: text),
        ("_add_prices", lambda _where, _criteria: None),
        ("_has_word", lambda word: ("word = %s", (word,))),
        ("_has_word", lambda word: ("word LIKE %s", (word + "%",))),  # an index's `a%` ends at U+FFFF
    ],
    ids=["wildcards", "prices", "single characters", "emoji"],
)
def test_the_comparison_notices_a_broken_search(
    io_loop: IOLoop, town: Town, monkeypatch: pytest.MonkeyPatch, broken: tuple[str, Any]
) -> None:
    """The negative control."""
    monkeypatch.setattr(repository, *broken)
    houses = [
        House(1, title, ADDRESSES[0], price, 1, 1, (), 1, 0, 0, "online", ())
        for price, title in enumerate([*TITLES, "一座😀"], 1)
    ]
    wanted = [Criteria(terms=(term,)) for term in ("%", "里", "座")] + [Criteria(price_min=200)]

    async def compare() -> None:
        async with town.services.database.transaction() as cursor:
            await town.fill(cursor, houses)
            for one in wanted:
                await _compare(cursor, town, one, Ways(2, (1_000,), 2000, 200))

    with pytest.raises(AssertionError):
        io_loop.run_sync(compare)


async def _compare(cursor: Cursor, town: Town, wanted: Criteria, ways: Ways) -> None:
    expected = town.expected(wanted)
    pages = await town.walk(cursor, wanted)

    found = [one.house_id for page in pages for one in page.found]
    assert found == expected, (wanted, ways)
    assert all(len(page.found) <= ways.page_size for page in pages)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert pages[-1].next is None
    totals = [page.total for page in pages]
    assert all(_is_right(total, len(expected), town, ways) for total in totals), (wanted, ways, totals)
    assert sorted(totals, key=lambda total: total.count) == totals
    if sum(ways.windows) > len(town.houses):
        await _compare_numbered(cursor, town, wanted, ways)


async def _compare_numbered(cursor: Cursor, town: Town, wanted: Criteria, ways: Ways) -> None:
    """Pages by number, where one request looks at everything; the last of them is far behind the end."""
    expected = town.expected(wanted)
    for number in (1, 2, 3, 50):
        page = await find(cursor, wanted, number, None)
        start = (number - 1) * ways.page_size
        assert [one.house_id for one in page.found] == expected[start : start + ways.page_size], (
            wanted,
            ways,
        )
        assert (page.next is None) == (start + ways.page_size >= len(expected))
        assert _is_right(page.total, len(expected), town, ways), (number, wanted, ways, page.total)


def _is_right(total: Total, expected: int, town: Town, ways: Ways) -> bool:
    """The number itself, or a lower bound where the counting had to stop."""
    if total.capped:
        return total.count <= expected and sum(ways.windows[: service.COUNTED_WINDOWS]) <= len(town.houses)
    return total.count == expected
