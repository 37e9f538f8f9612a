"""Guests who pay at the sandbox's cashier, and what MySQL and the sandbox say of it."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.houses import insert_houses, rows, sign_in_new_host, sign_in_new_user
from tests.visitor import API, Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.stack import Stack
    from tests.visitor import Visitor

NOTIFY = f"{API}/payments/alipay/notify"
PATIENCE_SECONDS = 30
_days = itertools.count(10, 3)


@dataclass
class Booking:
    """One order of a guest with a host, and the sandbox in which it is paid."""

    guest: Visitor
    host: Visitor
    stack: Stack
    house_id: int
    order_id: int

    async def pay_url(self, **headers: str) -> str:
        """Ask for the way to the cashier."""
        answer = await self.begin(**headers)
        assert answer.status == 200, answer.body
        return str(answer.data["pay_url"])

    async def begin(self, visitor: Visitor | None = None, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json", **headers}
        path = f"{API}/orders/{self.order_id}/payment"
        return await (visitor or self.guest).call("POST", path, b"{}", sent)

    async def visit(self) -> str:
        """Open the cashier; answers the payment's number."""
        url = await self.pay_url()
        await self.open(url)
        return number_of(url)

    async def open(self, url: str) -> str:
        answer = await self.fetch(url)
        assert answer.status == 302, answer.body
        return str(answer.headers["Location"])

    async def control(self, number: str, path: str = "", **wish: Any) -> Any:
        """A switch of the sandbox."""
        url = f"{self.stack.sandbox_url}/alipay/trades/{number}{path}"
        answer = await self.fetch(
            url, "POST", json.dumps(wish).encode(), {"Content-Type": "application/json"}
        )
        assert answer.status == 200, answer.body
        return answer.json

    async def trade(self, number: str) -> Any:
        return (await self.fetch(f"{self.stack.sandbox_url}/alipay/trades/{number}")).json

    async def pay(self) -> str:
        """Pay without the page; answers the payment's number."""
        number = await self.visit()
        await self.control(number, "/pay")
        return number

    async def paid(self) -> str:
        """Pay, and wait until the site knows."""
        number = await self.pay()
        await self.until("PAID")
        return number

    async def order(self) -> dict[str, Any]:
        return dict((await self.guest.get(f"{API}/orders/{self.order_id}")).data["order"])

    async def events(self) -> list[str]:
        return [one["event"] for one in (await self.order())["events"]]

    async def until(self, status: str) -> None:
        """Wait for a state of the order."""

        async def there() -> bool:
            return bool((await self.order())["status"] == status)

        await eventually(there)

    async def refunds(self) -> list[tuple[str, int, str]]:
        """Cause, amount and state of what goes back."""
        found = await self.sql(
            "SELECT cause, amount_fen, status FROM refunds WHERE order_id = %s ORDER BY id", self.order_id
        )
        return [(row["cause"], row["amount_fen"], row["status"]) for row in found]

    async def until_refunded(self, *wanted: tuple[str, int, str]) -> None:
        """Wait for these and no other refunds."""

        async def there() -> bool:
            return await self.refunds() == list(wanted)

        await eventually(there)

    async def payments(self) -> list[str]:
        found = await self.sql("SELECT status FROM payments WHERE order_id = %s ORDER BY id", self.order_id)
        return [row["status"] for row in found]

    async def act(self, visitor: Visitor, action: str, **more: str) -> Answer:
        return await visitor.send("PUT", f"{API}/orders/{self.order_id}/status", {"action": action, **more})

    async def hold(self, seconds: int) -> None:
        """Let the order be held for so long from now."""
        statement = "UPDATE orders SET expires_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s"
        await self.sql(statement, seconds, self.order_id)

    async def expire(self) -> None:
        """Let nobody have paid in time."""
        await self.hold(-1)
        await self.guest.services.orders.sweep()
        assert (await self.order())["status"] == "CANCELED"

    async def sql(self, statement: str, *arguments: object) -> list[dict[str, Any]]:
        return await rows(self.guest.services, statement, *arguments)

    async def fetch(
        self, url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """A request to the sandbox."""
        response = await self.guest.client.fetch(
            url, method=method, body=body, headers=headers or {}, follow_redirects=False, raise_error=False
        )
        return Answer(response.code, response.headers, response.body)


async def book(new_visitor: Callable[[], Visitor], stack: Stack) -> Booking:
    """An order of two nights at 100 yuan and a deposit of 50, which waits for its payment."""
    host, guest = new_visitor(), new_visitor()
    host_id = await sign_in_new_host(host)
    await sign_in_new_user(guest)
    services = guest.services
    [house_id] = await insert_houses(services, host_id, [{"price": "100", "deposit": "50"}])
    await rows(services, "UPDATE houses SET instant_booking = TRUE WHERE id = %s", house_id)
    start = date.today() + timedelta(days=next(_days))  # noqa: DTZ011 - far enough from any midnight
    stay = {"start_date": start.isoformat(), "end_date": (start + timedelta(days=2)).isoformat()}
    placed = await guest.send("POST", f"{API}/orders", {"house_id": house_id, **stay, "guests": 1})
    assert placed.status == 201, placed.body
    return Booking(guest, host, stack, house_id, placed.data["order"]["order_id"])


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again, for things that other processes do."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_so():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)


def number_of(pay_url: str) -> str:
    """The payment's number in the way to the cashier."""
    return str(json.loads(query_of(pay_url)["biz_content"])["out_trade_no"])


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


async def tell(visitor: Visitor, form: dict[str, str]) -> Answer:
    """Send a notice as Alipay does: no cookie, no token."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return await visitor.call("POST", NOTIFY, urlencode(form).encode(), headers)
