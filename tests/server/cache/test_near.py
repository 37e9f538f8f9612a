"""The near-cache by itself: validity, bounds, tags."""

from __future__ import annotations

from server.cache import CacheKey, encode
from server.cache.near import ENTRY_BYTES, NearCache


def _key(name: str, tag: str = "lists") -> CacheKey:
    return CacheKey(tag, name, 300)


def test_an_entry_is_valid_until_its_time() -> None:
    near = NearCache()

    near.put(_key("a"), encode(1), 10.0)

    assert near.find(_key("a"), 9.9) == encode(1)
    assert near.find(_key("a"), 10.0) is None
    assert near.find(_key("b"), 9.9) is None


def test_the_least_recently_used_goes_first() -> None:
    near = NearCache(max_entries=2)
    near.put(_key("a"), encode(1), 10.0)
    near.put(_key("b"), encode(2), 10.0)
    near.find(_key("a"), 0.0)

    near.put(_key("c"), encode(3), 10.0)

    assert [near.find(_key(name), 0.0) for name in "abc"] == [encode(1), None, encode(3)]


def test_bytes_are_bounded_and_counted_back_to_nothing() -> None:
    near = NearCache(max_bytes=3 * ENTRY_BYTES)
    for number in range(100):
        near.put(_key(str(number), f"tag{number % 7}"), encode("x" * number), 10.0)
        near.put(_key(str(number), f"tag{number % 7}"), encode("y" * number), 10.0)
        assert near.bytes <= 3 * ENTRY_BYTES
    assert len(near) == 2

    near.drop([f"tag{number}" for number in range(7)])

    assert (len(near), near.bytes) == (0, 0)


def test_what_is_larger_than_the_whole_is_not_kept() -> None:
    near = NearCache(max_bytes=1000)

    near.put(_key("a"), encode("x" * 1000), 10.0)

    assert (len(near), near.bytes) == (0, 0)


def test_a_drop_forgets_its_tags_and_nothing_else() -> None:
    near = NearCache()
    near.put(_key("zh", "house:1"), encode(1), 10.0)
    near.put(_key("en", "house:1"), encode(1), 10.0)
    near.put(_key("zh", "house:2"), encode(2), 10.0)

    near.drop(["house:1", "house:3"])

    assert near.find(_key("zh", "house:1"), 0.0) is None
    assert near.find(_key("en", "house:1"), 0.0) is None
    assert near.find(_key("zh", "house:2"), 0.0) == encode(2)


def test_clearing_forgets_everything() -> None:
    near = NearCache()
    near.put(_key("a"), encode(1), 10.0)

    near.clear()

    assert (near.find(_key("a"), 0.0), len(near), near.bytes) == (None, 0, 0)
