"""What makes two requests the same: their user, their key, and what they ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.errors import BadField, Conflict
from server.i18n import N_

KEEP_HOURS = 24
_NAME = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class BadKey(BadField):
    """The header Idempotency-Key is empty, too long or not plain ASCII."""

    status = 400
    field = "Idempotency-Key"
    message = N_("Idempotency-Key 应为 1 到 128 个可见的 ASCII 字符")


class KeyReused(BadField):
    """The key came before, with another request."""

    field = "Idempotency-Key"
    message = N_("这个 Idempotency-Key 已用于另一个请求")


class InFlight(Conflict):
    """The first request with this key is being worked on."""

    field = "Idempotency-Key"
    message = N_("同一个请求正在处理，请稍后再试")


@dataclass(frozen=True)
class Once:
    """A request that carries a key. `request` is a digest of what it asks for: IdempotencyService makes it."""

    user_id: int
    name: str
    request: str

    def __post_init__(self) -> None:
        """Raises BadKey."""
        if not _NAME.fullmatch(self.name):
            raise BadKey
