"""The marker walk that finds JPEG files made to be slow, before a decoder sees them."""

from __future__ import annotations

import re

# A progressive scan can cost 65 bytes and 15 ms at 40 megapixels, so 8 MiB could keep a thread busy for half
# an hour. Encoders write about 10 scans; mozjpeg at most some 20.
MAX_SCANS = 60
MAX_SEGMENTS = 2_000

_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # those with a length behind them, and the end
_END_OF_IMAGE = 0xD9
_START_OF_SCAN = 0xDA


def is_affordable(content: bytes) -> bool:
    """Whether a JPEG's first image has a sane number of scans and segments; what follows is not read."""
    scans = 0
    position = 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(content, position)
        if found is None or found[1][0] == _END_OF_IMAGE:
            return True
        scans += found[1][0] == _START_OF_SCAN
        if scans > MAX_SCANS:
            return False
        # A scan's picture bytes follow its header; the search runs over them, they hold no marker.
        position = found.end() + max(2, int.from_bytes(content[found.end() : found.end() + 2]))
    return False
