"""Why a task failed, in a sentence: each kind of task has its own reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.photos import model as photos
from server.sms import model as sms

if TYPE_CHECKING:
    from collections.abc import Mapping


def failure_sentence(task_id: str, reason: str | None) -> str | None:
    """The msgid for a task's reason; None for a reason that its kind does not know."""
    sentences: Mapping[photos.FailureReason, str] | Mapping[sms.FailureReason, str]
    if task_id.startswith(photos.TASK_PREFIX):
        sentences = photos.FAILURE_SENTENCES
    else:
        sentences = sms.FAILURE_SENTENCES
    return next((sentence for known, sentence in sentences.items() if known == reason), None)
