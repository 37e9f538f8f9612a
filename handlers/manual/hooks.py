"""The messages that this site sends to others, of an OpenAPI document's webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.manual.entries import component, pretty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handlers.manual.schemas import Row, Shapes


@dataclass(frozen=True)
class Hook:
    """One message: its headers and body, what the receiver answers, and code that verifies it."""

    name: str
    text: str
    headers: tuple[Row, ...]
    rows: tuple[Row, ...]
    example: str
    answers: tuple[tuple[str, str], ...]
    code: str


def read_hooks(document: Mapping[str, Any], shapes: Shapes) -> Iterator[Hook]:
    """The document's webhooks, in its order."""
    for name, item in document.get("webhooks", {}).items():
        call = component(document, item)["post"]
        [content] = call["requestBody"]["content"].values()
        sent = "".join(f"{one['name']}: {one['example']}\n" for one in call["parameters"])
        yield Hook(
            name=name,
            text=call["description"],
            headers=tuple(
                shapes.row(
                    one["name"], one["schema"], is_required=True, place="header", text=one["description"]
                )
                for one in call["parameters"]
            ),
            rows=tuple(shapes.rows(content["schema"])),
            example=f"{sent}\n{pretty(content['example'])}",
            answers=tuple((status, one["description"]) for status, one in call["responses"].items()),
            code=call["x-codeSamples"][0]["source"],
        )
