"""How answers and refusals are written: our envelope, the right status, the visitor's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from tornado.web import HTTPError, RequestHandler

from handlers import security, wire
from handlers.refusals import as_refusal
from server.errors import IhomeError

if TYPE_CHECKING:
    from server.cache import Cached
    from server.i18n import Language
    from server.services import Services


class Answers(RequestHandler):
    """Tornado's handler with our ways to end a request."""

    request_id = ""
    language: Language = "zh"
    etag: str | None = None

    @property
    def services(self) -> Services:
        """The product."""
        services: Services = self.settings["services"]
        return services

    def say(self, message: str, params: dict[str, Any] | None = None) -> str:
        """A msgid in the visitor's language."""
        return self.services.catalogue.translate(self.language, message, params)

    def succeed(self, value: object = None, status: int = 200) -> None:
        """Finish with our envelope."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(wire.envelope(value, self.say("成功")))

    def succeed_cached(self, cached: Cached) -> None:
        """Finish with our envelope around a value that has an ETag: 304 when the client has it."""
        self.etag = f'{cached.etag[:-1]}-{self.language}"'  # `errmsg` is in the language, too
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Vary", "Accept-Language, Cookie")
        self.finish(wire.envelope_around(cached.body, self.say("成功")))

    def compute_etag(self) -> str | None:
        """The cached value's own, so that nothing is hashed twice."""
        return self.etag or super().compute_etag()

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

    async def head(self, *args: str) -> None:
        """GET without the body, which Tornado leaves out."""
        await self.get(*args)  # type: ignore[misc]

    async def options(self, *_args: str) -> None:
        """What this address can do."""
        self.set_status(204)
        self.set_header("Allow", ", ".join(security.allowed_methods(type(self))))
