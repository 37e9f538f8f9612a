"""The documents as they are handed out: each made once a process and language, and kept as bytes with an ETag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.document import Document
from handlers.openapi.texts import Texts
from server.cache import Cached, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.base import BaseHandler
    from server.i18n import Catalogue, Language


class Interface:
    """What `settings["interface"]` is. Building takes a while: call `written` off the loop."""

    def __init__(self, routes: Sequence[tuple[str, type[BaseHandler]]], catalogue: Catalogue) -> None:
        self._routes = routes
        self._catalogue = catalogue
        self._made: dict[Language, dict[str, Any]] = {}
        self._written: dict[Language, Cached] = {}

    def document(self, language: Language) -> dict[str, Any]:
        """The OpenAPI document."""
        if language not in self._made:
            self._made[language] = Document(self._routes, Texts(language, self._catalogue)).build()
        return self._made[language]

    def written(self, language: Language) -> Cached:
        """The same on the wire."""
        if language not in self._written:
            self._written[language] = encode(self.document(language))
        return self._written[language]
