"""Webhooks and their deliveries in answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.shapes.base import Count, Id, Moment, Shape
from handlers.shapes.orders import OrderShape

EventName = Literal[
    "place", "accept", "reject", "cancel", "expire", "pay", "check_out", "comment", "complete", "reply"
]


class WebhookShape(Shape):
    """A webhook without its secret."""

    webhook_id: Id = Field(description="the webhook's id", examples=[12])
    url: str = Field(
        description="where messages go, in its one spelling", examples=["https://host.example.com/ihome"]
    )
    events: list[EventName] = Field(description="what it hears of", examples=[["place", "cancel", "pay"]])
    enabled: bool = Field(description="whether anything is sent to it", examples=[True])
    disabled_reason: Literal["owner", "gone", "failing"] | None = Field(
        description="why it is disabled: by you, by a 410 of its server, after five days without a delivery",
        examples=[None],
    )
    failures: Count = Field(description="attempts that failed since the last delivery", examples=[0])
    failing_since: Moment | None = Field(description="when the first of them was, UTC", examples=[None])
    old_secret_until: Moment | None = Field(
        description="until when the secret before this one signs, too, UTC", examples=[None]
    )
    ctime: Moment = Field(description="when it was made, UTC", examples=["2026-11-26 08:00:00"])


class NewWebhookShape(WebhookShape):
    """A webhook with the secret that was just made."""

    secret: str = Field(
        description="what signs the messages, shown this once",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwC8SuIjp1uZA="],
    )


class WebhooksShape(Shape):
    """The user's webhooks."""

    webhooks: list[WebhookShape] = Field(description="newest first")
    most: Count = Field(description="how many one may have", examples=[10])


class DeliveryShape(Shape):
    """One message to one webhook."""

    delivery_id: Id = Field(description="the delivery's id", examples=[3401])
    webhook_id: Id = Field(description="the webhook's id", examples=[12])
    message_id: str = Field(
        description="its webhook-id, the same in every attempt", examples=["msg_1f0c9a7be2d84b5f8a3e6c07"]
    )
    event: EventName | Literal["ping"] = Field(description="what happened", examples=["place"])
    order_id: Id | None = Field(description="the order; null for a test event", examples=[77])
    version: Id | None = Field(description="the order's version after it", examples=[1])
    state: Literal["waiting", "sending", "delivered", "failed"] = Field(
        description="waiting for its next attempt, being sent, delivered, or given up", examples=["delivered"]
    )
    attempts: Count = Field(description="attempts so far", examples=[1])
    response_status: Annotated[int, Field(ge=100, le=999)] | None = Field(
        description="the HTTP status of the last answer", examples=[200]
    )
    reason: str | None = Field(
        description="why the last attempt failed: status, redirect, unknown_name, not_public, unreachable,"
        " bad_certificate, timeout, busy, lost_secret, disabled, or what is wrong with the address",
        examples=[None],
    )
    excerpt: Annotated[str, Field(max_length=500)] | None = Field(
        description="the begin of the last answer's body; a stranger wrote it: escape it", examples=["ok"]
    )
    duration_ms: Count | None = Field(
        description="how long the last attempt took, in milliseconds", examples=[84]
    )
    ctime: Moment = Field(description="when it was written, UTC", examples=["2026-11-26 08:00:00"])
    attempted_at: Moment | None = Field(
        description="when the last attempt began, UTC", examples=["2026-11-26 08:00:00"]
    )
    next_attempt_at: Moment | None = Field(
        description="when the next attempt is, UTC; null when there is none", examples=[None]
    )


class OneDeliveryShape(Shape):
    """A delivery that is on its way."""

    delivery: DeliveryShape = Field(description="as it stands now")


class DeliveriesShape(Shape):
    """A webhook's log."""

    deliveries: list[DeliveryShape] = Field(description="newest first")
    next: str | None = Field(description="the cursor of the next page; null on the last", examples=["3382"])


class WebhookMessageShape(Shape):
    """What a webhook is sent: an order of its owner's houses right after something happened to it, or a test."""

    kind: Literal["order", "ping"] = Field(description="what this is about; ping: a test", examples=["order"])
    event: EventName | Literal["ping"] = Field(description="what happened", examples=["accept"])
    at: Moment = Field(description="when it happened, UTC", examples=["2026-11-26 08:00:00"])
    version: Id | None = Field(
        description="the order's version after it: drop what is not higher than what you know; null in a test",
        examples=[2],
    )
    order: OrderShape | None = Field(description="the order as its host sees it; null in a test")
