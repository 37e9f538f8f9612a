"""How programs learn of limits before they meet them, and when to come back once they did."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.application import make_application
from handlers.calendars import READINGS
from server.limits import RequestCeiling
from tests.houses import publish_online, sign_in_new_host, sign_in_new_user
from tests.raw import ask
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.application import IhomeApplication

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

LEFT = re.compile(r'"default";r=(\d+);t=(\d+)')
CARD = {"real_name": "张三", "id_card": "110101199003070038"}


async def test_each_answer_tells_what_is_left(visitor: Visitor) -> None:
    answers = [await visitor.get(f"{API}/image_codes/x") for _ in range(3)]
    other = await visitor.get(f"{API}/areas")

    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=60;w=60'}
    assert [_left(answer.headers["RateLimit"]) for answer in answers] == [59, 58, 57]
    assert other.headers["RateLimit-Policy"] == '"default";q=600;w=60'
    assert _left(other.headers["RateLimit"]) == 599


async def test_head_and_options_count_like_get(visitor: Visitor) -> None:
    answers = [await ask(visitor, method, f"{API}/areas", {}) for method in ("GET", "HEAD", "OPTIONS", "GET")]

    assert [_left(answer.headers["RateLimit"]) for answer in answers] == [599, 598, 597, 596]


async def test_304_tells_what_is_left(visitor: Visitor) -> None:
    tag = (await visitor.get(f"{API}/areas")).headers["ETag"]

    answer = await visitor.get(f"{API}/areas", **{"If-None-Match": tag})

    assert (answer.status, _left(answer.headers["RateLimit"])) == (304, 598)


async def test_the_refusal_tells_when_to_come_back_and_the_last_allowed_call_saw_it_coming(
    visitor: Visitor,
) -> None:
    answers = [await visitor.get(f"{API}/image_codes/x") for _ in range(62)]

    assert [answer.status for answer in answers[58:]] == [400, 400, 429, 429]
    assert [_left(answer.headers["RateLimit"]) for answer in answers[58:]] == [1, 0, 0, 0]
    refused = answers[-1]
    assert refused.headers["Retry-After"] == LEFT.fullmatch(refused.headers["RateLimit"])[2]  # type: ignore[index]
    assert refused.headers["RateLimit-Policy"] == '"default";q=60;w=60'


async def test_calls_that_do_not_exist_and_bodies_that_are_too_large_are_counted(visitor: Visitor) -> None:
    await visitor.begin()

    lost = [await visitor.get(f"{API}/nothing/{number}") for number in range(2)]
    large = [await visitor.call("POST", f"{API}/sessions", b"x" * 70_000) for _ in range(2)]

    assert [_left(answer.headers["RateLimit"]) for answer in lost] == [299, 298]
    assert [_left(answer.headers["RateLimit"]) for answer in large] == [599, 598]


async def test_a_limit_over_all_processes_names_itself(visitor: Visitor) -> None:
    user_id = await sign_in_new_user(visitor)
    for _ in range(20):
        await visitor.services.limits.spend(("20/hour", "60/day"), "identity", str(user_id))

    refused = await visitor.send("POST", f"{API}/users/auth", CARD)

    assert (refused.status, refused.errno) == (429, "4201")
    assert refused.headers["RateLimit-Policy"] == '"identity-hour";q=20;w=3600'
    assert refused.headers["RateLimit"] == f'"identity-hour";r=0;t={refused.headers["Retry-After"]}'
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600


async def test_readings_of_calendars_that_a_user_asks_for_are_counted(visitor: Visitor) -> None:
    host_id = await sign_in_new_host(visitor)
    path = f"{API}/houses/{await publish_online(visitor)}/calendars"
    for _ in range(120):
        await visitor.services.limits.spend(READINGS, "calendar", str(host_id))

    refused = [
        await visitor.send("POST", path, {"name": "x", "url": "https://a.example/1.ics"}),
        await visitor.send("PUT", f"{path}/1", {"url": "https://a.example/1.ics"}),
        await visitor.send("POST", f"{path}/1/sync"),
    ]

    assert [answer.status for answer in refused] == [429] * 3
    assert (await visitor.send("PUT", f"{path}/1", {"name": "y"})).status == 404


async def test_pages_and_pictures_tell_it_too_and_files_do_not(visitor: Visitor) -> None:
    assert (await visitor.get("/login.html")).headers["RateLimit-Policy"] == '"default";q=300;w=60'
    assert (await visitor.get("/media/nothing")).headers["RateLimit-Policy"] == '"default";q=1200;w=60'
    assert "RateLimit" not in (await visitor.get("/static/css/app.css")).headers
    assert "RateLimit" not in (await visitor.get("/healthz")).headers


class TestLifted:
    """Load tests run without limits by address."""

    @pytest.fixture
    def app(self, app: IhomeApplication) -> IhomeApplication:
        services = app.settings["services"]
        return make_application(replace(services, ceiling=RequestCeiling(lifted=True)))

    async def test_without_limits_nothing_is_told(self, visitor: Visitor) -> None:
        answers = [await visitor.get(f"{API}/image_codes/x") for _ in range(61)]

        assert {answer.status for answer in answers} == {400}
        assert not any("RateLimit" in answer.headers for answer in answers)


def _left(header: str) -> int:
    found = LEFT.fullmatch(header)
    assert found, header
    return int(found[1])
