"""Programs: the token in `Authorization: Bearer …` (RFC 6750), and whether it may do what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.operations import operation_of
from handlers.security import allowed_methods
from handlers.visitors import may_be_nobody
from server.errors import StoreUnavailable
from server.tokens.model import BadBearer, TakesNoToken, TokenTooWeak

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

    from handlers.base import BaseHandler
    from handlers.operations import Operation
    from server.errors import IhomeError
    from server.tokens.model import Bearer

SCHEME = "bearer"
REALM = 'Bearer realm="ihome"'


def shows_token(request: HTTPServerRequest) -> bool:
    """Whether a program asks: its cookies, if any, count for nothing."""
    return _credentials(request)[0] == SCHEME


async def bearer_of(handler: BaseHandler) -> Bearer | None:
    """Who calls by token; None without one, for pictures and pages that are for everybody, and for a public read when
    MySQL does not answer.

    Raises BadBearer, TokenTooWeak, TakesNoToken, StoreUnavailable. A call that declares no scope takes no token.
    """
    scheme, secret = _credentials(handler.request)
    if scheme != SCHEME:
        return None
    try:
        bearer = await handler.services.tokens.bearer(secret)
    except StoreUnavailable:
        if may_be_nobody(handler):
            return None
        raise
    contract = operation_of(type(handler), handler.request.method or "")
    if contract is None and may_be_nobody(handler):
        return None
    if not _may(bearer, handler):
        raise _refusal(contract)
    return bearer


def challenge(error: IhomeError) -> str | None:
    """The value of `WWW-Authenticate` for a refusal: on every 401, and where a token is too weak (RFC 6750, 3)."""
    if isinstance(error, BadBearer):
        return f'{REALM}, error="invalid_token"'
    if isinstance(error, TokenTooWeak):
        scope = f', scope="{error.scope}"' if error.scope else ""
        return f'{REALM}, error="insufficient_scope"{scope}'
    return REALM if error.status == 401 else None


def _may(bearer: Bearer, handler: BaseHandler) -> bool:
    """Whether the verb takes this token; one that is not there is refused later, as for anybody."""
    method = handler.request.method or ""
    if method == "OPTIONS" or method not in allowed_methods(type(handler)):
        return True
    contract = operation_of(type(handler), method)
    return contract is not None and contract.scope in bearer.scopes


def _refusal(contract: Operation | None) -> TokenTooWeak:
    """Why not: a wider token would do, or none would."""
    return TokenTooWeak(contract.scope) if contract and contract.scope else TakesNoToken()


def _credentials(request: HTTPServerRequest) -> tuple[str, str]:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower(), secret.strip()
