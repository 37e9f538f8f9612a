"""The operator's page in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looks
from tests.visitor import API

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("width", [390, 1280])
def test_the_numbers_move_by_themselves(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/status")

    expect(page.locator("#state")).to_have_text("一切正常", timeout=20_000)
    for _ in range(5):
        page.request.get(f"{API}/areas")

    row = page.locator("#routes tr", has_text="AreasHandler")
    expect(row).to_be_visible(timeout=10_000)
    expect(page.locator("#chart-requests [data-value]").first).to_have_text(re.compile(r"\d"))
    expect(page.locator("#chart-memory path")).to_have_attribute("d", re.compile("L"), timeout=10_000)
    assert not looks.scrolls_sideways(page)
    assert page.evaluate(
        "[...document.querySelectorAll('.status-scroll')].every((box) => box.scrollWidth <= box.clientWidth)"
    )
    assert looks.violations(page) == []


def test_a_site_that_does_not_answer_is_said_to(page: Page) -> None:
    page.goto("/status")
    expect(page.locator("#state")).to_have_text("一切正常", timeout=20_000)

    page.route("**/metrics", lambda route: route.abort())

    expect(page.locator("#state")).to_have_text("网站没有回答", timeout=10_000)
