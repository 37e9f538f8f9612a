"""The picture captcha."""

from __future__ import annotations

from handlers.access import public
from handlers.base import BaseHandler


@public("60/minute")
class ImageCodeHandler(BaseHandler):
    """A picture for the page's own id."""

    async def get(self, page_id: str) -> None:
        """A new picture each time; its answer lives 180 s. Failure is JSON with errno 4001."""
        picture = await self.services.captcha.issue(page_id)
        self.set_header("Content-Type", "image/png")
        self.set_header("Cache-Control", "no-store")
        self.finish(picture)
