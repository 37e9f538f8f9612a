"""The guests' pages as they leave the server: first paint, nothing there, stores that are down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from handlers.house_pages import picture, summary, yuan
from server.cache import encode
from server.errors import StoreUnavailable
from tests.houses import publish, publish_online, rows, sign_in_new_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.services import Services
    from tests.visitor import Visitor

SIZES = {
    "card": {"width": 480, "height": 360, "webp": "/media/c.webp", "jpeg": "/media/c.jpg"},
    "gallery": {"width": 1024, "height": 768, "webp": "/media/g.webp", "jpeg": "/media/g.jpg"},
    "full": {"width": 1024, "height": 768, "webp": "/media/g.webp", "jpeg": "/media/g.jpg"},
}
PHOTO = {"url": "/media/o.jpg", "width": 1024, "height": 768, "preview": "data:,", "variants": SIZES}


async def _unavailable(*_args: object) -> None:
    raise StoreUnavailable


@pytest.mark.gen_test(timeout=30)
async def test_a_house_is_on_its_page_before_any_script_runs(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish_online(visitor, title="雨燕 <b> 的家", price="1234.50")

    for path in (
        f"/house/{house_id}",
        f"/detail.html?id={house_id}",
        f"/detail?id={house_id}&aname=<script>",
    ):
        page = (await visitor.get(path)).body.decode()

        assert "雨燕 &lt;b&gt; 的家" in page
        assert "¥1,234.50" in page
        assert f'property="og:url" content="{visitor.services.settings.public_url}/house/{house_id}"' in page
        assert "<script>" not in page


@pytest.mark.gen_test(timeout=30)
async def test_a_draft_has_a_page_for_its_owner_only(
    visitor: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish(visitor)

    mine = await visitor.get(f"/house/{house_id}")
    others = await new_visitor().get(f"/house/{house_id}")

    assert (mine.status, others.status) == (200, 404)
    assert f"/house/{house_id}/edit".encode() in mine.body


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize(
    "path", ["/detail.html", "/detail.html?id=x", "/detail.html?id=-1", "/house/0", "/house/x"]
)
async def test_no_house_is_404_with_a_way_on(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)

    assert page.status == 404
    assert b'href="/"' in page.body


@pytest.mark.gen_test(timeout=30)
async def test_the_home_page_shows_the_most_booked_houses(visitor: Visitor, services: Services) -> None:
    await sign_in_new_host(visitor)
    house_id = await publish_online(visitor)
    await rows(services, "UPDATE houses SET order_count = 1000000 WHERE id = %s", house_id)

    page = (await visitor.get("/")).body.decode()
    await rows(services, "UPDATE houses SET order_count = 0 WHERE id = %s", house_id)

    assert f'href="/house/{house_id}"' in page
    assert "第一批房源正在路上" not in page


@pytest.mark.gen_test(timeout=30)
async def test_the_home_page_says_when_there_is_no_house_yet(
    visitor: Visitor, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_language: str) -> object:
        return encode({"houses": []})

    monkeypatch.setattr(services.search, "home", nothing)

    page = (await visitor.get("/")).body.decode()

    assert "第一批房源正在路上" in page
    assert "newest-cards" not in page


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize("path", ["/", "/search.html"])
async def test_pages_without_their_stores_still_load(
    visitor: Visitor, services: Services, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(services.search, "home", _unavailable)
    monkeypatch.setattr(services.search, "search", _unavailable)
    monkeypatch.setattr(services.areas, "areas", _unavailable)
    monkeypatch.setattr(services.areas, "facilities", _unavailable)

    page = await visitor.get(path)

    assert page.status == 200
    assert "第一批房源正在路上" not in page.body.decode()


@pytest.mark.gen_test(timeout=30)
async def test_the_search_page_never_repeats_what_is_no_filter(visitor: Visitor) -> None:
    page = await visitor.get("/search.html?aid=3&aname=%3Cscript%3Ehacked%3C/script%3E&x=hacked")

    assert b"hacked" not in page.body
    assert b"aid=3" in page.body


@pytest.mark.gen_test(timeout=30)
async def test_the_first_results_come_with_the_page_and_cannot_break_out_of_it(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    title = "<!--<script></script><b>家"
    house_id = await publish_online(visitor, title=title, area_id=9)

    page = (await visitor.get("/search.html?aid=9&aname=x")).body.decode()

    content = page.split('id="first-results">', 1)[1].split("</script>", 1)[0]
    assert "<" not in content
    assert [(one["house_id"], one["title"]) for one in json.loads(content)["houses"]] == [(house_id, title)]


@pytest.mark.gen_test(timeout=30)
async def test_the_first_picture_is_asked_for_before_the_script_runs(
    visitor: Visitor, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(*_args: object) -> object:
        return encode({"houses": [{"image": None}, {"image": PHOTO}]})

    monkeypatch.setattr(services.search, "search", one)

    page = (await visitor.get("/search.html")).body.decode()

    assert 'imagesrcset="/media/c.webp 480w, /media/g.webp 1024w"' in page


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize(
    "query", ["sd=2026-12-05", "sk=best", "aid=x", "price_min=2&price_max=1", "aid=1&aid=2"]
)
async def test_what_cannot_be_searched_for_is_left_to_the_script(visitor: Visitor, query: str) -> None:
    page = await visitor.get(f"/search.html?{query}")

    assert page.status == 200
    assert b"first-results" not in page.body


def test_amounts_are_written_without_needless_zeros() -> None:
    assert [yuan(39800), yuan(119400), yuan(39850)] == ["¥398", "¥1,194", "¥398.50"]


def test_a_picture_offers_each_width_once() -> None:
    shown = picture(PHOTO)

    assert shown["webp"] == "/media/c.webp 480w, /media/g.webp 1024w"
    assert shown["source"] == "/media/g.jpg"


def test_a_picture_whose_sizes_are_being_made_is_shown_by_its_original() -> None:
    shown = picture({**PHOTO, "variants": None})

    assert (shown["webp"], shown["jpeg"], shown["source"]) == ("", "", "/media/o.jpg")


def test_the_summary_of_a_house_is_short() -> None:
    house = {"title": "家" * 60, "area_name": "西城区", "address": "街" * 120, "unit": "一室", "beds": "一张"}

    assert len(summary(house)) == 150
