"""Examples: what stands beside the fields, put together to whole values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.schemas import Schema, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = {"date": "2026-12-24", "binary": ""}
PLAIN = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "null": None}


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value that the schema allows."""
    whole = resolved(schema, components)
    for word in ("examples", "enum"):
        if whole.get(word):
            return whole[word][0]
    if "const" in whole:
        return whole["const"]
    for word in ("anyOf", "oneOf"):
        if word in whole:
            return example_of(
                whole[word][-1 if _is_null(whole[word][0]) else _richest(whole[word])], components
            )
    return _plain(whole, components)


def _plain(schema: Schema, components: Mapping[str, Schema]) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {}).items()
        wanted = set(schema.get("required", ()))
        return {
            name: example_of(one, components)
            for name, one in properties
            if name in wanted or "examples" in one
        }
    if kind == "array":
        return [example_of(schema["items"], components)]
    if "default" in schema:
        return schema["default"]
    return FORMATS.get(schema.get("format", ""), schema.get("minimum", PLAIN[kind]))


def _is_null(schema: Schema) -> bool:
    return schema.get("type") == "null"


def _richest(alternatives: list[Schema]) -> int:
    """The last one that is not null: of two shapes of one thing the plain one stands last."""
    return max(number for number, one in enumerate(alternatives) if not _is_null(one))
