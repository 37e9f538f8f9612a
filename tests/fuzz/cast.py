"""Who plays: people and programs of a served site, and what there is to name in requests."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tornado.httpclient import AsyncHTTPClient

from server.services import open_services
from tests.calls import set_scene
from tests.houses import rows
from tests.stack import Stack
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCOPES = ["read", "houses", "orders"]


@dataclass(frozen=True)
class Cast:
    """Each player's credentials by the document's security scheme, and ids by the names of parameters."""

    url: str
    document: dict[str, Any]
    players: dict[str, dict[str, str]]
    ids: dict[str, list[Any]]

    @property
    def operations(self) -> list[str]:
        """Everything that the document tells of, by its id."""
        paths = self.document["paths"].values()
        return [one["operationId"] for path in paths for one in path.values() if isinstance(one, dict)]


@contextmanager
def served(folder: Path) -> Iterator[Stack]:
    """The whole site, without limits by address."""
    stack = Stack(folder, rate_limits="load-test")
    try:
        stack.start_site()
        yield stack
    finally:
        stack.stop_all()


def gather(stack: Stack) -> Cast:
    """People on the site."""
    return asyncio.run(_gather(stack))


async def _gather(stack: Stack) -> Cast:
    async with open_services(stack.settings) as services:
        client = AsyncHTTPClient()
        scene = await set_scene(lambda: Visitor(client, stack.url, services))
        more = await set_scene(lambda: Visitor(client, stack.url, services))
        players = {
            "nobody": {},
            "host": _session(scene.people["host"]),
            "guest": _session(scene.people["guest"]),
            "leaver": _session(scene.people["leaver"]),
            "program": {"token": await _token(more.people["host"])},
        }
        document = (await scene.people["host"].get(f"{API}/openapi.json")).json
        return Cast(stack.url, document, players, _ids(scene.names, more.names))


def _session(visitor: Visitor) -> dict[str, str]:
    return {"session": visitor.cookies["ihome_session"], "csrf": visitor.cookies["csrf_token"]}


async def _token(visitor: Visitor) -> str:
    """A token that may do everything, out of the reach of whoever guesses its id."""
    new = {"name": "fuzz", "scopes": SCOPES, "days": None}
    answer = await visitor.send("POST", f"{API}/user/tokens", new)
    assert answer.status == 201, answer.body
    token_id = answer.data["token_id"]
    await rows(visitor.services, "UPDATE api_tokens SET id = id + 1000000000000 WHERE id = %s", token_id)
    return str(answer.data["token"])


def _ids(*scenes: Mapping[str, Any]) -> dict[str, list[Any]]:
    def all_of(*names: str) -> list[Any]:
        return [scene[name] for scene in scenes for name in names]

    return {
        "house_id": all_of("house", "gallery", "draft"),
        "order_id": all_of("wish", "unpaid", "stayed"),
        "image_id": all_of("image"),
        "token_id": all_of("token"),
        "task_id": all_of("task"),
        "page_id": all_of("page"),
        "hook_id": all_of("hook"),
        "delivery_id": all_of("delivery"),
        "feed_id": all_of("feed"),
    }
