"""The pages of bookings as they leave the server: for whom, and what comes with them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.houses import publish_online, sign_in_new_host, sign_in_new_user
from tests.visitor import API, Visitor

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)
PAGES = [
    "/booking.html?house_id=1",
    "/orders.html",
    "/lorders.html",
    "/order/1",
    "/payComplete.html?order_id=1",
]
SCRIPT = "</script><script>alert(1)</script>"


async def book(host: Visitor, guest: Visitor, title: str = "石头房子") -> tuple[int, int]:
    """A house of this host, and an order of this guest; returns both ids."""
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    house_id = await publish_online(host, title=title)
    start = date.today() + timedelta(days=10)  # noqa: DTZ011 - far enough from any midnight
    stay = {"start_date": start.isoformat(), "end_date": (start + timedelta(days=2)).isoformat()}
    placed = await guest.send("POST", f"{API}/orders", {"house_id": house_id, **stay})
    assert placed.status == 201, placed.body
    return house_id, int(placed.data["order"]["order_id"])


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_lead_through_the_login(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)

    assert page.status == 302
    assert page.headers["Location"].startswith("/login.html?from=%2F")


async def test_an_order_comes_with_its_page_for_both_sides_only(new_visitor: NewVisitor) -> None:
    host, guest, stranger = new_visitor(), new_visitor(), new_visitor()
    _, order_id = await book(host, guest)
    await sign_in_new_user(stranger)

    for path in (f"/order/{order_id}", f"/payComplete.html?order_id={order_id}"):
        seen = {who: await visitor.get(path) for who, visitor in (("host", host), ("guest", guest))}
        not_theirs = await stranger.get(path)

        assert {who: sent(page.body)["role"] for who, page in seen.items()} == {
            "host": "host",
            "guest": "guest",
        }
        assert b"order-sent" not in not_theirs.body


async def test_a_title_that_is_a_script_stays_text(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    house_id, order_id = await book(host, guest, title=SCRIPT)

    order = await guest.get(f"/order/{order_id}")
    booking = await guest.get(f"/booking.html?house_id={house_id}")

    assert sent(order.body)["title"] == SCRIPT
    assert SCRIPT.encode() not in order.body
    assert SCRIPT.encode() not in booking.body


@pytest.mark.parametrize(
    "query", ["", "?house_id=", "?house_id=x", "?house_id=999999999", "?house_id=-1", f"?house_id={'9' * 40}"]
)
async def test_a_house_that_is_not_there_cannot_be_booked(visitor: Visitor, query: str) -> None:
    await sign_in_new_user(visitor)

    page = await visitor.get(f"/booking.html{query}")

    assert b'data-page="404"' in page.body
    assert b'id="submit"' not in page.body


def sent(body: bytes) -> dict[str, str]:
    """The order that came with a page."""
    found = re.search(rb'id="order-sent">(.*?)</script>', body, re.DOTALL)
    assert found, body
    return dict(json.loads(found[1]))
