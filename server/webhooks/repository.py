"""SQL of webhooks and their deliveries. Times are the database's clock; secrets come and go sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.orders.model import Event
from server.outbox import repository as outbox_repository
from server.outbox.model import Work
from server.webhooks.model import KEEP_DAYS, OLD_SECRET_HOURS, Disabled, State, Webhook, task_id_of
from server.webhooks.traffic import IN_ALL, TO_ONE_SERVER, Candidate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from server.db import Cursor, Row
    from server.webhooks.model import Message, Outcome, Parcel

LEASE_SECONDS = 20  # whoever sends for so long has died: an attempt takes ten seconds at most

_HOOK = (
    "SELECT id, user_id, url, events, enabled, disabled_reason, failures, failing_since, created_at,"
    " IF(old_secret_until > NOW(6), old_secret_until, NULL) AS old_secret_until FROM webhooks"
)
_DELIVERY = (
    "SELECT d.id, d.hook_id, d.message_id, d.event, d.order_id, d.version, d.state, d.attempts, d.response_status,"
    " d.reason, d.excerpt, d.duration_ms, d.created_at, d.attempted_at, d.due_at FROM webhook_deliveries d"
)


async def lock_user(cursor: Cursor, user_id: int) -> None:
    """Let one request at a time make webhooks of this user."""
    await cursor.execute("SELECT id FROM users WHERE id = %s FOR UPDATE", (user_id,))


async def of_user(cursor: Cursor, user_id: int) -> list[Webhook]:
    """The user's webhooks, newest first."""
    await cursor.execute(_HOOK + " WHERE user_id = %s ORDER BY id DESC", (user_id,))
    return [_hook(row) for row in await cursor.fetchall()]


async def find(cursor: Cursor, user_id: int, hook_id: int) -> Webhook | None:
    """One of the user's webhooks."""
    await cursor.execute(_HOOK + " WHERE id = %s AND user_id = %s", (hook_id, user_id))
    row = await cursor.fetchone()
    return _hook(row) if row else None


async def lock(cursor: Cursor, user_id: int, hook_id: int) -> Webhook | None:
    """One of the user's webhooks, locked. It is locked before its deliveries."""
    await cursor.execute(_HOOK + " WHERE id = %s AND user_id = %s FOR UPDATE", (hook_id, user_id))
    row = await cursor.fetchone()
    return _hook(row) if row else None


async def insert(cursor: Cursor, user_id: int, url: str, events: frozenset[Event], sealed_secret: str) -> int:
    """A new webhook; returns its id."""
    await cursor.execute(
        "INSERT INTO webhooks (user_id, url, events, sealed_secret) VALUES (%s, %s, %s, %s)",
        (user_id, url, _names(events), sealed_secret),
    )
    return cursor.lastrowid


async def update(cursor: Cursor, hook_id: int, url: str, events: frozenset[Event]) -> None:
    """Where a locked webhook is, and what it hears of."""
    await cursor.execute(
        "UPDATE webhooks SET url = %s, events = %s WHERE id = %s", (url, _names(events), hook_id)
    )


async def enable(cursor: Cursor, hook_id: int) -> None:
    """A locked webhook gets messages again, and its failures are forgotten."""
    await cursor.execute(
        "UPDATE webhooks SET enabled = TRUE, disabled_reason = NULL, failures = 0, failing_since = NULL"
        " WHERE id = %s",
        (hook_id,),
    )


async def disable(cursor: Cursor, hook_id: int, reason: Disabled) -> None:
    """A locked webhook gets nothing more: what waits for it has failed."""
    await cursor.execute(
        "UPDATE webhooks SET enabled = FALSE, disabled_reason = %s WHERE id = %s", (reason.value, hook_id)
    )
    await cursor.execute(
        "UPDATE webhook_deliveries SET state = 'failed', reason = 'disabled', due_at = NULL"
        " WHERE hook_id = %s AND due_at IS NOT NULL AND state = 'waiting'",
        (hook_id,),
    )


async def replace_secret(cursor: Cursor, hook_id: int, sealed_secret: str) -> None:
    """A new secret for a locked webhook; the one so far signs, too, for a day."""
    await cursor.execute(
        "UPDATE webhooks SET sealed_old_secret = sealed_secret,"
        " old_secret_until = NOW(6) + INTERVAL %s HOUR, sealed_secret = %s WHERE id = %s",
        (OLD_SECRET_HOURS, sealed_secret, hook_id),
    )


async def remove(cursor: Cursor, user_id: int, hook_id: int) -> bool:
    """Forget a webhook and its log; False when it is not there."""
    removed = await cursor.execute("DELETE FROM webhooks WHERE id = %s AND user_id = %s", (hook_id, user_id))
    if removed:
        await cursor.execute("DELETE FROM webhook_deliveries WHERE hook_id = %s", (hook_id,))
    return bool(removed)


async def listening(cursor: Cursor, user_id: int, event: Event) -> list[Row]:
    """The webhooks of a user that hear of an event, and the time now: id, now."""
    await cursor.execute(
        "SELECT id, NOW(6) AS now FROM webhooks WHERE user_id = %s AND enabled AND FIND_IN_SET(%s, events)"
        " ORDER BY id",
        (user_id, event.value),
    )
    return await cursor.fetchall()


async def now(cursor: Cursor) -> datetime:
    """The time, UTC."""
    await cursor.execute("SELECT NOW(6) AS now")
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - a SELECT without a table always answers
    moment: datetime = row["now"]
    return moment


async def add_delivery(cursor: Cursor, hook_id: int, message: Message) -> int:
    """A message to a webhook, due now, and the task that sends it; returns the delivery's id."""
    await cursor.execute(
        "INSERT INTO webhook_deliveries (hook_id, message_id, event, order_id, version, payload)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (hook_id, message.message_id, message.event, message.order_id, message.version, message.payload),
    )
    delivery_id = cursor.lastrowid
    await outbox_repository.add(cursor, Work(task_id_of(delivery_id), "webhooks.deliver"))
    return delivery_id


async def page(cursor: Cursor, hook_id: int, before: int | None, limit: int) -> list[Row]:
    """A webhook's log, newest first, from below the id `before`."""
    await cursor.execute(
        _DELIVERY + " WHERE d.hook_id = %s AND d.id < %s ORDER BY d.id DESC LIMIT %s",
        (hook_id, before or 2**63, limit),
    )
    return await cursor.fetchall()


async def lock_delivery(cursor: Cursor, hook_id: int, delivery_id: int) -> Row | None:
    """A delivery of a locked webhook, locked."""
    await cursor.execute(_DELIVERY + " WHERE d.id = %s AND d.hook_id = %s FOR UPDATE", (delivery_id, hook_id))
    return await cursor.fetchone()


async def send_again(cursor: Cursor, delivery_id: int) -> None:
    """A locked delivery is due now, with all its attempts before it."""
    await cursor.execute(
        "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, due_at = NOW(6), reason = NULL"
        " WHERE id = %s",
        (delivery_id,),
    )
    await outbox_repository.renew(cursor, Work(task_id_of(delivery_id), "webhooks.deliver"))


async def is_open(cursor: Cursor, delivery_id: int) -> bool:
    """Whether something is still to be sent to a webhook that is there and enabled."""
    return bool(
        await cursor.execute(
            "SELECT d.id FROM webhook_deliveries d JOIN webhooks h ON h.id = d.hook_id AND h.enabled"
            " WHERE d.id = %s AND d.due_at IS NOT NULL",
            (delivery_id,),
        )
    )


async def due(cursor: Cursor) -> list[Candidate]:
    """The oldest due delivery of each webhook that none is being sent to; those that answer come first.

    No more of a server than may go to it at once: a crowd that waits for one would leave no room for the others.
    """
    await cursor.execute(
        "SELECT id, url, is_failing FROM (SELECT due.id, due.due_at, h.url, h.failures > 0 AS is_failing,"
        " ROW_NUMBER() OVER (PARTITION BY SUBSTRING_INDEX(h.url, '/', 3) ORDER BY h.failures > 0, due.due_at) AS place"
        " FROM (SELECT d.id, d.hook_id, d.due_at, ROW_NUMBER() OVER (PARTITION BY d.hook_id ORDER BY d.due_at, d.id)"
        " AS turn FROM webhook_deliveries d WHERE d.due_at <= NOW(6)) due"
        " JOIN webhooks h ON h.id = due.hook_id AND h.enabled WHERE due.turn = 1 AND NOT EXISTS"
        " (SELECT 1 FROM webhook_deliveries s WHERE s.hook_id = h.id AND s.state = 'sending' AND s.due_at > NOW(6)))"
        " waiting WHERE place <= %s ORDER BY is_failing, due_at LIMIT %s",
        (TO_ONE_SERVER, IN_ALL * 4),
    )
    return [Candidate(row["id"], row["url"], bool(row["is_failing"])) for row in await cursor.fetchall()]


async def claim(cursor: Cursor, delivery_ids: Sequence[int]) -> list[Row]:
    """Take those of these that are still due: nobody else sends them before the lease is over.

    Their rows have what a Parcel has, with sealed secrets.
    """
    marks = ",".join(["%s"] * len(delivery_ids))
    await cursor.execute(
        f"SELECT id FROM webhook_deliveries WHERE id IN ({marks}) AND due_at <= NOW(6)"  # noqa: S608
        " ORDER BY id FOR UPDATE SKIP LOCKED",
        delivery_ids,
    )
    taken = [row["id"] for row in await cursor.fetchall()]
    if not taken:
        return []
    marks = ",".join(["%s"] * len(taken))
    await cursor.execute(
        "UPDATE webhook_deliveries SET state = 'sending', attempts = attempts + 1, attempted_at = NOW(6),"  # noqa: S608
        f" due_at = NOW(6) + INTERVAL %s SECOND WHERE id IN ({marks})",
        (LEASE_SECONDS, *taken),
    )
    await cursor.execute(
        "SELECT d.id, d.hook_id, h.user_id, h.url, d.message_id, d.event, d.payload, d.attempts,"  # noqa: S608
        " h.failures > 0 AS is_failing, h.sealed_secret,"
        " IF(h.old_secret_until > NOW(6), h.sealed_old_secret, NULL) AS sealed_old_secret"
        f" FROM webhook_deliveries d JOIN webhooks h ON h.id = d.hook_id WHERE d.id IN ({marks})",
        taken,
    )
    return await cursor.fetchall()


async def finish(
    cursor: Cursor, delivery_id: int, state: State, outcome: Outcome, next_seconds: float | None
) -> None:
    """How the attempt of a locked delivery ended, and when the next one is."""
    await cursor.execute(
        "UPDATE webhook_deliveries SET state = %s, response_status = %s, reason = %s, excerpt = %s,"
        " duration_ms = %s, due_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s",
        (
            state.value, outcome.response_status, outcome.reason, outcome.excerpt, outcome.duration_ms,
            next_seconds, delivery_id,
        ),
    )  # fmt: skip


async def note_success(cursor: Cursor, hook_id: int) -> None:
    """A locked webhook answered: what failed before does not count any more."""
    await cursor.execute(
        "UPDATE webhooks SET failures = 0, failing_since = NULL WHERE id = %s AND failures > 0", (hook_id,)
    )


async def note_failure(cursor: Cursor, hook_id: int, days: int) -> bool:
    """A locked webhook did not answer; whether that has been so for so many days."""
    await cursor.execute(
        "UPDATE webhooks SET failures = failures + 1, failing_since = COALESCE(failing_since, NOW(6))"
        " WHERE id = %s",
        (hook_id,),
    )
    return bool(
        await cursor.execute(
            "SELECT id FROM webhooks WHERE id = %s AND failing_since < NOW(6) - INTERVAL %s DAY",
            (hook_id, days),
        )
    )


async def lock_of(cursor: Cursor, parcel: Parcel) -> tuple[Webhook, Row] | None:
    """The webhook and the delivery of a parcel, locked; None when either is gone."""
    hook = await lock(cursor, parcel.user_id, parcel.hook_id)
    row = await lock_delivery(cursor, parcel.hook_id, parcel.delivery_id) if hook else None
    return (hook, row) if hook and row else None


async def purge(cursor: Cursor, limit: int) -> int:
    """Forget old deliveries: their last attempt was long ago."""
    return await cursor.execute(
        "DELETE FROM webhook_deliveries WHERE created_at < NOW(6) - INTERVAL %s DAY LIMIT %s",
        (KEEP_DAYS, limit),
    )


def _names(events: frozenset[Event]) -> str:
    return ",".join(event.value for event in Event if event in events)


def _hook(row: Row) -> Webhook:
    return Webhook(
        hook_id=row["id"],
        user_id=row["user_id"],
        url=row["url"],
        events=frozenset(Event(name) for name in row["events"].split(",")),
        enabled=bool(row["enabled"]),
        disabled_reason=Disabled(row["disabled_reason"]) if row["disabled_reason"] else None,
        failures=row["failures"],
        failing_since=row["failing_since"],
        old_secret_until=row["old_secret_until"],
        created_at=row["created_at"],
    )
