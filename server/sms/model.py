"""What an SMS code is: its purpose, states, reasons for failure, rules and refusals. No I/O."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from server.errors import Errno, IhomeError
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_DIGITS = 6
CODE_SECONDS = 300
CODE_TRIES = 5
RESEND_SECONDS = 60
CODES_PER_HOUR = 5
CODES_PER_DAY = 10
HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS


class Purpose(StrEnum):
    """What a code may be used for; a code for one purpose opens nothing else."""

    REGISTER = "register"
    LOGIN = "login"
    RESET = "reset"


class SmsState(StrEnum):
    """How far a message got, as the page shows it. `sent` means that the platform accepted it."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """States only ever move to a higher rank; sent and failed are both final."""
        return {SmsState.QUEUED: 0, SmsState.SENDING: 1}.get(self, 2)

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self.rank == 2


class FailureReason(StrEnum):
    """Why a message is not known to have been accepted. The values are the API's stable codes."""

    REFUSED = "refused"
    BAD_NUMBER = "bad_number"
    PROVIDER_LIMIT = "provider_limit"
    BAD_CONFIG = "bad_config"
    UNREACHABLE = "unreachable"
    NO_REPLY = "no_reply"
    INTERRUPTED = "interrupted"

    @property
    def may_have_arrived(self) -> bool:
        """Whether the message may reach the phone all the same; it is then never sent again by itself."""
        return self in {FailureReason.NO_REPLY, FailureReason.INTERRUPTED}


FAILURE_SENTENCES: Mapping[FailureReason, str] = {
    FailureReason.REFUSED: N_("短信平台拒绝发送"),
    FailureReason.BAD_NUMBER: N_("手机号码有误，无法接收短信"),
    FailureReason.PROVIDER_LIMIT: N_("短信平台限制了该号码的发送次数，请稍后再试"),
    FailureReason.BAD_CONFIG: N_("短信服务配置有误，请联系我们"),
    FailureReason.UNREACHABLE: N_("连不上短信平台，请稍后重试"),
    FailureReason.NO_REPLY: N_("短信平台没有及时答复，短信可能仍会送达"),
    FailureReason.INTERRUPTED: N_("发送被中断，短信可能已经送达"),
}


@dataclass(frozen=True)
class SmsCode:
    """Six digits; kept out of repr so that no log or traceback shows them."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.digits) != CODE_DIGITS or not (self.digits.isascii() and self.digits.isdigit()):
            raise ValueError(f"an SMS code is {CODE_DIGITS} digits")

    @classmethod
    def draw(cls) -> SmsCode:
        """A new code from the system's random source; leading zeros are as likely as any digit."""
        return cls(f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}")

    def matches(self, guess: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.digits.encode(), guess.encode("utf-8", "replace"))

    @property
    def minutes(self) -> int:
        """The code's life as the message's text names it."""
        return CODE_SECONDS // 60


class SmsFailed(IhomeError):
    """The platform did not accept the message, or never said that it did; `reason` says which."""

    errno = Errno.THIRD_PARTY
    status = 502
    message = N_("短信发送失败")

    def __init__(self, reason: FailureReason) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return f"SMS failed: {self.reason}"


class WrongSmsCode(IhomeError):
    """The code is wrong, expired, used, or was sent for another phone or purpose."""

    errno = Errno.PARAMETER
    status = 422
    message = N_("短信验证码错误或已过期")
    field = "sms_code"


class SmsTriesUsedUp(IhomeError):
    """The code was guessed wrong CODE_TRIES times; even the right digits are refused now."""

    errno = Errno.PARAMETER
    status = 422
    message = N_("短信验证码输错次数过多，请重新获取")
    field = "sms_code"


class SmsTooSoon(IhomeError):
    """RESEND_SECONDS have not passed since the last code for this phone; params: seconds left."""

    errno = Errno.REFUSED
    status = 429
    message = N_("请 %(seconds)s 秒后再获取短信验证码")
    field = "sms_code"

    def __init__(self, seconds: int) -> None:
        super().__init__(retry_after=seconds, seconds=seconds)


class SmsHourlyLimit(IhomeError):
    """CODES_PER_HOUR codes went to this phone within an hour."""

    errno = Errno.REFUSED
    status = 429
    message = N_("该手机号一小时内获取验证码次数过多，请稍后再试")
    field = "sms_code"


class SmsDailyLimit(IhomeError):
    """CODES_PER_DAY codes went to this phone within a day."""

    errno = Errno.REFUSED
    status = 429
    message = N_("该手机号今天获取验证码次数过多，请明天再试")
    field = "sms_code"
