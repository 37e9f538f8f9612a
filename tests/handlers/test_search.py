"""The search over HTTP: filters, orders, words, dates, pages and cursors, refusals, and what may be cached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from server.houses.model import LISTS_TAG
from server.search import repository, service
from tests.houses import (
    FIELDS,
    empty_town,
    insert_houses,
    insert_user,
    publish_online,
    rows,
    sign_in_new_host,
    take_nights,
)
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.db import Cursor

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

SUMMARY = {
    "house_id", "title", "price", "area_id", "area_name", "address", "room_count", "acreage", "unit", "beds",
    "capacity", "order_count", "img_url", "image", "user_name", "user_avatar", "ctime", "rating",
}  # fmt: skip
HOUSES = [
    {"title": "甲 后海四合院", "area_id": 2, "price": 100, "room_count": 1, "capacity": 2, "facility": [1]},
    {
        "title": "乙 国贸ＬＯＦＴ",
        "area_id": 3,
        "price": 200,
        "room_count": 2,
        "capacity": 4,
        "facility": [1, 7],
    },
    {
        "title": "丙 100%纯棉_床品",
        "area_id": 3,
        "price": 200,
        "room_count": 3,
        "capacity": 6,
        "facility": [7, 23],
    },
    {
        "title": '丁 it\'s "a\\b"',
        "area_id": 4,
        "price": "300.50",
        "room_count": 4,
        "capacity": 8,
        "facility": [],
    },
    {"title": "戊 看不见", "area_id": 2, "status": "offline"},
    {"title": "己 看不见", "area_id": 2, "status": "draft"},
]
FOUND: dict[str, str] = {
    "": "丁丙乙甲",
    "aid=3": "丙乙",
    "aid=16": "",
    "aid=99": "",
    "price_min=200": "丁丙乙",
    "price_max=200": "丙乙甲",
    "price_min=200&price_max=200": "丙乙",
    "price_min=300.50&price_max=300.5": "丁",
    "price_min=300.51": "",
    "price_max=0": "",
    "price_max=999999999": "丁丙乙甲",
    "rooms=3": "丁丙",
    "rooms=50": "",
    "guests=5": "丁丙",
    "facility=1": "乙甲",
    "facility=1,7": "乙",
    "facility=7,1,1": "乙",
    "facility=22": "",
    "facility=": "丁丙乙甲",
    "aid=3&price_max=200&rooms=2&guests=5&facility=7&sk=price-des": "丙",
    "aid=3&price_max=199": "",
    "aid=3&q=loft&facility=1": "乙",
    "sk=new": "丁丙乙甲",
    "sk=price-inc": "甲乙丙丁",
    "sk=price-des": "丁丙乙甲",
    "sk=price-inc&aid=3": "乙丙",
    "sk=price-des&price_max=200": "丙乙甲",
}
ASKED: dict[str, str] = {
    "海": "丙乙甲",  # one character: also in the address of 乙 and 丙
    "院": "甲",
    "后海": "甲",
    "后海四合院": "甲",
    "四合院 后": "甲",
    "甲后海四": "甲",
    "loft": "乙",
    "LoFt": "乙",
    "ｌｏｆｔ": "乙",
    "o": "乙",
    "%": "丙",
    "0%": "丙",
    "_": "丙",
    "_床": "丙",
    "100%纯棉_床品": "丙",
    "'": "丁",
    "it's": "丁",
    '"a\\b"': "丁",
    "\\": "丁",
    "a\\": "丁",
    "' OR '1'='1": "",
    "国贸 上海": "乙",
    "国贸 后海": "",
    "loft上": "",  # no term spans title and address
    "上海": "丙乙",
    "12 号": "甲",
    "１２号": "甲",
    "看不见": "",
    "😀": "",
    "   ": "丁丙乙甲",
}
REFUSED: dict[str, tuple[str, ...]] = {
    "p": ("0", "51", "1e9", "1000000000", "-1", "x", "1.5", "１", "%00"),
    "aid": ("0", "-1", "x", "65536", "1e1", "1 OR 1=1", "１", "9999999999"),
    "sk": ("newest", "NEW", "price", "price-inc desc", "new;DROP TABLE houses", "id", "'"),
    "rooms": ("0", "51", "x", "-1"),
    "guests": ("0", "51", "two", "1.0"),
    "facility": ("0", "33", "x", "1,,2", ",", "1,2,", "1;2", "-1", "1e1", "１", "1 2", "1" * 129),
    "price_min": ("x", "-1", "1e3", "1.999", "１", "NaN", "1,000", "0x1", "1" * 17),
    "price_max": ("x", "-1", "1e3", "1.999", "inf"),
    "q": ("字" * 65, "a%00b"),
    "sd": ("2027-02-30", "2027-2-3", "0000-00-00", "tomorrow", "２０２７-01-01", "1e9", "-1"),
    "ed": ("2027-02-29", "20270203", "9999-99-99"),
    "cursor": ("x", "x.y", ".", "W1sxXSwyLDEsMF0." + "0" * 32, "a" * 201, "令牌"),
    "aname": ("西城区",),
    "sort": ("new",),
    "SK": ("new",),
    "aid[]": ("1",),
}


async def test_each_filter_and_order_finds_what_it_says(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, _with_addresses(HOUSES))

    found = {query: await _titles(guest, query) for query in FOUND}

    assert found == FOUND


async def test_words_are_found_in_titles_and_addresses(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, _with_addresses(HOUSES))

    found = {question: await _titles(guest, f"q={quote(question)}") for question in ASKED}

    assert found == ASKED


async def test_a_result_has_the_shape_of_the_contract(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, HOUSES[:1])
    guest.language = "en"

    found = (await guest.find(aid=2)).data
    nothing = (await guest.find(aid=16)).data

    assert set(found["houses"][0]) == SUMMARY
    assert (found["houses"][0]["price"], found["houses"][0]["area_name"]) == (10_000, "Xicheng")
    assert {name: found[name] for name in found if name != "houses"} == {
        "next": None, "total": 1, "total_capped": False, "total_page": 1, "current_page": 1,
    }  # fmt: skip
    assert nothing == {
        "houses": [], "next": None, "total": 0, "total_capped": False, "total_page": 0, "current_page": 1,
    }  # fmt: skip


async def test_equal_houses_have_an_order_all_the_same(new_visitor: NewVisitor) -> None:
    booked = [2, 0, 2, 1, 2, 0]
    guest = await _town(new_visitor, ({"order_count": count, "price": 10 + count} for count in booked))

    found = {sk: await _ids(await guest.find(sk=sk)) for sk in ("booking", "price-inc", "price-des")}

    places = {sk: [sorted(found["booking"]).index(house_id) for house_id in ids] for sk, ids in found.items()}
    assert places == {
        "booking": [4, 2, 0, 3, 5, 1],
        "price-inc": [1, 5, 3, 0, 2, 4],
        "price-des": [4, 2, 0, 3, 5, 1],
    }


async def test_dates_exclude_houses_with_one_of_the_nights_taken(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, [{"title": "甲一"}])
    (house_id,) = await _ids(await guest.find())
    await take_nights(guest.services, house_id, [_day(guest, days) for days in (10, 11)])
    await take_nights(guest.services, house_id, [_day(guest, 20)], "block")
    await take_nights(guest.services, house_id, [_day(guest, 30)], "ical")

    free = [(8, 10), (12, 14), (12, 20), (21, 30), (31, 33)]  # they touch
    taken = [(9, 11), (10, 11), (11, 12), (11, 13), (9, 13), (19, 22), (20, 21), (30, 31)]

    assert [len(await _ids(await _during(guest, *stay))) for stay in free] == [1] * len(free)
    assert [len(await _ids(await _during(guest, *stay))) for stay in taken] == [0] * len(taken)


async def test_dates_exclude_houses_that_take_fewer_or_more_nights(new_visitor: NewVisitor) -> None:
    guest = await _town(
        new_visitor,
        [
            {"title": "甲一", "min_days": 1, "max_days": 2},
            {"title": "乙二", "min_days": 2, "max_days": 0},
            {"title": "丙三", "min_days": 3, "max_days": 3},
        ],
    )

    found = [await _titles(guest, _stay(guest, 1, 1 + nights)) for nights in (1, 2, 3, 4, 365)]

    assert found == ["甲", "乙甲", "丙乙", "乙", "乙"]


async def test_a_blocked_night_is_gone_from_the_next_search(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await empty_town(host.services)
    house_id = await publish_online(host)
    before = await _ids(await _during(guest, 5, 7)), await _ids(await guest.find())

    body = {"start_date": str(_day(guest, 6)), "end_date": str(_day(guest, 7))}
    assert (await host.send("POST", f"{API}/houses/{house_id}/blocks", body)).status == 201

    assert before == ([house_id], [house_id])
    assert await _ids(await _during(guest, 5, 7)) == []
    assert await _ids(await _during(guest, 5, 6)) == [house_id]


async def test_only_a_search_without_dates_is_answered_from_the_cache(new_visitor: NewVisitor) -> None:
    """What nobody told the caches shows which answers are kept."""
    guest = await _town(new_visitor, [{"title": "甲一"}, {"title": "乙二"}])
    first = await _titles(guest, ""), await _titles(guest, _stay(guest, 1, 2))

    await rows(guest.services, "UPDATE houses SET title = '丙三' WHERE title = '甲一'")

    assert first == ("乙甲", "乙甲")
    assert (await _titles(guest, ""), await _titles(guest, _stay(guest, 1, 2))) == ("乙甲", "乙丙")


async def test_following_next_shows_each_house_once(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, ({"price": 100 + number % 7} for number in range(45)))

    walks = {sk: await _walk(guest, sk=sk) for sk in ("new", "booking", "price-inc", "price-des")}

    for pages in walks.values():
        assert [len(page["houses"]) for page in pages] == [20, 20, 5]
        assert [page["current_page"] for page in pages] == [1, 2, 3]
        assert {(page["total"], page["total_page"], page["total_capped"]) for page in pages} == {
            (45, 3, False)
        }
        assert max(Counter(_ids_of(pages)).values()) == 1
    prices = [house["price"] for page in walks["price-inc"] for house in page["houses"]]
    assert prices == sorted(prices)


@pytest.mark.parametrize("sk", ["new", "price-inc", "booking"])
async def test_a_walk_shows_each_house_once_while_others_come_go_and_move(
    new_visitor: NewVisitor, sk: str
) -> None:
    guest = await _town(new_visitor, ({"price": 100 + number, "order_count": number} for number in range(50)))
    everything = [house["house_id"] for page in await _walk(guest, sk=sk) for house in page["houses"]]
    owner_id = await insert_user(guest.services)

    first = (await guest.find(sk=sk)).data
    gone, moved = everything[30], everything[5]
    await rows(guest.services, "UPDATE houses SET status = 'offline' WHERE id = %s", gone)
    # To the front of every order, where the walk has been.
    await rows(guest.services, "UPDATE houses SET price_fen = 100, order_count = 900 WHERE id = %s", moved)
    (added,) = await insert_houses(guest.services, owner_id, [{"price": 1, "order_count": 999}])
    await guest.services.cache.drop(LISTS_TAG)
    rest = await _walk(guest, sk=sk, cursor=first["next"])

    seen = _ids_of([first, *rest])
    assert seen == [house_id for house_id in everything if house_id != gone]
    assert added not in seen
    assert {page["total"] for page in rest} == {50}  # counted once, at the beginning


async def test_without_the_position_in_the_cursor_a_walk_repeats_houses(new_visitor: NewVisitor) -> None:
    """The negative control: pages by number do repeat a house when another comes in front."""
    guest = await _town(new_visitor, ({} for _ in range(30)))
    owner_id = await insert_user(guest.services)

    first = await guest.find(p=1)
    await insert_houses(guest.services, owner_id, [{}])
    await guest.services.cache.drop(LISTS_TAG)
    second = await guest.find(p=2)

    assert set(await _ids(first)) & set(await _ids(second))


async def test_pages_can_be_asked_for_by_number(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, ({} for _ in range(45)))
    walked = _ids_of(await _walk(guest))

    pages = [(await guest.find(p=number)).data for number in (1, 2, 3, 4, 50)]
    onward = (await guest.find(cursor=pages[1]["next"])).data

    assert [[house["house_id"] for house in page["houses"]] for page in pages] == [
        walked[:20], walked[20:40], walked[40:], [], [],
    ]  # fmt: skip
    assert [page["current_page"] for page in pages] == [1, 2, 3, 4, 50]
    assert [bool(page["next"]) for page in pages] == [True, True, False, False, False]
    assert (onward["current_page"], len(onward["houses"])) == (3, 5)


@pytest.mark.parametrize(("houses", "total", "capped"), [(4, 4, False), (5, 5, False), (6, 5, True)])
async def test_a_total_is_counted_up_to_its_cap(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch, houses: int, total: int, capped: bool
) -> None:
    monkeypatch.setattr(service, "MAX_TOTAL", 5)
    guest = await _town(new_visitor, ({} for _ in range(houses)))

    found = (await guest.find()).data

    assert (found["total"], found["total_capped"], len(found["houses"])) == (total, capped, houses)


async def test_what_is_rare_is_found_in_bounded_steps(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request looks at so many index entries and then hands out a cursor."""
    houses = [{"room_count": 9 if number in {0, 7, 55} else 1} for number in range(60)]
    guest = await _town(new_visitor, houses)
    looked: list[int] = []
    position_behind = repository.position_behind

    async def counted(cursor: Cursor, *arguments: Any) -> Any:
        looked[-1] += arguments[-1]
        return await position_behind(cursor, *arguments)

    monkeypatch.setattr(repository, "position_behind", counted)
    monkeypatch.setattr(service, "WINDOWS", (4, 8))

    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["next"]:
        looked.append(0)
        pages.append((await guest.find(rooms=9, cursor=pages[-1]["next"] if pages else None)).data)
    monkeypatch.setattr(service, "WINDOWS", (1000,))
    await guest.services.cache.drop(LISTS_TAG)
    looked.append(0)
    at_once = (await guest.find(rooms=9, p=1)).data  # the control: a wide window needs one step

    assert len(_ids_of(pages)) == 3
    assert _ids_of(pages) == [house["house_id"] for house in at_once["houses"]]
    assert len(pages) == 6
    assert max(looked[:-1]) <= 4 + 8
    assert pages[0]["total_capped"]
    assert (at_once["next"], at_once["total"], at_once["total_capped"]) == (None, 3, False)


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("q=罕见", "house_words"),
        ("q=房子+罕见", "house_words"),
        ("q=房子", "houses_new"),
        ("price_min=500", "houses_price"),
        ("aid=3&price_min=500", "houses_area_price"),
        ("price_max=499", "houses_new"),
        ("price_min=500&sk=price-des", "houses_price"),
        ("price_max=499&sk=booking&aid=3", "houses_area_booking"),
    ],
)
async def test_a_rare_word_or_price_leads_the_search_and_finds_the_same(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch, query: str, source: str
) -> None:
    houses = [
        {
            "title": f"{'罕见' if number % 9 == 0 else '平常'}的房子",
            "price": 500 if number % 8 == 0 else 100,
            "area_id": 3,
        }
        for number in range(30)
    ]
    guest = await _town(new_visitor, houses)
    taken: list[str] = []
    ids = repository.ids

    async def watched(cursor: Cursor, chosen: repository.Source, *arguments: Any) -> Any:
        taken.append(chosen.sql)
        return await ids(cursor, chosen, *arguments)

    monkeypatch.setattr(repository, "ids", watched)
    _patch_few(monkeypatch, 8)
    led = await _ids(await guest.get(f"{API}/houses?{quote(query, safe='=&+')}"))
    _patch_few(monkeypatch, 0)
    await guest.services.cache.drop(LISTS_TAG)
    plain = await _ids(await guest.get(f"{API}/houses?{quote(query, safe='=&+')}"))

    assert source in taken[0]
    assert "house_words" not in taken[1]
    assert led == plain != []


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_asked_is_refused_beside_its_name(visitor: Visitor, name: str) -> None:
    other = {"sd": f"&ed={_day(visitor, 9)}", "ed": f"&sd={_day(visitor, 3)}"}.get(name, "")

    answers = [
        await visitor.get(f"{API}/houses?{quote(name)}={quote(value, safe='%')}{other}")
        for value in REFUSED[name]
    ]

    said = [(answer.errno, *answer.fields) for answer in answers]
    assert said == [("4103", name)] * len(answers)
    assert {answer.status for answer in answers} <= {400, 422}


async def test_dates_that_no_stay_can_have_are_refused(visitor: Visitor) -> None:
    pairs = {
        "sd": [(-1, 2), (-100, 1)],
        "ed": [(3, 3), (5, 3), (0, 366), (729, 731)],
    }

    said = {
        field: [(await _during(visitor, *stay)).fields.keys() for stay in stays]
        for field, stays in pairs.items()
    }
    single = [await visitor.find(sd=_day(visitor, 1)), await visitor.find(ed=_day(visitor, 2))]
    far = await visitor.find(sd=_day(visitor, 1), ed="9999-12-31")

    assert said == {field: [{field}] * len(stays) for field, stays in pairs.items()}
    assert [answer.fields.keys() for answer in single] == [{"ed"}, {"sd"}]
    assert (far.status, far.fields.keys()) == (422, {"ed"})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("aid=1&aid=2", "aid"),
        ("q=a&q=a", "q"),
        ("q=%FF%FE", "q"),
        ("q=%ED%A0%80", "q"),
        ("q=%C0%AF", "q"),
        ("price_min=200&price_max=199.99", "price_max"),
        ("p=1&cursor=x", "cursor"),
    ],
)
async def test_odd_queries_are_refused(visitor: Visitor, query: str, field: str) -> None:
    answer = await visitor.get(f"{API}/houses?{query}")

    assert (answer.status, answer.errno, answer.fields.keys()) == (422, "4103", {field})


async def test_a_cursor_is_good_for_its_search_alone(new_visitor: NewVisitor) -> None:
    guest = await _town(new_visitor, ({} for _ in range(25)))
    token = (await guest.find(aid=2)).data["next"]

    flipped = [
        await guest.find(aid=2, cursor=token[:at] + chr(ord(token[at]) ^ 1) + token[at + 1 :])
        for at in range(len(token))
    ]
    elsewhere = [
        await guest.find(cursor=token, **search)
        for search in (
            {},
            {"aid": 3},
            {"aid": 2, "sk": "booking"},
            {"aid": 2, "rooms": 1},
            {"aid": 2, "q": "院"},
        )
    ]
    shortened = await guest.find(aid=2, cursor=token[:-1])
    guest.language = "en"
    right = await guest.find(aid=2, cursor=token)

    assert {(answer.status, *answer.fields) for answer in [*flipped, *elsewhere, shortened]} == {
        (400, "cursor")
    }
    assert len(right.data["houses"]) == 5


def _with_addresses(houses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first keeps its address, the next two are in another town, the others somewhere."""
    addresses = [FIELDS["address"], "上海市静安区", "上海市静安区", *["别的什么地方"] * 3]
    return [{**house, "address": address} for house, address in zip(houses, addresses, strict=True)]


async def _town(new_visitor: NewVisitor, houses: Any) -> Visitor:
    """A guest in a town of these houses alone."""
    guest = new_visitor()
    await empty_town(guest.services)
    await insert_houses(guest.services, await insert_user(guest.services), houses)
    return guest


async def _titles(guest: Visitor, query: str) -> str:
    """The first characters of what is found, in order."""
    answer = await guest.get(f"{API}/houses?{query}")
    assert answer.status == 200, (query, answer.body)
    return "".join(house["title"][0] for house in answer.data["houses"])


async def _ids(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [house["house_id"] for house in answer.data["houses"]]


def _ids_of(pages: list[dict[str, Any]]) -> list[int]:
    return [house["house_id"] for page in pages for house in page["houses"]]


async def _walk(guest: Visitor, cursor: str | None = None, **query: Any) -> list[dict[str, Any]]:
    """All pages from a cursor on, or from the first."""
    pages = [(await guest.find(cursor=cursor, **query)).data]
    while pages[-1]["next"]:
        pages.append((await guest.find(cursor=pages[-1]["next"], **query)).data)
        assert len(pages) < 20
    return pages


def _day(visitor: Visitor, days: int) -> date:
    return visitor.services.nights.today + timedelta(days=days)


def _stay(visitor: Visitor, start: int, end: int) -> str:
    return f"sd={_day(visitor, start)}&ed={_day(visitor, end)}"


async def _during(guest: Visitor, start: int, end: int) -> Answer:
    return await guest.get(f"{API}/houses?{_stay(guest, start, end)}")


def _patch_few(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(service, "FEW", few)
    monkeypatch.setattr(repository, "FEW", few)
    monkeypatch.setattr(service, "RARE_ENOUGH", few // 2)
