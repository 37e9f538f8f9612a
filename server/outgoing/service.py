"""One request to a stranger's address: resolved once, checked, dialled by number, bounded in time and size."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import httpx

from server.outgoing.model import (
    BadCertificate,
    NotPublic,
    Reach,
    Target,
    TookTooLong,
    UnknownName,
    Unreachable,
    is_allowed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from server.outgoing.model import Address
    from server.workers import Workers

    Resolve = Callable[[str], Awaitable[list[Address]]]

TOTAL_SECONDS = 10.0
RESOLVE_SECONDS = 4.0
CONNECT_SECONDS = 4.0
READ_MARGIN_SECONDS = 0.25  # a status that came in time is worth more than the end of its body
ADDRESSES_TRIED = 3


@dataclass(frozen=True)
class Request:
    """What is asked of a stranger. `headers` may not name Host, which follows from the address."""

    method: str = "GET"
    headers: Mapping[str, str] | None = None
    content: bytes = b""
    max_bytes: int = 64 * 1024
    total_seconds: float = TOTAL_SECONDS


@dataclass(frozen=True)
class Reply:
    """What came back. `is_whole` is False when the body was longer than asked for, too slow, or broke off.

    The body is as it was on the wire: nothing is unpacked, so nothing can grow.
    """

    status: int
    headers: httpx.Headers
    content: bytes
    is_whole: bool


class Outgoing:
    """Requests to addresses that users gave.

    A name is resolved once a request; when any of its addresses is closed to us, nothing is sent. The connection
    goes to an address that was checked, with the name in the Host header, in SNI and in the certificate's check
    (httpx's `sni_hostname`): a name that leads elsewhere a moment later changes nothing. Redirects come back as they
    are: following one is another request, with the same checks. No proxy of the environment is asked, and no
    connection is kept: a kept one would belong to whoever asked for that address first.
    """

    def __init__(self, client: httpx.AsyncClient, resolve: Resolve, reach: Reach = Reach.PUBLIC) -> None:
        self._client = client
        self._resolve = resolve
        self._reach = reach

    async def check(self, url: str) -> Target:
        """The address, when requests may go there now. Raises OutgoingRefused: a subclass says why not."""
        target = Target.parse(url, self._reach)
        await self._addresses(target)
        return target

    async def fetch(self, url: str, request: Request) -> Reply:
        """Send one request; any status is an answer. Raises OutgoingRefused: a subclass says why there is none."""
        target = Target.parse(url, self._reach)
        try:
            async with asyncio.timeout(request.total_seconds) as limit:
                until = (limit.when() or 0.0) - READ_MARGIN_SECONDS
                return await self._first(target, await self._addresses(target), request, until)
        except TimeoutError:
            raise TookTooLong from None

    async def _addresses(self, target: Target) -> list[Address]:
        """Where the name leads, all of it allowed. Raises UnknownName, NotPublic."""
        try:
            addresses = [ip_address(target.host)]
        except ValueError:
            addresses = await self._resolve(target.host)
        if not addresses:
            raise UnknownName
        if not all(is_allowed(address, self._reach) for address in addresses):
            raise NotPublic
        return list(dict.fromkeys(addresses))[:ADDRESSES_TRIED]

    async def _first(self, target: Target, addresses: list[Address], request: Request, until: float) -> Reply:
        """Ask at the first address that lets us connect: after that, nothing is sent twice. Raises Unreachable."""
        trouble: httpx.TransportError | None = None
        for address in addresses:
            try:
                async with self._stream(target, address, request) as response:
                    content, is_whole = await _read(response, request.max_bytes, until)
                    return Reply(response.status_code, response.headers, content, is_whole)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                trouble = error
            except httpx.TimeoutException as error:
                raise TookTooLong from error
            except httpx.TransportError as error:
                raise Unreachable from error
        raise _refusal(trouble) from trouble

    def _stream(
        self, target: Target, address: Address, request: Request
    ) -> AbstractAsyncContextManager[httpx.Response]:
        headers = {
            "Accept-Encoding": "identity",
            **(request.headers or {}),
            "Host": target.authority,
        }
        return self._client.stream(
            request.method,
            target.at(address),
            headers=headers,
            content=request.content,
            extensions={"sni_hostname": target.host},
            timeout=httpx.Timeout(request.total_seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )


async def _read(response: httpx.Response, max_bytes: int, until: float) -> tuple[bytes, bool]:
    """At most so many bytes, until then by the loop's clock; and whether that is all of it."""
    content = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > max_bytes:
                    return bytes(content[:max_bytes]), False
    except (TimeoutError, httpx.TransportError):
        return bytes(content), False
    return bytes(content), True


def _refusal(trouble: httpx.TransportError | None) -> Unreachable:
    """Why there is no connection."""
    if isinstance(trouble, httpx.ConnectTimeout):
        return TookTooLong()
    cause: BaseException | None = trouble
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return BadCertificate()
        cause = cause.__cause__ or cause.__context__
    return Unreachable()


def system_resolver(workers: Workers) -> Resolve:
    """The machine's own resolver, in threads: it blocks. A name that has no address, or none in time, has none."""

    async def resolve(name: str) -> list[Address]:
        ask = partial(socket.getaddrinfo, name, None, type=socket.SOCK_STREAM)
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await workers.run("names", ask)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            return []
        return [ip_address(entry[4][0]) for entry in found]

    return resolve


@asynccontextmanager
async def open_client(trust: ssl.SSLContext | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The client that `Outgoing` sends with; `trust` names other authorities than the usual ones."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    verify = trust or httpx.create_ssl_context(trust_env=False)
    async with httpx.AsyncClient(trust_env=False, limits=limits, verify=verify) as client:
        yield client
