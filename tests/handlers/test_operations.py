"""For operators: liveness, readiness, numbers; and the time limits that nobody sees."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from server.captcha.model import TTL_SECONDS

if TYPE_CHECKING:
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=30)


async def test_liveness_needs_nothing(visitor: Visitor) -> None:
    assert (await visitor.get("/healthz")).data == {"alive": True}


async def test_readiness_names_the_part_that_is_missing(visitor: Visitor) -> None:
    without_heartbeat = await visitor.get("/readyz")
    await visitor.services.health.beat()
    with_it = await visitor.get("/readyz")

    assert (without_heartbeat.status, without_heartbeat.errno) == (503, "4001")
    assert without_heartbeat.data == {"mysql": True, "redis": True, "worker": False, "draining": False}
    assert (with_it.status, with_it.data["worker"]) == (200, True)


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_strangers_behind_a_proxy_see_no_numbers(visitor: Visitor, path: str) -> None:
    answer = await visitor.get(path, **{"X-Forwarded-For": "203.0.113.7"})

    assert answer.status == 404


async def test_metrics_count_requests_by_route(visitor: Visitor) -> None:
    await visitor.get("/login.html")

    metrics = (await visitor.get("/metrics")).body.decode()

    assert 'ihome_http_request_seconds_count{method="GET",route="LoginPage",status="200"} 1.0' in metrics
    assert "ihome_loop_lag_seconds_count" in metrics


async def test_the_numbers_are_added_up_beside_the_loop_and_few_may_wait_for_them(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: an addition that takes as long as the test says
    go_on = threading.Event()
    threads = set()

    def slow() -> bytes:
        threads.add(threading.current_thread())
        go_on.wait(20)
        return b""

    monkeypatch.setattr(visitor.services.metrics, "exposition", slow)

    # when: more ask than may wait, and somebody asks for something else
    asked = [asyncio.ensure_future(visitor.get("/metrics")) for _ in range(6)]
    refused = [await one for one in (await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED))[0]]
    alive = await visitor.get("/healthz")
    go_on.set()
    answers = [(await one).status for one in asked]

    # then
    assert alive.status == 200
    assert [(one.status, one.errno) for one in refused] == [(503, "4001")]
    assert sorted(answers) == [200] * 5 + [503]
    assert threading.main_thread() not in threads


async def test_a_captcha_lives_three_minutes(visitor: Visitor) -> None:
    solved = await visitor.solve_captcha()
    redis = visitor.services.captcha._redis

    left = await redis.ttl(redis.key("captcha", solved["image_code_id"]))

    assert TTL_SECONDS - 5 <= left <= TTL_SECONDS == 180


async def test_an_address_that_calls_too_often_is_told_when_to_come_back(visitor: Visitor) -> None:
    answers = [await visitor.get("/api/v1_0/image_codes/x") for _ in range(61)]

    assert (answers[-1].status, answers[-1].errno) == (429, "4201")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert {answer.status for answer in answers[:-1]} == {400}


async def test_the_status_page_is_for_this_machine_only(visitor: Visitor) -> None:
    here = await visitor.get("/status")
    behind_a_proxy = await visitor.get("/status", **{"X-Forwarded-For": "203.0.113.9"})

    assert here.status == 200
    assert b'id="chart-latency"' in here.body
    assert behind_a_proxy.status == 404


async def test_who_sees_the_status_page_first_has_a_session_for_its_websocket(visitor: Visitor) -> None:
    page = await visitor.get("/status")

    assert "ihome_session" in page.headers["Set-Cookie"]
