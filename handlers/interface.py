"""The interface document on the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import RAW, operation
from server.tokens.model import Scope

if TYPE_CHECKING:
    from handlers.openapi.interface import Interface
    from server.cache import Cached


class _DocumentHandler(BaseHandler):
    kept = "public, no-cache"
    is_same_for_all = True

    def write_document(self, cached: Cached) -> None:
        """Finish with a document as it is, without our envelope: 304 when the client has it."""
        self.finish_cached(cached)

    @property
    def interface(self) -> Interface:
        """What makes the documents."""
        interface: Interface = self.settings["interface"]
        return interface


@public("60/minute")
class OpenApiHandler(_DocumentHandler):
    """This document."""

    @operation(name="getOpenApi", answer=RAW, scope=Scope.READ, cached=True)
    async def get(self) -> None:
        """The description of every call in OpenAPI 3.1, in the visitor's language."""
        self.write_document(await asyncio.to_thread(self.interface.written, self.language))


@public("60/minute")
class AsyncApiHandler(_DocumentHandler):
    """The live channel's document."""

    @operation(name="getAsyncApi", answer=RAW, scope=Scope.READ, cached=True)
    async def get(self) -> None:
        """The description of the websocket in AsyncAPI 3.0, in the visitor's language."""
        self.write_document(await asyncio.to_thread(self.interface.written_channels, self.language))
