"""The comparison of answers with the interface document: what it lets pass and what it finds."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.openapi.calls import calls_of
from handlers.routes import CALLS
from tests.contract import API, Contract, contract

if TYPE_CHECKING:
    from tests.visitor import Visitor

JSON = {"Content-Type": "application/json; charset=utf-8"}
AREA = {"aid": 1, "aname": "东城区", "count": 0}
REFUSAL = {"errno": "4002", "errmsg": "没有找到", "errors": [], "request_id": "x"}


@pytest.fixture
def checked() -> Contract:
    """A comparison of its own, so that what it finds fails nothing."""
    known = contract()
    return Contract(known._document, {call.pattern: call.path for call in calls_of(CALLS)})


def areas(*found: Any) -> bytes:
    return json.dumps({"errno": "0", "errmsg": "成功", "data": list(found)}).encode()


def test_a_documented_answer_passes(checked: Contract) -> None:
    assert checked.see("GET", API + "areas", 200, JSON, areas(AREA)) == []
    assert checked.see("HEAD", API + "areas", 200, JSON, b"") == []
    assert checked.see("GET", API + "areas", 304, {}, b"") == []
    assert checked.see("OPTIONS", API + "areas", 204, {}, b"") == []
    assert checked.see("GET", API + "houses/7", 404, JSON, json.dumps(REFUSAL).encode()) == []
    compressed = {**JSON, "Content-Encoding": "gzip"}
    assert checked.see("GET", API + "areas", 200, compressed, gzip.compress(areas(AREA))) == []


def test_a_status_that_is_not_documented_is_found(checked: Contract) -> None:
    (found,) = checked.see("GET", API + "areas", 418, JSON, b"{}")

    assert found.startswith("GET /api/v1_0/areas answered 418, which the interface document does not name")


@pytest.mark.parametrize(
    ("area", "complaint"),
    [
        ({**AREA, "mayor": "?"}, "Additional properties are not allowed ('mayor' was unexpected)"),
        ({**AREA, "count": "0"}, '"0" is not of type "integer"'),
        ({"aid": 1, "aname": "东城区"}, '"count" is a required property'),
    ],
    ids=["an extra field", "a wrong type", "a missing field"],
)
def test_a_body_that_is_not_as_documented_is_found(
    checked: Contract, area: dict[str, Any], complaint: str
) -> None:
    (found,) = checked.see("GET", API + "areas", 200, JSON, areas(area))

    assert "its body is otherwise than documented: data/0" in found
    assert complaint in found


def test_an_errno_that_this_status_does_not_have_is_found(checked: Contract) -> None:
    refusal = json.dumps({**REFUSAL, "errno": "4106"}).encode()

    (found,) = checked.see("GET", API + "houses/7", 404, JSON, refusal)

    assert "4106" in found


def test_another_media_type_is_found(checked: Contract) -> None:
    (found,) = checked.see("GET", API + "areas", 200, {"Content-Type": "text/html"}, b"<p>")

    assert "as text/html: the interface document says application/json" in found


def test_a_body_where_there_is_none_is_found(checked: Contract) -> None:
    assert len(checked.see("GET", API + "areas", 304, JSON, areas(AREA))) == 1


def test_a_success_of_a_call_that_nobody_documented_is_found(checked: Contract) -> None:
    assert len(checked.see("GET", API + "secrets", 200, JSON, areas())) == 1
    assert len(checked.see("PATCH", API + "areas", 200, JSON, areas())) == 1
    assert checked.see("PATCH", API + "areas", 404, JSON, json.dumps(REFUSAL).encode()) == []


def test_pages_are_none_of_its_business(checked: Contract) -> None:
    assert checked.see("GET", "/login.html", 200, {"Content-Type": "text/html"}, b"<p>") == []


@pytest.mark.gen_test(timeout=30)
async def test_answers_of_handlers_in_this_process_are_seen(visitor: Visitor) -> None:
    document = contract()._document["paths"][API + "areas"]["get"]["responses"]
    kept = document.pop("200")
    try:
        await visitor.get(API + "areas")
    finally:
        document["200"] = kept

    (found,) = contract().take_broken()

    assert found.startswith("GET /api/v1_0/areas answered 200, which the interface document does not name")
