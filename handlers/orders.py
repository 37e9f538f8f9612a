"""Orders: book, look, accept, reject, cancel, review, reply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import STAYS, operation
from handlers.shapes.orders import OneOrderShape, OrdersShape, WholeOrderShape
from handlers.wire import COMPLAINTS, Body, Day, Number, Query
from server.errors import BadFields
from server.houses.model import NoSuchHouse
from server.nights.model import NightTaken, Stay
from server.orders.model import (
    Actor,
    BadComment,
    BadNote,
    BadRating,
    BadReason,
    BadReply,
    ChangedMeanwhile,
    Event,
    IllegalMove,
    NoSuchOrder,
    OrderStatus,
    OwnHouse,
    StayBegan,
)
from server.orders.service import Step, Wish
from server.quotes.model import BadQuote, NoGuests, QuoteExpired, TooFewNights, TooManyGuests, TooManyNights
from server.tokens.model import Scope

Text = Annotated[str, Field(max_length=4000)]


class PlaceBody(Body):
    """What is booked; `quote` is the token of a price that was shown, which is then charged."""

    house_id: Annotated[int, Field(ge=1, le=2**63 - 1)] = Field(description="the house", examples=[7])
    start_date: Day = Field(description="the first night", examples=["2026-12-24"])
    end_date: Day = Field(description="the day of departure", examples=["2026-12-27"])
    guests: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="how many come", examples=[2])
    quote: Annotated[str, Field(max_length=8000)] | None = Field(
        None, description="the token of POST /houses/{house_id}/quote; without one, what it costs now"
    )

    def wish(self) -> Wish:
        """Raises BadStay."""
        return Wish(self.house_id, Stay(self.start_date, self.end_date), self.guests, self.quote)


class StepBody(Body):
    """What is done with an order. A rejection needs a reason."""

    action: Literal["accept", "reject", "cancel"] = Field(
        description="hosts accept and reject, both sides cancel", examples=["accept"]
    )
    reason: Text | None = Field(
        None, description="at most 200 characters; a rejection needs one", examples=["家里临时有事"]
    )
    version: Annotated[int, Field(ge=1, le=2**32)] | None = Field(
        None, description="what was read; when it is another now, nothing is done", examples=[1]
    )


class CommentBody(Body):
    """A review."""

    comment: Text = Field(description="1 to 1000 characters", examples=["干净，离地铁近"])
    rating: int = Field(description="one to five", examples=[5])


class ReplyBody(Body):
    """The host's answer to a review."""

    reply: Text = Field(description="1 to 1000 characters", examples=["欢迎再来"])


class OrdersQuery(Query):
    """Whose side, which states (with commas between), where to go on."""

    role: Literal["guest", "host"] = Field("guest", description="which side's orders", examples=["host"])
    status: Annotated[str, Field(max_length=128)] | None = Field(
        None, description="only these states, with commas between", examples=["WAIT_ACCEPT,WAIT_PAYMENT"]
    )
    cursor: Number | None = Field(None, description="`next` of the page before", examples=["41"])

    def statuses(self) -> list[OrderStatus]:
        """The states that are wanted; none is all. Raises BadFields."""
        try:
            return [OrderStatus(name) for name in self.status.split(",")] if self.status else []
        except ValueError:
            raise BadFields([("status", COMPLAINTS["enum"])]) from None


class OrdersHandler(BaseHandler):
    """The own orders."""

    limit = "300/minute"

    @operation(name="listOrders", query=OrdersQuery, answer=OrdersShape, scope=Scope.READ)
    async def get(self) -> None:
        """One side's own orders, newest first, a page at a time, and how many stand where."""
        query = self.parse_query(OrdersQuery)
        side = Actor(query.role), self.signed_in_user
        orders = self.services.orders
        self.succeed(await orders.page(side, query.statuses(), query.cursor, self.language))

    @operation(
        name="placeOrder",
        body=PlaceBody,
        answer=OneOrderShape,
        status=201,
        refusals=(
            NoSuchHouse, OwnHouse, NightTaken, *STAYS, TooFewNights, TooManyNights, TooManyGuests, NoGuests,
            QuoteExpired, BadQuote,
        ),
        scope=Scope.ORDERS,
        once=True,
    )  # fmt: skip
    async def post(self) -> None:
        """Book a stay: its nights are held from now on, until the host refuses or time runs out."""
        guest_id, wish = self.signed_in_user, self.parse(PlaceBody).wish()
        placed = await self.services.orders.place(guest_id, wish, self.once(), self.language)
        self.succeed(placed, 201, location=address("orders", placed["order"]["order_id"]))
        self.services.failpoints.reach("place:after-reply")


class OrderHandler(BaseHandler):
    """One order."""

    @operation(name="getOrder", answer=WholeOrderShape, refusals=(NoSuchOrder,), scope=Scope.READ)
    async def get(self, order_id: str) -> None:
        """An order with its history, for its guest and its host."""
        self.succeed(await self.services.orders.get(self.signed_in_user, int(order_id), self.language))


class OrderStatusHandler(BaseHandler):
    """Where an order stands."""

    limit = "120/minute"

    @operation(
        name="moveOrder",
        body=StepBody,
        answer=OneOrderShape,
        refusals=(NoSuchOrder, IllegalMove, StayBegan, ChangedMeanwhile, BadReason, BadNote),
        scope=Scope.ORDERS,
    )
    async def put(self, order_id: str) -> None:
        """Accept, reject or cancel an order. A paid order that is cancelled gives money back as its terms say."""
        body = self.parse(StepBody)
        step = Step(int(order_id), Event(body.action), body.reason, body.version)
        self.succeed(await self.services.orders.act(self.signed_in_user, step, self.language))


class OrderCommentHandler(BaseHandler):
    """The guest's review."""

    limit = "60/minute"

    @operation(
        name="reviewStay",
        body=CommentBody,
        answer=OneOrderShape,
        refusals=(NoSuchOrder, IllegalMove, BadComment, BadRating),
        scope=Scope.ORDERS,
    )
    async def put(self, order_id: str) -> None:
        """Review a stay as its guest, once, after it."""
        body = self.parse(CommentBody)
        said = body.comment, body.rating
        done = await self.services.orders.comment(self.signed_in_user, int(order_id), said, self.language)
        self.succeed(done)


class OrderReplyHandler(BaseHandler):
    """The host's answer to the review."""

    limit = "60/minute"

    @operation(
        name="replyToReview",
        body=ReplyBody,
        answer=OneOrderShape,
        status=201,
        refusals=(NoSuchOrder, IllegalMove, BadReply),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self, order_id: str) -> None:
        """Answer a review as the host, once."""
        host_id, reply = self.signed_in_user, self.parse(ReplyBody).reply
        done = await self.services.orders.reply(host_id, int(order_id), reply, self.language, self.once())
        self.succeed(done, 201, location=address("orders", order_id))
