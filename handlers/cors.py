"""Pages of other sites that may call the API: exact origins, with tokens and never with cookies (Fetch standard)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.addresses import API

if TYPE_CHECKING:
    from handlers.answers import Answers

SENT = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id"
READ = (
    "Content-Language, Deprecation, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Sunset,"
    " WWW-Authenticate, X-Request-Id"
)
PREFLIGHT_SECONDS = 600


def write_headers(handler: Answers) -> None:
    """Let a listed origin's page read the answer. Others are told nothing."""
    if not _is_shared(handler):
        return
    handler.set_header("Vary", "Origin")
    if origin := _listed_origin(handler):
        handler.set_header("Access-Control-Allow-Origin", origin)
        handler.set_header("Access-Control-Expose-Headers", READ)
        handler.set_header("Cross-Origin-Resource-Policy", "cross-origin")


def answer_preflight(handler: Answers, methods: str) -> None:
    """What a listed origin's page may send, when its browser asks before it does."""
    is_asked = "Access-Control-Request-Method" in handler.request.headers
    if is_asked and _is_shared(handler) and _listed_origin(handler):
        handler.set_header("Access-Control-Allow-Methods", methods)
        handler.set_header("Access-Control-Allow-Headers", SENT)
        handler.set_header("Access-Control-Max-Age", str(PREFLIGHT_SECONDS))


def varied(handler: Answers, names: str) -> str:
    """The value of `Vary`: these request headers, and the origin where answers differ by it."""
    return f"{names}, Origin" if _is_shared(handler) else names


def _is_shared(handler: Answers) -> bool:
    return bool(handler.services.settings.cors_origins) and handler.request.path.startswith(API + "/")


def _listed_origin(handler: Answers) -> str | None:
    origin = handler.request.headers.get("Origin")
    return origin if origin in handler.services.settings.cors_origins else None
