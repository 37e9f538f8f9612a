"""Plays 云通讯's TemplateSMS: checks what the platform checks and answers in its format and codes."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import secrets
import socket
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from server.local.sandbox.inbox import Inbox, Message
from server.local.sandbox.numbers import (
    FAILURES_IN_A_ROW,
    SILENT_SECONDS,
    SLOW_SECONDS,
    Behaviour,
    behaviour_of,
)
from server.sms.gateway import ACCEPTED, CHINA_TIME, china_timestamp, signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.sms.gateway import YuntongxunAccount

PATH = "/2013-12-26/Accounts/{sid}/SMS/TemplateSMS"
SIGNATURE_LIFE = timedelta(hours=24)
SIGNATURE_WRONG = "111109"
NUMBER_WRONG = "160042"
NOTICE_PLACES = 3
# The codes below but not those above are from memory of the platform's list, not checked against it.
SENTENCES = {
    "111105": "【账号】请求包头Authorization参数格式有误",
    "111106": "【账号】请求包头Authorization参数中时间戳过期",
    "111109": "【账号】请求地址Sig校验失败",
    "111141": "【账号】主账户不存在",
    "111181": "【应用】应用不存在",
    "160031": "【短信】参数解析失败",
    "160032": "【短信】短信模板无效",
    "160042": "【短信】号码格式有误",
}
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{14}", re.ASCII)


class Refused(Exception):
    """The platform does not accept the request; `code` is its statusCode."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Delays:
    """How long the slow and the silent number take, in seconds."""

    slow: float = SLOW_SECONDS
    silent: float = SILENT_SECONDS


class Yuntongxun:
    """The platform with one account, one application, and a template for codes and one for notices."""

    def __init__(
        self,
        account: YuntongxunAccount,
        inbox: Inbox,
        now: Callable[[], datetime],
        delays: Delays = Delays(),
        notice_template_id: str = "2",
    ) -> None:
        self._account = account
        self._notice_template_id = notice_template_id
        self._inbox = inbox
        self._now = now
        self._delays = delays

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves for this platform."""
        return [web.post(PATH, self.template_sms)]

    async def template_sms(self, request: web.Request) -> web.Response:
        """Take one message, or answer why not. Refusals are HTTP 200, as the platform's are."""
        try:
            self._check_caller(request)
            message = self._read_message(await request.read())
        except Refused as refused:
            return _refusal(refused.code)
        self._inbox.attempts[message.mobile] += 1
        return await self._behave(request, message)

    async def _behave(self, request: web.Request, message: Message) -> web.Response:
        behaviour = behaviour_of(message.mobile)
        if behaviour is Behaviour.REFUSE:
            return _refusal(NUMBER_WRONG)
        if behaviour is Behaviour.UNSTEADY and self._inbox.attempts[message.mobile] % (FAILURES_IN_A_ROW + 1):
            return web.Response(status=503, text="<h1>503 Service Unavailable</h1>", content_type="text/html")
        if behaviour is Behaviour.SILENT:
            await asyncio.sleep(self._delays.silent)
            return cut_off(request)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self._delays.slow)
        await self._inbox.add(message)
        return cut_off(request) if behaviour is Behaviour.CUT_OFF else self._receipt(message)

    def _receipt(self, message: Message) -> web.Response:
        receipt = {"smsMessageSid": message.message_sid, "dateCreated": china_timestamp(self._now())}
        return web.json_response({"statusCode": ACCEPTED, "templateSMS": receipt})

    def _check_caller(self, request: web.Request) -> None:
        sid, timestamp = _read_authorization(request.headers.get("Authorization", ""))
        if sid != request.match_info["sid"] or sid != self._account.account_sid:
            raise Refused("111141")
        expected = signature(sid, self._account.auth_token, timestamp)
        if not hmac.compare_digest(
            expected.encode(), request.query.get("sig", "").encode("utf-8", "replace")
        ):
            raise Refused(SIGNATURE_WRONG)
        if abs(self._now() - _moment(timestamp)) > SIGNATURE_LIFE:
            raise Refused("111106")

    def _read_message(self, body: bytes) -> Message:
        match _parse(body):
            case {
                "to": str(to),
                "appId": str(app),
                "templateId": str(template),
                "datas": [*texts],
            } if all(isinstance(text, str) for text in texts):
                pass
            case _:
                raise Refused("160031")
        if app != self._account.app_id:
            raise Refused("111181")
        if template not in {self._account.template_id, self._notice_template_id}:
            raise Refused("160032")
        if not _MOBILE.fullmatch(to):
            raise Refused(NUMBER_WRONG)
        is_code = template == self._account.template_id
        code, minutes = _read_code(texts) if is_code else _read_notice(texts)
        received = self._now().isoformat(timespec="milliseconds")
        return Message(to, code, minutes, template, secrets.token_hex(16), received, tuple(texts))


def _read_code(texts: list[str]) -> tuple[str, int]:
    """A code and its life in minutes."""
    match texts:
        case [code, life] if life.isascii() and life.isdigit():
            return code, int(life[:6])
    raise Refused("160031")


def _read_notice(texts: list[str]) -> tuple[None, None]:
    """What happened, house, dates."""
    if len(texts) != NOTICE_PLACES:
        raise Refused("160031")
    return None, None


def _read_authorization(header: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(header, validate=True).decode("ascii")
    except ValueError:
        raise Refused("111105") from None
    sid, colon, timestamp = decoded.partition(":")
    if not colon or not _TIMESTAMP.fullmatch(timestamp):
        raise Refused("111105")
    return sid, timestamp


def _moment(timestamp: str) -> datetime:
    try:
        return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=CHINA_TIME)
    except ValueError:
        raise Refused("111105") from None


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("160031") from None


def _refusal(code: str) -> web.Response:
    return web.json_response({"statusCode": code, "statusMsg": SENTENCES[code]})


def cut_off(request: web.Request) -> web.Response:
    """Reset the connection: the caller sees RST and never an answer."""
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()  # goes nowhere
