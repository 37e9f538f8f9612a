"""Everybody who may call the API, and what is there for them to call about: the machinery of the access matrix."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPClientError

from handlers.operations import operation_of
from handlers.routes import CALLS
from server.outbox import repository as outbox_repository
from server.outbox.model import Work
from server.tokens.model import NewToken, Scope
from tests.bookings import Booked
from tests.calls import PRICES, STAY, id_card_of
from tests.houses import (
    FIELDS,
    add_picture,
    insert_houses,
    png,
    rows,
    sign_in_again,
    sign_in_new_user,
    upload,
)
from tests.programs import Program
from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.base import BaseHandler
    from server.services import Services
    from tests.visitor import Answer

URL = "http://127.0.0.1:9/ihome"  # nobody listens there
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nEND:VCALENDAR\r\n"
# What a cell says: the status, and the errno where the answer is in our envelope.
WORDS = {
    "ok": (200, "0"),
    "made": (201, "0"),
    "queued": (202, "0"),
    "login": (401, "4101"),  # nobody is signed in
    "hidden": (404, "4002"),  # it is another's, or it is not there: nobody can tell which
    "weak": (403, "4105"),  # the token lacks the scope, or the call is for people
    "forged": (403, "4201"),  # the session's CSRF token is missing
    "clash": (409, "4004"),  # it is the other side of the order who may do this
    "proof": (403, "4105"),  # the real-name check comes first
    "exists": (409, "4003"),  # this person passed it
    "asked": (422, "4103"),  # anybody may; the captcha or the code is wrong
    "failed": (401, "4106"),  # anybody may; the password is wrong
    "image": (200, ""),
    "text": (200, ""),
    "bad": (400, ""),  # it is the signature that counts
    "none": (403, ""),  # no token: the caller is no program
    "onward": (302, ""),
    "open": (101, ""),
}
COLUMNS = ("nobody", "other", "guest", "host", "admin", "weak", "strong", "csrf")
PEOPLE = ("nobody", "other", "guest", "host", "admin")


@dataclass(frozen=True)
class Request:
    """What is sent beside the path; `{names}` are things of the scene."""

    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    file: str | None = None


CAPTCHA = {"image_code_id": "{page}", "image_code": "abcd"}
PASSWORDS = {"password": "long enough", "password2": "long enough"}
REQUESTS = {
    "POST /sms_codes": Request({"mobile": "{mobile}", "purpose": "register", **CAPTCHA}),
    "POST /users": Request({"mobile": "{mobile}", "sms_code": "123456", **PASSWORDS}),
    "PUT /users/password": Request({"mobile": "{mobile}", "sms_code": "123456", **PASSWORDS}),
    "PUT /users/name": Request({"name": "{name}"}),
    "POST /users/avatar": Request(file="avatar"),
    "POST /users/auth": Request({"real_name": "张小明", "id_card": "{id_card}"}),
    "POST /user/tokens": Request({"name": "robot", "scopes": ["read"]}),
    "POST /user/webhooks": Request({"url": URL}),
    "PUT /user/webhooks/{hook}": Request({"enabled": False}),
    "POST /sessions": Request({"mobile": "{mobile}", "password": "long enough"}),
    "POST /houses": Request(FIELDS),
    "PUT /houses/{house}": Request(FIELDS),
    "PUT /houses/{house}/status": Request({"status": "offline"}),
    "POST /houses/{house}/blocks": Request(STAY),
    "DELETE /houses/{house}/blocks": Request(query=STAY),
    "POST /houses/{house}/calendars": Request({"name": "Airbnb", "url": URL}),
    "POST /houses/{house}/calendars/file": Request(file="calendar"),
    "PUT /houses/{house}/calendars/{feed}": Request({"name": "Booking"}),
    "POST /houses/{house}/quote": Request({**STAY, "guests": 1}),
    "PUT /houses/{house}/prices": Request(PRICES),
    "POST /houses/{house}/images": Request(file="house_image"),
    "PUT /houses/{draft}/images/order": Request({"image_ids": ["{image}"]}),
    "POST /orders": Request({"house_id": "{house}", **STAY}),
    "PUT /orders/{wish}/status:accept": Request({"action": "accept"}),
    "PUT /orders/{wish}/status:cancel": Request({"action": "cancel"}),
    "PUT /orders/{stayed}/comment": Request({"comment": "住得很舒服", "rating": 5}),
    "POST /orders/{reviewed}/reply": Request({"reply": "欢迎再来"}),
    "POST /orders/{unpaid}/payment": Request({}),
    "GET /live/events": Request(query={"after": "0"}),
}


@dataclass(frozen=True)
class Case:
    """One row: a call, a person who may, and what everybody hears."""

    name: str
    person: str
    said: dict[str, str]

    @classmethod
    def read(cls, line: str) -> Case:
        verb, path, person, *cells = line.split()
        return cls(f"{verb} {path}", person, dict(zip(COLUMNS, cells, strict=True)))

    @property
    def verb(self) -> str:
        return self.name.split()[0]

    @property
    def path(self) -> str:
        """With its names; an address beside the API begins with two strokes."""
        path = self.name.split()[1].split(":")[0]
        return path[1:] if path.startswith("//") else API + path

    @property
    def request(self) -> Request:
        return REQUESTS.get(self.name, Request())

    @property
    def route(self) -> tuple[str, type[BaseHandler]]:
        return next(one for one in CALLS if re.fullmatch(one[0], re.sub(r"{\w+}", "1", self.path)))


class Scene:
    """People, their programs, and new things of the host's and the guest's for whoever comes next."""

    def __init__(self, services: Services, people: dict[str, Visitor], ids: dict[str, int]) -> None:
        self.services = services
        self.people = people
        self.ids = ids
        self._secrets: dict[tuple[str, frozenset[Scope]], str] = {}
        self._numbers = itertools.count(1)

    async def caller(self, case: Case, column: str) -> Visitor:
        """Who sends the request of a cell."""
        if column in PEOPLE:
            return self.people[column]
        person = self.people[case.person]
        if column == "csrf":
            return replace(person, cookies={**person.cookies, "csrf_token": ""})
        return Program(person.client, person.base_url, self.services, secret=await self._secret(case, column))

    async def _secret(self, case: Case, column: str) -> str:
        contract = operation_of(case.route[1], case.verb)
        assert contract is not None, f"{case.name} declares no contract"
        right = frozenset({contract.scope} if contract.scope else ())
        scopes = frozenset(Scope) - right if column == "weak" else right or frozenset(Scope)
        key = case.person, scopes
        if key not in self._secrets:
            new = NewToken("robot", scopes, None)
            self._secrets[key] = (await self.services.tokens.create(self.ids[case.person], new))["token"]
        return self._secrets[key]

    async def things_for(self, case: Case) -> dict[str, Any]:
        """What the names in a case stand for: new ones."""
        things: dict[str, Any] = {}
        for name in re.findall(r"{(\w+)}", case.path + json.dumps(case.request.body)):
            if name not in things:
                things[name] = await getattr(self, f"_{name}")(things)
        return things

    async def _house(self, _things: dict[str, Any], status: str = "online") -> int:
        [house_id] = await insert_houses(self.services, self.ids["host"], [{"status": status}])
        return house_id

    async def _draft(self, things: dict[str, Any]) -> int:
        return await self._house(things, "draft")

    async def _image(self, things: dict[str, Any]) -> int:
        return int((await add_picture(self.people["host"], things["draft"])).data["image_id"])

    async def _reached(self, *steps: str) -> int:
        booked = Booked(self.services, self.ids["host"], self.ids["guest"], await self._house({}))
        return await booked.reach(*steps)

    async def _wish(self, _things: dict[str, Any]) -> int:
        return await self._reached()

    async def _unpaid(self, _things: dict[str, Any]) -> int:
        return await self._reached("accept")

    async def _stayed(self, _things: dict[str, Any]) -> int:
        return await self._reached("accept", "pay", "check_out")

    async def _reviewed(self, things: dict[str, Any]) -> int:
        order_id = await self._stayed(things)
        await self.services.orders.comment(self.ids["guest"], order_id, ("很好", 5), "zh")
        return order_id

    async def _token(self, _things: dict[str, Any]) -> int:
        new = NewToken("robot", frozenset({Scope.READ}), None)
        return int((await self.services.tokens.create(self.ids["host"], new))["token_id"])

    async def _hook(self, _things: dict[str, Any]) -> int:
        await rows(self.services, "DELETE FROM webhooks WHERE user_id = %s", self.ids["host"])
        return int((await self.services.webhooks.create(self.ids["host"], URL, None))["webhook_id"])

    async def _sent(self, things: dict[str, Any]) -> int:
        return await self._insert(
            "INSERT INTO webhook_deliveries (hook_id, message_id, event, payload, state, due_at)"
            " VALUES (%s, %s, 'ping', '{}', 'failed', NULL)",
            things["hook"],
            uuid.uuid4().hex[:28],
        )

    async def _feed(self, things: dict[str, Any]) -> int:
        given = "Airbnb", URL
        added = await self.services.calendars.add(self.ids["host"], things["house"], given, "", None)
        return int(added["calendar_id"])

    async def _task(self, _things: dict[str, Any]) -> str:
        task_id = str(uuid.uuid4())
        owner = self.services.sessions.digest(self.people["host"].cookies["ihome_session"])
        async with self.services.database.reading() as cursor:
            await outbox_repository.add(cursor, Work(task_id, "sms.send", (), owner))
            await outbox_repository.complete(cursor, task_id, {"state": "sent"})
        return task_id

    async def _page(self, _things: dict[str, Any]) -> str:
        return str(uuid.uuid4())

    async def _name(self, _things: dict[str, Any]) -> str:
        return f"名字{uuid.uuid4().hex[:12]}"

    async def _mobile(self, _things: dict[str, Any]) -> str:
        guard = self.services.accounts._doors.guard
        await guard.forgive("127.0.0.1", "")  # else the third try from here needs a captcha
        return f"1870000{next(self._numbers):04}"

    async def _id_card(self, _things: dict[str, Any]) -> str:
        return id_card_of(self.ids["host"] * 20 + next(self._numbers))

    async def _insert(self, statement: str, *arguments: object) -> int:
        async with self.services.database.transaction() as cursor:
            await cursor.execute(statement, arguments)
            return cursor.lastrowid


async def set_scene(new_visitor: Callable[[], Visitor]) -> Scene:
    """Everybody; only the host passed the real-name check."""
    people = {name: new_visitor() for name in PEOPLE}
    await people["nobody"].begin()
    ids = {name: await sign_in_new_user(people[name]) for name in PEOPLE[1:]}
    services = people["host"].services
    await services.identities.verify(ids["host"], "欧阳明", id_card_of(ids["host"] * 20))
    await rows(services, "UPDATE users SET role = 'admin' WHERE id = %s", ids["admin"])
    await services.health.beat()
    return Scene(services, people, ids)


async def differences(scene: Scene, cases: list[Case]) -> dict[str, dict[str, tuple[object, object]]]:
    """The cells whose answer is not the one written down: what is written, and what was heard."""
    found: dict[str, dict[str, tuple[object, object]]] = {}
    for case in cases:
        heard = await answers(scene, case)
        said = {column: WORDS[word] for column, word in case.said.items() if word != "-"}
        wrong = {column: (said[column], heard[column]) for column in said if said[column] != heard[column]}
        found |= {case.name: wrong} if wrong else {}
        if case.path.startswith(f"{API}/session"):
            for name, user_id in scene.ids.items():
                await sign_in_again(scene.people[name], user_id)
    return found


async def answers(scene: Scene, case: Case) -> dict[str, tuple[int, str]]:
    """What everybody is answered; who may comes last, and what only reads may be read by all."""
    columns = [column for column, word in case.said.items() if word != "-"]
    things: dict[str, Any] = {}
    heard = {}
    for column in columns:
        if not things or case.verb != "GET":
            things = await scene.things_for(case)
        heard[column] = await ask(await scene.caller(case, column), case, things)
    return heard


async def ask(caller: Visitor, case: Case, things: dict[str, Any]) -> tuple[int, str]:
    """Send a case's request; the answer's status and errno."""
    path = case.path.format(**things)
    if path == f"{API}/live":
        return await shake_hands(caller)
    if case.request.query:
        path += "?" + urlencode(case.request.query)
    answer = await send(caller, case, path, things)
    is_envelope = "json" in answer.headers.get("Content-Type", "") and "errno" in answer.json
    return answer.status, answer.errno if is_envelope else ""


async def send(caller: Visitor, case: Case, path: str, things: dict[str, Any]) -> Answer:
    if case.request.file == "calendar":
        return await upload_calendar(caller, path)
    if case.request.file:
        return await upload(caller, path, case.request.file, png())
    if case.verb == "GET":
        return await caller.get(path)
    return await caller.send(case.verb, path, filled(case.request.body, things))


async def upload_calendar(caller: Visitor, path: str) -> Answer:
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAirbnb\r\n',
        b'--b\r\nContent-Disposition: form-data; name="calendar"; filename="a.ics"\r\n\r\n'
        + ICS
        + b"\r\n--b--\r\n",
    ]
    return await caller.call(
        "POST", path, b"".join(parts), {"Content-Type": "multipart/form-data; boundary=b"}
    )


async def shake_hands(caller: Visitor) -> tuple[int, str]:
    """The websocket's."""
    try:
        await (caller.open_socket() if isinstance(caller, Program) else Socket.open(caller))
    except HTTPClientError as error:
        body = error.response.body if error.response else b"{}"
        return error.code, str(json.loads(body).get("errno", ""))
    return 101, ""


def filled(value: Any, things: dict[str, Any]) -> Any:
    """A body with things in the place of their names."""
    if isinstance(value, dict):
        return {name: filled(one, things) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [filled(one, things) for one in value]
    is_name = isinstance(value, str) and re.fullmatch(r"{\w+}", value)
    return things[value[1:-1]] if is_name else value
