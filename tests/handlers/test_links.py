"""Lists that go on say where (RFC 8288): asked as they were asked, from the cursor on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from handlers.addresses import address, next_link
from tests.houses import empty_town, insert_houses, publish_online, sign_in_new_host
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_search_is_walked_by_its_links(visitor: Visitor, language: str) -> None:
    await empty_town(visitor.services)
    owner_id = await sign_in_new_host(visitor)
    house_ids = await insert_houses(
        visitor.services, owner_id, [{"title": f"朝阳 & 院子 {n}"} for n in range(45)]
    )
    visitor.language = language
    asked = "/api/v1_0/houses?q=%E6%9C%9D%E9%98%B3&price_min=1&aid=&sk=new&p=1"

    pages = await _walk(visitor, asked)

    assert [house["house_id"] for page in pages for house in page.data["houses"]] == house_ids[::-1]
    kept = [dict(parse_qsl(urlsplit(_next(page) or "").query, keep_blank_values=True)) for page in pages[:-1]]
    for query, page in zip(kept, pages, strict=False):
        assert query == {"q": "朝阳", "price_min": "1", "aid": "", "sk": "new", "cursor": page.data["next"]}
    assert _next(pages[-1]) is None


async def test_a_search_with_dates_links_too(visitor: Visitor) -> None:
    await empty_town(visitor.services)
    owner_id = await sign_in_new_host(visitor)
    await insert_houses(visitor.services, owner_id, [{}] * 25)

    page = await visitor.find(sd="2027-01-01", ed="2027-01-03")

    assert f"sd=2027-01-01&ed=2027-01-03&cursor={page.data['next']}".replace("|", "%7C") in (
        _next(page) or ""
    )


async def test_the_owners_list_is_walked_by_its_links(visitor: Visitor) -> None:
    owner_id = await sign_in_new_host(visitor)
    house_ids = await insert_houses(visitor.services, owner_id, [{}] * 45)

    pages = await _walk(visitor, f"{API}/user/houses")

    assert [house["house_id"] for page in pages for house in page.data["houses"]] == house_ids[::-1]
    assert len(pages) > 1


async def test_304_keeps_the_link(visitor: Visitor) -> None:
    await empty_town(visitor.services)
    owner_id = await sign_in_new_host(visitor)
    await insert_houses(visitor.services, owner_id, [{}] * 25)
    first = await visitor.find()

    again = await visitor.get(f"{API}/houses", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status, again.headers["Link"]) == (304, first.headers["Link"])


async def test_a_short_list_and_a_single_thing_link_nowhere(visitor: Visitor) -> None:
    await empty_town(visitor.services)
    await sign_in_new_host(visitor)
    house_id = await publish_online(visitor)

    for path in ("/houses", f"/houses/{house_id}", "/areas", "/orders", "/user"):
        assert "Link" not in (await visitor.get(API + path)).headers


def test_a_link_is_one_header_whatever_was_asked() -> None:
    odd = next_link('/api/v1_0/>;x="ü', 'q=%3E%22%0d%0aX:%20y&q=<x>;rel="prev"&n=%ff&cursor=old&p=3', '7"> x')

    assert odd.isascii()
    assert odd.isprintable()
    assert odd.count("<") == odd.count(">") == 1
    assert odd.endswith('>; rel="next"')
    assert "old" not in odd
    assert "p=3" not in odd
    assert "n=%FF" in odd
    assert "cursor=7%22%3E+x" in odd


def test_an_address_is_below_the_api() -> None:
    assert address("houses", 7, "calendar") == "/api/v1_0/houses/7/calendar"


async def _walk(visitor: Visitor, path: str) -> list[Answer]:
    pages = [await visitor.get(path)]
    while onward := _next(pages[-1]):
        assert len(pages) < 10
        pages.append(await visitor.get(onward))
    return pages


def _next(page: Answer) -> str | None:
    link = page.headers.get("Link")
    return link.removeprefix("<").removesuffix('>; rel="next"') if link else None
