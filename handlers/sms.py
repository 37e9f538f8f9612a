"""SMS codes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.wire import Body
from server.accounts.model import check_mobile
from server.errors import TooManyRequests
from server.sms.model import RESEND_SECONDS, Purpose

PER_ADDRESS = ("30/hour", "100/day")


class AskForCode(Body):
    """A phone, what the code is for, and a solved captcha."""

    mobile: Annotated[str, Field(max_length=20)]
    image_code_id: Annotated[str, Field(max_length=64)]
    image_code: Annotated[str, Field(max_length=16)]
    purpose: Purpose


@public("30/minute")
class SmsCodesHandler(BaseHandler):
    """Codes by SMS."""

    async def post(self) -> None:
        """Queue a code; the answer names the task whose state the page may watch."""
        body = self.parse(AskForCode)
        mobile = check_mobile(body.mobile)
        await self.services.captcha.burn(body.image_code_id, body.image_code)
        wait = await self.services.limits.take(PER_ADDRESS, "sms", self.address)
        if wait is not None:
            raise TooManyRequests(retry_after=wait)
        task_id = await self.services.sms.request(mobile, body.purpose, self.session_digest)
        self.succeed({"task_id": task_id, "resend_after": RESEND_SECONDS}, 202)
