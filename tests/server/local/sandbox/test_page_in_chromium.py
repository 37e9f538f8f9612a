"""The inbox page in a real browser: it updates itself, filters, survives a restart and runs nothing it was sent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright, expect

from server.local.sandbox.inbox import Inbox
from server.local.sandbox.pages import Pages
from server.local.sandbox.server import listening, sandbox_app
from tests.server.local.sandbox.world import World, body, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

FLAGS = ["--no-sandbox", "--disable-background-networking"]


@asynccontextmanager
async def browser_page(**options: object) -> AsyncIterator[Page]:
    """A page that must not complain: console errors and script errors fail the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = await browser.new_page(**options)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page
        finally:
            await browser.close()
        assert [
            one for one in complaints if "ERR_CONNECTION" not in one and "ERR_INCOMPLETE" not in one
        ] == []


def test_a_message_appears_by_itself_and_can_be_filtered(tmp_path: Path) -> None:
    async def scenario(here: World, page: Page) -> None:
        await page.goto(here.url + "/?lang=zh")
        await expect(page.locator("#empty-text")).to_contain_text("还没有短信")

        await here.post(body())
        await here.post(body(to="13912345678", datas=["777777", "5"]))

        await expect(page.locator(".code")).to_have_text(["777777", "012345"])
        await page.fill("#filter", "138")
        await expect(page.locator(".code")).to_have_text(["012345"])
        await page.fill("#filter", "999")
        await expect(page.locator("#empty-text")).to_have_text("没有符合的短信。")

    async def running() -> None:
        async with world(tmp_path) as here, browser_page() as page:
            await scenario(here, page)

    asyncio.run(running())


def test_a_notice_is_shown_as_text_beside_codes(tmp_path: Path) -> None:
    async def running() -> None:
        async with world(tmp_path) as here, browser_page() as page:
            await page.goto(here.url + "/?lang=zh")
            await here.post(body())
            await here.post(body(templateId="2", datas=["您有新的预订", "<b>四合院</b>", "12-01"]))

            await expect(page.locator(".message")).to_have_count(2)
            await expect(page.locator(".message.notice .text")).to_have_text(
                "您有新的预订 · <b>四合院</b> · 12-01"
            )
            await expect(page.locator(".message.notice .life")).to_have_text("订单通知")
            await expect(page.locator(".code")).to_have_text(["012345"])

    asyncio.run(running())


def test_what_a_message_says_is_text_never_markup(tmp_path: Path) -> None:
    nasty = "<img src=x onerror=document.title='owned'>"

    async def running() -> None:
        async with world(tmp_path) as here, browser_page() as page:
            await here.post(body(datas=[nasty, "5"]))
            await page.goto(here.url + "/?lang=en")

            await expect(page.locator(".code")).to_have_text(nasty)
            await expect(page).to_have_title("SMS inbox")
            assert await page.locator("main img").count() == 0

    asyncio.run(running())


def test_the_page_comes_back_by_itself_after_a_restart(tmp_path: Path) -> None:
    async def running() -> None:
        async with browser_page() as page:
            async with world(tmp_path) as here:
                port = int(here.url.rsplit(":", 1)[1])
                await here.post(body())
                await page.goto(here.url + "/?lang=en")
                await expect(page.locator("#live")).to_have_text("Live")
            await expect(page.locator("#live")).to_have_text("Connection lost, trying again")

            again = sandbox_app(Pages(Inbox(tmp_path / "inbox.jsonl")).routes())
            async with listening(again, port):
                await expect(page.locator("#live")).to_have_text("Live", timeout=15_000)
                await expect(page.locator(".code")).to_have_text(["012345"])

    asyncio.run(running())


def test_nothing_is_wider_than_a_phone(tmp_path: Path) -> None:
    async def running() -> None:
        async with (
            world(tmp_path) as here,
            browser_page(viewport={"width": 390, "height": 844}) as page,
        ):
            await here.post(body())
            for language in ("zh", "en"):
                await page.goto(f"{here.url}/?lang={language}")
                await expect(page.locator(".message")).to_have_count(1)

                assert await page.evaluate("document.documentElement.scrollWidth") == 390

    asyncio.run(running())
