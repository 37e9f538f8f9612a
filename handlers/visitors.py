"""Who asks: the client's address behind trusted proxies, cookies, language."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from handlers.operations import READS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network

    from tornado.httputil import HTTPServerRequest

    from handlers.base import BaseHandler

SESSION_COOKIE = "ihome_session"
CSRF_COOKIE = "csrf_token"
LANGUAGE_COOKIE = "lang"
MAX_SESSION_ID = 128


def client_address(request: HTTPServerRequest, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The peer, or the nearest address in X-Forwarded-For that is no trusted proxy when the peer is one."""
    address = request.remote_ip or "unknown"
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted):
        hop = hops.pop()
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
    return address


def counted_address(request: HTTPServerRequest, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The client as limits by address count it."""
    return counted(client_address(request, trusted))


def counted(address: str) -> str:
    """Whom limits by address count: a host of IPv4, a network of 64 bits of IPv6.

    RFC 4291, section 2.5.4: the other 64 bits name an interface, and one machine may take as many as it likes.
    """
    if ":" not in address:
        return address
    try:
        whole = IPv6Address(address)
    except ValueError:
        return address
    if whole.ipv4_mapped:
        return str(whole.ipv4_mapped)
    return str(IPv6Network((int(whole) >> 64 << 64, 64)))


def session_cookie(request: HTTPServerRequest) -> str | None:
    """The session id that the client sent, if it can be one."""
    try:
        morsel = request.cookies.get(SESSION_COOKIE)
    except ValueError:
        return None
    return morsel.value if morsel and 16 <= len(morsel.value) <= MAX_SESSION_ID else None


def may_be_nobody(handler: BaseHandler) -> bool:
    """Whether the request goes on as nobody's when a store cannot say whose it is: what anybody may read does."""
    return handler.is_public and not handler.must_know and handler.request.method in READS


def same_site_path(path: str | None) -> str:
    """`from` when it is a path of this site, else the home page: no scheme, host, backslash or control."""
    if (
        path
        and path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and "\\" not in path
    ):
        return path
    return "/"


def _is_trusted(address: str, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in trusted)
    except ValueError:
        return False
