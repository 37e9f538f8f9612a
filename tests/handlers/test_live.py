"""The live channel: websocket and long-poll on the real hub, worker and result backend."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tornado.httpclient import HTTPClientError

from server.live import repository as live_repository
from tests.houses import sign_in_new_user
from tests.raw import ask
from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack import Stack

pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]


async def test_the_sms_state_is_pushed_and_never_goes_back(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()
    socket = await Socket.open(visitor)
    task_id = (await visitor.ask_for_code(mobile)).data["task_id"]

    await socket.send(op="watch", task=task_id)
    states = []
    while not states or states[-1] not in {"sent", "failed"}:
        states.append((await socket.until("task"))["state"])

    ranks = [["queued", "sending", "sent"].index(state) for state in states]
    assert states[-1] == "sent"
    assert ranks == sorted(ranks)
    socket.connection.close()


async def test_a_strangers_socket_may_not_watch_a_task(
    new_visitor: Callable[[], Visitor], mobile: str
) -> None:
    owner, stranger = await new_visitor().begin(), await new_visitor().begin()
    task_id = (await owner.ask_for_code(mobile)).data["task_id"]
    socket = await Socket.open(stranger)

    await socket.send(op="watch", task=task_id)

    assert (await socket.until("error"))["reason"] == "4002"
    socket.connection.close()


async def test_another_tab_hears_of_a_new_name_and_a_late_one_gets_the_replay(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()
    await visitor.sign_up(stack, mobile)
    tab = await Socket.open(visitor)
    await tab.send(op="hello", last_seq=None)
    ready = await tab.until("ready")

    names = [f"新名字{mobile[-4:]}{n}" for n in range(3)]
    for name in names:
        assert (await visitor.send("PUT", f"{API}/users/name", {"name": name})).status == 200
    heard = [await tab.until("event") for _ in names]
    late = await Socket.open(visitor)
    await late.send(op="hello", last_seq=1)
    replay = await late.until("ready")
    polled = await visitor.get(f"{API}/live/events?after=2&wait=5")

    assert (ready["seq"], ready["events"]) == (0, [])
    assert [(event["seq"], event["kind"], event["name"]) for event in heard] == [
        (n + 1, "profile", name) for n, name in enumerate(names)
    ]
    assert [event["name"] for event in replay["events"]] == names[1:]
    assert [event["name"] for event in polled.data["events"]] == names[2:]
    for socket in (tab, late):
        socket.connection.close()


async def test_a_long_poll_for_events_waits_for_the_next_one(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()
    await visitor.sign_up(stack, mobile)

    poll = asyncio.ensure_future(visitor.get(f"{API}/live/events?after=0&wait=10"))
    await asyncio.sleep(0.2)
    await visitor.send("PUT", f"{API}/users/name", {"name": f"等一等{mobile[-4:]}"})
    answer = await poll

    assert answer.data["seq"] == 1
    assert answer.data["events"][0]["kind"] == "profile"


async def test_events_whose_result_was_lost_come_by_reconcile(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()
    user_id = (await visitor.sign_up(stack, mobile)).data["user_id"]
    tab = await Socket.open(visitor)
    await tab.send(op="hello", last_seq=0)
    await tab.until("ready")
    async with visitor.services.database.transaction() as cursor:
        await live_repository.append(cursor, "profile", [(user_id, {"name": "x", "avatar_url": None})])

    await visitor.services.board.reconcile_once()

    assert (await tab.until("event"))["seq"] == 1
    tab.connection.close()


async def test_a_late_listener_takes_nothing_away_from_an_earlier_one(visitor: Visitor) -> None:
    """The late one reads an event out of MySQL that was not published yet, and all follow the next one then."""
    user_id = await sign_in_new_user(visitor)
    early = await Socket.open(visitor)
    await early.send(op="hello", last_seq=None)
    await early.until("ready")
    async with visitor.services.database.transaction() as cursor:
        await live_repository.append(cursor, "profile", [(user_id, {"name": "x", "avatar_url": None})])

    polled = await visitor.get(f"{API}/live/events?after=0")

    assert [event["seq"] for event in polled.data["events"]] == [1]
    assert (await early.until("event"))["seq"] == 1


async def test_signing_out_closes_that_sessions_sockets_with_4001(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    phone, laptop = await new_visitor().begin(), await new_visitor().begin()
    await phone.sign_up(stack, mobile)
    await laptop.sign_in(mobile)
    sockets = [await Socket.open(one) for one in (phone, laptop)]
    for socket in sockets:
        await socket.send(op="hello", last_seq=None)
        await socket.until("ready")

    await phone.send("DELETE", f"{API}/session")

    assert await sockets[0].closed() == 4001
    await sockets[1].send(op="ping")
    assert await sockets[1].until("pong")
    sockets[1].connection.close()


async def test_a_foreign_origin_or_no_session_is_refused_before_the_upgrade(visitor: Visitor) -> None:
    with pytest.raises(HTTPClientError, match="403"):
        await Socket.open(visitor)
    await visitor.begin()

    with pytest.raises(HTTPClientError, match="403"):
        await Socket.open(visitor, origin="https://evil.example")


@pytest.mark.parametrize(("version", "status"), [("7", 426), ("8", 426), ("14", 426), ("13", 101)])
async def test_other_versions_of_the_protocol_are_refused_and_the_one_is_named(
    visitor: Visitor, version: str, status: int
) -> None:
    await visitor.begin()
    handshake = {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": version,
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()),
    }  # fmt: skip

    answer = await ask(visitor, "GET", f"{API}/live", handshake)

    assert (answer.status, answer.headers["Upgrade"]) == (status, "websocket")
    if status == 426:
        assert (answer.errno, answer.headers["Sec-WebSocket-Version"]) == ("4103", "13")


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        '{"op":"drop"}',
        '{"op":["hello"]}',
        '{"op":"ping"}' * 500,
        '{"op":"watch","task":"\\ud800"}',
        '{"op":"follow","house":0,"task":"\\ud800"}',
        '{"op":"follow","house":{"\\udfff":1}}',
        '{"op":"follow","house":NaN}',
        '{"op":"watch","task":-1e999}',
    ],
)
async def test_a_socket_that_talks_nonsense_is_closed(visitor: Visitor, message: str) -> None:
    await visitor.begin()
    socket = await Socket.open(visitor)

    await socket.connection.write_message(message)

    assert await socket.closed() in {1008, 1009}


async def test_what_is_refused_is_told_again_as_it_was_asked_for(visitor: Visitor) -> None:
    """The negative control: a whole pair of surrogates is a character."""
    await visitor.begin()
    socket = await Socket.open(visitor)

    await socket.connection.write_message('{"op":"follow","house":[0.5],"task":"\\ud83c\\udfe0"}')

    error = await socket.until("error")
    assert (error["house"], error["task"]) == ([0.5], "\U0001f3e0")


async def test_a_flood_of_messages_is_closed(visitor: Visitor) -> None:
    await visitor.begin()
    socket = await Socket.open(visitor)

    for _ in range(40):
        await socket.send(op="ping")

    assert await socket.closed() == 1008


async def test_a_listener_that_does_not_read_is_closed_as_too_slow(visitor: Visitor) -> None:
    await visitor.begin()
    socket = await Socket.open(visitor)
    await socket.send(op="ping")
    await socket.until("pong")
    (listener,) = visitor.services.board.listeners

    for _ in range(65):
        listener.put({"op": "pong"})

    assert listener.close_code == 4002
    await asyncio.sleep(0.2)
    assert not visitor.services.board.listeners


async def test_the_hub_lets_go_of_what_nobody_watches(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()
    task_id = (await visitor.ask_for_code(mobile)).data["task_id"]

    await visitor.final_state(task_id)
    await asyncio.sleep(0.1)

    assert visitor.services.feed.watched == 0
    channels = await visitor.services.captcha._redis.pubsub_channels()
    assert set(channels) == {"ihome:live-control", "ihome:cache:drops"}


async def test_one_socket_more_than_allowed_is_sent_to_polling(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.begin()
    monkeypatch.setattr(visitor.services.board, "_sockets_per_ip", 1)
    first = await Socket.open(visitor)
    await first.send(op="ping")
    await first.until("pong")

    second = await Socket.open(visitor)

    assert await second.closed() == 4003
    await first.send(op="ping")
    assert await first.until("pong")


async def test_a_socket_too_many_is_closed_with_its_code_and_counted(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor.services.board, "_sockets_per_ip", 1)
    await visitor.begin()
    first = await Socket.open(visitor)
    await first.send(op="ping")
    await first.until("pong")

    code = await (await Socket.open(visitor)).closed()

    metrics = (await visitor.get("/metrics")).body.decode()
    assert code == 4003
    assert 'ihome_websocket_closes_total{reason="too_many"} 1.0' in metrics
