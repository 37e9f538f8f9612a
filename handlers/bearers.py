"""Programs: the token in `Authorization: Bearer …` (RFC 6750), and whether it may do what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.operations import READS, operation_of
from server.errors import StoreUnavailable
from server.tokens.model import TokenTooWeak

if TYPE_CHECKING:
    from handlers.base import BaseHandler
    from server.tokens.model import Bearer

SCHEME = "bearer"


async def bearer_of(handler: BaseHandler) -> Bearer | None:
    """Who calls by token; None without one, and for a public read when MySQL does not answer.

    Raises BadBearer, TokenTooWeak, StoreUnavailable. A call that declares no scope takes no token.
    """
    scheme, _, secret = handler.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME:
        return None
    method = handler.request.method or ""
    try:
        bearer = await handler.services.tokens.bearer(secret.strip())
    except StoreUnavailable:
        if handler.is_public and method in READS:
            return None
        raise
    if method != "OPTIONS":
        contract = operation_of(type(handler), method)
        if contract is None or contract.scope not in bearer.scopes:
            raise TokenTooWeak
    return bearer
