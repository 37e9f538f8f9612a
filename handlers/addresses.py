"""Addresses that answers name: where a made thing is, and where a list goes on."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode

API = "/api/v1_0"
PLACES = frozenset({"cursor", "p"})  # what says where in a list the answer begins


def address(*parts: object) -> str:
    """`address("houses", 7)` is /api/v1_0/houses/7."""
    return "/".join((API, *map(str, parts)))


@lru_cache
def next_link(path: str, query: str, cursor: str) -> str:
    """The list from `cursor` on, asked as it was asked (RFC 8288): the value of `Link`."""
    asked = parse_qsl(query, keep_blank_values=True, encoding="latin-1")  # bytes stay as they came
    kept = [(name, text) for name, text in asked if name not in PLACES]
    onward = urlencode([*kept, ("cursor", cursor)], encoding="latin-1", errors="replace")
    return f'<{quote(path, safe="/%:@")}?{onward}>; rel="next"'
