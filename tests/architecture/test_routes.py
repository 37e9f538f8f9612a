"""Who may call what, and how often: every route is written out here a second time."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tornado.web import RequestHandler

from handlers import application
from handlers.base import BaseHandler
from handlers.classic.base import ClassicBodyTooLarge, NoSuchClassicCall
from handlers.classic.routes import CLASSIC_CALLS
from handlers.classic.site import SITE as SITE_ROUTES
from handlers.classic.site import ClassicNoPage
from handlers.media import StaticHandler
from handlers.pages import NotFoundPage
from handlers.routes import ROUTES
from tests.architecture.sources import FunctionNode, Module, product

if TYPE_CHECKING:
    from collections.abc import Iterable

API = "/api/v1_0"
CLASSIC = r"/api/v1\.0"
# A route that is open to people who are not signed in, and how often one address may call it.
PUBLIC = {
    "/": "300/minute",
    r"/index(?:\.html)?": "300/minute",
    r"/search(?:\.html)?": "300/minute",
    "/house/([0-9]{1,18})": "300/minute",
    r"/detail(?:\.html)?": "300/minute",
    r"/register(?:\.html)?": "300/minute",
    r"/login(?:\.html)?": "300/minute",
    r"/reset(?:\.html)?": "300/minute",
    r"/interface(?:\.html)?": "300/minute",
    r"/docs(?:\.html)?": "300/minute",
    r"/status(?:\.html)?": "300/minute",
    "/media/(.+)": "1200/minute",
    r"/calendars/([^/]{1,100})\.ics": "600/minute",
    API + "/image_codes/([^/]+)": "60/minute",
    API + "/sms_codes": "30/minute",
    API + "/tasks/([A-Za-z0-9-]{1,64})": "600/minute",
    API + "/users": "30/minute",
    API + "/users/password": "30/minute",
    API + "/sessions": "60/minute",
    API + "/session": "300/minute",
    API + "/areas": "600/minute",
    API + "/facilities": "600/minute",
    API + "/houses": "600/minute",
    API + "/houses/index": "600/minute",
    API + "/houses/([0-9]{1,18})": "600/minute",
    API + "/houses/([0-9]{1,18})/calendar": "600/minute",
    API + "/houses/([0-9]{1,18})/quote": "300/minute",
    API + r"/openapi\.json": "60/minute",
    API + r"/asyncapi\.json": "60/minute",
    API + "/payments/alipay/notify": "6000/minute",
    API + "/payments/alipay/return": "300/minute",
    API + "/live": "120/minute",
    API + "/live/houses/([0-9]{1,18})": "600/minute",
    CLASSIC + "/image_codes?/([^/]+)": "60/minute",
    CLASSIC + "/sms_codes?/([^/]+)": "30/minute",
    CLASSIC + "/users": "30/minute",
    CLASSIC + "/sessions?": "300/minute",
    CLASSIC + "/areas": "600/minute",
    CLASSIC + "/houses": "600/minute",
    CLASSIC + "/houses/index": "600/minute",
    CLASSIC + "/houses/([0-9]{1,18})": "600/minute",
    # These three decide who may call in a `prepare` of their own: see OWN_PREPARE.
    "/healthz": "600/minute",
    "/readyz": "600/minute",
    "/metrics": "600/minute",
}
# A route that needs a signed-in user, and how often one address may call it.
PRIVATE = {
    r"/my(?:\.html)?": "600/minute",
    r"/profile(?:\.html)?": "600/minute",
    r"/tokens(?:\.html)?": "600/minute",
    r"/webhooks(?:\.html)?": "600/minute",
    r"/auth(?:\.html)?": "600/minute",
    r"/myhouse(?:\.html)?": "600/minute",
    r"/newhouse(?:\.html)?": "600/minute",
    "/house/([0-9]{1,18})/edit": "600/minute",
    "/house/([0-9]{1,18})/calendar": "600/minute",
    "/house/([0-9]{1,18})/prices": "600/minute",
    r"/booking(?:\.html)?": "600/minute",
    r"/orders(?:\.html)?": "600/minute",
    r"/lorders(?:\.html)?": "600/minute",
    "/order/([0-9]{1,18})": "600/minute",
    r"/payComplete(?:\.html)?": "600/minute",
    API + "/users/name": "30/minute",
    API + "/users/avatar": "30/minute",
    API + "/users/auth": "60/minute",
    API + "/user": "600/minute",
    API + "/user/houses": "600/minute",
    API + "/user/tokens": "120/minute",
    API + "/user/tokens/([0-9]{1,18})": "120/minute",
    API + "/user/webhooks": "120/minute",
    API + "/user/webhooks/([0-9]{1,18})": "120/minute",
    API + "/user/webhooks/([0-9]{1,18})/secret": "30/minute",
    API + "/user/webhooks/([0-9]{1,18})/ping": "30/minute",
    API + "/user/webhooks/([0-9]{1,18})/deliveries": "300/minute",
    API + "/user/webhooks/([0-9]{1,18})/deliveries/([0-9]{1,18})/resend": "60/minute",
    API + "/houses/([0-9]{1,18})/status": "120/minute",
    API + "/houses/([0-9]{1,18})/blocks": "120/minute",
    API + "/houses/([0-9]{1,18})/prices": "120/minute",
    API + "/houses/([0-9]{1,18})/calendars": "120/minute",
    API + "/houses/([0-9]{1,18})/calendars/file": "60/minute",
    API + "/houses/([0-9]{1,18})/calendars/export": "60/minute",
    API + "/houses/([0-9]{1,18})/calendars/([0-9]{1,18})": "120/minute",
    API + "/houses/([0-9]{1,18})/calendars/([0-9]{1,18})/sync": "60/minute",
    API + "/houses/([0-9]{1,18})/images": "120/minute",
    API + "/houses/([0-9]{1,18})/images/order": "120/minute",
    API + "/houses/([0-9]{1,18})/images/([0-9]{1,18})": "120/minute",
    API + "/live/events": "600/minute",
    API + "/orders/([0-9]{1,18})/payment": "120/minute",
    API + "/orders": "300/minute",
    API + "/orders/([0-9]{1,18})": "600/minute",
    API + "/orders/([0-9]{1,18})/status": "120/minute",
    API + "/orders/([0-9]{1,18})/comment": "60/minute",
    API + "/orders/([0-9]{1,18})/reply": "60/minute",
    CLASSIC + "/users?/name": "30/minute",
    CLASSIC + "/users?/avatar": "30/minute",
    CLASSIC + "/users?/auth": "60/minute",
    CLASSIC + "/user": "600/minute",
    CLASSIC + "/user/houses": "600/minute",
    CLASSIC + "/user/orders": "300/minute",
    CLASSIC + "/houses/info": "120/minute",
    CLASSIC + "/houses/image": "120/minute",
    CLASSIC + "/orders": "300/minute",
    CLASSIC + "/orders/([0-9]{1,18})/status": "120/minute",
    CLASSIC + "/orders/([0-9]{1,18})/comment": "60/minute",
    CLASSIC + "/orders/([0-9]{1,18})/payment": "120/minute",
    CLASSIC + "/order/payment": "30/minute",
}
# A classic front end in place of our pages: all of it is open, and read only.
SITE = {
    "/": "300/minute",
    r"/([A-Za-z0-9_-]{1,64})\.html": "300/minute",
    "/static/(.*)": "2400/minute",
    r"/(favicon\.ico)": "2400/minute",
    "/house/([0-9]{1,18})": "300/minute",
    "/order/[0-9]{1,18}": "300/minute",
    API + "/payments/alipay/return": "300/minute",
    "/media/(.+)": "1200/minute",
}
# Routes that take writes without the session's token: who calls them, and what stands in for it.
CSRF_EXEMPT = {API + "/payments/alipay/notify": "Alipay, which signs what it says"}
# Handlers that no pattern of ROUTES names: what the application falls back to.
FALLBACKS = {
    application.NoSuchCall: "300/minute",
    application.BodyTooLarge: "600/minute",
    NotFoundPage: "300/minute",
    ClassicNoPage: "300/minute",
    NoSuchClassicCall: "300/minute",
    ClassicBodyTooLarge: "600/minute",
    StaticHandler: "600/minute",
}
# A `prepare` that does not call its parent's skips limit, session, CSRF and login. Who does so, and why.
OWN_PREPARE = {
    "NoSuchCall": "counts against its limit and answers 404, whoever asks",
    "BodyTooLarge": "answers 413, whoever asks; the body was dropped",
    "NoSuchClassicCall": "as NoSuchCall, on the classic prefix",
    "ClassicBodyTooLarge": "as BodyTooLarge, on the classic prefix",
    "StaticHandler": "our own files, the same for everybody",
    "LivenessHandler": "must answer when no store does",
    "_OperatorHandler": "loopback only",
}


def access(routes: Iterable[tuple[str, type[BaseHandler]]], *, public: bool) -> dict[str, str]:
    """Pattern and limit of the routes that are public, or of those that are not."""
    return {pattern: handler.limit for pattern, handler in routes if handler.is_public is public}


def own_prepares(module: Module) -> list[str]:
    """Classes whose `prepare` does not call the parent's."""
    return [
        owner.name
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, FunctionNode) and method.name == "prepare"
        if "super().prepare()" not in ast.unparse(method) and owner.name != "BaseHandler"
    ]


def test_these_routes_are_public_with_these_limits() -> None:
    assert access(ROUTES, public=True) == PUBLIC


def test_all_other_routes_need_a_signed_in_user() -> None:
    assert access(ROUTES, public=False) == PRIVATE


def test_a_classic_front_end_is_open_and_takes_no_writes() -> None:
    writes = {"post", "put", "patch", "delete"}

    assert access(SITE_ROUTES, public=True) == SITE
    assert access(SITE_ROUTES, public=False) == {}
    for _, handler in SITE_ROUTES:
        assert not [verb for verb in writes if getattr(handler, verb) is not getattr(RequestHandler, verb)]


def test_every_classic_call_answers_200_when_its_body_is_too_large() -> None:
    assert {handler.oversized for _, handler in CLASSIC_CALLS} == {ClassicBodyTooLarge}


def test_only_these_routes_take_writes_without_the_sessions_token() -> None:
    exempt = [pattern for pattern, handler in ROUTES if handler.csrf_exempt]

    assert exempt == list(CSRF_EXEMPT)
    assert not any(handler.csrf_exempt for handler in FALLBACKS)


def test_no_pattern_stands_twice() -> None:
    patterns = [pattern for pattern, _ in ROUTES]

    assert sorted(set(patterns)) == sorted(patterns)


def test_the_fallbacks_are_public_with_these_limits() -> None:
    assert {handler: handler.limit for handler in FALLBACKS} == FALLBACKS
    assert all(handler.is_public for handler in FALLBACKS)


def test_only_these_handlers_skip_the_checks_of_every_request() -> None:
    handlers = [module for module in product() if module.path.startswith("handlers/")]

    found = [name for module in handlers for name in own_prepares(module)]

    assert sorted(found) == sorted(OWN_PREPARE)


def test_a_route_that_opens_by_itself_would_be_found() -> None:
    class Opened(BaseHandler):
        is_public = True
        limit = "1/second"

    class Closed(BaseHandler):
        pass

    routes = [("/opened", Opened), ("/closed", Closed)]

    assert access(routes, public=True) == {"/opened": "1/second"}
    assert access(routes, public=False) == {"/closed": "600/minute"}


def test_a_prepare_that_skips_its_parents_would_be_found() -> None:
    skips = "class H(BaseHandler):\n    async def prepare(self):\n        pass\n"

    assert own_prepares(Module("x.py", skips)) == ["H"]
    assert own_prepares(Module("x.py", skips.replace("pass", "await super().prepare()"))) == []
