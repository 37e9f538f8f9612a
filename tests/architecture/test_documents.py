"""What the documents must name: every setting, every call, every errno."""

from __future__ import annotations

import re

from handlers.routes import API, CALLS, PAGES
from server.errors import Errno
from server.live.model import CloseCode
from server.settings import PREFIX, Settings
from server.sms.model import FailureReason
from tests.architecture.sources import ROOT


def missing(names: list[str], text: str) -> list[str]:
    """Those names that the text does not hold as words of their own."""
    return [name for name in names if not re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", text)]


def plain(pattern: str) -> str:
    """A route as a document names it, up to its first parameter."""
    path = pattern.removeprefix(API).replace(r"(?:\.html)?", "").replace(r"\.", ".")
    return path.split("(")[0].rstrip("/") or "/"


def document(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text("utf-8")


def test_the_readme_names_every_setting() -> None:
    names = [PREFIX + name.upper() for name in Settings.model_fields]

    assert missing(names, document("README.md")) == []


def test_the_notes_name_every_route() -> None:
    routes = [plain(pattern) for pattern, _ in [*CALLS, *PAGES]]
    text = document("docs/api.md") + document("docs/live.md").replace(API, "")

    assert missing(routes, text.replace("/<", " <").replace("/&lt;", " <")) == []


def test_the_notes_name_every_errno_reason_and_close_code() -> None:
    assert missing([errno.value for errno in Errno], document("docs/api.md")) == []
    assert missing([reason.value for reason in FailureReason], document("docs/live.md")) == []
    assert missing([str(code.value) for code in CloseCode], document("docs/live.md")) == []


def test_a_missing_name_is_found_even_where_a_longer_one_stands() -> None:
    assert missing(["IHOME_PORT", "/user"], "IHOME_PORTS, /users and /x/user") == ["IHOME_PORT", "/user"]
    assert missing(["IHOME_PORT", "/user"], "`IHOME_PORT` and GET /user.") == []


def test_a_route_is_named_without_prefix_suffix_and_parameter() -> None:
    assert plain(API + "/image_codes/([^/]+)") == "/image_codes"
    assert plain(r"/login(?:\.html)?") == "/login"
    assert plain("/") == "/"
