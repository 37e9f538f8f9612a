"""The cashier in a real browser: whoever pays ends at the merchant, under the page's own policy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright, expect

from server.local.sandbox import cashier
from tests.server.local.sandbox.bank import Bank, bank

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Page

FLAGS = ["--no-sandbox", "--disable-background-networking"]


def browse(folder: Path, scenario: Callable[[Bank, Page], Awaitable[None]], **options: object) -> None:
    async def running() -> None:
        async with bank(folder) as here, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = await browser.new_page(**options)
            page.on("pageerror", lambda error: pytest.fail(str(error)))
            await page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
            try:
                await scenario(here, page)
            finally:
                await browser.close()

    asyncio.run(running())


def test_paying_ends_at_the_merchants_return_address(tmp_path: Path) -> None:
    async def scenario(here: Bank, page: Page) -> None:
        await page.goto(here.pay_url())
        await expect(page.get_by_role("heading", name="请确认付款")).to_be_visible()
        await expect(page.locator(".amount")).to_have_text("¥19.99")

        await page.get_by_role("button", name="确认付款").click()

        await expect(page.locator("h1")).to_have_text("/api/v1_0/payments/alipay/return")
        await here.shop.until(1)

    browse(tmp_path, scenario)


def test_leaving_ends_where_the_guest_came_from(tmp_path: Path) -> None:
    async def scenario(here: Bank, page: Page) -> None:
        await page.goto(here.pay_url(mobile=True))
        width = await page.evaluate("document.documentElement.scrollWidth")

        await page.get_by_role("button", name="取消").click()

        await expect(page.locator("h1")).to_have_text("/order/7")
        assert width <= 360
        assert here.shop.notices == []

    browse(tmp_path, scenario, viewport={"width": 360, "height": 640})


def test_without_the_merchant_in_the_policy_the_browser_would_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a form's redirect falls under form-action, too."""
    monkeypatch.setattr(cashier, "POLICY", cashier.POLICY.replace("{merchants}", ""))

    async def scenario(here: Bank, page: Page) -> None:
        await page.goto(here.pay_url())

        async with page.expect_event("console", lambda said: "form-action" in said.text):
            await page.get_by_role("button", name="确认付款").click()

        await expect(page).not_to_have_title("shop")

    browse(tmp_path, scenario)
