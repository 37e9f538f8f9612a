"""gzip for JSON: whether the client takes it and whether it pays (RFC 9110, 12.5.3).

Only JSON: pictures are compressed already, and pages and static files are the proxy's (deploy/nginx/ihome.conf).
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from server.i18n import weights

if TYPE_CHECKING:
    from collections.abc import MutableMapping

MIN_BYTES = 1024
LEVEL = 6


def pays(body: bytes, accept_encoding: str) -> bool:
    """Whether the body is large enough and the client takes gzip."""
    return len(body) > MIN_BYTES and _takes_gzip(accept_encoding)


def compressed(body: bytes, tag: str, forms: MutableMapping[str, Any] | None) -> bytes:
    """The body in gzip. `forms` keep it under its tag, so that it is made once."""
    if forms is None:
        return gzip.compress(body, LEVEL, mtime=0)
    if tag not in forms:
        forms[tag] = gzip.compress(body, LEVEL, mtime=0)
    kept: bytes = forms[tag]
    return kept


@lru_cache
def _takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is welcome, and no less so than no coding at all."""
    weight = weights(accept_encoding)
    return 0 < weight.get("gzip", weight.get("*", 0.0)) >= weight.get("identity", 0.0)
