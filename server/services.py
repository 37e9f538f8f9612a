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
from server.areas.service import AreaService
from server.cache import ReadCache
from server.calendars.addresses import Addresses
from server.calendars.balance import Balance
from server.calendars.fetching import SiteFetcher
from server.calendars.readers import Readers
from server.calendars.service import CalendarService
from server.calendars.sources import Sources
from server.calendars.sync import CalendarSync
from server.captcha.service import CaptchaService
from server.clock import SystemClock
from server.db import Database
from server.failpoints import Failpoints
from server.health import HealthService
from server.houses.changes import HouseChanges
from server.houses.service import HouseService
from server.i18n import Catalogue
from server.idempotency.service import IdempotencyService
from server.identities.service import IdentityService
from server.limits import RequestCeiling, SharedLimits
from server.live.board import Board
from server.live.door import Door
from server.live.houses import HouseBoard
from server.live.hub import ResultFeed
from server.live.logins import Logins
from server.live.service import LiveService
from server.media.checkup import Checkup
from server.media.service import MediaService
from server.media.storage import open_storage
from server.metrics import Metrics
from server.nights.changes import NightChanges
from server.nights.service import NightService
from server.notices.service import NoticeService
from server.orders.moves import OrderMoves
from server.orders.service import OrderService
from server.outbox.service import Outbox
from server.outgoing.service import Outgoing, open_client, system_resolver
from server.payments.alipay import Alipay, AlipayAccount
from server.payments.rsa2 import read_private_key, read_public_key
from server.payments.service import PaymentService
from server.photos.service import PhotoService
from server.prices.service import PriceService
from server.quotes.service import QuoteService
from server.redis import open_redis, open_subscriber
from server.sealing import Seal
from server.search.service import SearchService
from server.sms.gateway import YuntongxunAccount, YuntongxunGateway
from server.sms.service import SmsService
from server.tokens.service import TokenService
from server.webhooks.courier import Courier
from server.webhooks.service import WebhookService
from server.workers import PoolSize, Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.media.storage import Storage
    from server.redis import StateRedis
    from server.settings import Settings

LOCALES = Path(__file__).parent / "locales"
# The picture pool waits little: one 40 megapixel picture may need 600 MB while it is decoded.
POOLS: dict[str, int | PoolSize] = {
    "password": 2,
    "picture": PoolSize(2, waiting=8),
    "captcha": 2,
    "calendar": PoolSize(2, waiting=16),
    "publish": 1,
    "storage": 8,
    "names": 8,
    "metrics": PoolSize(1, waiting=4),
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
    cache: ReadCache
    sessions: Sessions
    tokens: TokenService
    captcha: CaptchaService
    sms: SmsService
    accounts: AccountService
    identities: IdentityService
    media: MediaService
    checkup: Checkup
    changes: HouseChanges
    areas: AreaService
    houses: HouseService
    photos: PhotoService
    nights: NightService
    calendars: CalendarService
    calendar_sync: CalendarSync
    calendar_readers: Readers
    prices: PriceService
    quotes: QuoteService
    moves: OrderMoves
    orders: OrderService
    payments: PaymentService
    search: SearchService
    outbox: Outbox
    live: LiveService
    feed: ResultFeed
    board: Board
    door: Door
    houses_followed: HouseBoard
    health: HealthService
    idempotency: IdempotencyService
    notices: NoticeService
    webhooks: WebhookService
    courier: Courier
    failpoints: Failpoints


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Make every part; connections are made when they are first needed. Closes all of them at the end."""
    async with AsyncExitStack() as stack:
        services = _assemble(await _open_ground(settings, stack))
        stack.push_async_callback(services.courier.close)
        stack.push_async_callback(services.calendar_readers.close)
        yield services


@dataclass(frozen=True)
class _Ground:
    """What has connections or threads and must be closed."""

    settings: Settings
    metrics: Metrics
    database: Database
    workers: Workers
    redis: StateRedis
    subscriber: Redis
    cache: ReadCache
    limits: SharedLimits
    http: httpx.AsyncClient
    outgoing: Outgoing

    def seal(self, purpose: str) -> Seal:
        """Keys for one purpose."""
        return Seal(self.settings.secret_key.get_secret_value(), purpose)


async def _open_ground(settings: Settings, stack: AsyncExitStack) -> _Ground:
    metrics = Metrics()
    database = await Database.open(settings.mysql_url, settings.mysql_pool, Failpoints(settings.fail))
    stack.push_async_callback(database.close)
    redis = open_redis(settings.redis_url, settings.redis_prefix)
    cache = open_redis(settings.cache_url, settings.redis_prefix, decode=False)
    subscriber = Redis.from_url(settings.redis_url, decode_responses=True, socket_connect_timeout=1)
    cache_subscriber = open_subscriber(settings.cache_url)
    for client in (redis, cache, subscriber, cache_subscriber):
        stack.push_async_callback(client.aclose, close_connection_pool=True)
    read_cache = ReadCache(cache, cache_subscriber, metrics)
    stack.push_async_callback(read_cache.close)
    http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    workers = Workers(POOLS)
    stack.push_async_callback(workers.close)
    strangers = await stack.enter_async_context(open_client())
    outgoing = Outgoing(strangers, system_resolver(workers), settings.outgoing_private)
    limits = SharedLimits(settings.redis_url, settings.redis_prefix, lifted=settings.lifts_limits)
    stack.push_async_callback(limits.close)
    return _Ground(
        settings, metrics, database, workers, redis, subscriber,
        read_cache, limits, http, outgoing,
    )  # fmt: skip


@dataclass(frozen=True)
class _Shared:
    """What several parts are made of."""

    clock: SystemClock
    sessions: Sessions
    tokens: TokenService
    captcha: CaptchaService
    outbox: Outbox
    live: LiveService
    changes: HouseChanges
    night_changes: NightChanges
    storage: Storage
    media: MediaService
    identities: IdentityService
    quotes: QuoteService
    gateway: YuntongxunGateway
    feed: ResultFeed


def _share(ground: _Ground) -> _Shared:
    settings, database, workers = ground.settings, ground.database, ground.workers
    clock = SystemClock()
    sessions = Sessions(ground.redis, ground.seal("csrf"))
    outbox = Outbox(database)
    live = LiveService(database)
    storage = open_storage(settings.storage.get_secret_value(), workers, ground.http)
    return _Shared(
        clock=clock,
        sessions=sessions,
        tokens=TokenService(database, sessions, ground.seal("token"), live, outbox),
        captcha=CaptchaService(ground.redis, workers),
        outbox=outbox,
        live=live,
        changes=HouseChanges(live, outbox, ground.cache),
        night_changes=NightChanges(live),
        storage=storage,
        media=MediaService(storage, workers, database),
        identities=IdentityService(database, ground.seal("identity")),
        quotes=QuoteService(database, clock, ground.seal("quote")),
        gateway=_sms_gateway(settings, ground.http),
        feed=ResultFeed(ground.redis, ground.subscriber),
    )


def _assemble(ground: _Ground) -> Services:
    settings, database, cache, shared = ground.settings, ground.database, ground.cache, _share(ground)
    clock, outbox, live, changes = shared.clock, shared.outbox, shared.live, shared.changes
    sms = SmsService(database, outbox, shared.gateway, ground.seal("sms"))
    guard, passwords = LoginGuard(ground.redis, lifted=settings.lifts_limits), Passwords(ground.workers)
    doors = Doors(shared.sessions, guard, passwords, shared.captcha, sms)
    logins = Logins(shared.sessions, shared.tokens)
    photos = PhotoService(database, shared.media, changes, outbox)
    nights = NightService(database, shared.night_changes, outbox, clock)
    moves = OrderMoves(live, shared.night_changes, changes)
    addresses, calendar_sync, balance = _calendars(ground, shared)
    hooks_seal = ground.seal("webhook")
    return Services(
        settings=settings, catalogue=Catalogue.load(LOCALES), metrics=ground.metrics,
        database=database, workers=ground.workers, limits=ground.limits, cache=cache,
        sessions=shared.sessions, tokens=shared.tokens, captcha=shared.captcha, sms=sms,
        ceiling=RequestCeiling(lifted=settings.lifts_limits),
        accounts=AccountService(database, doors, shared.media, live, changes),
        identities=shared.identities,
        media=shared.media,
        checkup=Checkup(shared.storage, database),
        changes=changes,
        areas=AreaService(database, cache),
        houses=HouseService(database, cache, changes, shared.identities, photos),
        photos=photos,
        nights=nights,
        calendars=CalendarService(database, addresses, calendar_sync, balance, outbox),
        calendar_sync=calendar_sync,
        calendar_readers=Readers(calendar_sync),
        prices=PriceService(database, changes, clock),
        quotes=shared.quotes,
        moves=moves,
        orders=OrderService(database, moves, shared.quotes, clock),
        payments=PaymentService(database, _alipay(settings, ground.http), moves, live, outbox),
        search=SearchService(database, cache, ground.seal("cursor"), clock),
        outbox=outbox,
        live=live,
        feed=shared.feed,
        board=Board(shared.feed, live, outbox, logins, settings.socket_ceiling),
        door=Door(),
        houses_followed=HouseBoard(shared.feed, nights),
        health=HealthService(database, ground.redis),
        idempotency=IdempotencyService(database, ground.seal("idempotency")),
        notices=NoticeService(database, outbox, shared.gateway, settings.sms_notice_template_id),
        webhooks=WebhookService(database, ground.outgoing, hooks_seal, live, outbox),
        courier=Courier(database, ground.outgoing, hooks_seal, live, clock),
        failpoints=database.failpoints,
    )  # fmt: skip


def _calendars(ground: _Ground, shared: _Shared) -> tuple[Addresses, CalendarSync, Balance]:
    addresses = Addresses(ground.seal("calendar"), ground.outgoing, ground.settings.public_url)
    sources = Sources(addresses, SiteFetcher(ground.outgoing), ground.workers, shared.clock)
    balance = Balance(shared.live, shared.night_changes)
    return addresses, CalendarSync(ground.database, sources, balance, shared.outbox), balance


def _alipay(settings: Settings, http: httpx.AsyncClient) -> Alipay:
    account = AlipayAccount(
        gateway_url=settings.alipay_url,
        app_id=settings.alipay_app_id,
        seller_id=settings.alipay_seller_id,
        private_key=read_private_key(settings.alipay_private_key.get_secret_value()),
        public_key=read_public_key(settings.alipay_public_key),
        public_url=settings.public_url,
    )
    return Alipay(http, account, SystemClock().now)


def _sms_gateway(settings: Settings, http: httpx.AsyncClient) -> YuntongxunGateway:
    account = YuntongxunAccount(
        base_url=settings.sms_url,
        account_sid=settings.sms_account_sid,
        auth_token=settings.sms_auth_token.get_secret_value(),
        app_id=settings.sms_app_id,
        template_id=settings.sms_template_id,
    )
    return YuntongxunGateway(http, account, SystemClock().now)
