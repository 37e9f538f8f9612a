"""The documents as they are handed out: each made once a process and language, and kept as bytes with an ETag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.channels import Channels
from handlers.openapi.document import Document
from handlers.openapi.texts import Texts
from server.cache import Cached, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handlers.base import BaseHandler
    from server.i18n import Catalogue, Language


class Interface:
    """What `settings["interface"]` is. Building takes a while: call `written` off the loop."""

    def __init__(self, routes: Sequence[tuple[str, type[BaseHandler]]], catalogue: Catalogue) -> None:
        self._routes = routes
        self._catalogue = catalogue
        self._made: dict[Language, dict[str, Any]] = {}
        self._written: dict[str, Cached] = {}

    def document(self, language: Language) -> dict[str, Any]:
        """The OpenAPI document."""
        if language not in self._made:
            self._made[language] = Document(self._routes, Texts(language, self._catalogue)).build()
        return self._made[language]

    def channels(self, language: Language) -> dict[str, Any]:
        """The AsyncAPI document."""
        return Channels(Texts(language, self._catalogue)).build()

    def written(self, language: Language) -> Cached:
        """The OpenAPI document on the wire."""
        return self._kept(f"openapi-{language}", lambda: self.document(language))

    def written_channels(self, language: Language) -> Cached:
        """The AsyncAPI document on the wire."""
        return self._kept(f"asyncapi-{language}", lambda: self.channels(language))

    def _kept(self, name: str, make: Callable[[], dict[str, Any]]) -> Cached:
        if name not in self._written:
            self._written[name] = encode(make())
        return self._written[name]
