"""Webhooks in a real browser: made, tested, followed live, changed, switched, sent again, deleted."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.bookings import Booked
from tests.browser import looks, people
from tests.browser.people import run_with
from tests.houses import insert_houses, insert_user, rows
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Route

    from server.services import Services
    from tests.stack import Stack

HOOK = "[data-hook]"


class Program:
    """A host's program: answers as it is told and remembers what it heard."""

    def __init__(self) -> None:
        program = self
        self.status, self.body, self.heard = 200, b"<b>thank you</b><img src=x onerror=alert(1)>", []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                program.heard.append(self.headers["webhook-id"])
                self.send_response(program.status)
                self.send_header("Content-Length", str(len(program.body)))
                self.end_headers()
                self.wfile.write(program.body)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ihome"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()
    program.thread.start()
    yield program
    program.server.shutdown()
    program.thread.join()
    program.server.server_close()


@pytest.fixture
def host(page: Page, site: Stack, mobile: str) -> Page:
    """A signed-in user's phone."""
    people.sign_up(page, site, mobile)
    return page


def make(page: Page, url: str, **more: Any) -> int:
    return int(people.call(page, "POST", "/user/webhooks", {"url": url, **more})["webhook_id"])


def opened(page: Page) -> Page:
    """The page, connected."""
    page.goto("/webhooks.html")
    expect(page.locator("#live-dot")).to_have_attribute("data-state", "live")
    return page


def test_a_webhook_is_made_from_the_account_page_and_its_secret_shown_once(
    host: Page, program: Program
) -> None:
    host.context.grant_permissions(["clipboard-read", "clipboard-write"])
    host.goto("/my.html")
    host.locator("a[href='/webhooks.html']").click()
    host.locator("[data-new]").click()
    expect(host.locator("#url")).to_be_focused()
    host.keyboard.type(program.url)
    host.locator("[name=events][value=expire]").press("Space")
    host.locator("#url").press("Enter")

    expect(host.locator(".made")).to_be_focused()
    secret = host.locator("#secret").inner_text()
    host.locator("[data-copy]").click()
    expect(host.locator(".toast")).to_contain_text("已复制")
    copied = host.evaluate("navigator.clipboard.readText()")
    host.locator("[data-stored]").click()
    expect(host.locator("#new-hook")).to_be_focused()
    host.reload()
    expect(host.locator(".hook__url")).to_have_text(program.url)

    assert secret.startswith("whsec_")
    assert copied == secret
    assert secret not in host.content()
    [hook] = people.call(host, "GET", "/user/webhooks")["webhooks"]
    assert "expire" not in hook["events"]
    assert len(hook["events"]) == 9


def test_two_webhooks_with_one_address_are_told_apart(host: Page, program: Program) -> None:
    ids = [make(host, program.url), make(host, program.url)]

    opened(host)

    expect(host.locator(".hook__since")).to_have_count(2)
    for hook_id in ids:
        card = host.locator(f"[data-hook='{hook_id}'] .hook__since")
        expect(card).to_contain_text(f"编号 {hook_id}，添加于 ")


def test_the_last_line_follows_the_list(host: Page, program: Program) -> None:
    make(host, program.url)
    host.set_viewport_size({"width": 1280, "height": 900})

    opened(host)
    expect(host.locator(HOOK)).to_be_visible()

    card, line = host.locator(HOOK).bounding_box(), host.locator(".tokens-docs").bounding_box()
    assert card
    assert line
    assert 0 < line["y"] - (card["y"] + card["height"]) < 60


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(host: Page) -> None:
    opened(host)
    host.locator("[data-new]").click()
    host.locator("#url").press("Enter")
    expect(host.locator("#url-error")).to_contain_text("https://")
    host.locator("#url").fill("https://10.0.0.7/hook")
    host.locator("#url").press("Enter")

    expect(host.locator("#url-error")).to_have_text("这个网址指向内部网络，不能使用")
    expect(host.locator("#url")).to_be_focused()
    expect(host.locator("#url")).to_have_value("https://10.0.0.7/hook")
    for box in host.locator("[name=events]").all():
        box.uncheck()
    host.locator("#url").press("Enter")
    expect(host.locator("#events-error")).to_have_text("请至少选择一种事件")


def test_a_test_event_shows_how_it_went_by_itself_and_what_came_back_is_only_text(
    host: Page, program: Program
) -> None:
    make(host, program.url)
    opened(host).locator("[data-act=ping]").click()

    row = host.locator(".delivery")
    expect(row.locator(".chip")).to_have_text("已送达")
    expect(row).to_contain_text("回答 200")
    row.locator("summary").click()
    expect(row.locator("code")).to_have_text(program.body.decode())
    program.status = 503
    host.locator("[data-act=ping]").click()
    expect(host.locator(".delivery .chip").first).to_have_text("没有送达")
    expect(host.locator("details[open]")).to_have_count(1)  # the one that was open stays so
    expect(host.locator(".hook__head .chip")).to_have_text("已启用")


def test_an_order_of_a_house_appears_in_the_open_log_by_itself(
    host: Page, site: Stack, program: Program, mobile: str
) -> None:
    program.status = 500
    hook_id = make(host, program.url)
    opened(host).locator("[data-act=log]").click()
    expect(host.locator(".hook__none")).to_contain_text("还没有投递")

    run_with(site, lambda services: book(services, mobile))

    row = host.locator(".delivery")
    expect(row.locator(".chip")).to_have_text("等待重试")
    expect(row).to_contain_text("新订单")
    expect(row.locator("a")).to_have_attribute("href", f"/order/{order_of(site, hook_id)}")
    expect(host.locator(".hook__head .chip")).to_have_text("送不到")
    program.status = 200
    row.locator("[data-act=resend]").click()
    expect(row.locator(".chip")).to_have_text("已送达")
    expect(host.locator(".hook__head .chip")).to_have_text("已启用")
    assert len(set(program.heard)) == 1


def test_a_receiver_that_is_gone_disables_it_before_the_owners_eyes(
    host: Page, program: Program, page: Page
) -> None:
    program.status = 410
    make(host, program.url)
    opened(host).locator("[data-act=ping]").click()

    expect(host.locator(".hook__head .chip")).to_have_text("已停用")
    expect(host.locator(".hook__note")).to_contain_text("410")
    program.status = 200
    host.locator("[data-act=enable]").click()
    expect(host.locator(".hook__head .chip")).to_have_text("已启用")
    host.locator("[data-act=resend]").click()
    expect(host.locator(".delivery .chip")).to_have_text("已送达")


def test_it_is_changed_switched_and_deleted_with_another_page_watching(host: Page, program: Program) -> None:
    make(host, program.url, events=["pay"])
    second = opened(host.context.new_page())
    opened(host).bring_to_front()  # chromium draws a page that is behind another once a second

    host.locator("[data-act=edit]").click()
    expect(host.locator("[name=events]:checked")).to_have_count(1)
    host.locator("#url").fill(program.url + "/new")
    host.locator("[name=events][value=cancel]").check()
    host.locator("#hook-form [type=submit]").click()
    expect(second.locator(".hook__url")).to_have_text(program.url + "/new")
    expect(second.locator(".hook__events")).to_contain_text("订单取消、房客付款")
    expect(host.locator("[data-act=edit]")).to_be_focused()
    host.locator("[data-act=disable]").click()
    expect(second.locator(".hook__head .chip")).to_have_text("已停用")
    host.locator("[data-act=secret]").click()
    host.locator("dialog [value=agree]").click()
    expect(host.locator("#secret")).to_contain_text("whsec_")
    expect(second.locator(".hook__events").nth(1)).to_contain_text("签名有效到")
    host.locator("[data-act=delete]").click()
    host.keyboard.press("Escape")
    expect(second.locator(HOOK)).to_have_count(1)
    host.locator("[data-act=delete]").click()
    host.locator("dialog [value=agree]").click()

    expect(second.locator(".empty")).to_be_visible()
    expect(host.locator("#new-hook")).to_be_focused()
    second.close()


def test_a_request_that_was_lost_makes_no_second_webhook(host: Page, program: Program) -> None:
    opened(host)
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    host.route(f"**{API}/user/webhooks", lose_the_answer)
    host.locator("[data-new]").click()
    host.locator("#url").fill(program.url)
    host.locator("#url").press("Enter")
    expect(host.locator("[data-form-alert]")).to_be_visible()
    host.locator("#url").press("Enter")

    expect(host.locator("#secret")).to_contain_text("whsec_")
    expect(host.locator(HOOK)).to_have_count(1)


def test_when_nothing_can_be_read_the_page_says_so_and_tries_again(host: Page, program: Program) -> None:
    make(host, program.url)
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    host.route(f"**{API}/user/webhooks", lose)
    opened(host)
    while len(lost) < 2:  # the page reads once by itself, and once more when it is connected
        host.wait_for_timeout(50)
    expect(host.locator("#hooks [role=alert]")).to_be_visible()
    host.unroute(f"**{API}/user/webhooks")

    host.locator("[data-retry]").click()

    expect(host.locator(HOOK)).to_have_count(1)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_the_page_is_accessible_and_fits(
    host: Page, program: Program, language: str, width: int, height: int
) -> None:
    host.set_viewport_size({"width": width, "height": height})
    found = []
    host.goto(f"/webhooks.html?lang={language}")
    expect(host.locator("[data-new]")).to_be_visible()
    found += looks.violations(host)
    host.locator("[data-new]").click()
    host.locator("#url").fill(program.url + "?" + "x" * 200)
    found += looks.violations(host)
    host.locator("#url").press("Enter")
    expect(host.locator("#secret")).to_be_visible()
    host.locator("[data-act=ping]").click()
    expect(host.locator("[data-state=delivered]")).to_be_visible()
    host.locator("summary").click()
    found += looks.violations(host)

    assert found == []
    assert not looks.scrolls_sideways(host)


async def book(services: Services, mobile: str) -> None:
    """A stranger books a house of the newest person with that phone."""
    [person] = await rows(services, "SELECT id FROM users WHERE mobile = %s", mobile)
    [house_id] = await insert_houses(services, person["id"], [{}])
    await Booked(services, person["id"], await insert_user(services), house_id).place()


def order_of(site: Stack, hook_id: int) -> int:
    async def find(services: Services) -> int:
        [row] = await rows(services, "SELECT order_id FROM webhook_deliveries WHERE hook_id = %s", hook_id)
        return int(row["order_id"])

    return run_with(site, find)
