"""Orders and their payment as classic pages ask for them."""

from __future__ import annotations

from handlers.classic.base import ClassicHandler
from handlers.classic.bodies import Comment, OrderStep, OrderWish, read_body, read_query
from handlers.classic.houses import MAX_LIST_PAGES
from handlers.classic.views import order_view
from handlers.payments import is_phone
from handlers.wire import single_texts
from server.nights.model import Stay
from server.orders.model import Actor, Event
from server.orders.service import Step, Wish


class ClassicOwnOrders(ClassicHandler):
    """The own orders, of one side."""

    limit = "300/minute"

    async def get(self) -> None:
        """The newest hundred: `role=landlord` is the host's side, anything else the guest's."""
        is_host = self.get_query_argument("role", "") == "landlord"
        side = (Actor.HOST if is_host else Actor.GUEST), self.signed_in_user
        before, found = None, []
        for _ in range(MAX_LIST_PAGES):
            page = await self.services.orders.page(side, [], before, self.language)
            found += [order_view(order) for order in page["orders"]]
            if page["next"] is None:
                break
            before = int(page["next"])
        self.succeed({"orders": found})


class ClassicOrders(ClassicOwnOrders):
    """New orders; some pages look for the own ones here, too."""

    async def post(self) -> None:
        """Book: the nights are held from now on. 4004 when somebody has one of them."""
        body = read_body(OrderWish, self.request)
        wish = Wish(body.house_id, Stay(body.start_date, body.end_date), body.guests)
        placed = await self.services.orders.place(self.signed_in_user, wish, None, self.language)
        self.succeed({"order_id": placed["order"]["order_id"]})


class ClassicOrderStatus(ClassicHandler):
    """Where an order stands."""

    limit = "120/minute"

    async def put(self, order_id: str) -> None:
        """Accept, reject or cancel; some pages say which in the address."""
        read = read_body if self.request.body else read_query
        body = read(OrderStep, self.request)
        step = Step(int(order_id), Event(body.action), body.reason)
        await self.services.orders.act(self.signed_in_user, step, self.language)
        self.succeed()


class ClassicOrderComment(ClassicHandler):
    """The guest's review."""

    limit = "60/minute"

    async def put(self, order_id: str) -> None:
        """Write it, once, after the stay."""
        body = read_body(Comment, self.request)
        said = body.comment, body.rating
        await self.services.orders.comment(self.signed_in_user, int(order_id), said, self.language)
        self.succeed()


class ClassicOrderPayment(ClassicHandler):
    """The payment of an order."""

    limit = "120/minute"

    async def post(self, order_id: str) -> None:
        """The address of the cashier, for the device that asks."""
        guest_id, mobile = self.signed_in_user, is_phone(self)
        self.succeed({"pay_url": await self.services.payments.begin(guest_id, int(order_id), mobile=mobile)})


class ClassicPaymentResult(ClassicHandler):
    """What the cashier told a browser."""

    limit = "30/minute"

    async def put(self) -> None:
        """Ask the provider about the payment that its signed address names: only its own answer counts."""
        told = single_texts(self.request.body_arguments)
        order_id = await self.services.payments.confirm(self.signed_in_user, told)
        self.succeed({"order_id": order_id})
