"""A stranger signs up in a real browser and sees the SMS's state change by itself."""

from __future__ import annotations

import io
import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.visitor import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.stack import Stack

STATES = """() => {
  window.states = [];
  const button = document.querySelector('#sms-button');
  new MutationObserver(() => window.states.push(button.dataset.state))
    .observe(button, {attributes: true, attributeFilter: ['data-state']});
}"""

BLOCKED = """
const Real = window.WebSocket;
window.WebSocket = class extends Real { constructor() { super('ws://127.0.0.1:1/'); } };
"""


def test_register_live_sms_login_avatar_logout(page: Page, site: Stack, mobile: str) -> None:
    page.goto("/register.html")
    expect(page.locator("#live-dot")).to_have_attribute("data-state", "live")
    states = _register(page, site, mobile)
    assert [state for state in states if state != "queued"][-1] == "sent"
    assert states.index("sent") == len(states) - 1

    _sign_out(page)
    page.goto("/login.html?from=/profile.html")
    page.fill("#login-form [name=mobile]", mobile)
    page.fill("#login-form [name=password]", PASSWORD)
    page.locator("#login-form [type=submit]").click()
    page.wait_for_url("**/profile.html")

    page.set_input_files(
        "#avatar-form [name=avatar]", {"name": "me.png", "mimeType": "image/png", "buffer": _png()}
    )
    submit = page.locator("#avatar-form [type=submit]")
    if submit.count() and submit.is_visible():
        submit.click()
    expect(page.locator("img[src^='/media/']:visible").first).to_be_visible(timeout=20_000)

    _sign_out(page)
    page.goto("/my.html")
    page.wait_for_url("**/login.html?from=*")


def test_with_the_websocket_blocked_long_polling_takes_over(page: Page, site: Stack, mobile: str) -> None:
    page.add_init_script(BLOCKED)
    page.goto("/register.html")
    expect(page.locator("#live-dot")).to_have_attribute("data-state", "polling", timeout=20_000)

    states = _register(page, site, mobile)

    assert states[-1] == "sent"


@pytest.mark.parametrize("path", ["/", "/login.html", "/register.html", "/reset.html", "/no-such-page"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_do_not_scroll_sideways(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _register(page: Page, site: Stack, mobile: str) -> list[str]:
    form = page.locator("#register-form")
    form.locator("[name=mobile]").fill(mobile)
    form.locator("[name=image_code]").fill(_captcha(page, site))
    page.evaluate(STATES)
    page.locator("#sms-button").click()
    expect(page.locator("#sms-button")).to_have_attribute("data-state", "sent", timeout=15_000)
    states = list(page.evaluate("window.states"))
    with urllib.request.urlopen(f"{site.sandbox_url}/inbox/{mobile}") as inbox:
        form.locator("[name=sms_code]").fill(json.load(inbox)[0]["code"])
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=password2]").fill(PASSWORD)
    form.locator("[type=submit]").last.click()
    page.wait_for_url(lambda url: "register" not in url)
    return states


def _sign_out(page: Page) -> None:
    page.goto("/my.html")
    page.locator("#sign-out").click()
    page.wait_for_url(lambda url: "my.html" not in url)


def _captcha(page: Page, site: Stack) -> str:
    image = page.locator("#captcha")
    expect(image).to_be_visible()
    page.wait_for_function("document.querySelector('#captcha').complete")
    page_id = str(image.get_attribute("src")).split("?")[0].rsplit("/", 1)[1]
    with urllib.request.urlopen(f"{site.sandbox_url}/captcha/{page_id}") as told:
        return str(json.load(told)["text"])


def _png() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((400, 300)).convert("RGB").save(out, "PNG")
    return out.getvalue()
