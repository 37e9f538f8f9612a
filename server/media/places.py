"""What IHOME_STORAGE can name: stores as values, read from URLs. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEYS_SENTENCE = "with every character of the keys but letters, digits and -._~ percent-encoded"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]+", re.ASCII)


class BadStorageUrl(ValueError):
    """IHOME_STORAGE names no store that we know. The sentence never holds what was between `//` and `@`."""


@dataclass(frozen=True)
class Folder:
    """`fs:/absolute/folder`."""

    path: str

    def __str__(self) -> str:
        """For people."""
        return f"folder {self.path}"


@dataclass(frozen=True)
class S3Bucket:
    """`s3://access-key:secret-key@bucket/prefix?endpoint=https://…&region=…&style=virtual`."""

    name: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str
    region: str
    prefix: str
    virtual_host: bool

    def __str__(self) -> str:
        """For people; without the keys."""
        return f"S3 bucket {self.name}{self.prefix.rstrip('/')} at {self.endpoint}"


@dataclass(frozen=True)
class QiniuBucket:
    """`qiniu://access-key:secret-key@bucket?domain=https://…&region=z0`.

    `domain` is where the bucket's objects are downloaded. `host` instead of `region` names one address that
    answers for all of Qiniu's services: a private cloud, or the sandbox.
    """

    name: str
    access_key: str
    secret_key: str = field(repr=False)
    domain: str
    region: str
    host: str

    def __str__(self) -> str:
        """For people; without the keys."""
        return f"Qiniu bucket {self.name} at {self.domain}"


@dataclass(frozen=True)
class Mirror:
    """`mirror:<store>|<store>`: every object in both. The second may be a mirror in its turn."""

    first: Place
    second: Place

    def __str__(self) -> str:
        """For people."""
        return f"{self.first} and {self.second}"


Place = Folder | S3Bucket | QiniuBucket | Mirror


def parse_place(url: str) -> Place:
    """The store that a URL names. Raises BadStorageUrl."""
    scheme, _, rest = url.partition(":")
    if scheme == "mirror":
        return _mirror(rest)
    if scheme not in _READERS:
        raise BadStorageUrl(f"no such kind of storage; known: {', '.join((*_READERS, 'mirror'))}")
    try:
        parts = urlsplit(url)
    except ValueError:  # its text may quote the keys
        raise BadStorageUrl(f"{scheme}: is not a well-formed URL") from None
    return _READERS[scheme](parts)


def plain_places(place: Place) -> tuple[Place, ...]:
    """The stores themselves, mirrors resolved."""
    if isinstance(place, Mirror):
        return (*plain_places(place.first), *plain_places(place.second))
    return (place,)


def exposed_addresses(place: Place) -> list[str]:
    """Addresses that keys or pictures would reach unencrypted across a network.

    An S3 endpoint whose host is a loopback or private IP address may be plain http: storage of one's own in
    one's own network. A name may lead anywhere. Qiniu is never at home.
    """
    exposed = []
    for one in plain_places(place):
        if isinstance(one, S3Bucket) and not (_is_https(one.endpoint) or _is_private(one.endpoint)):
            exposed.append(one.endpoint)
        if isinstance(one, QiniuBucket):
            exposed += [url for url in (one.domain, one.host) if url and not _is_https(url)]
    return exposed


def _mirror(rest: str) -> Mirror:
    first, bar, second = rest.partition("|")
    if not bar:
        raise BadStorageUrl("mirror: needs two stores, as in mirror:fs:/first/folder|fs:/second/folder")
    mirror = Mirror(parse_place(first), parse_place(second))
    places = plain_places(mirror)
    if len(set(map(str, places))) < len(places):
        raise BadStorageUrl("mirror: names one store twice, which protects nothing")
    return mirror


def _folder(parts: SplitResult) -> Folder:
    folder = unquote(parts.path)
    if not PurePosixPath(folder).is_absolute() or parts.netloc or parts.query or parts.fragment:
        raise BadStorageUrl("fs: needs an absolute folder, as in fs:/var/lib/ihome/pictures")
    return Folder(folder)


def _s3(parts: SplitResult) -> S3Bucket:
    name, access_key, secret_key = _bucket(parts)
    named = _parameters(parts, {"endpoint", "region", "style"})
    if named.get("style", "path") not in {"path", "virtual"}:
        raise BadStorageUrl("s3: style is path or virtual")
    return S3Bucket(
        name,
        access_key,
        secret_key,
        _address("s3", "endpoint", named.get("endpoint", "")),
        _region("s3", named.get("region", "us-east-1")),
        unquote(parts.path) or "/",
        named.get("style") == "virtual",
    )


def _qiniu(parts: SplitResult) -> QiniuBucket:
    name, access_key, secret_key = _bucket(parts)
    named = _parameters(parts, {"domain", "region", "host"})
    if parts.path.strip("/"):
        raise BadStorageUrl("qiniu: a bucket has no folder: nothing may follow its name")
    if "region" in named and "host" in named:
        raise BadStorageUrl("qiniu: region and host exclude each other")
    return QiniuBucket(
        name,
        access_key,
        secret_key,
        _address("qiniu", "domain", named.get("domain", "")),
        _region("qiniu", named.get("region", "z0")),
        _address("qiniu", "host", named["host"]) if "host" in named else "",
    )


_READERS: Mapping[str, Callable[[SplitResult], Place]] = {"fs": _folder, "s3": _s3, "qiniu": _qiniu}


def _bucket(parts: SplitResult) -> tuple[str, str, str]:
    """Name, access key and secret key. The name keeps its case, which `hostname` would not."""
    keys, at, name = parts.netloc.rpartition("@")
    access_key, colon, secret_key = keys.partition(":")
    if not (at and colon and access_key and secret_key and _NAME.fullmatch(name)) or parts.fragment:
        raise BadStorageUrl(
            f"{parts.scheme}: needs {parts.scheme}://access-key:secret-key@bucket?…, {KEYS_SENTENCE}"
        )
    return name, unquote(access_key), unquote(secret_key)


def _parameters(parts: SplitResult, known: set[str]) -> dict[str, str]:
    named = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(named) - known:
        raise BadStorageUrl(f"{parts.scheme}: knows only the parameters {', '.join(sorted(known))}")
    return named


def _address(scheme: str, parameter: str, url: str) -> str:
    """An http(s) address without what does not belong in it, nor a slash at its end."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"} or "@" in url or parts.query or parts.fragment:
        raise BadStorageUrl(f"{scheme}: needs {parameter}=https://… with nothing but a host and a path")
    return url.rstrip("/")


def _region(scheme: str, region: str) -> str:
    if not _REGION.fullmatch(region):
        raise BadStorageUrl(f"{scheme}: a region is made of small letters, digits and -")
    return region


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _is_private(url: str) -> bool:
    try:
        return ip_address(urlsplit(url).hostname or "").is_private
    except ValueError:
        return False
