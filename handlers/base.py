"""What every handler shares: who asks, in which language, and may they."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, TypeVar

import structlog

from handlers import bearers, headers, visitors, wire
from handlers.answers import Answers
from handlers.operations import READS
from handlers.refusals import UnknownCoding
from server.errors import BadToken, NotSignedIn, StoreUnavailable

if TYPE_CHECKING:
    from server.idempotency.model import Once
    from server.tokens.model import Bearer

B = TypeVar("B", bound=wire.Body)
Q = TypeVar("Q", bound=wire.Query)


class BaseHandler(Answers):
    """Private by default: `access.public` opens a handler. Loads the visitor before the verb runs."""

    is_public: ClassVar[bool] = False
    must_know: ClassVar[bool] = False  # a public read, too, is refused while nobody can say who asks
    is_same_for_all: ClassVar[bool] = False  # whoever reads it: nobody is looked up for a GET
    csrf_exempt: ClassVar[bool] = False  # for a caller with no session and a proof of its own
    limit: ClassVar[str] = "600/minute"
    max_body_bytes: ClassVar[int] = 64 * 1024
    address = ""  # as limits count it
    session_id: str | None = None
    bearer: Bearer | None = None
    user_id: int | None = None

    async def prepare(self) -> None:
        """Limit, method, token or session with CSRF, login: in this order, before any verb."""
        self.settings["in_flight"].add(self)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        self.count()
        self.check_method()
        if self.request.method == "OPTIONS":
            return  # what an address can do is no secret, and a browser asks without telling who it is
        self.bearer = await bearers.bearer_of(self)
        if self.bearer:
            self.user_id = self.bearer.user_id
        elif not bearers.shows_token(self.request):
            await self._load_browser()
        if not self.is_public and self.user_id is None:
            raise NotSignedIn

    def count(self) -> None:
        """Count the request against the limit of its route and address. Raises TooManyRequests."""
        self.address = visitors.counted_address(self.request, self.services.settings.trusted_proxies)
        self.allowance = self.services.ceiling.check(self.limit, type(self).__name__, self.address)
        headers.write_allowance(self, self.allowance)

    async def _load_browser(self) -> None:
        self.session_id = visitors.session_cookie(self.request)
        if self.request.method not in READS or not self.is_same_for_all:
            await self.load_user()
        if self.request.method not in READS and not self.csrf_exempt:
            self.check_csrf()

    async def load_user(self) -> None:
        """Who is signed in by cookie. A public read goes on as nobody when sessions cannot be read."""
        if not self.session_id:
            return
        if not visitors.may_be_nobody(self):
            self.user_id = await self.services.sessions.user_id(self.session_id)
            return
        with suppress(StoreUnavailable):
            self.user_id = await self.services.sessions.glance(self.session_id)

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
        """How the visitor's session, or the program's token, is called in tasks and listeners."""
        return self.bearer.digest if self.bearer else self.services.sessions.digest(self.session_id or "")

    def parse(self, model: type[B]) -> B:
        """The JSON body as `model`. Raises NotJson, UnknownCoding, Malformed, BadFields."""
        if self.request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnknownCoding
        return wire.parse(model, self.request.headers.get("Content-Type", ""), self.request.body)

    def parse_query(self, model: type[Q]) -> Q:
        """The query string as `model`."""
        return wire.parse_query(model, self.request.query_arguments)

    def once(self, content: bytes | None = None) -> Once | None:
        """The request as one that may come twice, when it carries an Idempotency-Key. Raises BadKey.

        `content` is what counts of a body that is written otherwise each time: a multipart boundary is.
        """
        name = self.request.headers.get("Idempotency-Key")
        if name is None:
            return None
        asked = f"{self.request.method} {self.request.path}"
        content = self.request.body if content is None else content
        return self.services.idempotency.once(self.signed_in_user, name, asked, content)

    def on_finish(self) -> None:
        """A stop need not wait for this request any more."""
        self.settings["in_flight"].discard(self)
