"""云通讯's protocol on the wire, and at most one message a code whatever the platform does."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from server.sms import gateway
from server.sms.gateway import (
    YuntongxunAccount,
    YuntongxunGateway,
    authorization,
    china_timestamp,
    read_answer,
    signature,
)
from server.sms.model import FailureReason, SmsFailed
from tests.server.sms.platform import Platform, playing

if TYPE_CHECKING:
    from collections.abc import Callable

SID = "abcdefghijklmnopqrstuvwxyz012345"
TOKEN = "0123456789abcdef0123456789abcdef"
CODE = "604713"
NOW = datetime(2014, 4, 16, 6, 20, 30, tzinfo=UTC)
SIG = "698CD6F76DB3CAE8E9875C1F8F298B2C"
AUTHORIZATION = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU6MjAxNDA0MTYxNDIwMzA="


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same patience, a tenth as long."""
    monkeypatch.setattr(gateway, "TOTAL_SECONDS", 0.8)
    monkeypatch.setattr(gateway, "TRY_SECONDS", 0.5)
    monkeypatch.setattr(gateway, "CONNECT_SECONDS", 0.2)


def account(url: str) -> YuntongxunAccount:
    return YuntongxunAccount(url, SID, TOKEN, "app-1", "1")


async def send(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        return await YuntongxunGateway(http, account(url), lambda: NOW).send_code("13800138000", CODE, 5)


def attempt(script: Callable[[Platform], list]) -> tuple[Platform, str | FailureReason, float]:
    """Send one code to a scripted platform: what it saw, the message id or the reason, and the seconds."""

    async def scenario() -> tuple[Platform, str | FailureReason, float]:
        platform = Platform([])
        platform.steps = script(platform)
        async with playing(platform):
            began = time.monotonic()
            try:
                outcome: str | FailureReason = await send(platform.url)
            except SmsFailed as failure:
                outcome = failure.reason
            return platform, outcome, time.monotonic() - began

    return asyncio.run(scenario())


def test_the_documented_vector_gives_the_documented_signature() -> None:
    assert china_timestamp(NOW) == "20140416142030"
    assert signature(SID, TOKEN, "20140416142030") == SIG
    assert authorization(SID, "20140416142030") == AUTHORIZATION


def test_the_request_is_what_the_platform_documents() -> None:
    platform, _, _ = attempt(lambda p: [p.says("000000")])

    head, _, body = platform.requests[0].partition(b"\r\n\r\n")
    request_line, *lines = head.decode().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert method == "POST"
    assert urlsplit(target).path == f"/2013-12-26/Accounts/{SID}/SMS/TemplateSMS"
    assert parse_qs(urlsplit(target).query) == {"sig": [SIG]}
    assert headers["authorization"] == AUTHORIZATION
    assert headers["accept"] == "application/json"
    assert headers["content-type"] == "application/json;charset=utf-8"
    assert json.loads(body) == {
        "to": "13800138000",
        "appId": "app-1",
        "templateId": "1",
        "datas": [CODE, "5"],
    }


def test_any_template_is_sent_with_its_texts() -> None:
    async def scenario() -> bytes:
        platform = Platform([])
        platform.steps = [platform.says("000000")]
        async with playing(platform), httpx.AsyncClient(trust_env=False) as http:
            carrier = YuntongxunGateway(http, account(platform.url), lambda: NOW)
            assert await carrier.send("13800138000", "77", ("新预订", "四合院", "12-01")) == "f" * 32
        return platform.requests[0]

    body = asyncio.run(scenario()).partition(b"\r\n\r\n")[2]

    assert json.loads(body) == {
        "to": "13800138000",
        "appId": "app-1",
        "templateId": "77",
        "datas": ["新预订", "四合院", "12-01"],
    }


def test_an_accepted_message_gives_its_id() -> None:
    _, outcome, _ = attempt(lambda p: [p.says("000000")])

    assert outcome == "f" * 32


@pytest.mark.parametrize("receipt", [b"", b',"templateSMS":null', b',"templateSMS":{"smsMessageSid":7}'])
def test_accepted_without_a_usable_receipt_is_accepted_all_the_same(receipt: bytes) -> None:
    assert read_answer(200, b'{"statusCode":"000000"' + receipt + b"}") == ""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("160038", FailureReason.PROVIDER_LIMIT),
        ("160039", FailureReason.PROVIDER_LIMIT),
        ("160040", FailureReason.PROVIDER_LIMIT),
        ("160041", FailureReason.PROVIDER_LIMIT),
        ("160042", FailureReason.BAD_NUMBER),
        ("111109", FailureReason.BAD_CONFIG),
        ("111181", FailureReason.BAD_CONFIG),
        ("112311", FailureReason.BAD_CONFIG),
        ("160032", FailureReason.BAD_CONFIG),
        ("160034", FailureReason.REFUSED),
        ("160011", FailureReason.REFUSED),
        ("999999", FailureReason.REFUSED),
        ("", FailureReason.REFUSED),
    ],
)
def test_a_final_refusal_is_asked_for_once(code: str, reason: FailureReason) -> None:
    platform, outcome, _ = attempt(lambda p: [p.says(code)])

    assert outcome == reason
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("172001", FailureReason.UNREACHABLE),
        ("160000", FailureReason.UNREACHABLE),
        ("160010", FailureReason.UNREACHABLE),
        ("160050", FailureReason.REFUSED),
    ],
)
def test_a_passing_trouble_of_the_platform_is_tried_three_times(code: str, reason: FailureReason) -> None:
    platform, outcome, _ = attempt(lambda p: [p.says(code)])

    assert outcome == reason
    assert len(platform.requests) == 3


@pytest.mark.parametrize("trouble", ["500", "502", "503", "172001", "160050"])
def test_two_troubles_and_then_success_is_success(trouble: str) -> None:
    def script(platform: Platform) -> list:
        bad = (
            platform.says(trouble)
            if len(trouble) == 6
            else platform.answers(int(trouble), b"<html>sorry</html>")
        )
        return [bad, bad, platform.says("000000")]

    platform, outcome, _ = attempt(script)

    assert outcome == "f" * 32
    assert len(platform.requests) == 3


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, FailureReason.REFUSED),
        (400, FailureReason.REFUSED),
        (401, FailureReason.BAD_CONFIG),
        (403, FailureReason.BAD_CONFIG),
        (404, FailureReason.BAD_CONFIG),
        (302, FailureReason.BAD_CONFIG),
        (504, FailureReason.NO_REPLY),
    ],
)
def test_a_status_without_a_code_is_asked_for_once(status: int, reason: FailureReason) -> None:
    platform, outcome, _ = attempt(lambda p: [p.answers(status, b"")])

    assert outcome == reason
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"sorry",
        b"[1]",
        b"null",
        b'{"statusCode":0}',
        b'{"x":1}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":NaN',
    ],
)
def test_an_unreadable_success_may_have_been_one_and_is_not_sent_again(body: bytes) -> None:
    platform, outcome, _ = attempt(lambda p: [p.answers(200, body)])

    assert outcome == FailureReason.NO_REPLY
    assert len(platform.requests) == 1


def test_a_huge_answer_is_cut_off(hurry: None) -> None:
    platform, outcome, _ = attempt(lambda p: [p.floods])

    assert outcome == FailureReason.NO_REPLY
    assert len(platform.requests) == 1
    assert platform.sent_bytes < 16 * 1024 * 1024  # of 64: what the kernel's buffers took


@pytest.mark.parametrize("step", ["keeps_silent", "drips", "resets_at_once", "resets_after_the_request"])
def test_a_lost_answer_ends_in_time_and_is_not_sent_again(hurry: None, step: str) -> None:
    platform, outcome, seconds = attempt(lambda p: [getattr(p, step)])

    assert outcome == FailureReason.NO_REPLY
    assert platform.connections == 1
    assert seconds < 0.8 + 0.5


def test_without_the_protection_a_lost_answer_is_sent_again(
    hurry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    never = property(lambda _flight: False, lambda _flight, _value: None)
    monkeypatch.setattr(gateway._Flight, "took_off", never, raising=False)

    platform, _, _ = attempt(lambda p: [p.resets_after_the_request])

    assert len(platform.requests) > 1


def test_silence_ends_within_the_promised_seconds() -> None:
    platform, outcome, seconds = attempt(lambda p: [p.keeps_silent])

    assert outcome == FailureReason.NO_REPLY
    assert len(platform.requests) == 1
    assert seconds < 8


def test_the_total_ends_a_try_that_was_preceded_by_others(hurry: None) -> None:
    platform, outcome, seconds = attempt(lambda p: [p.answers(503, b"", after=0.3), p.keeps_silent])

    assert outcome == FailureReason.NO_REPLY
    assert len(platform.requests) == 2
    assert seconds < 0.8 + 0.5


def test_the_total_may_end_while_nothing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "TOTAL_SECONDS", 0.1)  # within the first pause, which is 0.2 s at least

    platform, outcome, _ = attempt(lambda p: [p.answers(503, b"")])

    assert outcome == FailureReason.UNREACHABLE
    assert len(platform.requests) == 1


def test_nobody_listening_is_unreachable_after_three_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    began = []
    note = gateway._Flight.trace

    async def trace(self: gateway._Flight, event: str, details: dict) -> None:
        began.extend([event] if event == "connection.connect_tcp.started" else [])
        await note(self, event, details)

    monkeypatch.setattr(gateway._Flight, "trace", trace)

    with pytest.raises(SmsFailed) as failure:
        asyncio.run(send("http://127.0.0.1:9"))

    assert failure.value.reason == FailureReason.UNREACHABLE
    assert len(began) == 3


def test_a_connection_that_hangs_before_the_request_is_unreachable(hurry: None) -> None:
    """A TLS handshake that nobody answers: no byte of the message left this machine."""

    async def scenario() -> tuple[int, FailureReason]:
        platform = Platform([])

        async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(5)

        platform.steps = [hangs]
        async with playing(platform):
            with pytest.raises(SmsFailed) as failure:
                await send(platform.url.replace("http:", "https:"))
            return platform.connections, failure.value.reason

    connections, reason = asyncio.run(scenario())

    assert reason == FailureReason.UNREACHABLE
    assert connections >= 2


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "nonsense", "http://[::1"])
def test_an_address_that_cannot_be_one_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(SmsFailed) as failure:
        asyncio.run(send(url))

    assert failure.value.reason == FailureReason.BAD_CONFIG


def test_a_cancelled_send_is_cancelled_and_not_tried_again() -> None:
    async def scenario() -> int:
        platform = Platform([])
        platform.steps = [platform.keeps_silent]
        async with playing(platform):
            sending = asyncio.create_task(send(platform.url))
            while not platform.requests:  # noqa: ASYNC110 - the platform is a plain value
                await asyncio.sleep(0.01)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return len(platform.requests)

    assert asyncio.run(scenario()) == 1
