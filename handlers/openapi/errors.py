"""Refusals in the document: the errno table, what every call of a kind can be refused for, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.calls import is_number
from handlers.operations import READS
from handlers.refusals import BadRequest, NotForm, Unexpected, UnknownCoding
from handlers.wire import Malformed, NotJson, TooLarge
from server.errors import (
    BadFields,
    BadToken,
    Errno,
    NoSuchThing,
    NotSignedIn,
    StoreUnavailable,
    TooManyRequests,
)
from server.idempotency.model import BadKey, InFlight, KeyReused
from server.tokens.model import BadBearer, TakesNoToken, TokenTooWeak

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from handlers.openapi.calls import Call
    from handlers.openapi.texts import Texts
    from server.errors import IhomeError

Refusals = tuple[type["IhomeError"], ...]
MEANINGS = {
    Errno.OK: "it went well",
    Errno.STORE: "a store does not answer",
    Errno.NO_DATA: "there is nothing like that",
    Errno.EXISTS: "it is there already",
    Errno.BAD_DATA: "what is stored does not allow it",
    Errno.NOT_SIGNED_IN: "nobody is signed in",
    Errno.LOGIN_FAILED: "signing in failed",
    Errno.PARAMETER: "a parameter is wrong",
    Errno.NO_USER: "there is no such user",
    Errno.ROLE: "this user, or token, may not do that",
    Errno.WRONG_PASSWORD: "the password is wrong",
    Errno.REFUSED: "refused: the page is too old, or there were too many requests",
    Errno.IP_LIMITED: "this address is limited",
    Errno.THIRD_PARTY: "a third party failed",
    Errno.FILE: "the file cannot be used",
    Errno.INTERNAL: "a defect of ours",
    Errno.UNKNOWN: "unknown",
}
REQUEST_ID = "9f86d081884c7d65"


def implied(call: Call) -> Iterator[type[IhomeError]]:
    """What every call of this kind can be refused for."""
    yield Unexpected
    if not call.is_checked:
        return
    yield from (TooManyRequests, StoreUnavailable, BadBearer)
    yield TokenTooWeak if call.contract.scope else TakesNoToken
    if not call.handler.is_public:
        yield NotSignedIn
    if call.method not in READS:
        yield TooLarge
        if not call.handler.csrf_exempt:
            yield BadToken
    if call.parameters:
        yield NoSuchThing
    if not all(is_number(pattern) for pattern in call.patterns):
        yield BadRequest
    yield from _of_inputs(call)


def _of_inputs(call: Call) -> Iterator[type[IhomeError]]:
    contract = call.contract
    if contract.body:
        yield from (Malformed, NotJson, UnknownCoding, BadFields)
    if contract.query:
        yield BadFields
    if contract.form:
        yield from (BadRequest, NotForm, BadFields)
    if contract.once:
        yield from (BadKey, KeyReused, InFlight)


def refusals_of(call: Call) -> dict[int, Refusals]:
    """All refusals of a call by status, each once, its own first."""
    by_status: dict[int, list[type[IhomeError]]] = {}
    for refusal in (*call.contract.refusals, *implied(call)):
        known = by_status.setdefault(refusal.status, [])
        if refusal not in known:
            known.append(refusal)
    return {status: tuple(known) for status, known in sorted(by_status.items())}


def refusal_schemas(texts: Texts) -> dict[str, Any]:
    """The components that every refusal refers to."""
    table = "\n".join(f"- `{errno.value}` {texts.say(MEANINGS[errno])}" for errno in Errno)
    problem = {
        "field": {"type": "string", "description": texts.say("the field, or header")},
        "message": {"type": "string", "description": texts.say("what is wrong with it, for people")},
    }
    refusal = {
        "errno": {"$ref": "#/components/schemas/Errno"},
        "errmsg": {"type": "string", "description": texts.say("the refusal in a sentence, for people")},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Problem"},
            "description": texts.say("which fields it is about"),
        },
        "request_id": {"type": "string", "description": texts.say("name it when you ask us about it")},
    }
    return {
        "Errno": {
            "type": "string",
            "enum": [errno.value for errno in Errno],
            "description": texts.say("Stable codes. What they mean:") + "\n\n" + table,
        },
        "Problem": _exact(problem, texts.say("What is wrong with one field.")),
        "Refusal": _exact(refusal, texts.say("Why a call did nothing.")),
    }


def refused(refusals: Refusals, texts: Texts) -> dict[str, Any]:
    """One status with everything that it can mean."""
    errnos = sorted({refusal.errno.value for refusal in refusals})
    examples = {}
    for refusal in refusals:
        name = refusal.__name__
        while name in examples:
            name += "_"
        examples[name] = {
            "summary": texts.refusal(refusal),
            "value": _example(refusal, texts.refusal(refusal)),
        }
    return {
        "description": "\n".join(
            dict.fromkeys(f"- `{refusal.errno.value}` {texts.refusal(refusal)}" for refusal in refusals)
        ),
        "headers": refusal_headers(refusals[0].status),
        "content": {
            "application/json": {
                "schema": {
                    "$ref": "#/components/schemas/Refusal",
                    "properties": {"errno": {"enum": errnos}},
                },
                "examples": examples,
            }
        },
    }


def refusal_headers(status: int) -> dict[str, Any]:
    """The headers of a refusal with this status."""
    names = ["X-Request-Id"]
    if status in {429, 503}:
        names.append("Retry-After")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _example(refusal: type[IhomeError], sentence: str) -> dict[str, Any]:
    errors = [{"field": refusal.field, "message": sentence}] if refusal.field else []
    return {"errno": refusal.errno.value, "errmsg": sentence, "errors": errors, "request_id": REQUEST_ID}


def _exact(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def shared_name(refusals: Iterable[type[IhomeError]]) -> str:
    """What a set of refusals is called among the components."""
    return "Or".join(refusal.__name__ for refusal in refusals)
