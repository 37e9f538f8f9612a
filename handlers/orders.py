"""Orders: book, look, accept, reject, cancel, review, reply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.base import BaseHandler
from handlers.wire import COMPLAINTS, Body, Day, Number, Query
from server.errors import BadFields
from server.nights.model import Stay
from server.orders.model import Actor, Event, OrderStatus
from server.orders.service import Step, Wish

Text = Annotated[str, Field(max_length=4000)]


class PlaceBody(Body):
    """What is booked; `quote` is the token of a price that was shown, which is then charged."""

    house_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    start_date: Day
    end_date: Day
    guests: Annotated[int, Field(ge=0, le=1000)] = 1
    quote: Annotated[str, Field(max_length=8000)] | None = None

    def wish(self) -> Wish:
        """Raises BadStay."""
        return Wish(self.house_id, Stay(self.start_date, self.end_date), self.guests, self.quote)


class StepBody(Body):
    """What is done with an order. A rejection needs a reason."""

    action: Literal["accept", "reject", "cancel"]
    reason: Text | None = None
    version: Annotated[int, Field(ge=1, le=2**32)] | None = None


class CommentBody(Body):
    """A review."""

    comment: Text
    rating: int


class ReplyBody(Body):
    """The host's answer to a review."""

    reply: Text


class OrdersQuery(Query):
    """Whose side, which states (with commas between), where to go on."""

    role: Literal["guest", "host"] = "guest"
    status: Annotated[str, Field(max_length=128)] | None = None
    cursor: Number | None = None

    def statuses(self) -> list[OrderStatus]:
        """The states that are wanted; none is all. Raises BadFields."""
        try:
            return [OrderStatus(name) for name in self.status.split(",")] if self.status else []
        except ValueError:
            raise BadFields([("status", COMPLAINTS["enum"])]) from None


class OrdersHandler(BaseHandler):
    """The own orders."""

    limit = "300/minute"

    async def get(self) -> None:
        """One side's orders, newest first."""
        query = self.parse_query(OrdersQuery)
        side = Actor(query.role), self.signed_in_user
        orders = self.services.orders
        self.succeed(await orders.page(side, query.statuses(), query.cursor, self.language))

    async def post(self) -> None:
        """Book: the nights are held from now on."""
        guest_id, wish = self.signed_in_user, self.parse(PlaceBody).wish()
        placed = await self.services.orders.place(guest_id, wish, self.once(), self.language)
        self.succeed(placed, 201)
        self.services.failpoints.reach("place:after-reply")


class OrderHandler(BaseHandler):
    """One order."""

    async def get(self, order_id: str) -> None:
        """With its history, for its guest and its host."""
        self.succeed(await self.services.orders.get(self.signed_in_user, int(order_id), self.language))


class OrderStatusHandler(BaseHandler):
    """Where an order stands."""

    limit = "120/minute"

    async def put(self, order_id: str) -> None:
        """Accept, reject or cancel."""
        body = self.parse(StepBody)
        step = Step(int(order_id), Event(body.action), body.reason, body.version)
        self.succeed(await self.services.orders.act(self.signed_in_user, step, self.language))


class OrderCommentHandler(BaseHandler):
    """The guest's review."""

    limit = "60/minute"

    async def put(self, order_id: str) -> None:
        """Write it, once, after the stay."""
        body = self.parse(CommentBody)
        said = body.comment, body.rating
        done = await self.services.orders.comment(self.signed_in_user, int(order_id), said, self.language)
        self.succeed(done)


class OrderReplyHandler(BaseHandler):
    """The host's answer to the review."""

    limit = "60/minute"

    async def post(self, order_id: str) -> None:
        """Write it, once."""
        host_id, reply = self.signed_in_user, self.parse(ReplyBody).reply
        done = await self.services.orders.reply(host_id, int(order_id), reply, self.language, self.once())
        self.succeed(done, 201)
