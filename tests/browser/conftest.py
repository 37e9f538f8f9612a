"""The whole site in its own processes, and Debian's chromium."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.homes import Homes, write_homes
from tests.browser.people import run_with
from tests.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything that `make run` starts, but for the supervisor; without limits by address, for all tests have one."""
    stack = Stack(tmp_path_factory.mktemp("site"), rate_limits="load-test")
    try:
        stack.start_site()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture(scope="session")
def homes(site: Stack) -> Homes:
    """Houses to look at."""
    return run_with(site, write_homes)


@pytest.fixture(
    scope="module"
)  # playwright's loop runs as long as it is open, and other tests have their own
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    expect.set_options(timeout=15_000)  # a machine that does much else at once is no fault of the page's
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Stack) -> Iterator[Page]:
    """A phone-sized page of a fresh visitor; any script error fails the test."""
    context = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
