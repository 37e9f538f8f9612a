"""Getting a calendar from another site: conditional, bounded, and never from where users may not send us."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from server.calendars.model import MAX_BYTES, ReadingFailed, Reason
from server.outgoing.model import OutgoingRefused
from server.outgoing.service import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.outgoing.service import Outgoing, Reply

MAX_HOPS = 3  # Airbnb's addresses lead from one of its domains to another; each hop is checked like the first
HOP_SECONDS = 12.0
FETCH_SECONDS = 20.0
MARK_LENGTH = 255
MOVED = frozenset({301, 302, 303, 307, 308})
REASONS = {
    "unknown_name": Reason.UNREACHABLE,
    "unreachable": Reason.UNREACHABLE,
    "bad_certificate": Reason.UNREACHABLE,
    "timeout": Reason.TOO_SLOW,
}


@dataclass(frozen=True)
class Marks:
    """What a site said of the version that it sent last: its ETag and Last-Modified."""

    etag: str | None = None
    last_modified: str | None = None

    def conditions(self) -> dict[str, str]:
        """The headers that ask for a newer version only."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: mark for name, mark in wanted.items() if mark}


@dataclass(frozen=True)
class Fetched:
    """A calendar's bytes; None when they are the same as before."""

    content: bytes | None
    marks: Marks


class Fetcher(Protocol):
    """Reads calendars of other sites."""

    async def fetch(self, url: str, marks: Marks) -> Fetched:
        """Raises ReadingFailed; Overloaded when this process is."""
        ...


class SiteFetcher:
    """Over the one guarded way out."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def fetch(self, url: str, marks: Marks) -> Fetched:
        """Raises ReadingFailed; Overloaded when this process is."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self._follow(url, marks)
        except TimeoutError:
            raise ReadingFailed(Reason.TOO_SLOW) from None

    async def _follow(self, url: str, marks: Marks) -> Fetched:
        for _ in range(MAX_HOPS + 1):
            reply = await self._ask(url, marks.conditions())
            if reply.status not in MOVED or not reply.headers.get("Location"):
                return _read(reply, marks)
            url = urljoin(url, reply.headers["Location"])
        raise ReadingFailed(Reason.REDIRECTED)

    async def _ask(self, url: str, conditions: Mapping[str, str]) -> Reply:
        headers = {"Accept": "text/calendar, */*;q=0.5", "User-Agent": "iHome calendar sync", **conditions}
        request = Request(headers=headers, max_bytes=MAX_BYTES, total_seconds=HOP_SECONDS)
        try:
            return await self._outgoing.fetch(url, request)
        except OutgoingRefused as refusal:
            raise ReadingFailed(REASONS.get(refusal.reason, Reason.FORBIDDEN_ADDRESS)) from refusal


def _read(reply: Reply, marks: Marks) -> Fetched:
    if reply.status == 304 and marks.conditions():
        return Fetched(None, marks)
    if reply.status != 200:
        raise ReadingFailed(_reason(reply.status))
    if not reply.is_whole:
        raise ReadingFailed(Reason.TOO_LARGE if len(reply.content) >= MAX_BYTES else Reason.TRUNCATED)
    found = Marks(_mark(reply.headers.get("ETag")), _mark(reply.headers.get("Last-Modified")))
    return Fetched(_unpacked(reply), found)


def _reason(status: int) -> Reason:
    if status >= 500:
        return Reason.IN_TROUBLE
    return Reason.NOT_FOUND if status in {404, 410} else Reason.REFUSED


def _unpacked(reply: Reply) -> bytes:
    """The body of a site that packs what was asked for plain; as long as a plain one may be."""
    if reply.headers.get("Content-Encoding", "identity").strip().lower() not in {"gzip", "x-gzip"}:
        return reply.content
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(reply.content, MAX_BYTES + 1)
    except zlib.error as error:
        raise ReadingFailed(Reason.NOT_A_CALENDAR) from error
    if len(content) > MAX_BYTES:
        raise ReadingFailed(Reason.TOO_LARGE)
    if not unpacker.eof:
        raise ReadingFailed(Reason.TRUNCATED)
    return content


def _mark(header: str | None) -> str | None:
    """A validator that can be kept and sent back."""
    return (
        header
        if header and len(header) <= MARK_LENGTH and header.isascii() and header.isprintable()
        else None
    )
