"""The played Alipay's cashier for people, and the list and switches of its trades for scripts."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from datetime import datetime
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from server.local.sandbox.pages import FOLDER
from server.local.sandbox.trades import CLOSED, PAID, WAITING, Notifying, Refunding, Trade
from server.payments.model import yuan
from server.payments.rsa2 import new_pair, read_private_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.local.sandbox.couriers import Couriers
    from server.local.sandbox.trades import Trades

CASHIER = "/alipay/cashier/{trade_no}"
TRADE = "/alipay/trades/{number}"
# The cashier is the one page of the sandbox with a form; a paid form ends at the merchant's address.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'{merchants};"
    " frame-ancestors 'none'"
)
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:-]+", re.ASCII)
HEADINGS = {WAITING: "请确认付款", PAID: "付款成功", CLOSED: "交易已关闭"}


class Cashier:
    """Where a guest pays, as one who has enough money."""

    def __init__(self, trades: Trades, couriers: Couriers, now: Callable[[], datetime]) -> None:
        self._trades = trades
        self._couriers = couriers
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves of the cashier."""
        return [
            web.get(CASHIER, self.page),
            web.post(CASHIER, self.decide),
            web.get("/alipay/trades", self.all_trades),
            web.get(TRADE, self.one_trade),
            web.post(TRADE, self.switch),
            web.post(TRADE + "/pay", self.pay_at_once),
            web.post(TRADE + "/notices", self.tell_anything),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """The order, the amount, and two buttons."""
        trade = self._find_trade_no(request)
        minutes = (datetime.fromisoformat(trade.expires_at) - self._now()).total_seconds() / 60
        return _page(trade, trade.look(self._now()), max(1, round(minutes)))

    async def decide(self, request: web.Request) -> web.Response:
        """Pay or leave: the browser goes back to the merchant either way."""
        trade = self._find_trade_no(request)
        form = await request.post()
        if form.get("action") == "pay":
            if not await self._pay(trade):
                return _page(trade, trade.status, 0, status=409)
            return _lead_to(self._return_address(trade))
        return _lead_to(trade.back_url or trade.return_url)

    async def all_trades(self, _request: web.Request) -> web.Response:
        """Every trade, newest first."""
        return web.json_response([self._view(trade) for trade in self._trades.newest_first()])

    async def one_trade(self, request: web.Request) -> web.Response:
        """One trade by the merchant's number."""
        return web.json_response(self._view(self._find(request)))

    async def pay_at_once(self, request: web.Request) -> web.Response:
        """Pay without the page; answers where the browser would go."""
        await _read_json(request)
        trade = self._find(request)
        if not await self._pay(trade):
            return web.json_response({"error": f"the trade is {trade.status}"}, status=409)
        return web.json_response({"return_url": self._return_address(trade)})

    async def switch(self, request: web.Request) -> web.Response:
        """Let the notices or refunds of a trade go wrong, or right again."""
        trade = self._find(request)
        match await _read_json(request):
            case {"notifying": str(word)} if word in set(Notifying):
                trade.notifying = Notifying(word)
            case {"refunding": str(word)} if word in set(Refunding):
                trade.refunding = Refunding(word)
            case _:
                raise web.HTTPUnprocessableEntity(text="notifying or refunding, with one of their words")
        await self._trades.save(trade)
        return web.json_response(self._view(trade))

    async def tell_anything(self, request: web.Request) -> web.Response:
        """Send one notice now, with any parameter changed, signed by Alipay or (`forged`) by somebody else."""
        trade = self._find(request)
        wish = await _read_json(request)
        changes = wish.get("params", {})
        if not isinstance(changes, dict):
            raise web.HTTPUnprocessableEntity(text="params is an object of texts")
        params = self._couriers.notice_params(trade) | {
            str(name): str(value) for name, value in changes.items()
        }
        key = read_private_key(new_pair()[0]) if wish.get("forged") else None
        status, text = await self._couriers.bring(trade.notify_url, self._couriers.signed(params, key))
        return web.json_response({"status": status, "answer": text, "notify_id": params["notify_id"]})

    async def _pay(self, trade: Trade) -> bool:
        if trade.look(self._now()) != WAITING:
            return False
        trade.status, trade.paid_at = PAID, self._now().isoformat()
        await self._trades.save(trade)
        await self._couriers.tell(trade)
        return True

    def _return_address(self, trade: Trade) -> str:
        """The merchant's address with what the browser brings there; it proves no payment."""
        notice = self._couriers.notice_params(trade)
        names = (
            "charset",
            "out_trade_no",
            "total_amount",
            "trade_no",
            "auth_app_id",
            "version",
            "app_id",
            "seller_id",
        )
        params = {name: notice[name] for name in names}
        params |= {"method": f"{trade.method}.return", "timestamp": self._couriers.moment()}
        joint = "&" if urlsplit(trade.return_url).query else "?"
        return trade.return_url + joint + urlencode(self._couriers.signed(params))

    def _view(self, trade: Trade) -> dict[str, Any]:
        trade.look(self._now())
        return asdict(trade)

    def _find(self, request: web.Request) -> Trade:
        trade = self._trades.find(request.match_info["number"])
        if trade is None:
            raise web.HTTPNotFound(text="no such trade: it begins when the cashier is visited")
        return trade

    def _find_trade_no(self, request: web.Request) -> Trade:
        trade = self._trades.find_by_trade_no(request.match_info["trade_no"])
        if trade is None:
            raise web.HTTPNotFound
        return trade


def error_page(code: str, sentence: str) -> web.Response:
    """What a browser sees when the way to the cashier is wrong."""
    return _draw(
        "无法付款", f'<p class="note">{html.escape(sentence)}</p><p><code>{html.escape(code)}</code></p>', 400
    )


def _page(trade: Trade, trade_status: str, minutes: int, status: int = 200) -> web.Response:
    back = html.escape(trade.back_url or trade.return_url)
    decision = f'<p class="note"><a href="{back}">返回商家</a></p>'
    if trade_status == WAITING:
        decision = (
            f'<p class="note">请在 {minutes} 分钟内完成付款。</p><form method="post">'
            '<button name="action" value="pay" class="pay">确认付款</button>'
            '<button name="action" value="cancel" class="leave">取消</button></form>'
        )
    body = (
        f'<p class="amount"><span>¥</span>{yuan(trade.amount_fen)}</p>'
        f"<dl><dt>订单</dt><dd>{html.escape(trade.subject)}</dd><dt>商户订单号</dt><dd>{trade.out_trade_no}</dd>"
        f"<dt>支付宝交易号</dt><dd>{trade.trade_no}</dd></dl>{decision}"
    )
    return _draw(HEADINGS[trade_status], body, status, (trade.return_url, trade.back_url))


def _draw(heading: str, body: str, status: int, merchants: tuple[str, ...] = ()) -> web.Response:
    page = Template((FOLDER / "cashier.html").read_text("utf-8"))
    origins = sorted({match[0] for match in map(_ORIGIN.match, merchants) if match})
    policy = POLICY.format(merchants="".join(f" {origin}" for origin in origins))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy}
    text = page.substitute(heading=html.escape(heading), body=body)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _lead_to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


async def _read_json(request: web.Request) -> dict[str, Any]:
    """The body. Other sites' pages cannot send JSON here without asking, and nobody answers them."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send application/json")
    try:
        value = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="no JSON") from None
    if not isinstance(value, dict):
        raise web.HTTPUnprocessableEntity(text="an object")
    return value
