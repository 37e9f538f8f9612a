"""What no call takes: bodies, values, queries and ids, made from a request that is right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/json"
Place = tuple[str | int, ...]

# What no field takes, as JSON.
VALUES = {
    "null": b"null",
    "true": b"true",
    "object": b'{"a":1}',
    "array": b'[{"a":[]}]',
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "1e400": b"1e400",
    "negative": b"-1",
    "fraction": b"1.23456",
    "huge-integer": b"9" * 5000,
    "beyond-64-bits": b"9" * 40,
    "2**63": b"9223372036854775808",
    "empty": b'""',
    "nul": b'"a\\u0000b"',
    "surrogate": b'"\\udfff"',
    "invalid-utf8": b'"\xff\xfe"',
    "long": b'"' + b"x" * 60_000 + b'"',
    "injection": b'"\'; DROP TABLE houses; -- \\u0007"',
    "deep": b"[" * 9000 + b"]" * 9000,
}
DAYS = {
    "zero-day": b'"0000-00-00"',
    "last-day": b'"9999-12-31"',
    "30-february": b'"2027-02-30"',
    "past-day": b'"1999-01-01"',
    "day-number": b"20270101",
    "short-day": b'"2027-1-1"',
    "moment": b'"2027-01-01T00:00:00Z"',
    "wide-day": '"２０２７-01-01"'.encode(),
}
AMOUNTS = {
    "negative-text": b'"-1"',
    "exponent": b'"1e3"',
    "exponent-number": b"1e22",
    "huge-amount": b'"99999999999"',
    "a-tenth-of-a-fen": b'"1.001"',
    "wide-digits": '"１２"'.encode(),
    "underscore": b'"1_0"',
    "nan-text": b'"NaN"',
    "thousands": b'"1,000"',
}
# What a field takes beside VALUES is refused there, too: by the last name on the way to it.
MEANINGS = {
    **dict.fromkeys(("start_date", "end_date"), DAYS),
    **dict.fromkeys(("price", "deposit", "weekend_price", "cleaning_fee"), AMOUNTS),
}
# As they stand in an address.
QUERY_VALUES = {
    "minus-one": "-1",
    "exponent": "1e9",
    "ten-digits": "1000000000",
    "40-digits": "9" * 40,
    "5000-digits": "9" * 5000,
    "fraction": "1.5",
    "nul": "%00",
    "invalid-utf8": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "emoji": "%F0%9F%98%80",
    "wide-digit": "%EF%BC%91",
    "injection": "1'%20OR%20'1'='1",
    "order": "price;DROP%20TABLE%20houses",
    "array": "[]",
    "true": "true",
    "zero-day": "0000-00-00",
    "30-february": "2027-02-30",
    "last-day": "9999-12-31",
}
ODD_IDS = (
    "0",
    "-1",
    "+1",
    "1e9",
    "1.0",
    "x",
    "%31%00",
    "%00",
    "%ff",
    "%EF%BC%91",
    "1'",
    "1%20OR%201=1",
    "9" * 18,
    str(2**63),
    "9" * 40,
    "9" * 5000,
    "..%2f..%2fetc%2fpasswd",
)


def bodies(right: dict[str, Any]) -> dict[str, tuple[bytes, str]]:
    """Bodies with their Content-Type that are wrong though the right one is inside."""
    text = json.dumps(right, ensure_ascii=False)
    sound, inside = text.encode(), text[1:-1].encode()
    also = b"," + inside if inside else b""
    broken = {
        "empty": b"",
        "space": b" \n",
        "null": b"null",
        "true": b"true",
        "array": b"[" + sound + b"]",
        "string": json.dumps(text).encode(),
        "number": b"1",
        "cut-off": sound[:-1],
        "trailing": sound + b"}",
        "two": sound + sound,
        "comment": sound + b"//",
        "single-quotes": b"{'a':1" + also + b"}",
        "bom": b"\xef\xbb\xbf" + sound,
        "utf16": text.encode("utf-16"),
        "utf32": text.encode("utf-32"),
        "invalid-utf8": b'{"a":"\xff"' + also + b"}",
        "nul-byte": sound + b"\0",
        "nul": b'{"a":"\\u0000"' + also + b"}",
        "nul-name": b'{"\\u0000":1' + also + b"}",
        "surrogate": b'{"a":"\\ud800"' + also + b"}",
        "surrogate-name": b'{"\\ud800":"\\ud800"' + also + b"}",
        "emoji": '{"😀":1'.encode() + also + b"}",
        "nan": b'{"a":NaN' + also + b"}",
        "infinity": b'{"a":1e400' + also + b"}",
        "huge-integer": b'{"a":' + b"9" * 5000 + also + b"}",
        "deep": b'{"a":' + b"[" * 9000 + b"]" * 9000 + also + b"}",
        "deep-100000": b"[" * 100_000 + b"]" * 100_000,
        "unknown-field": b'{"hello":1' + also + b"}",
        "long": b'{"a":"' + b"1" * 60_000 + b'"' + also + b"}",
        "megabyte": b'"' + b"x" * 1_000_000 + b'"',
        "many": b"{" + b",".join(b'"n%d":1' % number for number in range(5000)) + also + b"}",
    }
    if inside:
        broken["twins"] = b"{" + inside + b"," + inside + b"}"
        broken["form"] = b"a=1&b=2"
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "*/*", "")
    mislabelled = {f"as {kind or 'nothing'}": (sound, kind) for kind in kinds}
    return {**{name: (content, JSON) for name, content in broken.items()}, **mislabelled}


def forms(field: str, texts: dict[str, str], content: bytes) -> dict[str, tuple[bytes, str]]:
    """Forms with their Content-Type that are wrong though the right file is inside, or that have no right file."""

    def part(name: str, value: bytes, more: str = "") -> bytes:
        return (
            f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
        )

    named, end = '; filename="a"', b"--b--\r\n"
    before = b"".join(part(name, text.encode()) for name, text in texts.items())
    file = part(field, content, named)
    broken = {
        "empty": b"",
        "nonsense": b"nonsense",
        "no-end": before + file,
        "no-file": before + end,
        "text-for-a-file": before + part(field, b"x") + end,
        "empty-file": before + part(field, b"", named) + end,
        "cut-off": before + part(field, content[: len(content) // 2], named) + end,
        "garbage": before + part(field, bytes(range(256)) * 9, named) + end,
        "bomb": before + part(field, b"\x89PNG\r\n\x1a\n" + b"\xff" * 4000, named) + end,
        "other-name": before + part("other", content, named) + end,
        "twice": before + file + file + end,
        "unknown-field": before + part("hello", b"1") + file + end,
        "unknown-file": before + file + part("hello", b"1", named) + end,
        "nameless": before + file + b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + end,
        "no-disposition": before + file + b"--b\r\n\r\n1\r\n" + end,
        "invalid-utf8-name": before + file + part("x", b"1").replace(b"x", b"\xff") + end,
        "nul-name": before + file + part("a\0b", b"1") + end,
        "many-parts": before + file + part("p", b"1") * 10_000 + end,
        "long-header": before + file + part("p" * 100_000, b"1") + end,
    }
    right = before + file + end
    kinds = ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=c", JSON,
             "multipart/mixed; boundary=b", "application/octet-stream", "")  # fmt: skip
    mislabelled = {f"as {kind or 'nothing'}": (right, kind) for kind in kinds}
    return {**{name: (one, "multipart/form-data; boundary=b") for name, one in broken.items()}, **mislabelled}


def places(value: Any, way: Place = ()) -> Iterator[Place]:
    """The ways to everything inside a body: fields, and what lists hold first."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list | tuple):
        inner = list(enumerate(value))[:1]
    for name, one in inner:
        yield (*way, name)
        yield from places(one, (*way, name))


def with_value(body: Any, way: Place, value: bytes) -> bytes:
    """The body as JSON with these bytes in one place."""
    return json.dumps(_marked(body, way)).encode().replace(b'"@@"', value)


def _marked(body: Any, way: Place) -> Any:
    if not way:
        return "@@"
    if isinstance(body, dict):
        return {name: _marked(one, way[1:]) if name == way[0] else one for name, one in body.items()}
    return [_marked(one, way[1:]) if number == way[0] else one for number, one in enumerate(body)]
