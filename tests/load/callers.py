"""What simulated people and programs share: accounts, searches, calls whose answers are judged."""

from __future__ import annotations

import itertools
import os
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from locust import FastHttpUser
from locust.exception import StopUser

from tests.load.ledger import Ledger

if TYPE_CHECKING:
    from locust.contrib.fasthttp import FastResponse

API = "/api/v1_0"
FIRST_MOBILE = int(os.environ.get("LOAD_FIRST_MOBILE", "14700000001"))
ACCOUNTS = int(os.environ.get("LOAD_ACCOUNTS", "100"))
PASSWORD = os.environ.get("LOAD_PASSWORD", "seeded-password")
SORTS = ("new", "booking", "price-inc", "price-des")

ledger = Ledger()
_numbers = itertools.count()
dice = random.Random(1)


def a_stay(nights: int = 2) -> tuple[date, date]:
    """Some dates in the next half year."""
    start = date.today() + timedelta(days=dice.randrange(1, 180))  # noqa: DTZ011 - any near day
    return start, start + timedelta(days=nights)


def a_search() -> str:
    """A search that a person would make."""
    start, end = a_stay(dice.randrange(1, 5))
    query: dict[str, object] = {"sd": start, "ed": end, "sk": dice.choice(SORTS)}
    if dice.random() < 0.5:
        query["aid"] = dice.randrange(1, 17)
    if dice.random() < 0.3:
        query["guests"] = dice.randrange(1, 5)
    return f"{API}/houses?{urlencode(query)}"


def fetch(
    user: FastHttpUser, name: str, url: str, expected: tuple[int, ...] = (200,), **more: Any
) -> FastResponse:
    """One request, judged; `name` begins with the method. A redirect is not followed: it may lead elsewhere."""
    method = name.split(" ", maxsplit=1)[0]
    with user.client.request(
        method, url, name=name, catch_response=True, allow_redirects=False, **more
    ) as answer:
        defect = ledger.judge(answer.status_code, expected)
        if defect is None:
            answer.success()
        else:
            answer.failure(f"{defect}: {answer.status_code} {(answer.text or '')[:200]}")
    return answer


class Caller(FastHttpUser):
    """What people and programs share: an account, and calls whose answers are judged."""

    abstract = True
    network_timeout = 20
    connection_timeout = 10

    def on_start(self) -> None:
        """Sign in with a seeded account."""
        self.mobile = str(FIRST_MOBILE + next(_numbers) % ACCOUNTS)
        self.headers: dict[str, str] = {}
        self.houses: list[int] = []
        self.renew_token(self.call("GET", "/session", expected=(200, 401)))
        body = {"mobile": self.mobile, "password": PASSWORD}
        answer = self.call("POST", "/sessions", body, expected=(201,))
        if answer.status_code != 201:
            raise StopUser(f"{self.mobile} cannot sign in: was the site seeded?")
        self.user_id = answer.json()["data"]["user_id"]
        self.renew_token(self.call("GET", "/session"))

    def renew_token(self, answer: FastResponse) -> None:
        """The session's token, for the next writes."""
        for cookie in self.client.cookiejar:
            if cookie.name == "csrf_token":
                self.headers["X-CSRFToken"] = cookie.value or ""
        del answer

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        name: str = "",
        expected: tuple[int, ...] = (200, 304),
    ) -> FastResponse:
        """One call below the API; whatever is not expected is counted as a failure."""
        name = name or path.split("?", maxsplit=1)[0]
        where = path if path.startswith(API) else API + path
        return fetch(self, f"{method} {name}", where, expected, json=body, headers=self.headers)

    def look_around(self) -> int | None:
        """A search with dates; one of the houses it found."""
        answer = self.call("GET", a_search(), name="/houses?dates")
        if answer.status_code == 200:
            self.houses = [one["house_id"] for one in answer.json()["data"]["houses"]] or self.houses
        return dice.choice(self.houses) if self.houses else None

    def book(self, house_id: int, **headers: str) -> Any:
        """Quote and book; the order, or None when somebody else was faster or the rules say no."""
        start, end = a_stay(dice.randrange(1, 4))
        wish = {"house_id": house_id, "start_date": str(start), "end_date": str(end), "guests": 1}
        asked = {name: wish[name] for name in ("start_date", "end_date", "guests")}
        quoted = self.call(
            "POST", f"/houses/{house_id}/quote", asked, name="/houses/N/quote", expected=(200, 409, 422)
        )
        if quoted.status_code != 200:
            ledger.count("no quote for these dates")
            return None
        quote = quoted.json()["data"]
        self.headers |= headers
        placed = self.call(
            "POST", "/orders", {**wish, "quote": quote["quote"]}, expected=(201, 403, 409, 422)
        )
        if placed.status_code != 201:
            ledger.count("taken meanwhile" if placed.status_code == 409 else "refused by the house's rules")
            return None
        ledger.count("booked")
        order = placed.json()["data"]["order"]
        if order["amount"] != quote["total"]:
            ledger.count("wrong prices")
        return order
