"""What schemathesis loads beside its configuration: nothing that it makes up may leave this machine."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

NOBODY_LISTENS = "127.0.0.1:9"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Lead the addresses in bodies, examples of the document among them, to where nobody listens."""
    if isinstance(case.body, dict) and isinstance(case.body.get("url"), str):
        case.body["url"] = re.sub(r"^([a-z]+://)[^/?#]*", rf"\g<1>{NOBODY_LISTENS}", case.body["url"])
