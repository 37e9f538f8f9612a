"""Reads that were read before cost nothing, and large ones come compressed: ETag, 304, gzip, caching."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from handlers import compression
from tests.houses import insert_houses, publish, publish_online, sign_in_new_host
from tests.raw import ask
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

CODED = {"Accept-Encoding": "gzip"}
OWN = ("/user", "/user/houses", "/user/tokens", "/orders", "/orders?role=host")
PUBLIC = ("/areas", "/facilities", "/houses", "/houses/index")


async def _read(visitor: Visitor, path: str, **headers: str) -> Answer:
    """A read by this visitor, with nothing unpacked."""
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return await ask(visitor, "GET", API + path, {"Cookie": cookie, **named})


async def _host_with_houses(visitor: Visitor) -> int:
    owner_id = await sign_in_new_host(visitor)
    return (await insert_houses(visitor.services, owner_id, [{}] * 25))[0]


async def test_every_read_answers_304_to_who_has_it(visitor: Visitor) -> None:
    house_id = await _host_with_houses(visitor)
    one = (f"/houses/{house_id}", f"/houses/{house_id}/calendar", f"/houses/{house_id}/prices")

    for path in (*OWN, *PUBLIC, *one, "/session", "/openapi.json"):
        for coding in ("identity", "gzip"):
            first = await _read(visitor, path, Accept_Encoding=coding)
            tag = first.headers["ETag"]
            same = await _read(visitor, path, Accept_Encoding=coding, If_None_Match=tag)
            weak = await _read(visitor, path, Accept_Encoding=coding, If_None_Match=f'"x", W/{tag}')
            star = await _read(visitor, path, Accept_Encoding=coding, If_None_Match="*")
            other = await _read(visitor, path, Accept_Encoding=coding, If_None_Match='"x", W/"*"')

            found = [answer.status for answer in (first, same, weak, star, other)]
            assert (path, found) == (path, [200, 304, 304, 304, 200])
            assert (same.body, same.headers["ETag"]) == (b"", tag)
            for name in ("Cache-Control", "Vary", "X-Request-Id", "RateLimit", "Content-Security-Policy"):
                assert name in same.headers
            for name in ("Content-Type", "Content-Encoding", "Content-Length", "Content-Language"):
                assert name not in same.headers


async def test_a_write_is_not_conditional(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)

    answer = await visitor.call(
        "PUT",
        f"{API}/users/name",
        b'{"name":"x"}',
        {"Content-Type": "application/json", "If-None-Match": "*"},
    )

    assert answer.status == 422
    assert "ETag" not in answer.headers


async def test_what_changed_is_sent_again(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    tag = (await _read(visitor, "/user/houses")).headers["ETag"]
    house_id = await publish(visitor)

    again = await _read(visitor, "/user/houses", If_None_Match=tag)

    assert again.status == 200
    assert [house["house_id"] for house in again.data["houses"]] == [house_id]


async def test_nobodys_answer_is_kept_for_another(new_visitor: NewVisitor) -> None:
    first, second = new_visitor(), new_visitor()
    await _host_with_houses(first)
    await sign_in_new_host(second)

    for path in OWN:
        mine, theirs = await _read(first, path), await _read(second, path)
        assert mine.headers["Cache-Control"] == "private, no-cache"
        assert {"Cookie", "Authorization"} <= {name.strip() for name in mine.headers["Vary"].split(",")}
        if mine.body != theirs.body:
            stolen = await _read(second, path, If_None_Match=mine.headers["ETag"])
            assert (stolen.status, stolen.body) == (200, theirs.body)


async def test_secrets_and_moments_are_not_kept_at_all(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)

    session = await _read(visitor, "/session")
    events = await _read(visitor, "/live/events?after=0&wait=0")
    made = await visitor.send("POST", f"{API}/user/tokens", {"name": "r", "scopes": ["read"], "days": 1})
    refused = await visitor.get(f"{API}/orders/1")

    assert "csrf_token" in session.data
    for answer in (session, events, made, refused):
        assert answer.headers["Cache-Control"] == "no-store"


async def test_large_reads_come_compressed_to_who_takes_it(visitor: Visitor) -> None:
    await _host_with_houses(visitor)

    for path in ("/houses", "/user/houses", "/openapi.json", "/facilities"):
        plain = await _read(visitor, path)
        coded = await _read(visitor, path, Accept_Encoding="br, gzip")

        assert len(plain.body) > compression.MIN_BYTES
        assert "Content-Encoding" not in plain.headers
        assert coded.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(coded.body) == plain.body
        assert int(coded.headers["Content-Length"]) == len(coded.body) < len(plain.body) / 1.5
        assert coded.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert coded.headers["Vary"] == plain.headers["Vary"]


async def test_the_tag_of_one_coding_is_not_the_others(visitor: Visitor) -> None:
    await _host_with_houses(visitor)
    plain = (await _read(visitor, "/houses")).headers["ETag"]
    coded = (await _read(visitor, "/houses", **CODED)).headers["ETag"]

    assert (await _read(visitor, "/houses", If_None_Match=coded)).status == 200
    assert (await _read(visitor, "/houses", If_None_Match=plain, **CODED)).status == 200


async def test_an_answer_to_a_write_has_no_tag(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish_online(visitor)
    stay = {"start_date": "2027-01-04", "end_date": "2027-02-01", "guests": 1}

    quoted = await visitor.send("POST", f"{API}/houses/{house_id}/quote", stay)

    assert quoted.data["total"] > 0
    assert "ETag" not in quoted.headers


@pytest.mark.parametrize(
    ("accepted", "is_coded"),
    [
        ("gzip", True), ("GZIP", True), ("gzip, deflate, br, zstd", True), ("gzip;q=0.001", True), ("*", True),
        ("br;q=1, gzip;q=0.2", True), ("identity;q=0.5, gzip;q=0.8", True), ("deflate, *;q=0.5", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.000", False), ("*;q=0", False),
        ("*, gzip;q=0", False), ("identity, gzip;q=0.5", False), ("br", False), ("xgzip", False),
        ("gzip;q=2", False), ("gzip;q=x", False), ("gzip;q=nan", False), ("gzipped, not-gzip", False),
    ],
)  # fmt: skip
async def test_gzip_comes_as_it_is_weighed(visitor: Visitor, accepted: str, is_coded: bool) -> None:
    await _host_with_houses(visitor)

    answer = await _read(visitor, "/houses", Accept_Encoding=accepted)

    assert (answer.headers.get("Content-Encoding") == "gzip") is is_coded
    assert (gzip.decompress(answer.body) if is_coded else answer.body).startswith(b'{"errno":"0"')


async def test_small_answers_and_pictures_stay_as_they_are(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish_online(visitor)
    picture = (await visitor.get(f"{API}/houses/{house_id}")).data["house"]["images"][0]["url"]

    small = await _read(visitor, "/user", **CODED)
    shown = await ask(visitor, "GET", picture, CODED)
    drawn = await ask(visitor, "GET", f"{API}/image_codes/00000000-0000-4000-8000-000000000000", CODED)

    assert len(small.body) <= compression.MIN_BYTES
    for answer in (small, shown, drawn):
        assert (answer.status, answer.headers.get("Content-Encoding")) == (200, None)


async def test_a_cached_body_is_compressed_once(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    await _host_with_houses(visitor)
    made = []
    compress = gzip.compress

    def counted(body: bytes, *how: int, **more: float) -> bytes:
        made.append(len(body))
        return compress(body, *how, **more)

    monkeypatch.setattr(visitor.services.cache, "_monotonic", lambda: 1e9)  # nothing grows old meanwhile
    monkeypatch.setattr(compression.gzip, "compress", counted)
    for language in ("zh", "en"):
        for _ in range(20):
            answer = await _read(visitor, "/houses", **CODED, Accept_Language=language)
            assert answer.headers["Content-Encoding"] == "gzip"
    assert 2 <= len(made) <= 6  # once a language; the cache may have been emptied as it began to listen


async def test_an_own_list_is_compressed_each_time(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    await _host_with_houses(visitor)
    made = []
    compress = gzip.compress
    monkeypatch.setattr(
        compression.gzip, "compress", lambda body, *how, **more: made.append(1) or compress(body)
    )

    for _ in range(3):
        await _read(visitor, "/user/houses", **CODED)

    assert len(made) == 3


async def test_compression_says_the_same_each_time() -> None:
    assert compression.compressed(b"x" * 2000, "", None) == compression.compressed(b"x" * 2000, "", None)
