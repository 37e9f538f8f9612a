"""What a webhook and a delivery are, how a message is signed, when it is tried again, and refusals.

Messages follow Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): headers webhook-id, webhook-timestamp and
webhook-signature; the signature is `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; a secret is `whsec_` and
base64 of its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from server.errors import BadField, Conflict, NoSuchThing
from server.i18n import N_
from server.orders.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32
MAX_HOOKS = 10
OLD_SECRET_HOURS = 24
EXCERPT_LENGTH = 500
KEEP_DAYS = 30
FAILING_DAYS = 5
PING = "ping"

# Seconds until the next attempt, after the first, the second …: eight attempts within about a day.
DELAYS = (10, 60, 300, 1800, 7200, 21_600, 57_600)
JITTER = 0.2


class State(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Disabled(StrEnum):
    """Why a webhook gets nothing: its owner, its receiver (410), or days without one delivery."""

    OWNER = "owner"
    GONE = "gone"
    FAILING = "failing"


class NoSuchWebhook(NoSuchThing):
    """It is not there, or another user's."""

    message = N_("没有找到这个 Webhook")


class NoSuchDelivery(NoSuchThing):
    """It is not there, forgotten, or another user's."""

    message = N_("没有找到这次投递")


class TooManyWebhooks(Conflict):
    """The user has as many as one may have."""

    message = N_("Webhook 太多了，请先删除不用的")


class WebhookDisabled(Conflict):
    """Nothing is sent to it."""

    field = "enabled"
    message = N_("这个 Webhook 已停用，请先启用")


class BeingSent(Conflict):
    """It is on its way at this moment."""

    message = N_("正在投递，请稍后再试")


class NoEvents(BadField):
    """A webhook that hears of nothing."""

    field = "events"
    message = N_("请至少选择一种事件")


@dataclass(frozen=True)
class Webhook:
    """A row of `webhooks` without its secrets; times in UTC."""

    hook_id: int
    user_id: int
    url: str
    events: frozenset[Event]
    enabled: bool
    disabled_reason: Disabled | None
    failures: int
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime

    def view(self) -> dict[str, Any]:
        """As answered."""
        return {
            "webhook_id": self.hook_id,
            "url": self.url,
            "events": [event.value for event in Event if event in self.events],
            "enabled": self.enabled,
            "disabled_reason": self.disabled_reason.value if self.disabled_reason else None,
            "failures": self.failures,
            "failing_since": text_of(self.failing_since),
            "old_secret_until": text_of(self.old_secret_until),
            "ctime": text_of(self.created_at),
        }


@dataclass(frozen=True)
class Message:
    """What one webhook is told once. `message_id` is its webhook-id, the same in every attempt."""

    message_id: str
    event: str
    order_id: int | None
    version: int | None
    payload: str


@dataclass(frozen=True)
class Standing:
    """What pages hear: how a webhook stands now (changed, deleted), or one of its deliveries (a State)."""

    hook_id: int
    delivery_id: int | None
    state: str
    enabled: bool = True

    def view(self) -> dict[str, Any]:
        """The live event's body."""
        return {
            "webhook_id": self.hook_id,
            "delivery_id": self.delivery_id,
            "state": str(self.state),
            "enabled": self.enabled,
        }


@dataclass(frozen=True)
class Parcel:
    """A message that somebody claimed to send now; `secrets` are open, the newest first; none when they are lost."""

    delivery_id: int
    hook_id: int
    user_id: int
    url: str
    message_id: str
    event: str
    payload: str
    attempts: int
    secrets: tuple[str, ...]

    @property
    def task_id(self) -> str:
        """The task behind the first attempt."""
        return task_id_of(self.delivery_id)

    def headers(self, timestamp: int) -> dict[str, str]:
        """Those of Standard Webhooks, with a signature by each secret."""
        body = self.payload.encode()
        signatures = (sign(secret, self.message_id, timestamp, body) for secret in self.secrets)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
        }


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended: the receiver's status and the begin of its body, or the reason why there is none."""

    response_status: int | None = None
    reason: str | None = None
    excerpt: str | None = None
    duration_ms: int = 0

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.response_status is not None and 200 <= self.response_status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.response_status == 410


def new_secret() -> str:
    """A secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_message_id() -> str:
    """A webhook-id: nobody guesses it, and it has no full stop."""
    return f"msg_{secrets.token_hex(12)}"


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature of webhook-signature. Raises ValueError for a secret that is none."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def seconds_until_next(attempts: int, event: str, chance: float | None = None) -> float | None:
    """How long to wait after so many attempts; None when that was the last. A test event has one.

    `chance` from 0 to 1 spreads attempts that failed together.
    """
    if event == PING or attempts > len(DELAYS):
        return None
    chance = random.random() if chance is None else chance  # noqa: S311 - spreads load, hides nothing
    return DELAYS[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)


def chosen_events(events: Iterable[Event] | None) -> frozenset[Event]:
    """What a webhook hears of; without a choice, everything. Raises NoEvents."""
    chosen = frozenset(Event if events is None else events)
    if not chosen:
        raise NoEvents
    return chosen


def excerpt_of(content: bytes) -> str:
    """The begin of a stranger's body as text without control characters. It is still a stranger's: escape it."""
    text = content[: EXCERPT_LENGTH * 4].decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text).strip()[:EXCERPT_LENGTH]


def task_id_of(delivery_id: int) -> str:
    """The outbox's name for a delivery."""
    return f"webhook-{delivery_id}"


def body_of(event: str, at: datetime, order: dict[str, Any] | None) -> dict[str, Any]:
    """The payload: what happened, when, and the order as its host sees it over the API."""
    return {
        "kind": PING if order is None else "order",
        "event": event,
        "at": text_of(at),
        "version": order["version"] if order else None,
        "order": order,
    }


def delivery_view(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the log as answered; times in UTC."""
    return {
        "delivery_id": row["id"],
        "webhook_id": row["hook_id"],
        "message_id": row["message_id"],
        "event": row["event"],
        "order_id": row["order_id"],
        "version": row["version"],
        "state": row["state"],
        "attempts": row["attempts"],
        "response_status": row["response_status"],
        "reason": row["reason"],
        "excerpt": row["excerpt"],
        "duration_ms": row["duration_ms"],
        "ctime": text_of(row["created_at"]),
        "attempted_at": text_of(row["attempted_at"]),
        "next_attempt_at": text_of(row["due_at"]) if row["state"] == State.WAITING else None,
    }


def text_of(moment: datetime | None) -> str | None:
    """A time as the API writes it, UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None
