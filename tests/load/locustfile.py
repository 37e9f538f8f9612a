"""Load for locust: people with browsers, programs with tokens, and searches that arrive at an open rate.

    locust -f tests/load/locustfile.py --headless --host http://127.0.0.1:8000 -u 50 -r 5 -t 60s

The site must have been seeded (`main.py seed`), and lift its limits by address (`IHOME_RATE_LIMITS=load-test`).
Ends with exit code 1 when something happened that must not: tests.load.ledger has the list.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import gevent
from locust import FastHttpUser, between, constant_throughput, events, task
from locust.exception import StopUser

from tests.load.callers import Caller, a_search, a_stay, dice, fetch, ledger
from tests.load.here import is_here
from tests.load.listening import Listening

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from locust.env import Environment

ARRIVALS = float(os.environ.get("LOAD_ARRIVALS", "5"))
RUN_TIME = "10m"
EVENT_SECONDS = 5.0
DECIDED = (201, 403, 409, 422)  # a booking: made, or refused


@events.init_command_line_parser.add_listener
def end_by_itself(parser: ArgumentParser) -> None:
    """What holds unless the command says otherwise: locust's own are no end, and a page for the whole network."""
    parser.set_defaults(run_time=RUN_TIME, web_host="127.0.0.1")


@events.test_start.add_listener
def stay_at_home(environment: Environment, **_: object) -> None:
    """A load belongs on one's own machine."""
    if not is_here(environment.host or ""):
        raise SystemExit(f"{environment.host} is not this machine. LOAD_ELSEWHERE=yes says that it is yours.")


@events.quitting.add_listener
def judge(environment: Environment, **_: object) -> None:
    """A defect is exit code 1, and so is an exception of this file; a site that says that it is full is no defect."""
    failed = environment.runner is not None and environment.runner.exceptions
    environment.process_exit_code = int(bool(failed) or not ledger.is_clean)


@events.quit.add_listener
def tell(exit_code: int) -> None:
    """Print the ledger, below locust's own tables."""
    del exit_code
    print("\n".join(ledger.lines()))  # noqa: T201 - it is what a person waits for


class Person(Caller):
    """Somebody with a browser: looks around, books, pays, accepts as a host, with the page's websocket open."""

    weight = 4
    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        """Sign in and open the page's websocket."""
        super().on_start()
        self.channel = Listening(self.host, ledger)
        self.listening = gevent.spawn(self.channel.listen, self.cookies)

    def on_stop(self) -> None:
        """Close the page."""
        if hasattr(self, "listening"):
            self.listening.kill()

    @task(3)
    def home(self) -> None:
        """The home page and what it loads."""
        fetch(self, "GET /", "/")
        self.call("GET", "/houses/index")

    @task(5)
    def house(self) -> None:
        """A search, a house, its calendar."""
        house_id = self.look_around()
        if house_id:
            self.call("GET", f"/houses/{house_id}", name="/houses/N")
            self.call("GET", f"/houses/{house_id}/calendar", name="/houses/N/calendar")

    @task(2)
    def booking(self) -> None:
        """Book, hear of it, pay when the host takes everybody."""
        house_id = self.look_around()
        order = self.book(house_id) if house_id else None
        if order is None:
            return
        self.expect_event(order["order_id"])
        if order["status"] == "WAIT_PAYMENT":
            self.pay(order["order_id"])

    @task(1)
    def hosting(self) -> None:
        """Accept what waits."""
        waiting = self.call("GET", "/orders?role=host&status=WAIT_ACCEPT", name="/orders?role=host")
        for order in waiting.json()["data"]["orders"][:3] if waiting.status_code == 200 else ():
            path = f"/orders/{order['order_id']}/status"
            self.call("PUT", path, {"action": "accept"}, name="/orders/N/status", expected=(200, 409))

    def pay(self, order_id: int) -> None:
        """At the sandbox's cashier, without its page."""
        began = self.call(
            "POST", f"/orders/{order_id}/payment", {}, name="/orders/N/payment", expected=(200, 409)
        )
        if began.status_code != 200:
            return
        url = began.json()["data"]["pay_url"]
        if not is_here(url):
            ledger.count("cashier elsewhere")
            return
        cashier = fetch(self, "GET cashier", url, expected=(200, 302))
        if cashier.status_code != 302:
            ledger.count("cashier closed")
            return
        gateway = urlsplit(url)
        number = json.loads(parse_qs(gateway.query)["biz_content"][0])["out_trade_no"]
        pay = f"{gateway.scheme}://{gateway.netloc}/alipay/trades/{number}/pay"
        if fetch(self, "POST cashier", pay, expected=(200, 409), json={}).status_code == 200:
            ledger.count("paid")

    def expect_event(self, order_id: int) -> None:
        """The page must hear of the order by itself."""
        deadline = time.monotonic() + EVENT_SECONDS
        while order_id not in self.channel.told and time.monotonic() < deadline:
            gevent.sleep(0.02)
        ledger.count("events" if order_id in self.channel.told else "late events")

    def cookies(self) -> str:
        """What the browser sends along."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookiejar)


class Program(Caller):
    """A program with a token: conditional reads, and bookings that it sends twice."""

    weight = 1
    wait_time = constant_throughput(2)

    def on_start(self) -> None:
        """Make a token, and forget the browser's session."""
        super().on_start()
        wish = {"name": "load", "scopes": ["read", "orders"], "days": 1}
        made = self.call("POST", "/user/tokens", wish, expected=(201, 409))
        if made.status_code != 201:
            raise StopUser("this account has too many tokens")
        self.token_id = made.json()["data"]["token_id"]
        self.browser = dict(self.headers)
        self.headers = {"Authorization": f"Bearer {made.json()['data']['token']}"}

    def on_stop(self) -> None:
        """Revoke the token."""
        if hasattr(self, "token_id"):
            self.headers = self.browser
            self.call("DELETE", f"/user/tokens/{self.token_id}", name="/user/tokens/N")

    @task(4)
    def read(self) -> None:
        """The same list twice: the second time it has not changed."""
        first = self.call("GET", "/houses", name="/houses")
        self.headers["If-None-Match"] = (first.headers or {}).get("ETag", '""')
        self.call("GET", "/houses", name="/houses if changed")
        del self.headers["If-None-Match"]

    @task(2)
    def search(self) -> None:
        """A search with dates."""
        self.look_around()

    @task(1)
    def order_twice(self) -> None:
        """The same booking with the same key: one order, one answer."""
        house_id = self.look_around()
        if house_id is None:
            return
        start, end = a_stay()
        wish = {"house_id": house_id, "start_date": str(start), "end_date": str(end), "guests": 1}
        self.headers["Idempotency-Key"] = str(uuid.uuid4())
        first, second = (self.call("POST", "/orders", wish, expected=DECIDED) for _ in range(2))
        del self.headers["Idempotency-Key"]
        if first.status_code == 201:
            ledger.count("booked")
            is_same = second.status_code == 201 and second.json()["data"] == first.json()["data"]
            if second.status_code in DECIDED and not is_same:
                ledger.count("different replays")


class Arrivals(FastHttpUser):
    """Searches at LOAD_ARRIVALS a second, however slow the answers are: a thousand do not wait for each other."""

    fixed_count = 1
    concurrency = 1000  # what comes while so many are under way waits, and is counted
    network_timeout = 20
    connection_timeout = 20
    under_way = 0

    @task
    def arrive(self) -> None:
        """One arrival, and the time to the next."""
        gevent.sleep(dice.expovariate(ARRIVALS))
        gevent.spawn(self.search)

    def search(self) -> None:
        """A search of somebody who is not signed in."""
        ledger.count("arrivals held back", int(self.under_way >= self.concurrency))
        self.under_way += 1
        if fetch(self, "GET /houses?dates, open rate", a_search()).status_code == 200:
            ledger.count("open arrivals")
        self.under_way -= 1
