"""A classic front end in place of our own pages: files of the folder that IHOME_CLASSIC_ROOT names."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tornado.web import HTTPError, StaticFileHandler

from handlers.access import public
from handlers.base import BaseHandler
from handlers.media import MediaHandler
from handlers.payments import AlipayReturnHandler
from handlers.refusals import BadRequest
from handlers.security import ensure_session_cookies
from server.errors import NoSuchThing

if TYPE_CHECKING:
    from server.errors import IhomeError

# Such pages have scripts in themselves, and templates that are compiled while one looks: both need what our own
# pages forbid. What they load still comes from here alone.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'self'; object-src 'none'"
)
TYPES = {
    ".html": "text/html", ".htm": "text/html", ".js": "text/javascript", ".css": "text/css",
    ".json": "application/json",
    ".map": "application/json", ".svg": "image/svg+xml", ".ico": "image/x-icon", ".webp": "image/webp",
    ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
    ".eot": "application/vnd.ms-fontobject",
}  # fmt: skip
TEXTS = frozenset({"text/html", "text/javascript", "text/css", "application/json"})
ROUNDS = 3  # how often an address may be encoded before nobody would decode it


class _Site(BaseHandler):
    """What the folder's files and the addresses without one share."""

    def set_default_headers(self) -> None:
        """As everywhere, but for what these pages need."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", POLICY)

    async def load_user(self) -> None:
        """Files are the same for everybody."""

    def write_refusal(self, error: IhomeError) -> None:
        """A word for people."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(self.say(error.message, error.params))


class _Folder(StaticFileHandler, _Site):  # type: ignore[misc]  # both answer HEAD
    """A file of the folder, and nothing outside it."""

    def initialize(self) -> None:  # type: ignore[override]  # no route says more
        """The folder is a setting."""
        super().initialize(str(self.services.settings.classic_root))

    async def prepare(self) -> None:
        """These pages write words of their address into themselves: refuse one with markup in it."""
        await super().prepare()
        if holds_markup(self.request.query):
            raise BadRequest

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """The file behind the address. Raises HTTPError 404."""
        del absolute_path
        found = file_within(Path(root), self.path)
        if found is None:
            raise HTTPError(404)
        return str(found)

    def compute_etag(self) -> str | None:
        """By time and size: who works on a page wants to see it."""
        status = Path(str(self.absolute_path)).stat()
        return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'

    def get_content_type(self) -> str:
        """By the name alone; an unknown one is no text."""
        suffix = Path(str(self.absolute_path)).suffix.lower()
        guessed = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        return f"{guessed}; charset=utf-8" if guessed in TEXTS else guessed

    def set_extra_headers(self, path: str) -> None:
        """Ask again each time."""
        del path
        self.set_header("Cache-Control", "no-cache")


@public("2400/minute")
class ClassicFile(_Folder):
    """Styles, scripts, pictures, plugins."""


@public("300/minute")
class ClassicPage(_Folder):
    """A page of html/."""

    async def get(self, name: str = "index", include_body: bool = True) -> None:
        """The page, and the cookies: its scripts answer `csrf_token` in X-CSRFToken."""
        ensure_session_cookies(self)
        await super().get(f"html/{name}.html", include_body)

    async def head(self, *args: str) -> None:
        """As Tornado's: GET without the body."""
        await self.get(args[0] if args else "index", include_body=False)

    def set_extra_headers(self, path: str) -> None:
        """The cookies come with every look at a page."""
        del path
        self.set_header("Cache-Control", "no-store")


@public("300/minute")
class ClassicNoPage(_Site):
    """Every address that is no page."""

    async def get(self) -> None:
        """404."""
        raise NoSuchThing


@public("300/minute")
class ClassicHousePage(BaseHandler):
    """Our address of a house."""

    async def get(self, house_id: str) -> None:
        """To the classic one."""
        self.redirect(f"/detail.html?id={house_id}")


@public("300/minute")
class ClassicOrderPage(BaseHandler):
    """Our address of an order: the cashier leads back there when nobody paid."""

    async def get(self) -> None:
        """To the list of orders."""
        self.redirect("/orders.html")


@public("300/minute")
class ClassicReturn(AlipayReturnHandler):
    """Where the cashier sends a browser: to the page that asks what became of the payment."""

    async def get(self) -> None:
        """With the whole query, whose signature that page hands in; without the page, to the list of orders."""
        root = self.services.settings.classic_root
        page = "payComplete" if root and (root / "html" / "payComplete.html").is_file() else "orders"
        self.redirect(f"/{page}.html?{self.request.query}")


SITE: list[tuple[str, type[BaseHandler]]] = [
    (r"/", ClassicPage),
    (r"/([A-Za-z0-9_-]{1,64})\.html", ClassicPage),
    (r"/static/(.*)", ClassicFile),
    (r"/(favicon\.ico)", ClassicFile),
    (r"/house/([0-9]{1,18})", ClassicHousePage),
    (r"/order/[0-9]{1,18}", ClassicOrderPage),
    (r"/api/v1_0/payments/alipay/return", ClassicReturn),
    (r"/media/(.+)", MediaHandler),
]


def file_within(root: Path, path: str) -> Path | None:
    """The regular file that a decoded path names in the folder; None for everything else, wherever links lead."""
    if any(_is_unfit(part) for part in path.split("/")):
        return None
    try:
        found = root.joinpath(path).resolve(strict=True)
        inside = found.relative_to(root)
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself is a RuntimeError
        return None
    hidden = any(part.startswith(".") for part in inside.parts)
    return found if found.is_file() and not hidden else None


def holds_markup(query: str) -> bool:
    """Whether a script could read < or > out of a query, however often it decodes it."""
    for _ in range(ROUNDS):
        if "<" in query or ">" in query:
            return True
        query = unquote(query)
    return "<" in query or ">" in query


def _is_unfit(part: str) -> bool:
    return not part or part.startswith(".") or "\\" in part or not part.isprintable()
