"""Prices over HTTP: what the host sets, who sees it, and what a quote makes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.houses import repository as houses_repository
from server.nights.model import Stay
from server.outbox import repository as outbox_repository
from server.quotes.model import BadQuote, Cancellation, QuoteExpired
from server.quotes.service import LIFE
from tests.houses import insert_houses, rows, sign_in_new_host, sign_in_new_user, stored
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.db import Cursor, Row
    from server.outbox.model import Work

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

PLAIN: dict[str, Any] = {
    "weekend_price": None,
    "weekly_percent": 0,
    "monthly_percent": 0,
    "cleaning_fee": 0,
    "instant": False,
    "cancellation": "flexible",
    "wants_verified": False,
    "special": [],
}


async def test_a_new_house_asks_its_base_price_and_nothing_else(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)

    prices = await host.get(_path(house_id))
    shown = (await guest.get(f"{API}/houses/{house_id}")).data["house"]

    assert prices.data == {"house_id": house_id, "version": 1, "price": 10_000, **PLAIN}
    assert prices.headers["Cache-Control"] == "private, no-cache"
    assert {name: shown[name] for name in PLAIN if name != "special"} == {
        name: value for name, value in PLAIN.items() if name != "special"
    }


async def test_what_the_host_saves_is_read_back_and_shown_to_guests_at_once(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor)
    before = (await guest.get(f"{API}/houses/{house_id}")).data["house"]
    wanted = {
        "weekend_price": "150.50",
        "weekly_percent": 10,
        "monthly_percent": 25,
        "cleaning_fee": 80,
        "instant": True,
        "cancellation": "strict",
        "wants_verified": True,
        "special": [_range(host, 9, 11, "300"), _range(host, 3, 5, 219.9)],
    }

    saved = await _save(host, house_id, wanted)
    again = await host.get(_path(house_id))
    after = (await guest.get(f"{API}/houses/{house_id}")).data["house"]

    expected = {
        **wanted,
        "weekend_price": 15_050,
        "cleaning_fee": 8_000,
        "special": [_range(host, 3, 5, 21_990), _range(host, 9, 11, 30_000)],
    }
    assert (saved.status, saved.data) == (200, {"house_id": house_id, "version": 2, **expected})
    assert again.data == {"house_id": house_id, "version": 2, "price": 10_000, **expected}
    del expected["special"]
    assert {name: after[name] for name in expected} == expected
    assert (before["version"], after["version"]) == (1, 2)
    assert (before["cleaning_fee"], before["cancellation"]) == (0, "flexible")


async def test_without_telling_the_caches_guests_would_see_the_old_terms(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody is told of the change."""
    host, guest, house_id = await _house(new_visitor)
    await guest.get(f"{API}/houses/{house_id}")

    async def stay_silent(*_: object) -> None:
        return

    monkeypatch.setattr(host.services.changes, "spread", stay_silent)

    await _save(host, house_id, {"cleaning_fee": "80"})

    assert (await guest.get(f"{API}/houses/{house_id}")).data["house"]["cleaning_fee"] == 0


async def test_special_prices_replace_the_ones_before_and_neighbours_of_one_price_are_one_range(
    new_visitor: NewVisitor,
) -> None:
    host, _, house_id = await _house(new_visitor)
    await _save(host, house_id, {"special": [_range(host, 1, 9, 500)]})

    touching = [_range(host, 4, 6, "200"), _range(host, 2, 4, 200), _range(host, 6, 7, 201)]
    await _save(host, house_id, {"special": touching})
    merged = (await host.get(_path(house_id))).data["special"]
    nights = await _special_nights(host, house_id)
    await _save(host, house_id, {})

    assert merged == [_range(host, 2, 6, 20_000), _range(host, 6, 7, 20_100)]
    assert nights == [(_day(host, days), 20_000) for days in range(2, 6)] + [(_day(host, 6), 20_100)]
    assert await _special_nights(host, house_id) == []


async def test_prices_of_nights_that_are_over_are_not_shown_and_do_not_come_back(
    new_visitor: NewVisitor,
) -> None:
    host, _, house_id = await _house(new_visitor)
    await _insert_special(host, house_id, {-2: 30_000, -1: 30_000, 0: 30_000, 1: 30_000})

    shown = (await host.get(_path(house_id))).data["special"]
    as_shown = [{**one, "price": one["price"] // 100} for one in shown]
    saved = await _save(host, house_id, {"special": as_shown})

    assert shown == [_range(host, 0, 2, 30_000)]
    assert saved.status == 200
    assert await _special_nights(host, house_id) == [(_day(host, 0), 30_000), (_day(host, 1), 30_000)]


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *(
            ("weekend_price", bad)
            for bad in ("", "0", 0, 0.99, 100_000.01, "-1", "1.999", "1e3", "１２", True, [], "٣")
        ),
        *(("cleaning_fee", bad) for bad in ("", None, -1, "100000.01", "abc", 1e22, False)),
        *(
            (name, bad)
            for name in ("weekly_percent", "monthly_percent")
            for bad in (-1, 91, 1.5, "10", None, True)
        ),
        *(("instant", bad) for bad in (1, "true", None)),
        *(("wants_verified", bad) for bad in (0, "no", None)),
        *(("cancellation", bad) for bad in ("Flexible", "", None, 1, "free")),
        *(("special", bad) for bad in (None, {}, "x", 1)),
    ],
)
async def test_a_field_that_is_not_as_it_must_be_is_named_and_nothing_is_written(
    new_visitor: NewVisitor, field: str, bad: Any
) -> None:
    host, _, house_id = await _house(new_visitor)
    before = await stored(host.services, house_id)

    answer = await _save(host, house_id, {field: bad})

    assert (answer.status, answer.errno, set(answer.fields)) == (422, "4103", {field})
    assert await stored(host.services, house_id) == before


async def test_all_fields_are_asked_for_and_no_others(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    empty = await host.send("PUT", _path(house_id), {})
    more = await _save(host, house_id, {"price": 100})

    assert (empty.status, set(empty.fields)) == (422, set(PLAIN))
    assert (more.status, set(more.fields)) == (422, {"price"})


@pytest.mark.parametrize(
    ("weekly", "monthly", "status"),
    [(0, 0, 200), (90, 90, 200), (10, 0, 200), (10, 10, 200), (0, 5, 200), (11, 10, 422), (90, 1, 422)],
)
async def test_a_month_is_no_dearer_a_night_than_a_week(
    new_visitor: NewVisitor, weekly: int, monthly: int, status: int
) -> None:
    host, _, house_id = await _house(new_visitor)

    answer = await _save(host, house_id, {"weekly_percent": weekly, "monthly_percent": monthly})

    assert answer.status == status
    named = [one["field"] for one in answer.json.get("errors", [])]
    assert named == ([] if status == 200 else ["monthly_percent"])


@pytest.mark.parametrize(
    ("start", "end", "price", "field"),
    [
        (-1, 2, 100, "start_date"),
        (2, 2, 100, "end_date"),
        (3, 2, 100, "end_date"),
        (729, 731, 100, "end_date"),
        (1, 2, 0, "price"),
        (1, 2, "100000.01", "price"),
        (1, 2, "zwei", "price"),
        (1, 2, None, "price"),
    ],
)
async def test_a_special_price_that_cannot_be_is_named_by_its_place(
    new_visitor: NewVisitor, start: int, end: int, price: Any, field: str
) -> None:
    host, _, house_id = await _house(new_visitor)
    before = await stored(host.services, house_id)

    answer = await _save(
        host, house_id, {"special": [_range(host, 5, 6, 100), _range(host, start, end, price)]}
    )

    assert (answer.status, answer.errno, set(answer.fields)) == (422, "4103", {f"special.1.{field}"})
    assert await stored(host.services, house_id) == before


@pytest.mark.parametrize("bad", ["2027-02-30", "0000-00-00", "", None, 1, "\ud800", "2027-01-01\0"])
async def test_what_is_no_day_in_a_special_price_is_named(new_visitor: NewVisitor, bad: Any) -> None:
    host, _, house_id = await _house(new_visitor)

    answer = await _save(host, house_id, {"special": [{**_range(host, 5, 6, 100), "start_date": bad}]})

    assert (answer.status, answer.errno) == (422, "4103")
    assert await _special_nights(host, house_id) == []


async def test_special_prices_may_touch_and_not_overlap(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    long = _range(host, 1, 20, 100)

    touching = await _save(
        host, house_id, {"special": [long, _range(host, 20, 21, 100), _range(host, 0, 1, 100)]}
    )
    overlapping = await _save(
        host, house_id, {"special": [_range(host, 19, 21, 100), long, _range(host, 2, 3, 100), long]}
    )

    assert touching.status == 200
    assert set(overlapping.fields) == {f"special.{number}.start_date" for number in (0, 2, 3)}


async def test_two_years_ahead_and_366_ranges_are_the_most(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    ranges = [_range(host, days, days + 1, 100 + days) for days in range(366)]

    last = await _save(host, house_id, {"special": [_range(host, 0, 730, 100)]})
    most = await _save(host, house_id, {"special": ranges})
    kept = await _special_nights(host, house_id)
    more = await _save(host, house_id, {"special": [*ranges, _range(host, 366, 367, 100)]})
    many_bad = await _save(host, house_id, {"special": [_range(host, 2, 1, 100)] * 100})

    assert (last.status, most.status, len(kept)) == (200, 200, 366)
    assert len((await host.get(_path(house_id))).data["special"]) == 366
    assert set(more.fields) == {"special"}
    assert (many_bad.status, len(many_bad.json["errors"])) == (422, 20)


async def test_prices_belong_to_the_owner_alone(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    other = new_visitor()
    await sign_in_new_user(other)
    nobody = await new_visitor().begin()
    before = await stored(host.services, house_id)

    foreign = [await other.get(_path(house_id)), await _save(other, house_id, {"instant": True})]
    missing = [await host.get(_path(10**17)), await _save(host, 10**17, {})]
    unknown = [await nobody.get(_path(house_id)), await _save(nobody, house_id, {})]

    assert [(answer.status, answer.errno) for answer in foreign + missing] == [(404, "4002")] * 4
    assert [(answer.status, answer.errno) for answer in unknown] == [(401, "4101")] * 2
    assert await stored(host.services, house_id) == before


async def test_a_page_that_read_an_older_version_is_told_so(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    first = await _save(host, house_id, {"cleaning_fee": 1, "version": 1})
    late = await _save(host, house_id, {"cleaning_fee": 2, "version": 1})
    careless = await _save(host, house_id, {"cleaning_fee": 3})

    assert (first.status, first.data["version"]) == (200, 2)
    assert (late.status, late.errno, set(late.fields)) == (409, "4004", {"version"})
    assert (careless.status, careless.data["version"], careless.data["cleaning_fee"]) == (200, 3, 300)


async def test_pages_that_save_at_once_leave_the_prices_of_one_of_them(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    wishes = [
        {"cleaning_fee": number, "special": [_range(host, 1, 30, 100 + number)]} for number in range(1, 9)
    ]

    answers = await asyncio.gather(*(_save(host, house_id, wish) for wish in wishes))

    assert sorted(answer.data["version"] for answer in answers) == list(range(2, 10))
    last = max(answers, key=lambda answer: int(answer.data["version"]))
    kept = (await host.get(_path(house_id))).data
    assert {name: kept[name] for name in last.data} == last.data
    assert len(kept["special"]) == 1


async def test_of_pages_that_read_one_version_and_save_at_once_one_saves(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    answers = await asyncio.gather(
        *(_save(host, house_id, {"cleaning_fee": number, "version": 1}) for number in range(6))
    )

    assert sorted(answer.status for answer in answers) == [200] + [409] * 5


async def test_without_the_lock_one_page_overwrites_the_other(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the version is read without locking the house."""
    host, _, house_id = await _house(new_visitor)

    async def glance(cursor: Cursor, wanted: int, _owner_id: int) -> Row | None:
        await cursor.execute("SELECT status, version FROM houses WHERE id = %s", (wanted,))
        row = await cursor.fetchone()
        await asyncio.sleep(0.1)
        return row

    monkeypatch.setattr(houses_repository, "lock_owned", glance)

    answers = await asyncio.gather(
        *(_save(host, house_id, {"cleaning_fee": number, "version": 1}) for number in range(2))
    )

    assert [answer.status for answer in answers] == [200, 200]


async def test_a_failure_in_the_middle_changes_nothing(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, house_id = await _house(new_visitor)
    before = await stored(host.services, house_id)

    async def break_down(_cursor: object, _work: Work) -> None:
        raise BadQuote

    monkeypatch.setattr(outbox_repository, "add", break_down)

    answer = await _save(host, house_id, {"cleaning_fee": 9, "special": [_range(host, 1, 9, 500)]})

    assert answer.status == 422
    assert await stored(host.services, house_id) == before


async def test_the_owners_open_pages_hear_of_the_change(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)

    await _save(host, house_id, {"instant": True})

    events = await rows(
        host.services,
        "SELECT e.kind, e.body FROM live_events e JOIN houses h ON h.owner_id = e.user_id WHERE h.id = %s",
        house_id,
    )
    assert [(event["kind"], json.loads(event["body"])) for event in events] == [
        ("house", {"house_id": house_id, "status": "online"})
    ]


async def test_a_deleted_house_leaves_no_prices(new_visitor: NewVisitor) -> None:
    host, _, house_id = await _house(new_visitor)
    await _save(host, house_id, {"special": [_range(host, 1, 9, 500)]})

    deleted = await host.send("DELETE", f"{API}/houses/{house_id}")

    assert deleted.status == 200
    assert await _special_nights(host, house_id) == []


async def test_a_quote_has_a_line_for_each_kind_and_price(new_visitor: NewVisitor) -> None:
    host, guest, house_id = await _house(new_visitor, deposit=300)
    friday = _next_friday(host)
    special = {"start_date": str(friday), "end_date": str(friday + timedelta(days=1)), "price": 300}
    await _save(
        host,
        house_id,
        {
            "weekend_price": 150,
            "weekly_percent": 10,
            "monthly_percent": 20,
            "cleaning_fee": 50,
            "special": [special],
            "cancellation": "moderate",
            "instant": True,
            "wants_verified": True,
        },
    )

    week = (await _quote(guest, house_id, friday, 7)).data
    month = (await _quote(guest, house_id, friday, 28)).data

    assert [(line["kind"], line["quantity"], line["amount"]) for line in week["lines"]] == [
        ("nights", 5, 50_000),
        ("weekend", 1, 15_000),
        ("special", 1, 30_000),
        ("weekly", 1, -9_500),
        ("cleaning", 1, 5_000),
        ("deposit", 1, 30_000),
    ]
    assert week["total"] == sum(line["amount"] for line in week["lines"]) == 120_500
    assert (week["cancellation"], week["instant"], week["wants_verified"]) == ("moderate", True, True)
    assert [line["kind"] for line in month["lines"]].count("monthly") == 1
    assert "weekly" not in [line["kind"] for line in month["lines"]]


async def test_an_order_gets_exactly_what_was_quoted_whatever_the_host_does_meanwhile(
    new_visitor: NewVisitor,
) -> None:
    host, guest, house_id = await _house(new_visitor)
    start = _day(host, 3)
    stay = Stay(start, start + timedelta(days=2))
    quoted = (await _quote(guest, house_id, start, 2, guests=3)).data

    await _save(host, house_id, {"cleaning_fee": 99, "cancellation": "strict"})
    promised = host.services.quotes.redeem(quoted["quote"], house_id, stay, 3)
    async with host.services.database.reading() as cursor:
        now = await host.services.quotes.price(cursor, house_id, stay, 3)

    assert [line.view() for line in promised.lines] == quoted["lines"]
    assert (promised.total_fen, promised.cancellation) == (quoted["total"], Cancellation.FLEXIBLE)
    assert (now.total_fen - promised.total_fen, now.cancellation) == (9_900, Cancellation.STRICT)


async def test_a_quote_says_until_when_it_is_good(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, guest, house_id = await _house(new_visitor)
    start = _day(host, 3)
    stay = Stay(start, start + timedelta(days=1))
    quoted = (await _quote(guest, house_id, start, 1)).data
    until = datetime.strptime(quoted["expires_at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    service = host.services.quotes

    for at, is_good in ((until - timedelta(seconds=1), True), (until, False)):
        monkeypatch.setattr(service, "_clock", _Still(at))
        if is_good:
            assert service.redeem(quoted["quote"], house_id, stay, 1).guests == 1
        else:
            with pytest.raises(QuoteExpired) as refused:
                service.redeem(quoted["quote"], house_id, stay, 1)

    assert (refused.value.status, refused.value.errno, refused.value.field) == (409, "4004", "quote")
    assert refused.value.message == "报价已过期，请重新查看价格"
    assert timedelta(0) < until - datetime.now(UTC) <= LIFE


class _Still:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


async def _house(new_visitor: NewVisitor, **changes: Any) -> tuple[Visitor, Visitor, int]:
    """A host, a guest with a session, and a house for 100 yuan a night."""
    host, guest = new_visitor(), await new_visitor().begin()
    owner_id = await sign_in_new_host(host)
    fields = {"price": 100, "deposit": 0, "max_days": 0, **changes}
    (house_id,) = await insert_houses(host.services, owner_id, [fields])
    return host, guest, house_id


def _path(house_id: int) -> str:
    return f"{API}/houses/{house_id}/prices"


def _day(visitor: Visitor, days: int) -> date:
    return visitor.services.nights.today + timedelta(days=days)


def _next_friday(visitor: Visitor) -> date:
    today = visitor.services.nights.today
    return today + timedelta(days=(4 - today.weekday()) % 7)


def _range(visitor: Visitor, start: int, end: int, price: Any) -> dict[str, Any]:
    """Days from today."""
    return {"start_date": str(_day(visitor, start)), "end_date": str(_day(visitor, end)), "price": price}


async def _save(host: Visitor, house_id: int, changes: dict[str, Any]) -> Answer:
    return await host.send("PUT", _path(house_id), {**PLAIN, **changes})


async def _quote(guest: Visitor, house_id: int, start: date, nights: int, guests: int = 1) -> Answer:
    end = start + timedelta(days=nights)
    body = {"start_date": str(start), "end_date": str(end), "guests": guests}
    return await guest.send("POST", f"{API}/houses/{house_id}/quote", body)


async def _special_nights(host: Visitor, house_id: int) -> list[tuple[date, int]]:
    found = await rows(
        host.services,
        "SELECT night, price_fen FROM house_prices WHERE house_id = %s ORDER BY night",
        house_id,
    )
    return [(row["night"], row["price_fen"]) for row in found]


async def _insert_special(host: Visitor, house_id: int, prices: dict[int, int]) -> None:
    """Days from today, price in fen."""
    async with host.services.database.transaction() as cursor:
        await cursor.executemany(
            "INSERT INTO house_prices (house_id, night, price_fen) VALUES (%s, %s, %s)",
            [(house_id, _day(host, days), price_fen) for days, price_fen in prices.items()],
        )
