"""The Tornado application: routes, body limits, request log."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from tornado.httputil import HTTPMessageDelegate
from tornado.web import Application, RequestHandler

from handlers.access import public
from handlers.base import BaseHandler
from handlers.classic.base import NoSuchClassicCall
from handlers.classic.routes import CLASSIC_CALLS, NO_CLASSIC_CALL
from handlers.classic.site import SITE, ClassicNoPage
from handlers.media import StaticHandler
from handlers.openapi.interface import Interface
from handlers.pages import NotFoundPage
from handlers.routes import API, CALLS, ROUTES
from handlers.wire import TooLarge
from server.errors import NoSuchThing

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine, ResponseStartLine

    from server.services import Services

ROOT = Path(__file__).parent.parent
DRAINED_BYTES = 32 * 1024 * 1024  # read and dropped, so that a client which sends too much hears why
MOST_DIGITS = 100  # Tornado refuses what is no length
WEBSOCKET_MESSAGE_BYTES = 4096
PING_SECONDS = 25


@public("300/minute")
class NoSuchCall(BaseHandler):
    """Every address below the API that is no call."""

    async def prepare(self) -> None:
        """404 for every method."""
        self.count()
        raise NoSuchThing


@public("600/minute")
class BodyTooLarge(BaseHandler):
    """Answers a request whose body is larger than its route takes."""

    async def prepare(self) -> None:
        """413 in our format."""
        self.count()
        raise TooLarge


class IhomeApplication(Application):
    """Tornado's application with a body limit for each route."""

    def get_handler_delegate(
        self, request: HTTPServerRequest, target_class: type[RequestHandler], *args: Any, **kwargs: Any
    ) -> Any:
        """Guard the delegate that Tornado makes."""
        delegate = super().get_handler_delegate(request, target_class, *args, **kwargs)
        limit = getattr(target_class, "max_body_bytes", BaseHandler.max_body_bytes)
        return _BodyLimit(delegate, limit)

    def log_request(self, handler: RequestHandler) -> None:
        """One metric and one log line a request."""
        status, seconds = handler.get_status(), handler.request.request_time()
        services: Services = self.settings["services"]
        route = type(handler).__name__
        method = handler.request.method if handler.request.method in handler.SUPPORTED_METHODS else "other"
        services.metrics.requests.labels(method, route, status).observe(seconds)
        if not logging.getLogger().isEnabledFor(logging.DEBUG):
            return
        structlog.get_logger().debug(
            "request", method=handler.request.method, path=handler.request.path, status=status,
            ms=round(seconds * 1000, 1),
        )  # fmt: skip


class _BodyLimit(HTTPMessageDelegate):
    """Counts a body while it arrives; over the limit it is dropped and the route becomes BodyTooLarge.

    A client that sends more than DRAINED_BYTES too much, or asks whether it may send, is answered at once: Tornado
    closes the connection when an answer is out before its request is in.
    """

    def __init__(self, delegate: Any, limit: int) -> None:
        self._delegate = delegate
        self._left = limit
        self._is_answered = False

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        announced = _announced(headers)
        is_refused = announced > self._left
        if is_refused:
            self._refuse()
        result: Awaitable[None] | None = self._delegate.headers_received(start_line, headers)
        if announced > DRAINED_BYTES or "Transfer-Encoding" in headers:
            self._delegate.request.connection.set_max_body_size(
                max(announced, sys.maxsize)
            )  # it is counted here
        if announced > DRAINED_BYTES or (is_refused and "Expect" in headers):
            self._answer()
        return result

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        is_refused, self._left = self._left < 0, self._left - len(chunk)
        if self._left >= 0:
            result: Awaitable[None] | None = self._delegate.data_received(chunk)
            return result
        if not is_refused:
            self._refuse()
        if self._left < -DRAINED_BYTES:
            self._answer()
        return None

    def finish(self) -> None:
        self._answer()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()

    def _answer(self) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._delegate.finish()

    def _refuse(self) -> None:
        self._left = -1
        self._delegate.handler_class = (
            getattr(self._delegate.handler_class, "oversized", None) or BodyTooLarge
        )
        self._delegate.handler_kwargs = {}
        self._delegate.path_args = []
        self._delegate.path_kwargs = {}
        self._delegate.chunks = []
        # Nothing is left to parse as a form.
        self._delegate.request.headers.pop("Content-Type", None)


def _announced(headers: HTTPHeaders) -> int:
    """How long the client says that its body is; 0 when it does not, or says nothing that is a length."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) < MOST_DIGITS else 0


def make_application(services: Services) -> IhomeApplication:
    """The application over one set of services. Raises TypeError for a handler that declares no access."""
    is_classic = services.settings.classic_root is not None
    routes = [*SITE, *CALLS, *CLASSIC_CALLS] if is_classic else ROUTES
    for pattern, handler in routes:
        if not issubclass(handler, BaseHandler):
            raise TypeError(f"{pattern}: not one of our handlers, so nobody checks who calls it")
    no_calls = [(API + r"/.*", NoSuchCall), (NO_CLASSIC_CALL, NoSuchClassicCall)]
    return IhomeApplication(
        [*routes, *no_calls, (r"/.*", ClassicNoPage if is_classic else NotFoundPage)],
        default_handler_class=NoSuchCall,  # for targets that are no path: http://x/, *, x:443
        services=services,
        interface=Interface(CALLS, services.catalogue),
        in_flight=set(),
        template_path=str(ROOT / "templates"),
        static_path=None if is_classic else str(ROOT / "static"),
        static_handler_class=StaticHandler,
        websocket_ping_interval=PING_SECONDS,
        websocket_ping_timeout=PING_SECONDS - 5,
        websocket_max_message_size=WEBSOCKET_MESSAGE_BYTES,
    )
