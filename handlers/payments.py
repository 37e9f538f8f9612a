"""Payments: the way to the cashier, the provider's notices, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.access import public
from handlers.base import BaseHandler
from handlers.wire import Body, single_texts
from server.errors import BadFields

if TYPE_CHECKING:
    from server.errors import IhomeError

_PHONE = re.compile(r"Mobi|Android|iPhone|HarmonyOS")


class BeginPayment(Body):
    """Nothing: the order says what is to be paid."""


class PaymentHandler(BaseHandler):
    """The payment of an order."""

    limit = "120/minute"

    async def post(self, order_id: str) -> None:
        """The address of the cashier, for the device that asks."""
        self.parse(BeginPayment)
        mobile = bool(_PHONE.search(self.request.headers.get("User-Agent", "")))
        guest_id, once = self.signed_in_user, self.once()
        pay_url = await self.services.payments.begin(guest_id, int(order_id), mobile=mobile, once=once)
        self.succeed({"pay_url": pay_url})


@public("6000/minute")
class AlipayNoticeHandler(BaseHandler):
    """Alipay's notices. Its signature is the proof; it has no session. It goes on until it hears `success`."""

    csrf_exempt = True

    async def post(self) -> None:
        """Take one."""
        await self.services.payments.notify(single_texts(self.request.body_arguments))
        self._say("success")
        self.services.failpoints.reach("pay:after-reply")

    def write_refusal(self, error: IhomeError) -> None:
        """Whatever went wrong, in the one word that Alipay knows."""
        del error
        self._say("failure")

    def _say(self, word: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(word)


@public("300/minute")
class AlipayReturnHandler(BaseHandler):
    """Where the cashier sends a browser. It changes nothing: only notices do."""

    async def get(self) -> None:
        """To the page that shows what became of the order; to all orders, when the address is not Alipay's."""
        try:
            query = single_texts(self.request.query_arguments)
        except BadFields:
            query = {}
        order_id = await self.services.payments.find_returned(query)
        self._lead_to("/orders.html" if order_id is None else f"/payComplete.html?order_id={order_id}")

    def write_refusal(self, error: IhomeError) -> None:
        """A person looks at this: the orders page says itself what is wrong."""
        del error
        self._lead_to("/orders.html")

    def _lead_to(self, address: str) -> None:
        self.set_status(302)
        self.set_header("Location", address)
        self.set_header("Cache-Control", "no-store")
        self.finish()
