"""Every answer of the suite is held against the interface document; what differs fails the test that caused it."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from handlers.openapi.calls import calls_of
from handlers.openapi.interface import Interface
from handlers.routes import CALLS
from server.i18n import Catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
API = "/api/v1_0/"
JSON = "application/json"
GZIP = b"\x1f\x8b"
ANY_REFUSAL = {"$ref": "#/components/schemas/Refusal"}


class Talk:
    """What the server may say on the websocket, by the AsyncAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.components = document["components"]
        said = {
            one["$ref"].rpartition("/")[2]
            for operation in document["operations"].values()
            for one in (operation if operation["action"] == "send" else operation["reply"])["messages"]
        }
        payloads = [self.components["messages"][name]["payload"] for name in sorted(said)]
        schemas = {"components": {"schemas": self.components["schemas"]}}
        self._told = jsonschema_rs.Draft202012Validator({"oneOf": payloads, **schemas}, validate_formats=True)

    def differences(self, message: Any) -> list[str]:
        """What is wrong with a message, in sentences."""
        if self._told.is_valid(message):
            return []
        return [f"{message} is no message that the server sends by the AsyncAPI document"]


class Contract:
    """The document with its schemas compiled, each when it is first needed. `broken` collects what differed."""

    def __init__(self, document: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
        self.broken: list[str] = []
        self._document = document
        self._addresses = [(re.compile(pattern), path) for pattern, path in addresses.items()]
        self._validators: dict[str, Any] = {}

    def see(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """What is wrong with an answer, in sentences; also kept in `broken`."""
        content = gzip.decompress(body) if body.startswith(GZIP) else body
        plain = path.partition("?")[0]
        differences = self._differences(method, plain, status, headers, content)
        found = [f"{method} {plain} answered {status}, {difference}" for difference in differences]
        self.broken += found
        return found

    def take_broken(self) -> list[str]:
        """What differed since the last call."""
        taken, self.broken = self.broken, []
        return taken

    def _differences(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        item = self._item(path)
        if item is None and not path.startswith(API):
            return []
        call = (item or {}).get("get" if method == "HEAD" else method.lower() if method.isupper() else "")
        named = {name.lower(): value for name, value in headers.items()}
        media_type = named.get("content-type", "").partition(";")[0]
        if call is None:
            return self._without_call(method, status, media_type, body)
        response = call["responses"].get(str(status))
        if response is None:
            return [f"which the interface document does not name: it knows {', '.join(call['responses'])}"]
        return self._content(self._resolved(response).get("content"), media_type, body)

    def _without_call(self, method: str, status: int, media_type: str, body: bytes) -> list[str]:
        """Where there is no such call, everybody is refused; OPTIONS says what there is."""
        if method == "OPTIONS" and status == 204:
            return []
        if status < 400:
            return ["though the interface document knows no such call"]
        return self._content({JSON: {"schema": ANY_REFUSAL}}, media_type, body)

    def _content(self, content: Mapping[str, Any] | None, media_type: str, body: bytes) -> list[str]:
        if content is None:
            return ["with a body, where the interface document has none"] if body else []
        if media_type not in content:
            return [f"as {media_type or 'nothing'}: the interface document says {', '.join(content)}"]
        if media_type != JSON:
            return []
        validator = self._validator(content[media_type]["schema"])
        errors = validator.iter_errors(json.loads(body)) if body else ()
        return [f"and its body is otherwise than documented: {_sentence(error)}" for error in errors][:3]

    def _item(self, path: str) -> Mapping[str, Any] | None:
        found = next((known for pattern, known in self._addresses if pattern.fullmatch(path)), None)
        return self._document["paths"][found] if found else None

    def _resolved(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        name = response.get("$ref", "").rpartition("/")[2]
        return self._document["components"]["responses"][name] if name else response

    def _validator(self, schema: Mapping[str, Any]) -> Any:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": {"schemas": self._document["components"]["schemas"]}}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]


@cache
def contract() -> Contract:
    """The product's."""
    interface = Interface(CALLS, Catalogue.load(ROOT / "server" / "locales"))
    addresses = {call.pattern: call.path for call in calls_of(CALLS)}
    return Contract(interface.document("en"), addresses)


@cache
def talk() -> Talk:
    """The product's."""
    interface = Interface(CALLS, Catalogue.load(ROOT / "server" / "locales"))
    return Talk(interface.channels("en"))


def _sentence(error: Any) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    return f"{place or 'the whole'}: {error.message[:300]}"
