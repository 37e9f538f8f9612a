"""Keys of stored objects and their texts."""

from __future__ import annotations

import pytest

from server.media.model import MediaType, NoSuchObject, ObjectKey


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        f"{'a' * 2}/{'a' * 63}.webp",
        f"{'b' * 2}/{'a' * 64}.webp",
        f"{'a' * 2}/{'a' * 64}.svg",
        f"{'A' * 2}/{'A' * 64}.webp",
        f"{'a' * 2}/{'a' * 64}.webp\n",
        f"{'a' * 2}/{'a' * 64}.webp/../x",
        f"{'a' * 2}//{'a' * 64}.webp",
        f"{'a' * 2}/{'a' * 64}.webp\0",
        "٠٠/" + "٠" * 64 + ".webp",
    ],
)
def test_a_text_that_is_no_key_is_not_found(text: str) -> None:
    with pytest.raises(NoSuchObject) as refusal:
        ObjectKey.parse(text)

    assert refusal.value.status == 404


@pytest.mark.parametrize("media_type", MediaType)
def test_a_key_survives_its_text(media_type: MediaType) -> None:
    key = ObjectKey.of(b"x", media_type)

    assert ObjectKey.parse(str(key)) == key
    assert str(key).startswith("2d/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.")
