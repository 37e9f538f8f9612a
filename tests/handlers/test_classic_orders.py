"""Orders and payment on the classic prefix, with the sandbox's cashier."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpserver import HTTPServer

from server.clock import SystemClock
from server.nights.model import today_at
from tests.classic import Front
from tests.houses import insert_houses, rows, sign_in_new_host, sign_in_new_user
from tests.payments import Booking, eventually, number_of, query_of
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handlers.application import IhomeApplication
    from tests.stack import Stack
    from tests.visitor import Answer

pytestmark = pytest.mark.gen_test(timeout=90)
ORDER = {
    "order_id",
    "title",
    "img_url",
    "start_date",
    "end_date",
    "ctime",
    "days",
    "amount",
    "status",
    "comment",
}
BODILESS = b""


@pytest.fixture(autouse=True)
def at_the_public_address(io_loop: Any, app: IhomeApplication, stack: Stack) -> Iterator[None]:
    """Let the sandbox's notices find the application."""
    server = HTTPServer(app)
    server.listen(stack.port, "127.0.0.1")
    yield
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@dataclass
class Town:
    """A house at 100 yuan a night, its host's page and a guest's."""

    host: Front
    guest: Front
    house_id: int

    async def wish(self, first: int = 10, nights: int = 2, **changes: object) -> Answer:
        """Book as booking.js does."""
        stay = {"start_date": day(first), "end_date": day(first + nights)}
        return await self.guest.json("POST", "/orders", {"house_id": str(self.house_id), **stay, **changes})

    async def place(self, first: int = 10) -> int:
        placed = await self.wish(first)
        assert placed.errno == "0", placed.body
        return int(placed.data["order_id"])

    async def accepted(self, first: int = 10) -> int:
        order_id = await self.place(first)
        done = await self.host.json("PUT", f"/orders/{order_id}/status", {"action": "accept"})
        assert done.errno == "0", done.body
        return order_id

    async def order(self, order_id: int, role: str = "custom") -> dict[str, Any]:
        front = self.host if role == "landlord" else self.guest
        orders = (await front.get("/user/orders", role=role)).data["orders"]
        return next(one for one in orders if one["order_id"] == order_id)

    def booking(self, stack: Stack, order_id: int) -> Booking:
        """The same for what the tests of payments do with the sandbox."""
        return Booking(self.guest.visitor, self.host.visitor, stack, self.house_id, order_id)


@pytest.fixture
def town(io_loop: Any, new_visitor: Callable[[], Visitor]) -> Town:
    """Nothing booked yet."""

    async def build() -> Town:
        host, guest = Front(new_visitor()), Front(new_visitor())
        host_id = await sign_in_new_host(host.visitor)
        await sign_in_new_user(guest.visitor)
        [house_id] = await insert_houses(host.visitor.services, host_id, [{"price": "100", "deposit": "0"}])
        return Town(host, guest, house_id)

    return io_loop.run_sync(build)


def day(number: int) -> str:
    """A date so many days from today at the houses."""
    return (today_at(SystemClock().now()) + timedelta(days=number)).isoformat()


async def test_a_stay_of_two_nights_costs_two_nights(town: Town) -> None:
    order_id = await town.place()

    order = await town.order(order_id)

    assert set(order) == ORDER
    assert (order["days"], order["amount"], order["status"]) == (2, 20_000, "WAIT_ACCEPT")
    assert (order["start_date"], order["end_date"], order["comment"]) == (day(10), day(12), "")


async def test_orders_come_as_a_form_too(town: Town) -> None:
    fields = {"house_id": town.house_id, "start_date": day(10), "end_date": day(11)}

    assert (await town.guest.form("POST", "/orders", fields)).errno == "0"


async def test_taken_nights_are_4004_however_many_ask(town: Town) -> None:
    answers = await asyncio.gather(*(town.wish() for _ in range(10)))
    overlapping = await town.wish(first=11)
    behind = await town.wish(first=12)

    assert sorted(answer.errno for answer in answers) == ["0"] + ["4004"] * 9
    assert (overlapping.errno, overlapping.json["errmsg"]) == ("4004", "房间已被抢定")
    assert behind.errno == "0"


async def test_what_is_no_stay_is_refused_with_another_errno(town: Town) -> None:
    """4004 makes the page say that somebody was faster."""
    refused = {
        "no nights": await town.wish(nights=0),
        "backwards": await town.wish(nights=-1),
        "past": await town.wish(first=-3),
        "ten years": await town.wish(nights=3650),
        "too many": await town.wish(guests="5"),
        "no date": await town.wish(start_date="2026-02-30"),
        "no house": await town.wish(house_id="undefined"),
    }
    own = await town.host.json(
        "POST", "/orders", {"house_id": town.house_id, "start_date": day(10), "end_date": day(11)}
    )
    gone = await town.wish(house_id="999999999")

    assert {name: answer.errno for name, answer in refused.items()} == dict.fromkeys(refused, "4103")
    assert (own.errno, gone.errno) == ("4105", "4002")
    assert (await town.guest.get("/user/orders")).data["orders"] == []


async def test_each_side_sees_its_own_orders(town: Town) -> None:
    order_id = await town.place()

    sides = {
        role: (await front.get("/user/orders", role=role)).data["orders"]
        for front, role in ((town.guest, "custom"), (town.host, "landlord"), (town.host, "custom"))
    }
    unnamed = (await town.guest.get("/user/orders", role="undefined")).data["orders"]

    assert [one["order_id"] for one in unnamed] == [order_id]
    assert sides["custom"] == []  # the host's own side as a guest, asked last
    assert [one["order_id"] for one in sides["landlord"]] == [order_id]


async def test_accept_and_reject_as_lorders_js_does(town: Town) -> None:
    accepted, rejected, by_query = [await town.place(first) for first in (10, 20, 30)]

    yes = await town.host.raw(
        "PUT", f"/orders/{accepted}/status", b'{"action":"accept"}', **{"Content-Type": "application/json"}
    )
    silent = await town.host.json("PUT", f"/orders/{rejected}/status", {"action": "reject"})
    no = await town.host.json("PUT", f"/orders/{rejected}/status", {"action": "reject", "reason": "当天装修"})
    also = await town.host.raw("PUT", f"/orders/{by_query}/status?action=accept", BODILESS)
    again = await town.host.json("PUT", f"/orders/{rejected}/status", {"action": "accept"})

    assert [one.errno for one in (yes, silent, no, also, again)] == ["0", "4103", "0", "0", "4004"]
    assert (await town.order(accepted))["status"] == "WAIT_PAYMENT"
    assert (await town.order(by_query))["status"] == "WAIT_PAYMENT"
    assert (await town.order(rejected))["status"] == "REJECTED"
    assert (await town.order(rejected))["comment"] == "当天装修"
    assert (await town.wish(first=20)).errno == "0"  # the nights are free again


async def test_only_the_host_decides(town: Town, new_visitor: Callable[[], Visitor]) -> None:
    order_id = await town.place()
    stranger = Front(new_visitor())
    await sign_in_new_user(stranger.visitor)

    by_guest = await town.guest.json("PUT", f"/orders/{order_id}/status", {"action": "accept"})
    by_stranger = await stranger.json("PUT", f"/orders/{order_id}/status", {"action": "accept"})
    unknown = await town.host.json("PUT", f"/orders/{order_id}/status", {"action": "complete"})

    assert [one.errno for one in (by_guest, by_stranger, unknown)] == ["4004", "4002", "4103"]
    assert (await town.order(order_id))["status"] == "WAIT_ACCEPT"


async def test_a_review_without_stars_counts_as_five(town: Town) -> None:
    order_id = await town.place()
    early = await town.guest.json(
        "PUT", f"/orders/{order_id}/comment", {"order_id": order_id, "comment": "好"}
    )
    await rows(
        town.guest.visitor.services, "UPDATE orders SET status = 'WAIT_COMMENT' WHERE id = %s", order_id
    )

    empty = await town.guest.json("PUT", f"/orders/{order_id}/comment", {"comment": ""})
    foreign = await town.host.json("PUT", f"/orders/{order_id}/comment", {"comment": "自己夸自己"})
    done = await town.guest.json(
        "PUT", f"/orders/{order_id}/comment", {"order_id": order_id, "comment": "安静 <b>干净</b>"}
    )
    again = await town.guest.json("PUT", f"/orders/{order_id}/comment", {"comment": "再来一次"})

    house = (await town.host.get(f"/houses/{town.house_id}")).data["house"]
    ours = (await town.host.visitor.get(f"{API}/houses/{town.house_id}")).data["house"]
    assert [one.errno for one in (early, empty, foreign, done, again)] == [
        "4004",
        "4103",
        "4004",
        "0",
        "4004",
    ]
    assert [one["comment"] for one in house["comments"]] == ["安静 ＜b＞干净＜/b＞"]
    assert set(house["comments"][0]) == {"comment", "user_name", "ctime"}
    assert ours["rating"] == {"average": 5.0, "count": 1}
    assert (await town.order(order_id))["status"] == "COMPLETE"


async def test_payment_leads_to_the_cashier_and_the_provider_has_the_last_word(
    town: Town, stack: Stack
) -> None:
    order_id = await town.accepted()
    unpayable = await town.host.raw("POST", f"/orders/{order_id}/payment", BODILESS)

    begun = await town.guest.raw("POST", f"/orders/{order_id}/payment", BODILESS)
    booking = town.booking(stack, order_id)
    pay_url = begun.data["pay_url"]
    await booking.open(pay_url)
    await booking.control(number_of(pay_url), "/pay")

    async def is_paid() -> bool:
        return bool((await town.order(order_id))["status"] == "PAID")

    await eventually(is_paid)
    assert unpayable.errno == "4002"


async def test_a_browser_that_comes_back_makes_the_site_ask_the_provider(
    town: Town, stack: Stack, new_visitor: Callable[[], Visitor]
) -> None:
    order_id = await town.accepted()
    booking, pay_url = town.booking(stack, order_id), ""
    pay_url = (await town.guest.raw("POST", f"/orders/{order_id}/payment", BODILESS)).data["pay_url"]
    await booking.open(pay_url)
    await booking.control(number_of(pay_url), notifying="off")
    paid = query_of((await booking.control(number_of(pay_url), "/pay"))["return_url"])
    stranger = Front(new_visitor())
    await sign_in_new_user(stranger.visitor)

    forged = await town.guest.form("PUT", "/order/payment", {**paid, "total_amount": "0.01"})
    unsigned = await town.guest.form("PUT", "/order/payment", {"out_trade_no": paid["out_trade_no"]})
    nothing = await town.guest.form("PUT", "/order/payment", {})
    foreign = await stranger.form("PUT", "/order/payment", paid)
    before = (await town.order(order_id))["status"]
    told = await town.guest.form("PUT", "/order/payment", paid)
    again = await town.guest.form("PUT", "/order/payment", paid)

    assert [one.errno for one in (forged, unsigned, nothing, foreign)] == ["4201", "4201", "4201", "4002"]
    assert before == "WAIT_PAYMENT"
    assert (told.errno, told.data, again.errno) == ("0", {"order_id": order_id}, "0")
    assert (await town.order(order_id))["status"] == "PAID"


async def test_the_browsers_word_alone_pays_nothing(
    town: Town, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signed address of an unpaid trade: the provider says that it still waits."""
    order_id = await town.accepted()
    pay_url = (await town.guest.raw("POST", f"/orders/{order_id}/payment", BODILESS)).data["pay_url"]
    await town.booking(stack, order_id).open(pay_url)
    payments = town.guest.visitor.services.payments
    monkeypatch.setattr(type(payments._provider), "read_return", lambda _self, _query: number_of(pay_url))

    told = await town.guest.form("PUT", "/order/payment", {"out_trade_no": number_of(pay_url)})

    assert (told.errno, told.json["errmsg"]) == ("4004", "支付平台尚未确认这笔付款")
    assert (await town.order(order_id))["status"] == "WAIT_PAYMENT"


async def test_everything_about_orders_needs_a_signed_in_user(new_visitor: Callable[[], Visitor]) -> None:
    nobody = await Front(new_visitor()).open()

    answers = [
        await nobody.get("/user/orders", role="custom"),
        await nobody.json("POST", "/orders", {}),
        await nobody.json("PUT", "/orders/1/status", {"action": "accept"}),
        await nobody.json("PUT", "/orders/1/comment", {"comment": "好"}),
        await nobody.raw("POST", "/orders/1/payment", BODILESS),
        await nobody.form("PUT", "/order/payment", {}),
        await nobody.get("/user/houses"),
        await nobody.upload("/houses/image", "house_image", house_id=1),
    ]

    assert {answer.errno for answer in answers} == {"4101"}
