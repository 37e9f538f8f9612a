"""The ceiling by itself: windows, addresses and routes apart, nothing kept for ever."""

from __future__ import annotations

from itertools import pairwise

import pytest

from server.errors import TooManyRequests
from server.limits import Allowance, RequestCeiling


class Clock:
    """Monotonic seconds that stand still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_window_begins_with_its_first_use_and_gives_all_back_at_its_end() -> None:
    clock = Clock()
    ceiling = RequestCeiling(monotonic=clock)

    first = ceiling.check("3/minute", "Areas", "10.0.0.1")
    clock.now += 59.5
    second, third = (ceiling.check("3/minute", "Areas", "10.0.0.1") for _ in range(2))
    with pytest.raises(TooManyRequests) as refused:
        ceiling.check("3/minute", "Areas", "10.0.0.1")
    clock.now += 0.5
    again = ceiling.check("3/minute", "Areas", "10.0.0.1")

    assert first == again == Allowance("default", 3, 60, 2, 60)
    assert (second, third) == (Allowance("default", 3, 60, 1, 1), Allowance("default", 3, 60, 0, 1))
    assert refused.value.allowance == Allowance("default", 3, 60, 0, 1)
    assert refused.value.retry_after == 1


def test_routes_and_addresses_are_counted_apart() -> None:
    ceiling = RequestCeiling(monotonic=Clock())

    for route, address in (("Areas", "10.0.0.1"), ("Areas", "10.0.0.2"), ("Houses", "10.0.0.1")):
        allowance = ceiling.check("2/hour", route, address)
        assert allowance
        assert (allowance.left, allowance.window_seconds) == (1, 3600)


def test_what_is_over_is_forgotten_a_little_with_each_new_counter() -> None:
    # given: a thousand counters that are over, and one that is not
    clock = Clock()
    ceiling = RequestCeiling(monotonic=clock)
    for number in range(1000):
        ceiling.check("5/second", "Areas", str(number))
    ceiling.check("5/hour", "Areas", "stays")
    clock.now += 1

    # when
    kept = []
    for number in range(1000):
        ceiling.check("5/second", "Areas", f"new-{number}")
        kept.append(ceiling.counters)
        clock.now += 0.002

    # then: each call forgot one more than it added, until only those of the last second are left
    assert max(abs(one - other) for one, other in pairwise(kept)) <= 1
    assert kept[0] == 1000
    assert kept[-1] in range(500, 505)
    hourly = ceiling.check("5/hour", "Areas", "stays")
    assert hourly
    assert hourly.left == 3


def test_the_oldest_counters_are_forgotten_when_there_are_too_many() -> None:
    clock = Clock()
    ceiling = RequestCeiling(monotonic=clock, most=3)
    for number in range(10):
        clock.now += 1
        ceiling.check("5/minute", "Areas", str(number))

    newest, oldest = (ceiling.check("5/minute", "Areas", address) for address in ("9", "0"))

    assert ceiling.counters == 3
    assert (newest and newest.left, oldest and oldest.left) == (3, 4)


def test_a_counter_that_begins_anew_is_not_the_oldest_any_more() -> None:
    clock = Clock()
    ceiling = RequestCeiling(monotonic=clock, most=2)
    for address, seconds in (("first", 30), ("second", 30), ("first", 0)):
        ceiling.check("5/minute", "Areas", address)
        clock.now += seconds

    ceiling.check("5/minute", "Areas", "third")
    again = ceiling.check("5/minute", "Areas", "first")

    assert again
    assert again.left == 3


def test_a_lifted_ceiling_counts_nothing() -> None:
    ceiling = RequestCeiling(lifted=True)

    assert [ceiling.check("1/minute", "Areas", "10.0.0.1") for _ in range(3)] == [None] * 3


def test_a_short_window_ends_before_anything_is_tidied() -> None:
    clock = Clock()
    ceiling = RequestCeiling(monotonic=clock)

    first = ceiling.check("1/second", "Areas", "10.0.0.1")
    clock.now += 1.0
    second = ceiling.check("1/second", "Areas", "10.0.0.1")

    assert first == second == Allowance("default", 1, 1, 0, 1)


def test_no_window_says_that_it_lasts_longer_than_it_does() -> None:
    """Where the clock passes a power of two, `now + 60 - now` may be more than 60."""
    moments = [32_708 + number / 1000 for number in range(60_000)]
    odd = next(now for now in moments if now + 60 - now > 60)

    allowance = RequestCeiling(monotonic=lambda: odd).check("5/minute", "Route", "192.0.2.1")

    assert allowance is not None
    assert allowance[-1] == 60
