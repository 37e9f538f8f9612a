"""Where a request to a stranger's address may go, and why one is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import ClassVar
from urllib.parse import urlsplit

import idna

from server.errors import BadField
from server.i18n import N_

URL_LENGTH = 1000
HOST_LENGTH = 253
HTTPS_PORTS = frozenset({443, 8443})
Address = IPv4Address | IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
_PATH = "/:@!$&'()*+,;=-._~?%[]"

# Not for the public, by the IANA special-purpose registries (RFC 6890 and its updates), and multicast.
_CLOSED_4 = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # carriers' NAT, RFC 6598
    IPv4Network("127.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),  # link-local: clouds keep their machines' secrets there
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("192.168.0.0/16"),
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
)
# Only 2000::/3 is given out for unicast (RFC 4291): loopback, mapped and translated IPv4 (::ffff:0:0/96,
# 64:ff9b::/96), unique local, link-local and multicast are all outside of it.
_GIVEN_6 = IPv6Network("2000::/3")
_CLOSED_6 = (
    IPv6Network("2001::/23"),  # protocols: Teredo, ORCHID, benchmarks
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address in disguise
    IPv6Network("3fff::/20"),
)


class Reach(StrEnum):
    """How far requests may go: the public internet; also this machine; anywhere. The latter two also over http."""

    PUBLIC = "off"
    LOOPBACK = "loopback"
    ANYWHERE = "on"


class OutgoingRefused(BadField):
    """A stranger's address was not asked, or did not answer; `reason` is a stable code for logs and answers."""

    field = "url"
    reason: ClassVar[str] = "refused"
    message = N_("这个网址不能使用")


class BadUrl(OutgoingRefused):
    """It is no web address as we take them."""

    reason = "bad_url"
    message = N_("请填写完整的网址，以 https:// 开头，不带用户名和密码")


class BadScheme(OutgoingRefused):
    """It is not https."""

    reason = "bad_scheme"
    message = N_("网址应以 https:// 开头")


class BadPort(OutgoingRefused):
    """Web servers of strangers listen on 443 and 8443."""

    reason = "bad_port"
    message = N_("网址的端口应为 443 或 8443")


class UnknownName(OutgoingRefused):
    """The name has no address."""

    reason = "unknown_name"
    message = N_("找不到这个网址的服务器，请检查域名")


class NotPublic(OutgoingRefused):
    """The name leads, perhaps among other places, into a network that is not public."""

    reason = "not_public"
    message = N_("这个网址指向内部网络，不能使用")


class Unreachable(OutgoingRefused):
    """It does not answer: refused, reset, no TLS, or not HTTP."""

    reason = "unreachable"
    message = N_("连不上这个网址的服务器")


class BadCertificate(Unreachable):
    """TLS failed, or the certificate is not the name's."""

    reason = "bad_certificate"
    message = N_("这个网址的证书无效")


class TookTooLong(Unreachable):
    """There was no whole answer in time."""

    reason = "timeout"
    message = N_("这个网址的服务器没有及时回应")


@dataclass(frozen=True)
class Target:
    """A web address that was taken apart: the name is plain ASCII in lower case, `path` begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str, reach: Reach = Reach.PUBLIC) -> Target:
        """Raises BadUrl, BadScheme, BadPort. What the name leads to is another question: see `is_allowed`."""
        if len(url) > URL_LENGTH or _FORBIDDEN.search(url) or not url.isprintable():
            raise BadUrl
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadUrl from None
        if parts.scheme not in ({"https"} if reach is Reach.PUBLIC else {"https", "http"}):
            raise BadScheme
        if "@" in parts.netloc or not parts.hostname or ("[" in parts.netloc) != (":" in parts.hostname):
            raise BadUrl
        port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
        if not port or (reach is Reach.PUBLIC and port not in HTTPS_PORTS):
            raise BadPort
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, _host(parts.hostname), port, _quoted(path))

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in one piece."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def at(self, address: Address) -> str:
        """The same with an address in the name's place."""
        host = f"[{address}]" if address.version == 6 else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return address in _GIVEN_6 and not any(address in network for network in _CLOSED_6)


def is_allowed(address: Address, reach: Reach) -> bool:
    """Whether requests may go to an address."""
    if reach is Reach.ANYWHERE:
        return True
    return is_public(address) or (reach is Reach.LOOPBACK and address.is_loopback)


def _host(name: str) -> str:
    """A name or address in the one spelling that is resolved, sent and checked. Raises BadUrl."""
    if ":" in name:
        return _address_6(name)
    try:
        host = (name if name.isascii() else idna.encode(name, uts46=True).decode()).lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise BadUrl from None
    labels = host.split(".")
    if len(host) > HOST_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadUrl
    if _NUMBER.fullmatch(
        labels[-1]
    ):  # an address: libraries read 127.1, 0x7f000001 and 017700000001 as one, too
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise BadUrl from None
    return host


def _address_6(name: str) -> str:
    try:
        address = ip_address(name)
    except ValueError:
        raise BadUrl from None
    if not isinstance(address, IPv6Address) or address.scope_id:
        raise BadUrl
    return str(address)


def _quoted(path: str) -> str:
    """A path and query in ASCII: what it has quoted already stays as it is."""
    return "".join(
        one if (one.isascii() and one.isalnum()) or one in _PATH else
        "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))
        for one in path
    )  # fmt: skip
