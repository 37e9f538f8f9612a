"""What a captcha is: its alphabet, its life time, how answers compare, and its refusals."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata

from server.errors import Errno, IhomeError
from server.i18n import N_

# Upper case, without what people take for something else: 0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V.
ALPHABET = "3479ACDEFHJKMNPRTWXY"
LENGTH = 4
TTL_SECONDS = 180

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class WrongCaptcha(IhomeError):
    """The answer is wrong, late or used up; the page must load a new picture."""

    errno = Errno.PARAMETER
    status = 422
    message = N_("图片验证码不正确或已过期")
    field = "image_code"


class CaptchaRequired(IhomeError):
    """After several failures the next attempt needs a captcha."""

    errno = Errno.PARAMETER
    status = 422
    message = N_("请输入图片验证码")
    field = "image_code"


class CaptchaNotStored(IhomeError):
    """Redis did not take the captcha, so no picture is shown that could not be answered."""

    errno = Errno.STORE
    status = 503
    message = N_("保存验证码失败")


class BadCaptchaId(IhomeError):
    """The page's captcha id is not a UUID."""

    errno = Errno.PARAMETER
    status = 400
    message = N_("图片验证码编号不正确")
    field = "image_code_id"


def new_text() -> str:
    """What the next picture says."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def same(expected: str, answer: str) -> bool:
    """Whether the answer is right, in constant time; case, spaces and full-width letters do not matter."""
    return hmac.compare_digest(_plain(expected), _plain(answer))


def captcha_id(text: str) -> str:
    """The id as it is stored: a UUID in lower case with dashes. Raises BadCaptchaId."""
    lowered = text.lower()
    if not _ID.fullmatch(lowered):
        raise BadCaptchaId
    return lowered


def _plain(text: str) -> bytes:
    # An answer is a field of bounded length; normalising before cutting would let one character become 18.
    normal = unicodedata.normalize("NFKC", text[: 4 * LENGTH])
    return "".join(normal.split()).upper().encode("utf-8", "replace")
