"""Orders and payments in answers. Money in fen, times in UTC."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.shapes.base import Count, Day, Fen, Id, MediaUrl, Moment, Shape
from handlers.shapes.photos import PhotoShape
from handlers.shapes.quotes import LineShape
from server.orders.model import Actor, Event, OrderStatus
from server.payments.model import RefundCause, RefundStatus
from server.quotes.model import Cancellation

Action = Literal["pay", "accept", "reject", "cancel", "comment", "reply"]


class OrderShape(Shape):
    """An order as one side sees it."""

    order_id: Id = Field(description="the order's id", examples=[12])
    number: str = Field(description="its number, for people", examples=["20261126123456789012"])
    role: Literal["guest", "host"] = Field(description="which side this is", examples=["guest"])
    house_id: Id = Field(description="the house's id", examples=[7])
    title: str | None = Field(
        description="the house's title; null when the house is gone", examples=["国贸地铁口整租一居"]
    )
    address: str | None = Field(
        description="where the house is; null when it is gone", examples=["朝阳区建国路 88 号"]
    )
    area_name: str | None = Field(
        description="the area's name, in the language that was asked for; null when the house is gone",
        examples=["朝阳区"],
    )
    img_url: MediaUrl | None = Field(description="the house's cover", examples=["/media/ab/abcd.webp"])
    image: PhotoShape | None = Field(description="all of the cover")
    user_name: str = Field(description="the other side's name", examples=["爱家_k7m2xw9q"])
    user_avatar: MediaUrl | None = Field(
        description="the other side's picture; null for the drawn default",
        examples=["/media/ab/abcd1234.webp"],
    )
    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day of departure", examples=["2026-12-27"])
    days: Id = Field(description="how many nights", examples=[3])
    guests: Id = Field(description="how many come", examples=[2])
    ctime: Moment = Field(description="when it was placed, UTC", examples=["2026-11-26 08:00:00"])
    amount: Fen = Field(description="what the guest pays, in fen", examples=[119700])
    lines: list[LineShape] = Field(description="what the amount is made of")
    status: OrderStatus = Field(description="where it stands", examples=["WAIT_ACCEPT"])
    version: Id = Field(description="counts every step", examples=[1])
    reason: str | None = Field(description="why it was rejected or cancelled", examples=["家里临时有事"])
    expires_at: Moment | None = Field(
        description="when the state ends by itself, UTC; null when it does not",
        examples=["2026-11-27 08:00:00"],
    )
    cancellation: Cancellation = Field(
        description="how much of the nights comes back on cancellation", examples=["flexible"]
    )
    refund_now: Fen | None = Field(
        description="what would come back if this side cancelled today, in fen; null when nothing was paid",
        examples=[119700],
    )
    actions: list[Action] = Field(description="what this side may do now", examples=[["cancel"]])
    comment: str | None = Field(description="the guest's review", examples=["干净，离地铁近"])
    rating: Annotated[int, Field(ge=1, le=5)] | None = Field(description="one to five", examples=[5])
    reply: str | None = Field(description="the host's answer to the review", examples=["欢迎再来"])


class OrderEventShape(Shape):
    """One step of an order."""

    version: Id = Field(description="the order's version after it", examples=[1])
    event: Event = Field(description="what happened", examples=["place"])
    before: OrderStatus | None = Field(
        alias="from", description="where the order stood; null for the first step"
    )
    after: OrderStatus = Field(alias="to", description="where it led", examples=["WAIT_ACCEPT"])
    actor: Actor = Field(description="who did it", examples=["guest"])
    at: Moment = Field(description="when, UTC", examples=["2026-11-26 08:00:00"])
    note: str | None = Field(description="the reason that was given", examples=["家里临时有事"])


class RefundShape(Shape):
    """Money that goes back."""

    amount: Fen = Field(description="in fen", examples=[50000])
    cause: RefundCause = Field(description="why", examples=["deposit"])
    status: RefundStatus = Field(description="how far it is", examples=["queued"])


class OrderDetailShape(OrderShape):
    """An order with its history."""

    events: list[OrderEventShape] = Field(description="every step, in order")
    refunds: list[RefundShape] = Field(description="what went back, or will")


class OneOrderShape(Shape):
    """One order."""

    order: OrderShape = Field(description="as it is now")


class WholeOrderShape(Shape):
    """One order with its history."""

    order: OrderDetailShape = Field(description="as it is now")


class CountsShape(Shape):
    """How many orders of this side stand where; 100 means 100 or more."""

    WAIT_ACCEPT: Count = Field(description="wait for the host", examples=[1])
    WAIT_PAYMENT: Count = Field(description="wait for the payment", examples=[0])
    PAID: Count = Field(description="are paid, the stay lies ahead or goes on", examples=[2])
    WAIT_COMMENT: Count = Field(description="wait for the guest's review", examples=[1])
    COMPLETE: Count = Field(description="are over", examples=[8])
    CANCELED: Count = Field(description="were cancelled, or waited too long", examples=[1])
    REJECTED: Count = Field(description="were rejected by the host", examples=[0])


class OrdersShape(Shape):
    """A page of one side's orders."""

    orders: list[OrderShape] = Field(description="at most 20, newest first")
    next: str | None = Field(description="the cursor of the next page; null at the end", examples=[None])
    waiting: Count = Field(description="how many orders wait for this user as a host", examples=[1])
    counts: CountsShape = Field(description="how many stand where")


class PayUrlShape(Shape):
    """The way to the cashier."""

    pay_url: str = Field(
        description="send the guest's browser there",
        examples=["https://openapi.alipay.com/gateway.do?method=…"],
    )
