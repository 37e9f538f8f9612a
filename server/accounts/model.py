"""What an account is: its fields' rules, what others see of it, and its refusals."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.errors import BadField, Errno, IhomeError
from server.i18n import N_

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Row

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
NAME_LENGTH = 2, 24
PASSWORD_LENGTH = 8, 64
NAME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class BadMobile(BadField):
    """Not a Chinese mobile number."""

    message = N_("请输入 11 位手机号")
    field = "mobile"


class BadName(BadField):
    """Too short, too long, or with characters that are not shown."""

    message = N_("用户名需要 2 到 24 个字，不能有特殊符号")
    field = "name"


class WeakPassword(BadField):
    """Too short or too long."""

    message = N_("密码需要 8 到 64 个字符")
    field = "password"


class PasswordsDiffer(BadField):
    """The two passwords are not the same."""

    message = N_("两次输入的密码不一致")
    field = "password2"


class MobileTaken(IhomeError):
    """There is an account for this phone already."""

    errno = Errno.EXISTS
    status = 409
    message = N_("该手机号已注册，请直接登录")
    field = "mobile"


class NameTaken(IhomeError):
    """Another account has this name."""

    errno = Errno.EXISTS
    status = 409
    message = N_("这个用户名已被使用")
    field = "name"


class NoSuchUser(IhomeError):
    """Nobody has this phone, or the account is blocked."""

    errno = Errno.NO_USER
    status = 404
    message = N_("用户不存在或未激活")
    field = "mobile"


class NoAvatar(BadField):
    """The form has no file."""

    status = 400
    message = N_("请选择一张图片")
    field = "avatar"


class WrongPassword(IhomeError):
    """Phone or password are wrong; which one is not said."""

    errno = Errno.WRONG_PASSWORD
    status = 401
    message = N_("手机号或密码错误")

    def __init__(self, *, captcha_next: bool = False) -> None:
        super().__init__()
        self.captcha_next = captcha_next


class AddressRefused(IhomeError):
    """Too many failed logins from this address; passwords are not looked at."""

    errno = Errno.IP_LIMITED
    status = 429
    message = N_("登录失败次数过多，请 5 分钟后再试")


class AccountRefused(IhomeError):
    """Too many failed logins for this account; passwords are not looked at."""

    errno = Errno.REFUSED
    status = 429
    message = N_("该账号登录失败次数过多，请 5 分钟后再试")


@dataclass(frozen=True)
class User:
    """An account as its owner sees it, but for the masked mobile."""

    user_id: int
    mobile: str
    name: str
    avatar_key: str | None
    role: str
    created_at: datetime

    @property
    def avatar_url(self) -> str | None:
        """Where the picture is served; None for the drawn default."""
        return f"/media/{self.avatar_key}" if self.avatar_key else None

    @property
    def masked_mobile(self) -> str:
        """139****0001"""
        return f"{self.mobile[:3]}****{self.mobile[-4:]}"

    def public(self) -> dict[str, Any]:
        """What other tabs and people are told."""
        return {"name": self.name, "avatar_url": self.avatar_url}

    @classmethod
    def from_row(cls, row: Row) -> User:
        """A row of `users`."""
        return cls(row["id"], row["mobile"], row["name"], row["avatar_key"], row["role"], row["created_at"])


def check_mobile(mobile: str) -> str:
    """The number itself. Raises BadMobile."""
    if not MOBILE.fullmatch(mobile):
        raise BadMobile
    return mobile


def check_name(name: str) -> str:
    """The name without spaces around it. Raises BadName."""
    trimmed = " ".join(name.split())
    if not (NAME_LENGTH[0] <= len(trimmed) <= NAME_LENGTH[1] and trimmed.isprintable()):
        raise BadName
    if any(character in "<>&\"'\\/`" for character in trimmed):
        raise BadName
    return trimmed


def check_password(password: str, again: str) -> str:
    """The password. Raises WeakPassword, PasswordsDiffer."""
    if not PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]:
        raise WeakPassword
    if password != again:
        raise PasswordsDiffer
    return password


def first_name() -> str:
    """A name for a new account that gives nothing away; people change it."""
    return "爱家_" + "".join(secrets.choice(NAME_ALPHABET) for _ in range(8))
