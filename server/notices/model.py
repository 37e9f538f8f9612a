"""Who hears by SMS of which change of an order, in which words, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.i18n import N_
from server.orders.model import Actor, Event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

NOTICES_PER_DAY = 10
TITLE_LENGTH = 20
KEEP_DAYS = 30

# What happened, by whom: who is told. Whoever did it knows.
TOLD: Mapping[tuple[Event, Actor], tuple[Actor, ...]] = {
    (Event.PLACE, Actor.GUEST): (Actor.HOST,),
    (Event.ACCEPT, Actor.HOST): (Actor.GUEST,),
    (Event.REJECT, Actor.HOST): (Actor.GUEST,),
    (Event.CANCEL, Actor.GUEST): (Actor.HOST,),
    (Event.CANCEL, Actor.HOST): (Actor.GUEST,),
    (Event.PAY, Actor.SYSTEM): (Actor.HOST, Actor.GUEST),
    (Event.EXPIRE, Actor.SYSTEM): (Actor.GUEST,),
}
# What the person who is told reads first.
SENTENCES: Mapping[tuple[Event, Actor], str] = {
    (Event.PLACE, Actor.HOST): N_("您有新的预订"),
    (Event.ACCEPT, Actor.GUEST): N_("房东已接单，请尽快付款"),
    (Event.REJECT, Actor.GUEST): N_("很抱歉，房东没有接单"),
    (Event.CANCEL, Actor.HOST): N_("客人取消了预订"),
    (Event.CANCEL, Actor.GUEST): N_("房东取消了预订"),
    (Event.PAY, Actor.HOST): N_("客人已付款"),
    (Event.PAY, Actor.GUEST): N_("付款成功，预订已确认"),
    (Event.EXPIRE, Actor.GUEST): N_("预订超时，已自动取消"),
}
DATES = N_("%(check_in)s 入住，%(check_out)s 退房")


@dataclass(frozen=True)
class Notice:
    """One message to one person; `told` is the side that the person is on."""

    mobile: str
    event: Event
    told: Actor
    title: str
    check_in: date
    check_out: date

    def texts(self) -> tuple[str, str, str]:
        """What fills the template: what happened, the house, the dates. In Chinese, as the template is."""
        title = self.title if len(self.title) <= TITLE_LENGTH else self.title[: TITLE_LENGTH - 1] + "…"
        dates = {"check_in": self.check_in.isoformat(), "check_out": self.check_out.isoformat()}
        return SENTENCES[self.event, self.told], title, DATES % dates
