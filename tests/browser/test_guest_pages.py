"""Home and the page of a house in a real browser: pictures, nights that change by themselves, prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.homes import PICTURES, SCRIPT
from tests.browser.looks import scrolls_sideways, shift, violations, watch_shifts
from tests.browser.people import call, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

    from tests.browser.homes import Homes
    from tests.stack import Stack

WIDE = {"width": 1280, "height": 900}
NIGHT = "#calendar [data-day='{}']"
LATE = '{"errno": "0", "errmsg": "", "data": {"lines": [], "total": 100, "nights": 3}}'
BLOCKED = """
const Real = window.WebSocket;
window.WebSocket = class extends Real { constructor() { super('ws://127.0.0.1:1/'); } };
"""


# --- home ---


def test_the_home_page_leads_to_the_search_with_what_was_chosen(page: Page, homes: Homes) -> None:
    page.goto("/")
    page.select_option("#finder-area", "16")
    page.select_option("#finder-guests", "2")
    page.locator("#finder-dates").click()
    for number in (1, 3):
        _pick(page, "#stay-sheet", homes.day(number))
    page.locator("#stay-sheet .button--accent").click()

    page.locator("#finder [type=submit]").click()

    page.wait_for_url("**/search.html?*")
    wanted = {"aid=16", "guests=2", f"sd={homes.day(1)}", f"ed={homes.day(3)}"}
    assert wanted <= set(page.url.split("?")[1].split("&"))


def test_the_carousel_shows_the_most_booked_house_and_goes_on_after_a_touch(page: Page, homes: Homes) -> None:
    page.set_viewport_size(WIDE)
    page.goto("/")
    slide = page.locator(f"#carousel a[href='/house/{homes.full}']")
    expect(slide).to_be_attached()
    box = page.locator("#carousel").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 200, steps=5)
    page.mouse.up()
    page.mouse.move(5, 5)
    touched = page.locator(".carousel__count").inner_text()

    expect(page.locator(".carousel__count")).not_to_have_text(touched, timeout=15_000)


def test_the_newest_houses_are_on_the_home_page(page: Page, homes: Homes) -> None:
    page.goto("/")

    expect(page.locator("#newest-cards .card:not(.card--skeleton)").first).to_be_visible()
    expect(page.locator("#soon-title")).to_have_count(0)


# --- a house ---


def test_the_page_of_a_house_names_it_for_those_who_share_it(page: Page, homes: Homes, site: Stack) -> None:
    page.goto(f"/detail.html?id={homes.full}")

    assert page.title().startswith("什么都有的小院")
    image = page.locator("meta[property='og:image']").get_attribute("content") or ""
    assert image.startswith("http")
    expect(page.locator("link[rel=canonical]")).to_have_attribute("href", f"{site.url}/house/{homes.full}")
    expect(page.locator("#reviews")).to_contain_text("院子很安静")


def test_a_title_that_is_a_script_is_only_text(page: Page, homes: Homes) -> None:
    seen = {}
    for path in ("/", f"/house/{homes.scripted}", "/search.html?sk=booking"):
        page.goto(path)
        expect(page.get_by_text(SCRIPT).first).to_be_attached()
        seen[path] = page.evaluate("window.hacked")

    assert not any(seen.values())


def test_a_house_that_is_not_there_shows_a_way_on(page: Page, homes: Homes) -> None:
    answers = [page.goto(path) for path in ("/house/999999", "/detail.html?id=x", "/detail.html")]

    assert [answer.status for answer in answers if answer] == [404, 404, 404]
    expect(page.locator("main a[href='/']")).to_be_visible()


def test_pictures_are_swiped_on_a_phone_and_fill_the_screen_by_keys(page: Page, homes: Homes) -> None:
    page.goto(f"/house/{homes.full}")
    expect(page.locator(".gallery__count")).to_have_text(f"1 / {PICTURES}")

    page.locator(".gallery__slide").first.click()
    expect(page.locator(".viewer__count")).to_have_text(f"1 / {PICTURES}")
    assert violations(page) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".viewer__count")).to_have_text(f"3 / {PICTURES}")
    page.keyboard.press("Escape")

    expect(page.locator(".viewer")).to_have_count(0)
    expect(page.locator(".gallery__slide").nth(2)).to_be_focused()


def test_a_wide_page_shows_five_pictures_at_once(page: Page, homes: Homes) -> None:
    page.set_viewport_size(WIDE)

    page.goto(f"/house/{homes.full}")

    assert sum(slide.is_visible() for slide in page.locator(".gallery__slide").all()) == 5
    expect(page.locator("[data-all]")).to_contain_text(str(PICTURES))


def test_the_price_follows_dates_and_guests(page: Page, homes: Homes) -> None:
    page.set_viewport_size(WIDE)
    page.goto(f"/house/{homes.full}")
    expect(page.locator("#quote")).to_contain_text("选好日期就能看到总价")

    _pick(page, "#calendar", homes.day(5))
    _pick(page, "#calendar", homes.day(8))

    expect(page.locator("#quote .lines__total")).to_contain_text("¥1,695.50")
    expect(page.locator("#quote")).to_contain_text("¥398.50 × 3 晚")
    page.locator("#guests-stepper button").last.click()
    page.wait_for_url("**guests=2*")
    page.reload()
    expect(page.locator("#quote .lines__total")).to_contain_text("¥1,695.50")
    expect(page.locator("#guests")).to_have_value("2")


def test_an_answer_that_comes_too_late_changes_no_price(page: Page, homes: Homes) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/quote", hold, times=1)
    page.goto(f"/house/{homes.full}?sd={homes.day(5)}&ed={homes.day(8)}")
    for _ in range(100):
        if not held:
            page.wait_for_timeout(50)

    page.locator("#guests-stepper button").last.click()
    expect(page.locator("#quote .lines__total")).to_contain_text("¥1,695.50")
    held[0].fulfill(status=200, content_type="application/json", body=LATE)
    page.evaluate("fetch('/healthz')")

    expect(page.locator("#quote .lines__total")).to_contain_text("¥1,695.50")


def test_more_nights_than_the_host_takes_are_refused_in_words(page: Page, homes: Homes) -> None:
    page.goto(f"/house/{homes.full}?sd={homes.day(10)}&ed={homes.day(50)}")

    expect(page.locator("#quote")).to_contain_text("这个房源最多住 30 晚")


def test_taken_nights_are_struck_through_and_may_only_end_a_stay(page: Page, homes: Homes) -> None:
    page.goto(f"/house/{homes.full}?sd={homes.day(1)}&ed={homes.day(4)}")

    expect(page.locator("#quote")).to_contain_text("这些夜晚已经被订走了")
    expect(_night(page, homes.day(2))).to_have_attribute("data-kind", "order")
    expect(_night(page, homes.day(2))).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("live", [True, False], ids=["by websocket", "by long-poll"])
def test_nights_that_the_host_closes_grey_out_on_open_pages_by_themselves(
    page: Page, browser: Browser, site: Stack, homes: Homes, *, live: bool
) -> None:
    first = 12 if live else 16
    if not live:
        page.add_init_script(BLOCKED)
    page.goto(f"/house/{homes.full}?sd={homes.day(first)}&ed={homes.day(first + 2)}")
    state = "live" if live else "polling"
    expect(page.locator("#live-dot")).to_have_attribute("data-state", state, timeout=20_000)
    expect(page.locator("#quote .lines__total")).to_be_visible()

    host = browser.new_context(base_url=site.url).new_page()
    sign_in(host, site, homes.owner_id)
    closed = {"start_date": homes.day(first + 1), "end_date": homes.day(first + 2)}
    call(host, "POST", f"/houses/{homes.full}/blocks", closed)

    expect(page.locator("#quote")).to_contain_text("这些夜晚已经被订走了", timeout=25_000)
    expect(_night(page, homes.day(first + 1))).to_have_attribute("data-kind", "block")
    host.context.close()


def test_the_owner_finds_no_booking_but_ways_to_edit(page: Page, site: Stack, homes: Homes) -> None:
    page.goto("/")
    sign_in(page, site, homes.owner_id)

    page.goto(f"/house/{homes.full}")

    expect(page.locator(f"#booking a[href='/house/{homes.full}/edit']")).to_be_visible()
    expect(page.locator(f"#booking a[href='/house/{homes.full}/calendar']")).to_be_visible()
    expect(page.locator("#quote")).to_have_count(0)
    expect(page.locator("#calendar .calendar")).to_be_visible()
    assert violations(page) == []


# --- all of them ---


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_are_accessible_and_nothing_jumps(page: Page, homes: Homes, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    watch_shifts(page)
    stay = f"sd={homes.day(5)}&ed={homes.day(7)}"
    found = {}

    for path in ("/?", f"/house/{homes.full}?{stay}&", "/house/999999?", "/login.html?"):
        page.goto(f"{path}lang={language}")
        expect(page.locator("#live-dot")).to_have_attribute("data-state", "live")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found[path] = [*violations(page), *(["sideways"] if scrolls_sideways(page) else [])]
        if shift(page) >= 0.05:
            found[path].append(f"shift {shift(page)}")

    assert not any(found.values()), found


def _night(page: Page, day: str) -> Locator:
    return page.locator(NIGHT.format(day))


def _pick(page: Page, place: str, day: str) -> None:
    """Turn to the month of the date and choose it."""
    date = page.locator(f"{place} [data-day='{day}']")
    expect(page.locator(f"{place} [data-day]").first).to_be_visible()
    if not date.is_visible():
        page.locator(f"{place} [data-later]").click()
    date.click()
