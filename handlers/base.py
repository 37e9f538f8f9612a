"""What every handler shares: who asks, may they, and how answers and refusals are written."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import structlog
from tornado.web import HTTPError, RequestHandler

from handlers import security, visitors, wire
from handlers.refusals import as_refusal
from server.errors import BadToken, IhomeError, NotSignedIn, StoreUnavailable
from server.i18n import choose_language

if TYPE_CHECKING:
    from server.i18n import Language
    from server.services import Services

B = TypeVar("B", bound=wire.Body)
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class BaseHandler(RequestHandler):
    """Private by default: `access.public` opens a handler. Loads the visitor before the verb runs."""

    is_public: ClassVar[bool] = False
    limit: ClassVar[str] = "600/minute"
    max_body_bytes: ClassVar[int] = 64 * 1024
    request_id = ""
    address = ""
    session_id: str | None = None
    user_id: int | None = None
    language: Language = "zh"

    @property
    def services(self) -> Services:
        """The product."""
        services: Services = self.settings["services"]
        return services

    def set_default_headers(self) -> None:
        """Security headers and the request's id, on errors too."""
        self.request_id = self.request_id or secrets.token_hex(8)
        self.set_header("X-Request-Id", self.request_id)
        security.write_headers(self)

    async def prepare(self) -> None:
        """Language, limit, session, CSRF, login: in this order, before any verb."""
        self.settings["in_flight"].add(self)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        self.language = choose_language(
            self.get_cookie(visitors.LANGUAGE_COOKIE), self.request.headers.get("Accept-Language")
        )
        self.address = visitors.client_address(self.request, self.services.settings.trusted_proxies)
        await self.services.ceiling.check(self.limit, type(self).__name__, self.address)
        self.session_id = visitors.session_cookie(self.request)
        await self.load_user()
        if self.request.method not in READS:
            self.check_csrf()
        if not self.is_public and self.user_id is None:
            raise NotSignedIn

    async def load_user(self) -> None:
        """Who is signed in. A public read goes on as nobody when sessions cannot be read."""
        if not self.session_id:
            return
        try:
            self.user_id = await self.services.sessions.user_id(self.session_id)
        except StoreUnavailable:
            if not self.is_public or self.request.method not in READS:
                raise

    def check_csrf(self) -> None:
        """Writes must show the session's token in X-CSRFToken. Raises BadToken."""
        token = self.request.headers.get("X-CSRFToken", "")
        if not self.session_id or not self.services.sessions.is_csrf_token(self.session_id, token):
            raise BadToken

    @property
    def signed_in_user(self) -> int:
        """The user's id. Raises NotSignedIn."""
        if self.user_id is None:
            raise NotSignedIn
        return self.user_id

    @property
    def session_digest(self) -> str:
        """How the visitor's session is called in tasks and listeners."""
        return self.services.sessions.digest(self.session_id or "")

    def parse(self, model: type[B]) -> B:
        """The JSON body as `model`."""
        return wire.parse(model, self.request.headers.get("Content-Type", ""), self.request.body)

    def say(self, message: str, params: dict[str, Any] | None = None) -> str:
        """A msgid in the visitor's language."""
        return self.services.catalogue.translate(self.language, message, params)

    def succeed(self, value: object = None, status: int = 200) -> None:
        """Finish with our envelope."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(wire.envelope(value, self.say("成功")))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Finish with a refusal in our format; whatever is no refusal is a 500 without details."""
        del status_code
        error = as_refusal(kwargs["exc_info"][1] if "exc_info" in kwargs else None)
        self.set_status(error.status)
        if error.retry_after:
            self.set_header("Retry-After", str(error.retry_after))
        if error.status == 405:
            self.set_header("Allow", ", ".join(security.allowed_methods(type(self))))
        self.write_refusal(error)

    def write_refusal(self, error: IhomeError) -> None:
        """The refusal's body; pages override it."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(wire.dump(self.refusal_body(error)))

    def refusal_body(self, error: IhomeError) -> dict[str, Any]:
        """What the client is told."""
        return wire.failure(error, self.request_id, self.say)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Refusals are answers, not troubles; everything else is logged with its traceback."""
        if not isinstance(value, IhomeError | HTTPError):
            structlog.get_logger().error(
                "unexpected failure", path=self.request.path, exc_info=(typ, value, tb)
            )

    def on_finish(self) -> None:
        """A stop need not wait for this request any more."""
        self.settings["in_flight"].discard(self)

    async def head(self, *args: str) -> None:
        """GET without the body, which Tornado leaves out."""
        await self.get(*args)  # type: ignore[misc]

    async def options(self, *_args: str) -> None:
        """What this address can do."""
        self.set_status(204)
        self.set_header("Allow", ", ".join(security.allowed_methods(type(self))))
