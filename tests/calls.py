"""Every call of the API, each with a request that succeeds, for tests that vary it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from handlers.routes import API, CALLS
from handlers.security import METHODS, allowed_methods
from server.identities.model import check_digit
from tests.bookings import Booked
from tests.houses import (
    FIELDS,
    add_picture,
    png,
    publish,
    publish_online,
    sign_in_new_user,
    upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.services import Services
    from tests.visitor import Answer, Visitor

TODAY = date.today()  # noqa: DTZ011 - the stays below are far enough from any midnight
STAY = {
    "start_date": (TODAY + timedelta(days=100)).isoformat(),
    "end_date": (TODAY + timedelta(days=103)).isoformat(),
}
ACCOUNT = {
    "mobile": "13912345678",
    "sms_code": "123456",
    "password": "long enough",
    "password2": "long enough",
}
CAPTCHA = {"image_code_id": "11111111-2222-4333-8444-555555555555", "image_code": "abcd"}
PRICES = {
    "weekend_price": "300",
    "weekly_percent": 5,
    "monthly_percent": 10,
    "cleaning_fee": "50",
    "instant": False,
    "cancellation": "moderate",
    "wants_verified": False,
    "special": [{**STAY, "price": "400"}],
    "version": None,
}
# Where nobody listens: in local mode addresses of this machine are allowed.
HOOK, FEED = "http://127.0.0.1:9/hook", "http://127.0.0.1:9/calendar.ics"
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nEND:VCALENDAR\r\n"
SEARCH = {
    "aid": "2",
    "sd": STAY["start_date"],
    "ed": STAY["end_date"],
    "sk": "price-inc",
    "p": "1",
    "price_min": "1",
    "price_max": "900.50",
    "rooms": "1",
    "guests": "2",
    "facility": "1,7",
    "q": "后海",
}


@dataclass(frozen=True)
class Call:
    """A method and a path, with a request that succeeds; `{names}` in the path are a scene's.

    `file` is the form's field with a file, `body` then what else is in the form. Without a status the success has
    tests of its own: it needs a captcha, a code by SMS or a provider's signature.
    """

    method: str
    path: str
    status: int | None = 200
    who: str = field(default="host", kw_only=True)
    body: dict[str, Any] | None = field(default=None, kw_only=True)
    file: str | None = field(default=None, kw_only=True)
    query: dict[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def content(self) -> bytes:
        """The file."""
        return CALENDAR if self.file == "calendar" else png()


# In an order in which each of them succeeds on one scene.
REQUESTS = [
    Call("GET", "/image_codes/{page}"),
    Call("POST", "/sms_codes", None, body={"mobile": ACCOUNT["mobile"], "purpose": "register", **CAPTCHA}),
    Call("GET", "/tasks/{task}", query={"wait": "0", "seen": "unknown"}),
    Call("POST", "/users", None, body=ACCOUNT),
    Call("PUT", "/users/password", None, body=ACCOUNT),
    Call("PUT", "/users/name", who="guest", body={"name": "{name}"}),
    Call("POST", "/users/avatar", file="avatar"),
    Call("POST", "/users/auth", 201, who="guest", body={"real_name": "张小明", "id_card": "{id_card}"}),
    Call("GET", "/users/auth", who="guest"),
    Call("GET", "/user"),
    Call("GET", "/user/tokens"),
    Call("POST", "/user/tokens", 201, body={"name": "robot", "scopes": ["read"], "days": 30}),
    Call("DELETE", "/user/tokens/{token}"),
    Call("GET", "/user/webhooks"),
    Call("POST", "/user/webhooks", 201, body={"url": HOOK, "events": ["place", "pay"]}),
    Call("PUT", "/user/webhooks/{hook}", body={"url": HOOK, "events": ["place"], "enabled": True}),
    Call("POST", "/user/webhooks/{hook}/secret", 201),
    Call("POST", "/user/webhooks/{hook}/ping", 201),
    Call("GET", "/user/webhooks/{hook}/deliveries", query={"cursor": "999999999"}),
    Call("POST", "/user/webhooks/{hook}/deliveries/{delivery}/resend", 201),
    Call("DELETE", "/user/webhooks/{hook}"),
    Call(
        "POST",
        "/sessions",
        None,
        body={"mobile": ACCOUNT["mobile"], "password": ACCOUNT["password"], **CAPTCHA},
    ),
    Call("GET", "/session"),
    Call("GET", "/openapi.json"),
    Call("GET", "/asyncapi.json"),
    Call("GET", "/areas"),
    Call("GET", "/facilities"),
    Call("GET", "/user/houses", query={"cursor": "999999999"}),
    Call("GET", "/houses", query=SEARCH),
    Call("POST", "/houses", 201, body=FIELDS),
    Call("GET", "/houses/index"),
    Call("GET", "/houses/{house}"),
    Call("PUT", "/houses/{house}", body={**FIELDS, "version": None}),
    Call("DELETE", "/houses/{draft}"),
    Call("GET", "/houses/{house}/calendar", query={"from": STAY["start_date"], "to": STAY["end_date"]}),
    Call("POST", "/houses/{house}/blocks", 201, body=STAY),
    Call("DELETE", "/houses/{house}/blocks", query=STAY),
    Call("POST", "/houses/{house}/quote", who="guest", body={**STAY, "guests": 1}),
    Call("GET", "/houses/{house}/calendars"),
    Call("POST", "/houses/{house}/calendars", 201, body={"name": "Airbnb", "url": FEED}),
    Call("POST", "/houses/{house}/calendars/file", 201, file="calendar", body={"name": "Booking"}),
    Call("GET", "/houses/{house}/calendars/{feed}"),
    Call("GET", "/houses/{house}/calendars/{feed}"),
    Call("PUT", "/houses/{house}/calendars/{feed}", body={"name": "Agoda", "url": FEED}),
    Call("POST", "/houses/{house}/calendars/{feed}/sync", 202),
    Call("DELETE", "/houses/{house}/calendars/{feed}"),
    Call("POST", "/houses/{house}/calendars/export", 201),
    Call("GET", "/houses/{house}/calendars/export"),
    Call("DELETE", "/houses/{house}/calendars/export"),
    Call("GET", "/houses/{house}/prices"),
    Call("PUT", "/houses/{house}/prices", body=PRICES),
    Call("POST", "/houses/{house}/images", 201, file="house_image"),
    Call("PUT", "/houses/{gallery}/images/order", body={"image_ids": ["{image}"]}),
    Call("DELETE", "/houses/{gallery}/images/{image}"),
    Call(
        "GET",
        "/orders",
        who="guest",
        query={"role": "guest", "status": "PAID,CANCELED", "cursor": "999999999"},
    ),
    Call(
        "POST", "/orders", 201, who="guest", body={"house_id": "{house}", **STAY, "guests": 1, "quote": None}
    ),
    Call("GET", "/orders/{wish}", who="guest"),
    Call("POST", "/orders/{unpaid}/payment", who="guest", body={}),
    Call("PUT", "/orders/{wish}/status", body={"action": "reject", "reason": "正在装修", "version": None}),
    Call("PUT", "/orders/{stayed}/comment", who="guest", body={"comment": "住得很舒服", "rating": 5}),
    Call("POST", "/orders/{stayed}/reply", 201, body={"reply": "欢迎再来"}),
    Call("POST", "/payments/alipay/notify", None),
    Call("GET", "/payments/alipay/return", 302, query={"out_trade_no": "1", "sign": "x"}),
    Call("GET", "/live/events", query={"after": "0", "wait": "0"}),
    Call("GET", "/live/houses/{house}", query={"after": "", "wait": "0"}),
    Call("PUT", "/houses/{house}/status", body={"status": "offline"}),
    Call("DELETE", "/session", who="leaver"),
    Call("DELETE", "/sessions", who="quitter"),
]
# Calls that are no matter of input: the websocket (tests/handlers/test_live.py), and operators' addresses.
OTHERS = {f"{API}/live", "/healthz", "/readyz", "/metrics"}


@dataclass
class Scene:
    """A host, a guest and what both have; `names` are what the requests' places stand for."""

    people: dict[str, Visitor]
    names: dict[str, Any]

    @property
    def services(self) -> Services:
        return self.people["host"].services

    def path(self, call: Call, **names: Any) -> str:
        return API + call.path.format(**{**self.names, **names})

    def body(self, call: Call) -> Any:
        return self._filled(call.body)

    async def send(self, call: Call, path: str | None = None) -> Answer:
        """The request as it is right."""
        person, path = self.people[call.who], path or self.path(call)
        if call.query:
            path += f"?{urlencode(call.query)}"
        if call.file:
            return await upload(person, path, call.file, call.content, **(call.body or {}))
        return await person.send(call.method, path, self.body(call))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(one) for one in value]
        is_place = isinstance(value, str) and value.startswith("{")
        return self.names[value.strip("{}")] if is_place else value


async def set_scene(new_visitor: Callable[[], Visitor]) -> Scene:
    """A host with houses, a picture, orders and a token; a guest; two who sign out."""
    people = {name: new_visitor() for name in ("host", "guest", "leaver", "quitter")}
    host = people["host"]
    host_id, guest_id = await sign_in_new_user(host), await sign_in_new_user(people["guest"])
    await host.send("POST", f"{API}/users/auth", {"real_name": "欧阳明", "id_card": id_card_of(host_id)})
    for name in ("leaver", "quitter"):
        await sign_in_new_user(people[name])
    house, gallery = await publish_online(host), await publish(host)
    added = (await add_picture(host, gallery)).data
    token = await host.send("POST", f"{API}/user/tokens", {"name": "robot", "scopes": ["read"], "days": None})
    hook = await host.send("POST", f"{API}/user/webhooks", {"url": HOOK})
    hook_id = hook.data["webhook_id"]
    ping = await host.send("POST", f"{API}/user/webhooks/{hook_id}/ping")
    feed = await host.send("POST", f"{API}/houses/{house}/calendars", {"name": "Tujia", "url": FEED})
    booked = Booked(host.services, host_id, guest_id, house)
    names = {
        "page": str(uuid.uuid4()),
        "name": f"租客{guest_id}",
        "task": added["task_id"],
        "id_card": id_card_of(guest_id),
        "token": token.data["token_id"],
        "hook": hook_id,
        "delivery": ping.data["delivery"]["delivery_id"],
        "feed": feed.data["calendar_id"],
        "house": house,
        "gallery": gallery,
        "draft": await publish(host),
        "image": added["image_id"],
        "wish": await booked.reach(first=10),
        "unpaid": await booked.reach("accept", first=20),
        "stayed": await booked.reach("accept", "pay", "check_out", first=30),
    }
    return Scene(people, names)


def declared() -> set[str]:
    """Each method and pattern of the API that has a request here to have."""
    return {
        f"{method} {pattern}"
        for pattern, handler in CALLS
        for method in allowed_methods(handler)
        if method in METHODS and pattern not in OTHERS
    }


def pattern_of(call: Call) -> str:
    """The method and pattern that a call goes to."""
    path = API + re.sub(r"{(\w+)}", "1", call.path)
    return next(f"{call.method} {pattern}" for pattern, _ in CALLS if re.fullmatch(pattern, path))


def id_card_of(number: int) -> str:
    """A valid identity number, another for each number below a thousand times a thousand."""
    digits = f"110101{1950 + number // 1000 % 50}0101{number % 1000:03}"
    return digits + check_digit(digits)
