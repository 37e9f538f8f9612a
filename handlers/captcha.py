"""The picture captcha."""

from __future__ import annotations

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import operation
from server.captcha.model import BadCaptchaId, CaptchaNotStored
from server.errors import Overloaded


@public("60/minute")
class ImageCodeHandler(BaseHandler):
    """A picture for the page's own id."""

    @operation(
        name="drawCaptcha",
        media_type="image/png",
        refusals=(BadCaptchaId, CaptchaNotStored, Overloaded),
    )
    async def get(self, page_id: str) -> None:
        """Draw a captcha under an id that the caller made up; its answer lives 180 seconds and is good once.

        Each call draws another one. Failure is JSON with errno 4001.
        """
        picture = await self.services.captcha.issue(page_id)
        self.set_header("Content-Type", "image/png")
        self.set_header("Cache-Control", "no-store")
        self.finish(picture)
