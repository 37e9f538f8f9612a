"""The played platform checks what 云通讯 checks, answers as it does, and misbehaves on the documented numbers."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.local.sandbox.numbers import BEHAVIOURS
from server.sms import gateway
from server.sms.model import FailureReason, SmsFailed
from tests.server.local.sandbox.world import ACCOUNT, NOW, World, body, run_in

ROOT = Path(__file__).parents[4]


def test_the_products_gateway_is_accepted_and_the_message_kept(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        message_sid = await here.gateway.send_code("13800138000", "012345", 5)

        [message] = here.inbox.newest_first("13800138000")
        assert (message.code, message.minutes, message.template_id) == ("012345", 5, "1")
        assert message.message_sid == message_sid
        assert message.received_at == "2026-11-24T10:30:00.000+00:00"

    run_in(tmp_path, scenario)


def test_an_accepted_message_is_answered_with_a_receipt_in_china_time(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        timestamp = gateway.china_timestamp(NOW)
        answer = await here.http.post(
            f"{here.url}/2013-12-26/Accounts/sid-1/SMS/TemplateSMS",
            params={"sig": gateway.signature("sid-1", "token-1", timestamp)},
            headers={"Authorization": gateway.authorization("sid-1", timestamp)},
            json=body(),
        )

        assert answer.json()["statusCode"] == "000000"
        assert answer.json()["templateSMS"]["dateCreated"] == "20261124183000"
        assert len(answer.json()["templateSMS"]["smsMessageSid"]) == 32

    run_in(tmp_path, scenario)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("111109", {"account": replace(ACCOUNT, auth_token="stolen")}),
        ("111109", {"query": {"sig": "0" * 32}}),
        ("111109", {"query": "sig=%FF%E9"}),
        ("111109", {"query": {}}),
        ("111105", {"headers": {}}),
        ("111105", {"headers": {"Authorization": "Basic %%%"}}),
        ("111105", {"headers": {"Authorization": "c2lkLTE="}}),
        ("111106", {"at": NOW - timedelta(hours=25)}),
        ("111106", {"at": NOW + timedelta(hours=25)}),
        ("111141", {"account": replace(ACCOUNT, account_sid="another")}),
        ("111141", {"sid": "another"}),
        ("000000", {"at": NOW - timedelta(hours=23)}),
        ("000000", {"at": NOW + timedelta(hours=23)}),
    ],
)
def test_the_caller_is_checked(tmp_path: Path, code: str, changes: dict[str, Any]) -> None:
    async def scenario(here: World) -> None:
        assert await here.post(body(), **changes) == code
        assert len(here.inbox.newest_first()) == (code == "000000")

    run_in(tmp_path, scenario)


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("111181", body(appId="another")),
        ("160032", body(templateId="3")),
        ("160031", body(templateId="2")),
        ("160031", body(templateId="2", datas=["a", "b", "c", "d"])),
        ("160031", body(templateId="2", datas=["a", "b", 3])),
        ("160042", body(to="12345")),
        ("160042", body(to="１３８００１３８０００")),
        ("160042", body(to="13800138000,13800138001")),
        ("160031", body(to=13800138000)),
        ("160031", body(datas=["012345"])),
        ("160031", body(datas=["012345", 5])),
        ("160031", body(datas=["012345", "²"])),
        ("160031", body(datas=None)),
        ("160031", []),
        ("160031", b""),
        ("160031", b"\xff"),
        ("160031", b"[" * 60_000),
    ],
)
def test_the_message_is_checked(tmp_path: Path, code: str, sent: Any) -> None:
    async def scenario(here: World) -> None:
        assert await here.post(sent) == code
        assert here.inbox.newest_first() == []

    run_in(tmp_path, scenario)


def test_a_body_beyond_the_limit_is_refused_as_such(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        timestamp = gateway.china_timestamp(NOW)
        answer = await here.http.post(
            f"{here.url}/2013-12-26/Accounts/sid-1/SMS/TemplateSMS",
            params={"sig": gateway.signature("sid-1", "token-1", timestamp)},
            headers={"Authorization": gateway.authorization("sid-1", timestamp)},
            content=b" " * 100_000,
        )

        assert answer.status_code == 413

    run_in(tmp_path, scenario)


def test_the_first_number_is_refused(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        with pytest.raises(SmsFailed) as failure:
            await here.gateway.send_code("13900000001", "012345", 5)

        assert failure.value.reason == FailureReason.BAD_NUMBER
        assert here.inbox.attempts["13900000001"] == 1
        assert here.inbox.newest_first() == []

    run_in(tmp_path, scenario)


def test_the_second_number_is_slow_but_accepted(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        began = time.monotonic()
        await here.gateway.send_code("13900000002", "012345", 5)

        assert time.monotonic() - began >= 0.3
        assert len(here.inbox.newest_first("13900000002")) == 1

    run_in(tmp_path, scenario)


def test_the_third_number_succeeds_at_the_third_try_each_time(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        for round_ in (1, 2):
            await here.gateway.send_code("13900000003", "012345", 5)

            assert here.inbox.attempts["13900000003"] == 3 * round_
            assert len(here.inbox.newest_first("13900000003")) == round_

    run_in(tmp_path, scenario)


def test_the_fourth_number_is_never_answered_and_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "TRY_SECONDS", 0.3)

    async def scenario(here: World) -> None:
        with pytest.raises(SmsFailed) as failure:
            await here.gateway.send_code("13900000004", "012345", 5)

        assert failure.value.reason == FailureReason.NO_REPLY
        assert here.inbox.attempts["13900000004"] == 1
        assert here.inbox.newest_first() == []

    run_in(tmp_path, scenario)


def test_the_fifth_number_gets_its_message_once_but_the_answer_is_lost(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        with pytest.raises(SmsFailed) as failure:
            await here.gateway.send_code("13900000005", "012345", 5)

        assert failure.value.reason == FailureReason.NO_REPLY
        assert here.inbox.attempts["13900000005"] == 1
        assert [one.code for one in here.inbox.newest_first("13900000005")] == ["012345"]

    run_in(tmp_path, scenario)


def test_the_fifth_numbers_connection_is_reset_not_closed(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        with pytest.raises(httpx.ReadError):
            await here.post(body(to="13900000005"))

    run_in(tmp_path, scenario)


def test_a_client_that_gave_up_does_not_disturb_others(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        waiting = asyncio.create_task(here.post(body(to="13900000002")))
        await asyncio.sleep(0.05)
        waiting.cancel()

        assert await here.post(body()) == "000000"
        await asyncio.sleep(0.4)
        assert await here.post(body()) == "000000"

    run_in(tmp_path, scenario)


def test_every_special_number_is_in_the_document_and_on_the_page_in_both_languages() -> None:
    document = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
    texts = json.loads((ROOT / "server/local/sandbox/static/texts.json").read_text("utf-8"))

    assert [number for number in BEHAVIOURS if number not in document] == []
    assert set(texts["zh"]["numbers"]) == set(texts["en"]["numbers"]) == set(BEHAVIOURS)
