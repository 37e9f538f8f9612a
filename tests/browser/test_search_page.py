"""The search in a real browser: filters, address, back, more houses, nothing found, something wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.homes import CROWD, CROWDED_AREA
from tests.browser.looks import scrolls_sideways, shift, violations, watch_shifts

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.homes import Homes

CROWDED = f"/search.html?aid={CROWDED_AREA}"
CARDS = "#results .card:not(.card--skeleton)"
NOTHING = "一处也没有的地方"
UNAVAILABLE = '{"errno": "4001", "errmsg": "服务暂时不可用", "errors": [], "request_id": "0"}'
WIDTHS = [390, 1280]


def test_filters_are_kept_in_the_address_and_back_undoes_them(page: Page, homes: Homes) -> None:
    page.goto(f"{CROWDED}&sk=price-inc")
    expect(page.locator("#results-title")).to_contain_text(str(CROWD))

    _type_highest_price(page, "109")
    expect(page.locator(CARDS)).to_have_count(10)
    filtered = page.url

    page.go_back()
    expect(page.locator("#results-title")).to_contain_text(str(CROWD))

    assert "price_max=109" in filtered
    assert "price_max" not in page.url


def test_an_address_with_filters_shows_them(page: Page, homes: Homes) -> None:
    start, end = homes.day(20), homes.day(23)

    page.goto(f"{CROWDED}&sd={start}&ed={end}&guests=2&price_min=100&price_max=120&facility=1,3&q=人群")

    expect(page.locator(CARDS)).to_have_count(20)
    for name in ("area", "dates", "guests", "price", "facilities"):
        expect(page.locator(f"[data-filter={name}]")).to_have_attribute("data-active", "")
    expect(page.locator("#words [name=q]")).to_have_value("人群")
    expect(page.locator(CARDS).first.locator("a")).to_have_attribute(
        "href", re.compile(rf"^/house/\d+\?sd={start}&ed={end}&guests=2$")
    )


def test_dates_are_chosen_by_keyboard_alone(page: Page, homes: Homes) -> None:
    page.goto(CROWDED)
    page.locator("[data-filter=dates]").focus()

    page.keyboard.press("Enter")
    page.locator(f"#stay-sheet [data-day='{homes.day(1)}']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("[data-filter=dates]")).to_have_attribute("data-active", "")
    page.keyboard.press("Escape")

    expect(page.locator("[data-filter=dates]")).to_be_focused()
    assert f"sd={homes.day(1)}&ed={homes.day(3)}" in page.url


def test_more_houses_come_while_scrolling_and_back_returns_to_the_same_place(
    page: Page, homes: Homes
) -> None:
    page.goto(CROWDED)
    expect(page.locator(CARDS)).to_have_count(20)

    _scroll_to_the_end(page)
    scrolled = page.evaluate("window.scrollY")
    page.locator(CARDS).nth(CROWD - 2).locator("a").click()
    page.wait_for_url("**/house/*")
    page.go_back()
    expect(page.locator(CARDS)).to_have_count(CROWD)

    assert scrolled > 5000
    assert page.evaluate("window.scrollY") > 5000
    expect(page.locator("#results-end")).to_be_visible()


def test_a_button_loads_more_where_scrolling_does_not_and_the_focus_goes_on(page: Page, homes: Homes) -> None:
    page.add_init_script("delete window.IntersectionObserver")
    page.goto(CROWDED)
    expect(page.locator(CARDS)).to_have_count(20)

    page.locator("#load-more").focus()
    page.keyboard.press("Enter")

    expect(page.locator(CARDS)).to_have_count(40)
    expect(page.locator(CARDS).nth(20).locator("a")).to_be_focused()


def test_where_nothing_is_found_each_filter_can_be_dropped(page: Page, homes: Homes) -> None:
    start, end = homes.day(20), homes.day(22)
    page.goto(f"{CROWDED}&q={NOTHING}&sd={start}&ed={end}")
    expect(page.locator("#results-trouble h2")).to_be_visible()
    assert violations(page) == []

    page.locator("[data-later]").click()
    page.wait_for_url(f"**sd={homes.day(27)}*")
    expect(page.locator("#results-trouble h2")).to_be_visible()
    page.locator("[data-leave=q]").click()

    expect(page.locator(CARDS)).to_have_count(20)


def test_a_search_that_fails_can_be_tried_again(page: Page, homes: Homes) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/json", body=UNAVAILABLE)

    page.route("**/api/v1_0/houses?*sk=booking*", refuse)
    page.goto(CROWDED)
    page.select_option("#sort", "booking")
    expect(page.locator("#results-trouble")).to_contain_text("服务暂时不可用")
    assert violations(page) == []

    page.unroute("**/api/v1_0/houses?*sk=booking*")
    page.locator("[data-retry]").click()

    expect(page.locator(CARDS)).to_have_count(20)


def test_what_the_server_refuses_is_said_and_can_be_dropped(page: Page, homes: Homes) -> None:
    page.goto(f"{CROWDED}&sd={homes.day(9)}&ed={homes.day(5)}")
    expect(page.locator("#results-trouble")).to_contain_text("结束日期必须晚于开始日期")

    page.locator("#results-trouble button").click()

    expect(page.locator(CARDS)).to_have_count(20)
    assert "sd=" not in page.url


def test_a_highest_price_below_the_lowest_is_said_in_its_panel(page: Page, homes: Homes) -> None:
    page.goto(f"{CROWDED}&price_min=300")

    _type_highest_price(page, "200", close=False)

    expect(page.locator("#price-error")).to_have_text("最高价不能低于最低价")


def test_the_name_of_an_area_in_the_address_is_never_shown(page: Page, homes: Homes) -> None:
    page.goto(f"{CROWDED}&aname=%3Cscript%3Ewindow.hacked%3D1%3C/script%3E")
    expect(page.locator(CARDS)).to_have_count(20)

    assert "hacked" not in page.content()
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_search_is_accessible_and_nothing_jumps(
    page: Page, homes: Homes, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    watch_shifts(page)

    page.goto(f"{CROWDED}&lang={language}")
    expect(page.locator(CARDS)).to_have_count(20)

    assert violations(page) == []
    assert not scrolls_sideways(page)
    assert shift(page) < 0.05


@pytest.mark.parametrize("width", WIDTHS)
def test_every_panel_is_accessible(page: Page, homes: Homes, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(CROWDED)
    found = {}

    for chip in page.locator("[data-filter]").all():
        chip.click()
        found[chip.get_attribute("data-filter")] = violations(page)
        page.keyboard.press("Escape")

    assert len(found) == 6
    assert not any(found.values()), found


def _type_highest_price(page: Page, price: str, *, close: bool = True) -> None:
    page.locator("[data-filter=price]").click()
    page.locator("[name=price_max]").fill(price)
    page.wait_for_url(f"**price_max={price}*")
    if close:
        page.locator("#sheet-price [data-count]").click()


def _scroll_to_the_end(page: Page) -> None:
    while page.locator(CARDS).count() < CROWD:
        count = page.locator(CARDS).count()
        page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        expect(page.locator(CARDS)).not_to_have_count(count)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
