"""The real-name check over HTTP: once a user, once a number, masked, sealed, silent in the logs."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
from typing import TYPE_CHECKING

import pytest

from server.identities import repository
from server.identities.model import AlreadyVerified, check_digit
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.db import Cursor
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)

NAME = "欧阳测试"
_births = itertools.count(os.getpid() % 300)


@pytest.fixture
def number() -> str:
    """An ID number that no other test uses."""
    born = next(_births)
    first = f"110105{1950 + born // 28 % 50}01{1 + born % 28:02d}{os.getpid() % 1000:03d}"
    return first + check_digit(first)


async def test_the_check_is_passed_once_and_masked_ever_after(
    visitor: Visitor, stack: Stack, mobile: str, number: str
) -> None:
    await _host(visitor, stack, mobile)
    before = await visitor.get(f"{API}/users/auth")
    unverified = (await visitor.get(f"{API}/user")).data["verified"]

    passed = await _verify(visitor, number)
    after = await visitor.get(f"{API}/users/auth")
    again = await _verify(visitor, number)

    assert before.data == {"real_name": None, "id_card": None}
    assert (unverified, (await visitor.get(f"{API}/user")).data["verified"]) == (False, True)
    assert (passed.status, passed.data) == (201, after.data)
    assert after.data == {"real_name": "欧*", "id_card": f"{number[:4]}************{number[-2:]}"}
    assert (again.status, again.errno) == (409, "4003")


async def test_what_the_rules_refuse_is_said_beside_its_field(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await _host(visitor, stack, mobile)

    wrong_digit = await _verify(visitor, "110105194912310021")
    unborn = "11010529991231002"
    future = await _verify(visitor, unborn + check_digit(unborn))
    empty = await _verify(visitor, "", "")
    short = await visitor.send("POST", f"{API}/users/auth", {"real_name": NAME})

    assert [answer.status for answer in (wrong_digit, future, empty, short)] == [422] * 4
    assert wrong_digit.fields == {"id_card": "身份证号不对，请核对每一位"}
    assert future.fields.keys() == {"id_card"}
    assert empty.fields.keys() == {"real_name", "id_card"}
    assert (await visitor.get(f"{API}/users/auth")).data["id_card"] is None


async def test_parallel_checks_of_one_user_make_one_identity(
    visitor: Visitor, stack: Stack, mobile: str, number: str
) -> None:
    await _host(visitor, stack, mobile)
    numbers = [number[:14] + f"{n:03d}" for n in range(12)]

    answers = await asyncio.gather(*(_verify(visitor, one + check_digit(one)) for one in numbers))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 11


async def test_parallel_checks_of_one_number_make_one_identity(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, number: str
) -> None:
    hosts = [await _host(new_visitor(), stack, str(int(mobile) + 100 * n)) for n in range(3)]

    answers = await asyncio.gather(*(_verify(host, number) for host in hosts))

    assert sorted(answer.status for answer in answers) == [201, 409, 409]


async def test_without_the_unique_keys_one_number_would_pass_for_several(
    new_visitor: Callable[[], Visitor],
    stack: Stack,
    mobile: str,
    number: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: look before inserting, without the key's help, and both pass."""
    hosts = [await _host(new_visitor(), stack, str(int(mobile) + 100 * n)) for n in range(2)]
    insert = repository.insert

    async def naive(cursor: Cursor, user_id: int, sealed: tuple[str, str], number_index: str) -> None:
        taken = await cursor.execute("SELECT 1 FROM identities WHERE id_number_index = %s", (number_index,))
        await asyncio.sleep(0.1)
        assert not taken
        await insert(cursor, user_id, sealed, f"{user_id:064d}")

    monkeypatch.setattr(repository, "insert", naive)

    answers = await asyncio.gather(*(_verify(host, number) for host in hosts))

    assert [answer.status for answer in answers] == [201, 201]


async def test_a_number_of_another_account_is_refused_without_saying_why(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, number: str
) -> None:
    first = await _host(new_visitor(), stack, mobile)
    second = await _host(new_visitor(), stack, str(int(mobile) + 100))
    await _verify(first, number)

    answer = await _verify(second, number, "别人")

    assert (answer.status, answer.errno, answer.json["errors"]) == (409, "4003", [])
    assert answer.json["errmsg"] == "无法用这些证件内容认证，如有疑问请联系我们"


async def test_a_verified_user_does_not_find_out_whether_a_number_is_registered(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, number: str
) -> None:
    first = await _host(new_visitor(), stack, mobile)
    second = await _host(new_visitor(), stack, str(int(mobile) + 100))
    await _verify(first, number)
    other = number[:14] + "998"
    await _verify(second, other + check_digit(other))

    registered, unregistered = await _verify(second, number), await _verify(second, "garbage")

    assert registered.json["errmsg"] == unregistered.json["errmsg"]
    assert (registered.status, unregistered.status) == (409, 409)


async def test_trying_numbers_ends_after_twenty(visitor: Visitor, stack: Stack, mobile: str) -> None:
    await _host(visitor, stack, mobile)

    answers = [await _verify(visitor, f"{n:018d}") for n in range(21)]

    assert [answer.status for answer in answers] == [422] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_neither_name_nor_number_is_in_database_log_or_answer(
    visitor: Visitor, stack: Stack, mobile: str, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await _host(visitor, stack, mobile)

    answers = [
        await _verify(visitor, number[:-1]),
        await _verify(visitor, number),
        await _verify(visitor, number),
    ]
    async with visitor.services.database.reading() as cursor:
        await cursor.execute("SELECT * FROM identities")
        stored = str(await cursor.fetchall())

    written = stored + caplog.text + stack.log("worker") + "".join(str(answer.json) for answer in answers)
    assert [secret for secret in (number, number[:-1], NAME, NAME.encode().hex()) if secret in written] == []
    assert visitor.services.identities._seal.digest(number) in stored


async def test_a_number_in_clear_would_be_found(
    visitor: Visitor, stack: Stack, mobile: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: a seal that does not close."""
    await _host(visitor, stack, mobile)
    monkeypatch.setattr(visitor.services.identities._seal, "seal", lambda text: text)

    await _verify(visitor, number, "Li Na")

    async with visitor.services.database.reading() as cursor:
        await cursor.execute("SELECT * FROM identities")
        assert number in str(await cursor.fetchall())
        await cursor.execute("DELETE FROM identities WHERE sealed_id_number = %s", (number,))


async def test_a_sealed_number_opens_with_its_key_only(
    visitor: Visitor, stack: Stack, mobile: str, number: str
) -> None:
    await _host(visitor, stack, mobile)
    await _verify(visitor, number)
    user_id = (await visitor.get(f"{API}/user")).data["user_id"]

    async with visitor.services.database.reading() as cursor:
        row = await repository.find(cursor, user_id)

    assert row is not None
    assert visitor.services.identities._seal.open(row["sealed_id_number"]) == number
    assert visitor.services.identities._seal.open(row["sealed_real_name"]) == NAME


async def test_the_second_insert_of_a_user_says_that_they_are_verified(
    visitor: Visitor, stack: Stack, mobile: str, number: str
) -> None:
    await _host(visitor, stack, mobile)
    await _verify(visitor, number)
    user_id = (await visitor.get(f"{API}/user")).data["user_id"]

    with pytest.raises(AlreadyVerified):
        async with visitor.services.database.transaction() as cursor:
            await repository.insert(
                cursor, user_id, ("a", "b"), visitor.services.identities._seal.digest(number)
            )


async def test_nobody_is_checked_without_signing_in(visitor: Visitor, number: str) -> None:
    await visitor.begin()

    assert (await _verify(visitor, number)).errno == "4101"
    assert (await visitor.get(f"{API}/users/auth")).errno == "4101"


async def _host(visitor: Visitor, stack: Stack, mobile: str) -> Visitor:
    await visitor.begin()
    await visitor.sign_up(stack, mobile)
    return visitor


async def _verify(visitor: Visitor, number: str, name: str = NAME) -> Answer:
    answer = await visitor.send("POST", f"{API}/users/auth", {"real_name": name, "id_card": number})
    assert number not in json.dumps(answer.json) or not number
    return answer
