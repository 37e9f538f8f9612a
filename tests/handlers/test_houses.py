"""Houses over HTTP: publish, edit, put online, find, show, delete."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.houses import FIELDS, publish, publish_online, put_online, sign_in_new_host
from tests.visitor import API, Visitor

NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)


async def test_a_draft_is_its_owners_alone_until_it_is_online(new_visitor: NewVisitor) -> None:
    host, guest = new_visitor(), new_visitor()
    await sign_in_new_host(host)

    house_id = await publish(host)
    hidden = await guest.get(f"{API}/houses/{house_id}")
    own = await host.get(f"{API}/houses/{house_id}")
    await put_online(host, house_id)
    shown = await guest.get(f"{API}/houses/{house_id}")

    assert (hidden.status, own.status, shown.status) == (404, 200, 200)
    house = shown.data["house"]
    assert (house["price"], house["deposit"], house["facilities"]) == (1999, 50000, [1, 3, 7])
