"""Files that come in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.refusals import NotForm

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest


def uploaded(request: HTTPServerRequest, field: str) -> bytes | None:
    """The first file of the field; None without one. Raises NotForm."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise NotForm
    files = request.files.get(field)
    return files[0].body if files else None
