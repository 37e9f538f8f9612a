"""The webhooks of the interface document: their message, their signature, and the page that tells both."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from handlers.shapes.webhooks import WebhookMessageShape
from server.webhooks.model import PING, body_of, new_secret, sign
from tests.stack import ROOT
from tests.visitor import API

if TYPE_CHECKING:
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=30)
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


async def message_of(visitor: Visitor) -> dict[str, Any]:
    """The document's only webhook."""
    visitor.language = "en"
    found = (await visitor.get(f"{API}/openapi.json")).json
    [item] = found["webhooks"].values()
    return dict(item["post"])


async def example_of(visitor: Visitor) -> dict[str, Any]:
    [content] = (await message_of(visitor))["requestBody"]["content"].values()
    return dict(content["example"])


async def test_the_message_is_what_is_sent(visitor: Visitor) -> None:
    example = await example_of(visitor)

    sent = body_of(example["event"], NOW, {**example["order"], "version": 2})
    ping = body_of(PING, NOW, None)

    for one in (sent, ping):
        assert WebhookMessageShape.model_validate_json(json.dumps(one)).model_dump(mode="json") == one
    with pytest.raises(ValidationError):
        WebhookMessageShape.model_validate_json(json.dumps({**ping, "more": 1}))


async def test_its_headers_are_those_of_the_standard_and_nobody_signs_in(visitor: Visitor) -> None:
    message = await message_of(visitor)

    assert [(one["name"], one["in"], one["required"]) for one in message["parameters"]] == [
        (name, "header", True) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    assert message["security"] == []


async def test_the_code_verifies_what_is_signed_and_nothing_else(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sample] = (await message_of(visitor))["x-codeSamples"]
    body, secret, now = json.dumps(await example_of(visitor)).encode(), new_secret(), 1795680000
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    names: dict[str, Any] = {}
    exec(compile(sample["source"], "the document's code", "exec"), names)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, "msg_1", now, body),
    }

    assert names["is_genuine"](headers, body, now)
    assert not names["is_genuine"](headers, body + b" ", now)
    assert not names["is_genuine"](headers, body, now + 301)


async def test_the_code_is_that_of_the_manual(visitor: Visitor) -> None:
    [sample] = (await message_of(visitor))["x-codeSamples"]

    [function] = re.findall(r"def is_genuine.*", sample["source"], re.DOTALL)

    assert function in (ROOT / "docs" / "webhooks.md").read_text("utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_shows_headers_body_example_and_code(visitor: Visitor, language: str) -> None:
    message = await message_of(visitor)

    page = (await visitor.get(f"/interface.html?lang={language}")).body.decode()
    section = unescape(page.split('<section class="manual__group" id="webhook"')[1].split("</section>")[0])

    for one in message["parameters"]:
        assert f"{one['name']}: {one['example']}" in section
    assert [name for name in WebhookMessageShape.model_fields if f">{name}</th>" not in section] == []
    assert '"kind": "order"' in section
    assert message["x-codeSamples"][0]["source"] in section
