"""Idempotency-Key over HTTP: every call that creates something has its effect once and answers the same again."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.orders.model import Event
from tests.bookings import Booked
from tests.houses import (
    FIELDS,
    add_picture,
    insert_houses,
    png,
    rows,
    sign_in_again,
    sign_in_new_host,
    sign_in_new_user,
)
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.services import Services

NewVisitor = Callable[[], Visitor]
pytestmark = pytest.mark.gen_test(timeout=60)


@dataclass
class Call:
    """A call that creates something: who, where, with what, another body, and how often it happened."""

    visitor: Visitor
    path: str
    body: dict[str, Any]
    other: dict[str, Any]
    count: Callable[[], Awaitable[int]]

    async def send(self, key: str | None, body: dict[str, Any] | None = None) -> Answer:
        """Once, with this key."""
        headers = {
            "Content-Type": "application/json",
            **({"Idempotency-Key": key} if key is not None else {}),
        }
        content = json.dumps(self.body if body is None else body).encode()
        return await self.visitor.call("POST", API + self.path, content, headers)


def stay(first: int = 10, nights: int = 2) -> dict[str, str]:
    start = date.today() + timedelta(days=first)  # noqa: DTZ011 - far enough from any midnight
    return {"start_date": start.isoformat(), "end_date": (start + timedelta(days=nights)).isoformat()}


def counting(services: Services, statement: str, *arguments: object) -> Callable[[], Awaitable[int]]:
    """How many rows there are."""

    async def count() -> int:
        return len(await rows(services, statement, *arguments))

    return count


async def booked(new_visitor: NewVisitor) -> tuple[Visitor, Visitor, Booked]:
    """A host with an online house, and a guest; both signed in."""
    host, guest = new_visitor(), new_visitor()
    host_id, guest_id = await sign_in_new_host(host), await sign_in_new_user(guest)
    [house_id] = await insert_houses(host.services, host_id, [{}])
    return host, guest, Booked(host.services, host_id, guest_id, house_id)


async def a_house(new_visitor: NewVisitor) -> Call:
    host, _, town = await booked(new_visitor)
    count = counting(
        host.services, "SELECT id FROM houses WHERE owner_id = %s AND status = 'draft'", town.host_id
    )
    return Call(host, "/houses", FIELDS, {**FIELDS, "price": "20"}, count)


async def a_block(new_visitor: NewVisitor) -> Call:
    host, _, town = await booked(new_visitor)
    count = counting(
        host.services, "SELECT seq FROM live_events WHERE user_id = %s AND kind = 'house'", town.host_id
    )
    return Call(host, f"/houses/{town.house_id}/blocks", stay(), stay(20), count)


async def an_identity(new_visitor: NewVisitor) -> Call:
    person = new_visitor()
    user_id = await sign_in_new_user(person)
    body = {"real_name": "张小三", "id_card": id_number(user_id)}
    count = counting(person.services, "SELECT user_id FROM identities WHERE user_id = %s", user_id)
    return Call(person, "/users/auth", body, {**body, "real_name": "张小四"}, count)


async def an_order(new_visitor: NewVisitor) -> Call:
    _, guest, town = await booked(new_visitor)
    body = {"house_id": town.house_id, **stay()}
    count = counting(guest.services, "SELECT id FROM orders WHERE guest_id = %s", town.guest_id)
    return Call(guest, "/orders", body, {**body, **stay(20)}, count)


async def a_reply(new_visitor: NewVisitor) -> Call:
    host, _, town = await booked(new_visitor)
    order_id = await town.reach("accept", "pay", "check_out")
    await town.services.orders.comment(town.guest_id, order_id, ("很好", 5), "zh")
    count = counting(
        host.services, "SELECT version FROM order_events WHERE order_id = %s AND event = 'reply'", order_id
    )
    return Call(host, f"/orders/{order_id}/reply", {"reply": "谢谢"}, {"reply": "欢迎再来"}, count)


async def a_payment(new_visitor: NewVisitor) -> Call:
    _, guest, town = await booked(new_visitor)
    order_id = await town.reach("accept")
    count = counting(guest.services, "SELECT id FROM payments WHERE order_id = %s", order_id)
    return Call(guest, f"/orders/{order_id}/payment", {}, {"": ""}, count)


CALLS = [a_house, a_block, an_identity, an_order, a_reply, a_payment]
Begin = Callable[[NewVisitor], Awaitable[Call]]


def id_number(user_id: int) -> str:
    """A valid number that nobody else has."""
    digits = f"1101011990{user_id // 1000 % 12 + 1:02}15{user_id % 1000:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


@pytest.mark.parametrize("begin", CALLS)
async def test_a_replay_answers_the_same_and_happens_once(begin: Begin, new_visitor: NewVisitor) -> None:
    call = await begin(new_visitor)

    first, again = await call.send("k-1"), await call.send("k-1")

    assert first.status in {200, 201}, first.body
    assert (again.status, again.body) == (first.status, first.body)
    assert await call.count() == 1


@pytest.mark.parametrize("begin", [a_house, an_order])
async def test_without_a_key_it_happens_again_or_is_refused(begin: Begin, new_visitor: NewVisitor) -> None:
    """The negative control of the test above: two houses, and an order whose nights are taken."""
    call = await begin(new_visitor)

    answers = [await call.send(None), await call.send(None)]

    assert [answer.status for answer in answers] == ([201, 201] if begin is a_house else [201, 409])
    assert answers[0].body != answers[1].body


@pytest.mark.parametrize("begin", [one for one in CALLS if one is not a_payment])
async def test_another_body_with_the_key_is_refused(begin: Begin, new_visitor: NewVisitor) -> None:
    call = await begin(new_visitor)
    await call.send("k-1")

    other = await call.send("k-1", call.other)

    assert (other.status, other.errno, set(other.fields)) == (422, "4103", {"Idempotency-Key"})
    assert await call.count() == 1


async def test_the_key_at_another_address_is_refused(new_visitor: NewVisitor) -> None:
    host, _, town = await booked(new_visitor)
    [second] = await insert_houses(host.services, town.host_id, [{}])
    calls = [Call(host, f"/houses/{house}/blocks", stay(), {}, counting(host.services, "SELECT 1"))
             for house in (town.house_id, second)]  # fmt: skip

    answers = [await call.send("k-1") for call in calls]

    assert [answer.status for answer in answers] == [201, 422]


@pytest.mark.parametrize("begin", [a_house, an_order, a_block])
async def test_fifty_at_once_with_one_key_happen_once(begin: Begin, new_visitor: NewVisitor) -> None:
    call = await begin(new_visitor)

    answers = await asyncio.gather(*(call.send("k-1") for _ in range(50)))

    bodies = {answer.body for answer in answers if answer.status == 201}
    assert len(bodies) == 1
    refused = [answer for answer in answers if answer.status != 201]
    assert {(answer.status, answer.errno, *answer.fields) for answer in refused} <= {
        (409, "4004", "Idempotency-Key")
    }
    assert await call.count() == 1


async def test_fifty_houses_at_once_without_a_key_are_fifty(new_visitor: NewVisitor) -> None:
    """The negative control of the test above."""
    call = await a_house(new_visitor)

    answers = await asyncio.gather(*(call.send(None) for _ in range(50)))

    assert [answer.status for answer in answers] == [201] * 50
    assert await call.count() == 50


async def test_a_refused_request_may_come_again_with_its_key(new_visitor: NewVisitor) -> None:
    _, guest, town = await booked(new_visitor)
    order_id = await town.place()
    call = Call(
        guest, "/orders", {"house_id": town.house_id, **stay()}, {}, counting(guest.services, "SELECT 1")
    )
    refused = await call.send("k-1")

    await town.act(order_id, Event.REJECT)
    placed = await call.send("k-1")

    assert (refused.status, refused.errno) == (409, "4004")
    assert placed.status == 201


async def test_a_replay_does_not_care_what_changed_since(new_visitor: NewVisitor) -> None:
    """The quote ran out, the house went offline, the language is another: the first answer stands."""
    _, guest, town = await booked(new_visitor)
    quoted = await guest.send("POST", f"{API}/houses/{town.house_id}/quote", {**stay(), "guests": 1})
    body = {"house_id": town.house_id, **stay(), "quote": quoted.data["quote"]}
    call = Call(guest, "/orders", body, {}, counting(guest.services, "SELECT 1"))
    placed = await call.send("k-1")

    await rows(guest.services, "UPDATE houses SET status = 'offline' WHERE id = %s", town.house_id)
    guest.services.quotes._clock = Later()
    guest.language = "en"
    again = await call.send("k-1")
    fresh = await call.send("k-2")

    assert (again.status, again.data) == (201, placed.data)
    assert fresh.status in {404, 409}


class Later:
    """A clock that is a day ahead."""

    def now(self) -> datetime:
        """Tomorrow."""
        return datetime.now(UTC) + timedelta(days=1)


async def test_another_session_of_the_same_person_replays_and_another_person_does_not(
    new_visitor: NewVisitor,
) -> None:
    call = await a_house(new_visitor)
    first = await call.send("k-1")
    [owner] = await rows(
        call.visitor.services, "SELECT owner_id FROM houses WHERE id = %s", first.data["house_id"]
    )

    phone, stranger = new_visitor(), new_visitor()
    await sign_in_again(phone, owner["owner_id"])
    await sign_in_new_host(stranger)
    answers = [await Call(one, call.path, call.body, {}, call.count).send("k-1") for one in (phone, stranger)]

    assert answers[0].body == first.body
    assert answers[1].data["house_id"] != first.data["house_id"]


async def test_a_picture_is_the_same_whatever_boundary_its_form_has(new_visitor: NewVisitor) -> None:
    host, _, town = await booked(new_visitor)

    answers = [await upload(host, town.house_id, png("red")) for _ in range(3)]
    other = await upload(host, town.house_id, png("blue"))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert (other.status, set(other.fields)) == (422, {"Idempotency-Key"})
    assert (
        len(await rows(host.services, "SELECT id FROM house_images WHERE house_id = %s", town.house_id)) == 1
    )


async def test_a_picture_without_the_key_is_added_again(new_visitor: NewVisitor) -> None:
    """The negative control of the test above."""
    host, _, town = await booked(new_visitor)

    for _ in range(2):
        assert (await add_picture(host, town.house_id, png("red"))).status == 201

    assert (
        len(await rows(host.services, "SELECT id FROM house_images WHERE house_id = %s", town.house_id)) == 2
    )


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "schlüssel"])
async def test_what_is_no_key_is_refused_and_nothing_happens(key: str, new_visitor: NewVisitor) -> None:
    call = await a_house(new_visitor)

    answer = await call.send(key)

    assert (answer.status, answer.errno, set(answer.fields)) == (400, "4103", {"Idempotency-Key"})
    assert await call.count() == 0


async def upload(host: Visitor, house_id: int, content: bytes) -> Answer:
    """A picture in a form with a boundary that is another each time, as browsers make it."""
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="house_image"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "k-1"}
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return await host.call("POST", f"{API}/houses/{house_id}/images", body, headers)
