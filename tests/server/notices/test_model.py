"""Who is told what, in which words."""

from __future__ import annotations

from datetime import date

import pytest

from server.notices.model import SENTENCES, TITLE_LENGTH, TOLD, Notice
from server.orders.model import FIRST_STATUSES, TRANSITIONS, Actor, Event


def notice(title: str = "后海北沿的四合院", event: Event = Event.PLACE, told: Actor = Actor.HOST) -> Notice:
    return Notice("13800138000", event, told, title, date(2026, 12, 1), date(2026, 12, 3))


def test_a_notice_says_what_happened_where_and_when_and_nothing_else() -> None:
    assert notice().texts() == (
        "您有新的预订",
        "后海北沿的四合院",
        "2026-12-01 入住，2026-12-03 退房",
    )


def test_a_long_title_is_cut() -> None:
    title = notice("长" * 64).texts()[1]

    assert title == "长" * (TITLE_LENGTH - 1) + "…"
    assert notice("长" * TITLE_LENGTH).texts()[1] == "长" * TITLE_LENGTH


def test_there_are_words_for_everybody_who_is_told_and_for_nobody_else() -> None:
    told = {(event, side) for (event, _), sides in TOLD.items() for side in sides}

    assert set(SENTENCES) == told


def test_only_what_can_happen_is_told() -> None:
    possible = {(event, actor) for _, event, actor in TRANSITIONS} | {(Event.PLACE, Actor.GUEST)}

    assert FIRST_STATUSES
    assert set(TOLD) <= possible


@pytest.mark.parametrize("actor", [Actor.GUEST, Actor.HOST])
def test_nobody_is_told_what_he_did_himself(actor: Actor) -> None:
    assert [event for (event, by), sides in TOLD.items() if by is actor and actor in sides] == []
