"""The pages of the interface document."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from handlers.access import public
from handlers.manual.book import make_book
from handlers.manual.prose import address, prose, rate
from handlers.pages import PageHandler
from handlers.security import ensure_session_cookies

if TYPE_CHECKING:
    from handlers.openapi.interface import Interface
    from server.i18n import Language


@public("300/minute")
class DocsPage(PageHandler):
    """Calls to try: swagger-ui, under the policy of every page. It sets styles by script, which needs no exception."""

    template = "docs/docs.html"


@public("300/minute")
class InterfacePage(PageHandler):
    """The document to read."""

    template = "docs/interface.html"

    async def get(self) -> None:
        """The document in the visitor's language; it is read once a process and language, off the loop."""
        kept: dict[Language, bytes] = self.settings.setdefault("manual", {})
        if self.language not in kept:
            kept[self.language] = await asyncio.to_thread(self._read)
        ensure_session_cookies(self)
        self.show(self.template, manual=kept[self.language])

    def _read(self) -> bytes:
        interface: Interface = self.settings["interface"]
        origin = self.services.settings.public_url.rstrip("/")
        openapi, asyncapi = interface.document(self.language), interface.channels(self.language)
        book = make_book(openapi, asyncapi, origin, self.translate)
        words = {"prose": prose, "rate": rate, "address": address, "_": self.translate}
        return self.render_string("docs/manual.html", book=book, **words)
