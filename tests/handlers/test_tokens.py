"""API tokens: made, listed and revoked by people; who shows one acts for its user, and no further."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from server.errors import StoreUnavailable
from server.tokens.model import MAX_TOKENS, digest_of
from tests.houses import (
    FIELDS,
    add_picture,
    insert_houses,
    insert_user,
    publish,
    rows,
    sign_in_new_host,
    sign_in_new_user,
)
from tests.programs import SCOPES, make_token, new_program, program_with
from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from server.services import Services
    from tests.programs import Program
    from tests.stack import Stack
    from tests.visitor import Answer

NewVisitor = Callable[[], Visitor]
TOKENS = f"{API}/user/tokens"
pytestmark = [pytest.mark.gen_test(timeout=60), pytest.mark.usefixtures("close_sockets")]


async def places_of(services: Services, text: str) -> set[str]:
    """The tables in which a text stands anywhere."""
    tables = await rows(services, "SHOW TABLES")
    names = [str(name) for row in tables for name in row.values()]
    return {name for name in names if text in str(await rows(services, f"SELECT * FROM `{name}`"))}


# --- making one ---


async def test_a_new_token_is_shown_once_and_kept_nowhere(visitor: Visitor, stack: Stack) -> None:
    await sign_in_new_user(visitor)
    made = await visitor.call(
        "POST",
        TOKENS,
        json.dumps({"name": "报价机器人", "scopes": ["orders", "read"], "days": 30}).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": "k-1"},
    )
    secret = made.data["token"]
    program = program_with(visitor, secret)
    await program.get(f"{API}/user")

    listed = await visitor.get(TOKENS)

    assert (made.status, made.data["scopes"], made.data["hint"]) == (201, ["read", "orders"], secret[-4:])
    assert [one["name"] for one in listed.data["tokens"]] == ["报价机器人"]
    assert secret not in listed.body.decode()
    assert "token" not in listed.data["tokens"][0]
    assert await places_of(visitor.services, secret.removeprefix("ihome_")) == set()
    assert await places_of(visitor.services, digest_of(secret)) == {"api_tokens"}
    assert secret not in stack.log("worker")


async def test_a_replay_answers_the_same_secret_from_a_sealed_row(visitor: Visitor) -> None:
    user_id = await sign_in_new_user(visitor)
    body = json.dumps({"name": "a", "scopes": ["read"]}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k-1"}

    first = await visitor.call("POST", TOKENS, body, headers)
    again = await visitor.call("POST", TOKENS, body, headers)
    without = await visitor.call("POST", TOKENS, body, {"Content-Type": "application/json"})

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert without.data["token"] != first.data["token"]
    assert len((await visitor.get(TOKENS)).data["tokens"]) == 2
    [row] = await rows(visitor.services, "SELECT answer FROM idempotency WHERE user_id = %s", user_id)
    assert first.data["token"][6:] not in row["answer"]
    assert first.data["token"] in visitor.services.tokens._seal.open(json.loads(row["answer"]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes.0"),
        ({"scopes": "read"}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"days": "90"}, "days"),
        ({"user_id": 1}, "user_id"),
    ],
)
async def test_a_wish_that_breaks_a_rule_is_refused_beside_its_field(
    visitor: Visitor, changes: dict[str, Any], field: str
) -> None:
    await sign_in_new_user(visitor)

    answer = await visitor.send("POST", TOKENS, {"name": "a", "scopes": ["read"], "days": None, **changes})

    assert (answer.status, answer.errno, list(answer.fields)) == (422, "4103", [field])
    assert (await visitor.get(TOKENS)).data == {"tokens": []}


async def test_nobody_has_more_than_twenty_even_when_all_are_made_at_once(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    wish = {"name": "a", "scopes": ["read"]}

    answers = await asyncio.gather(*(visitor.send("POST", TOKENS, wish) for _ in range(MAX_TOKENS + 5)))

    assert sorted(answer.status for answer in answers) == [201] * MAX_TOKENS + [409] * 5
    tokens = (await visitor.get(TOKENS)).data["tokens"]
    assert len(tokens) == MAX_TOKENS == 20
    await visitor.send("DELETE", f"{TOKENS}/{tokens[3]['token_id']}")
    assert (await visitor.send("POST", TOKENS, wish)).status == 201


# --- its life ---


async def test_a_token_is_over_when_the_database_says_so(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    made = await make_token(visitor, "read", days=1)
    program = program_with(visitor, made["token"])
    before = await program.get(f"{API}/user")

    await rows(visitor.services, "UPDATE api_tokens SET expires_at = NOW(6) WHERE id = %s", made["token_id"])
    after = await program.get(f"{API}/user")

    assert (before.status, after.status, after.errno) == (200, 401, "4101")
    [listed] = (await visitor.get(TOKENS)).data["tokens"]
    assert (made["expired"], listed["expired"]) == (False, True)


async def test_the_last_use_is_noted_to_a_minute(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    made = await make_token(visitor, "read")
    program = program_with(visitor, made["token"])

    async def used_at() -> object:
        [row] = await rows(
            visitor.services, "SELECT last_used_at FROM api_tokens WHERE id = %s", made["token_id"]
        )
        return row["last_used_at"]

    async def use_after(seconds: int) -> tuple[object, object]:
        """What stands there before a use and after it."""
        await rows(
            visitor.services,
            "UPDATE api_tokens SET last_used_at = NOW(6) - INTERVAL %s SECOND WHERE id = %s",
            seconds,
            made["token_id"],
        )
        before = await used_at()
        assert (await program.get(f"{API}/user")).status == 200
        return before, await used_at()

    assert await used_at() is None
    await program.get(f"{API}/user")
    assert await used_at() is not None
    early, late = await use_after(20), await use_after(61)

    assert early[0] == early[1]
    assert late[0] != late[1]
    assert (await visitor.get(TOKENS)).data["tokens"][0]["last_used"] == f"{late[1]:%Y-%m-%d %H:%M:%S}"


async def test_a_refused_call_is_a_use_and_a_wrong_secret_is_none(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    made = await make_token(visitor, "orders")
    await program_with(visitor, made["token"] + "x").get(f"{API}/user")
    unused = (await visitor.get(TOKENS)).data["tokens"][0]["last_used"]

    await program_with(visitor, made["token"]).get(f"{API}/user")

    assert unused is None
    assert (await visitor.get(TOKENS)).data["tokens"][0]["last_used"] is not None


async def test_a_revoked_token_lets_nobody_in_and_its_socket_is_closed(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    made, other = await make_token(visitor), await new_program(visitor)
    program = program_with(visitor, made["token"])
    socket, others = await program.open_socket(), await other.open_socket()
    for one in (socket, others):
        await one.send(op="hello", last_seq=None)
        await one.until("ready")

    revoked = await visitor.send("DELETE", f"{TOKENS}/{made['token_id']}")

    assert (revoked.status, revoked.data) == (200, None)
    assert await socket.closed() == 4001
    assert (await program.get(f"{API}/user")).errno == "4101"
    await others.send(op="ping")
    assert await others.until("pong")
    with pytest.raises(HTTPClientError, match="401"):
        await program.open_socket()


async def test_a_socket_that_nobody_was_told_to_close_is_closed_by_the_reconcile(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in_new_user(visitor)
    made = await make_token(visitor)
    socket = await program_with(visitor, made["token"]).open_socket()
    await socket.send(op="hello", last_seq=None)
    await socket.until("ready")

    async def mute(_digests: list[str]) -> None:
        raise StoreUnavailable("redis")

    monkeypatch.setattr(visitor.services.sessions, "close_sockets", mute)
    board = visitor.services.board
    reconcile_once = board.reconcile_once
    monkeypatch.setattr(board, "reconcile_once", lambda: asyncio.sleep(0))  # not by itself
    revoked = await visitor.send("DELETE", f"{TOKENS}/{made['token_id']}")
    closed_early = any(one.close_code for one in board.listeners)
    await reconcile_once()

    assert (revoked.status, closed_early) == (200, False)
    assert await socket.closed() == 4001


@pytest.mark.parametrize("ending", ["expires_at = NOW(6)", "expires_at = expires_at"])
async def test_the_reconcile_closes_sockets_of_tokens_that_are_over_and_no_others(
    visitor: Visitor, ending: str
) -> None:
    await sign_in_new_user(visitor)
    made = await make_token(visitor, days=30)
    socket = await program_with(visitor, made["token"]).open_socket()
    await socket.send(op="ping")
    await socket.until("pong")

    await rows(visitor.services, f"UPDATE api_tokens SET {ending} WHERE id = %s", made["token_id"])
    await visitor.services.board.reconcile_once()

    if "NOW" in ending:
        assert await socket.closed() == 4001
    else:
        await socket.send(op="ping")
        assert await socket.until("pong")


async def test_a_blocked_users_tokens_let_nobody_in(visitor: Visitor) -> None:
    user_id = await sign_in_new_user(visitor)
    program = await new_program(visitor)
    socket = await program.open_socket()
    await socket.send(op="ping")
    await socket.until("pong")

    await rows(visitor.services, "UPDATE users SET status = 'blocked' WHERE id = %s", user_id)
    await visitor.services.board.reconcile_once()

    assert (await program.get(f"{API}/user")).errno == "4101"
    assert await socket.closed() == 4001


async def test_another_users_token_is_not_there(new_visitor: NewVisitor) -> None:
    owner, other = new_visitor(), new_visitor()
    await sign_in_new_user(owner)
    await sign_in_new_user(other)
    made = await make_token(owner)

    foreign = await other.send("DELETE", f"{TOKENS}/{made['token_id']}")
    listed = await other.get(TOKENS)
    unknown = [await owner.send("DELETE", f"{TOKENS}/{odd}") for odd in ("0", "9" * 18, "9" * 19, "x")]
    own = [await owner.send("DELETE", f"{TOKENS}/{made['token_id']}") for _ in range(2)]

    assert (foreign.status, foreign.errno, listed.data) == (404, "4002", {"tokens": []})
    assert {answer.status for answer in unknown} == {404}
    assert [answer.status for answer in own] == [200, 404]


async def test_the_users_pages_hear_of_tokens_and_never_a_secret(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    tab = await Socket.open(visitor)
    await tab.send(op="hello", last_seq=None)
    await tab.until("ready")

    made = await make_token(visitor)
    first = await tab.until("event")
    await visitor.send("DELETE", f"{TOKENS}/{made['token_id']}")
    second = await tab.until("event")

    told = {"op": "event", "kind": "token", "token_id": made["token_id"]}
    assert [first, second] == [{**told, "seq": 1, "event": "made"}, {**told, "seq": 2, "event": "revoked"}]


# --- what it may do ---


async def test_a_token_writes_without_a_cookie_and_without_the_csrf_token(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    program = await new_program(visitor)

    made = await program.send("POST", f"{API}/houses", FIELDS)

    assert made.status == 201
    assert (await visitor.get(f"{API}/houses/{made.data['house_id']}")).data["house"]["title"] == FIELDS[
        "title"
    ]


async def test_beside_a_cookie_the_token_counts(new_visitor: NewVisitor) -> None:
    owner, other = new_visitor(), new_visitor()
    owner_id, other_id = await sign_in_new_host(owner), await sign_in_new_host(other)
    token = {"Authorization": f"Bearer {(await make_token(owner))['token']}"}
    csrf_less = {**token, "Content-Type": "application/json", "X-CSRFToken": "x"}

    who = await other.get(f"{API}/user", **token)
    made = await other.call("POST", f"{API}/houses", json.dumps(FIELDS).encode(), csrf_less)
    wrong = await other.get(f"{API}/user", Authorization="Bearer ihome_wrong")
    without = await other.get(f"{API}/user")

    assert (who.data["user_id"], without.data["user_id"]) == (owner_id, other_id)
    [house] = await rows(owner.services, "SELECT owner_id FROM houses WHERE id = %s", made.data["house_id"])
    assert house["owner_id"] == owner_id
    assert (wrong.status, wrong.errno) == (401, "4101")


async def test_while_no_token_can_be_read_the_cookie_beside_one_counts_for_nothing(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_id = await sign_in_new_user(visitor)
    [draft] = await insert_houses(visitor.services, owner_id, [{"status": "draft"}])
    token = {"Authorization": f"Bearer {(await make_token(visitor))['token']}"}

    async def fail(_secret: str) -> None:
        raise StoreUnavailable("mysql")

    monkeypatch.setattr(visitor.services.tokens, "bearer", fail)
    beside = await visitor.get(f"{API}/houses/{draft}", **token)
    alone = await visitor.get(f"{API}/houses/{draft}")

    assert (beside.status, alone.status) == (404, 200)


@pytest.mark.parametrize("shown", ["Bearer {}", "bearer {}", "BEARER   {} "])
async def test_the_schemes_case_and_space_do_not_matter(visitor: Visitor, shown: str) -> None:
    await sign_in_new_user(visitor)
    secret = (await make_token(visitor))["token"]
    visitor.cookies.clear()

    assert (await visitor.get(f"{API}/user", Authorization=shown.format(secret))).status == 200


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer",
        "Bearer ",
        "Bearer ihome_",
        "Bearer ihome_wrong",
        "Bearer {}x",
        "Bearer {},Bearer {}",
        "Bearer {} {}",
        "Bearer '{}'",
        "Bearer ihome_" + "x" * 8000,
        "Bearer ' OR 1=1 -- ",
        "Bearer ihome_%",
    ],
)
async def test_a_wrong_token_is_refused_even_where_everybody_may_read(visitor: Visitor, shown: str) -> None:
    await sign_in_new_user(visitor)
    secret = (await make_token(visitor))["token"]
    header = shown.replace("{}", secret)

    answers = [await visitor.get(API + path, Authorization=header) for path in ("/areas", "/user", "/houses")]

    assert {(answer.status, answer.errno) for answer in answers} == {(401, "4101")}


@pytest.mark.parametrize("shown", ["Basic dXNlcjpwYXNz", "Digest username=a", "Bearers {}", "{}", ""])
async def test_another_scheme_is_as_none(new_visitor: NewVisitor, shown: str) -> None:
    user, stranger = new_visitor(), new_visitor()
    await sign_in_new_user(user)
    header = shown.replace("{}", (await make_token(user))["token"])

    statuses = [(await one.get(f"{API}/user", Authorization=header)).status for one in (user, stranger)]
    public = await stranger.get(f"{API}/areas", Authorization=header)

    assert (statuses, public.status) == ([200, 401], 200)


async def test_a_token_in_the_address_is_not_read(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    secret = (await make_token(visitor))["token"]
    visitor.cookies.clear()

    answers = [await visitor.get(f"{API}/user?{name}={secret}") for name in ("access_token", "token")]

    assert {answer.status for answer in answers} == {401}


async def test_scopes_open_their_calls_and_no_others(new_visitor: NewVisitor) -> None:
    user = new_visitor()
    user_id, other_id = await sign_in_new_host(user), await insert_user(user.services)
    [own] = await insert_houses(user.services, user_id, [{"status": "draft"}])
    [others] = await insert_houses(user.services, other_id, [{}])
    programs = {scope: await new_program(user, scope) for scope in SCOPES}
    order = {"house_id": others, "start_date": "2026-12-30", "end_date": "2026-12-31"}

    async def calls(program: Program) -> list[Answer]:
        return [
            await program.get(f"{API}/user"),
            await program.get(f"{API}/areas"),
            await program.get(f"{API}/live/events?after=0"),
            await program.send("POST", f"{API}/houses", FIELDS),
            await program.send("PUT", f"{API}/houses/{own}", FIELDS),
            await program.send("POST", f"{API}/orders", order),
        ]

    answers = {scope: await calls(program) for scope, program in programs.items()}

    assert {scope: [answer.status for answer in given] for scope, given in answers.items()} == {
        "read": [200, 200, 200, 403, 403, 403],
        "houses": [403, 403, 403, 201, 200, 403],
        "orders": [403, 403, 403, 403, 403, 201],
    }
    refused = [answer for given in answers.values() for answer in given if answer.status == 403]
    assert {answer.errno for answer in refused} == {"4105"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/users"),
        ("PUT", "/users/password"),
        ("PUT", "/users/name"),
        ("POST", "/users/avatar"),
        ("GET", "/users/auth"),
        ("POST", "/users/auth"),
        ("POST", "/sms_codes"),
        ("GET", "/image_codes/7d9f5b5e-6a3c-4b6e-9d5e-0d8c0e4b1a2f"),
        ("POST", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", "/session"),
        ("GET", "/user/tokens"),
        ("POST", "/user/tokens"),
        ("DELETE", "/user/tokens/1"),
    ],
)
async def test_what_belongs_to_people_takes_no_token(visitor: Visitor, method: str, path: str) -> None:
    await sign_in_new_user(visitor)
    program = await new_program(visitor)

    answer = await program.send(method, API + path, {} if method != "GET" else None)

    assert (answer.status, answer.errno) == (403, "4105")
    assert answer.json["errmsg"] == "这件事只能在网页上登录后做，不接受令牌"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ihome", error="insufficient_scope"'


async def test_pictures_and_pages_for_everybody_are_the_same_for_programs(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    picture = (await add_picture(visitor, await publish(visitor))).data["image_url"]
    program, wrong = await new_program(visitor, "orders"), program_with(visitor, "ihome_wrong")

    taken, refused = await program.get(picture), await wrong.get(picture)
    by_cookie = await visitor.get("/login.html")
    by_token = await visitor.get("/login.html", Authorization=f"Bearer {program.secret}")
    own_page = await program.get("/my.html")

    assert (taken.status, refused.status, own_page.status) == (200, 401, 403)
    assert 'data-user-id=""' in by_token.body.decode()
    assert 'data-user-id=""' not in by_cookie.body.decode()


async def test_methods_that_are_not_there_are_405_for_programs_too(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    program = await new_program(visitor, "orders")

    wrong = await program.send("DELETE", f"{API}/areas", {})
    options = await program.call("OPTIONS", f"{API}/areas")

    assert (wrong.status, wrong.errno) == (405, "4201")
    assert options.status == 204


async def test_a_programs_socket_hears_its_users_events(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    program, weak = await new_program(visitor, "read"), await new_program(visitor, "orders")
    socket = await program.open_socket()
    await socket.send(op="hello", last_seq=0)
    ready = await socket.until("ready")

    await make_token(visitor)
    polled = await program.get(f"{API}/live/events?after={ready['seq']}&wait=10")

    assert (await socket.until("event"))["event"] == "made"
    assert [event["kind"] for event in polled.data["events"]] == ["token"]
    with pytest.raises(HTTPClientError, match="403"):
        await weak.open_socket()
