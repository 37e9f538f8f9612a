"""Seeding a database: equal every time, whole at every moment, and nobody's rows are touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.accounts.passwords import Passwords
from server.local.servers import create_database
from server.media.model import ClaimLost
from server.migrations import upgrade
from server.seed import repository
from server.seed.model import PASSWORD, SeedRefused
from server.services import open_services
from tests.server.seed.checks import assert_chronological, assert_orders, assert_whole
from tests.server.seed.conftest import Site
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.db import Cursor
    from tests.stack import Stack
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)
TABLES = {
    "houses": "SELECT * FROM houses ORDER BY id",
    "house_nights": "SELECT * FROM house_nights ORDER BY house_id, night",
    "house_images": "SELECT house_id, position, object_key, variants, created_at FROM house_images ORDER BY 1, 2",
    "users": "SELECT * FROM users ORDER BY id",
    "identities": "SELECT user_id, created_at FROM identities ORDER BY user_id",
    "areas": "SELECT * FROM areas ORDER BY id",
    "orders": "SELECT * FROM orders ORDER BY id",
    "order_events": "SELECT * FROM order_events ORDER BY order_id, version",
    "refunds": "SELECT * FROM refunds ORDER BY id",
    "reviews": "SELECT * FROM reviews ORDER BY order_id",
}


async def content(site: Site) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, but for what is sealed anew each time."""
    return {name: await site.rows(statement) for name, statement in TABLES.items()}


async def test_what_is_seeded_is_what_the_services_would_have_written(site: Site) -> None:
    await site.seed(houses=130)

    await assert_whole(site)
    assert await site.count("houses") == 130
    assert await site.count("identities") == await site.count("users") == 7
    kinds = await site.rows("SELECT DISTINCT kind, order_id FROM house_nights")
    assert kinds == [{"kind": "block", "order_id": None}]


async def test_seeded_orders_are_what_the_services_would_have_written_past_and_to_come(site: Site) -> None:
    await site.seed(houses=130, users=20, nights=20, orders=1500, pictures=0)

    await assert_whole(site)
    await assert_chronological(site)
    assert await site.count("orders") == 1500
    statuses = await site.rows("SELECT status, COUNT(*) AS n FROM orders GROUP BY status")
    assert {"PAID", "WAIT_COMMENT", "COMPLETE", "CANCELED", "REJECTED"} <= {row["status"] for row in statuses}
    assert await site.count("orders WHERE guest_id = host_id") == 0
    assert await site.count("orders WHERE status = 'PAID' AND check_in > CURRENT_DATE + INTERVAL 5 DAY") > 100
    assert await site.count("reviews WHERE reply IS NOT NULL") > 100
    assert await site.count("refunds WHERE cause = 'cancel'") > 5
    assert await site.count("house_nights WHERE kind = 'block'") > 1000
    counts = "SELECT SUM(order_count) AS n FROM houses"
    booked = "orders WHERE status IN ('PAID', 'WAIT_COMMENT', 'COMPLETE')"
    assert (await site.rows(counts))[0]["n"] == await site.count(booked)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE reviews SET rating = 1 WHERE rating > 1 LIMIT 1",
        "UPDATE houses SET order_count = 0",
        "DELETE FROM house_nights WHERE kind = 'order' LIMIT 1",
        "UPDATE order_events SET created_at = created_at + INTERVAL 90 DAY WHERE event = 'pay' LIMIT 1",
        "UPDATE refunds SET status = 'failed' LIMIT 1",
        "UPDATE refunds SET amount_fen = amount_fen - 1 LIMIT 1",
    ],
)
async def test_the_checks_of_orders_see_what_is_wrong(site: Site, damage: str) -> None:
    await site.seed(orders=200, pictures=0)
    await assert_orders(site)

    await site.rows(damage)

    with pytest.raises(AssertionError):
        await assert_orders(site)


async def test_a_failure_in_the_middle_of_the_orders_leaves_whole_orders_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    async def fails_later(cursor: Cursor, rows: Sequence[tuple[int, int, int, int]]) -> None:
        calls.append(len(rows))
        if len(calls) == 3:
            raise ClaimLost("storage")
        await count_many(cursor, rows)

    count_many = repository.count_many
    monkeypatch.setattr(repository, "count_many", fails_later)
    monkeypatch.setattr("server.seed.bookings.BATCH", 100)

    with pytest.raises(ClaimLost):
        await site.seed(orders=400, pictures=0)

    assert await site.count("orders") == 200
    await assert_whole(site)


async def test_a_night_that_somebody_took_meanwhile_is_said_and_is_theirs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken(cursor: Cursor, rows: Sequence[tuple[int, str, int]]) -> None:
        async with site.services.database.transaction() as other:
            await repository.insert_nights(other, [rows[0][:2]])
        await insert_order_nights(cursor, rows)

    insert_order_nights = repository.insert_order_nights
    monkeypatch.setattr(repository, "insert_order_nights", taken)

    with pytest.raises(SeedRefused, match="seed again"):
        await site.seed(nights=0, orders=50, pictures=0)

    assert await site.count("orders") == 0
    assert await site.count("house_nights") == await site.count("house_nights WHERE kind = 'block'") == 1


async def test_the_same_plan_seeds_the_same_rows_in_another_database(site: Site, stack: Stack) -> None:
    await site.seed(orders=300)
    name = "seed_again"
    create_database(stack.folder.mysql_socket, name)
    url = stack.settings.mysql_url.replace("/ihome?", f"/{name}?")
    upgrade(url)

    async with open_services(site.services.settings.model_copy(update={"mysql_url": url})) as services:
        other = Site(services)
        await other.seed(orders=300)
        again = await content(other)

    assert again == await content(site)


async def test_seeding_again_adds_others_and_leaves_what_is_there(site: Site) -> None:
    await site.seed(orders=100)
    before = await content(site)

    await site.seed(houses=20, users=3, orders=100)

    after = await content(site)
    for table in ("houses", "users", "house_nights", "house_images", "orders", "refunds", "reviews"):
        assert after[table][: len(before[table])] == before[table]
    assert len(after["houses"]) == 80
    assert [row["mobile"] for row in after["users"]][-3:] == ["14700000008", "14700000009", "14700000010"]
    await assert_whole(site)


async def test_a_failure_in_the_middle_leaves_whole_houses_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = []

    async def fails_later(cursor: Cursor, rows: Sequence[tuple[str, int]]) -> None:
        batches.append(len(rows))
        if len(batches) == 3:
            raise ClaimLost("storage")
        await insert_words(cursor, rows)

    insert_words = repository.insert_words
    monkeypatch.setattr(repository, "insert_words", fails_later)
    monkeypatch.setattr("server.seed.service.BATCH", 10)
    monkeypatch.setattr("server.seed.invention.BATCH", 10)

    with pytest.raises(ClaimLost):
        await site.seed()

    assert 0 < await site.count("houses") < 60
    assert await site.count("houses") % 10 == 0
    await assert_whole(site)


async def test_a_lost_claim_on_a_picture_keeps_nothing_of_the_batch(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_many = repository.hold_many

    async def swept(cursor: Cursor, references: Any) -> None:
        await cursor.execute("UPDATE objects SET generation = generation + 1 LIMIT 1")
        await hold_many(cursor, references)

    monkeypatch.setattr(repository, "hold_many", swept)

    with pytest.raises(ClaimLost):
        await site.seed()

    assert await site.count("houses") == await site.count("house_words") == 0
    await assert_whole(site)


async def test_seeded_people_sign_in_are_verified_and_see_their_houses(
    site: Site, new_visitor: Callable[[], Visitor]
) -> None:
    await site.seed()
    visitor = await new_visitor().begin()

    answer = await visitor.sign_in("14700000001", PASSWORD)

    assert answer.status == 201
    shown = (await visitor.get(f"{API}/users/auth")).data
    assert shown["id_card"].startswith("1101")
    owned = (await visitor.get(f"{API}/user/houses")).data["houses"]
    assert {house["image_count"] > 0 for house in owned} == {True}


async def test_seeded_houses_are_found_by_text_area_and_dates(
    site: Site, new_visitor: Callable[[], Visitor]
) -> None:
    await site.seed()
    visitor = await new_visitor().begin()
    house = (await site.rows("SELECT * FROM houses WHERE status = 'online' ORDER BY id LIMIT 1"))[0]

    found = (await visitor.get(f"{API}/houses?aid={house['area_id']}&q={house['title'][:2]}")).data["houses"]

    assert house["id"] in {one["house_id"] for one in found}
    assert (await visitor.get(f"{API}/areas")).data[house["area_id"] - 1]["count"] > 0


async def test_every_seeded_account_has_the_known_password_and_no_other(site: Site) -> None:
    await site.seed(houses=0)
    passwords = Passwords(site.services.workers)

    hashes = {row["password_hash"] for row in await site.rows("SELECT password_hash FROM users")}

    assert len(hashes) == 1
    assert await passwords.verify(hashes.pop(), PASSWORD)
