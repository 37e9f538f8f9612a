"""The page shells: everything that moves in them comes from the API and the live channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlencode

import structlog

from handlers import visitors
from handlers.access import public
from handlers.base import BaseHandler
from handlers.security import ensure_session_cookies
from server.errors import IhomeError, NoSuchThing, NotSignedIn, StoreUnavailable
from server.i18n import LANGUAGES

if TYPE_CHECKING:
    from server.accounts.model import User


class PageHandler(BaseHandler):
    """A page of `templates/`; private ones send people to the login and back."""

    template: ClassVar[str] = ""
    user: User | None = None

    async def prepare(self) -> None:
        """Who looks; a store that is down makes an anonymous page, never an error."""
        await super().prepare()
        wish = self.get_query_argument("lang", "")
        if wish in LANGUAGES:
            self.language = wish
            self.set_cookie(visitors.LANGUAGE_COOKIE, wish, expires_days=365, samesite="Lax", path="/")
        if self.user_id is not None:
            try:
                self.user = await self.services.accounts.get(self.user_id)
            except (StoreUnavailable, NotSignedIn) as error:
                structlog.get_logger().info("page without its user", reason=type(error).__name__)

    async def get(self) -> None:
        """The page."""
        ensure_session_cookies(self)
        self.show(self.template)

    def show(self, template: str, **more: Any) -> None:
        """Render with what every shell needs, and `more` of the page's own."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Language", self.language)
        settings = self.services.settings
        other = "en" if self.language == "zh" else "zh"
        self.render(
            template,
            _=self.translate,
            lang=self.language,
            other_lang=other,
            lang_switch_url="?"
            + urlencode({**self._query(), "lang": other}),  # relative: it cannot leave the site
            page=template.rsplit("/", 1)[-1].removesuffix(".html"),
            user=self.user,
            is_local=settings.is_local,
            sandbox_url=f"http://127.0.0.1:{settings.sandbox_port}/" if settings.is_local else None,
            from_path=visitors.same_site_path(self.get_query_argument("from", None)),
            **more,
        )

    def translate(self, message: str, **params: object) -> str:
        """`_` in templates."""
        return self.say(message, params)

    def write_refusal(self, error: IhomeError) -> None:
        """A page for a refusal: login, no such address, or try again later."""
        if isinstance(error, NotSignedIn):
            self.redirect("/login.html?from=" + quote(self.request.uri or "/", safe=""))
            return
        self.show("errors/404.html" if error.status in {400, 404, 405} else "errors/500.html")

    def _query(self) -> dict[str, Any]:
        return {
            name: self.get_query_argument(name) for name in self.request.query_arguments if name != "lang"
        }


@public("300/minute")
class RegisterPage(PageHandler):
    """Sign up."""

    template = "accounts/register.html"


@public("300/minute")
class LoginPage(PageHandler):
    """Sign in; `from` says where to go then."""

    template = "accounts/login.html"


@public("300/minute")
class ResetPage(PageHandler):
    """A new password."""

    template = "accounts/reset.html"


class MyPage(PageHandler):
    """Mine."""

    template = "accounts/my.html"


class ProfilePage(PageHandler):
    """Name and picture."""

    template = "accounts/profile.html"


class TokensPage(PageHandler):
    """The user's API tokens."""

    template = "accounts/tokens.html"


class WebhooksPage(PageHandler):
    """The user's webhooks and what was sent to them."""

    template = "webhooks/webhooks.html"


@public("300/minute")
class NotFoundPage(PageHandler):
    """Every address that is no page."""

    async def prepare(self) -> None:
        """404 for every method."""
        await super().prepare()
        ensure_session_cookies(self)
        raise NoSuchThing

    def check_method(self) -> None:
        """No method is more wrong than the address."""

    def check_csrf(self) -> None:
        """Nothing can be done here."""
