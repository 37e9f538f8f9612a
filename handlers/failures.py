"""Why a task failed, in a sentence: each kind of task has its own reasons."""

from __future__ import annotations

from server.photos import model as photos
from server.sms import model as sms


def failure_sentence(task_id: str, reason: str | None) -> str | None:
    """The msgid for a task's reason; None for a reason that its kind does not know."""
    is_photo = task_id.startswith(photos.TASK_PREFIX)
    known = photos.FAILURE_SENTENCES.items() if is_photo else sms.FAILURE_SENTENCES.items()
    return next((sentence for code, sentence in known if code == reason), None)
