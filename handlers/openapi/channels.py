"""The AsyncAPI document: what is said on the websocket, in both directions, and why it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from handlers.openapi.document import VERSION, security_schemes
from handlers.openapi.examples import example_of
from handlers.openapi.schemas import SUFFIX, Schemas
from handlers.shapes.live import (
    ErrorMessageShape,
    FollowShape,
    HelloShape,
    HouseMessageShape,
    News,
    PingShape,
    PongShape,
    ReadyMessageShape,
    TaskMessageShape,
    WatchShape,
)
from server.live.model import CloseCode

if TYPE_CHECKING:
    from handlers.openapi.texts import Texts

ADDRESS = "/api/v1_0/live"
TITLE = "iHome's live channel"
ABOUT = """
One websocket tells a program everything that changes: its user's orders and houses, the tasks that it caused, the
calendars that it follows. `openapi.json` describes the calls beside it.

**Opening.** A session's cookie with an `Origin` of this site or none, or a token with `read`; else the upgrade is
refused with 403 or 401 in the format of every refusal. A session that nobody has signed in to watches tasks and
calendars, and has no events.

**Talking.** JSON objects in text frames: at most 4096 bytes each and 30 in ten seconds. Say `hello` first, with the
newest `seq` that you know: what was missed comes with `ready`, what happens from then on as `event`. Keep the highest
`seq`, drop what is not higher, and say it again after a reconnect: then nothing is lost. What is no message of this
document closes the socket.

**Promise.** At least once; the user's events in order and without gaps; a task's state never goes back; everything
within five seconds, also after a failure behind the site.
"""
CLOSING = {
    CloseCode.GOING_AWAY: "the server goes away: connect again, a little later",
    CloseCode.POLICY: "what was said is no message of this document, or there were too many",
    1009: "a message of more than 4096 bytes",
    CloseCode.SIGNED_OUT: "the session was signed out, or the token revoked",
    CloseCode.TOO_SLOW: "64 messages behind, or a message was not taken within ten seconds: connect again",
    CloseCode.TOO_MANY: "this user or address has too many sockets: use the long-polls",
}
ASKED = {
    "hello": (HelloShape, ("ready",)),
    "watch": (WatchShape, ("task", "error")),
    "follow": (FollowShape, ("house", "error")),
    "ping": (PingShape, ("pong",)),
}
TOLD = {
    "ready": ReadyMessageShape,
    "task": TaskMessageShape,
    "house": HouseMessageShape,
    "pong": PongShape,
    "error": ErrorMessageShape,
}


class Channels:
    """Builds it in one language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._events = {_event_name(kind): kind for kind in get_args(News)}
        self._shapes: dict[str, Any] = (
            {name: shape for name, (shape, _) in ASKED.items()} | TOLD | self._events
        )
        self._schemas = Schemas(self._shapes.values(), texts)

    def build(self) -> dict[str, Any]:
        """The document."""
        say = self._texts.say
        host = {"default": "127.0.0.1:8000", "description": say("where the site is")}
        return {
            "asyncapi": "3.0.0",
            "info": {"title": say(TITLE), "version": VERSION, "description": say(ABOUT)},
            "defaultContentType": "application/json",
            "servers": {"site": {"host": "{host}", "protocol": "wss", "variables": {"host": host}}},
            "channels": {"live": self._channel()},
            "operations": self._operations(),
            "components": {
                "messages": {name: self._message(name) for name in self._shapes},
                "schemas": {**self._schemas.components, "Errno": self._errno()},
                "securitySchemes": self._security_schemes(),
            },
        }

    def _channel(self) -> dict[str, Any]:
        say = self._texts.say
        codes = {str(int(code)): say(why) for code, why in CLOSING.items()}
        reasons = "\n".join(f"- `{code}` {why}" for code, why in codes.items())
        return {
            "address": ADDRESS,
            "title": say("The websocket"),
            "description": say("Why the server closes it:") + "\n\n" + reasons,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in self._shapes},
            "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            "x-close-codes": codes,
        }

    def _operations(self) -> dict[str, Any]:
        """As the server sees it: it receives what clients ask, and sends what they are told."""
        channel = {"$ref": "#/channels/live"}
        ways = [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("session", "token")]
        operations: dict[str, Any] = {
            name: {
                "action": "receive",
                "channel": channel,
                "summary": self._summary(name),
                "security": ways,
                "messages": [_message_of_channel(name)],
                "reply": {"channel": channel, "messages": [_message_of_channel(one) for one in replies]},
            }
            for name, (_, replies) in ASKED.items()
        }
        told = {"event": tuple(self._events), "task": ("task",), "house": ("house",), "error": ("error",)}
        for name, messages in told.items():
            operations[f"tell{name.capitalize()}"] = {
                "action": "send",
                "channel": channel,
                "summary": self._told(name),
                "messages": [_message_of_channel(one) for one in messages],
            }
        return operations

    def _told(self, name: str) -> str:
        return (
            self._texts.say("Server: something happened to the user.")
            if name == "event"
            else self._summary(name)
        )

    def _message(self, name: str) -> dict[str, Any]:
        payload = self._schemas.of(self._shapes[name])
        example = example_of(payload, self._schemas.components)
        return {
            "name": name,
            "summary": self._summary(name),
            "payload": payload,
            "examples": [{"payload": example}],
        }

    def _summary(self, name: str) -> str:
        return self._texts.docstring(self._shapes[name])

    def _errno(self) -> dict[str, Any]:
        known: dict[str, Any] = self._schemas.components["Errno"]
        return {**known, "description": self._texts.say("Stable codes: openapi.json says what they mean.")}

    def _security_schemes(self) -> dict[str, Any]:
        schemes = security_schemes(self._texts)
        session = {**schemes["session"], "type": "httpApiKey"}
        return {"token": schemes["token"], "session": session}


def _event_name(kind: type) -> str:
    """OrderNewsShape is the message orderEvent."""
    return kind.__name__.removesuffix(f"News{SUFFIX}").lower() + "Event"


def _message_of_channel(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/live/messages/{name}"}
