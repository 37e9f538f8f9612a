"""Captchas and SMS codes over HTTP, with the sandbox as the platform."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


async def test_a_captcha_is_a_picture_that_the_sandbox_can_read(visitor: Visitor, stack: Stack) -> None:
    page_id = str(uuid.uuid4())

    picture = await visitor.get(f"{API}/image_codes/{page_id}")
    told = await visitor.client.fetch(f"{stack.sandbox_url}/captcha/{page_id}")

    assert picture.headers["Content-Type"] == "image/png"
    assert picture.body.startswith(b"\x89PNG")
    assert len(json.loads(told.body)["text"]) == 4


async def test_a_captcha_id_must_be_a_uuid(visitor: Visitor) -> None:
    answer = await visitor.get(f"{API}/image_codes/1")

    assert (answer.status, answer.errno, answer.fields.keys()) == (400, "4103", {"image_code_id"})


async def test_a_wrong_answer_burns_the_captcha(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()
    solved = await visitor.solve_captcha()
    body = {"mobile": mobile, "purpose": "register", **solved}

    wrong = await visitor.send("POST", f"{API}/sms_codes", {**body, "image_code": "????"})
    right_too_late = await visitor.send("POST", f"{API}/sms_codes", body)

    assert (wrong.status, wrong.fields.keys()) == (422, {"image_code"})
    assert right_too_late.status == 422


async def test_a_hundred_parallel_uses_of_a_captcha_are_one_success(visitor: Visitor, mobile: str) -> None:
    solved = await visitor.begin() and await visitor.solve_captcha()

    outcomes = await asyncio.gather(
        *(visitor.services.captcha.burn(solved["image_code_id"], solved["image_code"]) for _ in range(100)),
        return_exceptions=True,
    )

    assert sum(outcome is None for outcome in outcomes) == 1


async def test_get_then_delete_lets_parallel_uses_through(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without GETDEL more than one use succeeds."""
    solved = await visitor.solve_captcha()
    redis = visitor.services.captcha._redis

    async def in_two_steps(key: str) -> object:
        value = await redis.get(key)
        await asyncio.sleep(0.02)
        await redis.delete(key)
        return value

    monkeypatch.setattr(redis, "getdel", in_two_steps)

    outcomes = await asyncio.gather(
        *(visitor.services.captcha.burn(solved["image_code_id"], solved["image_code"]) for _ in range(100)),
        return_exceptions=True,
    )

    assert sum(outcome is None for outcome in outcomes) > 1


async def test_a_second_code_waits_sixty_seconds(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()

    first = await visitor.ask_for_code(mobile)
    second = await visitor.ask_for_code(mobile)

    assert (first.status, first.data["resend_after"]) == (202, 60)
    assert (second.status, second.errno) == (429, "4201")
    assert 58 <= int(second.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(("earlier", "minutes", "sentence"), [(5, 30, "一小时"), (10, 700, "今天")])
async def test_hourly_and_daily_limits(
    visitor: Visitor, mobile: str, earlier: int, minutes: int, sentence: str
) -> None:
    await visitor.begin()
    async with visitor.services.database.reading() as cursor:
        await cursor.executemany(
            "INSERT INTO sms_codes (task_id, mobile, purpose, sealed_code, state, created_at)"
            " VALUES (%s, %s, 'register', '', 'sent', NOW(6) - INTERVAL %s MINUTE)",
            [(str(uuid.uuid4()), mobile, minutes) for _ in range(earlier)],
        )

    answer = await visitor.ask_for_code(mobile)

    assert answer.status == 429
    assert sentence in answer.json["errmsg"]
    window = {5: 60, 10: 24 * 60}[earlier]
    assert (window - minutes) * 60 - 30 <= int(answer.headers["Retry-After"]) <= (window - minutes) * 60


async def test_parallel_requests_for_one_phone_queue_one_code(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()

    answers = await asyncio.gather(*(visitor.ask_for_code(mobile) for _ in range(10)))

    assert sorted(answer.status for answer in answers) == [202] + [429] * 9


async def test_one_address_may_ask_thirty_times_an_hour(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()
    for _ in range(30):
        await visitor.services.limits.spend(("30/hour",), "sms", "127.0.0.1")

    answer = await visitor.ask_for_code(mobile)

    assert (answer.status, answer.errno) == (429, "4201")
    assert int(answer.headers["Retry-After"]) > 3000


@pytest.mark.parametrize(
    ("number", "state", "reason"),
    [
        ("13900000001", "failed", "bad_number"),
        ("13900000002", "sent", None),
        ("13900000003", "sent", None),
        ("13900000004", "failed", "no_reply"),
        ("13900000005", "failed", "no_reply"),
    ],
)
async def test_the_platforms_moods_end_within_ten_seconds(
    new_visitor: Callable[[], Visitor], number: str, state: str, reason: str | None
) -> None:
    visitor = await new_visitor().begin()
    async with visitor.services.database.reading() as cursor:
        await cursor.execute("DELETE FROM sms_codes WHERE mobile = %s", (number,))
    asked = await visitor.ask_for_code(number)
    began = time.monotonic()

    final = await visitor.final_state(asked.data["task_id"])

    assert (final["state"], final["reason"]) == (state, reason)
    assert (final["detail"] is None) == (state == "sent")
    assert time.monotonic() - began < 10


async def test_a_task_belongs_to_the_session_that_caused_it(
    new_visitor: Callable[[], Visitor], mobile: str
) -> None:
    owner, stranger = await new_visitor().begin(), await new_visitor().begin()
    task_id = (await owner.ask_for_code(mobile)).data["task_id"]

    answer = await stranger.get(f"{API}/tasks/{task_id}")

    assert (answer.status, answer.errno) == (404, "4002")
    assert (await owner.get(f"{API}/tasks/{task_id}")).status == 200


async def test_failures_are_told_in_english_too(new_visitor: Callable[[], Visitor]) -> None:
    visitor = new_visitor()
    visitor.language = "en-GB,en;q=0.9,zh;q=0.1"

    answer = await visitor.get(f"{API}/session")

    assert answer.json["errmsg"].isascii()
