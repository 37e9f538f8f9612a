"""A sandbox in this process, with a clock that tests hold and the product's own gateway in front of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from server.local.sandbox.inbox import Inbox
from server.local.sandbox.pages import Pages
from server.local.sandbox.server import listening, sandbox_app
from server.local.sandbox.yuntongxun import Delays, Yuntongxun
from server.sms.gateway import YuntongxunAccount, YuntongxunGateway, authorization, china_timestamp, signature

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

ACCOUNT = YuntongxunAccount("", "sid-1", "token-1", "app-1", "1")
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


@dataclass
class World:
    """What a test needs of a running sandbox."""

    http: httpx.AsyncClient
    inbox: Inbox
    url: str

    @property
    def gateway(self) -> YuntongxunGateway:
        return YuntongxunGateway(self.http, replace(ACCOUNT, base_url=self.url), lambda: NOW)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(self.url + path, headers=headers)

    async def post(self, body: Any, account: YuntongxunAccount = ACCOUNT, **changes: Any) -> str:
        """The statusCode for a message by this account; `changes` are query, headers, sid or at."""
        timestamp = china_timestamp(changes.get("at", NOW))
        sig = signature(account.account_sid, account.auth_token, timestamp)
        headers = {"Authorization": authorization(account.account_sid, timestamp)}
        answer = await self.http.post(
            f"{self.url}/2013-12-26/Accounts/{changes.get('sid', account.account_sid)}/SMS/TemplateSMS",
            params=changes.get("query", {"sig": sig}),
            headers=changes.get("headers", headers),
            **({"content": body} if isinstance(body, bytes) else {"json": body}),
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        return answer.json()["statusCode"]


@asynccontextmanager
async def world(folder: Path, delays: Delays | None = None) -> AsyncIterator[World]:
    """A sandbox on a free port; its inbox in `folder`."""
    inbox = Inbox(folder / "inbox.jsonl")
    platform = Yuntongxun(ACCOUNT, inbox, lambda: NOW, delays or Delays(slow=0.3, silent=1.0))
    app = sandbox_app([*platform.routes(), *Pages(inbox).routes()])
    async with httpx.AsyncClient(trust_env=False) as http, listening(app, 0) as url:
        yield World(http, inbox, url)


def run_in(folder: Path, scenario: Callable[[World], Awaitable[None]]) -> None:
    """Run a scenario in a world of its own."""

    async def running() -> None:
        async with world(folder) as here:
            await scenario(here)

    asyncio.run(running())


def body(**changes: Any) -> dict[str, Any]:
    """A well-formed request."""
    return {"to": "13800138000", "appId": "app-1", "templateId": "1", "datas": ["012345", "5"], **changes}
