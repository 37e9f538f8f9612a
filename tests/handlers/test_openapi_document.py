"""What the interface document says: valid, every verb and nothing else, examples that hold, in two languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from babel.messages.pofile import read_po
from openapi_spec_validator import OpenAPIV31SpecValidator
from tornado.web import RequestHandler

from handlers.openapi.channels import Channels
from handlers.openapi.document import Document
from handlers.openapi.texts import CATALOGUE, Texts
from handlers.operations import operation_of
from handlers.routes import CALLS
from server.errors import Errno
from server.i18n import Catalogue
from tests.contract import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.i18n import Language

METHODS = ("get", "post", "put", "patch", "delete")
HAN = re.compile(r"[\u4e00-\u9fff]")
EXAMPLES = {"example", "examples", "enum", "const", "value"}


def built(language: Language) -> tuple[dict[str, Any], Texts]:
    texts = Texts(language, Catalogue.load(ROOT / "server" / "locales"))
    return Document(CALLS, texts).build(), texts


@pytest.fixture(scope="module")
def english() -> dict[str, Any]:
    return built("en")[0]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def contents(part: Any) -> Iterator[dict[str, Any]]:
    """Every media type object that has a schema."""
    if isinstance(part, list):
        for one in part:
            yield from contents(one)
    if isinstance(part, dict):
        if "schema" in part and ("example" in part or "examples" in part):
            yield part
        for one in part.values():
            yield from contents(one)


def sentences(part: Any, word: str = "") -> Iterator[str]:
    """All that people read of a document; examples are of the site's own language."""
    if isinstance(part, str) and word in {"description", "summary", "title"}:
        yield part
    if isinstance(part, list):
        for one in part:
            yield from sentences(one)
    if isinstance(part, dict):
        for name, one in part.items():
            if name not in EXAMPLES:
                yield from sentences(one, name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_is_valid_openapi(language: Language) -> None:
    document, _ = built(language)

    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_an_invalid_document_would_be_found(english: dict[str, Any]) -> None:
    broken = {**english, "paths": {"/x": {"get": {"responses": {"200": {}}}}}}

    assert list(OpenAPIV31SpecValidator(broken).iter_errors()) != []


def test_every_verb_of_every_route_is_in_it_and_nothing_else(english: dict[str, Any]) -> None:
    verbs = {
        (method, re.sub(r"\([^)]*\)", "{}", pattern).replace("\\.", "."))
        for pattern, handler in CALLS
        for method in METHODS
        if getattr(handler, method) is not getattr(RequestHandler, method)
    }

    documented = {(method, re.sub(r"\{[^}]*\}", "{}", path)) for method, path, _ in operations(english)}

    assert documented == verbs


def test_every_verb_declares_its_contract_and_a_name_of_its_own(english: dict[str, Any]) -> None:
    undeclared = [
        (method, pattern)
        for pattern, handler in CALLS
        for method in METHODS
        if getattr(handler, method) is not getattr(RequestHandler, method)
        if (contract := operation_of(handler, method.upper())) is None or not contract.name
    ]
    names = [operation["operationId"] for _, _, operation in operations(english)]

    assert undeclared == []
    assert len(set(names)) == len(names)


def test_addresses_have_parameters_with_limits(english: dict[str, Any]) -> None:
    for _, path, operation in operations(english):
        named = [one for one in operation["parameters"] if one.get("in") == "path"]

        assert [f"{{{one['name']}}}" for one in named] == re.findall(r"\{[^}]*\}", path)
        assert all({"pattern", "maximum"} & set(one["schema"]) for one in named)


def test_every_example_is_what_its_schema_says(english: dict[str, Any]) -> None:
    components = {"components": {"schemas": english["components"]["schemas"]}}
    wrong = []
    for content in contents(english):
        validator = jsonschema_rs.Draft202012Validator(
            {**content["schema"], **components}, validate_formats=True
        )
        named = [one["value"] for one in content.get("examples", {}).values()]
        for example in [*named, *([content["example"]] if "example" in content else [])]:
            wrong += [(example, error.message) for error in validator.iter_errors(example)]

    assert wrong == []


def test_a_successful_answer_in_json_has_an_example(english: dict[str, Any]) -> None:
    without = [
        operation["operationId"]
        for _, _, operation in operations(english)
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        and "example" not in answer.get("content", {}).get("application/json", {"example": 1})
    ]

    assert without == ["getOpenApi", "getAsyncApi"]


def test_every_errno_is_explained(english: dict[str, Any]) -> None:
    table = english["components"]["schemas"]["Errno"]["description"]

    assert [errno for errno in Errno if f"- `{errno.value}` " not in table] == []


def test_writes_of_browsers_need_the_sessions_token_and_programs_a_scope(english: dict[str, Any]) -> None:
    security = {operation["operationId"]: operation["security"] for _, _, operation in operations(english)}

    assert security["placeOrder"] == [{"token": ["orders"]}, {"session": [], "csrf": []}]
    assert security["changeName"] == [{"session": [], "csrf": []}]
    assert security["searchHouses"] == [{}, {"token": ["read"]}, {"session": []}]
    assert security["takePaymentNotice"] == [{}]


def test_what_a_call_of_its_kind_can_be_refused_for_is_added(english: dict[str, Any]) -> None:
    answers = {
        operation["operationId"]: set(operation["responses"]) for _, _, operation in operations(english)
    }

    assert {"400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"} <= answers[
        "placeOrder"
    ]
    assert not {"404", "409", "413", "415"} & answers["listAreas"]
    assert "304" in answers["listAreas"]


def test_the_chinese_document_has_no_english_sentence() -> None:
    document, texts = built("zh")
    talk = Channels(texts).build()

    with CATALOGUE.open("rb") as file:
        catalogue = {str(one.id): str(one.string) for one in read_po(file, locale="zh") if one.id}

    assert sorted(texts.asked - set(catalogue)) == []
    assert sorted(set(catalogue) - texts.asked) == []
    assert [text for text in catalogue.values() if not HAN.search(text)] == []
    assert [text for text in sentences([document, talk]) if text and not HAN.search(text)] == []


def test_the_english_document_has_no_chinese_sentence(english: dict[str, Any]) -> None:
    assert [text for text in sentences(english) if HAN.search(text)] == []
