"""How long a store may take, and how its failures become ours."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Iterator

PUT_SECONDS = 10.0
GET_SECONDS = 5.0


@contextmanager
def failures(store: str, kinds: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn the store's failures into ours. Their texts name folders, addresses and keys: not passed on."""
    caught: tuple[type[Exception], ...] = (TimeoutError, *kinds)
    try:
        yield
    except caught as error:
        structlog.get_logger().warning("storage unavailable", store=store, error=type(error).__name__)
        raise StoreUnavailable("storage") from error


async def together(work: Iterable[Awaitable[None]]) -> None:
    """Do all at the same time and let each come to its end; then raise the first failure, if there is one."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if outcome is not None:
            raise outcome
