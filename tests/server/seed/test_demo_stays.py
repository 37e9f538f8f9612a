"""The demo's orders: what the two accounts find, and how the houses come to look lived in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.nights.model import Stay
from server.orders.model import Event, OrderStatus
from server.orders.service import Step
from server.seed import curated
from server.seed.curated_stays import MY_REVIEW
from server.seed.demo_stays import DemoStays
from server.seed.model import DEMO_PASSWORD
from tests.server.seed.checks import assert_orders
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.seed.conftest import Site
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)
# As `demo.run` with the houses of the stories alone would need them: the 44 first ones.
STORIED = curated.HOUSES[:44]


def ignore(line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def storied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The houses that somebody stayed in."""
    monkeypatch.setattr("server.seed.demo.HOUSES", STORIED)


async def states(visitor: Visitor, role: str) -> list[str]:
    """Where an account's orders stand, the newest first."""
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await visitor.get(f"{API}/orders?role={role}{cursor and '&cursor='}{cursor}")).data
        found += [order["status"] for order in page["orders"]]
        cursor = page["next"]
    return found


async def test_the_host_finds_wishes_that_wait_and_the_guest_finds_every_kind_of_order(
    site: Site, storied: None, new_visitor: Callable[[], Visitor]
) -> None:
    await site.demo.run(ignore)
    host, guest = await new_visitor().begin(), await new_visitor().begin()
    await host.sign_in("13800000001", DEMO_PASSWORD)
    await guest.sign_in("13800000002", DEMO_PASSWORD)

    hosted, booked = await states(host, "host"), await states(guest, "guest")

    assert hosted[:3] == ["WAIT_ACCEPT", "WAIT_ACCEPT", "WAIT_PAYMENT"]
    assert set(hosted) == {"WAIT_ACCEPT", "WAIT_PAYMENT", "PAID", "WAIT_COMMENT", "COMPLETE", "REJECTED"}
    assert booked == ["PAID", "CANCELED", "WAIT_COMMENT", "COMPLETE"]
    page = (await host.get(f"{API}/orders?role=host&status=WAIT_ACCEPT")).data
    assert page["waiting"] == 2
    assert {tuple(order["actions"]) for order in page["orders"]} == {("accept", "reject")}


async def test_what_waits_has_its_whole_time_before_it_and_the_rest_is_over(
    site: Site, storied: None
) -> None:
    await site.demo.run(ignore)

    waiting = await site.rows(
        "SELECT status, TIMESTAMPDIFF(MINUTE, NOW(), expires_at) AS minutes FROM orders"
        " WHERE expires_at IS NOT NULL ORDER BY expires_at"
    )
    assert [row["status"] for row in waiting] == ["WAIT_PAYMENT", "WAIT_ACCEPT", "WAIT_ACCEPT"] + [
        "WAIT_COMMENT"
    ] * 2
    assert waiting[0]["minutes"] >= 13
    assert min(row["minutes"] for row in waiting[1:]) > 23 * 60
    assert (await site.services.orders.sweep()) == {"expired": 0, "checked_out": 0, "completed": 0}


async def test_the_home_page_and_a_house_show_bookings_reviews_and_answers(
    site: Site, storied: None, new_visitor: Callable[[], Visitor]
) -> None:
    await site.demo.run(ignore)
    visitor = await new_visitor().begin()

    shown = (await visitor.get(f"{API}/houses/index")).data["houses"]
    house = (await visitor.get(f"{API}/houses/{shown[0]['house_id']}")).data["house"]

    assert [one["order_count"] for one in shown] == [8, 6, 6, 5, 5]
    assert {one["rating"]["count"] > 3 and 4 <= one["rating"]["average"] <= 5 for one in shown} == {True}
    assert len(house["comments"]) == house["rating"]["count"] == 7
    assert [one for one in house["comments"] if one["reply"]] != []
    assert {one["user_avatar"] is not None for one in house["comments"]} == {True}
    mine = await site.rows("SELECT rating, comment, reply FROM reviews WHERE guest_id IN (SELECT id FROM users"
                           " WHERE mobile = '13800000002')")  # fmt: skip
    assert [tuple(row.values()) for row in mine] == [MY_REVIEW]


async def test_a_paid_order_of_the_demo_can_be_cancelled_and_its_money_goes_back(
    site: Site, storied: None
) -> None:
    await site.demo.run(ignore)
    [order] = await site.rows(
        "SELECT id, guest_id, amount_fen FROM orders WHERE status = 'PAID' AND guest_id IN"
        " (SELECT id FROM users WHERE mobile = '13800000002')"
    )

    await site.services.orders.act(order["guest_id"], Step(order["id"], Event.CANCEL), "zh")
    [refund] = await site.rows(f"SELECT id, task_id FROM refunds WHERE order_id = {order['id']}")
    await site.services.payments.refund(refund["task_id"], refund["id"])

    [after] = await site.rows(f"SELECT amount_fen, cause, status FROM refunds WHERE id = {refund['id']}")
    assert after == {"amount_fen": order["amount_fen"], "cause": "cancel", "status": "done"}
    await assert_orders(site)


async def test_nobody_is_in_two_houses_at_once(site: Site, storied: None) -> None:
    await site.demo.run(ignore)

    twice = await site.rows(
        "SELECT a.id, b.id FROM orders a JOIN orders b ON b.guest_id = a.guest_id AND b.id > a.id"
        " AND a.check_in < b.check_out AND b.check_in < a.check_out"
        " WHERE a.status NOT IN ('CANCELED', 'REJECTED') AND b.status NOT IN ('CANCELED', 'REJECTED')"
    )

    assert twice == []
    assert await site.count("orders") == 86


async def test_nights_that_somebody_took_meanwhile_are_left_to_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = DemoStays.add

    async def late(stays: DemoStays, house_ids: dict[int, int], guest_ids: list[int]) -> int:
        owner = (await site.rows(f"SELECT owner_id FROM houses WHERE id = {house_ids[0]}"))[0]["owner_id"]
        today = site.services.nights.today
        await site.services.nights.block(owner, house_ids[0], Stay(today, today + timedelta(days=40)))
        return await add(stays, house_ids, guest_ids)

    monkeypatch.setattr("server.seed.demo.HOUSES", curated.HOUSES[:1])
    monkeypatch.setattr(DemoStays, "add", late)

    await site.demo.run(ignore)

    ahead = await site.rows(
        f"SELECT DATEDIFF(check_in, CURRENT_DATE) AS days FROM orders WHERE status = '{OrderStatus.PAID}'"
    )
    assert len(ahead) == 1
    assert ahead[0]["days"] >= 39
