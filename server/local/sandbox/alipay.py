"""Plays Alipay's gateway for one application: page and wap pay, query, refund, signed and refused as there."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from server.local.sandbox.cashier import error_page
from server.local.sandbox.trades import CLOSED, PAID, WAITING, Notifying, Refunding, Trade, new_trade_no
from server.local.sandbox.yuntongxun import cut_off
from server.payments import rsa2
from server.payments.alipay import PAGE_PAY, QUERY, REFUND, REFUND_QUERY, WAP_PAY
from server.payments.model import fen, yuan
from server.seed.lives import is_seeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.local.sandbox.couriers import Couriers, Merchant
    from server.local.sandbox.trades import Trades

PATH = "/gateway.do"
PRODUCTS = {PAGE_PAY: "FAST_INSTANT_TRADE_PAY", WAP_PAY: "QUICK_WAP_WAY"}
BACK_NAMES = {PAGE_PAY: "request_from_url", WAP_PAY: "quit_url"}
LONGEST = timedelta(days=15)
# What Alipay says beside its codes; sentences and the gateway's own codes (isv.…) are from memory of its documents.
SENTENCES = {
    "isv.invalid-app-id": "无效的AppID参数",
    "isv.invalid-signature": "验签出错",
    "isv.invalid-method": "不存在的方法名",
    "isv.invalid-timestamp": "非法的时间戳参数",
    "ACQ.INVALID_PARAMETER": "参数无效",
    "ACQ.CONTEXT_INCONSISTENT": "交易信息被篡改",
    "ACQ.TRADE_HAS_SUCCESS": "交易已被支付",
    "ACQ.TRADE_HAS_CLOSE": "交易已经关闭",
    "ACQ.TRADE_NOT_EXIST": "交易不存在",
    "ACQ.TRADE_STATUS_ERROR": "交易状态不合法",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "退款金额超限",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "不一致的请求",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": "卖家余额不足",
}
_NUMBER = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_TIMEOUT = re.compile(r"([1-9]\d{0,4})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Refused(Exception):
    """Alipay does not do it; `code` is the detailed one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gateway:
    """The one address of the open platform."""

    def __init__(
        self, merchant: Merchant, trades: Trades, couriers: Couriers, now: Callable[[], datetime]
    ) -> None:
        self._merchant = merchant
        self._trades = trades
        self._couriers = couriers
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves for this platform."""
        return [web.get(PATH, self.gateway), web.post(PATH, self.gateway)]

    async def gateway(self, request: web.Request) -> web.StreamResponse:
        """Any call. Ways to the cashier answer browsers, the others programs."""
        form = await request.post()
        params = {name: str(value) for name, value in (*request.query.items(), *form.items())}
        method = params.get("method", "")
        try:
            self._check_caller(params)
            content = _read_content(params.get("biz_content", ""))
            if method in PRODUCTS:
                return await self._open(method, content, params)
            return await self._answer(request, method, content)
        except Refused as refused:
            if method in PRODUCTS:
                return error_page(refused.code, SENTENCES[refused.code])
            return self._refusal(method, refused.code)

    def _check_caller(self, params: dict[str, str]) -> None:
        if params.get("app_id") != self._merchant.app_id:
            raise Refused("isv.invalid-app-id")
        content = rsa2.request_content(params)
        is_signed = rsa2.is_signed(self._merchant.public_key, content, params.get("sign", ""))
        if params.get("sign_type") != rsa2.SIGN_TYPE or not is_signed:
            raise Refused("isv.invalid-signature")
        try:
            datetime.strptime(params.get("timestamp", ""), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - only looked at
        except ValueError:
            raise Refused("isv.invalid-timestamp") from None

    async def _open(self, method: str, content: dict[str, Any], params: dict[str, str]) -> web.StreamResponse:
        """The way to the cashier; the trade begins with the first visit."""
        wanted = self._read_trade(method, content, params)
        trade = self._trades.find(wanted.out_trade_no)
        if trade is None:
            trade = wanted
        status = trade.look(self._now())
        if status != WAITING:
            raise Refused("ACQ.TRADE_HAS_CLOSE" if status == CLOSED else "ACQ.TRADE_HAS_SUCCESS")
        if (trade.amount_fen, trade.subject) != (wanted.amount_fen, wanted.subject):
            raise Refused("ACQ.CONTEXT_INCONSISTENT")
        trade.notify_url, trade.return_url, trade.back_url = (
            wanted.notify_url,
            wanted.return_url,
            wanted.back_url,
        )
        await self._trades.save(trade)
        return web.Response(status=302, headers={"Location": f"/alipay/cashier/{trade.trade_no}"})

    def _read_trade(self, method: str, content: dict[str, Any], params: dict[str, str]) -> Trade:
        number, subject, amount = (
            str(content.get(name, "")) for name in ("out_trade_no", "subject", "total_amount")
        )
        if content.get("product_code") != PRODUCTS[method] or not _NUMBER.fullmatch(number) or not subject:
            raise Refused("ACQ.INVALID_PARAMETER")
        now = self._now()
        return Trade(
            trade_no=new_trade_no(now),
            out_trade_no=number,
            subject=subject[:256],
            amount_fen=_amount(amount),
            method=method,
            created_at=now.isoformat(),
            expires_at=(now + _timeout(str(content.get("timeout_express", "15d")))).isoformat(),
            notify_url=params.get("notify_url", ""),
            return_url=params.get("return_url", ""),
            back_url=str(content.get(BACK_NAMES[method], "")),
        )

    async def _answer(self, request: web.Request, method: str, content: dict[str, Any]) -> web.StreamResponse:
        if method not in {QUERY, REFUND, REFUND_QUERY}:
            raise Refused("isv.invalid-method")
        trade = self._trades.find(str(content.get("out_trade_no", ""))) or self._seeded(method, content)
        if trade is None:
            raise Refused("ACQ.TRADE_NOT_EXIST")
        trade.look(self._now())
        if method == QUERY:
            return self._success(
                method, _about(trade, trade_status=trade.status, total_amount=yuan(trade.amount_fen))
            )
        if trade.refunding is Refunding.DOWN:
            return web.Response(status=503, text="<h1>503 Service Unavailable</h1>", content_type="text/html")
        number = str(content.get("out_request_no", ""))
        if method == REFUND_QUERY:
            return self._success(method, _about_refund(trade, number))
        if trade.refunding is Refunding.POOR:
            raise Refused("ACQ.SELLER_BALANCE_NOT_ENOUGH")
        moved = await self._refund(trade, number, _amount(str(content.get("refund_amount", ""))))
        if trade.refunding is Refunding.SILENT:
            return cut_off(request)
        sums = {"fund_change": "Y" if moved else "N", "refund_fee": yuan(trade.refunded_fen)}
        return self._success(method, _about(trade, **sums))

    def _seeded(self, method: str, content: dict[str, Any]) -> Trade | None:
        """The payment of an invented order, which nobody made here: what is to go back of it was paid."""
        number, now = str(content.get("out_trade_no", "")), self._now()
        if method != REFUND or not is_seeded(number):
            return None
        return Trade(
            new_trade_no(now), number, "演示订单", _amount(str(content.get("refund_amount", ""))), PAGE_PAY,
            now.isoformat(), now.isoformat(), notify_url="", return_url="", back_url="", status=PAID,
            paid_at=now.isoformat(), notifying=Notifying.OFF,
        )  # fmt: skip

    async def _refund(self, trade: Trade, number: str, amount_fen: int) -> bool:
        """Whether money moved; the same request again moves none."""
        if not _NUMBER.fullmatch(number):
            raise Refused("ACQ.INVALID_PARAMETER")
        if number in trade.refunds:
            if trade.refunds[number] != amount_fen:
                raise Refused("ACQ.DISCORDANT_REPEAT_REQUEST")
            return False
        if trade.status != PAID:
            raise Refused("ACQ.TRADE_HAS_CLOSE" if trade.status == CLOSED else "ACQ.TRADE_STATUS_ERROR")
        if trade.refunded_fen + amount_fen > trade.amount_fen:
            raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        trade.refunds[number] = amount_fen
        if trade.refunded_fen == trade.amount_fen:
            trade.status = CLOSED
        await self._trades.save(trade)
        more = {
            "refund_fee": yuan(trade.refunded_fen),
            "gmt_refund": self._couriers.moment(),
            "out_biz_no": number,
        }
        await self._couriers.tell(trade, **more)
        return True

    def _success(self, method: str, answer: dict[str, str]) -> web.Response:
        return self._sign_answer(method, {"code": "10000", "msg": "Success", **answer})

    def _refusal(self, method: str, code: str) -> web.Response:
        """The platform's own refusals are not signed: it does not know for whom."""
        is_business = code.startswith("ACQ.")
        answer = {
            "code": "40004" if is_business else "40002",
            "msg": "Business Failed" if is_business else "Invalid Arguments",
            "sub_code": code,
            "sub_msg": SENTENCES[code],
        }
        if not is_business:
            return web.json_response({"error_response": answer})
        return self._sign_answer(method, answer)

    def _sign_answer(self, method: str, answer: dict[str, str]) -> web.Response:
        """The very characters of the answer are signed."""
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        signature = rsa2.sign(self._merchant.signing_key, text.encode())
        name = method.replace(".", "_") + "_response"
        return web.json_response(text=f'{{"{name}":{text},"sign":"{signature}"}}')


def _about(trade: Trade, **more: str) -> dict[str, str]:
    return {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.trade_no,
        "buyer_logon_id": "gue***@sandbox",
        **more,
    }


def _about_refund(trade: Trade, number: str) -> dict[str, str]:
    """One refund; without a status when there is none of that number."""
    if number not in trade.refunds:
        return {}
    answer = _about(trade, out_request_no=number, total_amount=yuan(trade.amount_fen))
    return {**answer, "refund_amount": yuan(trade.refunds[number]), "refund_status": "REFUND_SUCCESS"}


def _read_content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("ACQ.INVALID_PARAMETER") from None
    if not isinstance(content, dict):
        raise Refused("ACQ.INVALID_PARAMETER")
    return content


def _amount(text: str) -> int:
    """Yuan with two decimals at most, and more than nothing."""
    try:
        amount_fen = fen(text)
    except ValueError:
        raise Refused("ACQ.INVALID_PARAMETER") from None
    if amount_fen <= 0:
        raise Refused("ACQ.INVALID_PARAMETER")
    return amount_fen


def _timeout(text: str) -> timedelta:
    """Minutes, hours or days: 15m."""
    match = _TIMEOUT.fullmatch(text)
    wait = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < wait <= LONGEST:
        raise Refused("ACQ.INVALID_PARAMETER")
    return wait
