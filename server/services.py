"""The product's parts, put together: the only place that makes clients, pools and gateways."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from redis.asyncio import Redis

from server.accounts.guard import LoginGuard
from server.accounts.passwords import Passwords
from server.accounts.service import AccountService, Doors
from server.accounts.sessions import Sessions
from server.captcha.service import CaptchaService
from server.clock import SystemClock
from server.db import Database
from server.health import HealthService
from server.i18n import Catalogue
from server.identities.service import IdentityService
from server.limits import RequestCeiling, SharedLimits
from server.live.board import Board
from server.live.hub import ResultFeed
from server.live.service import LiveService
from server.media.service import MediaService
from server.media.storage import open_storage
from server.metrics import Metrics
from server.outbox.service import Outbox
from server.redis import open_redis
from server.sealing import Seal
from server.sms.gateway import YuntongxunAccount, YuntongxunGateway
from server.sms.service import SmsService
from server.workers import PoolSize, Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

LOCALES = Path(__file__).parent / "locales"
# The picture pool waits little: one 40 megapixel picture may need 600 MB while it is decoded.
POOLS: dict[str, int | PoolSize] = {
    "password": 2,
    "picture": PoolSize(2, waiting=8),
    "captcha": 2,
    "publish": 1,
}


@dataclass(frozen=True)
class Services:
    """Everything a handler or task may call."""

    settings: Settings
    catalogue: Catalogue
    metrics: Metrics
    database: Database
    workers: Workers
    ceiling: RequestCeiling
    limits: SharedLimits
    sessions: Sessions
    captcha: CaptchaService
    sms: SmsService
    accounts: AccountService
    identities: IdentityService
    media: MediaService
    outbox: Outbox
    live: LiveService
    feed: ResultFeed
    board: Board
    health: HealthService


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Make every part; connections are made when they are first needed. Closes all of them at the end."""
    async with AsyncExitStack() as stack:
        secret = settings.secret_key.get_secret_value()
        lifted = settings.rate_limits == "load-test"
        database = await Database.open(settings.mysql_url, settings.mysql_pool)
        stack.push_async_callback(database.close)
        redis = open_redis(settings.redis_url, settings.redis_prefix)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        subscriber = Redis.from_url(settings.redis_url, decode_responses=True, socket_connect_timeout=1)
        stack.push_async_callback(subscriber.aclose, close_connection_pool=True)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        workers = Workers(POOLS)
        stack.push_async_callback(workers.close)

        limits = SharedLimits(settings.redis_url, settings.redis_prefix, lifted=lifted)
        stack.push_async_callback(limits.close)

        sessions = Sessions(redis, Seal(secret, "csrf"))
        captcha = CaptchaService(redis, workers)
        outbox = Outbox(database)
        live = LiveService(database)
        media = MediaService(open_storage(settings.storage), workers, database)
        sms = SmsService(database, outbox, _sms_gateway(settings, http), Seal(secret, "sms"))
        doors = Doors(sessions, LoginGuard(redis), Passwords(workers), captcha, sms)
        feed = ResultFeed(redis, subscriber)
        yield Services(
            settings=settings,
            catalogue=Catalogue.load(LOCALES),
            metrics=Metrics(),
            database=database,
            workers=workers,
            ceiling=RequestCeiling(lifted=lifted),
            limits=limits,
            sessions=sessions,
            captcha=captcha,
            sms=sms,
            accounts=AccountService(database, doors, media, live, outbox),
            identities=IdentityService(database, Seal(secret, "identity")),
            media=media,
            outbox=outbox,
            live=live,
            feed=feed,
            board=Board(feed, live, outbox, sessions, settings.sockets_per_ip),
            health=HealthService(database, redis),
        )


def _sms_gateway(settings: Settings, http: httpx.AsyncClient) -> YuntongxunGateway:
    account = YuntongxunAccount(
        base_url=settings.sms_url,
        account_sid=settings.sms_account_sid,
        auth_token=settings.sms_auth_token.get_secret_value(),
        app_id=settings.sms_app_id,
        template_id=settings.sms_template_id,
    )
    return YuntongxunGateway(http, account, SystemClock().now)
