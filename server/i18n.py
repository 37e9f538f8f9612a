"""Languages: which one a visitor gets, and the gettext catalogue behind `_`. A msgid is the Chinese sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, do not translate yet"
    """Mark a msgid for the catalogue where it is defined; it is translated where it is shown."""
    return message


class Catalogue:
    """All translations of the product, held in memory."""

    def __init__(self, translations: Mapping[Language, Mapping[str, str]]) -> None:
        self._translations = translations

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read `<folder>/<language>/LC_MESSAGES/messages.po` of every language but Chinese."""
        translations: dict[Language, Mapping[str, str]] = {}
        for language in LANGUAGES[1:]:
            with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
                catalogue = read_po(file, locale=language)
            translations[language] = {str(m.id): str(m.string) for m in catalogue if m.id and m.string}
        return cls(translations)

    def translate(self, language: Language, message: str, params: Mapping[str, object] | None = None) -> str:
        """The sentence in `language`, or the msgid itself; `params` fill its %(name)s places."""
        text = self._translations.get(language, {}).get(message, message)
        return text % params if params else text


def choose_language(wanted: str | None, accept_language: str | None) -> Language:
    """The visitor's language: an explicit wish (query or cookie), else Accept-Language, else Chinese."""
    for tag in (wanted or "", *_by_preference(accept_language or "")):
        primary = tag.split("-")[0].split("_")[0].lower()
        for language in LANGUAGES:
            if primary == language:
                return language
    return "zh"


def _by_preference(header: str) -> list[str]:
    weighted = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        weighted.append((-weight, position, tag))
    return [tag for weight, _, tag in sorted(weighted) if weight < 0]
