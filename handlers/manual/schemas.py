"""JSON schemas as a reader wants them: a row a field, its type in words, the values that it may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.i18n import N_

Schema = Mapping[str, Any]
Say = Callable[..., str]
DEEP = 2  # from here on a shape with a name is told once, below all calls, and linked
DEEPEST = 6
ENDLESS = 999_999_999  # a bound that only keeps numbers short
SPANS = (
    ("minimum", "maximum", "%(span)s"),
    ("minLength", "maxLength", N_("%(span)s 个字符")),
    ("minItems", "maxItems", N_("%(span)s 项")),
)
FORMATS = {
    "date": "2026-12-01",
    "date-time": "2026-12-01T08:00:00Z",
    "uuid": "3f1c9a52-7d0e-4b86-9c1d-2a5e8f60b714",
    "binary": "(…)",
}
PLAIN = {"string": "…", "integer": 1, "number": 1.0, "boolean": True, "null": None}


@dataclass(frozen=True)
class Row:
    """One field: `before` is where it stands (`houses[].`), `place` is how it is sent."""

    before: str
    name: str
    kind: str
    shape: str  # the name of a shape that has its own table, or nothing
    is_required: bool
    text: str
    limits: tuple[str, ...]
    place: str = ""


class Shapes:
    """The named schemas of a document. Remembers which of them it linked to, so that they can be told."""

    def __init__(self, schemas: Mapping[str, Schema], say: Say) -> None:
        self._schemas = schemas
        self._say = say
        self.linked: dict[str, None] = {}

    def __getitem__(self, name: str) -> Schema:
        return self._schemas[name]

    def alternatives(self, schema: Schema, name: str = "") -> list[tuple[str, Schema]]:
        """Name and content of each schema that a value may follow: references and unions are opened."""
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            return self.alternatives(self._schemas[name], name)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return [found for one in schema[union] for found in self.alternatives(one)]
        if "allOf" in schema:
            parts = [self.alternatives(one)[0][1] for one in schema["allOf"]]
            properties = [part.get("properties", {}) for part in (*parts, schema)]
            required = [one for part in (*parts, schema) for one in part.get("required", ())]
            merged = {name: one for some in properties for name, one in some.items()}
            return [(name, {**parts[0], "properties": merged, "required": required})]
        return [(name, schema)]

    def kind(self, schema: Schema) -> str:
        """A type in words: `integer`, `string (date) | null`, `Photo[]`."""
        words = [self._word(name, one) for name, one in self.alternatives(schema)]
        return " | ".join(dict.fromkeys(words))

    def rows(self, schema: Schema, before: str = "", depth: int = 0, place: str = "") -> Iterator[Row]:
        """A row for each field, those within fields after it; a field of several alternatives once."""
        seen: set[str] = set()
        for row in self._rows(schema, before, depth, place):
            if row.before + row.name not in seen:
                seen.add(row.before + row.name)
                yield row

    def row(self, name: str, schema: Schema, *, is_required: bool, place: str, text: str = "") -> Row:
        """One field without those within."""
        known = text or self._text(schema)
        limits = tuple(self.limits(schema, of_input=True))
        return Row("", name, self.kind(schema), "", is_required, known, limits, place)

    def limits(self, schema: Schema, *, of_input: bool) -> Iterator[str]:
        """The values that there are, in sentences, and what an input is held to."""
        for _, one in self.alternatives(schema):
            yield from self._values(one)
            if of_input:
                yield from self._limits(one)
            if one.get("type") == "array" and "items" in one:
                yield from self.limits(one["items"], of_input=of_input)
        if of_input and schema.get("default") is not None:
            yield self._say(N_("默认 %(value)s"), value=_text_of(schema["default"]))

    def shape_of(self, schema: Schema) -> str:
        """The name of the object that a field holds, or that a list's entries are; empty without one."""
        for name, one in self.alternatives(schema):
            if one.get("type") == "array" and "items" in one:
                return self.shape_of(one["items"])
            if name and one.get("properties"):
                return name
        return ""

    def example(self, schema: Schema, depth: int = 0) -> Any:
        """A value that follows the schema, as its examples say or made up."""
        given = _given(schema)
        if given:
            return given[0]
        name, one = self.alternatives(schema)[0]
        del name
        given = _given(one)
        if given:
            return given[0]
        return self._made_up(one, depth)

    def _made_up(self, one: Schema, depth: int) -> Any:
        kind = one.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if depth > DEEPEST:
            return None
        if kind == "array":
            items = one.get("prefixItems") or ([one["items"]] if "items" in one else [])
            return [self.example(item, depth + 1) for item in items]
        if kind == "object" or "properties" in one:
            fields = one.get("properties", {})
            return {name: self.example(field, depth + 1) for name, field in fields.items()}
        return FORMATS.get(one.get("format", ""), PLAIN.get(str(kind)))

    def _rows(self, schema: Schema, before: str, depth: int, place: str) -> Iterator[Row]:
        for _, one in self.alternatives(schema):
            if one.get("type") == "array" and "items" in one:
                yield from self._rows(one["items"], before.removesuffix(".") + "[].", depth, place)
            rest = one.get("additionalProperties")
            if isinstance(rest, dict):
                yield from self._rows(rest, before + "*.", depth, place)
            required = one.get("required", ())
            for name, field in one.get("properties", {}).items():
                shape = self._linked_shape(field, depth + 1)
                limits = tuple(self.limits(field, of_input=place != ""))
                yield Row(
                    before, name, self.kind(field), shape, name in required, self._text(field), limits, place
                )
                if not shape:
                    yield from self._rows(field, f"{before}{name}.", depth + 1, place)

    def _linked_shape(self, field: Schema, depth: int) -> str:
        if depth < DEEP:
            return ""
        shape = self.shape_of(field)
        if shape:
            self.linked[shape] = None
        return shape

    def _text(self, schema: Schema) -> str:
        own = schema.get("description")
        if own is not None:
            return str(own)
        return next(
            (str(one["description"]) for _, one in self.alternatives(schema) if "description" in one), ""
        )

    def _word(self, name: str, schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(self._word(name, {**schema, "type": one}) for one in kind)
        if kind == "array":
            inner = self.kind(schema["items"]) if "items" in schema else ""
            return f"({inner})[]" if " " in inner else f"{inner}[]" if inner else "array"
        if kind == "object" or "properties" in schema:
            rest = schema.get("additionalProperties")
            return f"object<{self.kind(rest)}>" if isinstance(rest, dict) else name or "object"
        if kind is None:
            return "string" if "enum" in schema else _type_of(schema["const"]) if "const" in schema else "any"
        return f"{kind} ({schema['format']})" if "format" in schema and kind != "null" else str(kind)

    def _values(self, one: Schema) -> Iterator[str]:
        if "enum" in one:
            values = " / ".join(_text_of(value) for value in one["enum"])
            yield self._say(N_("可选值：%(values)s"), values=values)
        if "const" in one:
            yield self._say(N_("总是 %(value)s"), value=_text_of(one["const"]))

    def _limits(self, one: Schema) -> Iterator[str]:
        for low, high, sentence in SPANS:
            span = _span(one.get(low), one.get(high))
            if span:
                yield self._say(sentence, span=span)
        if one.get("pattern"):
            yield self._say(N_("格式 %(pattern)s"), pattern=one["pattern"])


def _given(schema: Schema) -> list[Any]:
    """What a schema itself says that a value looks like, the best first."""
    found = list(schema.get("examples", ()))
    found += [schema[name] for name in ("example", "const") if name in schema]
    found += [schema["default"]] if schema.get("default") is not None else []
    return [*found, *schema.get("enum", ())]


def _span(low: Any, high: Any) -> str:
    """Two bounds in one word; nothing when there are none to speak of."""
    high = None if high is not None and high >= ENDLESS else high
    if low is None or high is None:
        return f"≤ {high}" if high is not None else f"≥ {low}" if low else ""
    return str(low) if low == high else f"{low} – {high}"


def _text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else f"{value}"


def _type_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return names.get(type(value), "any")
