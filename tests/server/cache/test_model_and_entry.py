"""Encoded values, their ETags, and entries that can be told from garbage."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cache import encode
from server.cache.entry import pack, unpack
from server.cache.model import Missing
from server.errors import NoSuchThing

PLACE = b"ihome:cache:entries:house:7:0123\0zh"


class NoSuchBoat(NoSuchThing):
    """A kind of its own."""


def test_a_value_is_encoded_compactly_and_safe_inside_html() -> None:
    value = {"title": "爱家</script>", "price": 100}

    body = encode(value).body

    assert body == '{"title":"爱家<\\/script>","price":100}'.encode()
    assert json.loads(body) == value


def test_the_etag_is_quoted_and_follows_the_bytes() -> None:
    first, same, other = encode([1]), encode([1]), encode([2])

    assert first.etag == same.etag != other.etag
    assert first.etag[0] == first.etag[-1] == '"'


@given(st.recursive(st.integers() | st.text(), st.lists))
def test_an_entry_comes_back_with_the_same_etag(value: object) -> None:
    outcome = encode(value)

    assert unpack(pack(outcome, 100.0, PLACE), PLACE, 99.9) == outcome


def test_an_entry_ends_at_its_own_time() -> None:
    blob = pack(encode(1), 100.0, PLACE)

    assert unpack(blob, PLACE, 99.9) == encode(1)
    assert unpack(blob, PLACE, 100.0) is None


def test_a_refusal_comes_back_as_the_same_kind() -> None:
    blob = pack(Missing(NoSuchBoat), 100.0, PLACE)

    assert unpack(blob, PLACE, 0.0) == Missing(NoSuchBoat)


def test_a_kind_that_this_process_does_not_know_is_a_plain_refusal() -> None:
    assert Missing.named("server.boats.model.NoSuchSail") == Missing(NoSuchThing)


@pytest.mark.parametrize("kind", [encode({"title": "x"}), Missing(NoSuchBoat)])
def test_no_changed_bit_and_no_lost_byte_goes_unnoticed(kind: object) -> None:
    blob = pack(kind, 100.0, PLACE)  # type: ignore[arg-type]
    flipped = [
        bytes([*blob[:index], blob[index] ^ 1 << bit, *blob[index + 1 :]])
        for index in range(len(blob))
        for bit in range(8)
    ]
    cut = [blob[:length] for length in range(len(blob))]

    assert [found for bad in (*flipped, *cut) if (found := unpack(bad, PLACE, 0.0))] == []
    assert unpack(blob, PLACE, 0.0)


def test_an_entry_means_nothing_in_another_place() -> None:
    blob = pack(encode("host's own page"), 100.0, PLACE)

    assert unpack(blob, PLACE.replace(b"zh", b"en"), 0.0) is None
