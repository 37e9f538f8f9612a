"""The whole way of a house in two browsers: its host publishes it, a guest finds it and sees a night go."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from server.clock import SystemClock
from server.nights.model import today_at
from tests.browser import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.stack import Stack

TEXTS = {
    "address": "密云区古北口镇司马台村 3 号",
    "room_count": "3",
    "acreage": "120",
    "capacity": "6",
    "unit": "三室两厅两卫",
    "beds": "双人床 3 张",
    "price": "688.80",
    "deposit": "1000",
    "max_days": "14",
}
AREA, FACILITIES = "15", ("1", "7")
WIDE = {"width": 1280, "height": 900}
BLOCKED = """
const Real = window.WebSocket;
window.WebSocket = class extends Real { constructor() { super('ws://127.0.0.1:1/'); } };
"""
WAYS = ["live", "polling"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """How the guest's page hears of changes: by websocket, or by long-polls because websockets are blocked."""
    return str(request.param)


@pytest.fixture
def guest(browser: Browser, site: Stack, way: str) -> Iterator[Page]:
    """Another browser, wide, of somebody who is not signed in; any script error fails the test."""
    context = browser.new_context(base_url=site.url, viewport=WIDE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    if way == "polling":
        page.add_init_script(BLOCKED)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def test_a_house_is_published_found_and_a_night_that_its_host_closes_greys_out_for_a_guest(
    page: Page, guest: Page, site: Stack, mobile: str, way: str
) -> None:
    title = f"长城脚下的石头房子 {mobile}"
    people.sign_up(page, site, mobile)
    _verify(page)
    house_id = _publish(page, title)
    cover = _upload_and_reorder(page)
    _search_by_hand(guest, title)
    expect(guest.locator("#results .card:not(.card--skeleton)")).to_have_count(0)
    page.locator("#standing [data-move=online]").click()
    expect(page.locator("#standing .chip--online")).to_be_visible()

    _search_by_hand(guest, title)
    found = guest.locator("#results .card:not(.card--skeleton)")
    expect(found).to_have_count(1)
    result_address = guest.url
    found.locator("a").click()
    guest.wait_for_url(f"**/house/{house_id}?*")
    _expect_cover(guest, page, house_id, cover)
    _choose_stay(guest, _day(9), _day(12))
    expect(guest.locator("#live-dot")).to_have_attribute("data-state", way, timeout=20_000)
    guest.evaluate("window.stayed = true")

    _close_night(page, house_id, _day(10))
    night = guest.locator(f"#calendar [data-day='{_day(10)}']")
    expect(night).to_have_attribute("data-kind", "block", timeout=25_000)
    expect(night).to_have_attribute("aria-disabled", "true")
    expect(night.locator(".date__number")).to_have_css("text-decoration-line", "line-through")
    expect(guest.locator(f"#calendar [data-day='{_day(13)}']")).not_to_have_attribute("aria-disabled", "true")
    expect(guest.locator("#quote")).to_contain_text("这些夜晚已经被订走了")
    assert guest.evaluate("window.stayed") is True

    guest.goto(result_address)
    expect(guest.locator("#results[aria-busy=true]")).to_have_count(0)
    expect(found).to_have_count(0)
    guest.goto(re.sub(r"[?&][se]d=[^&]*", "", result_address).replace("html&", "html?"))
    expect(found).to_have_count(1)


def _day(number: int) -> str:
    """A date so many days from today at the houses."""
    return (today_at(SystemClock().now()) + timedelta(days=number)).isoformat()


# --- the host ---


def _verify(host: Page) -> None:
    host.goto("/auth.html")
    host.fill("#real_name", "张三丰")
    host.fill("#id_card", people.id_number())
    host.locator("#auth-form [type=submit]").click()
    expect(host.locator("#verified-title")).to_be_visible()


def _publish(host: Page, title: str) -> int:
    host.goto("/newhouse.html")
    for name, text in {"title": title, **TEXTS}.items():
        host.fill(f"#house-form [name={name}]", text)
    host.select_option("#area_id", AREA)
    for facility in FACILITIES:
        host.locator(f"[name=facility][value='{facility}']").check()
    host.locator("#house-form [type=submit]").click()
    host.wait_for_url("**/house/*/edit")
    return int(host.url.split("/house/")[1].split("/")[0])


def _upload_and_reorder(host: Page) -> str:
    """Three pictures, the last one made the cover by keyboard; returns its id."""
    names = [f"room-{number}.png" for number in range(3)]
    host.set_input_files(
        "#house_image",
        [
            {"name": name, "mimeType": "image/png", "buffer": people.picture(10 + 80 * number)}
            for number, name in enumerate(names)
        ],
    )
    shots = host.locator("[data-image]")
    expect(host.locator("[data-image][data-state=ready]")).to_have_count(len(names), timeout=20_000)
    before = [str(one.get_attribute("data-image")) for one in shots.all()]
    expect(shots.first.locator(".shot__cover")).to_be_visible()
    last = host.locator(f"[data-image='{before[2]}']")
    last.locator("[data-earlier]").focus()
    for position in (1, 0):
        with host.expect_response("**/images/order") as answer:
            host.keyboard.press("Enter")
        assert answer.value.ok
        expect(shots.nth(position)).to_have_attribute("data-image", before[2])
        expect(last.locator("[data-earlier]")).to_be_focused()
    expect(last.locator(".shot__cover")).to_be_visible()
    expect(host.locator(".shot__cover")).to_have_count(1)
    return before[2]


def _close_night(host: Page, house_id: int, day: str) -> None:
    host.goto(f"/house/{house_id}/calendar")
    expect(host.locator("#nights [data-day]").first).to_be_visible()
    night = host.locator(f"#nights [data-day='{day}']")
    if not night.count():
        host.locator("#nights [data-later]").click()
    night.click()
    host.locator("#block").click()
    expect(night).to_have_attribute("data-kind", "block")


# --- the guest ---


def _search_by_hand(guest: Page, title: str) -> None:
    """Every panel of the search page is used; what they say is in the address."""
    guest.goto("/search.html")
    _in_sheet(guest, "area", f"[name=aid][value='{AREA}']")
    _in_sheet(guest, "rooms", "[name=rooms][value='3']")
    _in_sheet(guest, "facilities", *(f"[name=facility][value='{one}']" for one in FACILITIES))
    guest.locator("[data-filter=price]").click()
    guest.fill("#price-min", "688.80")
    guest.fill("#price-max", "688.80")
    guest.wait_for_url(re.compile("price_max=688.80"))
    guest.locator("#sheet-price .sheet__foot [data-close]").click()
    guest.locator("[data-filter=dates]").click()
    _pick(guest, "#stay-sheet", _day(9))
    _pick(guest, "#stay-sheet", _day(12))
    guest.keyboard.press("Escape")
    guest.fill("#words [name=q]", title.removeprefix("长城脚下"))
    guest.locator("#words [name=q]").press("Enter")
    guest.wait_for_url(re.compile(r"[?&]q="))
    expect(guest.locator("#results[aria-busy=true]")).to_have_count(0)
    for part in (f"aid={AREA}", "rooms=3", "price_min=688.80", f"sd={_day(9)}", f"ed={_day(12)}"):
        assert part in guest.url


def _in_sheet(guest: Page, name: str, *choices: str) -> None:
    guest.locator(f"[data-filter={name}]").click()
    for choice in choices:
        guest.locator(f"#sheet-{name} {choice}").check(force=True)
    guest.locator(f"#sheet-{name} .sheet__foot [data-close]").click()
    expect(guest.locator(f"[data-filter={name}]")).to_have_attribute("data-active", "")


def _choose_stay(guest: Page, start: str, end: str) -> None:
    """The dates of the search are chosen already: choose them anew, by hand."""
    expect(guest.locator("#quote .lines__total")).to_be_visible()
    guest.locator("#clear-stay").click()
    expect(guest.locator("#quote .lines__total")).to_have_count(0)
    _pick(guest, "#calendar", start)
    _pick(guest, "#calendar", end)
    quote = guest.locator("#quote")
    expect(quote).to_contain_text("¥688.80 × 3 晚")
    expect(quote).to_contain_text("¥2,066.40")
    expect(quote).to_contain_text("押金")
    expect(quote.locator(".lines__total")).to_contain_text("¥3,066.40")


def _expect_cover(guest: Page, host: Page, house_id: int, image_id: str) -> None:
    images = people.call(host, "GET", f"/houses/{house_id}")["house"]["images"]
    assert str(images[0]["image_id"]) == image_id
    first = guest.locator(".gallery__slide").first
    shown = first.locator("source, img").evaluate_all(
        "all => all.map(one => one.srcset + ' ' + one.src).join()"
    )
    assert images[0]["variants"]["gallery"]["webp"] in shown


def _pick(page: Page, place: str, day: str) -> None:
    """Turn to the month of the date and choose it."""
    date = page.locator(f"{place} [data-day='{day}']")
    expect(page.locator(f"{place} [data-day]").first).to_be_visible()
    if not date.is_visible():
        page.locator(f"{place} [data-later]").click()
    date.click()
