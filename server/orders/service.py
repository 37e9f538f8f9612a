"""The use cases of orders: place, act, review, look, and what time does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.db import retried
from server.houses.model import HouseStatus, NoSuchHouse
from server.idempotency import repository as idempotency
from server.nights import repository as nights_repository
from server.nights.model import NightTaken
from server.orders import repository
from server.orders.model import (
    Actor,
    ChangedMeanwhile,
    Event,
    IllegalMove,
    NoSuchOrder,
    Order,
    OrderStatus,
    OwnHouse,
    check_comment,
    check_reason,
    check_reply,
    new_number,
)
from server.orders.turns import Turns
from server.orders.views import detail_view, order_view
from server.payments import repository as payments_repository
from server.photos import repository as photos_repository
from server.reviews import repository as reviews_repository

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from server.clock import Clock
    from server.db import Cursor, Database, Row
    from server.i18n import Language
    from server.idempotency.model import Once
    from server.nights.model import Stay
    from server.orders.moves import OrderMoves
    from server.quotes.model import Quote
    from server.quotes.service import QuoteService

PAGE_SIZE = 20
SWEEP_LIMIT = 100
MOST_COUNTED = 100


@dataclass(frozen=True)
class Wish:
    """What a guest wants to book; `quote` is the token of a price that was shown."""

    house_id: int
    stay: Stay
    guests: int
    quote: str | None = None


@dataclass(frozen=True)
class Step:
    """What somebody does with an order. `version` is the one that the page read, if it says."""

    order_id: int
    event: Event
    reason: str | None = None
    version: int | None = None


class OrderService:
    """All use cases of orders but the payment."""

    def __init__(self, database: Database, moves: OrderMoves, quotes: QuoteService, clock: Clock) -> None:
        self._database = database
        self._moves = moves
        self._quotes = quotes
        self._clock = clock
        self._turns = Turns()

    async def place(self, guest_id: int, wish: Wish, once: Once | None, language: Language) -> dict[str, Any]:
        """A new order that holds its nights; a request that came before gets the same answer again.

        Raises NoSuchHouse, OwnHouse, NightTaken, BadStay and the other refusals of a quote, QuoteExpired,
        BadQuote, KeyReused, InFlight, Overloaded.
        """
        async with self._turns.of(wish.house_id) as others_were_ahead:
            answer = await self._place(guest_id, wish, once, language, others_were_ahead)
        self._moves.wake()
        return answer

    async def act(self, user_id: int, step: Step, language: Language) -> dict[str, Any]:
        """Accept, reject or cancel; returns the order as this side sees it now.

        Raises NoSuchOrder, IllegalMove, StayBegan, ChangedMeanwhile, BadReason, BadNote.
        """
        reason = check_reason(step.reason, step.event)
        order, answer = await self._act(user_id, step, reason, language)
        await self._moves.spread(order, step.event)
        return answer

    async def comment(
        self, guest_id: int, order_id: int, said: tuple[str, int], language: Language
    ) -> dict[str, Any]:
        """The guest's review after the stay, text and rating.

        Raises NoSuchOrder, IllegalMove, BadComment, BadRating.
        """
        text, rating = check_comment(*said)
        order, answer = await self._comment(guest_id, order_id, (text, rating), language)
        await self._moves.spread(order, Event.COMMENT)
        return answer

    async def reply(
        self, host_id: int, order_id: int, reply: str, language: Language, once: Once | None = None
    ) -> dict[str, Any]:
        """The host's one answer to a review. Raises NoSuchOrder, IllegalMove, BadReply, KeyReused, InFlight."""
        order, answer = await self._reply(host_id, order_id, check_reply(reply), language, once)
        if order is not None:
            await self._moves.spread(order, Event.REPLY)
        return answer

    async def get(self, user_id: int, order_id: int, language: Language) -> dict[str, Any]:
        """An order with its history, for its guest or host. Raises NoSuchOrder."""
        async with self._database.reading() as cursor:
            shown = await self._shown(cursor, order_id, user_id, language)
            events = await repository.events(cursor, order_id)
            refunds = await payments_repository.refunds_of(cursor, order_id)
        return {"order": detail_view(shown["order"], events, refunds)}

    async def page(
        self, side: tuple[Actor, int], statuses: Sequence[OrderStatus], before: int | None, language: Language
    ) -> dict[str, Any]:
        """One side's orders, newest first, PAGE_SIZE at a time; how many stand where, and how many wait for a host."""
        async with self._database.reading() as cursor:
            rows = await repository.page(cursor, side, statuses, before, PAGE_SIZE + 1)
            shown = rows[:PAGE_SIZE]
            covers = await photos_repository.covers_of(cursor, [row["house_id"] for row in shown])
            waiting = await repository.count_waiting(cursor, side[1])
            counts = await repository.count_statuses(cursor, side, MOST_COUNTED)
        return {
            "orders": [order_view(row, side[0], covers.get(row["house_id"]), language) for row in shown],
            "next": str(shown[-1]["order_id"]) if len(rows) > PAGE_SIZE else None,
            "waiting": waiting,
            "counts": counts,
        }

    async def sweep(self) -> dict[str, Any]:
        """What time does to orders: expiry, check-out, completion. Safe when run twice, late, or twice at once."""
        return {
            "expired": await self._each_due(OrderStatus.WAIT_ACCEPT, Event.EXPIRE)
            + await self._each_due(OrderStatus.WAIT_PAYMENT, Event.EXPIRE),
            "checked_out": await self._each_checking_out(),
            "completed": await self._each_due(OrderStatus.WAIT_COMMENT, Event.COMPLETE),
        }

    @retried
    async def _place(
        self, guest_id: int, wish: Wish, once: Once | None, language: Language, others_were_ahead: bool
    ) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            stored: dict[str, Any] | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return stored
            house = await repository.lock_house(cursor, wish.house_id)
            if house is None or house["status"] != HouseStatus.ONLINE:
                raise NoSuchHouse
            if house["owner_id"] == guest_id:
                raise OwnHouse
            if others_were_ahead and await nights_repository.is_any_taken(cursor, wish.house_id, wish.stay):
                raise NightTaken
            quote = await self._price(cursor, wish)
            order = self._new_order(guest_id, wish, house, quote)
            order = await self._moves.place(cursor, order, house["today"])
            answer = await self._shown(cursor, order.order_id, guest_id, language)
            await idempotency.finish(cursor, once, answer)
            self._database.failpoints.reach("place:before-commit")
        self._database.failpoints.reach("place:after-commit")
        return answer

    async def _price(self, cursor: Cursor, wish: Wish) -> Quote:
        """What was promised, or what it costs now."""
        if wish.quote is None:
            return await self._quotes.price(cursor, wish.house_id, wish.stay, wish.guests)
        return self._quotes.redeem(wish.quote, wish.house_id, wish.stay, wish.guests)

    def _new_order(self, guest_id: int, wish: Wish, house: Row, quote: Quote) -> Order:
        now = self._clock.now()
        return Order(
            order_id=0,
            number=new_number(now),
            guest_id=guest_id,
            host_id=house["owner_id"],
            house_id=wish.house_id,
            check_in=wish.stay.start,
            check_out=wish.stay.end,
            nights=wish.stay.nights,
            guests=wish.guests,
            lines=tuple(line.view() for line in quote.lines),
            amount_fen=quote.total_fen,
            cancellation=quote.cancellation,
            status=OrderStatus.WAIT_PAYMENT if house["instant_booking"] else OrderStatus.WAIT_ACCEPT,
            version=1,
            reason=None,
            expires_at=None,
            created_at=now,
        )

    @retried
    async def _act(
        self, user_id: int, step: Step, reason: str | None, language: Language
    ) -> tuple[Order, dict[str, Any]]:
        async with self._database.transaction() as cursor:
            order, role = await self._lock(cursor, step.order_id, user_id)
            if step.version is not None and step.version != order.version:
                raise ChangedMeanwhile
            order = await self._moves.apply(cursor, order, step.event, (role, user_id), reason)
            return order, await self._shown(cursor, order.order_id, user_id, language)

    @retried
    async def _comment(
        self, guest_id: int, order_id: int, said: tuple[str, int], language: Language
    ) -> tuple[Order, dict[str, Any]]:
        async with self._database.transaction() as cursor:
            order, role = await self._lock(cursor, order_id, guest_id)
            order.after(Event.COMMENT, role)
            await reviews_repository.add(cursor, order.order_id, order.house_id, guest_id, said)
            order = await self._moves.apply(cursor, order, Event.COMMENT, (role, guest_id))
            return order, await self._shown(cursor, order.order_id, guest_id, language)

    @retried
    async def _reply(
        self, host_id: int, order_id: int, reply: str, language: Language, once: Once | None
    ) -> tuple[Order | None, dict[str, Any]]:
        """The order as it is now, None when the same request came before, and the answer."""
        async with self._database.transaction() as cursor:
            stored: dict[str, Any] | None = await idempotency.begin(cursor, once)
            if stored is not None:
                return None, stored
            order, role = await self._lock(cursor, order_id, host_id)
            if not await reviews_repository.reply(cursor, order_id, reply):
                raise IllegalMove
            order = await self._moves.apply(cursor, order, Event.REPLY, (role, host_id))
            answer = await self._shown(cursor, order.order_id, host_id, language)
            await idempotency.finish(cursor, once, answer)
        return order, answer

    @staticmethod
    async def _lock(cursor: Cursor, order_id: int, user_id: int) -> tuple[Order, Actor]:
        order = await repository.lock(cursor, order_id)
        role = order.role_of(user_id) if order else None
        if order is None or role is None:
            raise NoSuchOrder
        return order, role

    @staticmethod
    async def _shown(cursor: Cursor, order_id: int, user_id: int, language: Language) -> dict[str, Any]:
        row = await repository.shown(cursor, order_id, user_id)
        if row is None:
            raise NoSuchOrder
        covers = await photos_repository.covers_of(cursor, [row["house_id"]])
        role = Actor.GUEST if row["guest_id"] == user_id else Actor.HOST
        return {"order": order_view(row, role, covers.get(row["house_id"]), language)}

    async def _each_due(self, status: OrderStatus, event: Event) -> int:
        return await self._each(lambda cursor: repository.lock_due(cursor, status, 1), event)

    async def _each_checking_out(self) -> int:
        return await self._each(lambda cursor: repository.lock_checking_out(cursor, 1), Event.CHECK_OUT)

    async def _each(self, lock: Callable[[Cursor], Awaitable[list[Order]]], event: Event) -> int:
        """One order a transaction: a trouble with one holds up none of the others for long."""
        for count in range(SWEEP_LIMIT):
            order = await self._step(lock, event)
            if order is None:
                return count
            await self._moves.spread(order, event)
        return SWEEP_LIMIT

    @retried
    async def _step(self, lock: Callable[[Cursor], Awaitable[list[Order]]], event: Event) -> Order | None:
        async with self._database.transaction() as cursor:
            due = await lock(cursor)
            return await self._moves.apply(cursor, due[0], event) if due else None
