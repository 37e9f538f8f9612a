"""The bad-input corpus against every call that takes a body: a 4xx in our format, and nothing changed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from handlers.routes import CALLS
from tests.houses import FIELDS, publish, rows, sign_in_new_host, stored
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)

JSON = {"Content-Type": "application/json"}
WRITES = [
    ("POST", f"{API}/sms_codes"),
    ("POST", f"{API}/users"),
    ("PUT", f"{API}/users/password"),
    ("POST", f"{API}/sessions"),
]
STAY = {"start_date": "2027-01-01", "end_date": "2027-01-03"}
# Calls of a host about one house, each with a body that would do.
HOUSE_WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "", FIELDS),
    ("PUT", "/{house}", FIELDS),
    ("PUT", "/{house}/status", {"status": "offline"}),
    ("POST", "/{house}/blocks", STAY),
    ("POST", "/{house}/quote", {**STAY, "guests": 1}),
    ("PUT", "/{house}/images/order", {"image_ids": [1]}),
]
# What no field takes.
VALUES = {
    "null": b"null",
    "true": b"true",
    "object": b'{"a":1}',
    "array": b'[{"a":[]}]',
    "nan": b"NaN",
    "infinity": b"-1e400",
    "negative": b"-1",
    "fraction": b"1.23456",
    "huge-integer": b"9" * 5000,
    "large-integer": b"9" * 40,
    "empty": b'""',
    "nul": b'"a\\u0000b"',
    "surrogate": b'"\\udfff"',
    "invalid-utf8": b'"\xff\xfe"',
    "long": b'"' + b"x" * 60_000 + b'"',
    "injection": b'"\'; DROP TABLE houses; -- \\u0007"',
    "deep": b"[" * 9000 + b"]" * 9000,
}
ODD_HOUSES = (
    "0",
    "-1",
    "1e9",
    "1.0",
    "x",
    "%31%00",
    "%EF%BC%91",
    "1'",
    "9" * 18,
    "9" * 19,
    "9" * 5000,
    "1%20OR%201=1",
)
CORPUS = {
    "empty": b"",
    "null": b"null",
    "array": b"[1]",
    "string": b'"x"',
    "number": b"1",
    "bom": b'\xef\xbb\xbf{"mobile":"1"}',
    "utf16": '{"mobile":"1"}'.encode("utf-16"),
    "invalid-utf8": b'{"mobile":"\xff"}',
    "nul": b'{"mobile":"1\\u0000"}',
    "surrogate": b'{"mobile":"\\ud800"}',
    "emoji": '{"mobile":"😀"}'.encode(),
    "nan": b'{"mobile":NaN}',
    "infinity": b'{"mobile":1e400}',
    "huge-integer": b'{"mobile":' + b"9" * 5000 + b"}",
    "deep": b'{"a":' * 9000 + b"1" + b"}" * 9000,
    "twins": b'{"mobile":"1","mobile":"2"}',
    "true": b'{"mobile":true}',
    "unknown": b'{"hello":1}',
    "long": b'{"mobile":"' + b"1" * 60_000 + b'"}',
}


@pytest.mark.parametrize("name", CORPUS)
async def test_bad_bodies_are_refused_everywhere(visitor: Visitor, name: str) -> None:
    await visitor.begin()

    answers = [await visitor.call(method, path, CORPUS[name], JSON) for method, path in WRITES]

    assert all(answer.status in {400, 422} for answer in answers), [answer.status for answer in answers]
    assert {answer.errno for answer in answers} == {"4103"}


@pytest.mark.parametrize("name", CORPUS)
async def test_bad_bodies_about_houses_are_refused_and_change_nothing(visitor: Visitor, name: str) -> None:
    owner_id = await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    before = await stored(visitor.services, house_id)

    answers = [
        await visitor.call(method, _path(path, house_id), CORPUS[name], JSON)
        for method, path, _ in HOUSE_WRITES
    ]

    assert all(answer.status in {400, 422} for answer in answers), [answer.status for answer in answers]
    assert {answer.errno for answer in answers} == {"4103"}
    assert await stored(visitor.services, house_id) == before
    assert await _houses_of(visitor, owner_id) == [house_id]


@pytest.mark.parametrize("name", VALUES)
async def test_bad_values_are_refused_in_every_field_of_a_house(visitor: Visitor, name: str) -> None:
    owner_id = await sign_in_new_host(visitor)
    house_id = await publish(visitor)
    before = await stored(visitor.services, house_id)
    sent = [
        (method, path, field, _with_value(body, field, VALUES[name]))
        for method, path, body in HOUSE_WRITES
        for field in body
    ]

    answers = [
        (method, path, field, await visitor.call(method, _path(path, house_id), content, JSON))
        for method, path, field, content in sent
    ]

    taken = [(*one, answer.status) for *one, answer in answers if answer.status not in {400, 422}]
    assert taken == []
    assert {answer.errno for *_, answer in answers} == {"4103"}
    assert await stored(visitor.services, house_id) == before
    assert await _houses_of(visitor, owner_id) == [house_id]


async def test_addresses_that_name_no_house_are_404(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)

    read = [
        await visitor.get(f"{API}/houses/{odd}{rest}") for odd in ODD_HOUSES for rest in ("", "/calendar")
    ]
    written = [
        await visitor.send(method, _path(path, odd), body)
        for odd in ODD_HOUSES
        for method, path, body in HOUSE_WRITES[1:]
    ]

    assert {(answer.status, answer.errno) for answer in read + written} == {(404, "4002")}


async def test_a_megabyte_is_413_and_the_connection_lives(visitor: Visitor) -> None:
    await visitor.begin()

    answer = await visitor.call("POST", f"{API}/sessions", b"x" * 1_000_000, JSON)

    assert (answer.status, answer.errno) == (413, "4103")
    assert (await visitor.get(f"{API}/session")).status == 401


async def test_another_content_type_is_415(visitor: Visitor) -> None:
    await visitor.begin()

    answer = await visitor.call("POST", f"{API}/sessions", b"a=1", {"Content-Type": "text/plain"})

    assert answer.status == 415


@pytest.mark.parametrize("token", ["", "x" * 64, "令牌"])
async def test_a_write_without_the_sessions_token_is_403(visitor: Visitor, token: str) -> None:
    await visitor.begin()

    answer = await visitor.call(
        "POST", f"{API}/sessions", b"{}", {**JSON, "X-CSRFToken": token.encode().decode("latin-1")}
    )

    assert (answer.status, answer.errno) == (403, "4201")


async def test_another_sessions_token_is_403(visitor: Visitor) -> None:
    stolen = (await visitor.begin()).cookies["csrf_token"]
    visitor.cookies.clear()
    await visitor.begin()

    answer = await visitor.call("POST", f"{API}/sessions", b"{}", {**JSON, "X-CSRFToken": stolen})

    assert answer.status == 403


async def test_unknown_calls_are_404_and_wrong_methods_405_with_allow(visitor: Visitor) -> None:
    await visitor.begin()

    unknown = await visitor.get(f"{API}/nothing/here")
    wrong = await visitor.call("DELETE", f"{API}/users")
    options = await visitor.call("OPTIONS", f"{API}/session")

    assert (unknown.status, unknown.errno) == (404, "4002")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST, OPTIONS")
    assert (options.status, options.headers["Allow"]) == (204, "GET, DELETE, HEAD, OPTIONS")


async def test_private_calls_ask_for_a_login(visitor: Visitor) -> None:
    await visitor.begin()
    private = [re.sub(r"\(.*?\)", "1", pattern) for pattern, handler in CALLS if not handler.is_public]

    answers = [await visitor.get(pattern) for pattern in private]

    assert private
    assert {answer.status for answer in answers} <= {401, 405}


@pytest.mark.parametrize("wait", ["-1", "1e9", "x", "99999999999999999999"])
async def test_odd_waits_do_not_hang(visitor: Visitor, stack: Stack, mobile: str, wait: str) -> None:
    await visitor.begin()
    task_id = (await visitor.ask_for_code(mobile)).data["task_id"]

    answer = await visitor.get(f"{API}/tasks/{task_id}?wait={wait}")

    assert (answer.status, set(answer.fields)) == (422, {"wait"})


def _path(path: str, house: object) -> str:
    return f"{API}/houses{path.format(house=house)}"


def _with_value(body: dict[str, Any], field: str, value: bytes) -> bytes:
    """The body as JSON with these bytes in one field's place."""
    return json.dumps({**body, field: "@@"}).encode().replace(b'"@@"', value)


async def _houses_of(visitor: Visitor, owner_id: int) -> list[int]:
    owned = await rows(visitor.services, "SELECT id FROM houses WHERE owner_id = %s", owner_id)
    return [one["id"] for one in owned]
