"""What every classic call shares: HTTP 200 whatever happens, `errno` tells; texts that cannot become markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from handlers.access import public
from handlers.base import BaseHandler
from handlers.wire import COMPLAINTS, OTHER_COMPLAINT, REPEATED, TooLarge, dump, envelope
from server.accounts.model import NameTaken
from server.errors import BadFields, Errno, NoSuchThing
from server.orders.model import OwnHouse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.errors import IhomeError

# Where these pages know another errno than the table says; 4004 means "房间已被抢定" to the booking page.
ERRNOS: Mapping[type[IhomeError], Errno] = {NameTaken: Errno.STORE, OwnHouse: Errno.ROLE}


class ClassicHandler(BaseHandler):
    """A call as the classic pages make it."""

    oversized: ClassVar[type[BaseHandler] | None] = None

    def succeed(self, value: object = None, status: int = 200, *, location: str | None = None) -> None:
        """Finish with our envelope, never 304; without a value `data` is an empty object."""
        del status, location
        self._describe("no-store")
        self._finish(envelope({} if value is None else defused(value), self.say("成功")), "")

    def write_refusal(self, error: IhomeError) -> None:
        """200 all the same: these pages read nothing else."""
        self.set_status(200)
        super().write_refusal(error)

    def refusal_body(self, error: IhomeError) -> dict[str, Any]:
        """Errno and one sentence: these pages show nothing beside a field."""
        return {"errno": ERRNOS.get(type(error), error.errno).value, "errmsg": self._sentence(error)}

    def refuse(self, errno: Errno, sentence: str) -> None:
        """Finish with a refusal that is no error of ours."""
        self._describe("no-store")
        self.finish(dump({"errno": errno.value, "errmsg": sentence}))

    def _sentence(self, error: IhomeError) -> str:
        if not isinstance(error, BadFields):
            return self.say(error.message, error.params)
        nameless = {*COMPLAINTS.values(), OTHER_COMPLAINT, REPEATED}  # what is said of any field
        said = [
            f"{field}: {self.say(message)}" if message in nameless else self.say(message)
            for field, message in error.problems
        ]
        return defused_text("; ".join(dict.fromkeys(said)))


@public("300/minute")
class NoSuchClassicCall(ClassicHandler):
    """Every address below the prefix that is no call."""

    async def prepare(self) -> None:
        """4002 for every method."""
        self.count()
        raise NoSuchThing


@public("600/minute")
class ClassicBodyTooLarge(ClassicHandler):
    """Answers a request whose body is larger than its route takes."""

    async def prepare(self) -> None:
        """4103; the body was dropped."""
        self.count()
        raise TooLarge


ClassicHandler.oversized = ClassicBodyTooLarge


def defused(value: object) -> object:
    """The value without < and > in any text: these pages write what they get into themselves as HTML."""
    if isinstance(value, str):
        return defused_text(value)
    if isinstance(value, dict):
        return {name: defused(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [defused(one) for one in value]
    return value


def defused_text(text: str) -> str:
    """With the full-width forms in place of < and >."""
    return text.replace("<", "＜").replace(">", "＞")
