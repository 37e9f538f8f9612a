"""The inbox for people and scripts: the page, its files, JSON lists and the stream of new messages."""

from __future__ import annotations

import asyncio
import html
import json
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from aiohttp import web

from server.i18n import LANGUAGES, Language, choose_language
from server.local.sandbox.numbers import BEHAVIOURS

if TYPE_CHECKING:
    from server.local.sandbox.inbox import Inbox, Message

FOLDER = Path(__file__).parent / "static"
FILES = {
    "inbox.css": "text/css",
    "cashier.css": "text/css",
    "inbox.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
KEEP_ALIVE_SECONDS = 15.0


class Pages:
    """Everything that shows the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._page = Template((FOLDER / "inbox.html").read_text("utf-8"))
        self._texts: dict[Language, dict[str, Any]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves about its inbox."""
        return [
            web.get("/", self.page),
            web.get("/static/{name}", self.file),
            web.get("/inbox", self.all_messages),
            web.get("/inbox/events", self.events),
            web.get("/inbox/{mobile}", self.messages_of),
            web.get("/attempts/{mobile}", self.attempts_of),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """The inbox page in the visitor's language; `?lang=` chooses."""
        language = choose_language(request.query.get("lang"), request.headers.get("Accept-Language"))
        texts = self._texts[language]
        other = next(one for one in LANGUAGES if one != language)
        words = {name: html.escape(text) for name, text in texts["page"].items()}
        rows = "".join(_number_row(mobile, texts["numbers"][mobile], words["copy"]) for mobile in BEHAVIOURS)
        script_words = html.escape(json.dumps(texts["script"], ensure_ascii=False))
        text = self._page.substitute(
            words, language=language, other=other, numbers=rows, script_words=script_words
        )
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def file(self, request: web.Request) -> web.Response:
        """One of the page's files."""
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache"}
        return web.Response(
            body=self._files[name], content_type=FILES[name], charset="utf-8", headers=headers
        )

    async def all_messages(self, _request: web.Request) -> web.Response:
        """Every kept message, newest first."""
        return _json([asdict(one) for one in self._inbox.newest_first()])

    async def messages_of(self, request: web.Request) -> web.Response:
        """The messages for one number, newest first; an empty list for a number that got none."""
        return _json([asdict(one) for one in self._inbox.newest_first(request.match_info["mobile"])])

    async def attempts_of(self, request: web.Request) -> web.Response:
        """How often the platform was asked to send to a number since the sandbox began, and what it kept."""
        mobile = request.match_info["mobile"]
        messages = len(self._inbox.newest_first(mobile))
        return _json({"mobile": mobile, "attempts": self._inbox.attempts[mobile], "messages": messages})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one `message` for every message from now on."""
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        with self._inbox.listening() as queue:
            try:
                await stream.prepare(request)
                await stream.write(b": connected\n\n")  # headers go out with the first bytes
                while True:
                    await stream.write(await _next_event(queue))
            except ConnectionError:
                return stream  # the page was closed


async def _next_event(queue: asyncio.Queue[Message]) -> bytes:
    """The next message as an event, or a comment that keeps the connection open."""
    try:
        async with asyncio.timeout(KEEP_ALIVE_SECONDS):
            message = await queue.get()
    except TimeoutError:
        return b": still here\n\n"
    return f"data: {json.dumps(asdict(message))}\n\n".encode()


def _json(value: object) -> web.Response:
    text = json.dumps(value, ensure_ascii=False)
    return web.json_response(text=text, headers={"Cache-Control": "no-store"})


def _number_row(mobile: str, meaning: str, copy: str) -> str:
    return (
        f'<li><button type="button" class="number" data-copy="{mobile}" aria-label="{copy} {mobile}">'
        f"{mobile}</button><span>{html.escape(meaning)}</span></li>"
    )
