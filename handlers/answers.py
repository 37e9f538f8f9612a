"""How answers and refusals are written: our envelope, the right status, the visitor's language."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from tornado.web import HTTPError, RequestHandler

from handlers import bearers, compression, cors, headers, security, wire
from handlers.addresses import next_link
from handlers.refusals import MethodNotAllowed, as_refusal
from server.errors import IhomeError, TooManyRequests

if TYPE_CHECKING:
    from server.cache import Cached
    from server.i18n import Language
    from server.limits import Allowance
    from server.services import Services

VARIED = "Accept-Language, Accept-Encoding, Cookie, Authorization"


class Answers(RequestHandler):
    """Tornado's handler with our ways to end a request."""

    # What a client may do with a read's answer: keep it, and ask each time whether it still holds.
    kept: ClassVar[str] = "private, no-cache"
    request_id = ""
    language: Language = "zh"
    allowance: Allowance | None = None

    def set_default_headers(self) -> None:
        """What every answer carries, refusals too."""
        headers.write(self)

    @property
    def services(self) -> Services:
        """The product."""
        services: Services = self.settings["services"]
        return services

    def say(self, message: str, params: dict[str, Any] | None = None) -> str:
        """A msgid in the visitor's language."""
        return self.services.catalogue.translate(self.language, message, params)

    def check_method(self) -> None:
        """What nobody can do here is refused before anybody is asked for a proof. Raises MethodNotAllowed."""
        if self.request.method not in security.allowed_methods(type(self)):
            raise MethodNotAllowed

    def succeed(self, value: object = None, status: int = 200, *, location: str | None = None) -> None:
        """Finish with our envelope. A list says where it goes on; `location` is where the made thing is."""
        self.set_status(status)
        if location:
            self.set_header("Location", location)
        if isinstance(value, dict):
            self._link_next(value.get("next"))
        body = wire.envelope(value, self.say("成功"))
        is_read = status == 200 and self.request.method in {"GET", "HEAD"}
        self._describe(self.kept if is_read else "no-store")
        self._finish(body, hashlib.sha256(body).hexdigest()[:32] if is_read else "")

    def succeed_cached(self, cached: Cached) -> None:
        """Finish with our envelope around a value that has an ETag."""
        forms = cached.forms
        if "next" not in forms:
            value = json.loads(cached.body)
            forms["next"] = value.get("next") if isinstance(value, dict) else None
        self._link_next(forms["next"])
        self._describe(self.kept)
        body = wire.envelope_around(cached.body, self.say("成功"))
        tag = f"{cached.etag[1:-1]}-{self.language}"  # `errmsg` is in the language, too
        self._finish(body, tag, forms)

    def finish_cached(self, cached: Cached) -> None:
        """Finish with JSON that wears no envelope and has an ETag."""
        self._describe(self.kept)
        self._finish(cached.body, cached.etag[1:-1], cached.forms)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Finish with a refusal in our format; whatever is no refusal is a 500 without details."""
        del status_code
        error = as_refusal(kwargs["exc_info"][1] if "exc_info" in kwargs else None)
        self.set_status(error.status)
        if error.retry_after:
            self.set_header("Retry-After", str(error.retry_after))
        if error.status == 405:
            self.set_header("Allow", ", ".join(security.allowed_methods(type(self))))
        if challenge := bearers.challenge(error):
            self.set_header("WWW-Authenticate", challenge)
        if isinstance(error, TooManyRequests):
            headers.write_allowance(self, error.allowance)
        self.write_refusal(error)

    def write_refusal(self, error: IhomeError) -> None:
        """The refusal's body; pages override it."""
        self._describe("no-store")
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
        """What this address can do, and what a listed origin's page may do here."""
        methods = ", ".join(security.allowed_methods(type(self)))
        self.set_status(204)
        self.set_header("Allow", methods)
        cors.answer_preflight(self, methods)

    def _describe(self, caching: str) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Content-Language", self.language)
        self.set_header("Cache-Control", caching)
        self.set_header("Vary", cors.varied(self, VARIED))

    def _link_next(self, cursor: object) -> None:
        if cursor is not None:
            self.add_header("Link", next_link(self.request.path, self.request.query, str(cursor)))

    def _finish(self, body: bytes, tag: str, forms: dict[str, Any] | None = None) -> None:
        """304 when the client has what `tag` names; gzip where it pays, made once for each of `forms`."""
        is_compressed = compression.pays(body, self.request.headers.get("Accept-Encoding", ""))
        if tag:
            self.set_header("Etag", f'"{tag}-gzip"' if is_compressed else f'"{tag}"')
            if self.check_etag_header():
                self.set_status(304)
                self.finish()
                return
        if is_compressed:
            self.set_header("Content-Encoding", "gzip")
            body = compression.compressed(body, tag, forms)
        self.finish(body)
