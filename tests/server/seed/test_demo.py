"""The demo: written once, completed after a cut, never over somebody's own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.houses.model import HouseStatus
from server.seed import curated, repository
from server.seed.curated_stays import GUESTS
from server.seed.model import DEMO_PASSWORD
from tests.server.seed.checks import assert_chronological, assert_whole
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.seed.conftest import Site
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)
FEW = 4
PEOPLE = len(curated.PEOPLE) + len(GUESTS)


class Died(Exception):
    """The process ended here."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's first houses only."""
    monkeypatch.setattr("server.seed.demo.HOUSES", curated.HOUSES[:FEW])


def ignore(line: str) -> None:
    """Nobody listens."""


async def cut_off(site: Site, at: str, after: int) -> None:
    """Run the demo and die when the service's method is called for the n-th time."""
    owner, name = at.split(".")
    service = getattr(site.services, owner)
    method, calls = getattr(service, name), iter(range(100))

    async def dies(*arguments: object) -> object:
        if next(calls) == after:
            raise Died
        return await method(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, name, dies)
        with pytest.raises(Died):
            await site.demo.run(ignore)


async def test_the_demo_is_online_whole_and_different(site: Site) -> None:
    await site.demo.run(ignore)

    await assert_whole(site)
    houses = await site.rows("SELECT status, title, order_count FROM houses")
    assert len({house["title"] for house in houses}) == len(houses) == len(curated.HOUSES)
    assert {house["status"] for house in houses} == {HouseStatus.ONLINE}
    assert await site.count("areas WHERE online_count > 0") == 16
    pictures = await site.rows("SELECT COUNT(*) AS n FROM house_images GROUP BY house_id")
    assert {row["n"] for row in pictures} == {3, 4, 5}
    assert await site.count("house_nights") > 100
    await assert_chronological(site)
    terms = await site.rows("SELECT DISTINCT cancellation, instant_booking FROM houses")
    assert {row["cancellation"] for row in terms} == {"flexible", "moderate", "strict"}
    assert {row["instant_booking"] for row in terms} == {0, 1}
    assert await site.count("houses WHERE weekend_price_fen > price_fen") > 30
    assert await site.count("house_prices") > 100


async def test_a_second_run_adds_nothing(site: Site, few: None) -> None:
    await site.demo.run(ignore)
    tables = {table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in ("houses", "orders", "house_nights")}
    before = {table: await site.rows(statement) for table, statement in tables.items()}

    await site.demo.run(ignore)

    assert {table: await site.rows(statement) for table, statement in tables.items()} == before
    assert await site.count("users") == PEOPLE


@pytest.mark.parametrize(
    ("at", "after"),
    [
        ("identities.verify", 2),
        ("accounts.change_avatar", 3),
        ("houses.publish", 2),
        ("media.variants", 5),
        ("prices.save", 1),
        ("nights.block", 2),
        ("houses.move", 1),
        ("accounts.change_avatar", len(curated.PEOPLE) + 2),
    ],
)
async def test_a_run_that_was_cut_off_is_completed_by_the_next(
    site: Site, few: None, at: str, after: int
) -> None:
    await cut_off(site, at, after)
    await assert_whole(site)

    await site.demo.run(ignore)

    await assert_whole(site)
    assert await site.count("users") == PEOPLE
    assert await site.count("orders") > 20
    assert await site.count("identities") == len(curated.HOSTS)
    assert await site.count("houses") == await site.count("houses WHERE status = 'online'") == FEW


async def test_orders_that_were_cut_off_are_not_there_at_all_and_come_with_the_next_run(
    site: Site, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(repository, "count_many", dies)
        with pytest.raises(Died):
            await site.demo.run(ignore)
    assert await site.count("orders") == await site.count("reviews") == await site.count("payments") == 0
    assert await site.count("house_nights WHERE kind = 'order'") == 0

    await site.demo.run(ignore)

    await assert_whole(site)
    assert await site.count("orders") > 20


async def test_nothing_is_begun_where_somebody_has_a_house_or_one_of_the_phones(site: Site) -> None:
    assert await site.demo.can_begin()

    await site.seed(houses=1, users=1)
    with_a_house = await site.demo.can_begin()
    await site.rows("DELETE FROM houses")
    without = await site.demo.can_begin()
    await site.rows("UPDATE users SET mobile = '13800000002'")

    assert (with_a_house, without, await site.demo.can_begin()) == (False, True, False)


async def test_the_demo_accounts_sign_in_and_the_host_has_houses(
    site: Site, few: None, new_visitor: Callable[[], Visitor]
) -> None:
    await site.demo.run(ignore)
    host, guest = await new_visitor().begin(), await new_visitor().begin()

    assert (await host.sign_in("13800000001", DEMO_PASSWORD)).status == 201
    assert (await guest.sign_in("13800000002", DEMO_PASSWORD)).status == 201

    assert (await host.get(f"{API}/user")).data["verified"] is True
    assert (await guest.get(f"{API}/user")).data["verified"] is False
    owned = (await host.get(f"{API}/user/houses")).data["houses"]
    assert [(house["title"], house["status"]) for house in owned] == [(curated.HOUSES[0][3], "online")]
    shown = (await guest.get(f"{API}/houses/index")).data["houses"]
    assert {house["image"]["state"] for house in shown} == {"ready"}
