"""Notices on their whole way: outbox, worker, platform, phone."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.bookings import new_booked
from tests.houses import rows

if TYPE_CHECKING:
    from tornado.httpclient import AsyncHTTPClient

    from server.services import Services
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


async def inbox(http_client: AsyncHTTPClient, stack: Stack, services: Services, user_id: int) -> list[Any]:
    """The messages on a person's phone."""
    [person] = await rows(services, "SELECT mobile FROM users WHERE id = %s", user_id)
    answer = await http_client.fetch(f"{stack.sandbox_url}/inbox/{person['mobile']}")
    return list(json.loads(answer.body))


async def states(services: Services, order_id: int) -> list[str]:
    """The notices' states, in the order of the versions."""
    found = await rows(
        services, "SELECT state FROM order_notices WHERE order_id = %s ORDER BY version", order_id
    )
    return [row["state"] for row in found]


async def until_told(services: Services, order_id: int, count: int) -> None:
    """Wait for the end of so many notices."""
    for _ in range(200):
        now = await states(services, order_id)
        if len(now) == count and not {"queued", "sending"} & set(now):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the notices are {now}")


async def test_both_phones_show_what_happened(
    services: Services, stack: Stack, http_client: AsyncHTTPClient
) -> None:
    town = await new_booked(services)
    order_id = await town.place()
    await until_told(services, order_id, 1)
    [order] = await rows(services, "SELECT check_in, check_out FROM orders WHERE id = %s", order_id)

    [message] = await inbox(http_client, stack, services, town.host_id)

    assert message["texts"] == [
        "您有新的预订", "后海北沿的四合院", f"{order['check_in']} 入住，{order['check_out']} 退房",
    ]  # fmt: skip
    assert (message["code"], message["minutes"], message["template_id"]) == (None, None, "2")
    assert await inbox(http_client, stack, services, town.guest_id) == []


async def test_a_worker_that_was_down_tells_later_and_once(
    services: Services, stack: Stack, http_client: AsyncHTTPClient
) -> None:
    town = await new_booked(services)
    stack.stop("worker")
    try:
        order_id = await town.place()
        await asyncio.sleep(3)  # time for the outbox to publish it more than once
        [work] = await rows(
            services, "SELECT publications FROM outbox WHERE task_id = %s", f"notice-{order_id}-1-host"
        )
        assert await states(services, order_id) == ["queued"]
    finally:
        stack.start("worker")

    await until_told(services, order_id, 1)

    assert work["publications"] >= 2
    assert await states(services, order_id) == ["sent"]
    await asyncio.sleep(1)  # what was published twice has come by now
    assert len(await inbox(http_client, stack, services, town.host_id)) == 1


async def test_a_worker_that_was_down_tells_only_the_newest(
    services: Services, stack: Stack, http_client: AsyncHTTPClient
) -> None:
    town = await new_booked(services)
    stack.stop("worker")
    try:
        order_id = await town.reach("accept", "guest_cancels")
    finally:
        stack.start("worker")

    await until_told(services, order_id, 3)

    assert await states(services, order_id) == ["skipped", "skipped", "sent"]
    assert [one["texts"][0] for one in await inbox(http_client, stack, services, town.host_id)] == [
        "客人取消了预订"
    ]
    assert await inbox(http_client, stack, services, town.guest_id) == []
