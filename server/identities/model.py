"""What a real-name check is: the rules of names and ID numbers (GB 11643), their masks, and the refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from server.errors import BadFields, Errno, IhomeError
from server.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

GROWN_UP = 18
OLDEST_YEAR = 1900
NAME_LENGTH = 2, 64
HAN_LENGTH = 2, 32

_HAN = r"[\u3007\u3400-\u9fff\U00020000-\U000323af]"
_LATIN = r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]"
HAN_NAME = re.compile(rf"{_HAN}+(?:\u00b7{_HAN}+)*")
LATIN_NAME = re.compile(rf"{_LATIN}+(?:[ '\u2019-]{_LATIN}+)*")
DOTS = re.compile("[\u2022\u2027\u30fb\uff0e]")  # typed in the place of the middle dot

ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
_PROVINCE = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
# A county's code; on permanent residence cards a 9, a province and a country.
REGION = re.compile(rf"(?:{_PROVINCE})(?!0000)\d{{4}}|9(?:{_PROVINCE})\d{{3}}", re.ASCII)
WEIGHTS = 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2
CHECK_DIGITS = "10X98765432"

BAD_NAME = N_("请填写证件上的姓名")
BAD_SHAPE = N_("身份证号是 18 位数字，最后一位可能是 X")
BAD_CHECK = N_("身份证号不对，请核对每一位")
TOO_YOUNG = N_("年满 18 周岁才能认证")


class NotVerified(IhomeError):
    """This needs somebody whose identity was checked."""

    errno = Errno.ROLE
    status = 403
    message = N_("请先完成实名认证")


class AlreadyVerified(IhomeError):
    """The check was passed before; it is for ever."""

    errno = Errno.EXISTS
    status = 409
    message = N_("你已完成实名认证，认证后不能修改")


class NumberInUse(IhomeError):
    """Another account has this number. The sentence does not say so."""

    errno = Errno.EXISTS
    status = 409
    message = N_("无法用这些证件内容认证，如有疑问请联系我们")


@dataclass(frozen=True)
class Identity:
    """A name and a number that passed `check`. Kept out of repr so that no log or traceback shows them."""

    real_name: str = field(repr=False)
    id_number: str = field(repr=False)

    @classmethod
    def check(cls, real_name: str, id_number: str, today: date) -> Identity:
        """What was typed, when every rule agrees; `today` is the date in China. Raises BadFields."""
        name = DOTS.sub("\u00b7", " ".join(real_name.split()))
        number = id_number.strip().upper()
        problems = [*_name_problem(name), *_number_problem(number, today)]
        if problems:
            raise BadFields(problems)
        return cls(name, number)

    def masked(self) -> dict[str, Any]:
        """All that is ever shown, also to the owner: 张*, 1101************23."""
        return {
            "real_name": self.real_name[0] + "*",
            "id_card": self.id_number[:4] + "*" * 12 + self.id_number[-2:],
        }


def _name_problem(name: str) -> Iterator[tuple[str, str]]:
    han = HAN_NAME.fullmatch(name)
    shortest, longest = HAN_LENGTH if han else NAME_LENGTH
    if not (han or LATIN_NAME.fullmatch(name)) or not shortest <= len(name) <= longest:
        yield "real_name", BAD_NAME


def _number_problem(number: str, today: date) -> Iterator[tuple[str, str]]:
    if not ID_NUMBER.fullmatch(number):
        yield "id_card", BAD_SHAPE
        return
    birth = _birth_date(number)
    if (
        birth is None
        or birth > today
        or not REGION.fullmatch(number[:6])
        or number[17] != check_digit(number[:17])
    ):
        yield "id_card", BAD_CHECK
    elif (birth.year + GROWN_UP, birth.month, birth.day) > (today.year, today.month, today.day):
        yield "id_card", TOO_YOUNG


def check_digit(digits: str) -> str:
    """The 18th character for the first 17 digits: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


def _birth_date(number: str) -> date | None:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return birth if birth.year >= OLDEST_YEAR else None
