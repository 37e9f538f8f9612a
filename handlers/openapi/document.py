"""The OpenAPI document: what the interface is, its calls, and the parts that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.answers import Outputs, shared_headers
from handlers.openapi.calls import calls_of
from handlers.openapi.errors import refusal_schemas
from handlers.openapi.hooks import webhooks
from handlers.openapi.parameters import Inputs, shared_parameters
from handlers.openapi.schemas import REF, Schemas
from handlers.operations import READS
from handlers.shapes.webhooks import WebhookMessageShape
from handlers.visitors import SESSION_COOKIE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.base import BaseHandler
    from handlers.openapi.calls import Call
    from handlers.openapi.texts import Texts

VERSION = "1.0"
TITLE = "iHome's interface for programs"
ABOUT = """
Everything that the pages of iHome do, programs can do, with the same rules. Addresses below `/api/v1_0`; JSON in UTF-8.

**Answers.** A success is `{"errno":"0","errmsg":…,"data":…}`, a refusal
`{"errno":…,"errmsg":…,"errors":[…],"request_id":…}` with a right HTTP status. `errno` is a string and stable;
`errmsg` is for people, in the language that `Accept-Language` asks for: Chinese, or English. Money in answers is
integer fen; in requests it is yuan, as text or a number with at most two decimals. Times are UTC; a stay runs from its
first night up to the day of departure.

**Who asks.** A program shows a token: `Authorization: Bearer ihome_…`. Its owner makes it on a page and chooses what it
may do: `read`, `houses`, `orders`. Each call says which of these it needs; a call that names none takes no token. A
browser has a session in a cookie, and shows the session's CSRF token in `X-CSRFToken` on every write: `GET /session`
hands it out, also to somebody who is not signed in yet.

**Manners.** `Idempotency-Key` makes a call that creates something safe to repeat. Reads carry an `ETag`. Lists go on by
`next`, in the answer and as `Link: rel="next"`. Limits are counted by address: `RateLimit` says what is left, and a
refusal with 429 or 503 says in `Retry-After` when to come back. Every answer has an `X-Request-Id`. `HEAD` answers as
`GET` without a body, `OPTIONS` with 204 and `Allow`; another method is refused with 405 and `Allow`.

**Changes by themselves.** Do not ask again and again: the websocket at `/api/v1_0/live` tells every change, as
`asyncapi.json` says; `GET /live/events` waits for the next one where there are no websockets.

**Promise.** Within `/api/v1_0` calls, fields and codes are added, never renamed or removed; read what you know, and
let the rest be. What will end is marked deprecated here and says so in `Deprecation` and `Sunset` for six months.
Front ends of the classic iHome find their older habits below `/api/v1.0`; new programs do not need them.
"""


class Document:
    """Builds it in one language."""

    def __init__(self, routes: Sequence[tuple[str, type[BaseHandler]]], texts: Texts) -> None:
        self._calls = list(calls_of(routes))
        self._texts = texts
        self._schemas = Schemas(_types(self._calls), texts)
        self._inputs = Inputs(self._schemas, texts)
        self._outputs = Outputs(self._schemas, texts)

    def build(self) -> dict[str, Any]:
        """The document."""
        paths: dict[str, dict[str, Any]] = {}
        for call in self._calls:
            item = paths.setdefault(call.path, {"summary": self._texts.docstring(call.handler)})
            item[call.method.lower()] = self._operation(call)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self._texts.say(TITLE),
                "version": VERSION,
                "description": self._texts.say(ABOUT),
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/", "description": self._texts.say("this site")}],
            "tags": self._tags(),
            "paths": paths,
            "webhooks": webhooks(self._schemas, self._texts),
            "components": self._components(),
        }

    def _operation(self, call: Call) -> dict[str, Any]:
        title, _, rest = self._texts.docstring(call.verb).partition("\n\n")
        built: dict[str, Any] = {
            "operationId": call.operation_id,
            "tags": [call.tag],
            "summary": title,
            "description": f"{title}\n\n{rest}" if rest else title,
            "parameters": self._inputs.parameters(call),
            "responses": self._outputs.answers(call),
            "security": _security(call),
            "x-rate-limit": call.handler.limit,
        }
        body = self._inputs.body(call)
        if body:
            built["requestBody"] = body
        return built

    def _tags(self) -> list[dict[str, Any]]:
        modules = {call.tag: call.module for call in self._calls}
        return [
            {"name": tag, "description": self._texts.docstring(module)} for tag, module in modules.items()
        ]

    def _components(self) -> dict[str, Any]:
        queries = {
            self._schemas.of(call.contract.query)["$ref"].removeprefix(REF)
            for call in self._calls
            if call.contract.query
        }
        used = {name: schema for name, schema in self._schemas.components.items() if name not in queries}
        return {
            "schemas": dict(sorted((used | refusal_schemas(self._texts)).items())),
            "responses": dict(sorted(self._outputs.shared.items())),
            "parameters": shared_parameters(self._texts),
            "headers": shared_headers(self._texts),
            "securitySchemes": security_schemes(self._texts),
        }


def security_schemes(texts: Texts) -> dict[str, Any]:
    """How somebody shows who they are."""
    bearer = """
    A token that its owner made for a program. What it may do:

    - `read`: read what its owner may read, and ask for prices
    - `houses`: publish and change the owner's houses, their prices, nights and pictures
    - `orders`: book, accept, reject, cancel, pay and review; keep webhooks

    It needs no CSRF token, and cookies beside it count for nothing.
    """
    session = "The session of a browser, signed in or not. It comes with GET /session and with every page."
    csrf = "The session's CSRF token, as GET /session answers it: on every write beside the session."
    return {
        "token": {"type": "http", "scheme": "bearer", "description": texts.say(bearer)},
        "session": {
            "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": texts.say(session)
        },
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": texts.say(csrf)},
    }  # fmt: skip


def _security(call: Call) -> list[dict[str, list[str]]]:
    """The ways to be let in, each enough."""
    ways: list[dict[str, list[str]]] = []
    is_write = call.method not in READS
    if not call.is_checked or call.handler.csrf_exempt or (call.handler.is_public and not is_write):
        ways.append({})
    if call.contract.scope:
        ways.append({"token": [call.contract.scope.value]})
    if call.is_checked and not call.handler.csrf_exempt:
        ways.append({"session": [], "csrf": []} if is_write else {"session": []})
    return ways


def _types(calls: Sequence[Call]) -> list[Any]:
    """Everything that a schema is needed for, each once."""
    found: dict[str, Any] = {str(WebhookMessageShape): WebhookMessageShape}
    for call in calls:
        contract = call.contract
        answers = [contract.answer] if call.answers_json else []
        for kind in (*answers, *contract.others.values(), contract.body, contract.form, contract.query):
            if kind is not None:
                found[str(kind)] = kind
    return list(found.values())
