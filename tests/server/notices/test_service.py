"""Notices: at most one message each, within limits, and none that is out of date."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from server.notices import repository
from server.notices.service import CLAIM_SECONDS, MAX_PUBLICATIONS, NoticeService
from server.orders.model import Event
from server.services import open_services
from server.sms.model import FailureReason, SmsFailed
from tests.bookings import Booked, new_booked
from tests.houses import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tornado.ioloop import IOLoop

    from server.db import Cursor, Row
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


@dataclass
class Phones:
    """A platform that keeps what it is given, after the failures that it was told to have."""

    sent: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    failures: list[FailureReason] = field(default_factory=list)

    async def send_code(self, mobile: str, code: str, minutes: int) -> str:
        raise AssertionError("a notice is no code")

    async def send(self, mobile: str, template_id: str, texts: Sequence[str]) -> str:
        await asyncio.sleep(0.02)
        self.sent.append((mobile, template_id, tuple(texts)))
        if self.failures:
            raise SmsFailed(self.failures.pop(0))
        return "sid"


@dataclass
class Desk:
    """A booked house, and the service in front of a platform of our own."""

    town: Booked
    phones: Phones
    notices: NoticeService

    async def place(self, first: int = 10) -> str:
        """A booking; returns the task that tells the host."""
        return f"notice-{await self.town.place(first)}-1-host"

    async def state(self, task_id: str) -> tuple[str, str | None]:
        [row] = await rows(
            self.town.services, "SELECT state, reason FROM order_notices WHERE task_id = %s", task_id
        )
        return row["state"], row["reason"]

    async def is_done(self, task_id: str) -> bool:
        [row] = await rows(self.town.services, "SELECT done_at FROM outbox WHERE task_id = %s", task_id)
        return row["done_at"] is not None

    async def run(self, statement: str, *arguments: object) -> list[Row]:
        return await rows(self.town.services, statement, *arguments)


@pytest.fixture
def desk(io_loop: IOLoop, stack: Stack) -> Iterator[Desk]:
    """Without a relay: the tasks are run by the test."""
    exits = AsyncExitStack()

    async def enter() -> Desk:
        services = await exits.enter_async_context(open_services(stack.settings))
        phones = Phones()
        notices = NoticeService(services.database, services.outbox, phones, "7")
        exits.push_async_callback(rows, services, "DELETE FROM outbox")
        return Desk(await new_booked(services), phones, notices)

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def test_the_host_is_told_of_a_booking_once(desk: Desk) -> None:
    task_id = await desk.place()

    outcomes = [await desk.notices.deliver(task_id) for _ in range(3)]

    assert outcomes == [{"state": "sent", "reason": None}] * 3
    [(mobile, template_id, texts)] = desk.phones.sent
    [host] = await desk.run("SELECT mobile FROM users WHERE id = %s", desk.town.host_id)
    assert (mobile, template_id, texts[:2]) == (host["mobile"], "7", ("您有新的预订", "后海北沿的四合院"))
    assert await desk.state(task_id) == ("sent", None)
    assert await desk.is_done(task_id)


async def test_each_side_is_told_what_the_other_did(desk: Desk) -> None:
    order_id = await desk.town.reach("accept", "pay")
    for side in ("host", "guest"):
        await desk.notices.deliver(f"notice-{order_id}-3-{side}")
    await desk.town.act(order_id, Event.CANCEL)
    await desk.notices.deliver(f"notice-{order_id}-4-guest")

    assert [texts[0] for _, _, texts in desk.phones.sent] == [
        "客人已付款",
        "付款成功，预订已确认",
        "房东取消了预订",
    ]
    told = await desk.run(
        "SELECT task_id FROM order_notices WHERE order_id = %s ORDER BY version, task_id", order_id
    )
    assert [row["task_id"] for row in told] == [
        f"notice-{order_id}-{ending}" for ending in ("1-host", "2-guest", "3-guest", "3-host", "4-guest")
    ]


async def at_once(desk: Desk) -> list[Any]:
    task_id = await desk.place()
    return await asyncio.gather(*(desk.notices.deliver(task_id) for _ in range(8)))


async def test_a_task_that_runs_beside_itself_sends_once(desk: Desk) -> None:
    outcomes = await at_once(desk)

    assert len(desk.phones.sent) == 1
    assert [outcome for outcome in outcomes if outcome] == [{"state": "sent", "reason": None}]


async def test_without_the_claim_it_sends_more_than_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""

    async def claim_nothing(_cursor: Cursor, _task_id: str) -> None:
        pass

    monkeypatch.setattr(repository, "claim", claim_nothing)

    await at_once(desk)

    assert len(desk.phones.sent) > 1


async def late(desk: Desk) -> tuple[Any, tuple[str, str | None]]:
    """A booking that is taken back before the host was told of it."""
    task_id = await desk.place()
    await desk.town.act(int(task_id.split("-")[1]), Event.REJECT)
    return await desk.notices.deliver(task_id), await desk.state(task_id)


async def test_a_notice_that_is_out_of_date_is_skipped(desk: Desk) -> None:
    outcome, state = await late(desk)

    assert desk.phones.sent == []
    assert outcome == {"state": "skipped", "reason": "outdated"}
    assert state == ("skipped", "outdated")


async def test_without_the_look_at_the_version_it_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    look = repository.subject

    async def as_it_was(cursor: Cursor, order_id: int, user_id: int) -> Row | None:
        return {**(await look(cursor, order_id, user_id) or {}), "version": 1}

    monkeypatch.setattr(repository, "subject", as_it_was)

    await late(desk)

    assert len(desk.phones.sent) == 1


async def a_busy_day(desk: Desk) -> list[str]:
    task_ids = [await desk.place(10 + 3 * number) for number in range(12)]
    await asyncio.gather(*(desk.notices.deliver(task_id) for task_id in task_ids))
    return [(await desk.state(task_id))[0] for task_id in task_ids]


async def test_a_person_gets_ten_notices_a_day_also_when_they_come_at_once(desk: Desk) -> None:
    states = await a_busy_day(desk)

    assert sorted(states) == ["sent"] * 10 + ["skipped"] * 2
    assert len(desk.phones.sent) == 10
    await desk.run("UPDATE order_notices SET sent_at = sent_at - INTERVAL 25 HOUR WHERE sent_at IS NOT NULL")
    assert (await desk.notices.deliver(await desk.place(60)) or {})["state"] == "sent"


async def test_without_the_limit_everything_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr("server.notices.service.NOTICES_PER_DAY", 1000)

    assert await a_busy_day(desk) == ["sent"] * 12


async def test_one_persons_limit_is_nobody_elses(desk: Desk) -> None:
    await a_busy_day(desk)
    order_id = await desk.town.reach("accept", first=70)

    assert (await desk.notices.deliver(f"notice-{order_id}-2-guest") or {})["state"] == "sent"


async def test_a_sender_that_died_may_have_sent_it(desk: Desk) -> None:
    task_id = await desk.place()
    for age, outcome in (
        (CLAIM_SECONDS - 5, None),
        (CLAIM_SECONDS, {"state": "failed", "reason": "interrupted"}),
    ):
        await desk.run(
            "UPDATE order_notices SET state = 'sending', sent_at = NOW(6) - INTERVAL %s SECOND WHERE task_id = %s",
            age, task_id,
        )  # fmt: skip

        assert await desk.notices.deliver(task_id) == outcome

    assert desk.phones.sent == []
    assert await desk.is_done(task_id)


async def test_what_reached_nobody_comes_again_later(desk: Desk) -> None:
    desk.phones.failures = [FailureReason.UNREACHABLE] * 2
    task_id = await desk.place()

    outcomes = [await desk.notices.deliver(task_id) for _ in range(3)]

    assert outcomes == [None, None, {"state": "sent", "reason": None}]
    assert len(desk.phones.sent) == 3


async def test_a_platform_that_stays_away_is_given_up(desk: Desk) -> None:
    desk.phones.failures = [FailureReason.UNREACHABLE]
    task_id = await desk.place()
    await desk.run("UPDATE outbox SET publications = %s WHERE task_id = %s", MAX_PUBLICATIONS, task_id)

    assert await desk.notices.deliver(task_id) == {"state": "failed", "reason": "unreachable"}

    assert await desk.is_done(task_id)


@pytest.mark.parametrize("reason", [one for one in FailureReason if one is not FailureReason.UNREACHABLE])
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(
    desk: Desk, reason: FailureReason
) -> None:
    desk.phones.failures = [reason]
    task_id = await desk.place()

    outcomes = [await desk.notices.deliver(task_id) for _ in range(2)]

    assert outcomes == [{"state": "failed", "reason": reason.value}] * 2
    assert len(desk.phones.sent) == 1


async def test_a_notice_of_a_house_that_is_gone_names_the_order(desk: Desk) -> None:
    task_id = await desk.place()
    await desk.run("DELETE FROM houses WHERE id = %s", desk.town.house_id)

    await desk.notices.deliver(task_id)

    [order] = await desk.run("SELECT number FROM orders WHERE id = %s", task_id.split("-")[1])
    assert desk.phones.sent[0][2][1] == order["number"]


async def test_a_task_without_its_notice_ends(desk: Desk) -> None:
    task_id = await desk.place()
    await desk.run("DELETE FROM order_notices WHERE task_id = %s", task_id)

    assert await desk.notices.deliver(task_id) == {"state": "failed", "reason": "interrupted"}

    assert await desk.is_done(task_id)


async def test_old_notices_are_forgotten(desk: Desk) -> None:
    old, new = await desk.place(10), await desk.place(20)
    for task_id, days in ((old, 31), (new, 29)):
        await desk.run(
            "UPDATE order_notices SET created_at = NOW(6) - INTERVAL %s DAY WHERE task_id = %s", days, task_id
        )

    await desk.notices.purge()

    left = await desk.run("SELECT task_id FROM order_notices WHERE task_id IN (%s, %s)", old, new)
    assert [row["task_id"] for row in left] == [new]
