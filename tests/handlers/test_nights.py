"""Nights over HTTP: the calendar, the host's blocks, and what a stay costs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.houses import repository as houses_repository
from server.nights import repository
from tests.houses import insert_houses, rows, sign_in_again, sign_in_new_host, stored, take_nights
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.db import Cursor, Row

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

BAD_DAYS = [
    "0000-00-00", "2027-02-30", "2027-2-3", "20270203", "2027-02-03T00:00", "２０２７-01-01", "tomorrow", "",
    None, 1, True, [],
]  # fmt: skip


async def test_a_calendar_names_the_taken_nights_of_its_part_and_why(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    today = host.services.nights.today
    await take_nights(host.services, house_id, [_day(host, 3)])
    await take_nights(host.services, house_id, [_day(host, 4)], "ical")
    await _block(host, house_id, 5, 7)

    year = (await guest.get(f"{API}/houses/{house_id}/calendar")).data
    part = await guest.get(f"{API}/houses/{house_id}/calendar?from={_day(host, 4)}&to={_day(host, 6)}")

    assert (year["from"], year["to"]) == (str(today), str(today + timedelta(days=365)))
    assert year["nights"] == [
        {"night": str(_day(host, days)), "kind": kind}
        for days, kind in ((3, "order"), (4, "ical"), (5, "block"), (6, "block"))
    ]
    assert (part.data["house_id"], part.data["version"]) == (house_id, 1)
    assert [one["kind"] for one in part.data["nights"]] == ["ical", "block"]
    assert part.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2027-01-02&to=2027-01-02", "to"),
        ("from=2027-01-02&to=2027-01-01", "to"),
        ("from=2027-01-01&to=2028-02-06", "to"),  # 401 days
        ("from=9999-12-31", "to"),
        ("from=0000-00-00", "from"),
        ("from=2027-02-30", "from"),
        ("to=soon", "to"),
        ("from=2027-01-01&from=2027-01-02", "from"),
        ("since=2027-01-01", "since"),
        ("from=%FF", "from"),
        ("from=2027-01-01%00", "from"),
    ],
)
async def test_a_calendar_refuses_what_is_no_part_of_it(
    new_visitor: NewVisitor, query: str, field: str
) -> None:
    _, guest, house_id = await _house(new_visitor)

    answer = await guest.get(f"{API}/houses/{house_id}/calendar?{query}")

    assert (answer.status, answer.errno, answer.fields.keys()) == (422, "4103", {field})


@pytest.mark.parametrize(
    "query",
    ["from=2027-01-01&to=2028-02-05", "from=9998-12-31", "from=9999-12-30", "from=0001-01-01", "from="],
)
async def test_a_calendar_answers_any_400_days(new_visitor: NewVisitor, query: str) -> None:
    _, guest, house_id = await _house(new_visitor)

    answer = await guest.get(f"{API}/houses/{house_id}/calendar?{query}")

    assert (answer.status, answer.data["nights"]) == (200, [])


@pytest.mark.parametrize("status", ["draft", "offline"])
async def test_a_hidden_house_has_a_calendar_and_a_price_for_its_owner_alone(
    new_visitor: NewVisitor, status: str
) -> None:
    host, guest, house_id = await _house(new_visitor, status=status)

    own = await host.get(f"{API}/houses/{house_id}/calendar"), await _quote(host, house_id, 1, 2)
    foreign = await guest.get(f"{API}/houses/{house_id}/calendar"), await _quote(guest, house_id, 1, 2)
    missing = await guest.get(f"{API}/houses/{10**17}/calendar"), await _quote(guest, 10**17, 1, 2)

    assert [answer.status for answer in own] == [200, 200]
    assert [(answer.status, answer.errno) for answer in foreign + missing] == [(404, "4002")] * 4


async def test_blocks_take_what_is_free_and_say_what_they_took(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    first = await _block(host, house_id, 2, 5)
    again = await _block(host, house_id, 2, 5)
    wider = await _block(host, house_id, 1, 6)
    freed = await _unblock(host, house_id, 4, 9)
    freed_again = await _unblock(host, house_id, 4, 9)

    assert (first.status, first.data) == (201, {"nights": _names(host, 2, 3, 4), "version": 1})
    assert (again.status, again.data) == (201, {"nights": [], "version": 1})
    assert wider.data == {"nights": _names(host, 1, 5), "version": 2}
    assert (freed.status, freed.data) == (200, {"nights": _names(host, 4, 5), "version": 3})
    assert freed_again.data == {"nights": [], "version": 3}
    assert await _taken(host, house_id) == [(_day(host, days), "block") for days in (1, 2, 3)]


async def test_a_guests_nights_are_neither_blocked_nor_freed(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    await take_nights(host.services, house_id, [_day(host, 3)])
    await take_nights(host.services, house_id, [_day(host, 6)], "ical")
    before = await stored(host.services, house_id)

    across = await _block(host, house_id, 1, 5)
    freed = await _unblock(host, house_id, 1, 9)
    unchanged = await stored(host.services, house_id)
    touching = [await _block(host, house_id, 2, 3), await _block(host, house_id, 4, 5)]
    around_ical = await _block(host, house_id, 5, 8)

    assert (across.status, across.errno, across.fields.keys()) == (409, "4004", {"start_date"})
    assert freed.data == {"nights": [], "version": 0}
    assert unchanged == before
    assert [answer.status for answer in touching] == [201, 201]
    assert around_ical.data["nights"] == _names(host, 5, 7)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (-1, 2, "start_date"),
        (3, 3, "end_date"),
        (5, 3, "end_date"),
        (1, 367, "end_date"),
        (730, 731, "end_date"),
    ],
    ids=["past", "empty", "reversed", "366 nights", "beyond two years"],
)
async def test_dates_that_no_stay_can_have_are_refused(
    new_visitor: NewVisitor, start: int, end: int, field: str
) -> None:
    host, guest, house_id = await _house(new_visitor, max_days=0)
    before = await stored(host.services, house_id)

    blocked, quoted = await _block(host, house_id, start, end), await _quote(guest, house_id, start, end)

    for answer in (blocked, quoted):
        assert (answer.status, answer.errno, answer.fields.keys()) == (422, "4103", {field})
    assert await stored(host.services, house_id) == before


async def test_today_and_the_last_day_of_two_years_can_be_had(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    answers = [await _block(host, house_id, 0, 1), await _block(host, house_id, 729, 730)]

    assert [answer.data["nights"] for answer in answers] == [_names(host, 0), _names(host, 729)]


async def test_what_is_no_day_is_named(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    good = str(_day(host, 5))
    path = f"{API}/houses/{house_id}"
    bodies = [{"start_date": bad, "end_date": good} for bad in BAD_DAYS]

    blocked = [await host.send("POST", f"{path}/blocks", body) for body in bodies]
    quoted = [await host.send("POST", f"{path}/quote", {**body, "guests": 1}) for body in bodies]
    freed = [
        await host.send("DELETE", f"{path}/blocks?start_date={bad}&end_date={good}")
        for bad in ("0000-00-00", "2027-02-30", "x", "")
    ]
    ages = await host.send("POST", f"{path}/blocks", {"start_date": good, "end_date": "9999-12-31"})

    assert {(answer.status, *answer.fields) for answer in blocked + quoted + freed} == {(422, "start_date")}
    assert (ages.status, ages.fields.keys()) == (422, {"end_date"})
    assert await _taken(host, house_id) == []


async def test_two_pages_that_block_at_once_make_one_row_a_night(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    phone = new_visitor()
    await sign_in_again(phone, await _owner(host, house_id))
    ranges = [(start, start + 4) for start in range(1, 13)]

    answers = await asyncio.gather(
        *(_block(page, house_id, *one) for one in ranges for page in (host, phone))
    )

    assert {answer.status for answer in answers} == {201}
    given = Counter(night for answer in answers for night in answer.data["nights"])
    assert given == Counter(_names(host, *range(1, 16)))
    assert [night for night, _ in await _taken(host, house_id)] == [_day(host, days) for days in range(1, 16)]
    versions = sorted(answer.data["version"] for answer in answers if answer.data["nights"])
    assert versions == list(range(1, len(versions) + 1))
    tasks = await rows(
        host.services, "SELECT task_id FROM outbox WHERE task_id LIKE %s", f"house-{house_id}-%"
    )
    assert {one["task_id"] for one in tasks} == {f"house-{house_id}-{version}" for version in versions}


async def test_without_the_lock_two_pages_collide(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: look without locking, and only the primary key keeps the nights apart."""
    host, _, house_id = await _house(new_visitor)
    between = repository.between

    async def glance(cursor: Cursor, wanted: int, owner_id: int) -> Row | None:
        await cursor.execute("SELECT calendar_version FROM houses WHERE id = %s", (wanted,))
        return await cursor.fetchone()

    async def slowly(cursor: Cursor, *where: Any) -> Any:
        found = await between(cursor, *where)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(houses_repository, "lock_owned", glance)
    monkeypatch.setattr(repository, "between", slowly)

    answers = await asyncio.gather(*(_block(host, house_id, 1, 4) for _ in range(2)))

    assert sorted(answer.status for answer in answers) == [201, 500]
    assert len(await _taken(host, house_id)) == 3


async def test_a_quote_sums_its_lines(new_visitor: NewVisitor) -> None:
    _, guest, house_id = await _house(new_visitor, price="19.99", deposit="500")
    _, _, without = await _house(new_visitor, price=100, deposit=0)

    quoted = await _quote(guest, house_id, 2, 5, guests=4)
    plain = await _quote(guest, without, 2, 3)

    assert quoted.data == {
        "house_id": house_id,
        "start_date": str(_day(guest, 2)),
        "end_date": str(_day(guest, 5)),
        "nights": 3,
        "guests": 4,
        "lines": [
            {"kind": "nights", "quantity": 3, "unit_price": 1999, "amount": 5997},
            {"kind": "deposit", "quantity": 1, "unit_price": 50_000, "amount": 50_000},
        ],
        "total": 55_997,
        "quote": quoted.data["quote"],
        "expires_at": quoted.data["expires_at"],
        "cancellation": "flexible",
        "instant": False,
        "wants_verified": False,
    }
    assert [line["kind"] for line in plain.data["lines"]] == ["nights"]
    assert quoted.headers["Cache-Control"] == "no-store"


async def test_a_quote_follows_the_houses_rules(new_visitor: NewVisitor) -> None:
    _, guest, house_id = await _house(new_visitor, min_days=2, max_days=4, capacity=4)

    answers = [await _quote(guest, house_id, 1, 1 + nights) for nights in (1, 2, 4, 5)]
    crowds = [
        await _quote(guest, house_id, 1, 3, guests=guests) for guests in (1, 4, 5, 0, -1, 1001, True, "2")
    ]
    guest.language = "en"
    english = await _quote(guest, house_id, 1, 2)

    assert [answer.status for answer in answers] == [422, 200, 200, 422]
    assert answers[0].fields == {"end_date": "这个房源至少住 2 晚"}
    assert answers[3].fields == {"end_date": "这个房源最多住 4 晚"}
    assert [answer.status for answer in crowds] == [200, 200] + [422] * 6
    assert {field for answer in crowds[2:] for field in answer.fields} == {"guests"}
    assert english.json["errmsg"].isascii()


async def test_a_taken_night_has_no_price_and_touching_stays_do(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    await take_nights(host.services, house_id, [_day(host, 5)])
    await _block(host, house_id, 8, 9)

    refused = [await _quote(guest, house_id, *stay) for stay in ((4, 6), (5, 6), (1, 20), (8, 9))]
    touching = [await _quote(guest, house_id, *stay) for stay in ((3, 5), (6, 8), (9, 10))]

    assert {(answer.status, answer.errno, answer.json["errmsg"]) for answer in refused} == {
        (409, "4004", "房间已被抢定")
    }
    assert [answer.status for answer in touching] == [200] * 3


async def _house(new_visitor: NewVisitor, **changes: Any) -> tuple[Visitor, Visitor, int]:
    """A host, a guest with a session, and a house."""
    host, guest = new_visitor(), await new_visitor().begin()
    owner_id = await sign_in_new_host(host)
    (house_id,) = await insert_houses(host.services, owner_id, [changes])
    return host, guest, house_id


def _day(visitor: Visitor, days: int) -> date:
    return visitor.services.nights.today + timedelta(days=days)


def _names(visitor: Visitor, *days: int) -> list[str]:
    return [str(_day(visitor, one)) for one in days]


async def _block(host: Visitor, house_id: int, start: int, end: int) -> Answer:
    """Days from today."""
    body = {"start_date": str(_day(host, start)), "end_date": str(_day(host, end))}
    return await host.send("POST", f"{API}/houses/{house_id}/blocks", body)


async def _unblock(host: Visitor, house_id: int, start: int, end: int) -> Answer:
    query = f"start_date={_day(host, start)}&end_date={_day(host, end)}"
    return await host.send("DELETE", f"{API}/houses/{house_id}/blocks?{query}")


async def _quote(guest: Visitor, house_id: int, start: int, end: int, guests: Any = 1) -> Answer:
    body = {"start_date": str(_day(guest, start)), "end_date": str(_day(guest, end)), "guests": guests}
    return await guest.send("POST", f"{API}/houses/{house_id}/quote", body)


async def _taken(host: Visitor, house_id: int) -> list[tuple[date, str]]:
    found = await rows(
        host.services, "SELECT night, kind FROM house_nights WHERE house_id = %s ORDER BY night", house_id
    )
    return [(row["night"], row["kind"]) for row in found]


async def _owner(host: Visitor, house_id: int) -> int:
    (row,) = await rows(host.services, "SELECT owner_id FROM houses WHERE id = %s", house_id)
    return int(row["owner_id"])
