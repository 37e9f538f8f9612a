"""SMS codes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.sms import AskedShape
from handlers.wire import Body
from server.accounts.model import BadMobile, check_mobile
from server.captcha.model import BadCaptchaId, WrongCaptcha
from server.sms.model import RESEND_SECONDS, Purpose, SmsDailyLimit, SmsHourlyLimit, SmsTooSoon

PER_ADDRESS = ("30/hour", "100/day")


class AskForCode(Body):
    """A phone, what the code is for, and a solved captcha."""

    mobile: Annotated[str, Field(max_length=20)] = Field(
        description="eleven digits", examples=["13900000001"]
    )
    image_code_id: Annotated[str, Field(max_length=64)] = Field(
        description="the captcha's UUID", examples=["0f4a3c5e-7d1b-4a6e-9c2f-8b7d6e5f4a3c"]
    )
    image_code: Annotated[str, Field(max_length=16)] = Field(
        description="what the captcha shows; right or wrong, it is used up", examples=["X7KP"]
    )
    purpose: Purpose = Field(description="what the code will open, and nothing else", examples=["register"])


@public("30/minute")
class SmsCodesHandler(BaseHandler):
    """Codes by SMS."""

    @operation(
        name="sendSmsCode",
        body=AskForCode,
        answer=AskedShape,
        status=202,
        refusals=(BadMobile, WrongCaptcha, BadCaptchaId, SmsTooSoon, SmsHourlyLimit, SmsDailyLimit),
    )
    async def post(self) -> None:
        """Send a code to a phone: it is queued, and the answer names the task whose state can be watched."""
        task_id = await queue_code(self, self.parse(AskForCode))
        self.succeed({"task_id": task_id, "resend_after": RESEND_SECONDS}, 202)


async def queue_code(handler: BaseHandler, wish: AskForCode) -> str:
    """Queue a code for a solved captcha; returns the task that the handler's session may watch."""
    mobile = check_mobile(wish.mobile)
    await handler.services.captcha.burn(wish.image_code_id, wish.image_code)
    await handler.services.limits.spend(PER_ADDRESS, "sms", handler.address)
    return await handler.services.sms.request(mobile, wish.purpose, handler.session_digest)
