"""Stored pictures and our own static files."""

from __future__ import annotations

from typing import Any

from tornado.web import StaticFileHandler

from handlers.access import public
from handlers.base import BaseHandler

FOREVER = "public, max-age=31536000, immutable"


@public("1200/minute")
class MediaHandler(BaseHandler):
    """A picture by its content's key: it never changes."""

    is_same_for_all = True

    async def get(self, key: str) -> None:
        """The bytes, or 304."""
        picture = await self.services.media.read(key)
        self.set_header("Content-Type", picture.media_type.value)
        self.set_header("Cache-Control", FOREVER)
        self.clear_header("RateLimit")  # caches would tell it to others
        self.clear_header("RateLimit-Policy")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        if self.services.settings.cors_origins:  # their pages show pictures, too
            self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.finish(picture.content)


class StaticHandler(StaticFileHandler, BaseHandler):  # type: ignore[misc]  # both answer HEAD
    """`static/`: files with a version in the query are kept for ever."""

    is_public = True

    async def prepare(self) -> None:
        """Nothing to load: static files vary by nobody."""

    def get_cache_time(self, *args: Any) -> int:
        """A year for versioned addresses, else ask again."""
        return super().get_cache_time(*args) if self.request.query_arguments.get("v") else 0
