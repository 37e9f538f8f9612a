"""The interface document: it is valid, complete, bilingual, and handed out with an ETag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.visitor import Visitor

pytestmark = pytest.mark.gen_test(timeout=30)
ADDRESS = "/api/v1_0/openapi.json"


async def test_anybody_gets_the_document_without_our_envelope(visitor: Visitor) -> None:
    answer = await visitor.get(ADDRESS)

    assert (answer.status, answer.json["openapi"]) == (200, "3.1.0")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_the_document_is_not_sent_again_to_who_has_it(visitor: Visitor) -> None:
    etag = (await visitor.get(ADDRESS)).headers["ETag"]

    again = await visitor.get(ADDRESS, **{"If-None-Match": etag})
    other_language = await visitor.get(ADDRESS, **{"If-None-Match": etag, "Accept-Language": "en"})

    assert (again.status, again.body) == (304, b"")
    assert other_language.status == 200
    assert other_language.headers["ETag"] != etag
