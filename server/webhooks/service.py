"""The use cases of webhooks: make, look, change, delete, new secret, test, log, send again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.db import retried
from server.idempotency import repository as idempotency
from server.webhooks import events, repository
from server.webhooks.model import (
    MAX_HOOKS,
    PING,
    BeingSent,
    Disabled,
    Message,
    NoSuchDelivery,
    NoSuchWebhook,
    Standing,
    State,
    TooManyWebhooks,
    WebhookDisabled,
    body_of,
    chosen_events,
    delivery_view,
    new_message_id,
    new_secret,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from server.db import Cursor, Database
    from server.idempotency.model import Once
    from server.live.service import LiveService
    from server.orders.model import Event
    from server.outbox.service import Outbox
    from server.outgoing.service import Outgoing
    from server.sealing import Seal
    from server.webhooks.model import Webhook

    Make = Callable[[Cursor], Awaitable[dict[str, Any]]]

PAGE_SIZE = 20
PURGE_LIMIT = 5_000


@dataclass(frozen=True)
class Changes:
    """What is changed of a webhook; None stays."""

    url: str | None = None
    events: Iterable[Event] | None = None
    enabled: bool | None = None


class WebhookService:
    """All use cases of webhooks but the delivery itself, which is the courier's. Secrets are shown once."""

    def __init__(
        self, database: Database, outgoing: Outgoing, seal: Seal, live: LiveService, outbox: Outbox
    ) -> None:
        self._database = database
        self._outgoing = outgoing
        self._seal = seal
        self._live = live
        self._outbox = outbox

    async def page(self, user_id: int) -> dict[str, Any]:
        """The user's webhooks, newest first."""
        async with self._database.reading() as cursor:
            hooks = await repository.of_user(cursor, user_id)
        return {"webhooks": [hook.view() for hook in hooks], "most": MAX_HOOKS}

    async def create(
        self, user_id: int, url: str, chosen: Iterable[Event] | None, once: Once | None = None
    ) -> dict[str, Any]:
        """A new webhook; the answer holds its secret, which nobody can read again.

        Raises NoEvents, TooManyWebhooks, OutgoingRefused and its kind, KeyReused, InFlight.
        """
        stored = await self._look(once)
        if stored is not None:
            return stored
        heard = chosen_events(chosen)
        target = await self._outgoing.check(url)

        async def make(cursor: Cursor) -> dict[str, Any]:
            await repository.lock_user(cursor, user_id)
            if len(await repository.of_user(cursor, user_id)) >= MAX_HOOKS:
                raise TooManyWebhooks
            secret = new_secret()
            hook_id = await repository.insert(cursor, user_id, target.url, heard, self._seal.seal(secret))
            return {"secret": secret, **await self._changed(cursor, user_id, hook_id)}

        return await self._once(once, make)

    async def change(self, user_id: int, hook_id: int, changes: Changes) -> dict[str, Any]:
        """Another address, other events, on or off; returns the webhook.

        Raises NoSuchWebhook, NoEvents, OutgoingRefused and its kind.
        """
        heard = None if changes.events is None else chosen_events(changes.events)
        async with self._database.reading() as cursor:
            if await repository.find(cursor, user_id, hook_id) is None:
                raise NoSuchWebhook
        url = None if changes.url is None else (await self._outgoing.check(changes.url)).url
        answer = await self._change(user_id, hook_id, Changes(url, heard, changes.enabled))
        self._outbox.wake()
        return answer

    async def remove(self, user_id: int, hook_id: int) -> None:
        """Forget a webhook, its log, and what waits for it. Raises NoSuchWebhook."""
        await self._remove(user_id, hook_id)
        self._outbox.wake()

    async def rotate(self, user_id: int, hook_id: int, once: Once | None = None) -> dict[str, Any]:
        """A new secret; for a day both sign. Raises NoSuchWebhook, KeyReused, InFlight."""

        async def make(cursor: Cursor) -> dict[str, Any]:
            await self._lock(cursor, user_id, hook_id)
            secret = new_secret()
            await repository.replace_secret(cursor, hook_id, self._seal.seal(secret))
            return {"secret": secret, **await self._changed(cursor, user_id, hook_id)}

        return await self._once(once, make)

    async def ping(self, user_id: int, hook_id: int, once: Once | None = None) -> dict[str, Any]:
        """Send a test event, in one attempt; returns its delivery.

        Raises NoSuchWebhook, WebhookDisabled, KeyReused, InFlight.
        """

        async def make(cursor: Cursor) -> dict[str, Any]:
            await self._lock_enabled(cursor, user_id, hook_id)
            payload = events.payload_of(body_of(PING, await repository.now(cursor), None))
            message = Message(new_message_id(), PING, None, None, payload)
            delivery_id = await repository.add_delivery(cursor, hook_id, message)
            return await self._on_its_way(cursor, user_id, (hook_id, delivery_id))

        return await self._once(once, make)

    async def deliveries(self, user_id: int, hook_id: int, before: int | None) -> dict[str, Any]:
        """A webhook's log, newest first, PAGE_SIZE at a time. Raises NoSuchWebhook."""
        async with self._database.reading() as cursor:
            if await repository.find(cursor, user_id, hook_id) is None:
                raise NoSuchWebhook
            rows = await repository.page(cursor, hook_id, before, PAGE_SIZE + 1)
        shown = rows[:PAGE_SIZE]
        return {
            "deliveries": [delivery_view(row) for row in shown],
            "next": str(shown[-1]["id"]) if len(rows) > PAGE_SIZE else None,
        }

    async def send_again(
        self, user_id: int, hook_id: int, delivery_id: int, once: Once | None = None
    ) -> dict[str, Any]:
        """Send what was sent, or waits, once more and now, with the same webhook-id; returns its delivery.

        Raises NoSuchWebhook, NoSuchDelivery, WebhookDisabled, BeingSent, KeyReused, InFlight.
        """

        async def make(cursor: Cursor) -> dict[str, Any]:
            await self._lock_enabled(cursor, user_id, hook_id)
            row = await repository.lock_delivery(cursor, hook_id, delivery_id)
            if row is None:
                raise NoSuchDelivery
            if row["state"] == State.SENDING:
                raise BeingSent
            await repository.send_again(cursor, delivery_id)
            return await self._on_its_way(cursor, user_id, (hook_id, delivery_id))

        return await self._once(once, make)

    async def purge(self) -> dict[str, Any]:
        """Forget old deliveries."""
        async with self._database.reading() as cursor:
            return {"purged": await repository.purge(cursor, PURGE_LIMIT)}

    async def _once(self, once: Once | None, make: Make) -> dict[str, Any]:
        answer = await self._made_once(once, make)
        self._outbox.wake()
        return answer

    @retried
    async def _made_once(self, once: Once | None, make: Make) -> dict[str, Any]:
        """Make it in a transaction, unless it was made before. What is kept for that is sealed."""
        async with self._database.transaction() as cursor:
            stored: str | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return self._unsealed(stored)
            answer = await make(cursor)
            await idempotency.finish(cursor, once, self._seal.seal(json.dumps(answer)))
        return answer

    async def _look(self, once: Once | None) -> dict[str, Any] | None:
        async with self._database.reading() as cursor:
            stored: str | None = await idempotency.look(cursor, once)
        return None if stored is None else self._unsealed(stored)

    def _unsealed(self, stored: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._seal.open(stored))
        return answer

    @retried
    async def _change(self, user_id: int, hook_id: int, changes: Changes) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            hook = await self._lock(cursor, user_id, hook_id)
            heard = hook.events if changes.events is None else frozenset(changes.events)
            await repository.update(cursor, hook_id, changes.url or hook.url, heard)
            if changes.enabled and not hook.enabled:
                await repository.enable(cursor, hook_id)
            if changes.enabled is False and hook.enabled:
                await repository.disable(cursor, hook_id, Disabled.OWNER)
            return await self._changed(cursor, user_id, hook_id)

    @retried
    async def _remove(self, user_id: int, hook_id: int) -> None:
        async with self._database.transaction() as cursor:
            if not await repository.remove(cursor, user_id, hook_id):
                raise NoSuchWebhook
            await events.tell(cursor, self._live, user_id, Standing(hook_id, None, "deleted", enabled=False))

    @staticmethod
    async def _lock(cursor: Cursor, user_id: int, hook_id: int) -> Webhook:
        hook = await repository.lock(cursor, user_id, hook_id)
        if hook is None:
            raise NoSuchWebhook
        return hook

    async def _lock_enabled(self, cursor: Cursor, user_id: int, hook_id: int) -> None:
        if not (await self._lock(cursor, user_id, hook_id)).enabled:
            raise WebhookDisabled

    async def _changed(self, cursor: Cursor, user_id: int, hook_id: int) -> dict[str, Any]:
        """The webhook as it is now; the owner's other pages hear of it."""
        hook = await self._lock(cursor, user_id, hook_id)
        await events.tell(cursor, self._live, user_id, Standing(hook_id, None, "changed", hook.enabled))
        return hook.view()

    async def _on_its_way(self, cursor: Cursor, user_id: int, ids: tuple[int, int]) -> dict[str, Any]:
        row = await repository.lock_delivery(cursor, *ids)
        assert row is not None  # noqa: S101 - it was just written in this transaction
        await events.tell(cursor, self._live, user_id, Standing(*ids, State.WAITING))
        return {"delivery": delivery_view(row)}
