"""JSON schemas of all bodies, queries and answers, out of their pydantic models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from handlers.openapi.texts import Texts

Schema = dict[str, Any]
REF = "#/components/schemas/"
SUFFIX = "Shape"
# What pydantic leaves in its own words where a validator stands before the type.
OWN_WORDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


class Schemas:
    """The schemas of a set of types. Models and enums become components that others refer to."""

    def __init__(self, types: Iterable[Any], texts: Texts) -> None:
        self._texts = texts
        inputs = [(str(kind), "validation", TypeAdapter(kind)) for kind in types]
        made, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF + "{model}")  # type: ignore[arg-type]
        found: dict[str, Schema] = definitions.get("$defs", {})
        self._names = _plain_names(found)
        self.components = {self._names[name]: self._clean(schema) for name, schema in found.items()}
        self._made = {kind: self._clean(schema) for (kind, _), schema in made.items()}

    def of(self, kind: Any) -> Schema:
        """The schema of one of the types: a reference for a model."""
        schema: Schema = self._made[str(kind)]
        return schema

    def properties(self, model: type[BaseModel]) -> tuple[dict[str, Schema], list[str]]:
        """The fields of a model, and which are required."""
        schema = resolved(self.of(model), self.components)
        return schema.get("properties", {}), schema.get("required", [])

    def _clean(self, schema: Any) -> Any:
        """Without pydantic's titles, in the document's language, with our names."""
        if isinstance(schema, list):
            return [self._clean(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        cleaned = {OWN_WORDS.get(word, word): self._word(word, value) for word, value in schema.items()}
        cleaned.pop("title", None)
        if cleaned.get("default", "") is None:
            del cleaned["default"]
        return cleaned

    def _word(self, word: str, value: Any) -> Any:
        if word == "properties":
            return {name: self._clean(schema) for name, schema in value.items()}
        if word == "$ref":
            return REF + self._names[value.removeprefix(REF)]
        if word == "description":
            return self._texts.say(value)
        if word in {"examples", "default", "enum", "const", "required", "title"}:
            return value
        return self._clean(value)


def resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """What a reference refers to, with what stands beside the reference."""
    while "$ref" in schema:
        beside = {word: value for word, value in schema.items() if word != "$ref"}
        schema = {**components[schema["$ref"].removeprefix(REF)], **beside}
    return schema


def _plain_names(found: Mapping[str, Schema]) -> dict[str, str]:
    """Names without the suffix that tells a shape from the product's own class."""
    short = {name: name.removesuffix(SUFFIX) for name in found}
    doubled = {name for name in short.values() if list(short.values()).count(name) > 1}
    return {name: name if plain in doubled else plain for name, plain in short.items()}
