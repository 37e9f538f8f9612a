"""The real-name check."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from handlers.addresses import address
from handlers.base import BaseHandler
from handlers.operations import operation
from handlers.shapes.identities import IdentityShape, OwnIdentityShape
from handlers.wire import Body
from server.identities.model import AlreadyVerified, NumberInUse

PER_USER = ("20/hour", "60/day")  # nobody finds out by trying which numbers are registered


class RealName(Body):
    """A name and an ID number as they stand on the card."""

    real_name: Annotated[str, Field(max_length=128)] = Field(
        description="as on the card, in Chinese or Latin characters", examples=["张三"]
    )
    id_card: Annotated[str, Field(max_length=32)] = Field(
        description="18 characters with a right check digit", examples=["110101199003070038"]
    )


class IdentityHandler(BaseHandler):
    """The own identity, always masked."""

    limit = "60/minute"

    @operation(name="getIdentity", answer=OwnIdentityShape)
    async def get(self) -> None:
        """What the user's real name was checked as, masked."""
        self.succeed(await self.services.identities.view(self.signed_in_user))

    @operation(
        name="checkIdentity",
        body=RealName,
        answer=IdentityShape,
        status=201,
        refusals=(AlreadyVerified, NumberInUse),
        once=True,
    )
    async def post(self) -> None:
        """Pass the real-name check, once and for ever. Then houses can be published."""
        body = self.parse(RealName)
        masked = await pass_check(self, body.real_name, body.id_card)
        self.succeed(masked, 201, location=address("users", "auth"))


async def pass_check(handler: BaseHandler, real_name: str, id_card: str) -> dict[str, Any]:
    """Try to pass the check, PER_USER often; the masked identity. Raises as IdentityService.verify."""
    user_id = handler.signed_in_user
    await handler.services.limits.spend(PER_USER, "identity", str(user_id))
    return await handler.services.identities.verify(user_id, real_name, id_card, handler.once())
