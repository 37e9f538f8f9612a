"""The live channel: what long-polls answer, and the messages of the websocket in both directions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from handlers.shapes.base import Count, Id, MediaUrl, Shape
from server.calendars.model import FeedState, Reason
from server.errors import Errno
from server.orders.model import Event, OrderStatus
from server.webhooks.model import State

LONGEST = 2**63 - 1
TaskId = Annotated[str, Field(max_length=64)]
STATES = Literal["unknown", "queued", "sending", "sent", "failed"]


class OrderNewsShape(Shape):
    """Something happened to an order of this user."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[18])
    kind: Literal["order"] = Field(description="it is about an order")
    order_id: Id = Field(description="the order's id", examples=[12])
    number: str = Field(description="its number, for people", examples=["20261126123456789012"])
    house_id: Id = Field(description="the house's id", examples=[7])
    role: Literal["guest", "host"] = Field(description="which side this user is on", examples=["host"])
    status: OrderStatus = Field(description="where it stands", examples=["WAIT_ACCEPT"])
    version: Id = Field(description="counts every step", examples=[1])
    event: Event | Literal["refund"] = Field(description="what happened", examples=["place"])


class HouseNewsShape(Shape):
    """A house of this user changed; which of the last three fields is there says what."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[19])
    kind: Literal["house"] = Field(description="it is about a house")
    house_id: Id = Field(description="the house's id", examples=[7])
    status: Literal["draft", "online", "offline", "deleted"] = Field(
        "draft", description="who can see it now", examples=["online"]
    )
    calendar_version: Count = Field(0, description="the version of its nights", examples=[9])
    images: Count = Field(0, description="how many pictures it has", examples=[6])


class ProfileNewsShape(Shape):
    """The user's name or picture changed."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[20])
    kind: Literal["profile"] = Field(description="it is about the user")
    name: str = Field(description="the name that others see", examples=["张三"])
    avatar_url: MediaUrl | None = Field(
        description="the picture; null for the drawn default", examples=["/media/ab/abcd1234.webp"]
    )


class TokenNewsShape(Shape):
    """A token of the user was made or revoked."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[21])
    kind: Literal["token"] = Field(description="it is about a token")
    token_id: Id = Field(description="the token's id", examples=[7])
    event: Literal["made", "revoked"] = Field(description="what happened", examples=["made"])


class CalendarNewsShape(Shape):
    """A calendar that is imported was read, could not be read, or was deleted; then only its state is there."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[22])
    kind: Literal["calendar"] = Field(description="it is about an imported calendar")
    house_id: Id = Field(description="the house's id", examples=[7])
    calendar_id: Id = Field(description="the calendar's id", examples=[3])
    state: FeedState | Literal["deleted"] = Field(description="how the last reading went", examples=["ok"])
    reason: Reason | None = Field(None, description="a stable code of why it failed", examples=[None])
    events: Count = Field(0, description="how many events it has", examples=[4])
    nights: Count = Field(0, description="how many nights it takes", examples=[9])
    conflicts: Count = Field(0, description="how many nights were taken by others before", examples=[0])


class WebhookNewsShape(Shape):
    """A webhook of the user changed, or one of its deliveries moved."""

    op: Literal["event"] = Field(description="one of the user's own events")
    seq: Id = Field(description="the event's number, without gaps from 1", examples=[23])
    kind: Literal["webhook"] = Field(description="it is about a webhook")
    webhook_id: Id = Field(description="the webhook's id", examples=[3])
    delivery_id: Id | None = Field(description="the delivery that moved, if one did", examples=[41])
    state: State | Literal["changed", "deleted"] = Field(
        description="of the delivery, or what happened to the webhook", examples=["delivered"]
    )
    enabled: bool = Field(description="whether it still gets anything", examples=[True])


News = (
    OrderNewsShape | HouseNewsShape | ProfileNewsShape | TokenNewsShape | CalendarNewsShape | WebhookNewsShape
)


class EventsShape(Shape):
    """The user's own events."""

    seq: Count = Field(description="where to go on: the next call's after", examples=[18])
    events: list[News] = Field(description="in order")


class TaskShape(Shape):
    """How far a task is."""

    task_id: TaskId = Field(description="the task's id", examples=["4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"])
    state: STATES = Field(description="sent and failed are the ends", examples=["sent"])
    reason: str | None = Field(description="a stable code of why it failed", examples=[None])
    detail: str | None = Field(description="the same for people", examples=[None])


class HouseVersionNewsShape(Shape):
    """The version of a house's calendar."""

    house: Id = Field(description="the house's id", examples=[7])
    version: Count = Field(description="counts every change of the nights", examples=[9])


class HelloShape(Shape):
    """Client: follow my own events. Without a session's user only `ready` comes."""

    op: Literal["hello"] = Field(description="begin, or go on after a gap")
    last_seq: Annotated[int, Field(ge=0, le=LONGEST)] | None = Field(
        None, description="the newest event that was seen; null or nothing: from now on", examples=[17]
    )


class WatchShape(Shape):
    """Client: tell me the state of a task that my session caused."""

    op: Literal["watch"] = Field(description="watch a task until it ends")
    task: TaskId = Field(description="the task's id", examples=["4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"])


class FollowShape(Shape):
    """Client: tell me every change of a house's nights."""

    op: Literal["follow"] = Field(description="follow a house's calendar")
    house: Annotated[int, Field(ge=1, le=LONGEST)] = Field(description="the house's id", examples=[7])


class PingShape(Shape):
    """Client: are you there?"""

    op: Literal["ping"] = Field(description="answered by pong")


class ReadyMessageShape(Shape):
    """Server, after `hello`: where the user's events stand, and those that were missed."""

    op: Literal["ready"] = Field(description="the user's events follow from here on")
    seq: Count = Field(description="the newest event", examples=[18])
    events: list[News] = Field(description="those that were missed, in order")


class TaskMessageShape(Shape):
    """Server: how far a watched task is. Its state never goes backwards; sent and failed are the ends."""

    op: Literal["task"] = Field(description="a watched task moved")
    task: TaskId = Field(description="the task's id", examples=["4f7a1d9e-0c3b-4c53-9f1e-6f4a1f0d2b11"])
    state: STATES = Field(description="sent and failed are the ends", examples=["sending"])
    reason: str | None = Field(description="a stable code of why it failed", examples=[None])
    detail: str | None = Field(description="the same for people", examples=[None])


class HouseMessageShape(HouseVersionNewsShape):
    """Server: the version of a followed calendar, at once and at every change."""

    op: Literal["house"] = Field(description="a followed calendar, as it is now")


class PongShape(Shape):
    """Server, after `ping`."""

    op: Literal["pong"] = Field(description="here I am")


class ErrorMessageShape(Shape):
    """Server: an operation was refused. The socket stays open."""

    op: Literal["error"] = Field(description="what was asked for last was refused")
    reason: Errno = Field(description="the refusal's errno", examples=["4002"])
    detail: str = Field(description="the same for people", examples=["没有找到"])
    task: Any = Field(description="the task as it was asked for, if one was", examples=[None])
    house: Any = Field(description="the house as it was asked for, if one was", examples=[7])
