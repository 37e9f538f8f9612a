"""The inbox's page, lists and stream over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.server.local.sandbox.world import World, body, run_in

if TYPE_CHECKING:
    from pathlib import Path


def test_the_list_of_a_number_has_the_documented_shape(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        await here.post(body())
        await here.post(body(datas=["654321", "5"]))

        listed = (await here.get("/inbox/13800138000")).json()

        assert [one["code"] for one in listed] == ["654321", "012345"]
        assert set(listed[0]) == {
            "mobile", "code", "minutes", "template_id", "message_sid", "received_at", "texts",
        }  # fmt: skip
        assert listed[0]["minutes"] == 5
        assert (await here.get("/inbox/13800138001")).json() == []
        assert (await here.get("/inbox")).json() == listed

    run_in(tmp_path, scenario)


def test_a_notice_has_texts_and_no_code(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        await here.post(body())
        await here.post(body(templateId="2", datas=["您有新的预订", "四合院", "12-01"]))

        notice, code = (await here.get("/inbox/13800138000")).json()

        assert (notice["code"], notice["minutes"]) == (None, None)
        assert (notice["template_id"], notice["texts"]) == ("2", ["您有新的预订", "四合院", "12-01"])
        assert (code["code"], code["texts"]) == ("012345", ["012345", "5"])

    run_in(tmp_path, scenario)


def test_attempts_and_messages_are_counted_apart(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        for _ in range(3):
            await here.http.post(here.url + "/nothing")
        await here.post(body(to="13900000001"))
        await here.post(body())

        assert (await here.get("/attempts/13900000001")).json() == {
            "mobile": "13900000001",
            "attempts": 1,
            "messages": 0,
        }
        assert (await here.get("/attempts/13800138000")).json()["messages"] == 1

    run_in(tmp_path, scenario)


@pytest.mark.parametrize(
    ("address", "accept", "language", "words"),
    [
        ("/", "", "zh", "短信收件箱"),
        ("/", "en-GB,en;q=0.9", "en", "SMS inbox"),
        ("/?lang=zh", "en", "zh", "特殊号码"),
        ("/?lang=en", "zh-CN", "en", "Special numbers"),
    ],
)
def test_the_page_speaks_the_visitors_language(
    tmp_path: Path, address: str, accept: str, language: str, words: str
) -> None:
    async def scenario(here: World) -> None:
        page = (await here.get(address, **{"Accept-Language": accept})).text

        assert f'<html lang="{language}">' in page
        assert words in page
        assert "13900000005" in page
        assert "$" not in page

    run_in(tmp_path, scenario)


@pytest.mark.parametrize("address", ["/", "/inbox", "/static/inbox.js", "/static/inbox.css", "/nothing"])
def test_every_answer_carries_the_policy(tmp_path: Path, address: str) -> None:
    async def scenario(here: World) -> None:
        headers = (await here.get(address)).headers

        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"

    run_in(tmp_path, scenario)


@pytest.mark.parametrize("name", ["inbox.html", "texts.json", "..%2finbox.py", "%2e%2e%2finbox.py"])
def test_only_the_pages_own_files_are_served(tmp_path: Path, name: str) -> None:
    async def scenario(here: World) -> None:
        assert (await here.get("/static/" + name)).status_code == 404

    run_in(tmp_path, scenario)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_foreign_name_that_points_here_is_refused(tmp_path: Path, host: str) -> None:
    async def scenario(here: World) -> None:
        await here.post(body())

        answer = await here.get("/inbox", Host=host)

        assert answer.status_code == 403
        assert "012345" not in answer.text

    run_in(tmp_path, scenario)


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1", "[::1]:8001"])
def test_loopback_names_are_answered(tmp_path: Path, host: str) -> None:
    async def scenario(here: World) -> None:
        assert (await here.get("/inbox", Host=host)).status_code == 200

    run_in(tmp_path, scenario)


def test_the_stream_tells_of_each_new_message(tmp_path: Path) -> None:
    async def scenario(here: World) -> None:
        async with here.http.stream("GET", here.url + "/inbox/events") as stream:
            lines = stream.aiter_lines()
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert await anext(lines) == ": connected"
            await here.post(body())

            async with asyncio.timeout(2):
                told = [line async for line in _until_data(lines)]

        assert json.loads(told[-1].removeprefix("data: "))["code"] == "012345"

    run_in(tmp_path, scenario)


def test_an_idle_stream_is_kept_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.local.sandbox.pages.KEEP_ALIVE_SECONDS", 0.05)

    async def scenario(here: World) -> None:
        async with here.http.stream("GET", here.url + "/inbox/events") as stream, asyncio.timeout(2):
            lines = stream.aiter_lines()
            read = [await anext(lines) for _ in range(5)]

        assert ": still here" in read

    run_in(tmp_path, scenario)


async def _until_data(lines):
    async for line in lines:
        yield line
        if line.startswith("data: "):
            return
