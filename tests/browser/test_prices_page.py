"""Prices and rules in a real browser: the host sets them, a second page follows, guests see every line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import looks, people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.stack import Stack

PLAIN: dict[str, Any] = {
    "weekend_price": None, "weekly_percent": 0, "monthly_percent": 0, "cleaning_fee": 0, "instant": False,
    "cancellation": "flexible", "wants_verified": False, "special": [],
}  # fmt: skip


@pytest.fixture
def host(page: Page, site: Stack, mobile: str) -> Page:
    """A verified host's phone."""
    people.become_host(page, site, mobile)
    return page


@pytest.fixture
def other_page(page: Page) -> Iterator[Page]:
    """A second page of the same visitor."""
    second = page.context.new_page()
    page.bring_to_front()  # chromium draws a page that is behind another once a second
    yield second
    second.close()


def test_a_host_sets_every_price_and_rule_and_sees_what_guests_would_pay(host: Page) -> None:
    house_id = people.publish(host, price="100", deposit="0", max_days=0)
    _open(host, house_id)
    expect(host.locator("#example .lines__total dd")).to_have_text("¥300")

    host.fill("#weekend_price", "150")
    host.fill("#cleaning_fee", "20.50")
    host.fill("#weekly_percent", "10")
    host.fill("#monthly_percent", "25")
    host.locator("#instant").press("Space")
    host.locator("#wants_verified").press("Space")
    host.locator("[name=cancellation]:checked").press("ArrowDown")
    host.locator("#prices-form [type=submit]").click()

    expect(host.locator("#example .lines__total dd")).to_have_text("¥420.50")  # Friday, Saturday, Sunday
    expect(host.locator("#unsaved")).to_be_hidden()
    saved = people.call(host, "GET", f"/houses/{house_id}/prices")
    expected = {
        **PLAIN, "weekend_price": 15_000, "cleaning_fee": 2_050, "weekly_percent": 10, "monthly_percent": 25,
        "instant": True, "wants_verified": True, "cancellation": "moderate",
    }  # fmt: skip
    assert {name: saved[name] for name in PLAIN} == expected
    host.locator("[name=example_nights][value='7']").check(force=True)
    expect(host.locator("#example .lines__off dd")).to_have_text("−¥80")


def test_dates_get_their_price_by_keyboard_and_lose_it_again(host: Page) -> None:
    house_id = people.publish(host, price="100")
    _open(host, house_id)
    start = _today() + timedelta(days=31)
    host.locator("[data-day][tabindex='0']").focus()
    host.keyboard.press("PageDown")
    _walk(host, str(start))

    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        host.keyboard.press(key)
    host.locator("#special_price").focus()
    host.keyboard.type("288.80")
    host.keyboard.press("Enter")

    entry = host.locator(".special__one")
    expect(entry.locator(".special__price")).to_have_text("¥288.80")
    expect(entry.locator("button")).to_be_focused()
    cell = host.locator(f"[data-day='{start}']")
    expect(cell.locator(".date__note")).to_have_attribute("data-note", "¥288.8")
    assert "特殊价格 ¥288.80" in str(cell.get_attribute("aria-label"))
    host.locator("#prices-form [type=submit]").click()
    expect(host.locator("#unsaved")).to_be_hidden()
    end = start + timedelta(days=3)
    assert _special(host, house_id) == [{"start_date": str(start), "end_date": str(end), "price": 28_880}]
    entry.locator("button").press("Enter")
    expect(entry).to_have_count(0)
    expect(cell.locator(".date__note")).to_have_attribute("data-note", "¥100")
    host.locator("#prices-form [type=submit]").click()
    expect(host.locator("#unsaved")).to_be_hidden()
    assert _special(host, house_id) == []


def test_nights_that_are_chosen_and_priced_are_saved_without_another_button(host: Page) -> None:
    house_id = people.publish(host)
    _open(host, house_id)
    today = str(_today())

    host.locator(f"[data-day='{today}']").click()
    host.fill("#special_price", "0.5")
    host.locator("#prices-form [type=submit]").click()
    expect(host.locator("#special_price-error")).to_have_text("每晚价格应为 1 到 100000 元")
    host.fill("#special_price", "500")
    host.locator("#prices-form [type=submit]").click()

    expect(host.locator(".special__price")).to_have_text("¥500")
    expect(host.locator("#unsaved")).to_be_hidden()
    assert [one["start_date"] for one in _special(host, house_id)] == [today]


def test_errors_stand_beside_their_fields_and_what_was_typed_survives_a_reload(host: Page) -> None:
    house_id = people.publish(host)
    _open(host, house_id)
    host.fill("#weekend_price", "12.345")
    host.fill("#weekly_percent", "20")
    host.fill("#monthly_percent", "10")
    host.fill("#cleaning_fee", "100000.01")
    host.locator("[name=cancellation][value=strict]").check(force=True)

    host.locator("#prices-form [type=submit]").click()

    expect(host.locator("#weekend_price-error")).to_have_text("请填写金额，单位元，最多两位小数")
    expect(host.locator("#cleaning_fee-error")).to_have_text("清洁费应为 0 到 100000 元")
    expect(host.locator("#weekend_price")).to_be_focused()
    host.fill("#weekend_price", "12")
    host.fill("#cleaning_fee", "1")
    host.locator("#prices-form [type=submit]").click()
    expect(host.locator("#monthly_percent-error")).to_contain_text("不能小于")
    host.reload()
    expect(host.locator("#restored")).to_be_visible()
    assert (host.input_value("#weekend_price"), host.input_value("#weekly_percent")) == ("12", "20")
    assert host.locator("[name=cancellation][value=strict]").is_checked()
    host.locator("#restored [data-forget]").click()
    assert (host.input_value("#weekend_price"), host.input_value("#weekly_percent")) == ("", "0")


def test_a_reading_that_failed_is_tried_again_and_what_was_typed_meanwhile_stays(host: Page) -> None:
    house_id = people.publish(host)
    host.route(
        "**/prices",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )
    host.goto(f"/house/{house_id}/prices")
    expect(host.locator("#example [data-retry]")).to_be_visible()
    host.fill("#cleaning_fee", "66")
    host.unroute("**/prices")

    host.locator("#example [data-retry]").click()

    expect(host.locator("#example .lines__total")).to_be_visible()
    expect(host.locator("#cleaning_fee")).to_have_value("66")
    expect(host.locator("#unsaved")).to_be_visible()


def test_a_second_page_follows_and_when_both_changed_something_the_host_is_asked(
    host: Page, other_page: Page
) -> None:
    house_id = people.publish(host)
    for one in (host, other_page):
        _open(one, house_id)
        expect(one.locator("#live-dot")).to_have_attribute("data-state", "live")

    host.fill("#cleaning_fee", "30")
    host.locator("#prices-form [type=submit]").click()
    expect(other_page.locator("#cleaning_fee")).to_have_value("30")
    other_page.fill("#weekend_price", "999")
    host.fill("#cleaning_fee", "40")
    host.locator("#prices-form [type=submit]").click()
    expect(host.locator("#unsaved")).to_be_hidden()
    other_page.bring_to_front()
    other_page.locator("#prices-form [type=submit]").click()

    expect(other_page.locator(".conflict")).to_be_focused()
    expect(other_page.locator(".conflict tbody tr")).to_have_count(2)
    other_page.locator("[data-keep=theirs]").click()
    expect(other_page.locator("#cleaning_fee")).to_have_value("40")
    expect(other_page.locator("#weekend_price")).to_have_value("")


def test_a_change_of_the_house_elsewhere_is_no_conflict(host: Page) -> None:
    house_id = people.publish(host)
    _open(host, house_id)
    host.fill("#cleaning_fee", "30")
    people.call(host, "PUT", f"/houses/{house_id}", {**people.HOUSE, "price": "500"})

    host.locator("#prices-form [type=submit]").click()

    expect(host.locator("#unsaved")).to_be_hidden()
    expect(host.locator(".conflict")).to_have_count(0)
    expect(host.locator("#base-price")).to_have_text("¥500")
    assert people.call(host, "GET", f"/houses/{house_id}/prices")["cleaning_fee"] == 3_000


def test_guests_see_every_line_the_policy_and_that_booking_is_instant(
    host: Page, browser: Browser, site: Stack
) -> None:
    house_id = _online(host, price="100", deposit="300", max_days=0)
    friday = _today() + timedelta(days=(4 - _today().weekday()) % 7 + 7)
    special = {"start_date": str(friday), "end_date": str(friday + timedelta(days=1)), "price": 300}
    prices = {"weekend_price": 150, "weekly_percent": 10, "cleaning_fee": 50, "special": [special]}
    terms = {"instant": True, "cancellation": "strict", "wants_verified": True}
    people.call(host, "PUT", f"/houses/{house_id}/prices", {**PLAIN, **prices, **terms})
    guest = browser.new_context(base_url=site.url, locale="zh-CN").new_page()

    guest.goto(f"/house/{house_id}?sd={friday}&ed={friday + timedelta(days=7)}")

    expect(guest.locator("#quote .lines__total dd")).to_have_text("¥1,205")
    lines = guest.locator("#quote .lines > div").all_inner_texts()
    assert [" ".join(line.split()) for line in lines] == [
        "¥100 × 5 晚 ¥500",
        "¥150 × 1 晚（周末） ¥150",
        "¥300 × 1 晚（特殊日期） ¥300",
        "住满 7 晚优惠 −¥95",
        "清洁费 ¥50",
        "押金，离店后退还 ¥300",
        "合计 ¥1,205",
    ]
    expect(guest.locator("#cancellation")).to_contain_text("入住前 14 天或更早取消，房费全退")
    expect(guest.locator(".booking__instant")).to_be_visible()
    expect(guest.locator(".rules")).to_contain_text("房东希望房客实名认证")
    guest.context.close()


@pytest.mark.parametrize(("width", "lang"), [(390, "zh"), (1280, "en")])
def test_the_page_of_prices_is_accessible_and_does_not_jump_or_scroll_sideways(
    host: Page, width: int, lang: str
) -> None:
    house_id = people.publish(host, max_days=0)
    start = _today() + timedelta(days=2)
    special = [{"start_date": str(start), "end_date": str(start + timedelta(days=300)), "price": "12345.67"}]
    people.call(host, "PUT", f"/houses/{house_id}/prices", {**PLAIN, "special": special, "weekly_percent": 5})
    host.set_viewport_size({"width": width, "height": 900})
    looks.watch_shifts(host)

    host.goto(f"/house/{house_id}/prices?lang={lang}")
    expect(host.locator("#example .lines__total")).to_be_visible()
    host.locator("#weekend_price").fill("x")
    host.locator("#prices-form [type=submit]").click()

    assert looks.shift(host) < 0.05
    assert looks.violations(host) == []
    assert not looks.scrolls_sideways(host)


def test_the_prices_of_a_strange_house_are_not_there(
    host: Page, browser: Browser, site: Stack, mobile: str
) -> None:
    house_id = people.publish(host)
    stranger = browser.new_context(base_url=site.url, locale="zh-CN").new_page()

    nobody = stranger.goto(f"/house/{house_id}/prices")
    people.sign_up(stranger, site, str(int(mobile) + 100))
    foreign = stranger.goto(f"/house/{house_id}/prices")

    assert nobody is not None
    assert foreign is not None
    assert "/login.html?from=" in nobody.url
    assert foreign.status == 404
    stranger.context.close()


def _open(page: Page, house_id: int) -> None:
    page.goto(f"/house/{house_id}/prices")
    expect(page.locator("#example .lines__total")).to_be_visible()


def _online(host: Page, **fields: Any) -> int:
    house_id = people.publish(host, **fields)
    people.add_picture(host, house_id, people.picture(40))
    people.call(host, "PUT", f"/houses/{house_id}/status", {"status": "online"})
    return house_id


def _today() -> date:
    """At the houses."""
    return datetime.now(UTC).astimezone(timezone(timedelta(hours=8))).date()


def _special(page: Page, house_id: int) -> list[dict[str, Any]]:
    return list(people.call(page, "GET", f"/houses/{house_id}/prices")["special"])


def _walk(page: Page, day: str) -> None:
    """Go to a date with the arrow keys only."""
    for _ in range(40):
        now = str(page.evaluate("document.activeElement.dataset.day"))
        if now == day:
            return
        page.keyboard.press("ArrowRight" if now < day else "ArrowLeft")
    raise AssertionError(day)
