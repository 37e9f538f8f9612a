"""Plans that make no sense are refused, all complaints at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.seed.model import SeedPlan, SeedRefused

SOUND = {"houses": 10, "users": 2, "nights": 3, "pictures": 1, "seed": 1, "today": date(2026, 11, 26)}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"houses": -1}, "--houses is -1; it must be from 0"),
        ({"users": 2_000_000}, "--users is 2000000; it must be from 0 to 1000000"),
        ({"nights": 301}, "--nights is 301"),
        ({"pictures": 6}, "--pictures is 6"),
        ({"users": 0}, "houses need owners"),
        ({"orders": 1001}, "--orders is 1001; it must be from 0 to 1000"),
        ({"orders": -1}, "--orders is -1"),
        ({"orders": 5, "houses": 0}, "--orders is 5; it must be from 0 to 0"),
        ({"orders": 5, "users": 1}, "orders need a guest beside the host"),
        ({"houses": -5, "nights": -6}, "--nights is -6"),
    ],
)
def test_a_plan_out_of_bounds_is_refused_in_a_sentence(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SeedRefused, match=complaint):
        SeedPlan(**{**SOUND, **wrong})


def test_people_without_houses_are_a_plan() -> None:
    assert SeedPlan(**{**SOUND, "houses": 0}).users == 2
    assert SeedPlan(**{**SOUND, "houses": 0, "users": 0}).houses == 0
