"""Who hears by SMS of which change of an order, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.orders.model import Actor, Event

if TYPE_CHECKING:
    from collections.abc import Mapping

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
