"""What every answer of the API must have, whatever it says: held against each that a visitor of the suite gets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.httputil import HTTPHeaders

API = "/api/v1_0/"
PROVIDER = API + "payments/alipay/"  # answers in Alipay's own words
VARIED = {"Accept-Language", "Accept-Encoding", "Cookie", "Authorization"}
REPRESENTATION = ("Content-Type", "Content-Language", "Content-Encoding")
POLICY = re.compile(r'"([a-z-]+)";q=(\d+);w=(\d+)')
LEFT = re.compile(r'"([a-z-]+)";r=(\d+);t=(\d+)')


def troubles(method: str, path: str, status: int, headers: HTTPHeaders, body: bytes) -> list[str]:
    """What is wrong with an answer of the API."""
    if not path.startswith(API) or path.startswith(PROVIDER):
        return []
    found = [*_by_status(status, headers, body), *_limits(status, headers)]
    if "json" in headers.get("Content-Type", ""):
        found += _json(method, status, headers, body)
    return found


def _by_status(status: int, headers: HTTPHeaders, body: bytes) -> list[str]:
    found = []
    if status in {429, 503} and int(headers.get("Retry-After", "0")) < 1:
        found.append(f"{status} does not say when to come back")
    if status == 401 and not headers.get("WWW-Authenticate", "").startswith('Bearer realm="ihome"'):
        found.append("401 does not say how to sign in")
    if status == 405 and "OPTIONS" not in headers.get("Allow", ""):
        found.append("405 does not say what is allowed")
    if status == 201 and not headers.get("Location", "").startswith(API):
        found.append("201 does not say where the made thing is")
    if status in {204, 304} and (body or any(name in headers for name in REPRESENTATION)):
        found.append(f"{status} describes a body")
    if status == 304 and not all(name in headers for name in ("ETag", "Cache-Control", "Vary")):
        found.append("304 forgets what the 200 had")
    if "X-Request-Id" not in headers:
        found.append("no request id")
    return found


def _limits(status: int, headers: HTTPHeaders) -> list[str]:
    if "RateLimit" not in headers:
        return []
    policy = POLICY.fullmatch(headers.get("RateLimit-Policy", ""))
    left = LEFT.fullmatch(headers["RateLimit"])
    if not policy or not left:
        return [f"odd limits: {headers.get('RateLimit-Policy')} {headers['RateLimit']}"]
    is_sound = policy[1] == left[1] and int(left[2]) <= int(policy[2]) and 1 <= int(left[3]) <= int(policy[3])
    found = [] if is_sound else ["the limits contradict each other"]
    if status == 429 and left[2] == "0" and headers.get("Retry-After") != left[3]:
        found.append("Retry-After and RateLimit speak of different times")
    return found


def _json(method: str, status: int, headers: HTTPHeaders, body: bytes) -> list[str]:
    found = []
    if headers.get("Content-Language") not in {"zh", "en"}:
        found.append("no language")
    if not {name.strip() for name in headers.get("Vary", "").split(",")} >= VARIED:
        found.append(f"varies by {headers.get('Vary')} only")
    is_read = status == 200 and method in {"GET", "HEAD"}
    if is_read and "ETag" not in headers:
        found.append("a read without an ETag")
    if not is_read and headers.get("Cache-Control") != "no-store":
        found.append("may be kept")
    if is_read and headers.get("Cache-Control") not in {"private, no-cache", "no-store", "public, no-cache"}:
        found.append(f"is kept as {headers.get('Cache-Control')}")
    if body and is_read:
        onward = _next(body)
        if (onward is not None) != ('rel="next"' in headers.get("Link", "")):
            found.append("the list and its Link disagree on whether it goes on")
    return found


def _next(body: bytes) -> object:
    answer = json.loads(body).get("data")
    return answer.get("next") if isinstance(answer, dict) else None
