"""API tokens in a real browser: made, shown once, copied, followed by other pages, revoked."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looks, people
from tests.browser.people import run_with
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

    from server.services import Services
    from tests.stack import Stack

CARD = ".token[data-token]"


@pytest.fixture
def user(page: Page, site: Stack, mobile: str) -> Page:
    """A signed-in user's phone."""
    people.sign_up(page, site, mobile)
    return page


@pytest.fixture
def other_page(page: Page) -> Iterator[Page]:
    """A second page of the same visitor."""
    second = page.context.new_page()
    page.bring_to_front()  # chromium draws a page that is behind another once a second
    yield second
    second.close()


def test_a_token_is_made_shown_once_and_lets_a_program_in(user: Page, site: Stack) -> None:
    user.goto("/my.html")
    user.locator("a[href='/tokens.html']").click()
    user.locator("[data-new]").click()
    expect(user.locator("#name")).to_be_focused()
    user.keyboard.type("调价脚本")
    user.locator("[name=scopes][value=houses]").press("Space")
    user.locator("[name=days]:checked").press("ArrowRight")
    user.locator("#name").press("Enter")

    expect(user.locator(".made")).to_be_focused()
    secret = user.locator("#secret").inner_text()
    expect(user.locator(f"{CARD} .token__scopes .chip")).to_have_text(["查看", "管理房源"])
    expect(user.locator(f"{CARD} .token__facts dd").first).to_have_text("还没用过")
    assert status_of(site, secret) == 200
    user.reload()
    expect(user.locator(f"{CARD} .token__hint")).to_have_text(f"ihome_…{secret[-4:]}")
    expect(user.locator(f"{CARD} .token__facts dd").first).not_to_have_text("还没用过")
    assert secret not in user.content()
    [token] = tokens(user)
    assert (token["name"], token["scopes"]) == ("调价脚本", ["read", "houses"])
    assert int(token["expires_at"][:4]) - int(token["ctime"][:4]) == 1


def test_the_secret_and_a_command_can_be_copied_and_are_put_away(user: Page) -> None:
    user.context.grant_permissions(["clipboard-read", "clipboard-write"])
    make(user, "a")
    secret = user.locator("#secret").inner_text()

    user.locator("[data-copy=secret]").click()
    expect(user.locator(".toast")).to_contain_text("已复制")
    copied = user.evaluate("navigator.clipboard.readText()")
    user.locator("[data-copy=example]").click()
    expect(user.locator(".toast")).to_have_count(2)
    command = user.evaluate("navigator.clipboard.readText()")
    user.locator("[data-stored]").click()

    assert copied == secret
    assert command.startswith(f"curl -H 'Authorization: Bearer {secret}'")
    assert command.endswith(f"{API}/user")
    expect(user.locator(".made")).to_have_count(0)
    expect(user.locator("#new-token")).to_be_focused()


def test_where_copying_is_not_allowed_the_text_is_selected(user: Page) -> None:
    make(user, "a")
    user.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")

    user.locator("[data-copy=secret]").click()

    expect(user.locator(".toast")).to_contain_text("请自己选中文字")
    assert user.evaluate("String(getSelection())") == user.locator("#secret").inner_text()


def test_revoking_asks_first_and_ends_what_a_program_does(user: Page, site: Stack) -> None:
    make(user, "报价机器人")
    secret = user.locator("#secret").inner_text()

    user.locator("[data-revoke]").click()
    expect(user.locator("dialog")).to_contain_text("撤销“报价机器人”？")
    user.keyboard.press("Escape")
    expect(user.locator("[data-revoke]")).to_be_focused()
    kept = status_of(site, secret)
    user.locator("[data-revoke]").click()
    user.locator("dialog [value=agree]").click()

    expect(user.locator(".tokens .empty")).to_be_visible()
    expect(user.locator("#new-token")).to_be_focused()
    assert (kept, status_of(site, secret)) == (200, 401)


def test_another_page_follows(user: Page, other_page: Page) -> None:
    other_page.goto("/tokens.html")
    expect(other_page.locator("#live-dot")).to_have_attribute("data-state", "live")

    make(user, "a")
    expect(other_page.locator(CARD)).to_have_count(1)
    user.locator("[data-revoke]").click()
    user.locator("dialog [value=agree]").click()

    expect(other_page.locator(".tokens .empty")).to_be_visible()
    assert "ihome_" not in other_page.locator(".tokens").inner_text()


def test_errors_stand_beside_their_fields_and_the_limit_above_the_form(user: Page) -> None:
    user.goto("/tokens.html")
    user.locator("#new-token").click()
    user.locator("[name=scopes][value=read]").press("Space")
    user.locator("#token-form [type=submit]").click()
    expect(user.locator("#name-error")).to_contain_text("请给令牌起一个名字")
    expect(user.locator("#scopes-error")).to_have_text("请至少选择一项权限")
    expect(user.locator("#name")).to_be_focused()

    for number in range(20):
        people.call(user, "POST", "/user/tokens", {"name": f"{number}", "scopes": ["read"]})
    user.fill("#name", "one more")
    user.locator("[name=scopes][value=orders]").press("Space")
    user.locator("#token-form [type=submit]").click()

    expect(user.locator("[data-form-alert]")).to_have_text("令牌太多了，请先撤销不用的")
    expect(user.locator("#name")).to_have_value("one more")
    assert len(tokens(user)) == 20


def test_an_answer_that_never_came_makes_no_second_token(user: Page) -> None:
    user.goto("/tokens.html")
    user.locator("#new-token").click()
    user.fill("#name", "a")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.fetch().json()["data"]["token"])
        route.abort()

    user.route("**/user/tokens", lose)
    user.locator("#token-form [type=submit]").click()
    expect(user.locator("[data-form-alert]")).to_be_visible()
    user.locator("#token-form [type=submit]").click()

    expect(user.locator("#secret")).to_have_text(lost[0])
    assert len(tokens(user)) == 1


def test_a_list_that_cannot_be_read_is_tried_again(user: Page) -> None:
    user.route("**/user/tokens", lambda route: route.abort())
    user.goto("/tokens.html")
    expect(user.locator("#tokens [data-retry]")).to_be_visible()
    user.unroute("**/user/tokens")

    user.locator("#tokens [data-retry]").click()

    expect(user.locator(".tokens .empty")).to_be_visible()


def test_a_token_that_is_over_says_so_and_goes_without_a_question(user: Page, site: Stack) -> None:
    token_id = people.call(user, "POST", "/user/tokens", {"name": "旧的", "scopes": ["orders"], "days": 1})[
        "token_id"
    ]
    expire(site, token_id)

    user.goto("/tokens.html")
    expect(user.locator(f"{CARD} .chip")).to_have_text(["已过期", "管理订单"])
    user.get_by_role("button", name="删除“旧的”").click()

    expect(user.locator(".tokens .empty")).to_be_visible()


@pytest.mark.parametrize(("width", "lang"), [(390, "zh"), (390, "en"), (1280, "en")])
def test_the_page_of_tokens_is_accessible_and_does_not_jump_or_scroll_sideways(
    user: Page, site: Stack, width: int, lang: str
) -> None:
    user.set_viewport_size({"width": width, "height": 900})
    looks.watch_shifts(user)
    user.goto(f"/tokens.html?lang={lang}")
    expect(user.locator(".tokens .empty")).to_be_visible()
    found = looks.violations(user)
    for name in ("x" * 64, "短"):
        made = people.call(
            user, "POST", "/user/tokens", {"name": name, "scopes": ["read", "houses", "orders"]}
        )
    expire(site, made["token_id"])
    user.reload()
    expect(user.locator(CARD)).to_have_count(2)
    shift = looks.shift(user)
    user.locator("#new-token").click()
    user.locator("#token-form [type=submit]").click()
    found += looks.violations(user)
    user.fill("#name", "y" * 64)
    user.locator("#token-form [type=submit]").click()
    expect(user.locator(".made")).to_be_visible()
    found += looks.violations(user)

    assert found == []
    assert shift < 0.05
    assert not looks.scrolls_sideways(user)


def test_the_page_is_its_users(browser: Browser, site: Stack) -> None:
    stranger = browser.new_context(base_url=site.url, locale="zh-CN").new_page()

    stranger.goto("/tokens.html")

    assert "/login.html?from=%2Ftokens.html" in stranger.url
    stranger.context.close()


def make(page: Page, name: str) -> None:
    """A token, by the form."""
    page.goto("/tokens.html")
    page.locator("#new-token").click()
    page.fill("#name", name)
    page.locator("#token-form [type=submit]").click()
    expect(page.locator(".made")).to_be_visible()
    expect(page.locator(CARD)).to_have_count(1)


def tokens(page: Page) -> list[dict[str, str]]:
    """The user's tokens, newest first."""
    return list(people.call(page, "GET", "/user/tokens")["tokens"])


def expire(site: Stack, token_id: int) -> None:
    """Let a token's time be over."""

    async def write(services: Services) -> None:
        async with services.database.transaction() as cursor:
            await cursor.execute("UPDATE api_tokens SET expires_at = NOW(6) WHERE id = %s", (token_id,))

    run_with(site, write)


def status_of(site: Stack, secret: str) -> int:
    """What a program with this secret is answered."""
    request = urllib.request.Request(f"{site.url}{API}/user", headers={"Authorization": f"Bearer {secret}"})
    try:
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["errno"] == "0"
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
