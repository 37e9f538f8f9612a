"""Pages of other sites: those that are listed may call the API with a token; nobody may use a visitor's cookies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.application import make_application
from tests.houses import add_picture, publish, sign_in_new_host, sign_in_new_user
from tests.raw import ask
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.application import IhomeApplication
    from server.services import Services

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

LISTED = "https://app.example.com"
OTHER = "http://localhost:5173"
STRANGERS = (
    "https://evil.example.com", "https://app.example.com.evil.example", "http://app.example.com",
    "https://app.example.com:8443", "https://APP.example.com", "https://app.example.com/", "null", "*", "",
)  # fmt: skip


def shared(services: Services, *origins: str) -> IhomeApplication:
    """The application with these origins listed."""
    settings = services.settings.model_copy(update={"cors_origins": origins})
    return make_application(replace(services, settings=settings))


@pytest.fixture
def app(services: Services) -> IhomeApplication:
    """The application that two other sites may call."""
    return shared(services, LISTED, OTHER)


async def _preflight(visitor: Visitor, path: str, origin: str, method: str = "POST") -> Answer:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    return await ask(visitor, "OPTIONS", path, asked)


def _shares(answer: Answer) -> list[str]:
    """What of CORS is in an answer."""
    return [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("origin", [LISTED, OTHER])
async def test_a_listed_origin_may_ask_and_read(visitor: Visitor, origin: str) -> None:
    answer = await ask(visitor, "GET", f"{API}/areas", {"Origin": origin})

    assert answer.headers["Access-Control-Allow-Origin"] == origin
    readable = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    told = {"ETag", "Link", "Location", "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"}
    assert readable >= told
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Origin" in [name.strip() for name in answer.headers["Vary"].split(",")]


@pytest.mark.parametrize("origin", STRANGERS)
async def test_others_are_told_nothing(visitor: Visitor, origin: str) -> None:
    read = await ask(visitor, "GET", f"{API}/areas", {"Origin": origin})
    asked = await _preflight(visitor, f"{API}/orders", origin)

    assert (read.status, asked.status) == (200, 204)
    assert _shares(read) == _shares(asked) == []
    assert read.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for answer in (read, asked):  # or a cache would hand a listed origin's answer to others
        assert "Origin" in [name.strip() for name in answer.headers["Vary"].split(",")]


async def test_a_preflight_needs_no_login_and_no_token(visitor: Visitor) -> None:
    for path in ("/orders", "/houses", "/houses/7/images", "/user/tokens"):
        answer = await _preflight(visitor, API + path, LISTED)

        assert (answer.status, answer.body) == (204, b"")
        assert "POST" in [name.strip() for name in answer.headers["Access-Control-Allow-Methods"].split(",")]
        sent = {name.strip() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
        assert sent >= {
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-None-Match",
            "Accept-Language",
        }
        assert "X-CSRFToken" not in sent
        assert 0 < int(answer.headers["Access-Control-Max-Age"]) <= 7200


async def test_refusals_can_be_read_too(visitor: Visitor) -> None:
    origin = {"Origin": LISTED}

    answers = [
        await ask(visitor, "GET", f"{API}/user", origin),
        await ask(visitor, "GET", f"{API}/nothing", origin),
        await ask(visitor, "PATCH", f"{API}/areas", origin),
        await ask(visitor, "GET", f"{API}/areas", {**origin, "Authorization": "Bearer ihome_unknown"}),
        await ask(visitor, "POST", f"{API}/orders", {**origin, "Content-Length": "70000"}, b"x" * 70_000),
        await ask(visitor, "PROPFIND", f"{API}/areas", origin),
    ]

    assert [answer.status for answer in answers] == [401, 404, 405, 401, 413, 405]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {LISTED}


async def test_cookies_are_never_invited(visitor: Visitor) -> None:
    answers = [
        await ask(visitor, "GET", f"{API}/areas", {"Origin": LISTED}),
        await _preflight(visitor, f"{API}/orders", LISTED),
    ]

    assert not any("Access-Control-Allow-Credentials" in answer.headers for answer in answers)
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {LISTED}


async def test_cookies_from_a_listed_origin_write_nothing_without_the_sessions_token(
    visitor: Visitor,
) -> None:
    await sign_in_new_user(visitor)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"Origin": LISTED, "Cookie": cookie, "Content-Type": "application/json", "Content-Length": "12"}

    refused = await ask(visitor, "PUT", f"{API}/users/name", headers, b'{"name":"x"}')
    token = {"X-CSRFToken": visitor.cookies["csrf_token"]}
    checked = await ask(visitor, "PUT", f"{API}/users/name", {**headers, **token}, b'{"name":"x"}')

    assert (refused.status, refused.errno) == (403, "4201")
    assert (checked.status, checked.errno) == (422, "4103")  # the token was what was missing


async def test_a_listed_page_works_with_a_token(new_visitor: NewVisitor) -> None:
    user = new_visitor()
    await sign_in_new_host(user)
    made = await user.send("POST", f"{API}/user/tokens", {"name": "r", "scopes": ["read"], "days": None})

    answer = await ask(
        user, "GET", f"{API}/user", {"Origin": LISTED, "Authorization": f"Bearer {made.data['token']}"}
    )

    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, LISTED)


async def test_only_the_api_and_pictures_are_shared(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    picture = await add_picture(visitor, await publish(visitor))
    origin = {"Origin": LISTED}

    for path in ("/", "/login.html", "/static/css/app.css", "/healthz", "/api/v1.0/areas", "/api/v1_0x"):
        answer = await ask(visitor, "GET", path, origin)
        assert _shares(answer) == []
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    shown = await ask(visitor, "GET", picture.data["image_url"], origin)

    assert (shown.status, _shares(shown)) == (200, [])
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_the_websocket_stays_with_our_own_pages(visitor: Visitor) -> None:
    await sign_in_new_user(visitor)
    handshake = {
        "Origin": LISTED, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()),
    }  # fmt: skip

    assert (await ask(visitor, "GET", f"{API}/live", handshake)).status == 403


class TestWithoutAList:
    """As it comes: nobody is listed."""

    @pytest.fixture
    def app(self, services: Services) -> IhomeApplication:
        return shared(services)

    async def test_nothing_of_it_is_there(self, visitor: Visitor) -> None:
        answers = [
            await ask(visitor, "GET", f"{API}/areas", {"Origin": LISTED}),
            await _preflight(visitor, f"{API}/orders", LISTED),
        ]

        assert [_shares(answer) for answer in answers] == [[], []]
        assert "Origin" not in answers[0].headers["Vary"]
        assert "Vary" not in answers[1].headers
