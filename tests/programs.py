"""Programs that act for a user by token, in tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from tests.visitor import Answer

SCOPES = ("read", "houses", "orders")


@dataclass
class Program(Visitor):
    """A caller with a token; it has no cookies and is given none."""

    secret: str = ""

    async def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        answer = await super().call(
            method, path, body, {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        )
        assert "Set-Cookie" not in answer.headers
        return answer

    async def open_socket(self) -> Socket:
        """The program's websocket: without a cookie, and no page is its Origin."""
        url = self.base_url.replace("http", "ws") + f"{API}/live"
        headers = {"Authorization": f"Bearer {self.secret}"}
        socket = Socket(await websocket_connect(HTTPRequest(url, headers=headers)))
        Socket.opened.append(socket)
        return socket


async def make_token(
    user: Visitor, *scopes: str, days: int | None = None, name: str = "robot"
) -> dict[str, Any]:
    """A new token of a signed-in user, as answered: with its secret."""
    answer = await user.send(
        "POST", f"{API}/user/tokens", {"name": name, "scopes": list(scopes or SCOPES), "days": days}
    )
    assert answer.status == 201, answer.body
    return dict(answer.data)


def program_with(user: Visitor, secret: str) -> Program:
    """A program that was given this secret."""
    return Program(user.client, user.base_url, user.services, secret=secret)


async def new_program(user: Visitor, *scopes: str) -> Program:
    """A program of a signed-in user with a token of its own; all scopes when none is named."""
    return program_with(user, (await make_token(user, *scopes))["token"])
