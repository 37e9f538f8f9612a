"""Named places where a test lets a process die: `IHOME_FAIL=place:before-commit:kill9`, in local mode only."""

from __future__ import annotations

import os
import signal

POINTS = frozenset(
    {
        "place:before-commit",
        "place:after-commit",
        "place:after-reply",
        "pay:before-commit",
        "pay:after-commit",
        "pay:after-reply",
        "publish:before-mark",  # messages are on the queue, and no row says so
        "publish:after-mark",
    }
)
KILL = ":kill9"


class Failpoints:
    """Where this process dies; nowhere, unless a test armed one of POINTS."""

    def __init__(self, armed: str = "") -> None:
        self._armed = armed.removesuffix(KILL)

    def reach(self, point: str) -> None:
        """End here as by kill -9, if this is the armed place."""
        if point == self._armed:
            os.kill(os.getpid(), signal.SIGKILL)


def check_armed(text: str) -> str:
    """A place and `:kill9`, or nothing. Raises ValueError."""
    if text and not (text.endswith(KILL) and text.removesuffix(KILL) in POINTS):
        raise ValueError(f"is none of {', '.join(sorted(POINTS))} with {KILL} behind it")
    return text
