"""A picture's view, states and reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.failures import failure_sentence
from server.media.model import Variant
from server.photos import model
from server.photos.model import FailureReason, Photo, PhotoState, check_order, read_variants, write_variants
from server.sms.model import FAILURE_SENTENCES as SMS_SENTENCES
from server.sms.model import FailureReason as SmsFailureReason

KEY = f"ab/ab{'0' * 62}.webp"
JPEG = f"cd/cd{'0' * 62}.jpg"
PHOTO = Photo(7, 3, 0, KEY, 600, 400, "data:image/webp;base64,AA", None, "photo-1")
CARD = {"card": Variant(480, 320, KEY, JPEG)}


def test_a_picture_is_shown_by_its_original_while_its_sizes_are_made() -> None:
    assert PHOTO.view() == {
        "image_id": 7,
        "url": f"/media/{KEY}",
        "width": 600,
        "height": 400,
        "preview": "data:image/webp;base64,AA",
        "state": "processing",
        "variants": None,
    }


def test_only_the_owner_gets_the_task_and_only_while_it_runs() -> None:
    ready = replace(PHOTO, variants=CARD)

    assert PHOTO.view(for_owner=True) == {**PHOTO.view(), "task_id": "photo-1"}
    assert "task_id" not in ready.view(for_owner=True)


@pytest.mark.parametrize(
    ("variants", "state"),
    [(None, PhotoState.PROCESSING), ({}, PhotoState.FAILED), (CARD, PhotoState.READY)],
)
def test_the_column_tells_the_state(variants: model.Variants | None, state: PhotoState) -> None:
    assert replace(PHOTO, variants=variants).state is state
    assert variants is None or read_variants(write_variants(variants)) == variants


def test_sizes_are_shown_with_addresses() -> None:
    shown = replace(PHOTO, variants=CARD).view()["variants"]

    assert shown == {"card": {"width": 480, "height": 320, "webp": f"/media/{KEY}", "jpeg": f"/media/{JPEG}"}}


def test_an_order_names_each_picture_once() -> None:
    assert check_order([3, 1, 2]) == [3, 1, 2]
    for bad in ([], [1, 1], list(range(21))):
        with pytest.raises(model.BadOrder):
            check_order(bad)


def test_each_kind_of_task_explains_its_own_reasons() -> None:
    photo, sms = model.new_task_id(), "0f0f0f0f-0000-4000-8000-000000000000"

    assert set(model.FAILURE_SENTENCES) == set(FailureReason)
    for reason in FailureReason:
        assert failure_sentence(photo, reason.value) == model.FAILURE_SENTENCES[reason]
    for sms_reason in SmsFailureReason:
        assert failure_sentence(sms, sms_reason.value) == SMS_SENTENCES[sms_reason]
    assert failure_sentence(photo, "interrupted") != failure_sentence(sms, "interrupted")
    assert failure_sentence(photo, "bad_number") is failure_sentence(sms, "unreadable") is None
    assert failure_sentence(photo, None) is None


def test_a_tasks_name_fits_where_tasks_are_named() -> None:
    assert len(model.new_task_id()) <= 64
    assert model.new_task_id() != model.new_task_id()
