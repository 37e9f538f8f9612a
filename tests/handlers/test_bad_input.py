"""Requests that are wrong before their input counts: too large, of another type, without the token, at no address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from handlers.routes import CALLS
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)

JSON = {"Content-Type": "application/json"}


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
