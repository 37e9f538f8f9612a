"""Refusals that HTTP itself causes, and how Tornado's errors become ours."""

from __future__ import annotations

from tornado.web import HTTPError

from server.errors import Errno, IhomeError, NoSuchThing
from server.i18n import N_


class BadRequest(IhomeError):
    """The request is not well formed."""

    errno = Errno.PARAMETER
    status = 400
    message = N_("请求格式不正确")


class MethodNotAllowed(IhomeError):
    """The address exists; `Allow` says what can be done there. Also for methods that nobody knows: no 5xx for those."""

    errno = Errno.REFUSED
    status = 405
    message = N_("不支持这种操作")


class NotForm(BadRequest):
    """The Content-Type is not that of a form with files."""

    status = 415
    message = N_("请用 multipart/form-data 发送")


class UnknownCoding(BadRequest):
    """The body is compressed; nothing here unpacks it."""

    status = 415
    message = N_("请不要压缩请求内容")


class NoWebSocket(IhomeError):
    """The address takes websockets only."""

    errno = Errno.PARAMETER
    status = 426
    message = N_("这里只接受 WebSocket 连接")


class ForeignOrigin(IhomeError):
    """A page of another site asks."""

    errno = Errno.REFUSED
    status = 403
    message = N_("不接受其他网站的连接")


class Unexpected(IhomeError):
    """A defect of ours; the log has the details under the request's id."""

    errno = Errno.INTERNAL
    status = 500
    message = N_("服务器内部错误，请稍后再试")


def as_refusal(error: BaseException | None) -> IhomeError:
    """The refusal that a client is told for any exception."""
    if isinstance(error, IhomeError):
        return error
    if isinstance(error, HTTPError):
        if error.status_code == 404:
            return NoSuchThing()
        if error.status_code == 405:
            return MethodNotAllowed()
        if 400 <= error.status_code < 500:
            return BadRequest()
    return Unexpected()
