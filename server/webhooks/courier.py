"""Sends what is due: beside the tasks of the worker, never in their place.

A task only wakes the courier and ends: no thread of the worker waits for a stranger's server. The courier is one per
process; it takes the oldest due delivery of each webhook, one at a time a webhook, and as many as traffic.py allows.
What it takes is claimed in MySQL for a while: when the process dies, the claim ends, and the outbox (for the first
attempt) or the clock (for all) wakes another. So each message arrives at least once, with the same webhook-id.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from cryptography.exceptions import InvalidTag

from server.db import retried
from server.errors import Overloaded, StoreUnavailable
from server.outbox import repository as outbox_repository
from server.outgoing.model import OutgoingRefused
from server.outgoing.service import Request
from server.webhooks import events, repository
from server.webhooks.model import (
    FAILING_DAYS,
    PING,
    Disabled,
    Outcome,
    Parcel,
    Standing,
    State,
    excerpt_of,
    seconds_until_next,
)
from server.webhooks.traffic import Candidate, fair_share

if TYPE_CHECKING:
    from server.clock import Clock
    from server.db import Cursor, Database, Row
    from server.live.service import LiveService
    from server.outgoing.service import Outgoing
    from server.sealing import Seal

MAX_BYTES = 64 * 1024
ATTEMPT_SECONDS = 10.0
LOOK_SECONDS = 1.0  # while something is on its way, what has become due meanwhile is looked for this often
USER_AGENT = "iHome-Webhooks/1.0"

Flights = dict[asyncio.Task[None], Candidate]


class Courier:
    """All deliveries of this process. `wake` is called by tasks; it returns at once."""

    def __init__(
        self, database: Database, outgoing: Outgoing, seal: Seal, live: LiveService, clock: Clock
    ) -> None:
        self._database = database
        self._outgoing = outgoing
        self._seal = seal
        self._live = live
        self._clock = clock
        self._more = asyncio.Event()
        self._run: asyncio.Task[None] | None = None

    async def deliver(self, task_id: str) -> None:
        """The task behind a new delivery: wake the courier, or end the task when nothing is left to send."""
        if await self._is_over(task_id):
            return
        self.wake()

    def wake(self) -> None:
        """Something may be due."""
        self._more.set()
        if self._run is None or self._run.done():
            self._run = asyncio.get_running_loop().create_task(self._work())
            self._run.add_done_callback(_report)

    async def close(self) -> None:
        """Drop what is on its way: it is sent again when its claim ends."""
        if self._run is not None and not self._run.done():
            self._run.cancel()
            with suppress(asyncio.CancelledError):
                await self._run

    async def _work(self) -> None:
        """Until nothing is due and nothing on its way."""
        flights: Flights = {}
        try:
            while self._more.is_set() or flights:
                self._more.clear()
                flights |= await self._take_off(list(flights.values()))
                for landed in await self._until_news(set(flights)):
                    del flights[landed]
                    _report(landed)
        finally:
            for flight in flights:
                flight.cancel()
            await asyncio.gather(*flights, return_exceptions=True)

    async def _take_off(self, on_the_way: list[Candidate]) -> Flights:
        """Claim what may go now, and send it."""
        try:
            async with self._database.reading() as cursor:
                chosen = {
                    one.delivery_id: one for one in fair_share(await repository.due(cursor), on_the_way)
                }
            rows = await self._claim(list(chosen)) if chosen else []
        except StoreUnavailable:  # the clock wakes us again
            structlog.get_logger().warning("webhooks wait for mysql")
            return {}
        flights = {}
        for row in rows:
            parcel = self._parcel(row)
            flights[asyncio.create_task(self._send(parcel))] = chosen[parcel.delivery_id]
        return flights

    async def _until_news(self, flights: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until one has landed, somebody woke us, or for a little while; returns those that have landed."""
        if not flights:
            return set()
        woken = asyncio.create_task(self._wait_for_more())
        try:
            landed, _ = await asyncio.wait(
                {*flights, woken}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()
        self._more.set()  # a place is free, or a second is over: look again
        return landed & flights

    async def _wait_for_more(self) -> None:
        await self._more.wait()

    async def _send(self, parcel: Parcel) -> None:
        """One attempt, and what is written down of it."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcome = await self._attempt(parcel)
        outcome = replace(outcome, duration_ms=round((loop.time() - begun) * 1000))
        try:
            await self._record(parcel, outcome)
        except StoreUnavailable:  # the claim ends by itself, then it is sent again
            structlog.get_logger().warning("a delivery's outcome is lost", delivery=parcel.delivery_id)

    async def _attempt(self, parcel: Parcel) -> Outcome:
        if not parcel.secrets:
            return Outcome(reason="lost_secret")
        headers = {"User-Agent": USER_AGENT, **parcel.headers(int(self._clock.now().timestamp()))}
        request = Request("POST", headers, parcel.payload.encode(), MAX_BYTES, ATTEMPT_SECONDS)
        try:
            reply = await self._outgoing.fetch(parcel.url, request)
        except OutgoingRefused as refusal:
            return Outcome(reason=refusal.reason)
        except Overloaded:
            return Outcome(reason="busy")
        reason = None if 200 <= reply.status < 300 else "redirect" if 300 <= reply.status < 400 else "status"
        return Outcome(reply.status, reason, excerpt_of(reply.content))

    def _parcel(self, row: Row) -> Parcel:
        return Parcel(
            row["id"], row["hook_id"], row["user_id"], row["url"], row["message_id"], row["event"],
            row["payload"], row["attempts"], self._secrets(row),
        )  # fmt: skip

    def _secrets(self, row: Row) -> tuple[str, ...]:
        """Those that can be opened: none when the site's secret key is another one than it was."""
        opened = list[str]()
        for sealed in (row["sealed_secret"], row["sealed_old_secret"]):
            with suppress(InvalidTag):
                opened += [self._seal.open(sealed)] if sealed else []
        return tuple(opened)

    @retried
    async def _claim(self, delivery_ids: list[int]) -> list[Row]:
        async with self._database.transaction() as cursor:
            return await repository.claim(cursor, delivery_ids)

    @retried
    async def _is_over(self, task_id: str) -> bool:
        """Whether the task's delivery was sent, given up or deleted: then the task is done."""
        async with self._database.transaction() as cursor:
            if await repository.is_open(cursor, int(task_id.rpartition("-")[2])):
                return False
            await outbox_repository.complete(cursor, task_id, {"state": "sent"})
            return True

    @retried
    async def _record(self, parcel: Parcel, outcome: Outcome) -> None:
        async with self._database.transaction() as cursor:
            locked = await repository.lock_of(cursor, parcel)
            if locked is not None:
                hook, row = locked
                is_ours = row["attempts"] == parcel.attempts and row["state"] == State.SENDING
                if not is_ours and not outcome.is_delivered:
                    return  # its claim ended meanwhile: whoever has it now writes what becomes of it
                await self._settle(cursor, parcel, outcome, is_enabled=hook.enabled)
            await outbox_repository.complete(cursor, parcel.task_id, {"state": "sent"})

    async def _settle(self, cursor: Cursor, parcel: Parcel, outcome: Outcome, *, is_enabled: bool) -> None:
        """Write how a locked delivery stands now, and let its owner's pages hear of it."""
        if outcome.is_delivered:
            state, enabled = State.DELIVERED, is_enabled
            await repository.finish(cursor, parcel.delivery_id, state, outcome, None)
            await repository.note_success(cursor, parcel.hook_id)
        else:
            state, enabled = await self._fail(cursor, parcel, outcome, is_enabled=is_enabled)
        standing = Standing(parcel.hook_id, parcel.delivery_id, state, enabled)
        await events.tell(cursor, self._live, parcel.user_id, standing)

    async def _fail(
        self, cursor: Cursor, parcel: Parcel, outcome: Outcome, *, is_enabled: bool
    ) -> tuple[State, bool]:
        """Another attempt later, or none; the webhook may be disabled. Returns how both stand."""
        seconds = seconds_until_next(parcel.attempts, parcel.event)
        is_last = seconds is None or outcome.is_gone or not is_enabled
        state = State.FAILED if is_last else State.WAITING
        await repository.finish(cursor, parcel.delivery_id, state, outcome, None if is_last else seconds)
        if parcel.event == PING and not outcome.is_gone:
            return state, is_enabled
        is_failing = await repository.note_failure(cursor, parcel.hook_id, FAILING_DAYS)
        if is_enabled and (outcome.is_gone or is_failing):
            reason = Disabled.GONE if outcome.is_gone else Disabled.FAILING
            await repository.disable(cursor, parcel.hook_id, reason)
            return State.FAILED, False
        return state, is_enabled


def _report(run: asyncio.Task[None]) -> None:
    """A courier or an attempt that ended by a fault says so: nobody waits for it. Its claim ends by itself."""
    if not run.cancelled() and run.exception() is not None:
        structlog.get_logger().error("a webhook's delivery failed", exc_info=run.exception())
