"""Answers in the document: successes in our envelope or not, what did not change, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.calls import JSON
from handlers.openapi.errors import implied, refusals_of, refused, shared_name
from handlers.openapi.examples import example_of
from handlers.openapi.schemas import resolved
from server.i18n import N_

if TYPE_CHECKING:
    from handlers.openapi.calls import Call
    from handlers.openapi.errors import Refusals
    from handlers.openapi.schemas import Schema, Schemas
    from handlers.openapi.texts import Texts

MEANINGS = {
    200: "Done.",
    201: "Made.",
    202: "Accepted: it is being done.",
    302: "Go on there.",
    101: "Switching to the websocket protocol: see asyncapi.json.",
}
SUCCESS = N_("成功")
BINARY = {"image/png": {"type": "string", "contentMediaType": "image/png"}}
REFUSED_WORD = {"type": "string", "const": "failure"}


class Outputs:
    """Makes the answers of a call; refusals that every call of a kind shares become components."""

    def __init__(self, schemas: Schemas, texts: Texts) -> None:
        self.shared: dict[str, Any] = {}
        self._schemas = schemas
        self._texts = texts

    def answers(self, call: Call) -> dict[str, Any]:
        """All answers by status."""
        contract = call.contract
        answers = {str(contract.status): self._success(call)}
        if call.method == "GET" and contract.status == 200:
            answers["304"] = self._unchanged()
        if contract.refused_as:
            own = {status: self._refusal(call, found) for status, found in refusals_of(call).items()}
            answers |= {str(status): refusal for status, refusal in own.items()}
        for status, kind in contract.others.items():
            answers[str(status)] = self._enveloped(
                kind, {"$ref": "#/components/schemas/Errno"}, contract.status
            )
        return dict(sorted(answers.items()))

    def _success(self, call: Call) -> dict[str, Any]:
        contract = call.contract
        if call.answers_json:
            answer = self._enveloped(contract.answer, {"type": "string", "const": "0"}, contract.status)
        else:
            answer = {"description": self._texts.say(MEANINGS[contract.status])}
            if contract.media_type:
                answer["content"] = {contract.media_type: {"schema": _plain(contract.media_type)}}
        answer["headers"] = self._headers(call)
        return answer

    def _enveloped(self, kind: Any, errno: Schema, status: int) -> dict[str, Any]:
        inner: Schema = {"type": "null"} if kind is None else self._schemas.of(kind)
        errmsg = {"type": "string", "description": self._texts.say("a word for people")}
        schema: Schema = {
            "type": "object",
            "properties": {"errno": errno, "errmsg": errmsg, "data": inner},
            "required": ["errno", "errmsg", "data"],
            "additionalProperties": False,
        }
        example = {
            "errno": errno.get("const", "4001"),
            "errmsg": self._texts.message(SUCCESS),
            "data": example_of(inner, self._schemas.components),
        }
        return {
            "description": self._texts.say(MEANINGS[status]),
            "content": {JSON: {"schema": schema, "example": example}},
        }

    def _headers(self, call: Call) -> dict[str, Any]:
        names = ["X-Request-Id"]
        if call.method == "GET" and call.contract.status == 200:
            names.append("ETag")
        if call.contract.status == 302:
            names.append("Location")
        if self._is_paged(call):
            names.append("Link")
        return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

    def _is_paged(self, call: Call) -> bool:
        if not call.answers_json or call.contract.answer is None:
            return False
        schema = resolved(self._schemas.of(call.contract.answer), self._schemas.components)
        return "next" in schema.get("properties", {})

    def _unchanged(self) -> dict[str, Any]:
        return {
            "description": self._texts.say("What you have is still the newest; there is no body."),
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", "ETag")},
        }

    def _refusal(self, call: Call, refusals: Refusals) -> dict[str, Any]:
        if call.contract.refused_as != JSON:
            return {
                "description": self._texts.say("Refused, in the caller's own word."),
                "content": {call.contract.refused_as: {"schema": REFUSED_WORD}},
            }
        if not set(refusals) <= set(implied(call)):
            return refused(refusals, self._texts)
        name = shared_name(refusals)
        if name not in self.shared:
            self.shared[name] = refused(refusals, self._texts)
        return {"$ref": f"#/components/responses/{name}"}


def shared_headers(texts: Texts) -> dict[str, Any]:
    """The components that answers refer to."""
    text = {"type": "string"}
    number = {"type": "integer", "minimum": 0}
    meanings = {
        "X-Request-Id": ("names this request in our log", text),
        "ETag": ("names this content: send it as If-None-Match next time", text),
        "Retry-After": ("seconds after which to try again", number),
        "Location": ("where to go on", text),
        "Link": ('the next page, as <address>; rel="next"', text),
        "Allow": ("what can be done at this address", text),
        "RateLimit": ("what is left of the limit, and when it begins anew", text),
        "RateLimit-Policy": ("how many requests an address may send in how many seconds", text),
    }
    return {
        name: {"description": texts.say(meaning), "schema": schema}
        for name, (meaning, schema) in meanings.items()
    }


def _plain(media_type: str) -> Schema:
    return BINARY.get(media_type, {"type": "object"} if media_type == JSON else {"type": "string"})
