"""Whether an address is this machine: a load belongs on one's own."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_here(url: str) -> bool:
    """Or the person says that the other machine is theirs, too."""
    return urlsplit(url).hostname in LOOPBACK or os.environ.get("LOAD_ELSEWHERE") == "yes"
