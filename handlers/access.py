"""How a handler says that it is open to everybody, and how often one address may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.base import BaseHandler

H = TypeVar("H", bound="type[BaseHandler]")


def public(limit: str) -> Callable[[H], H]:
    """Open the handler to people who are not signed in, at most `limit` (e.g. "60/minute") an address."""

    def open_up(handler: H) -> H:
        handler.is_public = True
        handler.limit = limit
        return handler

    return open_up
