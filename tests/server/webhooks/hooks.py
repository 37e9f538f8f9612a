"""Webhooks for tests, made by the product's own services without HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.tasks import publishing_app
from tests.houses import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import Row
    from server.orders.model import Event
    from server.services import Services


@dataclass
class Hook:
    """A webhook and its secret."""

    services: Services
    user_id: int
    hook_id: int
    secret: str

    async def log(self) -> list[dict[str, Any]]:
        """Its deliveries, the oldest first."""
        found = await self.services.webhooks.deliveries(self.user_id, self.hook_id, None)
        return list(reversed(found["deliveries"]))

    async def until(self, *states: str) -> list[dict[str, Any]]:
        """Wait until its deliveries stand so, the oldest first."""
        now: list[dict[str, Any]] = []
        for _ in range(300):
            now = await self.log()
            if [one["state"] for one in now] == list(states):
                return now
            await asyncio.sleep(0.1)
        raise AssertionError(f"the deliveries are {now}")

    async def row(self) -> Row:
        [row] = await rows(self.services, "SELECT * FROM webhooks WHERE id = %s", self.hook_id)
        return row

    async def hurry(self) -> None:
        """What waits is due now, and what is claimed was claimed long ago: the database's clock is moved."""
        await rows(
            self.services,
            "UPDATE webhook_deliveries SET due_at = NOW(6) - INTERVAL 1 SECOND"
            " WHERE hook_id = %s AND due_at IS NOT NULL",
            self.hook_id,
        )


async def new_hook(services: Services, user_id: int, url: str, events: Iterable[Event] | None = None) -> Hook:
    """A webhook of this user."""
    made = await services.webhooks.create(user_id, url, events)
    return Hook(services, user_id, made["webhook_id"], made["secret"])


def sweep(services: Services) -> None:
    """What the clock does every few seconds: wake the worker's courier."""
    publishing_app(services.settings).send_task("webhooks.sweep")
