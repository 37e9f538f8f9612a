"""A classic front end in place of our pages: what is served of its folder, and what never is."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPRequest

from handlers.application import make_application
from handlers.classic.site import file_within, holds_markup
from server.services import open_services
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tornado.httpclient import AsyncHTTPClient, HTTPResponse

    from handlers.application import IhomeApplication
    from server.services import Services
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)
SECRET = "not for the world"
OUTSIDE = [
    "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt",
    "/static/%252e%252e/secret.txt", "/static/..%5csecret.txt", "/static/..\\secret.txt",
    "/static/css/../../secret.txt", "/static//etc/passwd", "/static/%2fetc/passwd", "/static/./css/main.css",
    "/static/.env", "/static/.git/config", "/static/%2egit/config", "/static/html/.hidden.html",
    "/static/css/main.css%00", "/static/%00", "/static/css/main.css/", "/static/css", "/static/",
    "/static/%c0%ae%c0%ae/secret.txt", "/static/%ff", "/static/" + "a" * 300, "/static/css%0a/main.css",
    "/../secret.txt", "/.env", "/.hidden.html", "/..%2fsecret.html", "/html/my.html", "/nothing.html", "/my",
    "/myhouse.htm", "/static/file:///etc/passwd", "/static/C:/secret.txt", "/static/~/x",
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A static folder as classic projects have it, with a secret beside it."""
    root = tmp_path / "static"
    files = {
        "html/index.html": "<title>home</title>", "html/my.html": "<title>mine</title>", "js/ihome/my.js": "var mine;",
        "html/payComplete.html": "<title>paid</title>", "css/main.css": "body{}", "favicon.ico": "icon",
        "fonts/a.woff2": "w", "plugins/notes": "?", ".env": SECRET, "html/.hidden.html": SECRET, ".git/config": SECRET,
        "../secret.txt": SECRET,
    }  # fmt: skip
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root.resolve()


@pytest.fixture
def services(io_loop: Any, stack: Stack, root: Path) -> Iterator[Services]:
    """The product with that folder."""
    stack.redis().flushdb()
    settings = stack.settings.model_copy(update={"classic_root": root})
    opened = open_services(settings)
    yield io_loop.run_sync(opened.__aenter__)
    io_loop.run_sync(lambda: opened.__aexit__(None, None, None))


@pytest.fixture
def app(services: Services) -> IhomeApplication:
    """What pytest-tornado serves."""
    return make_application(services)


@dataclass
class Browser:
    """Somebody who asks for files."""

    client: AsyncHTTPClient
    base_url: str

    async def get(self, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        request = HTTPRequest(
            self.base_url + path, method, headers, follow_redirects=False, allow_nonstandard_methods=True
        )
        return await self.client.fetch(request, raise_error=False)

    async def raw(self, target: str) -> bytes:
        """One request whose target no client rewrites."""
        host, port = self.base_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1"))
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
def browser(http_client: AsyncHTTPClient, base_url: str) -> Browser:
    """One of them."""
    return Browser(http_client, base_url.replace("localhost", "127.0.0.1"))


async def test_pages_come_from_html_and_bring_the_cookies(browser: Browser) -> None:
    for path, title in (
        ("/", "home"),
        ("/index.html", "home"),
        ("/my.html", "mine"),
        ("/my.html?a=b", "mine"),
    ):
        page = await browser.get(path)

        cookies = [line.split("=")[0] for line in page.headers.get_list("Set-Cookie")]
        assert (page.code, page.body.decode()) == (200, f"<title>{title}</title>")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert sorted(cookies) == ["csrf_token", "ihome_session"]
        assert page.headers["Cache-Control"] == "no-store"


async def test_a_visitor_keeps_the_session_from_page_to_page(browser: Browser) -> None:
    first = await browser.get("/")
    cookies = "; ".join(line.split(";")[0] for line in first.headers.get_list("Set-Cookie"))

    second = await browser.get("/my.html", Cookie=cookies)

    assert [line.split(";")[0] for line in second.headers.get_list("Set-Cookie")] == cookies.split("; ")


async def test_files_come_with_their_types(browser: Browser) -> None:
    types = {
        "/static/js/ihome/my.js": "text/javascript; charset=utf-8",
        "/static/css/main.css": "text/css; charset=utf-8",
        "/static/fonts/a.woff2": "font/woff2",
        "/static/plugins/notes": "application/octet-stream",
        "/static/html/my.html": "text/html; charset=utf-8",
        "/favicon.ico": "image/x-icon",
    }

    answers = {path: await browser.get(path) for path in types}

    assert {path: answer.headers["Content-Type"] for path, answer in answers.items()} == types
    assert {answer.code for answer in answers.values()} == {200}
    assert {answer.headers["X-Content-Type-Options"] for answer in answers.values()} == {"nosniff"}


async def test_a_file_that_did_not_change_is_not_sent_again_and_one_that_did_is(
    browser: Browser, root: Path
) -> None:
    first = await browser.get("/static/css/main.css")
    again = await browser.get("/static/css/main.css", **{"If-None-Match": first.headers["Etag"]})
    (root / "css" / "main.css").write_text("body{margin:0}", encoding="utf-8")

    changed = await browser.get("/static/css/main.css", **{"If-None-Match": first.headers["Etag"]})

    assert (first.code, again.code, changed.code) == (200, 304, 200)
    assert changed.body == b"body{margin:0}"


async def test_a_look_at_the_headers_is_the_same_without_the_body(browser: Browser) -> None:
    for path in ("/", "/my.html", "/static/css/main.css"):
        whole, head = await browser.get(path), await browser.get(path, "HEAD")

        assert (head.code, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(whole.body))


async def test_nothing_outside_the_folder_and_nothing_hidden_is_served(browser: Browser) -> None:
    answers = {path: await browser.raw(path) for path in OUTSIDE}

    statuses = {path: int(answer.split(b" ", 2)[1]) for path, answer in answers.items()}
    assert {path: status for path, status in statuses.items() if status not in {400, 404}} == {}
    assert SECRET.encode() not in b"".join(answers.values())
    assert b"root:" not in b"".join(answers.values())


async def test_links_lead_nowhere_outside_and_work_inside(browser: Browser, root: Path) -> None:
    """The negative control: a plain file, and a link to it, are served at the very same places."""
    (root / "css" / "plain.css").write_text("plain", encoding="utf-8")
    (root / "css" / "inside.css").symlink_to(root / "css" / "plain.css")
    (root / "css" / "outside.css").symlink_to(root.parent / "secret.txt")
    (root / "css" / "hidden.css").symlink_to(root / ".env")
    (root / "up").symlink_to(root.parent)
    (root / "html" / "out.html").symlink_to(root.parent / "secret.txt")
    (root / "css" / "loop.css").symlink_to(root / "css" / "loop.css")
    os.mkfifo(root / "css" / "pipe.css")

    names = ["css/plain.css", "css/inside.css", "css/outside.css", "css/hidden.css", "up/secret.txt", "css/loop.css",
             "css/pipe.css"]  # fmt: skip
    codes = [(await browser.get(f"/static/{name}")).code for name in names]

    assert codes == [200, 200, 404, 404, 404, 404, 404]
    assert (await browser.get("/out.html")).code == 404
    assert (root / "css" / "outside.css").read_text("utf-8") == SECRET  # it is there to be read


async def test_the_pages_policy_lets_their_scripts_run_and_nothing_come_from_elsewhere(
    browser: Browser,
) -> None:
    page, call = await browser.get("/"), await browser.get("/api/v1.0/areas")

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy
    assert all(
        f"{rule}" in policy for rule in ("default-src 'self'", "base-uri 'none'", "form-action 'self'")
    )
    assert "http" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "unsafe" not in call.headers["Content-Security-Policy"]


async def test_an_address_with_markup_in_its_query_opens_no_page(browser: Browser) -> None:
    """search.js writes `aname` into itself with `.html()`."""
    script = "%3Cscript%3Ealert(1)%3C/script%3E"

    marked = [
        await browser.get(path)
        for path in (f"/index.html?aid=&aname={script}", f"/?x={script}", f"/static/html/my.html?x={script}",
                     f"/my.html?x={script.replace('%', '%25')}")
    ]  # fmt: skip
    plain = await browser.get("/index.html?aid=1&aname=%E4%B8%9C%E5%9F%8E%E5%8C%BA&sd=2026-01-01")

    assert [answer.code for answer in marked] == [400] * 4
    assert b"<" not in b"".join(answer.body for answer in marked)
    assert plain.code == 200


async def test_the_calls_and_pictures_still_work_and_our_own_pages_do_not(browser: Browser) -> None:
    codes = {
        path: (await browser.get(path)).code
        for path in (f"{API}/areas", "/api/v1.0/areas", "/healthz", "/media/nothing", "/search.html",
                     "/static/dist/app.css")
    }  # fmt: skip

    assert codes == {
        f"{API}/areas": 200,
        "/api/v1.0/areas": 200,
        "/healthz": 200,
        "/media/nothing": 404,
        "/search.html": 404,
        "/static/dist/app.css": 404,
    }


async def test_ways_into_our_pages_lead_to_theirs(browser: Browser, root: Path) -> None:
    paths = ("/house/7", "/order/7", f"{API}/payments/alipay/return?out_trade_no=1&sign=a%2Bb")
    with_page = [(await browser.get(path)).headers["Location"] for path in paths]
    (root / "html" / "payComplete.html").unlink()
    without = (await browser.get(paths[2])).headers["Location"]

    assert with_page == ["/detail.html?id=7", "/orders.html", "/payComplete.html?out_trade_no=1&sign=a%2Bb"]
    assert without == "/orders.html?out_trade_no=1&sign=a%2Bb"


async def test_the_folder_takes_no_writes(browser: Browser) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for path in ("/", "/my.html", "/static/css/main.css"):
            assert (await browser.get(path, method)).code in {403, 405}


def test_only_names_that_are_plain_are_looked_up(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "a b.css").write_text("", encoding="utf-8")

    assert file_within(root, "a b.css") == root / "a b.css"
    assert [file_within(root, path) for path in ("", "/", "a//b", "..", "a\\b", "a\0b", "a\nb", "none")] == [
        None
    ] * 8


def test_markup_is_seen_however_it_is_encoded() -> None:
    assert [holds_markup(text) for text in ("a=<b", "a=%3Cb", "a=%3cb", "a=%253Eb", "a=%25253Cb")] == [
        True
    ] * 5
    assert [holds_markup(text) for text in ("", "a=b", "a=%E4%B8%9C", "lt=1&gt=2", "a=%")] == [False] * 5
