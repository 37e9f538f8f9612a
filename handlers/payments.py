"""Payments: the way to the cashier, the provider's notices, and the way back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.orders import PayUrlShape
from handlers.wire import Body, single_texts
from server.errors import BadFields
from server.orders.model import NoSuchOrder
from server.payments.model import BadNotice, NotPayable
from server.tokens.model import Scope

if TYPE_CHECKING:
    from server.errors import IhomeError

_PHONE = re.compile(r"Mobi|Android|iPhone|HarmonyOS")


class BeginPayment(Body):
    """Nothing: the order says what is to be paid."""


class AlipayNotice(Body):
    """What Alipay tells of a payment, signed over all fields; it may name more than these."""

    model_config = ConfigDict(extra="allow")

    app_id: str = Field(description="our id with Alipay", examples=["2021000000000000"])
    out_trade_no: str = Field(description="our number of the payment", examples=["20261126123456789012P1"])
    trade_no: str = Field(description="Alipay's number", examples=["2026112622001400000000000001"])
    trade_status: str = Field(description="how far it is", examples=["TRADE_SUCCESS"])
    total_amount: str = Field(description="in yuan, with two decimals", examples=["1197.00"])
    notify_id: str = Field(
        description="the same whenever this notice comes again", examples=["ac05099524730693"]
    )
    sign_type: str = Field(description="always RSA2", examples=["RSA2"])
    sign: str = Field(description="base64 of the signature", examples=["c2lnbmF0dXJl"])


class PaymentHandler(BaseHandler):
    """The payment of an order."""

    limit = "120/minute"

    @operation(
        name="beginPayment",
        body=BeginPayment,
        answer=PayUrlShape,
        refusals=(NoSuchOrder, NotPayable),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self, order_id: str) -> None:
        """The address of the cashier for an order that waits for its payment, for the device that asks."""
        self.parse(BeginPayment)
        guest_id, mobile, once = self.signed_in_user, is_phone(self), self.once()
        pay_url = await self.services.payments.begin(guest_id, int(order_id), mobile=mobile, once=once)
        self.succeed({"pay_url": pay_url})


@public("6000/minute")
class AlipayNoticeHandler(BaseHandler):
    """Alipay's notices. Its signature is the proof; it has no session. It goes on until it hears `success`."""

    csrf_exempt = True

    @operation(
        name="takePaymentNotice",
        form=AlipayNotice,
        form_type="application/x-www-form-urlencoded",
        media_type="text/plain",
        refused_as="text/plain",
        refusals=(BadNotice, BadFields),
    )
    async def post(self) -> None:
        """Take a notice of Alipay: a signed form. The answer is the word `success`, or `failure`."""
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

    @operation(name="returnFromPayment", status=302, media_type="", refused_as="")
    async def get(self) -> None:
        """Back from the cashier: leads to the page that shows what became of the order."""
        try:
            query = single_texts(self.request.query_arguments)
        except BadFields:
            query = {}
        order_id = await self.services.payments.find_returned(query)
        self._lead_to("/orders.html" if order_id is None else f"/payComplete.html?order_id={order_id}")

    def write_refusal(self, error: IhomeError) -> None:
        """A person looks at this: the orders page says itself what is wrong. No person comes by another method."""
        if error.status == 405:
            super().write_refusal(error)
        else:
            self._lead_to("/orders.html")

    def _lead_to(self, address: str) -> None:
        self.set_status(302)
        self.set_header("Location", address)
        self.set_header("Cache-Control", "no-store")
        self.finish()


def is_phone(handler: BaseHandler) -> bool:
    """Whether the visitor holds a phone: there is another cashier for those."""
    return bool(_PHONE.search(handler.request.headers.get("User-Agent", "")))
