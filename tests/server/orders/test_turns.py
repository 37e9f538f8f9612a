"""A house that all want costs one connection of a process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from server.errors import Overloaded
from server.nights.model import NightTaken
from server.orders import turns
from server.orders.turns import Turns
from tests.bookings import new_booked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.services import Services


def test_the_second_hears_that_others_were_ahead() -> None:
    async def two() -> list[bool]:
        turns, heard = Turns(), []

        async def go() -> None:
            async with turns.of(7) as others_were_ahead:
                heard.append(others_were_ahead)
                await asyncio.sleep(0)

        await asyncio.gather(go(), go())
        return heard

    assert asyncio.run(two()) == [False, True]


def test_other_houses_do_not_wait_and_nothing_is_kept() -> None:
    async def nested() -> tuple[bool, int]:
        turns = Turns()
        async with turns.of(7), turns.of(8) as others_were_ahead:
            pass
        return others_were_ahead, len(turns._houses)

    assert asyncio.run(nested()) == (False, 0)


def test_whoever_waits_too_long_is_told_so_and_leaves_the_turn_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)

    async def wait() -> bool:
        queue = Turns()
        async with queue.of(7):
            with pytest.raises(Overloaded):
                async with queue.of(7):
                    raise AssertionError("it was not its turn")
        async with queue.of(7) as others_were_ahead:
            return others_were_ahead

    assert not asyncio.run(wait())


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("with_turns", [True, False])
async def test_many_who_want_one_house_use_one_connection(
    services: Services, monkeypatch: pytest.MonkeyPatch, with_turns: bool
) -> None:
    # given: how many connections are in use at most
    booked = await new_booked(services)
    most = 0
    if not with_turns:
        monkeypatch.setattr(services.orders._turns, "of", _nobody_waits)
    begin = services.database._connection

    @asynccontextmanager
    async def counted() -> AsyncIterator[object]:
        nonlocal most
        async with begin() as connection:
            most = max(most, services.database.in_use)
            yield connection

    monkeypatch.setattr(services.database, "_connection", counted)

    # when: thirty want the same night
    answers = await asyncio.gather(*(booked.place() for _ in range(30)), return_exceptions=True)

    # then
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, NightTaken) for answer in answers) == 29
    assert (most <= 3) is with_turns


@asynccontextmanager
async def _nobody_waits(_house_id: int) -> AsyncIterator[bool]:
    yield False
