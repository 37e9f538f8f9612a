"""Idempotency keys in the database: written with their effect or not at all, one owner at a time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import pymysql.err
import pytest

from server import db
from server.db import TransactionConflict, retried
from server.errors import NoSuchThing, StoreUnavailable
from server.idempotency import repository
from server.idempotency.model import BadKey, InFlight, KeyReused, Once
from server.sealing import Seal
from server.services import open_services
from tests.houses import insert_user, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.services import Services
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


@pytest.fixture
def services(io_loop: IOLoop, stack: Stack) -> Iterator[Services]:
    """The product without its background."""
    exits = AsyncExitStack()

    async def enter() -> Services:
        return await exits.enter_async_context(open_services(stack.settings))

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


@pytest.fixture
def once(io_loop: IOLoop, services: Services) -> Once:
    """A request of a new user."""
    user_id = io_loop.run_sync(lambda: insert_user(services))
    return services.idempotency.once(user_id, "key-1", "POST /things", b"{}")


async def effect(services: Services, once: Once | None, answer: Any, effects: list[Any]) -> Any:
    """A use case: its effect counts when its transaction is committed."""

    @retried
    async def attempt() -> tuple[bool, Any]:
        async with services.database.transaction() as cursor:
            stored = await repository.begin(cursor, once)
            if stored is not None:
                return False, stored
            await asyncio.sleep(0.05)
            await repository.finish(cursor, once, answer)
        return True, answer

    is_new, said = await attempt()
    if is_new:
        effects.append(answer)
    return said


async def stored_keys(services: Services, user_id: int) -> list[str]:
    found = await rows(services, "SELECT name FROM idempotency WHERE user_id = %s", user_id)
    return [row["name"] for row in found]


async def test_a_replay_gives_the_first_answer_and_has_no_effect(services: Services, once: Once) -> None:
    effects: list[Any] = []

    first = await effect(services, once, {"名": ["a", 1, None]}, effects)
    again = await effect(services, once, {"other": True}, effects)

    assert first == again == {"名": ["a", 1, None]}
    assert len(effects) == 1


async def test_without_a_key_each_request_has_its_effect(services: Services) -> None:
    """The negative control of the test above."""
    effects: list[Any] = []

    for number in range(2):
        await effect(services, None, number, effects)

    assert effects == [0, 1]


@pytest.mark.parametrize(
    ("asked", "content"), [("PUT /things", b"{}"), ("POST /x", b"{}"), ("POST /things", b"{ }")]
)
async def test_another_request_with_the_key_is_refused(
    services: Services, once: Once, asked: str, content: bytes
) -> None:
    await effect(services, once, 1, [])
    other = services.idempotency.once(once.user_id, once.name, asked, content)

    with pytest.raises(KeyReused):
        await effect(services, other, 2, [])
    async with services.database.reading() as cursor:
        with pytest.raises(KeyReused):
            await repository.look(cursor, other)


async def test_keys_are_a_users_own(services: Services, once: Once) -> None:
    other = services.idempotency.once(await insert_user(services), once.name, "POST /things", b"{}")
    effects: list[Any] = []

    answers = [await effect(services, one, one.user_id, effects) for one in (once, other)]

    assert answers == effects == [once.user_id, other.user_id]


async def test_a_request_that_is_being_worked_on_is_refused_at_once(services: Services, once: Once) -> None:
    async with services.database.transaction() as cursor:
        await repository.begin(cursor, once)
        await repository.finish(cursor, once, 1)

        async with asyncio.timeout(2):  # a lock that is waited for takes 3 s
            with pytest.raises(InFlight):
                await effect(services, once, 2, [])


async def test_fifty_at_once_have_one_effect(services: Services, once: Once) -> None:
    effects: list[Any] = []

    answers = await asyncio.gather(
        *(effect(services, once, number, effects) for number in range(50)), return_exceptions=True
    )

    assert len(effects) == 1
    assert all(answer == effects[0] or isinstance(answer, InFlight) for answer in answers), answers


async def test_fifty_at_once_without_the_key_have_fifty_effects(services: Services) -> None:
    """The negative control of the test above."""
    effects: list[Any] = []

    await asyncio.gather(*(effect(services, None, number, effects) for number in range(50)))

    assert len(effects) == 50


async def test_a_refusal_leaves_no_key(services: Services, once: Once) -> None:
    async def refused() -> None:
        async with services.database.transaction() as cursor:
            await repository.begin(cursor, once)
            raise NoSuchThing

    with pytest.raises(NoSuchThing):
        await refused()

    assert await stored_keys(services, once.user_id) == []
    assert await effect(services, once, "later", []) == "later"


async def test_a_crash_before_the_commit_leaves_no_key(services: Services, once: Once) -> None:
    async def killed() -> None:
        async with services.database.transaction() as cursor:
            await repository.begin(cursor, once)
            await repository.finish(cursor, once, 1)
            await cursor.execute("SELECT CONNECTION_ID() AS id")
            row = await cursor.fetchone()
            assert row is not None
            await rows(services, f"KILL {row['id']}")

    with pytest.raises(StoreUnavailable):
        await killed()

    assert await stored_keys(services, once.user_id) == []
    assert await effect_at_last(services, once) == "later"


async def effect_at_last(services: Services, once: Once) -> Any:
    """The effect, as soon as the server has rolled back for the connection that it killed."""
    async with asyncio.timeout(10):
        while True:
            with suppress(InFlight):
                return await effect(services, once, "later", [])
            await asyncio.sleep(0.05)


async def test_a_lost_answer_of_the_commit_is_found_by_the_replay(services: Services, once: Once) -> None:
    await effect(services, once, "done", [])  # committed; the client never heard of it

    assert await effect(services, once, "again", []) == "done"


async def test_looking_takes_no_key(services: Services, once: Once) -> None:
    async with services.database.reading() as cursor:
        assert await repository.look(cursor, once) is None
        assert await repository.look(cursor, None) is None
    assert await stored_keys(services, once.user_id) == []

    await effect(services, once, [7], [])

    async with services.database.reading() as cursor:
        assert await repository.look(cursor, once) == [7]


async def test_keys_are_forgotten_after_a_day(services: Services, once: Once) -> None:
    await effect(services, once, 1, [])
    younger = services.idempotency.once(once.user_id, "younger", "POST /things", b"")
    await effect(services, younger, 2, [])
    for name, minutes in ((once.name, 24 * 60 + 1), (younger.name, 24 * 60 - 1)):
        await rows(
            services,
            "UPDATE idempotency SET created_at = NOW(6) - INTERVAL %s MINUTE WHERE user_id = %s AND name = %s",
            minutes, once.user_id, name,
        )  # fmt: skip

    await services.idempotency.purge()

    assert await stored_keys(services, once.user_id) == ["younger"]


async def test_the_stored_digest_does_not_give_a_body_away(services: Services, once: Once) -> None:
    """Whoever reads the table cannot try ID numbers against it: that takes the secret key."""
    service = services.idempotency
    request = (once.user_id, "k", "POST /users/auth", b'{"id_card":"110101199003078515"}')

    keyed = service.once(*request).request

    assert keyed == service.once(*request).request
    service._seal = Seal("another secret key, long enough for it", "idempotency")
    assert keyed != service.once(*request).request


@pytest.mark.parametrize("name", ["", " ", "a b", "é", "键", "\x7f", "a\n", "x" * 129])
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(BadKey):
        Once(1, name, "")


@pytest.mark.parametrize("name", ["x", "x" * 128, "0e2c8f5e-6f0b-4c38-9c43-2c8f5e6f0b4c", "!~"])
def test_visible_ascii_is_a_key(name: str) -> None:
    assert Once(1, name, "").name == name


@pytest.mark.parametrize("code", [1205, 3572, 1213, 1020])
def test_a_lock_that_is_not_free_is_a_conflict_on_either_server(code: int) -> None:
    """MariaDB answers NOWAIT with 1205, MySQL with 3572."""
    with pytest.raises(TransactionConflict), db._failures():
        raise pymysql.err.OperationalError(code, "not free")
