"""The document's sentences: English where they stand in the code, Chinese from a gettext catalogue of their own."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from server.errors import IhomeError
    from server.i18n import Catalogue, Language

CATALOGUE = Path(__file__).parent.parent / "locales" / "zh" / "LC_MESSAGES" / "interface.po"
_PLACE = re.compile(r"%\((\w+)\)[sd]")


class Texts:
    """What the document says in one language. `asked` are the sentences that it has said."""

    def __init__(self, language: Language, messages: Catalogue) -> None:
        self.language = language
        self.asked: set[str] = set()
        self._messages = messages
        self._chinese = chinese() if language == "zh" else {}

    def say(self, english: str) -> str:
        """A sentence or paragraphs of the document."""
        text = unwrapped(english)
        self.asked.add(text)
        return self._chinese.get(text, text)

    def docstring(self, thing: Any) -> str:
        """What the code says of something."""
        return self.say(inspect.getdoc(thing) or "")

    def refusal(self, refusal: type[IhomeError]) -> str:
        """What a client is told; numbers in it are examples."""
        return _PLACE.sub("3", self.message(refusal.message))

    def message(self, message: str) -> str:
        """A msgid of the product."""
        return self._messages.translate(self.language, message)


def chinese() -> dict[str, str]:
    """The catalogue: English msgids with their translations."""
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="zh") if one.id and one.string}


def unwrapped(text: str) -> str:
    """Paragraphs on one line each; lists and tables keep their lines."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return "\n\n".join(
        one if one.startswith(("- ", "| ", "```")) else " ".join(one.split()) for one in paragraphs
    )
