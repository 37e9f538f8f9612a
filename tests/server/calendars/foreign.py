"""A calendar of another site for tests: what it serves can be changed at any time, with an ETag as sites send it."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.server.outgoing.strangers import stranger

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from datetime import date

    Span = tuple[date, date]


def calendar_of(*spans: Span, summary: str = "Reserved", **named: Span) -> bytes:
    """A calendar with an event for each half-open range; those that are named keep their UID when they move."""
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Another Site//EN", "VERSION:2.0"]
    uids = {f"{start}-{end}-{number}": (start, end) for number, (start, end) in enumerate(spans)} | named
    for uid, (start, end) in uids.items():
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@another.example",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{end:%Y%m%d}",
            f"SUMMARY:{summary}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


@dataclass
class Foreign:
    """What the other site answers, and what it was asked."""

    content: bytes = b""
    status: int = 200
    headers: tuple[str, ...] = ()
    cut: int | None = None  # send so many bytes of what was announced
    has_etag: bool = True
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/calendar/ical/1.ics?s=0123456789abcdef"

    async def behave(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """Answer like a site."""
        self.asked.append(request)
        etag = f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'
        is_known = self.has_etag and f"if-none-match: {etag}".encode() in request.lower()
        status, content = (304, b"") if is_known and self.status == 200 else (self.status, self.content)
        head = [f"HTTP/1.1 {status} X", "Content-Type: text/calendar", "Connection: close", *self.headers]
        head += [f"ETag: {etag}"] if self.has_etag else []
        head += [f"Content-Length: {len(content)}"] if status != 304 else []
        writer.write("\r\n".join([*head, "", ""]).encode() + content[: self.cut])
        await writer.drain()


@asynccontextmanager
async def foreign(content: bytes = b"") -> AsyncIterator[Foreign]:
    """A site that listens on loopback."""
    site = Foreign(content)
    async with stranger(site.behave) as port:
        site.port = port
        yield site
