"""Alipay: page and wap pay, notices, refund and query, in the open platform's protocol with RSA2."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from server.payments import rsa2
from server.payments.model import (
    BadNotice,
    Notice,
    ProviderFailed,
    ProviderRefused,
    Trade,
    TradeState,
    fen,
    yuan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from server.payments.model import Checkout, Refund

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 2.0
ANSWER_BYTES = 256 * 1024
CHINA_TIME = timezone(timedelta(hours=8))

PAGE_PAY = "alipay.trade.page.pay"
WAP_PAY = "alipay.trade.wap.pay"
QUERY = "alipay.trade.query"
REFUND = "alipay.trade.refund"
REFUND_QUERY = "alipay.trade.fastpay.refund.query"

DONE = "10000"
REFUSED = "40004"
NOT_THERE = "ACQ.TRADE_NOT_EXIST"
# Refusals of one moment: the same request may be granted later.
PASSING = frozenset(
    {"ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
)
STATES = {
    "WAIT_BUYER_PAY": TradeState.WAITING,
    "TRADE_SUCCESS": TradeState.PAID,
    "TRADE_FINISHED": TradeState.PAID,  # paid, and too old for a refund
    "TRADE_CLOSED": TradeState.CLOSED,
}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class AlipayAccount:
    """Where and as whom we take money; `public_url` is this site, where notices and browsers come back to."""

    gateway_url: str
    app_id: str
    seller_id: str
    private_key: RSAPrivateKey = field(repr=False)
    public_key: RSAPublicKey = field(repr=False)
    public_url: str

    @property
    def notify_url(self) -> str:
        """Where Alipay posts its notices."""
        return f"{self.public_url}/api/v1_0/payments/alipay/notify"

    @property
    def return_url(self) -> str:
        """Where the cashier sends the browser when the money was paid."""
        return f"{self.public_url}/api/v1_0/payments/alipay/return"


class Alipay:
    """The provider. What it answers is believed only with its signature."""

    def __init__(self, http: httpx.AsyncClient, account: AlipayAccount, now: Callable[[], datetime]) -> None:
        self._http = http
        self._account = account
        self._now = now

    def pay_url(self, checkout: Checkout) -> str:
        """The address of the cashier, for a phone or for a desk."""
        back_url = self._account.public_url + checkout.back_path
        method, product, back = (
            (WAP_PAY, "QUICK_WAP_WAY", "quit_url")
            if checkout.mobile
            else (PAGE_PAY, "FAST_INSTANT_TRADE_PAY", "request_from_url")
        )
        content = {
            "out_trade_no": checkout.number,
            "total_amount": yuan(checkout.amount_fen),
            "subject": checkout.subject,
            "product_code": product,
            "timeout_express": f"{checkout.seconds // 60}m",
            back: back_url,
        }
        account = self._account
        urls = {"notify_url": account.notify_url, "return_url": account.return_url}
        return f"{account.gateway_url}?{urlencode(self._signed(method, content, urls))}"

    def read_notice(self, form: Mapping[str, str]) -> Notice:
        """A verified notice to this seller's application. Raises BadNotice."""
        self._check_sender(form)
        state = STATES.get(form.get("trade_status", ""))
        notice_id, number, trade_no = (
            form.get(name, "") for name in ("notify_id", "out_trade_no", "trade_no")
        )
        if state is None or not all(map(_CODE.fullmatch, (number, trade_no))):
            raise BadNotice("malformed")
        if not (notice_id.isascii() and 0 < len(notice_id) <= 128):
            raise BadNotice("malformed")
        try:
            amount_fen = fen(form.get("total_amount", ""))
        except ValueError:
            raise BadNotice("malformed") from None
        return Notice(notice_id, Trade(number, state, trade_no, amount_fen), form["trade_status"])

    def read_return(self, query: Mapping[str, str]) -> str:
        """The payment's number in the address that the cashier sent a browser to. Raises BadNotice."""
        self._check_sender(query)
        return query.get("out_trade_no", "")

    async def query(self, number: str) -> Trade:
        """What Alipay knows about a payment. Raises ProviderFailed, ProviderRefused."""
        try:
            answer = await self._ask(QUERY, {"out_trade_no": number})
        except ProviderRefused as refusal:
            if refusal.reason == NOT_THERE:
                return Trade(number, TradeState.ABSENT)
            raise
        state = STATES.get(answer.get("trade_status", ""))
        trade_no, amount = answer.get("trade_no"), answer.get("total_amount")
        if answer.get("out_trade_no") != number or state is None or not isinstance(trade_no, str):
            raise ProviderFailed("unreadable")
        try:
            return Trade(number, state, trade_no, fen(str(amount)))
        except ValueError:
            raise ProviderFailed("unreadable") from None

    async def refund(self, refund: Refund) -> None:
        """Give money back; the refund's number makes it once. Raises ProviderFailed, ProviderRefused."""
        content = {
            "out_trade_no": refund.payment_number,
            "refund_amount": yuan(refund.amount_fen),
            "out_request_no": refund.number,
        }
        answer = await self._ask(REFUND, content)
        if answer.get("out_trade_no") != refund.payment_number:
            raise ProviderFailed("unreadable")
        if answer.get("fund_change") != "Y":  # no money moved by this request; perhaps by an earlier one
            await self._check_refunded(refund)

    async def _check_refunded(self, refund: Refund) -> None:
        content = {"out_trade_no": refund.payment_number, "out_request_no": refund.number}
        answer = await self._ask(REFUND_QUERY, content)
        if (
            answer.get("refund_status") != "REFUND_SUCCESS"
            or answer.get("out_request_no") != refund.number
            or answer.get("refund_amount") != yuan(refund.amount_fen)
        ):
            raise ProviderFailed("not refunded yet")

    def _check_sender(self, params: Mapping[str, str]) -> None:
        """Signed by Alipay, and for us. Raises BadNotice."""
        if params.get("sign_type") != rsa2.SIGN_TYPE:
            raise BadNotice("signature")
        if not rsa2.are_notice_params_signed(self._account.public_key, params):
            raise BadNotice("signature")
        if params.get("app_id") != self._account.app_id:
            raise BadNotice("foreign application")
        if params.get("seller_id") != self._account.seller_id:
            raise BadNotice("foreign seller")

    def _signed(self, method: str, content: dict[str, str], urls: Mapping[str, str]) -> dict[str, str]:
        """A request's parameters."""
        params = {
            "app_id": self._account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": rsa2.SIGN_TYPE,
            "timestamp": self._now().astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **urls,
        }
        return {**params, "sign": rsa2.sign(self._account.private_key, rsa2.request_content(params))}

    async def _ask(self, method: str, content: dict[str, str]) -> dict[str, Any]:
        """A call's verified, successful answer. Raises ProviderFailed, ProviderRefused."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                status, body = await self._exchange(self._signed(method, content, {}))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise ProviderFailed("bad address") from None
        except (TimeoutError, httpx.TransportError):
            raise ProviderFailed("unreachable") from None
        if status != 200:
            raise ProviderFailed(f"http {status}")
        answer = verified_answer(self._account.public_key, method, body)
        code, reason = answer.get("code"), _reason(answer)
        if code == DONE:
            return answer
        if code == REFUSED and reason not in PASSING:
            raise ProviderRefused(reason)
        raise ProviderFailed(reason)

    async def _exchange(self, params: dict[str, str]) -> tuple[int, bytes]:
        """One request; answers HTTP status and body. A body beyond ANSWER_BYTES is cut, hence unreadable."""
        request = self._http.build_request(
            "POST",
            self._account.gateway_url,
            params={"charset": "utf-8"},  # the body's charset, which Alipay reads from the address
            headers={"Accept-Encoding": "identity"},  # a small answer; no bomb can unfold
            data=params,
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
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


def verified_answer(key: RSAPublicKey, method: str, body: bytes) -> dict[str, Any]:
    """The object that answers the call, if Alipay signed its very characters. Raises ProviderFailed."""
    try:
        text = body.decode("utf-8")
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise ProviderFailed("unreadable") from None
    name = method.replace(".", "_") + "_response"
    if not isinstance(whole, dict) or not isinstance(whole.get(name), dict):
        error = whole.get("error_response") if isinstance(whole, dict) else None
        raise ProviderFailed(_reason(error) if isinstance(error, dict) else "unreadable")
    begin = re.search(rf'"{re.escape(name)}"\s*:\s*', text)
    if begin is None:
        raise ProviderFailed("unreadable")
    # What is returned is parsed from the signed characters, never from the rest.
    answer, end = json.JSONDecoder().raw_decode(text, begin.end())
    if not rsa2.is_signed(key, text[begin.end() : end].encode(), str(whole.get("sign", ""))):
        raise ProviderFailed("signature")
    return answer if isinstance(answer, dict) else {}


def _reason(answer: Mapping[str, Any]) -> str:
    """Alipay's code for a failure, the detailed one where there is one."""
    for name in ("sub_code", "code"):
        code = answer.get(name)
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return "unreadable"
