"""Bodies that are too large, lie about their length, or come as something else than they should."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from handlers.application import DRAINED_BYTES
from tests.houses import add_picture, publish, sign_in_new_host
from tests.raw import exchange
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

JSON = {"Content-Type": "application/json"}
LIMIT = 64 * 1024
MEBIBYTE = 1024 * 1024


def _request(path: str, body: bytes, **headers: object) -> bytes:
    named = {"Host": "127.0.0.1", "Content-Type": "application/json"}
    named |= {name.replace("_", "-"): str(text) for name, text in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {text}" for name, text in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _chunked(body: bytes, size: int = 16 * 1024) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _is_too_large(answer: Answer) -> bool:
    return (answer.status, answer.errno) == (413, "4103")


async def test_a_body_over_the_limit_is_413_and_the_connection_goes_on(visitor: Visitor) -> None:
    for sent in (
        _request(f"{API}/sessions", b"x" * (LIMIT + 1), Content_Length=LIMIT + 1),
        _request(f"{API}/sessions", _chunked(b"x" * (LIMIT + 1)), Transfer_Encoding="chunked"),
        _request(f"{API}/sessions", _chunked(b"x" * MEBIBYTE, 100_000), Transfer_Encoding="chunked"),
    ):
        follower = f"GET {API}/areas HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        answer, behind = await exchange(visitor, sent + follower)

        assert _is_too_large(answer)
        assert behind.startswith(b"HTTP/1.1 200")


async def test_a_body_at_the_limit_is_read(visitor: Visitor) -> None:
    for sent in (
        _request(f"{API}/sessions", b"x" * LIMIT, Content_Length=LIMIT),
        _request(f"{API}/sessions", _chunked(b"x" * LIMIT), Transfer_Encoding="chunked"),
    ):
        assert (await exchange(visitor, sent))[0].status == 403  # no session


async def test_far_too_much_is_refused_before_it_comes(visitor: Visitor) -> None:
    for length in (DRAINED_BYTES + 1, 10**17, 2**63, 10**30):
        answer, _ = await exchange(visitor, _request(f"{API}/sessions", b"{}", Content_Length=length))

        assert _is_too_large(answer)


async def test_far_too_much_in_chunks_is_refused_while_it_comes(visitor: Visitor) -> None:
    chunk = b"%x\r\n%b\r\n" % (MEBIBYTE, b"x" * MEBIBYTE)
    chunks = chunk * (DRAINED_BYTES // MEBIBYTE + 1)

    answer, _ = await exchange(visitor, _request(f"{API}/sessions", chunks, Transfer_Encoding="chunked"))

    assert _is_too_large(answer)


async def test_who_asks_whether_to_send_too_much_hears_no(visitor: Visitor) -> None:
    answer, behind = await exchange(
        visitor, _request(f"{API}/sessions", b"", Content_Length=LIMIT + 1, Expect="100-continue")
    )

    assert answer.status == 100
    assert behind.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": "-1"}, {"Content_Length": "+2"}, {"Content_Length": "2, 3"}, {"Content_Length": "0x2"},
        {"Content_Length": "9" * 5000}, {"Content_Length": 2, "Transfer_Encoding": "chunked"},
        {"Transfer_Encoding": "gzip"}, {"Transfer_Encoding": "chunked, identity"},
    ],
)  # fmt: skip
async def test_what_is_no_http_is_400_and_the_end_of_the_connection(
    visitor: Visitor, headers: dict[str, object]
) -> None:
    follower = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    answer, behind = await exchange(visitor, _request(f"{API}/sessions", b"{}", **headers) + follower)

    assert (answer.status, answer.body, behind) == (400, b"", b"")


async def test_what_a_short_length_leaves_over_is_no_request_of_anybodys(visitor: Visitor) -> None:
    answer, behind = await exchange(visitor, _request(f"{API}/sessions", b'{"mobile": 1}', Content_Length=2))

    assert answer.status == 403
    assert behind in {b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"}


async def test_forms_where_json_is_wanted_are_415(visitor: Visitor) -> None:
    await visitor.begin()
    kinds = ("multipart/form-data", "application/x-www-form-urlencoded", "text/json", "application/xml", "")

    answers = [
        await visitor.call("POST", f"{API}/sessions", b"", {"Content-Type": kind}) for kind in kinds[1:]
    ]

    assert {(answer.status, answer.errno) for answer in answers} == {(415, "4103")}


async def test_a_broken_form_is_400_in_our_format(visitor: Visitor) -> None:
    await visitor.begin()
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"):
        for path in ("/sessions", "/users/avatar"):
            answer = await visitor.call("POST", API + path, b"--x", {"Content-Type": kind})
            assert (answer.status, answer.errno) == (400, "4103")


async def test_a_compressed_body_is_415(visitor: Visitor) -> None:
    await visitor.begin()

    coded = [
        await visitor.call(
            "POST", f"{API}/sessions", gzip.compress(b"{}"), {**JSON, "Content-Encoding": coding}
        )
        for coding in ("gzip", "br", "x")
    ]
    plain = await visitor.call("POST", f"{API}/sessions", b"{}", {**JSON, "Content-Encoding": "identity"})

    assert {(answer.status, answer.errno) for answer in coded} == {(415, "4103")}
    assert plain.status == 422


async def test_json_where_a_file_is_wanted_is_415(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)

    for path in ("/users/avatar", f"/houses/{house_id}/images"):
        answer = await visitor.send("POST", API + path, {"avatar": "x"})
        assert (answer.status, answer.errno) == (415, "4103")
    assert (await add_picture(visitor, house_id)).status == 201
