"""What is shown of a secret address."""

from __future__ import annotations

import pytest

from server.calendars.model import hint_of


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8400/", "http://127.0.0.1:8400/"),
        ("http://127.0.0.1:8400/a", "http://127.0.0.1:8400/…"),
        ("https://example.com/secret.ics", "https://example.com/…"),
        ("https://example.com/ical/0123456789abcdef", "https://example.com/…cdef"),
        ("https://example.com/ical?s=0123456789abcdef", "https://example.com/…cdef"),
    ],
)
def test_the_end_of_an_address_is_shown_where_it_gives_little_away(url: str, shown: str) -> None:
    assert hint_of(url) == shown
