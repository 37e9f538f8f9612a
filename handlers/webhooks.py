"""Webhooks: make, look, change, delete, new secret, test event, log, send again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.webhooks import (
    DeliveriesShape,
    NewWebhookShape,
    OneDeliveryShape,
    WebhookShape,
    WebhooksShape,
)
from handlers.wire import Body, Number, Query
from server.idempotency.model import BadKey, InFlight, KeyReused
from server.orders.model import Event
from server.outgoing.model import BadPort, BadScheme, BadUrl, NotPublic, UnknownName
from server.tokens.model import Scope
from server.webhooks.model import (
    BeingSent,
    NoEvents,
    NoSuchDelivery,
    NoSuchWebhook,
    TooManyWebhooks,
    WebhookDisabled,
)
from server.webhooks.service import Changes

ADDRESSES = (BadUrl, BadScheme, BadPort, UnknownName, NotPublic)
ONCE = (BadKey, KeyReused, InFlight)

Url = Annotated[
    str,
    Field(
        max_length=1000,
        description="where messages go: https, port 443 or 8443, no user name in it, a public server",
        examples=["https://host.example.com/ihome"],
    ),
]
Events = Annotated[
    list[Event],
    Field(max_length=32, description="what it hears of; without it, everything", examples=[["place", "pay"]]),
]


class WebhookBody(Body):
    """Where messages go, and about what."""

    url: Url
    events: Events | None = None


class WebhookChangesBody(Body):
    """What is changed; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    enabled: Annotated[bool, Field(description="whether anything is sent", examples=[True])] | None = None

    def changes(self) -> Changes:
        """As the service takes them."""
        return Changes(self.url, self.events, self.enabled)


class DeliveriesQuery(Query):
    """Where to go on."""

    cursor: Annotated[Number, Field(description="`next` of the page before", examples=[3382])] | None = None


class WebhooksHandler(BaseHandler):
    """Your webhooks: addresses of your programs that hear what happens to the orders of your houses."""

    limit = "120/minute"

    @operation(name="listWebhooks", answer=WebhooksShape, scope=Scope.ORDERS)
    async def get(self) -> None:
        """Your webhooks, without their secrets."""
        self.succeed(await self.services.webhooks.page(self.signed_in_user))

    @operation(
        name="makeWebhook",
        body=WebhookBody,
        answer=NewWebhookShape,
        status=201,
        refusals=(*ADDRESSES, NoEvents, TooManyWebhooks, *ONCE),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self) -> None:
        """Make a webhook; its secret is in this answer and nowhere else."""
        user_id, body = self.signed_in_user, self.parse(WebhookBody)
        webhooks = self.services.webhooks
        made = await webhooks.create(user_id, body.url, body.events, self.once())
        self.succeed(made, 201, location=address("user", "webhooks", made["webhook_id"]))


class WebhookHandler(BaseHandler):
    """One of your webhooks."""

    limit = "120/minute"

    @operation(
        name="changeWebhook",
        body=WebhookChangesBody,
        answer=WebhookShape,
        refusals=(*ADDRESSES, NoEvents, NoSuchWebhook),
        scope=Scope.ORDERS,
    )
    async def put(self, hook_id: str) -> None:
        """Another address, other events, on or off. What waits for it when it is disabled is given up."""
        user_id, changes = self.signed_in_user, self.parse(WebhookChangesBody).changes()
        self.succeed(await self.services.webhooks.change(user_id, int(hook_id), changes))

    @operation(name="deleteWebhook", refusals=(NoSuchWebhook,), scope=Scope.ORDERS)
    async def delete(self, hook_id: str) -> None:
        """Delete it with its log, and what waits for it."""
        await self.services.webhooks.remove(self.signed_in_user, int(hook_id))
        self.succeed()


class WebhookSecretHandler(BaseHandler):
    """What signs the messages."""

    limit = "30/minute"

    @operation(
        name="renewWebhookSecret",
        answer=NewWebhookShape,
        status=201,
        refusals=(NoSuchWebhook, *ONCE),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self, hook_id: str) -> None:
        """A new secret, shown in this answer only; for 24 hours the one before it signs, too."""
        webhooks = self.services.webhooks
        made = await webhooks.rotate(self.signed_in_user, int(hook_id), self.once())
        self.succeed(made, 201, location=address("user", "webhooks", hook_id))


class WebhookPingHandler(BaseHandler):
    """Test events."""

    limit = "30/minute"

    @operation(
        name="pingWebhook",
        answer=OneDeliveryShape,
        status=201,
        refusals=(NoSuchWebhook, WebhookDisabled, *ONCE),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self, hook_id: str) -> None:
        """Send a test event, in one attempt."""
        webhooks = self.services.webhooks
        sent = await webhooks.ping(self.signed_in_user, int(hook_id), self.once())
        self.succeed(sent, 201, location=address("user", "webhooks", hook_id, "deliveries"))


class DeliveriesHandler(BaseHandler):
    """What was sent to a webhook in the last 30 days."""

    limit = "300/minute"

    @operation(
        name="listDeliveries",
        query=DeliveriesQuery,
        answer=DeliveriesShape,
        refusals=(NoSuchWebhook,),
        scope=Scope.ORDERS,
    )
    async def get(self, hook_id: str) -> None:
        """Its log, newest first, 20 at a time."""
        cursor = self.parse_query(DeliveriesQuery).cursor
        self.succeed(await self.services.webhooks.deliveries(self.signed_in_user, int(hook_id), cursor))


class DeliveryResendHandler(BaseHandler):
    """A message that is sent once more."""

    limit = "60/minute"

    @operation(
        name="resendDelivery",
        answer=OneDeliveryShape,
        status=201,
        refusals=(NoSuchWebhook, NoSuchDelivery, WebhookDisabled, BeingSent, *ONCE),
        scope=Scope.ORDERS,
        once=True,
    )
    async def post(self, hook_id: str, delivery_id: str) -> None:
        """Send it now, with the same webhook-id, whether it was delivered, given up, or waits."""
        ids = int(hook_id), int(delivery_id)
        webhooks = self.services.webhooks
        sent = await webhooks.send_again(self.signed_in_user, *ids, self.once())
        self.succeed(sent, 201, location=address("user", "webhooks", hook_id, "deliveries"))
