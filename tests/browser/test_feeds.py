"""Calendars of other sites on the page of a house's calendar: imported, followed live, in conflict, shared."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from server.clock import SystemClock
from server.nights.model import today_at
from tests.browser import looks, people
from tests.server.calendars.foreign import calendar_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from playwright.sync_api import Browser, Page

    from tests.stack import Stack


class Elsewhere:
    """Another site, in a thread: playwright's loop occupies this one."""

    def __init__(self) -> None:
        self.content = b""
        self.status = 200
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(site.status)
                self.send_header("Content-Length", str(len(site.content)))
                self.end_headers()
                self.wfile.write(site.content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/calendar/ical/1.ics?s=0123456789abcdef"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    site = Elsewhere()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def host(page: Page, site: Stack, mobile: str) -> Page:
    """A verified host's phone."""
    people.become_host(page, site, mobile)
    return page


def day(number: int) -> date:
    return today_at(SystemClock().now()) + timedelta(days=number)


def open_calendar(page: Page, house_id: int) -> None:
    page.goto(f"/house/{house_id}/calendar")
    expect(page.locator("#feeds")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#export")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-day][tabindex='0']")).to_be_visible()


def add(page: Page, elsewhere: Elsewhere, name: str = "Airbnb") -> None:
    page.locator("#new-feed").click()
    page.fill("#name", name)
    page.fill("#url", elsewhere.url)
    page.locator("#feed-form [type=submit]").click()


def test_an_imported_calendar_takes_nights_and_frees_them_before_the_hosts_eyes(
    host: Page, elsewhere: Elsewhere
) -> None:
    house_id = people.publish(host)
    open_calendar(host, house_id)
    expect(host.locator(".feeds__none")).to_be_visible()
    elsewhere.content = calendar_of((day(0), day(1)))
    night = host.locator(f"[data-day='{day(0)}']")

    add(host, elsewhere)

    card = host.locator(".feed")
    expect(card).to_have_attribute("data-state", "ok")
    expect(card).to_contain_text("占用 1 晚 · 1 个日程")
    expect(card).to_contain_text("/…cdef")
    assert "0123456789" not in host.content()
    expect(night).to_have_attribute("data-kind", "ical")
    assert "其他网站已占用" in str(night.get_attribute("aria-label"))
    expect(host.locator("#feed-form")).to_be_hidden()
    expect(host.locator("#new-feed")).to_be_focused()
    elsewhere.content = calendar_of()
    card.locator("[data-sync]").click()
    expect(card).to_contain_text("占用 0 晚")
    expect(night).not_to_have_attribute("data-kind", "ical")


def test_what_goes_wrong_is_said_and_nights_stay(host: Page, elsewhere: Elsewhere) -> None:
    house_id = people.publish(host)
    open_calendar(host, house_id)
    elsewhere.content = calendar_of((day(1), day(3)))
    add(host, elsewhere)
    card = host.locator(".feed")
    expect(card).to_have_attribute("data-state", "ok")

    elsewhere.content = b"<html>"
    card.locator("[data-sync]").click()

    expect(card).to_have_attribute("data-state", "failing")
    expect(card).to_contain_text("内容不是 iCalendar 日历。已占用的夜晚先保留。")
    expect(card).to_contain_text("占用 2 晚")
    expect(host.locator(".toast--danger")).to_contain_text("“Airbnb”：内容不是 iCalendar 日历")


def test_refusals_stand_beside_their_fields(host: Page, elsewhere: Elsewhere) -> None:
    house_id = people.publish(host)
    open_calendar(host, house_id)
    host.locator("#new-feed").click()

    host.locator("#feed-form [type=submit]").click()
    expect(host.locator("#name-error")).to_have_text("名称应为 1 到 64 个字")
    expect(host.locator("#url-error")).to_have_text("请粘贴日历链接")
    host.fill("#name", "Airbnb")
    host.fill("#url", "http://10.0.0.1/a.ics")
    host.locator("#feed-form [type=submit]").click()
    expect(host.locator("#url-error")).to_contain_text("内部网络")
    host.fill("#url", elsewhere.url)
    elsewhere.content = calendar_of()
    host.locator("#feed-form [type=submit]").click()
    expect(host.locator(".feed")).to_have_count(1)
    add(host, elsewhere)
    expect(host.locator("#name-error")).to_have_text("已经有一个同名的日历")
    assert looks.violations(host) == []


def test_a_file_is_uploaded_renamed_and_deleted(host: Page, elsewhere: Elsewhere) -> None:
    del elsewhere
    house_id = people.publish(host)
    open_calendar(host, house_id)
    host.locator("#new-feed").click()
    host.get_by_label(".ics 文件").check(force=True)
    host.fill("#name", "家里的日历")
    host.locator("#feed-form [type=submit]").click()
    expect(host.locator("#calendar-error")).to_have_text("请选择一个 .ics 文件")
    content = calendar_of((day(1), day(3)))
    host.set_input_files("#calendar", {"name": "a.ics", "mimeType": "text/calendar", "buffer": content})
    host.locator("#feed-form [type=submit]").click()
    card = host.locator(".feed")
    expect(card).to_contain_text("占用 2 晚")
    expect(card.locator("[data-sync]")).to_have_count(0)

    card.locator("[data-edit]").click()
    expect(host.locator("#url")).to_be_hidden()
    host.fill("#name", "老家的日历")
    host.locator("#feed-form [type=submit]").press("Enter")
    expect(card.locator(".feed__name")).to_have_text("老家的日历")
    card.locator("[data-delete]").press("Enter")
    host.locator("dialog [value=decline]").click()
    expect(card).to_have_count(1)
    card.locator("[data-delete]").click()
    host.locator("dialog [value=agree]").click()

    expect(host.locator(".feeds__none")).to_be_visible()
    expect(host.locator("#new-feed")).to_be_focused()
    expect(host.locator("[data-kind='ical']")).to_have_count(0)


def test_a_second_page_follows_by_itself(host: Page, elsewhere: Elsewhere) -> None:
    house_id = people.publish(host)
    other = host.context.new_page()
    open_calendar(other, house_id)
    open_calendar(host, house_id)
    host.bring_to_front()  # chromium draws a page that is behind another once a second
    elsewhere.content = calendar_of((day(1), day(3)))

    add(host, elsewhere)

    expect(other.locator(".feed")).to_have_attribute("data-state", "ok")
    expect(other.locator(".feed")).to_contain_text("占用 2 晚")
    host.locator("[data-delete]").click()
    host.locator("dialog [value=agree]").click()
    expect(other.locator(".feed")).to_have_count(0)
    other.close()


def test_conflicts_are_told_in_plain_words(
    host: Page, elsewhere: Elsewhere, browser: Browser, site: Stack, mobile: str
) -> None:
    house_id = people.publish(host)
    people.add_picture(host, house_id, people.picture(40))
    people.call(host, "PUT", f"/houses/{house_id}/status", {"status": "online"})
    guest = browser.new_context(base_url=site.url).new_page()
    people.sign_up(guest, site, str(int(mobile) + 500))
    stay = {"start_date": str(day(2)), "end_date": str(day(4))}
    order = people.call(guest, "POST", "/orders", {"house_id": house_id, "guests": 1, **stay})["order"]
    people.call(
        host, "POST", f"/houses/{house_id}/blocks", {"start_date": str(day(5)), "end_date": str(day(6))}
    )
    open_calendar(host, house_id)
    elsewhere.content = calendar_of((day(1), day(7)))

    add(host, elsewhere)

    conflicts = host.locator(".feed__conflicts li")
    expect(conflicts).to_have_count(2)
    expect(conflicts.nth(0)).to_contain_text(f"爱家的订单 {order['number']} 和那边的预订重了")
    expect(conflicts.nth(0).locator("a")).to_have_attribute("href", f"/order/{order['order_id']}")
    expect(conflicts.nth(1)).to_contain_text("你已经关闭了这些夜晚")
    assert looks.violations(host) == []
    assert not looks.scrolls_sideways(host)
    people.call(guest, "PUT", f"/orders/{order['order_id']}/status", {"action": "cancel"})
    expect(conflicts.nth(0)).to_contain_text("刚刚空出来")
    guest.context.close()


def test_the_own_calendar_is_shared_renewed_and_stopped(host: Page) -> None:
    host.context.grant_permissions(["clipboard-read", "clipboard-write"])
    house_id = people.publish(host)
    open_calendar(host, house_id)

    host.locator("#export-new").click()
    url = host.locator("#export-url")
    expect(url).to_contain_text(f"/calendars/{house_id}-")
    first = str(url.text_content())
    host.locator("#export-copy").click()
    expect(host.locator(".toast", has_text="已复制")).to_be_visible()
    assert host.evaluate("navigator.clipboard.readText()") == first
    assert host.request.get(first).text().startswith("BEGIN:VCALENDAR")
    assert looks.violations(host) == []
    host.locator("#export-renew").click()
    host.locator("dialog [value=agree]").click()
    expect(url).not_to_have_text(first)
    assert host.request.get(first).status == 404
    host.locator("#export-end").click()
    host.locator("dialog [value=agree]").click()

    expect(host.locator("#export-new")).to_be_focused()
    assert people.call(host, "GET", f"/houses/{house_id}/calendars/export") == {"url": None}


def test_a_list_that_cannot_be_read_says_so_and_can_be_read_again(host: Page) -> None:
    house_id = people.publish(host)
    path = f"**/houses/{house_id}/calendars"
    host.route(path, lambda route: route.fulfill(status=503, json={"errmsg": "服务暂时不可用"}))
    host.goto(f"/house/{house_id}/calendar")
    expect(host.locator("#feeds [data-retry]")).to_be_visible()

    host.unroute(path)
    host.locator("#feeds [data-retry]").click()

    expect(host.locator(".feeds__none")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_passes_axe_in_both_languages_and_nothing_jumps(
    host: Page, elsewhere: Elsewhere, language: str, site: Stack
) -> None:
    house_id = people.publish(host)
    host.context.add_cookies([{"name": "lang", "value": language, "url": site.url}])
    elsewhere.content = calendar_of((day(1), day(3)))
    body = {"name": "Airbnb", "url": elsewhere.url}
    people.call(host, "POST", f"/houses/{house_id}/calendars", body)
    looks.watch_shifts(host)
    open_calendar(host, house_id)
    expect(host.locator(".feed")).to_have_attribute("data-state", "ok")
    host.wait_for_load_state("networkidle")

    assert looks.shift(host) < 0.05
    host.locator("#new-feed").click()
    assert looks.violations(host) == []
    assert not looks.scrolls_sideways(host)
