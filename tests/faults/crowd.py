"""Many people at once on a served site: kept-alive connections, signed notices, and what MySQL says of it all."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

from server.clock import SystemClock
from server.local.state import sandbox_alipay_key
from server.nights.model import today_at
from server.orders.verify import violations
from server.payments import rsa2
from server.payments.model import yuan
from server.services import open_services
from tests.contract import contract
from tests.houses import insert_houses, insert_user, rows
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from server.db import Row
    from server.services import Services
    from server.settings import Settings
    from tests.stack import Stack

JSON = "application/json"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
NOTIFY = f"{API}/payments/alipay/notify"
T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def errno(self) -> str:
        return str(self.json["errno"])

    @property
    def order(self) -> dict[str, Any]:
        return dict(self.data["order"])


class Gone(Exception):
    """The connection ended before the answer: whether anything happened is unknown."""


@dataclass
class Person:
    """Somebody signed in, with one kept-alive connection of their own; requests of one person come one by one."""

    url: str
    user_id: int = 0
    cookie: str = ""
    token: str = ""
    lines: list[asyncio.StreamWriter] = field(default_factory=list)
    _streams: Any = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One call of the API. Raises Gone."""
        content = b"" if body is None else json.dumps(body).encode()
        return await self.call(method, path, content, {"Content-Type": JSON, **headers})

    async def call(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        """One request. Raises Gone."""
        async with self._turn:
            try:
                async with asyncio.timeout(30):
                    reply = await self._exchange(method, path, content, headers)
            except (OSError, EOFError) as error:
                self.hang_up()
                raise Gone from error
        contract().see(method, path, reply.status, reply.headers, reply.body)
        return reply

    async def connect(self) -> None:
        """Open the connection, so that it is there when it counts; again, if the site has ended it."""
        if self._streams is not None and self._streams[0].at_eof():
            self.hang_up()
        if self._streams is None:
            parts = urlsplit(self.url)
            self._streams = await asyncio.open_connection(parts.hostname, parts.port)
            self.lines.append(self._streams[1])

    def hang_up(self) -> None:
        """Leave the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    def twin(self) -> Person:
        """The same session over another connection."""
        return Person(self.url, self.user_id, self.cookie, self.token, self.lines)

    async def place(
        self, house_id: int, first: int, nights: int = 1, key: str | None = None, **more: Any
    ) -> Reply:
        """Book."""
        headers = {"Idempotency-Key": key} if key else {}
        wish = {"house_id": house_id, **stay(first, nights), **more}
        return await self.send("POST", f"{API}/orders", wish, **headers)

    async def act(self, order_id: int, action: str, **more: Any) -> Reply:
        """Accept, reject or cancel."""
        if action == "reject":
            more = {"reason": "那几天要修屋顶", **more}
        return await self.send("PUT", f"{API}/orders/{order_id}/status", {"action": action, **more})

    async def _exchange(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        await self.connect()
        reader, writer = self._streams
        lines = {
            "Host": urlsplit(self.url).netloc,
            "Cookie": self.cookie,
            "X-CSRFToken": self.token,
            "Content-Length": str(len(content)),
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        found = dict(line.lower().split(": ", 1) for line in rest if line)
        body = await reader.readexactly(int(found.get("content-length", 0)))
        return Reply(int(first.split()[1]), found, body)


def stay(first: int, nights: int = 1) -> dict[str, str]:
    """Dates that begin so many days from today, at the houses."""
    start = day(first)
    return {"start_date": start.isoformat(), "end_date": (start + timedelta(days=nights)).isoformat()}


def day(number: int) -> date:
    """So many days from today, at the houses."""
    return today_at(SystemClock().now()) + timedelta(days=number)


@dataclass(frozen=True)
class Crowd:
    """Whoever comes to the site of `stack`; `services` are the product in this process, over the same MySQL."""

    stack: Stack
    services: Services
    url: str
    lines: list[asyncio.StreamWriter] = field(default_factory=list)

    @cached_property
    def _alipay_key(self) -> RSAPrivateKey:
        return rsa2.read_private_key(sandbox_alipay_key(self.stack.folder.root))

    async def stack_start(self, command: str, **more: Any) -> None:
        """Start a part of the site without stopping what else goes on."""
        await asyncio.to_thread(self.stack.start, command, **more)

    async def sign_in(self, user_id: int) -> Person:
        """A person with a session."""
        sessions = self.services.sessions
        session = await sessions.begin(user_id)
        return Person(self.url, user_id, f"ihome_session={session}", sessions.csrf_token(session), self.lines)

    async def people(self, count: int) -> list[Person]:
        """New users, signed in and connected."""
        found = [await self.sign_in(await insert_user(self.services)) for _ in range(count)]
        for person in found:
            await person.connect()
        return found

    async def house_of(self, host: Person, *, instant: bool = False, **changes: Any) -> int:
        """A house that is online, in MySQL alone."""
        (house_id,) = await insert_houses(self.services, host.user_id, [changes])
        await self.sql("UPDATE houses SET instant_booking = %s WHERE id = %s", instant, house_id)
        return house_id

    async def sql(self, statement: str, *arguments: object) -> list[Row]:
        """What MySQL says, or does."""
        return await rows(self.services, statement, *arguments)

    async def order(self, order_id: int) -> Row:
        """An order's row."""
        (row,) = await self.sql("SELECT * FROM orders WHERE id = %s", order_id)
        return row

    async def events(self, order_id: int) -> list[str]:
        """What happened to an order."""
        found = await self.sql(
            "SELECT event FROM order_events WHERE order_id = %s ORDER BY version", order_id
        )
        return [row["event"] for row in found]

    async def refunds(self, order_id: int) -> list[tuple[str, int]]:
        """What goes back of an order: cause and fen."""
        found = await self.sql(
            "SELECT cause, amount_fen FROM refunds WHERE order_id = %s ORDER BY id", order_id
        )
        return [(row["cause"], row["amount_fen"]) for row in found]

    async def hold(self, order_id: int, seconds: int) -> None:
        """Let an order wait for so long from now."""
        await self.sql(
            "UPDATE orders SET expires_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s", seconds, order_id
        )

    async def begin_payment(self, guest: Person, order_id: int) -> tuple[str, int]:
        """Open the way to the cashier; the payment's number and amount in fen."""
        answer = await guest.send("POST", f"{API}/orders/{order_id}/payment", {})
        assert answer.status == 200, answer.body
        (row,) = await self.sql(
            "SELECT number, amount_fen FROM payments WHERE order_id = %s AND status = 'created'", order_id
        )
        return str(row["number"]), int(row["amount_fen"])

    def notice(self, number: str, amount_fen: int, notice_id: str | None = None) -> bytes:
        """That this payment was made, signed as Alipay signs it."""
        settings = self.services.settings
        params = {
            "notify_id": notice_id or secrets.token_hex(16),
            "app_id": settings.alipay_app_id,
            "seller_id": settings.alipay_seller_id,
            "out_trade_no": number,
            "trade_no": f"trade{number}",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": yuan(amount_fen),
        }
        signature = rsa2.sign(self._alipay_key, rsa2.notice_content(params))
        return urlencode({**params, "sign_type": rsa2.SIGN_TYPE, "sign": signature}).encode()

    async def tell(self, notice: bytes) -> str:
        """Bring a notice to the site; what it says. Raises Gone."""
        courier = Person(self.url, lines=self.lines)
        try:
            answer = await courier.call("POST", NOTIFY, notice, {"Content-Type": FORM})
        finally:
            courier.hang_up()
        return answer.body.decode()

    async def double_bookings(self) -> list[Row]:
        """Nights that two live orders have, by their dates or by their rows: there must be none."""
        by_dates = await self.sql(
            "SELECT a.house_id, a.id AS first, b.id AS second FROM orders a JOIN orders b"
            " ON b.house_id = a.house_id AND b.id > a.id"
            " AND b.check_in < a.check_out AND b.check_out > a.check_in"
            " WHERE a.status NOT IN ('CANCELED', 'REJECTED') AND b.status NOT IN ('CANCELED', 'REJECTED')"
        )
        by_rows = await self.sql(
            "SELECT house_id, night, COUNT(*) AS times FROM house_nights GROUP BY house_id, night HAVING times > 1"
        )
        return [*by_dates, *by_rows]

    async def expect_order(self, after_id: int = 0) -> None:
        """The invariants I1 and I2: by the product's own verification, and by a look of ours."""
        assert [str(one) for one in await violations(self.services.database, after_id)] == []
        assert await self.double_bookings() == []


@asynccontextmanager
async def crowd_of(stack: Stack, settings: Settings | None = None, url: str = "") -> AsyncIterator[Crowd]:
    """A crowd at the served process, or at another `url` with other settings."""
    async with open_services(settings or stack.settings) as services:
        crowd = Crowd(stack, services, url or stack.url)
        try:
            yield crowd
        finally:
            for line in crowd.lines:
                line.close()
            await asyncio.gather(*(line.wait_closed() for line in crowd.lines), return_exceptions=True)


async def at_once(*calls: Awaitable[T]) -> list[T]:
    """All of them behind one barrier."""
    barrier = asyncio.Barrier(len(calls))

    async def go(call: Awaitable[T]) -> T:
        await barrier.wait()
        return await call

    return list(await asyncio.gather(*(go(call) for call in calls)))
