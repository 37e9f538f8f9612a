"""The documented phone numbers on which the sandbox misbehaves; every other number just works."""

from __future__ import annotations

from enum import StrEnum


class Behaviour(StrEnum):
    """What the played platform does with a well-formed request."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SLOW = "slow"
    UNSTEADY = "unsteady"
    SILENT = "silent"
    CUT_OFF = "cut_off"


BEHAVIOURS = {
    "13900000001": Behaviour.REFUSE,
    "13900000002": Behaviour.SLOW,
    "13900000003": Behaviour.UNSTEADY,
    "13900000004": Behaviour.SILENT,
    "13900000005": Behaviour.CUT_OFF,
}
SLOW_SECONDS = 3.0
SILENT_SECONDS = 30.0
FAILURES_IN_A_ROW = 2


def behaviour_of(mobile: str) -> Behaviour:
    """How the platform treats this number."""
    return BEHAVIOURS.get(mobile, Behaviour.ACCEPT)
