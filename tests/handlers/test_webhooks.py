"""Webhooks over HTTP: made, changed and deleted by their owner only, with a secret that is shown once."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from server.orders.model import Event
from server.outgoing.model import Reach
from server.outgoing.service import Outgoing
from server.sealing import Seal
from server.webhooks.model import MAX_HOOKS
from tests.bookings import new_booked
from tests.houses import rows, sign_in_again, sign_in_new_user
from tests.server.outgoing.strangers import Names
from tests.server.webhooks.receiver import receiving
from tests.sockets import Socket
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from server.services import Services

NewVisitor = Callable[[], Visitor]
pytestmark = pytest.mark.gen_test(timeout=60)

HOOKS = f"{API}/user/webhooks"
URL = "http://127.0.0.1:9/ihome"  # nobody listens there


async def make(visitor: Visitor, url: str = URL, key: str | None = None, **more: Any) -> Answer:
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    return await visitor.call("POST", HOOKS, json.dumps({"url": url, **more}).encode(), headers)


async def made(visitor: Visitor, url: str = URL, **more: Any) -> dict[str, Any]:
    answer = await make(visitor, url, **more)
    assert answer.status == 201, answer.body
    return dict(answer.data)


async def log_of(visitor: Visitor, hook_id: int, query: str = "") -> dict[str, Any]:
    answer = await visitor.get(f"{HOOKS}/{hook_id}/deliveries{query}")
    assert answer.status == 200, answer.body
    return dict(answer.data)


async def until_state(visitor: Visitor, hook_id: int, state: str, attempts: int = 0) -> dict[str, Any]:
    """Wait for the newest delivery to stand so, after so many attempts."""
    newest: dict[str, Any] = {}
    for _ in range(200):
        newest = (await log_of(visitor, hook_id))["deliveries"][0]
        if newest["state"] == state and newest["attempts"] >= attempts:
            return newest
        await asyncio.sleep(0.1)
    raise AssertionError(newest)


async def test_a_webhook_shows_its_secret_once_and_keeps_it_sealed(visitor: Visitor) -> None:
    user_id = await sign_in_new_user(visitor)

    hook = await made(visitor, "http://127.0.0.1:9/a?b=c#d", events=["pay", "place"])

    listed = (await visitor.get(HOOKS)).data
    secret = hook.pop("secret")
    assert secret.startswith("whsec_")
    assert listed == {"webhooks": [hook], "most": MAX_HOOKS}
    assert (hook["url"], hook["events"], hook["enabled"]) == (
        "http://127.0.0.1:9/a?b=c",
        ["place", "pay"],
        True,
    )
    assert (hook["failures"], hook["disabled_reason"], hook["old_secret_until"]) == (0, None, None)
    [row] = await rows(visitor.services, "SELECT * FROM webhooks WHERE user_id = %s", user_id)
    key = visitor.services.settings.secret_key.get_secret_value()
    assert secret not in str(row)
    assert Seal(key, "webhook").open(row["sealed_secret"]) == secret


async def test_without_a_choice_a_webhook_hears_of_everything(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)

    assert (await made(visitor))["events"] == [event.value for event in Event]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": None}, "url"),
        ({"url": 7}, "url"),
        ({"url": ""}, "url"),
        ({"url": "hooks.example.com"}, "url"),
        ({"url": "ftp://hooks.example.com/"}, "url"),
        ({"url": "https://user:word@hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.7/"}, "url"),
        ({"url": "https://[::ffff:10.0.0.7]/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://0x7f.1/"}, "url"),
        ({"url": "https://nobody.invalid/"}, "url"),
        ({"url": "https://x/" + "a" * 1000}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["refund"]}, "events.0"),
        ({"url": URL, "events": "pay"}, "events"),
        ({"url": URL, "events": ["pay"] * 40}, "events"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({"url": URL, "enabled": False}, "enabled"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_and_changes_nothing(
    visitor: Visitor, body: dict[str, Any], field: str
) -> None:
    await sign_in_new_user(visitor)

    answer = await visitor.send("POST", HOOKS, body)

    assert (answer.status, answer.errno, list(answer.fields)) == (422, "4103", [field])
    assert (await visitor.get(HOOKS)).data["webhooks"] == []


async def test_away_from_local_mode_only_https_and_the_public_internet_are_taken(visitor: Visitor) -> None:
    user_id = await sign_in_new_user(visitor)
    webhooks = visitor.services.webhooks
    names = Names(hooks_example_com=[["1.1.1.1"]], inside_example_com=[["1.1.1.1", "10.0.0.7"]])
    webhooks._outgoing = Outgoing(webhooks._outgoing._client, names, Reach.PUBLIC)

    answers = [
        await make(visitor, url)
        for url in (
            "https://hooks.example.com/x",
            "https://inside.example.com/x",
            "http://hooks.example.com/x",
            URL,
        )
    ]

    assert [answer.status for answer in answers] == [201, 422, 422, 422]
    assert answers[1].fields == {"url": "这个网址指向内部网络，不能使用"}
    assert answers[2].fields == {"url": "网址应以 https:// 开头"}
    [row] = await rows(visitor.services, "SELECT url FROM webhooks WHERE user_id = %s", user_id)
    assert row["url"] == "https://hooks.example.com/x"


async def test_a_user_has_ten_webhooks_at_most_even_when_they_are_made_at_once(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)

    answers = await asyncio.gather(*(make(visitor) for _ in range(MAX_HOOKS + 5)))

    assert sorted(answer.status for answer in answers) == [201] * MAX_HOOKS + [409] * 5
    assert len((await visitor.get(HOOKS)).data["webhooks"]) == MAX_HOOKS


async def test_a_request_that_comes_twice_makes_one_webhook_and_shows_its_secret_again(
    visitor: Visitor,
) -> None:
    user_id = await sign_in_new_user(visitor)
    key = str(uuid.uuid4())

    first, again = await make(visitor, key=key), await make(visitor, key=key)
    other = await make(visitor, URL + "2", key=key)

    assert (first.status, again.status, again.data) == (201, 201, first.data)
    assert (other.status, list(other.fields)) == (422, ["Idempotency-Key"])
    assert len((await visitor.get(HOOKS)).data["webhooks"]) == 1
    [kept] = await rows(visitor.services, "SELECT answer FROM idempotency WHERE user_id = %s", user_id)
    assert first.data["secret"] not in kept["answer"]


async def test_new_secrets_test_events_and_repeated_sends_come_once_for_a_key(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    async with receiving() as receiver:
        hook = await made(visitor, receiver.url)
        place = f"{HOOKS}/{hook['webhook_id']}"

        async def twice(path: str) -> Any:
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            answers = [await visitor.call("POST", place + path, b"", headers) for _ in range(2)]
            assert [answer.status for answer in answers] == [201, 201]
            assert answers[0].data == answers[1].data
            return answers[0].data

        rotated = await twice("/secret")
        pinged = (await twice("/ping"))["delivery"]
        await until_state(visitor, hook["webhook_id"], "delivered")
        await twice(f"/deliveries/{pinged['delivery_id']}/resend")
        await receiver.until(2)
        await until_state(visitor, hook["webhook_id"], "delivered")

    assert rotated["secret"] != hook["secret"]
    assert rotated["old_secret_until"] is not None
    assert len(receiver.heard) == 2
    assert {one.message_id for one in receiver.heard} == {pinged["message_id"]}


async def test_a_webhook_can_be_moved_narrowed_and_switched(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    hook = await made(visitor)
    place = f"{HOOKS}/{hook['webhook_id']}"

    moved = await visitor.send("PUT", place, {"url": URL + "/new", "events": ["pay"]})
    off = await visitor.send("PUT", place, {"enabled": False})
    pinged = await visitor.send("POST", f"{place}/ping")
    on = await visitor.send("PUT", place, {"enabled": True})
    refused = await visitor.send("PUT", place, {"url": "https://10.0.0.7/", "enabled": False})

    assert (moved.data["url"], moved.data["events"], moved.data["enabled"]) == (URL + "/new", ["pay"], True)
    assert (off.data["enabled"], off.data["disabled_reason"], off.data["url"]) == (
        False,
        "owner",
        URL + "/new",
    )
    assert (pinged.status, pinged.errno, list(pinged.fields)) == (409, "4004", ["enabled"])
    assert (on.data["enabled"], on.data["disabled_reason"]) == (True, None)
    assert refused.status == 422
    assert (await visitor.get(HOOKS)).data["webhooks"] == [on.data]


async def test_switching_off_gives_up_what_waits(visitor: Visitor) -> None:
    town = await new_booked(visitor.services)
    await sign_in_again(visitor, town.host_id)
    hook = await made(visitor)  # nobody listens
    await town.place()
    waiting = await until_state(visitor, hook["webhook_id"], "waiting", attempts=1)

    await visitor.send("PUT", f"{HOOKS}/{hook['webhook_id']}", {"enabled": False})

    given_up = await until_state(visitor, hook["webhook_id"], "failed")
    resend = f"{HOOKS}/{hook['webhook_id']}/deliveries/{waiting['delivery_id']}/resend"
    assert (given_up["reason"], given_up["next_attempt_at"]) == ("disabled", None)
    assert (await visitor.send("POST", resend)).status == 409


async def test_a_deleted_webhook_is_gone_with_its_log(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    hook = await made(visitor)
    place = f"{HOOKS}/{hook['webhook_id']}"
    await visitor.send("POST", f"{place}/ping")

    deleted = await visitor.send("DELETE", place)

    assert (deleted.status, deleted.data) == (200, None)
    assert (await visitor.send("DELETE", place)).status == 404
    assert (await visitor.get(f"{place}/deliveries")).status == 404
    found = await rows(
        visitor.services, "SELECT id FROM webhook_deliveries WHERE hook_id = %s", hook["webhook_id"]
    )
    assert list(found) == []


async def test_the_log_goes_by_pages_newest_first(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    hook = await made(visitor)
    for _ in range(23):
        assert (await visitor.send("POST", f"{HOOKS}/{hook['webhook_id']}/ping")).status == 201

    first = await log_of(visitor, hook["webhook_id"])
    rest = await log_of(visitor, hook["webhook_id"], f"?cursor={first['next']}")

    ids = [one["delivery_id"] for one in first["deliveries"] + rest["deliveries"]]
    assert (len(first["deliveries"]), len(rest["deliveries"]), rest["next"]) == (20, 3, None)
    assert ids == sorted(ids, reverse=True)
    assert (await visitor.get(f"{HOOKS}/{hook['webhook_id']}/deliveries?cursor=x")).status == 422


CALLS = [
    ("PUT", "", {"enabled": False}),
    ("DELETE", "", None),
    ("POST", "/secret", None),
    ("POST", "/ping", None),
    ("GET", "/deliveries", None),
    ("POST", "/deliveries/{}/resend", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_another_users_webhook_is_not_there(
    new_visitor: NewVisitor, method: str, path: str, body: Any
) -> None:
    owner, other = new_visitor(), new_visitor()
    await sign_in_new_user(owner)
    await sign_in_new_user(other)
    hook = await made(owner)
    pinged = (await owner.send("POST", f"{HOOKS}/{hook['webhook_id']}/ping")).data["delivery"]
    await until_state(owner, hook["webhook_id"], "failed")
    own = await made(other)
    address = f"{HOOKS}/{hook['webhook_id']}{path.format(pinged['delivery_id'])}"

    async def call(visitor: Visitor) -> int:
        return (
            await (visitor.get(address) if method == "GET" else visitor.send(method, address, body))
        ).status

    assert await call(other) == 404
    assert (await owner.get(HOOKS)).data["webhooks"][0]["enabled"] is True
    crossed = f"{HOOKS}/{own['webhook_id']}/deliveries/{pinged['delivery_id']}/resend"
    assert (await other.send("POST", crossed)).status == 404
    assert await call(owner) in {200, 201}


@pytest.mark.parametrize(
    ("method", "path", "body"), [("GET", None, None), ("POST", None, {"url": URL}), *CALLS]
)
async def test_nobody_and_a_foreign_page_get_nothing(
    visitor: Visitor, method: str, path: str | None, body: Any
) -> None:
    address = HOOKS if path is None else f"{HOOKS}/1{path.format(1)}"
    content = None if method == "GET" else json.dumps(body).encode()

    async def call(**headers: str) -> int:
        return (
            await visitor.call(method, address, content, {"Content-Type": "application/json", **headers})
        ).status

    await visitor.begin()
    assert await call() == 401
    await sign_in_new_user(visitor)
    assert await call(**{"X-CSRFToken": "wrong"}) == (
        403 if method != "GET" else 200 if path is None else 404
    )


async def test_a_token_needs_the_scope_of_orders(visitor: Visitor, new_visitor: NewVisitor) -> None:
    await sign_in_new_user(visitor)
    program = new_visitor()
    statuses = []

    for scopes in (["read", "houses"], ["orders"]):
        token = (await visitor.send("POST", f"{API}/user/tokens", {"name": "x", "scopes": scopes})).data[
            "token"
        ]
        bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        made_ = await program.call("POST", HOOKS, json.dumps({"url": URL}).encode(), bearer)
        listed = await program.call("GET", HOOKS, None, bearer)
        statuses.append((made_.status, listed.status))

    assert statuses == [(403, 403), (201, 200)]


@pytest.mark.usefixtures("close_sockets")
async def test_the_owners_pages_hear_of_a_delivery_by_themselves(
    visitor: Visitor, services: Services
) -> None:
    town = await new_booked(services)
    await sign_in_again(visitor, town.host_id)
    async with receiving() as receiver:
        hook = await made(visitor, receiver.url)
        socket = await Socket.open(visitor)
        await socket.send(op="hello", last_seq=None)
        await socket.until("ready")

        await town.place()

        seen = []
        while "delivered" not in seen:
            event = await socket.until("event")
            if event["kind"] == "webhook":
                assert (event["webhook_id"], event["enabled"]) == (hook["webhook_id"], True)
                seen.append(event["state"])

    assert seen == ["waiting", "delivered"]
