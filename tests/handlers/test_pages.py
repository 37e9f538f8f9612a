"""Page shells: who sees which, in which language, and with Redis or MySQL gone still something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.visitors import same_site_path

if TYPE_CHECKING:
    from tests.visitor import Visitor

PAGES = ["/", "/index.html", "/login.html", "/register.html", "/reset.html"]


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize("path", PAGES)
async def test_public_pages_load_and_hand_out_a_token(visitor: Visitor, path: str) -> None:
    page = await visitor.get(path)

    assert page.status == 200
    assert b'lang="zh-CN"' in page.body
    assert {"csrf_token", "ihome_session"} <= visitor.cookies.keys()


@pytest.mark.gen_test(timeout=30)
async def test_private_pages_lead_through_the_login(visitor: Visitor) -> None:
    page = await visitor.get("/my.html?x=1")

    assert page.status == 302
    assert page.headers["Location"] == "/login.html?from=%2Fmy.html%3Fx%3D1"


@pytest.mark.gen_test(timeout=30)
async def test_the_language_is_kept_in_a_cookie(visitor: Visitor) -> None:
    english = await visitor.get("/login.html?lang=en")
    still = await visitor.get("/")

    assert b'lang="en"' in english.body
    assert b'lang="en"' in still.body


@pytest.mark.gen_test(timeout=30)
async def test_unknown_pages_are_404_with_a_way_on(visitor: Visitor) -> None:
    page = await visitor.get("/no/such/page")

    assert page.status == 404
    assert b'href="/"' in page.body


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb", ""]
)
def test_from_leads_to_this_site_only(path: str) -> None:
    assert same_site_path(path) == "/"


def test_from_keeps_a_path_with_its_query() -> None:
    assert same_site_path("/house/7?sd=2026-12-01") == "/house/7?sd=2026-12-01"


@pytest.mark.gen_test(timeout=30)
async def test_the_language_link_never_leaves_the_site(visitor: Visitor) -> None:
    page = await visitor.get("//evil.example/")

    assert page.status == 404
    assert b'href="//evil.example' not in page.body
