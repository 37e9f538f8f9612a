"""The headers that every answer carries, refusals too."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from handlers import cors, security, visitors
from handlers.operations import operation_of
from server.i18n import choose_language

if TYPE_CHECKING:
    from handlers.answers import Answers
    from server.limits import Allowance

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def begin(handler: Answers) -> None:
    """What a request is called and in which language it is answered: known before anything can be refused."""
    wished = handler.request.headers.get("X-Request-Id", "")
    handler.request_id = wished if _REQUEST_ID.fullmatch(wished) else secrets.token_hex(8)
    handler.language = choose_language(
        handler.get_cookie(visitors.LANGUAGE_COOKIE), handler.request.headers.get("Accept-Language")
    )


def write(handler: Answers) -> None:
    """Put them: Tornado asks for them at first, and again for a refusal."""
    if not handler.request_id:
        begin(handler)
    handler.set_header("X-Request-Id", handler.request_id)
    if handler.settings.get("draining"):
        handler.set_header("Connection", "close")  # so that a proxy sends nothing more on it
    security.write_headers(handler)
    cors.write_headers(handler)
    write_allowance(handler, handler.allowance)
    write_deprecation(handler)


def write_allowance(handler: Answers, allowance: Allowance | None) -> None:
    """What the limit still allows, as draft-ietf-httpapi-ratelimit-headers-11 has it; None: nothing is limited."""
    if allowance is None:
        return
    name, quota, window, left, seconds = allowance
    handler.set_header("RateLimit-Policy", f'"{name}";q={quota};w={window}')
    handler.set_header("RateLimit", f'"{name}";r={left};t={seconds}')


def write_deprecation(handler: Answers) -> None:
    """Since when the call is deprecated and when it ends (RFC 9745, RFC 8594), where its contract says so."""
    contract = operation_of(type(handler), handler.request.method or "")
    if contract is None or contract.deprecation is None:
        return
    deprecation = contract.deprecation
    handler.set_header("Deprecation", f"@{int(deprecation.since.timestamp())}")
    if deprecation.sunset:
        handler.set_header("Sunset", deprecation.sunset)
    handler.add_header("Link", f'<{deprecation.notice}>; rel="deprecation"; type="text/html"')
