"""Security headers, cookies and what a handler allows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler

from handlers.visitors import CSRF_COOKIE, SESSION_COOKIE

if TYPE_CHECKING:
    from handlers.answers import Answers
    from handlers.base import BaseHandler

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self' {live}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SESSION_DAYS = 14


def write_headers(handler: Answers) -> None:
    """Put the headers that every answer carries."""
    scheme = "wss" if handler.services.settings.public_url.startswith("https") else "ws"
    handler.clear_header("Server")
    handler.set_header("Content-Security-Policy", POLICY.format(live=f"{scheme}://{handler.request.host}"))
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("X-Frame-Options", "DENY")
    handler.set_header("Referrer-Policy", "strict-origin-when-cross-origin")
    handler.set_header("Cross-Origin-Opener-Policy", "same-origin")
    handler.set_header("Cross-Origin-Resource-Policy", "same-origin")
    handler.set_header("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if scheme == "wss":
        handler.set_header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def set_session_cookies(handler: BaseHandler, session_id: str) -> None:
    """Hand out a session and its CSRF token."""
    secure = handler.services.settings.public_url.startswith("https")
    days = SESSION_DAYS
    handler.session_id = session_id
    handler.set_cookie(
        SESSION_COOKIE, session_id, expires_days=days, httponly=True, samesite="Lax", secure=secure, path="/"
    )
    token = handler.services.sessions.csrf_token(session_id)
    handler.set_cookie(CSRF_COOKIE, token, expires_days=days, samesite="Lax", secure=secure, path="/")


def ensure_session_cookies(handler: BaseHandler) -> None:
    """Give a visitor without a session an anonymous one, and everybody the CSRF token."""
    set_session_cookies(handler, handler.session_id or handler.services.sessions.new_id())


def allowed_methods(handler_class: type[RequestHandler]) -> tuple[str, ...]:
    """The methods that the class defines, for `Allow`."""
    return _allowed_methods(handler_class)  # type: ignore[arg-type]  # classes are hashable


@cache
def _allowed_methods(handler_class: Any) -> tuple[str, ...]:
    own = [name for name in METHODS if _defines(handler_class, name)]
    return (*own, *(["HEAD"] if "GET" in own else []), "OPTIONS")


def _defines(handler_class: type[RequestHandler], method: str) -> bool:
    name = method.lower()
    return getattr(handler_class, name) is not getattr(RequestHandler, name)
