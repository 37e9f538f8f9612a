"""Inputs in the document: what stands in the address, the query, the headers and the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.calls import JSON, is_number, largest
from handlers.openapi.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from handlers.openapi.calls import Call
    from handlers.openapi.schemas import Schema, Schemas
    from handlers.openapi.texts import Texts

# What the parameters of addresses are, where their names do not say it.
MEANINGS = {
    "image_id": "the picture's id",
    "task_id": "the task's id, as it was answered by the call that caused it",
    "page_id": "a UUID that you made up: the captcha is kept under it",
}
EXAMPLES = {
    "task_id": "4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11",
    "page_id": "0f4a3c5e-7d1b-4a6e-9c2f-8b7d6e5f4a3c",
}


class Inputs:
    """Makes the parameters and the body of a call."""

    def __init__(self, schemas: Schemas, texts: Texts) -> None:
        self._schemas = schemas
        self._texts = texts

    def parameters(self, call: Call) -> list[dict[str, Any]]:
        """All but the body."""
        return [*self._address(call), *self._query(call.contract.query), *self._headers(call)]

    def body(self, call: Call) -> dict[str, Any] | None:
        """The request's body, when the call takes one."""
        model = call.contract.body or call.contract.form
        if model is None:
            return None
        schema = self._schemas.of(model)
        content: dict[str, Any] = {"schema": schema}
        if call.contract.body:
            content["example"] = example_of(schema, self._schemas.components)
        return {
            "required": True,
            "content": {JSON if call.contract.body else call.contract.form_type: content},
        }

    def _address(self, call: Call) -> Iterator[dict[str, Any]]:
        for name, pattern in zip(call.parameters, call.patterns, strict=True):
            schema: Schema = {"type": "string", "pattern": f"^{pattern}$"}
            if is_number(pattern):
                schema = {"type": "integer", "minimum": 0, "maximum": largest(pattern)}
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": self._texts.say(MEANINGS.get(name) or f"the {name.removesuffix('_id')}'s id"),
                "schema": schema,
                "example": EXAMPLES.get(name, 7),
            }

    def _query(self, model: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
        if model is None:
            return
        fields, required = self._schemas.properties(model)
        for name, field in fields.items():
            schema, description = _without_null(field)
            parameter = {"name": name, "in": "query", "required": name in required, "schema": schema}
            if description:
                parameter["description"] = description
            if name not in required:
                parameter["allowEmptyValue"] = True  # Query: an empty value is none
            yield parameter

    def _headers(self, call: Call) -> Iterator[dict[str, Any]]:
        if call.contract.once:
            yield {"$ref": "#/components/parameters/IdempotencyKey"}
        if call.contract.cached:
            yield {"$ref": "#/components/parameters/IfNoneMatch"}


def shared_parameters(texts: Texts) -> dict[str, Any]:
    """The components that calls refer to."""
    key = texts.say(
        "A name of yours for this request. Sent again with the same name and body within a day it has no second"
        " effect, and gets the same answer."
    )
    etag = texts.say("The ETag of an answer that you have: when it is still the newest, the answer is 304.")
    visible = {"type": "string", "pattern": "^[!-~]{1,128}$"}
    return {
        "IdempotencyKey": _header("Idempotency-Key", key, visible, "b7e0c1f2-5a3d-4e8f-9c6b-1d2a3f4e5b6c"),
        "IfNoneMatch": _header(
            "If-None-Match", etag, {"type": "string"}, '"9f86d081884c7d659a2feaa0c55ad015-zh"'
        ),
    }


def _header(name: str, description: str, schema: Schema, example: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema, "example": example}


def _without_null(field: Schema) -> tuple[Schema, str]:
    """A field of a query is there or not there, never null."""
    schema = {word: value for word, value in field.items() if word != "description"}
    kinds = [one for one in schema.pop("anyOf", []) if one.get("type") != "null"]
    if len(kinds) == 1:
        schema = {**kinds[0], **schema}
    elif kinds:
        schema["anyOf"] = kinds
    return schema, field.get("description", "")
