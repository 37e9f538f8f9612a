"""The errno table and the base of every refusal; named refusals live in their package's model."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from server.i18n import N_

if TYPE_CHECKING:
    from server.limits import Allowance


class Errno(StrEnum):
    """The contract's stable error codes; strings on the wire."""

    OK = "0"
    STORE = "4001"
    NO_DATA = "4002"
    EXISTS = "4003"
    BAD_DATA = "4004"
    NOT_SIGNED_IN = "4101"
    LOGIN_FAILED = "4102"
    PARAMETER = "4103"
    NO_USER = "4104"
    ROLE = "4105"
    WRONG_PASSWORD = "4106"  # noqa: S105 - the table's own name
    REFUSED = "4201"
    IP_LIMITED = "4202"
    THIRD_PARTY = "4301"
    FILE = "4302"
    INTERNAL = "4500"
    UNKNOWN = "4501"


class IhomeError(Exception):
    """A refusal that the client is told about. Subclasses say errno, HTTP status and message (a msgid)."""

    errno: ClassVar[Errno] = Errno.INTERNAL
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("内部错误")
    field: str | None = None
    retry_seconds: ClassVar[int | None] = None  # after which trying again may help

    def __init__(self, *, retry_after: int | None = None, **params: object) -> None:
        super().__init__(self.message % params if params else self.message)
        self.params = params
        self.retry_after = retry_after or self.retry_seconds


class NoSuchThing(IhomeError):
    """There is nothing at that address, or it is not this user's to see."""

    errno = Errno.NO_DATA
    status = 404
    message = N_("没有找到")


class NotSignedIn(IhomeError):
    """The route needs a signed-in user."""

    errno = Errno.NOT_SIGNED_IN
    status = 401
    message = N_("请先登录")


class BadToken(IhomeError):
    """The CSRF token is missing or belongs to another session."""

    errno = Errno.REFUSED
    status = 403
    message = N_("页面已过期，请刷新后再试")


class TooManyRequests(IhomeError):
    """A request limit is used up; its allowance says for how many seconds."""

    errno = Errno.REFUSED
    status = 429
    message = N_("操作太频繁，请稍后再试")

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(retry_after=allowance.reset_seconds)
        self.allowance = allowance


class StoreUnavailable(IhomeError):
    """MySQL, Redis or the picture store does not answer; nothing is known to have changed."""

    errno = Errno.STORE
    status = 503
    message = N_("服务暂时不可用，请稍后再试")

    def __init__(self, store: str = "store", *, retry_after: int = 2) -> None:
        super().__init__(retry_after=retry_after)
        self.store = store


class Overloaded(IhomeError):
    """A bounded queue of this process is full."""

    errno = Errno.STORE
    status = 503
    message = N_("服务繁忙，请稍后再试")
    retry_seconds = 1


class BadField(IhomeError):
    """A value that a rule refuses; subclasses say which field and rule."""

    errno = Errno.PARAMETER
    status = 422


class BadFields(IhomeError):
    """Several values that rules refuse at once; `problems` are pairs of field and msgid."""

    errno = Errno.PARAMETER
    status = 422
    message = N_("请检查填写的内容")

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__()
        self.problems = problems


class Conflict(IhomeError):
    """The request is sound, what is stored does not allow it."""

    errno = Errno.BAD_DATA
    status = 409
