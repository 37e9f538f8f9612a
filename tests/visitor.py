"""A visitor of the API in tests: keeps cookies, shows the CSRF token, and checks every answer's manners."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPRequest

from tests.manners import troubles

if TYPE_CHECKING:
    from tornado.httpclient import AsyncHTTPClient
    from tornado.httputil import HTTPHeaders

    from server.services import Services
    from tests.stack import Stack

API = "/api/v1_0"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Answer:
    """One answer; `json` of a body that is JSON."""

    status: int
    headers: HTTPHeaders
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errno(self) -> str:
        return str(self.json["errno"])

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def fields(self) -> dict[str, str]:
        """The sentences beside fields."""
        return {one["field"]: one["message"] for one in self.json["errors"]}


@dataclass
class Visitor:
    """One browser or program."""

    client: AsyncHTTPClient
    base_url: str
    services: Services
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "zh"

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, headers=headers)

    async def find(self, **query: object) -> Answer:
        """A search; a `cursor` or another value that is None is left out."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return await self.get(f"{API}/houses?{urlencode(given)}")

    async def send(self, method: str, path: str, body: Any = None) -> Answer:
        content = json.dumps(body).encode() if body is not None else b""
        return await self.call(method, path, content, {"Content-Type": "application/json"})

    async def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request to the API (or, from `/`, to a page), without following redirects."""
        sent = {"Accept-Language": self.language, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET" and "csrf_token" in self.cookies:
            sent.setdefault("X-CSRFToken", self.cookies["csrf_token"])
        response = await self.client.fetch(
            HTTPRequest(
                self.base_url + path, method, sent, body, allow_nonstandard_methods=True,
                follow_redirects=False, request_timeout=30,
            ),
            raise_error=False,
        )  # fmt: skip
        for line in response.headers.get_list("Set-Cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "'unsafe-" not in response.headers["Content-Security-Policy"]
        is_document = path.partition("?")[0].endswith(".json")
        assert troubles(method, path, response.code, response.headers, response.body) == []
        is_json = "json" in response.headers.get("Content-Type", "") and method != "HEAD"
        if path.startswith(API) and is_json and not is_document:
            assert len(response.headers["X-Request-Id"]) == 16 or "X-Request-Id" in sent
            shape = (
                {"errno", "errmsg", "data"}
                if response.code < 400
                else {"errno", "errmsg", "errors", "request_id"}
            )
            assert set(json.loads(response.body)) == shape
        return Answer(response.code, response.headers, response.body)

    async def begin(self) -> Visitor:
        """Get a session and its token, as a program does."""
        answer = await self.get(f"{API}/session")
        assert answer.status == 401
        return self

    async def solve_captcha(self) -> dict[str, str]:
        """The fields of a fresh captcha with its right answer."""
        page_id = str(uuid.uuid4())
        assert (await self.get(f"{API}/image_codes/{page_id}")).status == 200
        text = await self.services.captcha._redis.get(self.services.captcha._redis.key("captcha", page_id))
        return {"image_code_id": page_id, "image_code": str(text)}

    async def ask_for_code(self, mobile: str, purpose: str = "register") -> Answer:
        """Ask for an SMS code with a solved captcha."""
        body = {"mobile": mobile, "purpose": purpose, **await self.solve_captcha()}
        return await self.send("POST", f"{API}/sms_codes", body)

    async def code_for(self, stack: Stack, mobile: str, purpose: str = "register") -> str:
        """Ask, wait until it was sent, and read the phone."""
        asked = await self.ask_for_code(mobile, purpose)
        assert asked.status == 202, asked.body
        state = await self.final_state(asked.data["task_id"])
        assert state["state"] == "sent", state
        inbox = await self.client.fetch(f"{stack.sandbox_url}/inbox/{mobile}")
        return str(next(one["code"] for one in json.loads(inbox.body) if one["code"]))

    async def final_state(self, task_id: str) -> dict[str, Any]:
        """Long-poll until the task ends."""
        seen = ""
        for _ in range(10):
            state = (await self.get(f"{API}/tasks/{task_id}?wait=10&seen={seen}")).data
            if state["state"] in {"sent", "failed"}:
                return dict(state)
            seen = state["state"]
        raise AssertionError(f"the task is still {seen}")

    async def sign_up(self, stack: Stack, mobile: str) -> Answer:
        """A new account, signed in."""
        code = await self.code_for(stack, mobile)
        body = {"mobile": mobile, "sms_code": code, "password": PASSWORD, "password2": PASSWORD}
        answer = await self.send("POST", f"{API}/users", body)
        assert answer.status == 201, answer.body
        return answer

    async def sign_in(self, mobile: str, password: str = PASSWORD, **more: str) -> Answer:
        """Try to sign in."""
        return await self.send("POST", f"{API}/sessions", {"mobile": mobile, "password": password, **more})
