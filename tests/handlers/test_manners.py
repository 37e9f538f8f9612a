"""Methods, request ids, languages, places of what was made, challenges, deprecated calls."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httputil import HTTPHeaders

from handlers.access import public
from handlers.base import BaseHandler
from handlers.operations import Deprecation, operation
from handlers.routes import CALLS, PAGES
from tests.houses import FIELDS, add_picture, publish, sign_in_new_host, sign_in_new_user
from tests.manners import troubles
from tests.raw import ask
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.application import IhomeApplication

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)

ADDRESSES = [pattern.replace("\\.", ".") for pattern, _ in [*CALLS, *PAGES] if "(" not in pattern]
TAGS = "zh-Hans-CN, en;q=0.8"


@public("600/minute")
class Retiring(BaseHandler):
    """A call that goes away."""

    @operation(
        deprecation=Deprecation(
            datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), datetime(2027, 6, 30, tzinfo=UTC), "/docs/leaving"
        )
    )
    async def get(self) -> None:
        """A list that goes on."""
        self.succeed({"next": 7})

    async def delete(self) -> None:
        """Stays."""
        self.succeed()


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "get", "CONNECT", "X" * 300])
@pytest.mark.parametrize(
    "path", [f"{API}/areas", f"{API}/orders", f"{API}/live", "/login.html", "/static/css/app.css"]
)
async def test_methods_that_nobody_takes_are_405_with_allow(visitor: Visitor, method: str, path: str) -> None:
    answer = await ask(visitor, method, path, {"Accept-Language": "en"})

    assert answer.status == 405
    assert {"GET", "HEAD", "OPTIONS"} <= {name.strip() for name in answer.headers["Allow"].split(",")}
    if path.startswith(API):
        assert (answer.errno, answer.json["errmsg"]) == ("4201", "This operation is not supported")


async def test_a_wrong_method_is_refused_before_anybody_is_asked_who_they_are(visitor: Visitor) -> None:
    patched = await ask(visitor, "PATCH", f"{API}/user/houses", {})
    with_token = await ask(visitor, "DELETE", f"{API}/areas", {"Authorization": "Bearer ihome_unknown"})
    written = await ask(visitor, "POST", "/login.html", {})

    assert [answer.status for answer in (patched, with_token, written)] == [405, 405, 405]
    assert patched.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_invented_methods_make_no_metric(visitor: Visitor) -> None:
    for method in ("BREW", "WHEN"):
        await ask(visitor, method, f"{API}/areas", {})

    metrics = (await visitor.get("/metrics")).body.decode()

    assert 'method="other",route="AreasHandler",status="405"' in metrics
    assert "BREW" not in metrics


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", [API, f"{API}/", f"{API}/nothing", f"{API}/houses/x/y", f"{API}/areas/"])
async def test_addresses_below_the_api_that_are_no_calls_are_404_for_every_method(
    visitor: Visitor, method: str, path: str
) -> None:
    answer = await ask(visitor, method, path, {"Accept-Language": "en"})

    if path == API:
        assert answer.status == 404
        return
    assert (answer.status, answer.errno, answer.json["errmsg"]) == (404, "4002", "Not found")
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
async def test_addresses_that_are_no_page_are_404_for_every_method(visitor: Visitor, method: str) -> None:
    answer = await ask(visitor, method, "/no/such/page", {"Accept-Language": "en"})

    assert (answer.status, answer.headers["Content-Language"]) == (404, "en")
    assert "There is nothing here" in answer.body.decode()


@pytest.mark.parametrize("path", [*ADDRESSES, "/static/css/app.css"])
async def test_every_address_says_what_it_can_do_without_a_login(visitor: Visitor, path: str) -> None:
    answer = await ask(visitor, "OPTIONS", path, {})

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Allow"].endswith("OPTIONS")
    assert "Content-Length" not in answer.headers
    assert "Content-Type" not in answer.headers


async def test_head_has_what_get_has_but_the_body(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    paths = [f"{API}/areas", f"{API}/facilities", f"{API}/houses", f"{API}/user", f"{API}/orders", "/my.html"]
    changing = ("Date", "X-Request-Id", "RateLimit", "Set-Cookie", "Etag")

    for coding in ("identity", "gzip"):
        for path in paths:
            headers = {"Cookie": cookie, "Accept-Encoding": coding}
            read = await ask(visitor, "GET", path, headers)
            headed = await ask(visitor, "HEAD", path, headers)

            assert (headed.status, headed.body) == (read.status, b"")
            kept = [
                {n: v for n, v in one.headers.items() if n.title() not in map(str.title, changing)}
                for one in (read, headed)
            ]
            assert kept[0] == kept[1]
            assert int(headed.headers["Content-Length"]) == len(read.body) > 0


@pytest.mark.parametrize(
    "path", ["/login.html", f"{API}/areas", f"{API}/nothing", "/static/css/app.css", "/healthz"]
)
async def test_every_answer_has_a_request_id_of_its_own(visitor: Visitor, path: str) -> None:
    first, second = [(await ask(visitor, "GET", path, {})).headers["X-Request-Id"] for _ in range(2)]

    assert re.fullmatch("[0-9a-f]{16}", first)
    assert first != second


async def test_a_programs_own_request_id_is_taken_over(visitor: Visitor) -> None:
    answer = await visitor.get(f"{API}/nothing", **{"X-Request-Id": "shop.checkout-7_a1"})

    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == "shop.checkout-7_a1"


@pytest.mark.parametrize(
    "odd", ["short", "x" * 65, "with space here", "令牌令牌令牌令牌", '<script>"x"', "a=b;c=d&e=f", ""]
)
async def test_an_odd_request_id_is_replaced(visitor: Visitor, odd: str) -> None:
    answer = await ask(visitor, "GET", f"{API}/nothing", {"X-Request-Id": odd.encode().decode("latin-1")})

    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        ("", "zh"), ("en", "en"), ("EN-gb", "en"), ("zh-TW", "zh"), ("fr", "zh"), ("*", "zh"),
        ("zh;q=0.2, en;q=0.8", "en"), ("en ; q=0.8 , zh ; q=0.9", "zh"), ("en;q=0, zh;q=0.1", "zh"),
        ("fr, en;q=0.3", "en"), ("en;q=0", "zh"), ("zh;q=1.5, en;q=0.1", "en"), ("zh;q=nan, en;q=0.001", "en"),
        (TAGS, "zh"),
    ],
)  # fmt: skip
async def test_refusals_come_in_the_language_that_weighs_most(
    visitor: Visitor, wished: str, language: str
) -> None:
    answer = await ask(visitor, "GET", f"{API}/orders", {"Accept-Language": wished})

    assert answer.headers["Content-Language"] == language
    assert answer.json["errmsg"] == {"zh": "请先登录", "en": "Please log in first"}[language]
    assert answer.errno == "4101"  # the same in every language


async def test_the_cookies_language_comes_before_the_browsers(visitor: Visitor) -> None:
    answer = await ask(visitor, "PUT", f"{API}/areas", {"Accept-Language": "zh", "Cookie": "lang=en"})

    assert (answer.status, answer.headers["Content-Language"]) == (405, "en")


async def test_what_was_made_says_where_it_is(new_visitor: NewVisitor) -> None:
    host = new_visitor()
    await sign_in_new_host(host)
    house_id = await publish(host)
    stay = {"start_date": "2027-01-01", "end_date": "2027-01-03"}

    made = [
        await host.send("POST", f"{API}/houses", FIELDS),
        await add_picture(host, house_id),
        await host.send("POST", f"{API}/houses/{house_id}/blocks", stay),
        await host.send("POST", f"{API}/user/tokens", {"name": "robot", "scopes": ["read"], "days": 1}),
    ]
    read = [await host.get(made[at].headers["Location"]) for at in (0, 2, 3)]

    assert [answer.status for answer in made] == [201] * 4
    assert [answer.headers["Location"] for answer in made] == [
        f"{API}/houses/{made[0].data['house_id']}",
        f"{API}/houses/{house_id}/images/{made[1].data['image_id']}",
        f"{API}/houses/{house_id}/calendar",
        f"{API}/user/tokens",
    ]
    assert [answer.status for answer in read] == [200] * 3


async def test_a_replayed_creation_says_it_again(visitor: Visitor) -> None:
    await sign_in_new_host(visitor)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "once"}
    first, second = [
        await visitor.call("POST", f"{API}/houses", json.dumps(FIELDS).encode(), headers) for _ in range(2)
    ]

    assert (first.status, first.headers["Location"]) == (second.status, second.headers["Location"])


async def test_nobody_is_told_how_to_sign_in(visitor: Visitor) -> None:
    answer = await ask(visitor, "GET", f"{API}/user", {})

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ihome"')


async def test_tokens_are_told_what_is_wrong_with_them(new_visitor: NewVisitor) -> None:
    user = new_visitor()
    await sign_in_new_user(user)
    made = await user.send("POST", f"{API}/user/tokens", {"name": "r", "scopes": ["read"], "days": None})
    bearer = {"Authorization": f"Bearer {made.data['token']}", "Content-Type": "application/json"}

    unknown = await ask(user, "GET", f"{API}/areas", {"Authorization": "Bearer ihome_unknown"})
    empty = await ask(user, "GET", f"{API}/areas", {"Authorization": "Bearer"})
    weak = await ask(user, "POST", f"{API}/orders", bearer)
    none = await ask(user, "GET", f"{API}/user/tokens", bearer)
    right = await ask(user, "GET", f"{API}/user", bearer)

    assert [unknown.status, empty.status, weak.status, none.status, right.status] == [401, 401, 403, 403, 200]
    told = [answer.headers.get("WWW-Authenticate") for answer in (unknown, empty, weak, none, right)]
    assert told[:2] == ['Bearer realm="ihome", error="invalid_token"'] * 2
    assert told[2:] == [
        'Bearer realm="ihome", error="insufficient_scope", scope="orders"',
        'Bearer realm="ihome", error="insufficient_scope"',
        None,
    ]


async def test_a_deprecated_call_says_so_on_every_answer(app: IhomeApplication, visitor: Visitor) -> None:
    app.add_handlers(".*", [("/retiring", Retiring)])

    used = await visitor.get("/retiring")
    refused = await ask(visitor, "GET", "/retiring", {"Authorization": "Bearer ihome_unknown"})
    headed = await ask(visitor, "HEAD", "/retiring", {})
    other = await ask(visitor, "DELETE", "/retiring", {})

    for answer in (used, refused, headed):
        assert answer.headers["Deprecation"] == "@1782863999"
        assert answer.headers["Sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
        assert '</docs/leaving>; rel="deprecation"; type="text/html"' in answer.headers.get_list("Link")
    assert used.headers.get_list("Link")[1] == '</retiring?cursor=7>; rel="next"'
    assert refused.status == 401
    assert not {"Deprecation", "Sunset", "Link"} & {*other.headers}


def test_bad_manners_are_found() -> None:
    def of(status: int, body: bytes = b"", method: str = "GET", **headers: str) -> list[str]:
        named = HTTPHeaders({name.replace("_", "-"): text for name, text in headers.items()})
        return troubles(method, f"{API}/x", status, named, body)

    sound: dict[str, Any] = {
        "X_Request_Id": "x", "Content_Type": "application/json", "Content_Language": "zh", "Etag": '"x"',
        "Cache_Control": "private, no-cache", "Vary": "Accept-Language, Accept-Encoding, Cookie, Authorization",
    }  # fmt: skip
    page = b'{"data":{"next":3}}'

    assert of(200, b'{"data":{"next":null}}', **sound) == []
    assert of(200, page, **sound) != []
    assert of(200, page, **sound, Link='</x?cursor=3>; rel="next"') == []
    assert of(200, b'{"data":1}', **{**sound, "Vary": "Cookie"}) != []
    assert of(200, b'{"data":1}', method="POST", **sound) != []
    for status in (201, 401, 405, 429, 503, 304):
        assert of(status, b"", X_Request_Id="x") != []
    assert of(204, X_Request_Id="x", Content_Type="text/plain") != []
    assert of(200, RateLimit='"a";r=9;t=1', RateLimit_Policy='"a";q=3;w=60', X_Request_Id="x") != []
    assert of(200, RateLimit='"a";r=2;t=1', RateLimit_Policy='"a";q=3;w=60', X_Request_Id="x") == []
