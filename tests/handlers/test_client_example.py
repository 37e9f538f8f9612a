"""The program of docs/examples, run as people run it: against the real server, with a host who answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from server.errors import StoreUnavailable
from server.live.model import CloseCode
from server.orders.model import Event
from tests.bookings import Booked
from tests.houses import insert_houses, insert_user, rows, sign_in_new_user
from tests.programs import make_token
from tests.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)
PROGRAM = ROOT / "docs" / "examples" / "book.py"
START = date.today() + timedelta(days=30)  # noqa: DTZ011 - far enough from any midnight
STAY = [START.isoformat(), (START + timedelta(days=2)).isoformat()]


@dataclass
class Run:
    """The program at work."""

    process: asyncio.subprocess.Process

    begun: ClassVar[list[Run]] = []

    @classmethod
    async def begin(cls, url: str, secret: str, words: str) -> Run:
        environment = {**os.environ, "IHOME_URL": url, "IHOME_TOKEN": secret}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), words, *STAY, env=environment, stdout=pipe, stderr=pipe
        )
        cls.begun.append(cls(process))
        return cls.begun[-1]

    async def line(self) -> str:
        """What it says next."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode()

    async def end(self) -> tuple[int | None, str, str]:
        """Its exit code, and what else it said."""
        out, err = await self.process.communicate()
        return self.process.returncode, out.decode(), err.decode()


@dataclass
class Wire:
    """What stands between program and server. It loses the answer of the first booking."""

    port: int
    renames_keys: bool
    keys: list[bytes] = field(default_factory=list)
    begun: int = 0
    ended: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side ends it."""
        self.begun += 1
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        asked = await reader.readuntil(b"\r\n\r\n")
        server_writer.write(self._seen(asked))
        loses = asked.startswith(b"POST ") and len(self.keys) == 1
        down = server_reader.read(1) if loses else self._pump(server_reader, writer)  # a byte: it is booked
        flows = {asyncio.create_task(down), asyncio.create_task(self._pump(reader, server_writer))}
        await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
        for flow in flows:
            flow.cancel()
        await asyncio.gather(*flows, return_exceptions=True)
        for end in (writer, server_writer):
            end.close()
            with contextlib.suppress(ConnectionError):
                await end.wait_closed()
        self.ended.release()

    def _seen(self, asked: bytes) -> bytes:
        if asked.startswith(b"POST "):
            self.keys += re.findall(rb"Idempotency-Key: (\w+)", asked)
            if self.renames_keys:
                return asked.replace(self.keys[-1], b"%032d" % len(self.keys))
        return asked

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while some := await reader.read(65536):
                writer.write(some)


@contextlib.asynccontextmanager
async def wire_to(visitor: Visitor, *, renames_keys: bool = False) -> AsyncIterator[tuple[str, Wire]]:
    """A wire to the visitor's server, and its address."""
    wire = Wire(urlsplit(visitor.base_url).port or 0, renames_keys)
    listening = await asyncio.start_server(wire.carry, "127.0.0.1")
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", wire
    listening.close()
    for _ in range(wire.begun):
        await wire.ended.acquire()


@dataclass
class Town:
    """A guest with a token, and two houses of a host; the cheaper one is what the program is for."""

    visitor: Visitor
    booked: Booked
    words: str
    secret: str

    async def run(self, words: str | None = None, secret: str | None = None) -> Run:
        return await Run.begin(self.visitor.base_url, secret or self.secret, words or self.words)

    async def order_id(self) -> int:
        """The guest's only order."""
        [order] = await rows(
            self.visitor.services, "SELECT id FROM orders WHERE guest_id = %s", self.booked.guest_id
        )
        return int(order["id"])


async def build_town(visitor: Visitor, *scopes: str, **changes: object) -> Town:
    guest_id, host_id = await sign_in_new_user(visitor), await insert_user(visitor.services)
    words = f"example{guest_id}"
    houses = [
        {"title": f"{words}贵", "price": "900"},
        {"title": f"{words}便宜", "price": "120.50", **changes},
    ]
    [_, cheap] = await insert_houses(visitor.services, host_id, houses)
    token = await make_token(visitor, *(scopes or ("read", "orders")))
    return Town(visitor, Booked(visitor.services, host_id, guest_id, cheap), words, token["token"])


@pytest.fixture(autouse=True)
def end_programs() -> Iterator[None]:
    """Leave no program of a test that failed running."""
    yield
    for run in Run.begun:
        if run.process.returncode is None:
            run.process.kill()
    Run.begun.clear()


async def test_the_program_is_shorter_than_sixty_lines() -> None:
    assert len(PROGRAM.read_text("utf-8").splitlines()) < 60


async def test_it_books_the_cheapest_house_and_hears_that_the_host_accepts(visitor: Visitor) -> None:
    town = await build_town(visitor)
    run = await town.run()
    asked = await run.line()

    await town.booked.act(await town.order_id(), Event.ACCEPT)

    code, said, complained = await run.end()
    assert asked.startswith(f"Asked for {town.words}便宜, order ")
    assert (code, complained) == (0, "")
    assert said.startswith("Accepted. Pay ¥741.00 before ")


async def test_it_ends_otherwise_when_the_host_rejects(visitor: Visitor) -> None:
    town = await build_town(visitor)
    run = await town.run()
    await run.line()

    await town.booked.act(await town.order_id(), Event.REJECT)

    assert await run.end() == (1, "", "REJECTED: 有事\n")


async def test_it_misses_nothing_while_its_connection_is_gone(visitor: Visitor) -> None:
    town = await build_town(visitor)
    run = await town.run()
    await run.line()

    for listener in visitor.services.board.listeners:
        listener.close(CloseCode.GOING_AWAY)
    await town.booked.act(await town.order_id(), Event.ACCEPT)

    code, said, _ = await run.end()
    assert code == 0
    assert said.startswith("Accepted.")


async def test_it_asks_again_after_a_failure_and_books_once(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await build_town(visitor)
    place = visitor.services.orders.place
    places: list[object] = []

    async def place_and_fail(*arguments: Any) -> Any:
        placed = await place(*arguments)
        places.append(placed)
        if len(places) == 1:
            raise StoreUnavailable
        return placed

    monkeypatch.setattr(visitor.services.orders, "place", place_and_fail)
    run = await town.run()
    await run.line()

    await town.booked.act(await town.order_id(), Event.ACCEPT)

    code, _, complained = await run.end()
    assert (code, complained) == (0, "")
    assert places[0] == places[1]


async def test_it_asks_again_when_the_answer_is_lost_and_books_once(visitor: Visitor) -> None:
    town = await build_town(visitor)
    async with wire_to(visitor) as (url, wire):
        run = await Run.begin(f"{url}/", town.secret, town.words)
        asked = await run.line()

        await town.booked.act(await town.order_id(), Event.ACCEPT)

        code, said, complained = await run.end()
    assert asked.startswith(f"Asked for {town.words}便宜, order ")
    assert (code, complained) == (0, "")
    assert said.startswith("Accepted.")
    assert len(wire.keys) == 2
    assert wire.keys[0] == wire.keys[1]


async def test_without_the_same_key_it_would_not_learn_that_it_booked(visitor: Visitor) -> None:
    town = await build_town(visitor)
    async with wire_to(visitor, renames_keys=True) as (url, wire):
        run = await Run.begin(url, town.secret, town.words)

        code, said, complained = await run.end()

    assert (code, said) == (1, "")
    assert " (POST /orders at " in complained
    assert len(wire.keys) == 2
    assert await town.order_id()


async def test_it_ends_with_a_sentence_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        code, said, complained = await (await Run.begin(url, "ihome_any", "words")).end()

    assert (code, said) == (1, "")
    assert "refused (GET /houses?" in complained
    assert complained.endswith(f" at {url}/api/v1_0)\n")
    assert len(complained.splitlines()) == 1


@pytest.mark.parametrize(("arguments", "token"), [((), "ihome_any"), (("words", *STAY), None)])
async def test_without_arguments_or_token_it_says_what_it_needs(
    arguments: tuple[str, ...], token: str | None
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "IHOME_TOKEN"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *arguments, stderr=pipe,
        env=environment | ({"IHOME_TOKEN": token} if token else {}),
    )  # fmt: skip

    _, complained = await process.communicate()

    assert process.returncode == 1
    assert complained.decode().startswith("Books the cheapest house")
    assert b"Traceback" not in complained


async def test_it_need_not_wait_for_an_instant_house(visitor: Visitor) -> None:
    town = await build_town(visitor)
    await rows(visitor.services, "UPDATE houses SET instant_booking = 1 WHERE id = %s", town.booked.house_id)

    code, said, _ = await (await town.run()).end()

    assert code == 0
    assert "Accepted." in said


async def test_a_revoked_token_ends_it_while_it_waits(visitor: Visitor) -> None:
    town = await build_town(visitor)
    run = await town.run()
    await run.line()

    [token] = (await visitor.services.tokens.page(town.booked.guest_id))["tokens"]
    await visitor.services.tokens.revoke(town.booked.guest_id, token["token_id"])

    code, said, complained = await run.end()
    assert (code, said) == (1, "")
    assert complained.split(" (")[0].strip() in {
        "The token does not let us in any more.",  # the websocket heard of it
        "The token is unknown, revoked or expired",  # a call was faster
    }


@pytest.mark.parametrize(("scopes", "call"), [(("read",), "POST /orders"), (("orders",), "GET /houses")])
async def test_a_token_without_the_scope_ends_it_with_a_sentence(
    visitor: Visitor, scopes: tuple[str, ...], call: str
) -> None:
    town = await build_town(visitor, *scopes)

    code, said, complained = await (await town.run()).end()

    assert (code, said) == (1, "")
    assert complained.startswith("This token may not do that")
    assert call in complained


async def test_a_wrong_token_and_no_free_house_end_it_with_a_sentence(visitor: Visitor) -> None:
    town = await build_town(visitor)

    wrong = await (await town.run(secret="ihome_wrong")).end()
    none = await (await town.run(words="nowhere-at-all")).end()

    assert (wrong[0], wrong[2].split(" (")[0]) == (1, "The token is unknown, revoked or expired")
    assert none == (1, "", "No house is free then.\n")
