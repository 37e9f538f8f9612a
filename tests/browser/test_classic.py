"""A classic front end in chromium, written in the manner of the public ones: from register to review."""

from __future__ import annotations

import json
import shutil
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from handlers.classic import site as classic_site
from tests.browser.people import id_number, picture
from tests.browser.stays import day, let_time_pass
from tests.stack import ROOT, Stack
from tests.visitor import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

FRONT = ROOT / "tests" / "browser" / "classic_front"
LIBRARIES = {
    "jquery.min.js": "jquery/dist/jquery.min.js",
    "jquery.form.min.js": "jquery-form/dist/jquery.form.min.js",
    "template.js": "art-template/lib/template-web.js",
}
SCRIPT = "<script>Object.assign(window,{hacked:1})</script>"  # no = in it: the pages split there
HOUSE = {
    "title": "鼓楼边的 <img src=x onerror=hacked=1> 小院", "price": "120", "address": "东城区鼓楼东大街 8 号",
    "room_count": "2", "acreage": "60", "unit": "两室一厅", "capacity": "4", "beds": "双人床 2 张", "deposit": "0",
    "min_days": "1", "max_days": "0",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site with that front end in place of its own pages."""
    root = tmp_path_factory.mktemp("classic") / "static"
    shutil.copytree(FRONT, root)
    for name, path in LIBRARIES.items():
        shutil.copyfile(ROOT / "node_modules" / path, root / "js" / name)
    stack = Stack(tmp_path_factory.mktemp("site"), rate_limits="load-test", classic_root=root)
    try:
        stack.start_site()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def host(browser: Browser, site: Stack) -> Iterator[Page]:
    """The host's own browser."""
    context = browser.new_context(base_url=site.url, locale="zh-CN")
    yield context.new_page()
    context.close()


def told(site: Stack, path: str) -> Any:
    """What the sandbox shows to people."""
    with urllib.request.urlopen(site.sandbox_url + path) as answer:
        return json.load(answer)


def register(page: Page, site: Stack, mobile: str) -> None:
    """As register.html has it."""
    page.goto("/register.html")
    source = page.locator(".image-code img[src]").get_attribute("src") or ""
    expect(page.locator(".image-code img")).to_have_js_property("complete", value=True)
    page.fill("#mobile", mobile)
    page.fill("#imagecode", told(site, "/captcha/" + source.rsplit("/", 1)[-1])["text"])
    page.click(".phonecode-a")
    expect(page.locator(".phonecode-a")).to_have_text("60秒", timeout=20_000)
    page.fill("#phonecode", told(site, f"/inbox/{mobile}")[0]["code"])
    page.fill("#password", PASSWORD)
    page.fill("#password2", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/index.html")
    expect(page.locator(".user-name")).to_be_visible()


def publish(page: Page, tmp_path: Path) -> None:
    """As auth.html and newhouse.html have it."""
    page.goto("/myhouse.html")
    expect(page.locator(".auth-warn")).to_be_visible()
    page.goto("/auth.html")
    page.fill("#real-name", "张三丰")
    page.fill("#id-card", id_number())
    page.click("button[type=submit]")
    expect(page.locator("#real-name")).to_be_disabled()
    page.goto("/newhouse.html")
    for name, value in HOUSE.items():
        page.fill(f"[name={name}]", value)
    page.select_option("#area-id", label="昌平区")
    page.check("[name=facility][value='7']")
    page.click("#form-house-info button")
    (tmp_path / "room.png").write_bytes(picture(40))
    page.set_input_files("#house-image", tmp_path / "room.png")
    page.click("#form-house-image button")
    expect(page.locator(".house-image-cons img")).to_have_js_property("naturalWidth", value=1200)


def book(page: Page) -> None:
    """As index.html, search.html, detail.html and booking.html have it."""
    page.goto("/")
    page.click(".area >> text=昌平区")
    expect(page.locator(".filter-area-name")).to_have_text("昌平区")
    page.click(".house-item a")
    expect(page.locator(".facilities")).to_have_text("7")
    page.click(".book-house")
    page.fill("#start-date", day(10))
    page.fill("#end-date", day(12))
    expect(page.locator(".house-text span")).to_have_text("120")
    page.click(".submit-btn")
    page.wait_for_url("**/orders.html")


def test_from_register_to_review(page: Page, host: Page, site: Stack, tmp_path: Path) -> None:
    register(host, site, "13600000001")
    publish(host, tmp_path)
    register(page, site, "13600000002")

    book(page)
    expect(page.locator(".amount")).to_have_text("240")
    order_id = int(page.locator(".orders-list li").get_attribute("order-id") or "0")
    host.goto("/lorders.html")
    host.click(".order-accept")
    expect(host.locator(".status")).to_have_text("WAIT_PAYMENT")
    page.reload()
    page.click(".order-pay")
    page.click(".pay")
    page.wait_for_url("**/payComplete.html?*sign=*")
    expect(page.locator("#result")).to_have_text("支付成功", timeout=20_000)
    page.click("a.btn")
    expect(page.locator(".status")).to_have_text("PAID")
    let_time_pass(site, order_id, 20)
    page.reload()
    page.click(".order-comment")
    page.fill("#comment", "安静，干净")
    page.click(".modal-comment")
    expect(page.locator(".status")).to_have_text("COMPLETE")

    host.goto("/myhouse.html")
    host.click(".house a")
    expect(host.locator(".comment")).to_have_text("安静，干净")
    expect(host.locator(".book-house")).to_be_hidden()
    for each in (page, host):
        assert each.evaluate("window.hacked") is None  # booking.js writes the title with .html()


def test_somebody_who_is_slower_hears_that_the_room_is_taken(
    page: Page, host: Page, site: Stack, tmp_path: Path
) -> None:
    register(host, site, "13600000003")
    publish(host, tmp_path)
    house_address = host.request.get("/api/v1.0/user/houses").json()["data"]["houses"][0]["house_id"]
    register(page, site, "13600000004")

    for _ in range(2):
        page.goto(f"/booking.html?hid={house_address}")
        page.fill("#start-date", day(30))
        page.fill("#end-date", day(31))
        page.click(".submit-btn")
        page.wait_for_load_state("networkidle")

    expect(page.locator(".popup_con")).to_have_text("房间已被抢定，请重新选择日期！")


def test_profile_and_login_and_out(page: Page, site: Stack, tmp_path: Path) -> None:
    register(page, site, "13600000005")

    page.goto("/profile.html")
    (tmp_path / "me.png").write_bytes(picture(90, (300, 300)))
    page.set_input_files("[name=avatar]", tmp_path / "me.png")
    page.click("#form-avatar button")
    expect(page.locator("#user-avatar")).to_have_js_property("naturalWidth", value=300)
    page.fill("#user-name", "经典的小王")
    page.click("#form-name button")
    expect(page.locator(".error-msg")).to_have_text("已保存")
    page.goto("/my.html")
    expect(page.locator("#user-name")).to_have_text("经典的小王")
    page.click("text=退出")
    page.wait_for_url("**/index.html")
    page.goto("/my.html")
    page.wait_for_url("**/login.html")
    page.fill("#mobile", "13600000005")
    page.fill("#password", "not the password")
    page.click("button[type=submit]")
    expect(page.locator(".error-msg")).to_have_text("手机号或密码错误")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(".user-name")).to_have_text("经典的小王")


def test_without_the_header_nothing_is_written(page: Page, site: Stack) -> None:
    """The negative control: with it, the same request is heard."""
    page.goto("/")
    ask = """token => fetch("/api/v1.0/sessions", {
        method: "POST", body: "{}", headers: token ? {"X-CSRFToken": token} : {},
    }).then(answer => answer.json().then(json => [answer.status, json.errno]))"""

    without = page.evaluate(ask, "")
    with_it = page.evaluate(ask, page.evaluate("getCookie('csrf_token')"))

    assert (without, with_it) == ([200, "4201"], [200, "4103"])


def test_an_area_name_in_the_address_is_no_script(page: Page, site: Stack) -> None:
    """search.js writes it with .html(): the page with such a name in its address is not served."""
    answer = page.goto(f"/search.html?aid=1&aname={SCRIPT}")

    assert answer is not None
    assert answer.status == 400
    assert page.evaluate("window.hacked") is None


def test_without_the_refusal_it_would_be_one(page: Page, site: Stack) -> None:
    """The negative control: the same words, from an address that the server did not see."""
    page.goto("/search.html?aid=1")
    page.evaluate("address => history.replaceState(null, '', address)", f"/search.html?aname={SCRIPT}")

    page.evaluate("$('.filter-area-name').html(decodeQuery().aname)")

    assert page.evaluate("window.hacked") == 1
    assert "'unsafe-inline'" in classic_site.POLICY
