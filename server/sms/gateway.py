"""The SMS platform: what the product asks of one, and 云通讯's TemplateSMS protocol."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from server.sms.model import FailureReason, SmsFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOTAL_SECONDS = 8.0
TRY_SECONDS = 5.0
CONNECT_SECONDS = 2.0
TRIES = 3
ANSWER_BYTES = 64 * 1024
CHINA_TIME = timezone(timedelta(hours=8))

ACCEPTED = "000000"
BUSY_CODES = frozenset({"172001", *(str(code) for code in range(160000, 160011))})
NOT_SENT_CODE = "160050"
LIMIT_CODES = frozenset({"160038", "160039", "160040", "160041"})
NUMBER_CODES = frozenset({"160042", "112300", "112306"})
CONFIG_CODES = frozenset({"160031", "160032", "160036", "160043"})
CONFIG_PREFIXES = ("111", "112")
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class SmsGateway(Protocol):
    """A platform that carries codes and notices to phones."""

    async def send_code(self, mobile: str, code: str, minutes: int) -> str:
        """Send one message; answers the platform's message id once it was accepted. Raises SmsFailed."""
        ...

    async def send(self, mobile: str, template_id: str, texts: Sequence[str]) -> str:
        """Send one message: a template whose places are filled with these texts. As `send_code`."""
        ...


@dataclass(frozen=True)
class YuntongxunAccount:
    """Where and as whom messages are sent; the places of `template_id` are the code and its life in minutes."""

    base_url: str
    account_sid: str
    auth_token: str = field(repr=False)
    app_id: str
    template_id: str


class TryAgain(SmsFailed):
    """This try surely sent nothing; another may succeed."""


class _Flight:
    """Whether a request may be on its way without an answer. In doubt it is."""

    def __init__(self) -> None:
        self.took_off = False

    async def trace(self, event: str, _details: dict[str, Any]) -> None:
        """Follow httpcore's progress: connecting sends nothing yet, the first header may be the message."""
        if event == "connection.connect_tcp.started":
            self.took_off = False
        elif event.endswith("send_request_headers.started"):
            self.took_off = True

    @property
    def reason_for_silence(self) -> FailureReason:
        """What to say when no answer came."""
        return FailureReason.NO_REPLY if self.took_off else FailureReason.UNREACHABLE


class YuntongxunGateway:
    """云通讯 TemplateSMS. What may have been accepted is never sent again: the reason is then no_reply."""

    def __init__(
        self, http: httpx.AsyncClient, account: YuntongxunAccount, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._account = account
        self._now = now
        self._log = structlog.get_logger()

    async def send_code(self, mobile: str, code: str, minutes: int) -> str:
        """Send the account's template for codes, as `send` does."""
        return await self.send(mobile, self._account.template_id, (code, str(minutes)))

    async def send(self, mobile: str, template_id: str, texts: Sequence[str]) -> str:
        """Send one message within TOTAL_SECONDS; answers the platform's message id. Raises SmsFailed."""
        content = {"to": mobile, "appId": self._account.app_id, "templateId": template_id, "datas": [*texts]}
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(multiplier=0.2, max=1.0, jitter=0.2),
            reraise=True,
        )
        flight = _Flight()
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                message_sid: str = await retrying(self._try, flight, content)
        except TimeoutError:
            raise self._failed(flight.reason_for_silence) from None
        except SmsFailed as error:
            raise self._failed(error.reason) from None
        self._log.info("sms accepted", message_sid=message_sid)
        return message_sid

    def _failed(self, reason: FailureReason) -> SmsFailed:
        self._log.warning("sms failed", reason=reason.value)
        return SmsFailed(reason)

    async def _try(self, flight: _Flight, content: dict[str, Any]) -> str:
        flight.took_off = True
        try:
            async with asyncio.timeout(TRY_SECONDS):
                status, body = await self._exchange(flight, content)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SmsFailed(FailureReason.BAD_CONFIG) from None
        except NEVER_SENT:
            raise TryAgain(FailureReason.UNREACHABLE) from None
        except (TimeoutError, httpx.TransportError):
            silence = SmsFailed if flight.took_off else TryAgain
            raise silence(flight.reason_for_silence) from None
        flight.took_off = False
        return read_answer(status, body)

    async def _exchange(self, flight: _Flight, content: dict[str, Any]) -> tuple[int, bytes]:
        """One request; answers HTTP status and body. A body beyond ANSWER_BYTES is cut, hence unreadable."""
        account = self._account
        timestamp = china_timestamp(self._now())
        request = self._http.build_request(
            "POST",
            f"{account.base_url}/2013-12-26/Accounts/{account.account_sid}/SMS/TemplateSMS",
            params={"sig": signature(account.account_sid, account.auth_token, timestamp)},
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # a small answer; no bomb can unfold
                "Authorization": authorization(account.account_sid, timestamp),
                "Connection": "close",  # a kept connection that died would look like a lost answer
                "Content-Type": "application/json;charset=utf-8",
            },
            content=json.dumps(content),
            timeout=httpx.Timeout(TRY_SECONDS, connect=CONNECT_SECONDS),
            extensions={"trace": flight.trace},
        )
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            body = b""
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > ANSWER_BYTES:
                    break
        finally:
            await response.aclose()
        return response.status_code, body


def china_timestamp(moment: datetime) -> str:
    """The protocol's `ts`: %Y%m%d%H%M%S in China time. `moment` is aware."""
    return moment.astimezone(CHINA_TIME).strftime("%Y%m%d%H%M%S")


def signature(account_sid: str, auth_token: str, timestamp: str) -> str:
    """The protocol's `sig`: upper-case hex MD5 of sid, token and timestamp; the platform prescribes MD5."""
    joined = f"{account_sid}{auth_token}{timestamp}".encode()
    return hashlib.md5(joined, usedforsecurity=False).hexdigest().upper()


def authorization(account_sid: str, timestamp: str) -> str:
    """The protocol's Authorization header: base64 of `sid:ts`, without a scheme word."""
    return base64.b64encode(f"{account_sid}:{timestamp}".encode()).decode("ascii")


def read_answer(status: int, body: bytes) -> str:
    """The id of an accepted message, perhaps empty. Raises SmsFailed, or TryAgain when surely not sent."""
    if status == 504:  # a gateway's patience ended: the platform behind it may have accepted
        raise SmsFailed(FailureReason.NO_REPLY)
    if status >= 500:
        raise TryAgain(FailureReason.UNREACHABLE)
    answer = _parse(body)
    code = answer.get("statusCode")
    if not isinstance(code, str):
        raise SmsFailed(_reason_for_status(status))
    if code != ACCEPTED:
        raise _refusal(code)
    receipt = answer.get("templateSMS")
    message_sid = receipt.get("smsMessageSid") if isinstance(receipt, dict) else None
    return message_sid if isinstance(message_sid, str) else ""


def _parse(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _reason_for_status(status: int) -> FailureReason:
    """For an answer without a code of the platform. An unreadable success may have been one."""
    if status < 300:
        return FailureReason.NO_REPLY
    if status < 400 or status in {401, 403, 404}:
        return FailureReason.BAD_CONFIG
    return FailureReason.REFUSED


def _refusal(code: str) -> SmsFailed:
    if code in BUSY_CODES:
        return TryAgain(FailureReason.UNREACHABLE)
    if code == NOT_SENT_CODE:
        return TryAgain(FailureReason.REFUSED)
    if code in LIMIT_CODES:
        return SmsFailed(FailureReason.PROVIDER_LIMIT)
    if code in NUMBER_CODES:
        return SmsFailed(FailureReason.BAD_NUMBER)
    if code in CONFIG_CODES or code.startswith(CONFIG_PREFIXES):
        return SmsFailed(FailureReason.BAD_CONFIG)
    return SmsFailed(FailureReason.REFUSED)
