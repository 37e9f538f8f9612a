"""Files that come in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.refusals import NotForm
from handlers.wire import COMPLAINTS, REPEATED
from server.errors import BadFields

if TYPE_CHECKING:
    from collections.abc import Collection

    from tornado.httputil import HTTPServerRequest


def uploaded(request: HTTPServerRequest, field: str, beside: Collection[str] = ()) -> bytes | None:
    """The file of the field; None without one. Raises NotForm; BadFields for what is not `beside` it, or twice."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise NotForm
    strangers = ({*request.files} - {field}) | ({*request.body_arguments} - {*beside})
    problems = [(name, COMPLAINTS["extra_forbidden"]) for name in sorted(strangers)]
    files = request.files.get(field, [])
    if len(files) > 1:
        problems.append((field, REPEATED))
    if problems:
        raise BadFields(problems)
    return files[0].body if files else None
