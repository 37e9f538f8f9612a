"""Bookings in two real browsers: each side sees what the other does, without a reload, and what goes wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import scrolls_sideways, shift, violations, watch_shifts
from tests.browser.people import call, run_with, sign_in
from tests.browser.stays import FIRST, NIGHTS, Home, day, let_time_pass, move, open_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page, Route

    from server.services import Services
    from tests.stack import Stack

WIDE = {"width": 1280, "height": 900}
BLOCKED = """
const Real = window.WebSocket;
window.WebSocket = class extends Real { constructor() { super('ws://127.0.0.1:1/'); } };
"""


@pytest.fixture
def home(site: Stack) -> Home:
    """A house that nobody has booked yet."""
    return open_home(site)


@pytest.fixture
def guest(page: Page, site: Stack, home: Home) -> Page:
    """The guest's phone."""
    sign_in(page, site, home.guest_id)
    return page


@pytest.fixture
def host(browser: Browser, site: Stack, home: Home) -> Iterator[Page]:
    """The host's desk, in a browser of its own; any script error fails the test."""
    context = browser.new_context(base_url=site.url, viewport=WIDE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, home.host_id)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


# --- both sides, live ---


@pytest.mark.parametrize("way", ["live", "polling"])
def test_a_guest_books_the_host_accepts_and_neither_reloads(
    guest: Page, host: Page, home: Home, way: str
) -> None:
    if way == "polling":
        host.add_init_script(BLOCKED)
        guest.add_init_script(BLOCKED)
    _wait_on(host, "/lorders.html", way)
    expect(host.locator(".orders-none")).to_be_visible()

    order_id = _book(guest, home)

    card = host.locator(f"[data-order='{order_id}']")
    expect(card).to_be_visible(timeout=25_000)
    expect(_toast(host)).to_contain_text("有新订单")
    expect(host.locator(".account__face [data-waiting-count]")).to_have_text("1")
    expect(host.locator("[data-tab=waiting] [data-count]")).to_have_text("1")
    guest.evaluate("window.stayed = true")
    expect(guest.locator("#live-dot")).to_have_attribute("data-state", way, timeout=20_000)
    card.locator("[data-action=accept]").click()
    expect(guest.locator("#order-head [data-status=WAIT_PAYMENT]")).to_be_visible(timeout=25_000)
    if way == "live":  # a page that polls may have read the acceptance before it could hear of it
        expect(_toast(guest)).to_contain_text("房东已接单")
    expect(guest.locator("[data-action=pay]")).to_be_visible()
    expect(guest.locator("#order-head [data-until]")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    expect(guest.locator("[data-event=accept]")).to_contain_text("房东接了单")
    expect(card).to_have_count(0)
    expect(host.locator(".account__face [data-waiting]")).to_be_hidden()
    expect(host.locator("[data-tab=running] [data-count]")).to_have_text("1")
    assert guest.evaluate("window.stayed") is True
    assert host.evaluate("window.stayed") is True


def test_a_stay_from_the_cashier_to_the_review_on_the_houses_page(
    guest: Page, host: Page, home: Home, site: Stack
) -> None:
    order_id = home.order("accept")
    _wait_on(host, f"/order/{order_id}")

    _pay(guest, order_id)
    expect(host.locator("#order-head [data-status=PAID]")).to_be_visible()
    expect(_toast(host)).to_contain_text("房客已付款")
    guest.locator(".paid__actions a").click()
    expect(guest.locator("#order-head [data-status=PAID]")).to_be_visible()

    let_time_pass(site, order_id, FIRST + NIGHTS + 1)
    expect(guest.locator("#review-form")).to_be_visible(timeout=20_000)
    guest.locator("#review-form [type=submit]").click()
    expect(guest.locator("#rating-error")).to_have_text("请先打分")
    guest.fill("#comment", "院子很安静，<b>早上有鸟叫</b>")
    guest.locator("[name=rating]").first.focus()
    for _ in range(4):
        guest.keyboard.press("ArrowRight")
    expect(guest.locator("[data-stars-word]")).to_have_text("太棒了")
    guest.locator("#review-form [type=submit]").click()

    expect(guest.locator("#order-review .review__text")).to_have_text("院子很安静，<b>早上有鸟叫</b>")
    host.fill("#reply", "欢迎再来")
    host.locator("#reply-form [type=submit]").click()
    expect(guest.locator("#order-review .review__reply")).to_contain_text("欢迎再来")
    expect(guest.locator("[data-refund=done]")).to_contain_text("¥50", timeout=20_000)
    guest.goto(f"/house/{home.house_id}")
    expect(guest.locator(".review__text")).to_have_text("院子很安静，<b>早上有鸟叫</b>")
    expect(guest.locator(".review__reply")).to_contain_text("欢迎再来")
    expect(guest.locator(".house__rating")).to_contain_text("5.0")


def test_a_rejection_needs_a_reason_and_the_guest_sees_it(guest: Page, host: Page, home: Home) -> None:
    order_id = home.order()
    _wait_on(guest, "/orders.html")
    _wait_on(host, "/lorders.html")
    reject = host.locator(f"[data-order='{order_id}'] [data-action=reject]")
    reject.focus()
    host.keyboard.press("Enter")
    host.keyboard.press("Escape")
    expect(reject).to_be_focused()
    expect(reject).not_to_have_attribute("aria-busy", "true")

    host.keyboard.press("Enter")
    host.locator(".ask [value=agree]").click()
    expect(host.locator("#ask-reason-error")).to_have_text("请写下原因，房客会看到")
    host.locator("[data-reason='房子在维修']").click()
    host.locator(".ask [value=agree]").click()

    expect(_toast(guest)).to_contain_text("房东拒绝了订单")
    expect(guest.locator(f"[data-order='{order_id}']")).to_have_count(0)
    guest.locator("[data-tab=ended]").click()
    expect(guest.locator(f"[data-order='{order_id}']")).to_contain_text("房子在维修")
    assert guest.url.endswith("?status=ended")
    guest.go_back()
    expect(guest.locator(".orders-none")).to_be_visible()


def test_cancelling_says_what_comes_back_and_the_refund_arrives(guest: Page, host: Page, home: Home) -> None:
    order_id = home.order("accept")
    _pay(guest, order_id)
    _wait_on(host, f"/order/{order_id}")
    guest.goto(f"/order/{order_id}")

    guest.locator("[data-action=cancel]").click()
    expect(guest.locator(".ask")).to_contain_text("¥250")
    guest.locator(".ask [value=decline]").click()
    expect(guest.locator("#order-head [data-status=PAID]")).to_be_visible()
    guest.locator("[data-action=cancel]").click()
    guest.fill("#ask-reason", "计划变了")
    guest.locator(".ask [value=agree]").click()

    expect(guest.locator("#order-head [data-status=CANCELED]")).to_be_visible()
    expect(guest.locator("[data-refund=done]")).to_contain_text("¥250", timeout=20_000)
    expect(host.locator("#order-head [data-status=CANCELED]")).to_be_visible()
    expect(host.locator("[data-event=cancel]")).to_contain_text("计划变了")
    expect(host.locator("[data-refund=done]")).to_contain_text("¥250", timeout=20_000)


def test_a_reading_that_comes_late_does_not_undo_the_end_of_a_refund(
    guest: Page, host: Page, home: Home
) -> None:
    order_id = home.order("accept")
    _pay(guest, order_id)
    _wait_on(guest, f"/order/{order_id}")
    held: list[tuple[Route, dict[str, Any]]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
            return
        answer = route.fetch().json()
        answer["data"]["order"]["refunds"] = [{"amount": 25000, "cause": "cancel", "status": "queued"}]
        held.append((route, answer))

    guest.route(f"**/api/v1_0/orders/{order_id}", hold_the_first)
    call(host, "PUT", f"/orders/{order_id}/status", {"action": "cancel"})
    expect(guest.locator("[data-refund=done]")).to_contain_text("¥250", timeout=20_000)

    [(late, answer)] = held
    with guest.expect_request_finished(lambda request: request == late.request):
        late.fulfill(json=answer)

    expect(guest.locator("[data-refund=done]")).to_contain_text("¥250")
    expect(guest.locator("[data-refund=queued]")).to_have_count(0)


def test_what_happened_meanwhile_is_said_and_shown(guest: Page, host: Page, home: Home) -> None:
    order_id = home.order()
    _wait_on(host, "/lorders.html")

    def first(route: Route) -> None:
        call(guest, "PUT", f"/orders/{order_id}/status", {"action": "cancel"})
        route.continue_()

    host.route("**/orders/*/status", first)
    host.locator("[data-action=accept]").click()

    expect(host.locator("#toasts .toast").filter(has_text="已取消")).to_be_visible()
    expect(host.locator(f"[data-order='{order_id}']")).to_have_count(0)


def test_a_report_that_is_older_than_the_page_changes_nothing(guest: Page, home: Home) -> None:
    order_id = home.order("accept")
    _wait_on(guest, f"/order/{order_id}")
    old = call(guest, "GET", f"/orders/{order_id}")["order"] | {"version": 1, "status": "WAIT_ACCEPT"}
    answer = json.dumps({"errno": "0", "errmsg": "", "data": {"order": old}})
    guest.route(f"**/api/v1_0/orders/{order_id}", lambda route: route.fulfill(body=answer))

    with guest.expect_response(f"**/api/v1_0/orders/{order_id}"):
        guest.evaluate(
            "window.dispatchEvent(new Event('offline')); window.dispatchEvent(new Event('online'))"
        )

    expect(guest.locator("#order-head [data-status=WAIT_PAYMENT]")).to_be_visible()


# --- booking ---


def test_the_house_leads_to_booking_through_the_login_and_back(page: Page, home: Home, site: Stack) -> None:
    page.goto(f"/house/{home.house_id}?sd={day(FIRST)}&ed={day(FIRST + NIGHTS)}&guests=2")
    expect(page.locator("#bookbar-go:not([aria-disabled])")).to_have_text("预订")

    page.locator("#bookbar-go").click()

    page.wait_for_url("**/login.html?from=*")
    sign_in(page, site, home.guest_id)
    page.goto(home.booking_address())
    expect(page.locator("#quote .lines__total")).to_contain_text("¥250")
    expect(page.locator("#guests")).to_have_value("2")


def test_a_double_click_makes_one_order(guest: Page, home: Home) -> None:
    _open_booking(guest, home)
    keys: list[str] = []

    def slowly(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        guest.wait_for_timeout(300)
        route.continue_()

    guest.route("**/api/v1_0/orders", slowly)
    guest.locator("#submit").dblclick()

    guest.wait_for_url("**/order/*")
    assert len(keys) == 1
    assert len(call(guest, "GET", "/orders")["orders"]) == 1


def test_after_a_lost_answer_the_same_attempt_goes_again_and_finds_its_order(guest: Page, home: Home) -> None:
    _open_booking(guest, home)
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            assert route.fetch().status == 201
            route.abort()
        else:
            route.continue_()

    guest.route("**/live/houses/*", lambda route: route.abort())
    guest.route("**/quote", lambda route: route.abort())  # the page does not learn of the taken nights
    guest.route("**/api/v1_0/orders", lose_the_first)
    guest.locator("#submit").click()
    expect(guest.locator("#booking-trouble")).to_contain_text("不会重复下单")
    guest.locator("#submit").click()

    guest.wait_for_url("**/order/*")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(call(guest, "GET", "/orders")["orders"]) == 1


def test_nights_that_go_while_the_page_is_open_are_said_at_once(guest: Page, home: Home) -> None:
    guest.set_viewport_size({"width": 390, "height": 560})
    _open_booking(guest, home)

    home.order(guest_id=open_home(home.site).guest_id)

    expect(guest.locator("#booking-trouble")).to_contain_text("这几晚刚被别人订走了")
    expect(guest.locator("#booking-trouble a")).to_be_in_viewport(ratio=1)
    expect(guest.locator("#submit")).to_have_attribute("aria-disabled", "true")
    guest.locator("#booking-trouble a").click()
    guest.wait_for_url(f"**/house/{home.house_id}")
    night = guest.locator(f"#calendar [data-day='{day(FIRST)}']")
    _turn_to(guest, night)
    expect(night).to_have_attribute("data-kind", "order")


def test_nights_that_went_a_moment_before_are_a_clear_refusal(guest: Page, home: Home) -> None:
    _open_booking(guest, home)

    def lose(route: Route) -> None:
        home.order(guest_id=open_home(home.site).guest_id)
        route.continue_()

    guest.route("**/api/v1_0/orders", lose)
    guest.locator("#submit").click()

    expect(guest.locator("#booking-trouble")).to_contain_text("没有下单，也没有收费")
    expect(guest.locator("#booking-trouble a")).to_have_text("换个日期")


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_accepted(guest: Page, home: Home) -> None:
    _open_booking(guest, home)

    async def raise_price(services: Services) -> None:
        async with services.database.transaction() as cursor:
            await cursor.execute("UPDATE houses SET price_fen = 12000 WHERE id = %s", (home.house_id,))

    run_with(home.site, raise_price)
    refusal = {
        "errno": "4004",
        "errmsg": "x",
        "errors": [{"field": "quote", "message": "x"}],
        "request_id": "x",
    }
    guest.route(
        "**/api/v1_0/orders",
        lambda route: route.fulfill(status=409, body=json.dumps(refusal)),
        times=1,
    )
    guest.locator("#submit").click()

    expect(guest.locator("#quote .lines__total")).to_contain_text("¥290")
    expect(guest.locator("#booking-trouble")).to_contain_text("¥290")
    guest.locator("#submit").click()
    guest.wait_for_url("**/order/*")
    expect(guest.locator("#order-money .lines__total")).to_contain_text("¥290")


def test_a_host_who_wants_verified_guests_is_a_warning_not_a_wall(page: Page, site: Stack) -> None:
    home = open_home(site, verified_guests=1, instant_booking=1)
    sign_in(page, site, home.guest_id)
    _open_booking(page, home)
    expect(page.locator(".booking__warning a")).to_have_attribute(
        "href", re.compile(r"^/auth\.html\?from=%2Fbooking")
    )

    page.locator("#submit").click()

    expect(page.locator("#order-head [data-status=WAIT_PAYMENT]")).to_be_visible()


def test_the_owner_finds_no_way_to_book(host: Page, home: Home) -> None:
    host.goto(home.booking_address())

    expect(host.get_by_text("这是你自己的房源，不能预订。")).to_be_visible()
    expect(host.locator("#submit")).to_have_count(0)


def test_held_nights_say_how_long_still(page: Page, home: Home) -> None:
    home.order("accept")
    page.goto(f"/house/{home.house_id}")

    expect(page.locator("#holds [data-until]")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    night = page.locator(f"#calendar [data-day='{day(FIRST)}']")
    _turn_to(page, night)
    expect(night).to_have_attribute("title", re.compile("后可能空出"))


def test_an_open_page_of_the_house_hears_that_the_hold_has_changed(page: Page, home: Home) -> None:
    order_id = home.order()
    _wait_on(page, f"/house/{home.house_id}")
    left = page.locator("#holds [data-until]")
    expect(left).to_have_text(re.compile("^2[34] 小时"))

    run_with(home.site, lambda services: move(services, home.host_id, order_id, "accept"))
    expect(left).to_have_text(re.compile(r"^1[45]:\d\d$"))
    run_with(home.site, lambda services: move(services, home.host_id, order_id, "pay"))

    expect(page.locator("#holds")).to_be_hidden()
    assert page.evaluate("window.stayed")


# --- after the cashier, lists ---


def test_a_browser_that_comes_back_proves_no_payment(guest: Page, home: Home) -> None:
    order_id = home.order("accept")

    guest.goto(f"/payComplete.html?order_id={order_id}")

    expect(guest.locator("#paid-title")).to_have_text("正在确认付款")
    expect(guest.locator("#paid-title")).to_have_text("还没有收到付款", timeout=20_000)
    expect(guest.locator("[data-action=pay]")).to_be_visible()


def test_orders_of_others_are_a_page_that_is_not_there(page: Page, home: Home, site: Stack) -> None:
    order_id = home.order()
    sign_in(page, site, open_home(site).guest_id)

    for path in (f"/order/{order_id}", f"/payComplete.html?order_id={order_id}", "/payComplete.html"):
        page.goto(path)
        expect(page.locator("#order-sent")).to_have_count(0)
        expect(page.locator("h1")).to_have_text("这里什么也没有")


def test_a_long_list_goes_on_as_one_reads(guest: Page, home: Home) -> None:
    for number in range(23):
        home.order(first=20 + 3 * number)
    guest.goto("/orders.html")
    cards = guest.locator("#orders [data-order]")
    expect(cards.first).to_be_visible()

    guest.mouse.wheel(0, 20_000)

    expect(cards).to_have_count(23)
    expect(guest.locator("[data-tab=running] [data-count]")).to_have_text("23")
    ids = [int(one.get_attribute("data-order") or 0) for one in cards.all()]
    assert ids == sorted(ids, reverse=True)


def test_a_list_that_cannot_be_read_offers_to_try_again(guest: Page, home: Home) -> None:
    home.order()
    guest.route("**/api/v1_0/orders?*", lambda route: route.abort())
    guest.goto("/orders.html")
    guest.locator("[data-retry]").click()
    expect(guest.locator("[data-retry]")).to_be_visible()

    guest.unroute("**/api/v1_0/orders?*")
    guest.locator("[data-retry]").click()

    expect(guest.locator("#orders [data-order]")).to_have_count(1)


# --- how the pages are ---


@pytest.mark.parametrize("wide", [False, True], ids=["phone", "desk"])
def test_the_pages_are_accessible_and_hold_still(page: Page, home: Home, site: Stack, wide: bool) -> None:
    if wide:
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    waiting, open_order = home.order(first=30), home.order("accept")
    sign_in(page, site, home.guest_id)
    watch_shifts(page)
    found = {}
    for path, ready in (
        (home.booking_address(first=40), "#submit:not([aria-disabled])"),
        ("/orders.html", "#orders [data-order]"),
        ("/orders.html?status=ended", ".orders-none"),
        (f"/order/{waiting}", "#order-head [data-status]"),
        (f"/payComplete.html?order_id={open_order}", "#paid-title"),
        (f"/house/{home.house_id}", "#holds:not([hidden])"),
    ):
        page.goto(path)
        expect(page.locator(ready).first).to_be_visible()
        found[path] = (violations(page), scrolls_sideways(page), shift(page) < 0.05)

    assert found == dict.fromkeys(found, ([], False, True))


def test_the_hosts_pages_and_dialogs_are_accessible(host: Page, home: Home, site: Stack) -> None:
    order_id = home.order()
    host.goto("/lorders.html")
    expect(host.locator("#orders [data-order]")).to_be_visible()
    found = violations(host)
    host.locator("[data-action=reject]").click()
    expect(host.locator(".ask")).to_be_visible()
    found += violations(host)
    host.keyboard.press("Escape")
    run_with(site, lambda services: _finish(services, home, order_id))
    host.goto(f"/order/{order_id}")
    expect(host.locator("#reply-form")).to_be_visible()

    assert [*found, *violations(host)] == []


def test_the_review_form_is_accessible(guest: Page, home: Home, site: Stack) -> None:
    order_id = home.order("accept", "pay")
    let_time_pass(site, order_id, FIRST + NIGHTS + 1)
    guest.goto(f"/order/{order_id}#review")
    guest.locator("#review-form [type=submit]").click()
    expect(guest.locator("#comment-error")).to_have_text("请写几句")

    assert violations(guest) == []


def test_the_pages_speak_english(guest: Page, home: Home) -> None:
    order_id = home.order("accept")
    said = {}
    for path in (home.booking_address(first=40), "/orders.html", f"/order/{order_id}", "/lorders.html"):
        guest.goto(f"{path}{'&' if '?' in path else '?'}lang=en")
        expect(guest.locator("[aria-busy=true]")).to_have_count(0)
        said[path] = re.findall(r"[\u4e00-\u9fff]{2,}", _without_names(guest))

    assert [words for words in said.values() if words] == []


# --- what they do ---


def _wait_on(page: Page, path: str, way: str = "live") -> None:
    """Stay on a page that hears of changes, and would notice a reload."""
    page.goto(path)
    expect(page.locator("#live-dot")).to_have_attribute("data-state", way, timeout=20_000)
    expect(page.locator("#orders[aria-busy=true]")).to_have_count(0)
    page.evaluate("window.stayed = true")


def _open_booking(page: Page, home: Home) -> None:
    page.goto(home.booking_address())
    expect(page.locator("#submit:not([aria-disabled])")).to_be_visible()


def _book(page: Page, home: Home) -> int:
    """From the page of the house to the order; returns its id."""
    page.goto(f"/house/{home.house_id}?sd={day(FIRST)}&ed={day(FIRST + NIGHTS)}&guests=2")
    page.locator("#bookbar-go:not([aria-disabled])").click()
    page.wait_for_url("**/booking.html?*")
    page.locator("#submit:not([aria-disabled])").click()
    page.wait_for_url("**/order/*")
    return int(page.url.split("/order/")[1])


def _pay(page: Page, order_id: int) -> None:
    """Through the sandbox's cashier, until the site says that the money is there."""
    page.goto(f"/order/{order_id}")
    page.locator("[data-action=pay]").click()
    page.locator(".pay").click()
    page.wait_for_url("**/payComplete.html?*")
    expect(page.locator("#paid-title")).to_have_text("付款成功", timeout=20_000)


def _toast(page: Page) -> Locator:
    return page.locator("#toasts .toast").last


def _turn_to(page: Page, date: Locator) -> None:
    expect(page.locator("#calendar [data-day]").first).to_be_visible()
    if not date.is_visible():
        page.locator("#calendar [data-later]").click()


async def _finish(services: Services, home: Home, order_id: int) -> None:
    """A stay that was reviewed, whatever the calendar says."""
    async with services.database.transaction() as cursor:
        await cursor.execute(
            "UPDATE orders SET status = 'COMPLETE', expires_at = NULL, version = version + 1 WHERE id = %s",
            (order_id,),
        )
        await cursor.execute(
            "INSERT INTO reviews (order_id, house_id, guest_id, rating, comment) VALUES (%s, %s, %s, 4, '很安静')",
            (order_id, home.house_id, home.guest_id),
        )


def _without_names(page: Page) -> str:
    """What the page itself says: without the names of people, houses and areas, and the way to the other language."""
    hidden = ".booked, .booked__who, .order__title, .order__facts, .account, [lang=zh-CN], .skip, title"
    return str(
        page.evaluate(
            "(names) => { const copy = document.body.cloneNode(true);"
            " copy.querySelectorAll(names + ', script, noscript').forEach((one) => one.remove());"
            " return copy.textContent; }",
            hidden,
        )
    )
