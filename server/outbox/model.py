"""What an outbox row is, and the states of a task as clients see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FINAL_STATES = frozenset({"sent", "failed"})
RANKS = {"queued": 0, "sending": 1, "sent": 2, "failed": 2}


@dataclass(frozen=True)
class Work:
    """A task to publish: its Celery name, id and arguments; `owner` is the digest of the causing session.

    `publications` is how often it was published before.
    """

    task_id: str
    name: str
    args: tuple[Any, ...] = ()
    owner: str | None = None
    publications: int = 0


@dataclass(frozen=True)
class TaskState:
    """How far a task got: queued, sending, sent or failed, and a stable reason for the last."""

    state: str
    reason: str | None = None

    @property
    def rank(self) -> int:
        """A task's state never goes to a lower rank."""
        return RANKS.get(self.state, -1)

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self.state in FINAL_STATES

    def outcome(self) -> dict[str, Any]:
        """The state as a task returns it, for `state_from_outcome`."""
        return {"state": self.state, "reason": self.reason}


def state_from_result(meta: dict[str, Any]) -> TaskState | None:
    """The state in a Celery result (its JSON meta), or None where it says nothing to a client."""
    match meta.get("status"):
        case "STARTED" | "RETRY":
            return TaskState("sending")
        case "SUCCESS":
            return state_from_outcome(meta.get("result"))
        case "FAILURE" | "REVOKED":
            return TaskState("failed", "interrupted")
    return None


def state_from_outcome(outcome: object) -> TaskState | None:
    """The state that a task returned as its result."""
    if isinstance(outcome, dict) and isinstance(outcome.get("state"), str):
        return TaskState(outcome["state"], outcome.get("reason"))
    return None
