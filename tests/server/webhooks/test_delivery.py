"""Webhooks on their whole way: the move, the outbox, the worker, a receiver on this machine."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from server.orders import repository as orders_repository
from server.orders.model import Event, IllegalMove
from server.sealing import Seal
from server.webhooks import repository
from server.webhooks.model import Message, new_message_id, task_id_of
from server.webhooks.service import Changes
from server.webhooks.traffic import TO_ONE_SERVER
from tests.bookings import new_booked
from tests.houses import rows
from tests.server.outgoing.strangers import stranger
from tests.server.outgoing.test_service import babble, endless_head, reset
from tests.server.webhooks.hooks import new_hook, sweep
from tests.server.webhooks.receiver import receiving

if TYPE_CHECKING:
    from server.outgoing.service import Reply, Request
    from server.services import Services
    from tests.server.webhooks.hooks import Hook
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=90)


async def test_each_move_of_an_order_arrives_signed_as_its_host_sees_it(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        order_id = await town.reach("accept", "pay", "check_out")
        await services.orders.comment(town.guest_id, order_id, ("住得很好", 5), "zh")
        await services.orders.reply(town.host_id, order_id, "欢迎再来", "zh")

        log = await hook.until(*["delivered"] * 6)

    events = ["place", "accept", "pay", "check_out", "comment", "reply"]
    assert [one.json["event"] for one in receiver.heard] == events
    assert [one.json["version"] for one in receiver.heard] == [1, 2, 3, 4, 5, 6]
    assert [one["message_id"] for one in log] == [one.message_id for one in receiver.heard]
    assert all(one.is_signed_by(hook.secret) for one in receiver.heard)
    assert {one.headers["Content-Type"] for one in receiver.heard} == {"application/json; charset=utf-8"}
    shown = (await services.orders.get(town.host_id, order_id, "zh"))["order"]
    last = receiver.heard[-1].json
    assert set(last) == {"kind", "event", "at", "version", "order"}
    assert last["order"] == {
        name: value for name, value in shown.items() if name not in {"events", "refunds"}
    }
    assert (last["order"]["role"], last["order"]["comment"], last["order"]["reply"]) == (
        "host",
        "住得很好",
        "欢迎再来",
    )
    assert receiver.heard[4].json["order"]["comment"] == "住得很好"
    assert log[0]["response_status"] == 200
    assert (log[0]["excerpt"], log[0]["reason"], log[0]["attempts"]) == ("thank you", None, 1)


@pytest.mark.parametrize(
    ("steps", "event"),
    [
        (("reject",), "reject"),
        (("guest_cancels",), "cancel"),
        (("expire",), "expire"),
        (("accept", "pay", "check_out", "complete"), "complete"),
    ],
)
async def test_the_other_ends_of_an_order_arrive_too(
    services: Services, steps: tuple[str, ...], event: str
) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        await new_hook(services, town.host_id, receiver.url, [Event(event)])

        await town.reach(*steps)

        [heard] = await receiver.until(1)
    assert heard.json["event"] == event


async def test_a_webhook_hears_only_what_it_asked_for_and_only_of_its_own_host(services: Services) -> None:
    town, other = await new_booked(services), await new_booked(services)
    async with receiving() as receiver, receiving() as strangers, receiving() as disabled:
        hook = await new_hook(services, town.host_id, receiver.url, [Event.ACCEPT])
        await new_hook(services, other.host_id, strangers.url)
        await new_hook(services, town.guest_id, strangers.url)
        off = await new_hook(services, town.host_id, disabled.url)
        await services.webhooks.change(town.host_id, off.hook_id, Changes(enabled=False))
        await town.reach("accept", "pay")

        await hook.until("delivered")
        await asyncio.sleep(1)

    assert [one.json["event"] for one in receiver.heard] == ["accept"]
    assert (strangers.heard, disabled.heard) == ([], [])


async def test_a_failed_attempt_comes_again_with_the_same_id_and_body(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(500, 503, 204) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()

        waits = await _until_attempts(hook, 1)
        assert (waits["response_status"], waits["reason"], waits["state"]) == (500, "status", "waiting")
        for attempt in (2, 3):
            await hook.hurry()
            sweep(services)
            await receiver.until(attempt)
            await _until_attempts(hook, attempt)  # written down: what hurries before is undone by it
        [done] = await hook.until("delivered")

    assert (done["attempts"], done["response_status"], done["next_attempt_at"]) == (3, 204, None)
    assert len({one.message_id for one in receiver.heard}) == 1
    assert len({one.body for one in receiver.heard}) == 1
    assert all(one.is_signed_by(hook.secret) for one in receiver.heard)
    assert (await hook.row())["failures"] == 0


async def test_attempts_wait_longer_each_time_and_end_after_eight(services: Services) -> None:
    town = await new_booked(services)
    waits = []
    async with receiving(500) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        for attempt in range(1, 9):
            await receiver.until(attempt)
            await _until_attempts(hook, attempt)
            [row] = await rows(
                services,
                "SELECT state, TIMESTAMPDIFF(SECOND, attempted_at, due_at) AS wait FROM webhook_deliveries"
                " WHERE hook_id = %s",
                hook.hook_id,
            )
            waits.append(row["wait"])
            if row["state"] == "waiting":
                await hook.hurry()
                sweep(services)
        [last] = await hook.until("failed")

    assert waits[-1] is None
    bounds = [(8, 13), (48, 73), (240, 361), (1440, 2161), (5760, 8641), (17_280, 25_921), (46_080, 69_121)]
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, bounds, strict=False)), waits
    assert (last["attempts"], last["next_attempt_at"]) == (8, None)
    assert len({one.message_id for one in receiver.heard}) == 1


async def test_what_was_given_up_is_sent_again_with_the_same_id(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(410, 200) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        [gone] = await hook.until("failed")
        disabled = await hook.row()
        await services.webhooks.change(town.host_id, hook.hook_id, Changes(enabled=True))

        sent = await services.webhooks.send_again(town.host_id, hook.hook_id, gone["delivery_id"])
        await receiver.until(2)
        await hook.until("delivered")

        await services.webhooks.send_again(town.host_id, hook.hook_id, gone["delivery_id"])
        await receiver.until(3)

    assert (disabled["enabled"], disabled["disabled_reason"]) == (0, "gone")
    assert sent["delivery"]["state"] == "waiting"
    assert {one.message_id for one in receiver.heard} == {gone["message_id"]}


async def test_a_webhook_that_failed_for_days_is_disabled_and_its_owner_told(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(500) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        await _until_attempts(hook, 1)
        before = await hook.row()
        await rows(
            services,
            "UPDATE webhooks SET failing_since = failing_since - INTERVAL 6 DAY WHERE id = %s",
            hook.hook_id,
        )
        await town.place(20)
        await hook.until("failed", "failed")

    after = await hook.row()
    assert (before["enabled"], before["failures"], before["disabled_reason"]) == (1, 1, None)
    assert (after["enabled"], after["failures"], after["disabled_reason"]) == (0, 2, "failing")
    told = [one.body for one in await services.live.after(town.host_id, 0) if one.kind == "webhook"]
    assert told[-1]["enabled"] is False
    assert {one["webhook_id"] for one in told} == {hook.hook_id}


async def test_a_test_event_arrives_once_and_counts_for_nothing_when_it_fails(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(200, 500) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await services.webhooks.ping(town.host_id, hook.hook_id)
        await hook.until("delivered")
        await services.webhooks.ping(town.host_id, hook.hook_id)
        log = await hook.until("delivered", "failed")

    assert [one.json["kind"] for one in receiver.heard] == ["ping", "ping"]
    assert all(one.is_signed_by(hook.secret) for one in receiver.heard)
    assert (log[1]["attempts"], log[1]["event"], log[1]["order_id"]) == (1, "ping", None)
    assert (await hook.row())["failures"] == 0


async def test_for_a_day_the_old_secret_signs_beside_the_new_one(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        new = (await services.webhooks.rotate(town.host_id, hook.hook_id))["secret"]
        await services.webhooks.ping(town.host_id, hook.hook_id)
        await receiver.until(1)
        await rows(
            services,
            "UPDATE webhooks SET old_secret_until = old_secret_until - INTERVAL 24 HOUR WHERE id = %s",
            hook.hook_id,
        )
        await services.webhooks.ping(town.host_id, hook.hook_id)
        both, later = await receiver.until(2)

    assert new != hook.secret
    assert both.is_signed_by(new)
    assert both.is_signed_by(hook.secret)
    assert later.is_signed_by(new)
    assert not later.is_signed_by(hook.secret)


async def test_a_worker_that_is_killed_while_it_sends_sends_again_with_the_same_id(
    services: Services, stack: Stack
) -> None:
    town = await new_booked(services)
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        await receiver.until(1)
        try:
            stack.stop("worker", signal.SIGKILL)
            [lost] = await hook.log()
        finally:
            stack.start("worker")
        receiver.gate.set()
        await hook.hurry()  # the claim of the dead is over; the outbox wakes the new worker by itself

        await receiver.until(2)
        [done] = await hook.until("delivered")

    assert lost["state"] == "sending"
    assert len({one.message_id for one in receiver.heard}) == 1
    assert receiver.heard[0].body == receiver.heard[1].body
    assert done["attempts"] == 2


async def test_a_worker_that_is_asked_to_stop_does_not_wait_for_strangers(
    services: Services, stack: Stack
) -> None:
    town = await new_booked(services)
    before = len(stack.log("worker"))
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        await receiver.until(1)
        try:
            await asyncio.to_thread(stack.stop, "worker")  # waits for its end
            [dropped] = await hook.log()
            said = stack.log("worker")[before:]
        finally:
            stack.start("worker")
        receiver.gate.set()
        await hook.hurry()
        [done] = await hook.until("delivered")

    assert dropped["state"] == "sending"
    assert done["message_id"] == receiver.heard[0].message_id == receiver.heard[1].message_id
    assert "Traceback" not in said
    assert "never awaited" not in said


async def test_while_a_claim_lasts_nobody_else_sends(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        await receiver.until(1)
        for _ in range(3):
            sweep(services)
            services.courier.wake()
            await asyncio.sleep(0.4)
        receiver.gate.set()
        await hook.until("delivered")

    assert len(receiver.heard) == 1


async def test_without_a_claim_somebody_else_would_send(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        await receiver.until(1)
        await hook.hurry()
        services.courier.wake()
        await receiver.until(2)
        receiver.gate.set()
        await hook.until("delivered")

    assert len({one.message_id for one in receiver.heard}) == 1


async def test_a_webhook_gets_one_message_at_a_time_and_the_oldest_first(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        orders = [await town.place()]
        await receiver.until(1)
        orders += [await town.place(20), await town.place(30)]
        for _ in range(3):
            sweep(services)
            await asyncio.sleep(0.5)
        while_it_hangs = len(receiver.heard)
        receiver.gate.set()
        await hook.until(*["delivered"] * 3)

    assert while_it_hangs == 1
    assert [one.json["order"]["order_id"] for one in receiver.heard] == orders


async def test_a_receiver_that_hangs_holds_up_no_other_and_no_other_task(services: Services) -> None:
    towns = [await new_booked(services) for _ in range(12)]
    good = await new_booked(services)
    async with receiving(hangs=True) as slow, receiving() as quick:
        for town in towns:
            await new_hook(services, town.host_id, slow.url)
        hook = await new_hook(services, good.host_id, quick.url)
        for town in towns:
            await town.place()
        await slow.until(4)

        await good.place()
        await quick.until(1)
        await hook.until("delivered")
        still = len(slow.heard)
        told = await _until_told(services, good.host_id)
        slow.gate.set()

    assert still == 4  # all hang, and no more than four at one server
    assert told == ["sent"]


@pytest.mark.parametrize(
    ("behave", "reason"), [(reset, "unreachable"), (babble, "unreachable"), (endless_head, "unreachable")]
)
async def test_a_receiver_that_misbehaves_is_tried_again(services: Services, behave, reason: str) -> None:
    town = await new_booked(services)
    async with stranger(behave) as port:
        hook = await new_hook(services, town.host_id, f"http://127.0.0.1:{port}/")
        await town.place()
        waits = await _until_attempts(hook, 1)

    assert (waits["state"], waits["reason"], waits["response_status"]) == ("waiting", reason, None)


async def test_a_receiver_that_says_nothing_is_given_up_after_ten_seconds(services: Services) -> None:
    town = await new_booked(services)
    async with receiving(hangs=True) as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        waits = await _until_attempts(hook, 1)

    assert (waits["state"], waits["reason"]) == ("waiting", "timeout")
    assert 9_000 <= waits["duration_ms"] <= 15_000


async def test_a_huge_answer_counts_by_its_status_and_is_kept_in_part(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        receiver.body = b"<script>alert(1)</script>" * 100_000
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        [done] = await hook.until("delivered")

    assert done["excerpt"].startswith("<script>")
    assert len(done["excerpt"]) == 500


async def test_a_redirect_is_a_failure_and_leads_nowhere(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as inside, receiving(307) as receiver:
        receiver.headers = {"Location": inside.url}
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.place()
        waits = await _until_attempts(hook, 1)

    assert (waits["state"], waits["reason"], waits["response_status"]) == ("waiting", "redirect", 307)
    assert inside.heard == []


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.7/x", "https://169.254.169.254/latest", "https://[fd00::1]/", "https://100.64.0.1/"],
)
async def test_an_address_that_became_private_is_refused_at_the_delivery(
    services: Services, url: str
) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await rows(services, "UPDATE webhooks SET url = %s WHERE id = %s", url, hook.hook_id)
        await town.place()
        waits = await _until_attempts(hook, 1)

    assert (waits["state"], waits["reason"]) == ("waiting", "not_public")
    assert receiver.heard == []


async def test_a_move_that_is_rolled_back_tells_nobody(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        order_id = await town.place()
        await hook.until("delivered")
        with pytest.raises(IllegalMove):
            await _expire_twice(services, order_id)

        assert len(await hook.log()) == 1
    assert len(receiver.heard) == 1


async def test_what_waits_for_a_deleted_webhook_is_never_sent(services: Services, stack: Stack) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        stack.stop("worker")
        try:
            await town.place()
            [delivery] = await hook.log()
            await services.webhooks.remove(town.host_id, hook.hook_id)
        finally:
            stack.start("worker")
        for _ in range(200):
            [work] = await rows(
                services,
                "SELECT done_at FROM outbox WHERE task_id = %s",
                f"webhook-{delivery['delivery_id']}",
            )
            if work["done_at"]:
                break
            await asyncio.sleep(0.1)

    assert work["done_at"] is not None
    assert receiver.heard == []


async def test_a_message_to_a_webhook_that_was_just_deleted_ends_its_task(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await services.webhooks.remove(town.host_id, hook.hook_id)
        [delivery_id] = await _due(services, hook)

        await services.courier.deliver(task_id_of(delivery_id))

        [work] = await rows(
            services, "SELECT done_at FROM outbox WHERE task_id = %s", task_id_of(delivery_id)
        )
    assert work["done_at"] is not None


async def test_a_secret_that_cannot_be_opened_holds_up_no_other_webhook(services: Services) -> None:
    town, other = await new_booked(services), await new_booked(services)
    sealed = Seal("another key of more than 32 characters", "webhooks").seal("whsec_eA==")
    async with receiving() as receiver, receiving() as good:
        hook = await new_hook(services, town.host_id, receiver.url)
        await rows(services, "UPDATE webhooks SET sealed_secret = %s WHERE id = %s", sealed, hook.hook_id)
        await new_hook(services, other.host_id, good.url)
        await town.place()
        waits = await _until_attempts(hook, 1)
        await other.place()
        await good.until(1)
        nothing = list(receiver.heard)

        secret = (await services.webhooks.rotate(town.host_id, hook.hook_id))["secret"]
        await hook.hurry()
        sweep(services)
        [heard] = await receiver.until(1)

    assert (waits["state"], waits["reason"], nothing) == ("waiting", "lost_secret", [])
    assert heard.is_signed_by(secret)


async def test_a_fault_in_one_attempt_ends_no_other(
    services: Services, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty:
        """Fails at one address as nobody thought of."""

        async def fetch(self, url: str, request: Request) -> Reply:
            if url.endswith("/fault"):
                await good.until(1)
                fault.set()
                raise KeyError(url)
            return await real.fetch(url, request)

    town, other = await new_booked(services), await new_booked(services)
    real, fault = services.courier._outgoing, asyncio.Event()
    monkeypatch.setattr(services.courier, "_outgoing", Faulty())
    stack.stop("worker")
    try:
        async with receiving(hangs=True) as good:
            bad = await new_hook(services, town.host_id, f"{good.url}/fault")
            hook = await new_hook(services, other.host_id, good.url)
            await _due(services, bad, hook)
            services.courier.wake()
            await fault.wait()
            await asyncio.sleep(0)
            good.gate.set()
            [delivery] = await hook.until("delivered")
            await services.webhooks.remove(town.host_id, bad.hook_id)
    finally:
        stack.start("worker")

    assert (len(good.heard), delivery["attempts"]) == (1, 1)


async def test_a_crowd_that_waits_for_one_server_hides_no_other(
    services: Services, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "IN_ALL", 2)  # eight are looked at
    town, other = await new_booked(services), await new_booked(services)
    stack.stop("worker")
    try:
        async with receiving() as busy, receiving() as free:
            crowd = [await new_hook(services, town.host_id, busy.url) for _ in range(10)]
            late = await new_hook(services, other.host_id, free.url)
            waiting = await _due(services, *crowd, late)
            async with services.database.reading() as cursor:
                seen = [one.delivery_id for one in await repository.due(cursor)]
            for hook in (*crowd, late):
                await services.webhooks.remove(hook.user_id, hook.hook_id)
    finally:
        stack.start("worker")

    assert [one for one in seen if one in waiting] == [*waiting[:TO_ONE_SERVER], waiting[-1]]


async def test_old_deliveries_are_forgotten(services: Services) -> None:
    town = await new_booked(services)
    async with receiving() as receiver:
        hook = await new_hook(services, town.host_id, receiver.url)
        await town.reach("accept")
        old, kept = await hook.until("delivered", "delivered")
        await rows(
            services,
            "UPDATE webhook_deliveries SET created_at = created_at - INTERVAL 31 DAY WHERE id = %s",
            old["delivery_id"],
        )

        await services.webhooks.purge()

        assert [one["delivery_id"] for one in await hook.log()] == [kept["delivery_id"]]


async def _due(services: Services, *hooks: Hook) -> list[int]:
    """A message to each of them, due since a while ago, the oldest first."""
    found = []
    async with services.database.transaction() as cursor:
        for number, hook in enumerate(hooks):
            message = Message(new_message_id(), "place", None, None, "{}")
            found.append(await repository.add_delivery(cursor, hook.hook_id, message))
            await cursor.execute(
                "UPDATE webhook_deliveries SET due_at = NOW(6) - INTERVAL %s SECOND WHERE id = %s",
                (3600 - number, found[-1]),
            )
    return found


async def _until_attempts(hook, count: int) -> dict:
    """Wait for the end of the newest delivery's n-th attempt."""
    for _ in range(300):
        log = await hook.log()
        if log and log[-1]["attempts"] >= count and log[-1]["state"] != "sending":
            return log[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"the deliveries are {log}")


async def _until_told(services: Services, user_id: int) -> list[str]:
    """The states of a person's notices, once they ended."""
    states: list[str] = []
    for _ in range(100):
        found = await rows(services, "SELECT state FROM order_notices WHERE user_id = %s", user_id)
        states = [row["state"] for row in found]
        if states and not {"queued", "sending"} & set(states):
            break
        await asyncio.sleep(0.1)
    return states


async def _expire_twice(services: Services, order_id: int) -> None:
    """A transaction whose second move is illegal."""
    async with services.database.transaction() as cursor:
        order = await orders_repository.lock(cursor, order_id)
        assert order is not None
        order = await services.orders._moves.apply(cursor, order, Event.EXPIRE)
        await services.orders._moves.apply(cursor, order, Event.EXPIRE)
