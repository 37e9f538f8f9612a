"""Stores die while programs call by token: what anybody may read goes on, nobody is let in on trust."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import httpx
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from server.services import open_services
from server.tokens.model import NewToken, Scope
from tests.houses import insert_user
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack


@pytest.fixture
def program(broken: Stack) -> Iterator[httpx.Client]:
    """A program with every scope."""
    headers = {"Authorization": f"Bearer {asyncio.run(_new_secret(broken))}"}
    with httpx.Client(base_url=broken.url, headers=headers, timeout=30) as client:
        yield client


def test_without_mysql_programs_read_what_anybody_may_and_the_rest_is_503(
    broken: Stack, program: httpx.Client
) -> None:
    assert (program.get(f"{API}/areas").status_code, program.get(f"{API}/user").status_code) == (200, 200)
    broken.stop("mariadb", signal.SIGKILL)
    try:
        public = program.get(f"{API}/areas")
        no_token = program.get(f"{API}/areas", headers={"Authorization": "Bearer nonsense"})
        private = [
            program.get(f"{API}/user"),
            program.get(f"{API}/live/houses/1"),
            program.post(f"{API}/orders", json={}),
            program.post(f"{API}/houses/1/quote", json={}),
        ]
        handshake = asyncio.run(_shake_hands(program))
    finally:
        broken.start_mariadb()

    assert (public.status_code, no_token.status_code) == (200, 401)
    assert {(answer.status_code, answer.json()["errno"]) for answer in private} == {(503, "4001")}
    assert handshake == 503
    assert program.get(f"{API}/user").status_code == 200
    assert asyncio.run(_shake_hands(program)) == 101


def test_tokens_need_no_redis(broken: Stack, program: httpx.Client) -> None:
    broken.stop("redis")
    try:
        read = program.get(f"{API}/user")
        wrong = program.get(f"{API}/user", headers={"Authorization": "Bearer ihome_wrong"})
    finally:
        broken.start_redis()

    assert (read.status_code, wrong.status_code) == (200, 401)


async def _new_secret(stack: Stack) -> str:
    async with open_services(stack.settings) as services:
        new = NewToken("robot", frozenset(Scope), None)
        made = await services.tokens.create(await insert_user(services), new)
    return str(made["token"])


async def _shake_hands(program: httpx.Client) -> int:
    """The status of the websocket's handshake."""
    url = str(program.base_url).replace("http", "ws").rstrip("/") + f"{API}/live"
    headers = {"Authorization": program.headers["Authorization"]}
    try:
        connection = await websocket_connect(HTTPRequest(url, headers=headers))
    except HTTPClientError as error:
        return error.code
    connection.close()
    await asyncio.sleep(0.05)
    return 101
