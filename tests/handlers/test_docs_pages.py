"""The interface document as pages: every call in the notes' form, in both languages, and nothing of it as markup."""

from __future__ import annotations

import asyncio
import re
import shlex
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from handlers.manual.prose import prose
from handlers.manual.schemas import Shapes
from tests.houses import sign_in_new_user
from tests.programs import make_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.application import IhomeApplication
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=30)
METHODS = ("get", "post", "put", "patch", "delete")
HEADINGS = {
    "zh": ["功能描述", "访问接口 url", "访问方式", "谁可以访问", "传入参数", "返回值", "错误码", "调用示例"],
    "en": ["What it does", "URL", "Method", "Who may call", "Parameters", "Answer", "Errors", "Example call"],
}
COLUMNS = {
    "zh": ["参数名", "参数类型", "是否必传", "说明"],
    "en": ["Name", "Type", "Required", "Description"],
}
RULES = ["auth", "answers", "limits", "once", "paging", "caching", "deprecation", "more"]


async def document(visitor: Visitor, language: str = "en") -> dict[str, Any]:
    """The OpenAPI document."""
    visitor.language = language
    found: dict[str, Any] = (await visitor.get("/api/v1_0/openapi.json")).json
    return found


async def sections(visitor: Visitor, language: str) -> dict[str, str]:
    """What the page says of each call, by the call's id, as text."""
    page = (await visitor.get(f"/interface.html?lang={language}")).body.decode()
    parts = re.split(r'<article class="call" id="([^"]+)"', page)
    return {anchor: text_of(html) for anchor, html in zip(parts[1::2], parts[2::2], strict=True)}


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))).split())


def calls(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and content of each call."""
    for path, item in found["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolve(found: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what it refers to."""
    target: Any = found
    for name in part["$ref"].split("/")[1:] if "$ref" in part else ():
        target = target[name]
    return part if "$ref" not in part else resolve(found, target)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_call_is_told_in_the_notes_own_form(visitor: Visitor, language: str) -> None:
    found = await document(visitor, language)

    told = await sections(visitor, language)

    for path, method, call in calls(found):
        text = told[call["operationId"]]
        assert [heading for heading in HEADINGS[language] if heading not in text] == []
        assert f"{path} " in text
        assert f" {method.upper()} " in text
        assert " ".join(call["summary"].replace("`", " ").split())[:20] in text.replace("  ", " ")
        assert re.search(r"curl (-X [A-Z]+ )?\S*" + re.escape(path.split("{")[0]), text)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_parameter_and_field_has_its_row(visitor: Visitor, language: str) -> None:
    found = await document(visitor, language)

    told = await sections(visitor, language)

    for _, _, call in calls(found):
        text = told[call["operationId"]]
        parameters = [resolve(found, one)["name"] for one in call["parameters"]]
        body = next(iter(call.get("requestBody", {}).get("content", {}).values()), {"schema": {}})["schema"]
        fields = list(resolve(found, body).get("properties", {}))
        assert [name for name in [*parameters, *fields] if f" {name} " not in text] == []
        if parameters or fields:
            assert " ".join(COLUMNS[language]) in text


async def test_every_refusal_stands_with_status_errno_and_meaning(visitor: Visitor) -> None:
    found = await document(visitor)

    told = await sections(visitor, "en")

    for _, _, call in calls(found):
        text = told[call["operationId"]]
        for status, answer in call["responses"].items():
            content = resolve(found, answer).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                row = f"{status} {example['value']['errno']} {example['summary']}"
                assert " ".join(row.split()) in text


async def test_answers_show_their_fields_and_an_example(visitor: Visitor) -> None:
    told = await sections(visitor, "en")

    order = told["placeOrder"]
    assert "order. amount integer" in order
    assert "order. image Photo | null" in order
    assert '"errno": "0"' in order
    assert '"house_id": 7' in order
    assert "variants. card Variant" in told["shape-Photo"]


async def test_the_rules_for_all_calls_and_the_table_of_codes_are_there(visitor: Visitor) -> None:
    page = (await visitor.get("/interface?lang=zh")).body.decode()

    assert [name for name in RULES if f'id="{name}"' not in page] == []
    assert "至少 6 个月" in page
    assert re.search(r'<th scope="row">4105</th>\s*<td class="spec__kind">403</td>', page)
    assert 'href="/docs.html"' in page
    assert 'href="/api/v1_0/openapi.json"' in page


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_message_of_the_websocket_and_every_close_code_is_told(
    visitor: Visitor, language: str
) -> None:
    visitor.language = language
    found = (await visitor.get("/api/v1_0/asyncapi.json")).json

    told = await sections(visitor, language)

    for name, message in found["components"]["messages"].items():
        text = told[f"message-{name}"]
        assert [
            field for field in resolve(found, message["payload"])["properties"] if f" {field} " not in text
        ] == []
        assert '"op": "' in text
    page = text_of((await visitor.get(f"/interface.html?lang={language}")).body.decode())
    for code, why in found["channels"]["live"]["x-close-codes"].items():
        assert f"{code} {why}" in page


async def test_the_example_call_of_the_live_channel_opens_a_websocket(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    secret = (await make_token(visitor, "read"))["token"]
    page = (await visitor.get("/interface.html?lang=en")).body.decode()
    [shown] = [
        one for one in map(unescape, re.findall(r"<code>(curl [^<]*)</code>", page)) if "/live " in one
    ]

    words = shlex.split(shown.replace("\\\n", " ").replace("ihome_…", secret))
    headers = [value for word, value in pairwise(words) if word == "-H"]
    address = urlsplit(visitor.base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = ["GET /api/v1_0/live HTTP/1.1", f"Host: {address.netloc}", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    answered = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert answered == b"HTTP/1.1 101 Switching Protocols\r\n"
    assert f"Authorization: Bearer {secret}" in headers


async def test_anchors_are_unique_and_links_within_the_page_lead_somewhere(visitor: Visitor) -> None:
    page = (await visitor.get("/interface.html")).body.decode()

    anchors = re.findall(r'\bid="([^"]+)"', page)
    wanted = set(re.findall(r'href="#([^"]+)"', page))

    assert len(anchors) == len(set(anchors))
    assert wanted - set(anchors) - {name for name in wanted if name.startswith("i-")} == set()


async def test_the_interactive_page_comes_from_here_under_the_policy_of_every_page(visitor: Visitor) -> None:
    docs = await visitor.get("/docs.html")
    home = await visitor.get("/")

    page = docs.body.decode()
    assert docs.status == 200
    assert docs.headers["Content-Security-Policy"] == home.headers["Content-Security-Policy"]
    assert "img-src 'self' data:" in docs.headers["Content-Security-Policy"]
    assert not re.search(r"<script[^>]*>[^<]|<style|\bstyle=|\bon\w+=", page)
    assert [one for one in re.findall(r'(?:src|href)="([^"]*)"', page) if not re.match(r"[/#?]", one)] == []
    assert 'src="/static/dist/swagger-ui/swagger-ui-bundle.js' in page


async def test_the_page_is_kept_for_each_language_and_not_for_each_visitor(visitor: Visitor) -> None:
    first = await visitor.get("/interface.html?lang=zh")
    english = await visitor.get("/interface.html?lang=en")
    again = await visitor.get("/interface.html?lang=zh")

    assert text_of(first.body.decode()) == text_of(again.body.decode())
    assert "接口文档".encode() in first.body
    assert b"API reference" in english.body


def test_what_looks_like_markup_is_shown_and_not_obeyed() -> None:
    hostile = "<script>alert(1)</script> & `<b>` **<i>**"

    assert prose(hostile) == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>&lt;b&gt;</code> <strong>&lt;i&gt;</strong></p>"
    )
    assert prose("- a <b>\n- `c`") == '<ul class="bullets"><li>a &lt;b&gt;</li><li><code>c</code></li></ul>'
    assert "<td>&lt;b&gt;</td>" in prose("| x |\n|---|\n| <b> |")


async def test_markup_in_the_document_is_escaped_on_the_page(visitor: Visitor, app: IhomeApplication) -> None:
    evil = "<img src=x onerror=alert(1)>"
    found = app.settings["interface"].document("en")
    call = found["paths"]["/api/v1_0/orders"]["post"]
    call["description"] = evil
    call["responses"]["201"]["content"]["application/json"]["example"] = {evil: evil}
    call["responses"]["404"]["content"]["application/json"]["examples"]["Evil"] = {
        "summary": evil, "value": {"errno": evil},
    }  # fmt: skip
    call["requestBody"]["content"]["application/json"]["example"] = {"title": evil}
    order = found["components"]["schemas"]["Order"]["properties"]
    order[evil] = {"type": evil, "description": evil, "enum": [evil]}
    found["tags"][0]["description"] = f"{evil}: {evil}"
    found["info"]["version"] = evil

    page = (await visitor.get("/interface.html?lang=en")).body.decode()

    assert "<img" not in page.partition("<main")[2].partition("</main>")[0]
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 12


def test_types_are_put_in_words() -> None:
    shapes = Shapes(
        {"Dot": {"type": "object", "properties": {"x": {"type": "integer"}}}}, lambda text, **_: text
    )
    dot = {"$ref": "#/components/schemas/Dot"}

    assert shapes.kind({"anyOf": [dot, {"type": "null"}]}) == "Dot | null"
    assert shapes.kind({"type": "array", "items": dot}) == "Dot[]"
    assert shapes.kind({"type": ["string", "null"], "format": "date"}) == "string (date) | null"
    assert shapes.kind({"type": "object", "additionalProperties": {"type": "integer"}}) == "object<integer>"
    assert shapes.kind({"const": True}) == "boolean"
    assert [row.before + row.name for row in shapes.rows({"type": "array", "items": dot})] == ["[].x"]


def test_an_object_that_holds_itself_comes_to_an_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    shapes = Shapes({"Node": node}, lambda text, **_: text)

    rows = list(shapes.rows({"$ref": "#/components/schemas/Node"}))

    assert [row.before + row.name for row in rows] == ["next", "next.next"]
    assert rows[-1].shape == "Node"
    assert shapes.example({"$ref": "#/components/schemas/Node"})
