"""The sandbox as Alipay in this process, the product's own client in front of it, and a merchant that hears notices."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from aiohttp import web

from server.local.sandbox.alipay import Gateway
from server.local.sandbox.cashier import Cashier
from server.local.sandbox.couriers import Couriers, Delays, Merchant
from server.local.sandbox.inbox import Inbox
from server.local.sandbox.pages import Pages
from server.local.sandbox.server import listening, sandbox_app
from server.local.sandbox.trades import Trades
from server.payments import rsa2
from server.payments.alipay import Alipay, AlipayAccount
from server.payments.model import Checkout, Refund, RefundStatus
from tests.server.payments.vectors import PKCS8, PUBLIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

APP, SELLER = "2021000000000001", "2088000000000001"
KEY = rsa2.read_private_key(PKCS8)
NUMBER = "20261125000000000001P001"


@dataclass
class Shop:
    """The merchant: what was told, and what it says."""

    notices: list[dict[str, str]] = field(default_factory=list)
    says: str = "success"
    deaf_for: int = 0

    async def notify(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.notices.append(form)
        if len(self.notices) <= self.deaf_for:
            return web.Response(status=503, text="failure")
        return web.Response(text=self.says)

    async def page(self, request: web.Request) -> web.Response:
        """Any page of the shop."""
        return web.Response(text=f"<title>shop</title><h1>{request.path}</h1>", content_type="text/html")

    async def until(self, count: int) -> None:
        """Wait until so many notices came."""
        async with asyncio.timeout(10):
            while len(self.notices) < count:  # noqa: ASYNC110 - a plain list
                await asyncio.sleep(0.01)


@dataclass
class Bank:
    """What a test needs. `late` moves the sandbox's clock."""

    http: httpx.AsyncClient
    shop: Shop
    url: str = ""
    shop_url: str = ""
    late: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime(2026, 11, 25, 12, 0, tzinfo=UTC) + self.late

    @property
    def client(self) -> Alipay:
        """The product's own."""
        return self.client_of()

    def client_of(self, app_id: str = APP, key: rsa2.RSAPrivateKey = KEY) -> Alipay:
        account = AlipayAccount(
            f"{self.url}/gateway.do", app_id, SELLER, key, rsa2.read_public_key(PUBLIC), self.shop_url
        )
        return Alipay(self.http, account, self.now)

    def pay_url(self, number: str = NUMBER, amount_fen: int = 1999, **more: Any) -> str:
        facts = {
            "subject": "爱家租房订单 <1>",
            "seconds": 900,
            "back_path": "/order/7",
            "mobile": False,
            **more,
        }
        return self.client.pay_url(Checkout(number, amount_fen, **facts))

    async def visit(self, number: str = NUMBER, **more: Any) -> str:
        """Open the way to the cashier; answers the cashier's path."""
        answer = await self.http.get(self.pay_url(number, **more))
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def decide(self, path: str, action: str = "pay") -> httpx.Response:
        return await self.http.post(self.url + path, data={"action": action})

    async def paid(self, number: str = NUMBER, **more: Any) -> None:
        assert (await self.decide(await self.visit(number, **more))).status_code == 303

    async def trade(self, number: str = NUMBER) -> dict[str, Any]:
        return (await self.http.get(f"{self.url}/alipay/trades/{number}")).json()

    async def control(self, path: str = "", **wish: Any) -> httpx.Response:
        return await self.http.post(f"{self.url}/alipay/trades/{NUMBER}{path}", json=wish)

    async def refund(self, amount_fen: int = 500, suffix: str = "RC") -> None:
        row = Refund(1, NUMBER + suffix, 1, NUMBER, amount_fen, RefundStatus.QUEUED, None, "t")
        await self.client.refund(row)


@asynccontextmanager
async def bank(
    folder: Path, shop: Shop | None = None, pauses: tuple[float, ...] = (0, 0.05, 0.05), shop_port: int = 0
) -> AsyncIterator[Bank]:
    """A sandbox and a shop on free ports; the trades in `folder`."""
    shop = shop or Shop()
    shop_app = web.Application()
    shop_app.add_routes(
        [web.post("/api/v1_0/payments/alipay/notify", shop.notify), web.get("/{any:.*}", shop.page)]
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        here = Bank(http, shop)
        merchant = Merchant(APP, SELLER, KEY.public_key(), KEY)
        trades = Trades(folder / "alipay")
        couriers = Couriers(merchant, trades, here.now, Delays(pauses))
        parts = (Gateway(merchant, trades, couriers, here.now), Cashier(trades, couriers, here.now))
        pages = Pages(Inbox(folder / "inbox.jsonl"))
        app = sandbox_app([*(route for part in parts for route in part.routes()), *pages.routes()])
        async with (
            listening(shop_app, shop_port) as here.shop_url,
            listening(app, 0) as here.url,
            couriers.working(),
        ):
            yield here


def run_in(folder: Path, scenario: Callable[[Bank], Awaitable[None]], **named: Any) -> None:
    """Run a scenario in a bank of its own."""

    async def running() -> None:
        async with bank(folder, **named) as here:
            await scenario(here)

    asyncio.run(running())


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
