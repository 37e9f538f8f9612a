"""The interface document in a real browser: calls that are tried, and a page to read on any screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import looks, people
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page, Request

    from tests.stack import Stack

PATIENT_MS = 30_000  # swagger-ui draws all calls before it opens one
REFUSED = """addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective))"""


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page on which nothing may be said on the console, policy violations least of all."""
    said: list[str] = []
    page.add_init_script(REFUSED)
    page.on(
        "console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None
    )
    yield page
    assert said == []


def document(page: Page) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = page.request.get(f"{API}/openapi.json").json()
    return found


def open_call(page: Page, tag: str, name: str) -> Locator:
    """A call of the interactive page, reached by its address and ready to be filled in."""
    page.goto("about:blank")
    page.goto(f"/docs.html#/{tag}/{name}")
    call = page.locator(f"#operations-{tag}-{name}")
    call.locator(".try-out__btn").click()
    return call


def execute(call: Locator) -> tuple[str, str]:
    """Status and body of the answer that a call got."""
    call.locator(".execute").click()
    answer = call.locator(".live-responses-table .response").first
    expect(answer).to_be_visible(timeout=PATIENT_MS)
    return answer.locator(".response-col_status").inner_text().strip(), answer.inner_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_every_tag_and_call_is_there_without_a_word_on_the_console(quiet: Page, width: int) -> None:
    quiet.set_viewport_size({"width": width, "height": 900})
    found = document(quiet)
    items = [*found["paths"].values(), *found["webhooks"].values()]
    calls = sum(len(set(item) & {"get", "post", "put", "patch", "delete"}) for item in items)

    quiet.goto("/docs.html")

    expect(quiet.locator(".opblock-tag")).to_have_count(len(found["tags"]), timeout=PATIENT_MS)
    expect(quiet.locator(".opblock")).to_have_count(calls)
    assert not looks.scrolls_sideways(quiet)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_open_call_is_no_wider_than_a_phone(quiet: Page, lang: str) -> None:
    quiet.goto(f"/docs?lang={lang}#/orders/placeOrder")
    call = quiet.locator("#operations-orders-placeOrder")
    expect(call.locator(".responses-table .response").first).to_be_visible(timeout=PATIENT_MS)

    call.locator(".try-out__btn").click()

    expect(call.locator(".execute")).to_be_visible()
    expect(call.locator(".response-col_links").first).to_be_hidden()
    assert not looks.scrolls_sideways(quiet)


def test_everything_that_opens_obeys_the_policy_of_every_page(quiet: Page) -> None:
    quiet.goto("/docs.html")
    expect(quiet.locator(".opblock").first).to_be_visible(timeout=PATIENT_MS)

    for name in ("orders-placeOrder", "accounts-changeAvatar", "houses-searchHouses"):
        call = quiet.locator(f"#operations-{name}")
        call.locator(".opblock-summary-control").click()
        call.locator(".tablinks", has_text="Schema").first.click()
        expect(call.locator(".json-schema-2020-12").first).to_be_visible(timeout=PATIENT_MS)
        call.locator(".try-out__btn").click()
    quiet.locator("section.models .models-control").click()
    captcha = quiet.locator("#operations-captcha-drawCaptcha")
    captcha.locator(".opblock-summary-control").click()
    captcha.locator(".try-out__btn").click()
    execute(captcha)

    expect(captcha.locator(".live-responses-table img")).to_be_visible()
    quiet.locator(".btn.authorize").click()
    expect(quiet.locator(".auth-container").first).to_be_visible()


def test_a_public_call_can_be_tried(quiet: Page) -> None:
    call = open_call(quiet, "areas", "listAreas")

    status, body = execute(call)

    assert status == "200"
    assert "朝阳区" in body


def test_a_write_goes_with_the_session_and_its_token(quiet: Page, site: Stack, mobile: str) -> None:
    people.sign_up(quiet, site, mobile)
    call = open_call(quiet, "accounts", "changeName")
    call.locator(".body-param__text").fill('{"name": "调试的人"}')

    status, body = execute(call)

    assert (status, '"errno": "0"' in body) == ("200", True)
    assert people.call(quiet, "GET", "/user")["name"] == "调试的人"


def test_a_write_without_the_csrf_token_would_be_refused(page: Page, site: Stack, mobile: str) -> None:
    people.sign_up(page, site, mobile)
    call = open_call(page, "accounts", "changeName")
    call.locator(".body-param__text").fill('{"name": "没有令牌"}')
    page.route("**/users/name", lambda route: route.continue_(headers=_without_token(route.request)))

    status, body = execute(call)

    assert (status, '"errno": "4201"' in body) == ("403", True)


def test_a_token_that_is_given_takes_the_place_of_the_session(quiet: Page, site: Stack, mobile: str) -> None:
    people.sign_up(quiet, site, mobile)
    made = people.call(quiet, "POST", "/user/tokens", {"name": "docs", "scopes": ["read"], "days": 1})
    quiet.context.clear_cookies()
    quiet.goto("/docs.html#/accounts/getProfile")
    quiet.locator(".btn.authorize").click()
    scheme = quiet.locator(".auth-container", has_text="token (http, Bearer)")
    scheme.locator("input").fill(made["token"])
    scheme.locator(".modal-btn.authorize").click()
    scheme.locator(".btn-done").click()
    call = quiet.locator("#operations-accounts-getProfile")
    call.locator(".try-out__btn").click()

    status, body = execute(call)

    assert status == "200"
    assert mobile[-4:] in body


def test_the_interactive_page_follows_the_theme_and_the_language(quiet: Page) -> None:
    quiet.emulate_media(color_scheme="dark")
    quiet.goto("/docs.html")
    expect(quiet.locator("html")).to_have_class(re.compile("dark-mode"))

    quiet.emulate_media(color_scheme="light")
    expect(quiet.locator("html")).not_to_have_class(re.compile("dark-mode"))
    quiet.locator("#theme [value=dark]").check(force=True)
    expect(quiet.locator("html")).to_have_class(re.compile("dark-mode"))
    expect(quiet.locator(".info .title")).to_contain_text(
        document(quiet)["info"]["title"], timeout=PATIENT_MS
    )
    quiet.locator(".footer__language").click()
    expect(quiet.locator("main > h1")).to_have_text("Try it out")
    expect(quiet.locator(".info .title")).to_contain_text("programs", timeout=PATIENT_MS)


@pytest.mark.parametrize(("width", "lang"), [(390, "zh"), (1280, "en")])
def test_the_page_to_read_is_accessible_and_fits_any_screen(quiet: Page, width: int, lang: str) -> None:
    quiet.set_viewport_size({"width": width, "height": 900})
    looks.watch_shifts(quiet)

    quiet.goto(f"/interface.html?lang={lang}")
    expect(quiet.locator("#live-dot")).to_have_attribute("data-state", "live")
    quiet.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")

    assert looks.shift(quiet) < 0.05
    assert not looks.scrolls_sideways(quiet)
    assert looks.violations(quiet) == []


def test_the_contents_lead_to_a_call_and_from_there_to_trying_it(quiet: Page) -> None:
    quiet.goto("/")
    quiet.locator(".footer a[href='/interface.html']").click()
    expect(quiet.locator("#toc nav")).to_be_hidden()

    quiet.locator("#toc summary").click()
    quiet.locator("#toc a[href='#listAreas']").click()

    expect(quiet.locator("#toc nav")).to_be_hidden()
    expect(quiet.locator("#listAreas-title")).to_be_in_viewport()
    quiet.locator("#listAreas .call__try a").click()
    expect(quiet.locator("#operations-areas-listAreas .try-out__btn")).to_be_visible(timeout=PATIENT_MS)
    quiet.locator(".back a").click()
    expect(quiet).to_have_url(re.compile("/interface.html$"))


def test_the_contents_stay_beside_the_text_where_there_is_room(quiet: Page) -> None:
    quiet.set_viewport_size({"width": 1280, "height": 900})
    quiet.goto("/interface.html")

    expect(quiet.locator("#toc nav")).to_be_visible()
    quiet.locator("#toc a[href='#placeOrder']").click()

    expect(quiet.locator("#placeOrder-title")).to_be_in_viewport()
    expect(quiet.locator("#toc a[href='#placeOrder']")).to_be_in_viewport()


def test_an_example_can_be_copied(quiet: Page) -> None:
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    quiet.goto("/interface.html#placeOrder")

    quiet.locator("#placeOrder .snippet__copy").click()
    expect(quiet.locator(".toast")).to_contain_text("已复制")

    copied = quiet.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST ")
    assert f"{API}/orders" in copied


def _without_token(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name != "x-csrftoken"}
