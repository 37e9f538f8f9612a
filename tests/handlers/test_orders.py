"""Orders over HTTP: placed, accepted, rejected, cancelled, swept by time, reviewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from server.orders import repository as orders_repository
from server.orders.model import Event
from tests.houses import publish_online, sign_in_new_host, sign_in_new_user
from tests.visitor import API, Answer, Visitor

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)


def days(first: int, nights: int) -> dict[str, str]:
    """A stay that begins so many days from now."""
    start = date.today() + timedelta(days=first)  # noqa: DTZ011 - far enough from any midnight
    return {"start_date": start.isoformat(), "end_date": (start + timedelta(days=nights)).isoformat()}


async def place(guest: Visitor, house_id: int, first: int = 10, nights: int = 2, **more: Any) -> Answer:
    """Book."""
    return await guest.send("POST", f"{API}/orders", {"house_id": house_id, **days(first, nights), **more})


async def test_a_guest_books_the_host_accepts_and_both_see_it(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    house_id = await publish_online(host, price="100", deposit="50", min_days=1)

    placed = await place(guest, house_id)
    order_id = placed.data["order"]["order_id"]
    waiting = await host.get(f"{API}/orders?role=host")
    accepted = await host.send("PUT", f"{API}/orders/{order_id}/status", {"action": "accept"})
    seen = await guest.get(f"{API}/orders/{order_id}")

    assert placed.status == 201, placed.body
    assert placed.data["order"]["amount"] == 2 * 10_000 + 5_000
    assert (placed.data["order"]["status"], placed.data["order"]["actions"]) == ("WAIT_ACCEPT", ["cancel"])
    assert (waiting.data["waiting"], waiting.data["orders"][0]["actions"]) == (1, ["accept", "reject"])
    assert accepted.data["order"]["status"] == "WAIT_PAYMENT"
    assert seen.data["order"]["actions"] == ["pay", "cancel"]
    assert [(one["event"], one["from"], one["to"]) for one in seen.data["order"]["events"]] == [
        ("place", None, "WAIT_ACCEPT"),
        ("accept", "WAIT_ACCEPT", "WAIT_PAYMENT"),
    ]


async def test_a_house_that_takes_everybody_waits_for_the_payment_at_once(new_visitor: NewVisitor) -> None:
    guest, house_id = await guest_and_house(new_visitor)
    await change(guest, "UPDATE houses SET instant_booking = TRUE WHERE id = %s", house_id)

    placed = await place(guest, house_id)

    assert placed.data["order"]["status"] == "WAIT_PAYMENT"
    assert placed.data["order"]["actions"] == ["pay", "cancel"]


async def test_a_taken_night_is_refused_whoever_asks_and_changes_nothing(new_visitor: NewVisitor) -> None:
    guest, house_id = await guest_and_house(new_visitor)
    other = new_visitor()
    await sign_in_new_user(other)
    await place(guest, house_id, first=10, nights=3)

    overlapping = [
        await place(other, house_id, first, nights) for first, nights in ((8, 3), (12, 1), (10, 3))
    ]
    again = await place(guest, house_id, first=10, nights=3)
    touching = [await place(other, house_id, first, nights) for first, nights in ((8, 2), (13, 2))]

    assert {(one.status, one.errno) for one in (*overlapping, again)} == {(409, "4004")}
    assert overlapping[0].json["errmsg"] == "房间已被抢定"
    assert [one.status for one in touching] == [201, 201]
    assert len(await rows(guest, "SELECT id FROM orders WHERE house_id = %s", house_id)) == 3


@pytest.mark.parametrize(
    ("wish", "status", "field"),
    [
        ({"first": -1}, 422, "start_date"),
        ({"nights": 0}, 422, "end_date"),
        ({"nights": -1}, 422, "end_date"),
        ({"nights": 1}, 422, "end_date"),
        ({"nights": 6}, 422, "end_date"),
        ({"first": 900}, 422, "end_date"),
        ({"guests": 3}, 422, "guests"),
        ({"guests": 0}, 422, "guests"),
        ({"quote": "nonsense"}, 422, "quote"),
    ],
)
async def test_what_the_house_does_not_take_is_refused(
    new_visitor: NewVisitor, wish: dict[str, Any], status: int, field: str
) -> None:
    guest, house_id = await guest_and_house(new_visitor, min_days=2, max_days=5, capacity=2)

    refused = await place(guest, house_id, **{"first": 10, "nights": 2, **wish})

    assert (refused.status, list(refused.fields)) == (status, [field])
    assert await rows(guest, "SELECT id FROM orders WHERE house_id = %s", house_id) == []


async def test_the_own_house_an_offline_one_and_none_cannot_be_booked(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    house_id = await publish_online(host)

    own = await place(host, house_id)
    await host.send("PUT", f"{API}/houses/{house_id}/status", {"status": "offline"})
    offline = await place(guest, house_id)
    missing = await place(guest, 10**17)

    assert (own.status, own.errno, list(own.fields)) == (409, "4004", ["house_id"])
    assert (offline.status, missing.status) == (404, 404)


async def test_the_price_that_was_shown_is_the_price_that_is_charged(new_visitor: NewVisitor) -> None:
    guest, house_id = await guest_and_house(new_visitor, price="100", deposit="0")
    asked = {**days(10, 2), "guests": 1}
    quote = await guest.send("POST", f"{API}/houses/{house_id}/quote", asked)
    await change(guest, "UPDATE houses SET price_fen = 99900 WHERE id = %s", house_id)

    promised = await place(guest, house_id, quote=quote.data["quote"])
    other_stay = await place(guest, house_id, first=20, quote=quote.data["quote"])
    fresh = await place(guest, house_id, first=20)

    assert promised.data["order"]["amount"] == quote.data["total"] == 20_000
    assert promised.data["order"]["lines"] == quote.data["lines"]
    assert (other_stay.status, list(other_stay.fields)) == (422, ["quote"])
    assert fresh.data["order"]["amount"] == 199_800


async def test_reject_needs_a_reason_frees_the_nights_and_is_final(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    house_id = await publish_online(host)
    order_id = (await place(guest, house_id)).data["order"]["order_id"]
    path = f"{API}/orders/{order_id}/status"

    nameless = await host.send("PUT", path, {"action": "reject"})
    by_the_guest = await guest.send("PUT", path, {"action": "reject", "reason": "不想"})
    by_a_stranger = await new_stranger(new_visitor, path)
    rejected = await host.send("PUT", path, {"action": "reject", "reason": "那几天 要修屋顶"})
    accepted = await host.send("PUT", path, {"action": "accept"})
    again = await place(guest, house_id)

    assert (nameless.status, list(nameless.fields)) == (422, ["reason"])
    assert (by_the_guest.status, by_a_stranger.status, accepted.status) == (409, 404, 409)
    assert (rejected.data["order"]["status"], rejected.data["order"]["reason"]) == (
        "REJECTED",
        "那几天 要修屋顶",
    )
    assert again.status == 201


async def test_a_page_that_read_an_older_version_is_told(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    placed = (await place(guest, await publish_online(host))).data["order"]
    path = f"{API}/orders/{placed['order_id']}/status"
    await host.send("PUT", path, {"action": "accept", "version": placed["version"]})

    late = await guest.send("PUT", path, {"action": "cancel", "version": placed["version"]})

    assert (late.status, list(late.fields)) == (409, ["version"])


async def test_time_ends_what_nobody_answers_and_frees_the_nights(new_visitor: NewVisitor) -> None:
    guest, house_id = await guest_and_house(new_visitor)
    waiting = (await place(guest, house_id)).data["order"]["order_id"]
    patient = (await place(guest, house_id, first=20)).data["order"]["order_id"]
    await change(guest, "UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 SECOND WHERE id = %s", waiting)

    await guest.services.orders.sweep()
    await guest.services.orders.sweep()

    ended = (await guest.get(f"{API}/orders/{waiting}")).data["order"]
    assert (ended["status"], [one["event"] for one in ended["events"]]) == ("CANCELED", ["place", "expire"])
    assert (await guest.get(f"{API}/orders/{patient}")).data["order"]["status"] == "WAIT_ACCEPT"
    assert len(await rows(guest, "SELECT night FROM house_nights WHERE house_id = %s", house_id)) == 2


async def test_after_the_stay_comes_the_review_and_the_hosts_one_reply(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    house_id = await publish_online(host)
    order_id = await paid_order(guest, house_id)
    early = await guest.send("PUT", f"{API}/orders/{order_id}/comment", {"comment": "好", "rating": 5})
    await over(guest, order_id)

    await guest.services.orders.sweep()
    said = {"comment": "院子很安静，<b>房东</b>热情", "rating": 5}
    refused = [
        await guest.send("PUT", f"{API}/orders/{order_id}/comment", {**said, **bad})
        for bad in ({"comment": " "}, {"rating": 6}, {"rating": 0})
    ]
    reviewed = await guest.send("PUT", f"{API}/orders/{order_id}/comment", said)
    twice = await guest.send("PUT", f"{API}/orders/{order_id}/comment", said)
    replied = await host.send("POST", f"{API}/orders/{order_id}/reply", {"reply": "欢迎再来"})
    again = await host.send("POST", f"{API}/orders/{order_id}/reply", {"reply": "再说一句"})
    house = (await new_visitor().get(f"{API}/houses/{house_id}")).data["house"]

    assert (early.status, twice.status, again.status) == (409, 409, 409)
    assert [list(one.fields) for one in refused] == [["comment"], ["rating"], ["rating"]]
    assert (reviewed.status, reviewed.data["order"]["status"], replied.status) == (200, "COMPLETE", 201)
    assert [(one["comment"], one["reply"]) for one in house["comments"]] == [(said["comment"], "欢迎再来")]
    assert (house["rating"], house["order_count"]) == ({"average": 5.0, "count": 1}, 1)


async def test_lists_show_one_side_its_states_and_go_on_by_cursor(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.orders.service.PAGE_SIZE", 2)
    guest, house_id = await guest_and_house(new_visitor)
    placed = [(await place(guest, house_id, first)).data["order"]["order_id"] for first in (10, 20, 30)]
    await guest.send("PUT", f"{API}/orders/{placed[0]}/status", {"action": "cancel"})

    first = (await guest.get(f"{API}/orders")).data
    second = (await guest.get(f"{API}/orders?cursor={first['next']}")).data
    dead = (await guest.get(f"{API}/orders?status=CANCELED,REJECTED")).data
    as_host = (await guest.get(f"{API}/orders?role=host")).data
    bad = [await guest.get(f"{API}/orders?{query}") for query in ("role=system", "status=X", "cursor=-1")]

    assert [one["order_id"] for one in (*first["orders"], *second["orders"])] == placed[::-1]
    assert (second["next"], [one["order_id"] for one in dead["orders"]]) == (None, placed[:1])
    assert (as_host["orders"], as_host["waiting"]) == ([], 0)
    assert [one.status for one in bad] == [422, 422, 422]


async def test_others_orders_are_not_there(new_visitor: NewVisitor) -> None:
    guest, house_id = await guest_and_house(new_visitor)
    order_id = (await place(guest, house_id)).data["order"]["order_id"]
    stranger = new_visitor()
    await sign_in_new_user(stranger)

    answers = [
        await stranger.get(f"{API}/orders/{order_id}"),
        await stranger.send("PUT", f"{API}/orders/{order_id}/status", {"action": "cancel"}),
        await stranger.send("PUT", f"{API}/orders/{order_id}/comment", {"comment": "好", "rating": 5}),
        await stranger.send("POST", f"{API}/orders/{order_id}/reply", {"reply": "好"}),
    ]

    assert {(one.status, one.errno) for one in answers} == {(404, "4002")}


async def guest_and_house(new_visitor: NewVisitor, **fields: Any) -> tuple[Visitor, int]:
    """A guest, and a house of somebody else that is online."""
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    await sign_in_new_user(guest)
    return guest, await publish_online(host, **fields)


async def new_stranger(new_visitor: NewVisitor, path: str) -> Answer:
    """Somebody else tries to accept."""
    stranger = new_visitor()
    await sign_in_new_user(stranger)
    return await stranger.send("PUT", path, {"action": "accept"})


async def paid_order(guest: Visitor, house_id: int) -> int:
    """An order of this guest that was paid."""
    await change(guest, "UPDATE houses SET instant_booking = TRUE WHERE id = %s", house_id)
    order_id = int((await place(guest, house_id)).data["order"]["order_id"])
    services = guest.services
    async with services.database.transaction() as cursor:
        order = await orders_repository.lock(cursor, order_id)
        assert order is not None
        await services.moves.apply(cursor, order, Event.PAY)
    return order_id


async def over(visitor: Visitor, order_id: int) -> None:
    """Move a stay into the past."""
    await change(
        visitor,
        "UPDATE orders SET check_in = check_in - INTERVAL 15 DAY, check_out = check_out - INTERVAL 15 DAY"
        " WHERE id = %s",
        order_id,
    )
    await change(
        visitor,
        "UPDATE house_nights SET night = night - INTERVAL 15 DAY WHERE order_id = %s ORDER BY night",
        order_id,
    )


async def change(visitor: Visitor, statement: str, *arguments: object) -> None:
    """Write past the product."""
    async with visitor.services.database.transaction() as cursor:
        await cursor.execute(statement, arguments)


async def rows(visitor: Visitor, statement: str, *arguments: object) -> list[dict[str, Any]]:
    """Read past the product."""
    async with visitor.services.database.reading() as cursor:
        await cursor.execute(statement, arguments)
        return await cursor.fetchall()
