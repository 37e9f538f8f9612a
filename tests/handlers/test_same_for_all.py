"""What everybody reads alike looks nobody up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.houses import publish, publish_online, sign_in_new_host
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.services import Services
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=60)


async def test_a_signed_in_visitor_reads_without_a_look_at_the_session(
    services: Services, new_visitor: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: somebody signed in, a house, and a count of looks
    host = new_visitor()
    await sign_in_new_host(host)
    house_id = await publish_online(host)
    looks = 0
    look = services.sessions.glance

    async def counted(session_id: str) -> int | None:
        nonlocal looks
        looks += 1
        return await look(session_id)

    monkeypatch.setattr(services.sessions, "glance", counted)

    house = (await host.get(f"{API}/houses/{house_id}")).data["house"]
    calls = ("/areas", "/facilities", "/houses", "/houses/index", f"/houses/{house_id}")
    documents = ("/openapi.json", "/asyncapi.json")

    # when
    for path in (*(API + path for path in calls + documents), house["images"][0]["url"]):
        assert (await host.get(path)).status == 200
    looks_for_reads = looks
    assert (await host.get(f"{API}/session")).status == 200

    # then: the control is the last read, which is about who asks
    assert looks_for_reads == 0
    assert looks == 1


async def test_a_draft_is_still_there_for_its_owner_only(
    new_visitor: Callable[[], Visitor],
) -> None:
    host, other = new_visitor(), new_visitor()
    await sign_in_new_host(host)
    house_id = await publish(host)

    assert (await host.get(f"{API}/houses/{house_id}")).status == 200
    assert (await other.get(f"{API}/houses/{house_id}")).status == 404
