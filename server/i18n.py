"""Languages: which one a visitor gets, and the gettext catalogue behind `_`. A msgid is the Chinese sentence."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
MAX_ACCEPTED = 20
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


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


@lru_cache
def choose_language(wanted: str | None, accept_language: str | None) -> Language:
    """The visitor's language: an explicit wish (query or cookie), else Accept-Language, else Chinese."""
    for tag in (wanted or "", *_by_preference(accept_language or "")):
        primary = tag.split("-")[0].split("_")[0].lower()
        for language in LANGUAGES:
            if primary == language:
                return language
    return "zh"


def weights(accepted: str) -> dict[str, float]:
    """The names in an Accept-… header in small letters, with their weights (RFC 9110, 12.4.2); 0 is a refusal."""
    found: dict[str, float] = {}
    for part in accepted.split(",")[:MAX_ACCEPTED]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            found.setdefault(name, _weight(parameters))
    return found


def _by_preference(header: str) -> list[str]:
    weighted = weights(header)
    return sorted((tag for tag in weighted if weighted[tag]), key=weighted.__getitem__, reverse=True)


def _weight(parameters: list[str]) -> float:
    """1 without a `q`; a malformed one weighs nothing."""
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip() == "q":
            text = text.strip()
            return float(text) if _QUALITY.fullmatch(text) else 0.0
    return 1.0
