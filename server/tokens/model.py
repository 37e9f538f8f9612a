"""What a token is, what it may do, and what is refused."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from server.errors import BadField, Conflict, Errno, IhomeError, NoSuchThing, NotSignedIn
from server.i18n import N_

if TYPE_CHECKING:
    from datetime import datetime

PREFIX = "ihome_"  # lets scanners of leaked secrets know it
SECRET_BYTES = 32
HINT_LENGTH = 4
NAME_LENGTH = 64
MAX_DAYS = 365
MAX_TOKENS = 20
USE_NOTED_SECONDS = 60


class Scope(StrEnum):
    """What a token lets a program do for its user."""

    READ = "read"
    HOUSES = "houses"
    ORDERS = "orders"


class BadBearer(NotSignedIn):
    """The token is unknown, revoked or over."""

    message = N_("令牌无效、已撤销或已过期")


class TokenTooWeak(IhomeError):
    """The token does not hold `scope`, which this call needs."""

    errno = Errno.ROLE
    status = 403
    message = N_("这个令牌没有做这件事的权限")

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope


class TakesNoToken(TokenTooWeak):
    """The call belongs to people: no token has a scope for it."""

    message = N_("这件事只能在网页上登录后做，不接受令牌")


class BadTokenName(BadField):
    """A name is text that can be read, of at most 64 characters."""

    field = "name"
    message = N_("请给令牌起一个名字，最多 64 个字")


class NoScopes(BadField):
    """A token that may do nothing."""

    field = "scopes"
    message = N_("请至少选择一项权限")


class BadLife(BadField):
    """A token lives 1 to 365 days, or until it is revoked."""

    field = "days"
    message = N_("有效期为 1 到 365 天")


class TooManyTokens(Conflict):
    """The user has as many tokens as one may have."""

    message = N_("令牌太多了，请先撤销不用的")


class NoSuchToken(NoSuchThing):
    """It is not there, or another user's."""


@dataclass(frozen=True)
class NewToken:
    """What a user asks for. `days` None lives until it is revoked.

    Raises BadTokenName, NoScopes, BadLife.
    """

    name: str
    scopes: frozenset[Scope]
    days: int | None

    def __post_init__(self) -> None:
        name = self.name.strip()
        if not name or len(name) > NAME_LENGTH or not name.isprintable():
            raise BadTokenName
        if not self.scopes:
            raise NoScopes
        if self.days is not None and not 1 <= self.days <= MAX_DAYS:
            raise BadLife
        object.__setattr__(self, "name", name)


@dataclass(frozen=True)
class Bearer:
    """Who a valid token acts for, and how far. `digest` names it in listeners, tasks and logs."""

    token_id: int
    user_id: int
    scopes: frozenset[Scope]
    digest: str


@dataclass(frozen=True)
class Token:
    """A token as its user sees it; times in UTC. One that is over lets nobody in any more."""

    token_id: int
    name: str
    hint: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    is_over: bool

    def view(self) -> dict[str, Any]:
        """As answered; the secret is not known any more."""
        return {
            "token_id": self.token_id,
            "name": self.name,
            "hint": self.hint,
            "scopes": [scope.value for scope in Scope if scope in self.scopes],
            "ctime": _text(self.created_at),
            "expires_at": _text(self.expires_at),
            "last_used": _text(self.last_used_at),
            "expired": self.is_over,
        }


def new_secret() -> str:
    """A secret: 256 bits behind a prefix that names us."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """How a secret is stored. It has 256 bits of its own, so neither salt nor slowness adds anything."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _text(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None
