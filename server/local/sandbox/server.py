"""The sandbox's process: one aiohttp application out of the played platforms, on loopback only."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from server.clock import SystemClock
from server.local.errors import CannotRunHere
from server.local.ports import refuse_taken
from server.local.sandbox.alipay import Gateway
from server.local.sandbox.captchas import Captchas
from server.local.sandbox.cashier import Cashier
from server.local.sandbox.couriers import Couriers, Merchant
from server.local.sandbox.inbox import Inbox
from server.local.sandbox.pages import Pages
from server.local.sandbox.qiniu import Qiniu
from server.local.sandbox.trades import Trades
from server.local.sandbox.yuntongxun import Yuntongxun
from server.local.state import sandbox_alipay_key
from server.media.places import QiniuBucket, parse_place, plain_places
from server.payments.rsa2 import read_private_key
from server.redis import open_redis
from server.sms.gateway import YuntongxunAccount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from aiohttp.typedefs import Handler

    from server.settings import Settings

LOOPBACK = "127.0.0.1"
BODY_BYTES = 64 * 1024
SHUTDOWN_SECONDS = 0.5
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def serve_sandbox(settings: Settings) -> None:
    """Play the outside world of one site until SIGTERM or SIGINT. A taken port ends it with a sentence."""
    try:
        refuse_taken(LOOPBACK, {"IHOME_SANDBOX_PORT": settings.sandbox_port})
    except CannotRunHere as error:
        raise SystemExit(str(error)) from None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inbox = Inbox(settings.state / "sandbox" / "inbox.jsonl")
    now = SystemClock().now
    merchant, trades = _merchant(settings), Trades(settings.state / "sandbox" / "alipay")
    couriers = Couriers(merchant, trades, now)
    async with (
        open_redis(settings.redis_url, settings.redis_prefix, connections=4) as redis,
        couriers.working(),
    ):
        routes = [
            *_yuntongxun(settings, inbox).routes(),
            *Gateway(merchant, trades, couriers, now).routes(),
            *Cashier(trades, couriers, now).routes(),
            *Captchas(redis).routes(),
            *Pages(inbox).routes(),
            *(route for qiniu in _qiniu(settings) for route in qiniu.routes()),
        ]
        app = sandbox_app(routes)
        async with listening(app, settings.sandbox_port) as url:
            structlog.get_logger().info("sandbox ready", url=url)
            await stop.wait()


def sandbox_app(routes: Iterable[web.RouteDef]) -> web.Application:
    """An application of these routes, with the habits that all of them share."""
    app = web.Application(middlewares=[_guard], client_max_size=BODY_BYTES)
    app.on_response_prepare.append(_add_security_headers)
    app.add_routes(routes)
    return app


@asynccontextmanager
async def listening(app: web.Application, port: int) -> AsyncIterator[str]:
    """Serve on loopback; port 0 takes any free one. Yields the base URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _yuntongxun(settings: Settings, inbox: Inbox) -> Yuntongxun:
    account = YuntongxunAccount(
        base_url=settings.sms_url,
        account_sid=settings.sms_account_sid,
        auth_token=settings.sms_auth_token.get_secret_value(),
        app_id=settings.sms_app_id,
        template_id=settings.sms_template_id,
    )
    notices = settings.sms_notice_template_id
    return Yuntongxun(account, inbox, SystemClock().now, notice_template_id=notices)


def _merchant(settings: Settings) -> Merchant:
    """The site as Alipay knows it."""
    return Merchant(
        app_id=settings.alipay_app_id,
        seller_id=settings.alipay_seller_id,
        public_key=read_private_key(settings.alipay_private_key.get_secret_value()).public_key(),
        signing_key=read_private_key(sandbox_alipay_key(settings.state)),
    )


def _qiniu(settings: Settings) -> list[Qiniu]:
    """Qiniu, when IHOME_STORAGE names a bucket of it at the sandbox's port."""
    places = plain_places(parse_place(settings.storage.get_secret_value()))
    folder = settings.state / "sandbox" / "qiniu"
    return [
        Qiniu(one, folder / one.name, SystemClock().now)
        for one in places
        if isinstance(one, QiniuBucket) and urlsplit(one.host).port == settings.sandbox_port
    ]


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only those who asked for this machine by name: a foreign site may point its own name here."""
    if not _is_loopback(request.url.host):
        raise web.HTTPForbidden(text="The sandbox answers to localhost and 127.0.0.1 only.")
    return await handler(request)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


async def _add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)  # the cashier has a policy of its own
