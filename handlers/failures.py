"""Why a task failed, in a sentence: each kind of task has its own reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.calendars import model as calendars
from server.photos import model as photos
from server.sms import model as sms

if TYPE_CHECKING:
    from collections.abc import Mapping


def failure_sentence(task_id: str, reason: str | None) -> str | None:
    """The msgid for a task's reason; None for a reason that its kind does not know."""
    return _known(task_id).get(reason or "")


def _known(task_id: str) -> dict[str, str]:
    sentences: Mapping[Any, str] = sms.FAILURE_SENTENCES
    if task_id.startswith(photos.TASK_PREFIX):
        sentences = photos.FAILURE_SENTENCES
    elif task_id.startswith(calendars.TASK_PREFIX):
        sentences = calendars.SENTENCES
    return {str(code): sentence for code, sentence in sentences.items()}
