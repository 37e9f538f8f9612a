"""The calls of an OpenAPI document in the form of the notes: what it does, address, inputs, answer, refusals."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handlers.manual.schemas import Row, Schema, Shapes

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/api/v1_0"
JSON = "application/json"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
PLACES = ("path", "query", "header")
HANDSHAKE = (  # what curl does not say by itself for a websocket; the key is that of RFC 6455
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@dataclass(frozen=True)
class Refusal:
    """One way in which a call is refused; `is_shared` when every call of its kind can be refused so."""

    status: str
    errno: str
    text: str
    is_shared: bool


@dataclass(frozen=True)
class Entry:
    """One call."""

    anchor: str
    method: str
    path: str
    tag: str
    text: str
    is_deprecated: bool
    scopes: tuple[str, ...] | None  # what a token must hold; None: tokens cannot call it
    needs_login: bool
    limit: str
    takes: str  # the media type of the body
    inputs: tuple[Row, ...]
    status: str
    gives: str  # the media type of the answer
    answer: str
    outputs: tuple[Row, ...]
    example: str
    refusals: tuple[Refusal, ...]
    curl: str

    @property
    def short_path(self) -> str:
        """The path without what all paths of the API begin with."""
        return self.path.removeprefix(PREFIX)


class Reader:
    """Reads a document's calls. `site` is the address before its paths, without a slash at the end."""

    def __init__(self, document: Mapping[str, Any], site: str, shapes: Shapes) -> None:
        self._document = document
        self._site = site
        self._shapes = shapes

    def entries(self) -> Iterator[Entry]:
        """Every call, in the document's order."""
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._entry(method, path, {"parameters": [], **item[method]}, item)

    def _entry(self, method: str, path: str, call: Mapping[str, Any], item: Mapping[str, Any]) -> Entry:
        parameters = [
            component(self._document, one) for one in [*item.get("parameters", ()), *call["parameters"]]
        ]
        takes, body = _content(component(self._document, call.get("requestBody", {})))
        status, success = self._success(call)
        gives, answered = _content(success)
        schema = answered.get("schema", {})
        inner = self._inner(schema)
        return Entry(
            anchor=call["operationId"],
            method=method.upper(),
            path=path,
            tag=(call.get("tags") or [""])[0],
            text=call.get("description") or call.get("summary", ""),
            is_deprecated=call.get("deprecated", False),
            scopes=self._scopes(call),
            needs_login=self._needs_login(call),
            limit=call.get("x-rate-limit", ""),
            takes=takes,
            inputs=tuple(self._inputs(parameters, takes, body)),
            status=status,
            gives=gives,
            answer=self._shapes.kind(inner) if inner else "",
            outputs=tuple(self._shapes.rows(inner)) if inner else (),
            example=self._example(gives, answered),
            refusals=tuple(self._refusals(call)),
            curl=self._curl(method, path, parameters, (takes, body), call),
        )

    def _success(self, call: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Status and answer of a call that went well."""
        status = min(status for status in call["responses"] if not status.startswith(("4", "5")))
        return status, component(self._document, call["responses"][status])

    def _inner(self, schema: Schema) -> Schema | None:
        """What stands in `data` of our envelope; None when that is nothing, or when there is no envelope."""
        for _, one in self._shapes.alternatives(schema) if schema else ():
            inner: Schema | None = one.get("properties", {}).get("data")
            if inner is not None and self._shapes.kind(inner) != "null":
                return inner
        return None

    def _security(self, call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return list(call.get("security", self._document.get("security", [{}])))

    def _needs_login(self, call: Mapping[str, Any]) -> bool:
        """Whether the call refuses people who are not signed in; a write of everybody's still wants a session."""
        if set(self._scopes(call) or ()) - {"read"}:
            return True
        refused = component(self._document, call["responses"].get("401", {}))
        _, content = _content(refused)
        return "NotSignedIn" in content.get("examples", {})

    def _scopes(self, call: Mapping[str, Any]) -> tuple[str, ...] | None:
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        for requirement in self._security(call):
            for name, scopes in requirement.items():
                if schemes[name].get("scheme") == "bearer":
                    return tuple(scopes)
        return None

    def _inputs(
        self, parameters: list[Mapping[str, Any]], takes: str, body: Mapping[str, Any]
    ) -> Iterator[Row]:
        for place in PLACES:
            for one in parameters:
                if one["in"] == place:
                    yield self._shapes.row(
                        one["name"], one.get("schema", {}), is_required=one.get("required", False), place=place,
                        text=one.get("description", ""),
                    )  # fmt: skip
        if body:
            yield from self._shapes.rows(body["schema"], place="form" if takes in FORMS else "body")

    def _example(self, gives: str, answered: Mapping[str, Any]) -> str:
        if gives != JSON:
            return ""
        return pretty(_shown(answered) or self._shapes.example(answered["schema"]))

    def _refusals(self, call: Mapping[str, Any]) -> Iterator[Refusal]:
        for status, response in sorted(call["responses"].items()):
            if status.startswith(("4", "5")):
                yield from self._refusals_of(status, response)

    def _refusals_of(self, status: str, given: Mapping[str, Any]) -> Iterator[Refusal]:
        is_shared, response = "$ref" in given, component(self._document, given)
        _, content = _content(response)
        examples = [component(self._document, one) for one in content.get("examples", {}).values()]
        if not examples:
            yield Refusal(status, "", response.get("description", ""), is_shared)
        for one in examples:
            refused = one["value"]
            yield Refusal(status, refused["errno"], one.get("summary") or refused["errmsg"], is_shared)

    def _curl(
        self,
        method: str,
        path: str,
        parameters: list[Mapping[str, Any]],
        body: tuple[str, Mapping[str, Any]],
        call: Mapping[str, Any],
    ) -> str:
        query: dict[str, Any] = {}
        for one in parameters:
            value = one.get("example", self._shapes.example(one.get("schema", {})))
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", quote(str(value)))
            elif one["in"] == "query" and (one.get("required") or "examples" in one.get("schema", {})):
                query[one["name"]] = value
        address = self._site + path + (f"?{urlencode(query)}" if query else "")
        lines = [
            f"curl -X {method.upper()} {shlex.quote(address)}"
            if method != "get"
            else f"curl {shlex.quote(address)}"
        ]
        if "101" in call["responses"]:
            lines += ["-i -N --http1.1", *(f"-H {shlex.quote(one)}" for one in HANDSHAKE)]
        lines += [f"-H {shlex.quote(header)}" for header in self._headers(method, call)]
        lines += ["-H 'Idempotency-Key: …'" for one in parameters if one["name"] == "Idempotency-Key"]
        return " \\\n  ".join([*lines, *self._sent(*body)])

    def _headers(self, method: str, call: Mapping[str, Any]) -> Iterator[str]:
        """What shows who calls."""
        is_open = {} in self._security(call) and "101" not in call["responses"]
        if self._scopes(call) is not None and not is_open:
            yield "Authorization: Bearer ihome_…"
        elif not is_open:
            yield "Cookie: ihome_session=…; csrf_token=…"
            if method != "get":
                yield "X-CSRFToken: …"

    def _sent(self, takes: str, body: Mapping[str, Any]) -> Iterator[str]:
        if not body:
            return
        example = _shown(body) or self._shapes.example(body["schema"])
        if takes == JSON:
            yield f"-H {shlex.quote(f'Content-Type: {takes}')}"
            yield f"-d {shlex.quote(json.dumps(example, ensure_ascii=False))}"
        elif takes == FORMS[0]:
            yield from (f"-F {shlex.quote(f'{name}=@photo.jpg')}" for name in example)
        else:
            yield f"--data-urlencode {shlex.quote('…')}"


def component(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a document, or what its reference names."""
    if "$ref" not in value:
        return value
    found: Any = document
    for name in value["$ref"].split("/")[1:]:
        found = found[name]
    return component(document, found)


def pretty(value: object) -> str:
    """JSON to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _content(part: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The media type and what the document says of it; the first when there are several."""
    return next(iter(part.get("content", {}).items()), ("", {}))


def _shown(content: Mapping[str, Any]) -> Any:
    """The document's own example of a body or an answer; None without one."""
    if "example" in content:
        return content["example"]
    return next((one["value"] for one in content.get("examples", {}).values() if "value" in one), None)
