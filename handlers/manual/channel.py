"""The websocket of an AsyncAPI document: its messages by who sends them, and the codes that it closes with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.manual.entries import component, pretty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.manual.schemas import Row, Shapes


@dataclass(frozen=True)
class Message:
    """One kind of message."""

    name: str
    title: str
    text: str
    rows: tuple[Row, ...]
    example: str


@dataclass(frozen=True)
class Channel:
    """The websocket."""

    address: str
    text: str
    asked: tuple[Message, ...]  # what clients send
    told: tuple[Message, ...]
    codes: tuple[tuple[str, str], ...]


def read_channel(document: Mapping[str, Any], shapes: Shapes) -> Channel:
    """The document's only channel. AsyncAPI speaks of the server: what it receives is what clients send."""
    name, channel = next(iter(document["channels"].items()))
    return Channel(
        address=channel.get("address") or name,
        text=document["info"].get("description", ""),
        asked=tuple(_message(one, shapes) for one in _messages(document, "receive")),
        told=tuple(_message(one, shapes) for one in _messages(document, "send")),
        codes=tuple((str(code), str(text)) for code, text in channel.get("x-close-codes", {}).items()),
    )


def _messages(document: Mapping[str, Any], action: str) -> list[Mapping[str, Any]]:
    """What one side says, each message once: what an operation says, and what it replies to the other side's."""
    found: dict[str, Mapping[str, Any]] = {}
    for operation in document["operations"].values():
        says = operation if operation["action"] == action else operation.get("reply", {})
        for reference in says.get("messages", ()):
            message = component(document, reference)
            found[message["name"]] = message
    return list(found.values())


def _message(message: Mapping[str, Any], shapes: Shapes) -> Message:
    payload = message["payload"]
    given = [one["payload"] for one in message.get("examples", ())]
    return Message(
        name=message["name"],
        title=message.get("title", message["name"]),
        text=message.get("summary") or message.get("description", ""),
        rows=tuple(shapes.rows(payload)),
        example=pretty(given[0] if given else shapes.example(payload)),
    )
