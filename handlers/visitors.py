"""Who asks: the client's address behind trusted proxies, cookies, language."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from handlers.operations import READS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

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
