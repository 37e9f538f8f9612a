"""Demo pictures: the same on every machine, each different, none degenerate."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageStat

from server.seed.drawing import SCENES, draw, mood_for, scenes_for
from server.seed.drawing.palettes import MOODS, VIEWS, light_of, scheme_of

KINDS = ("hutong", "apartment", "loft", "villa", "cabin")


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' channels, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def colours_of(picture: Image.Image) -> int:
    """How many clearly different colours make up at least a two-hundredth of the picture each."""
    small = picture.resize((200, 150)).quantize(32)
    return sum(count >= 150 for count, _ in small.getcolors() or [])


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_drawn_in_full_size_and_many_colours_and_again_the_same(scene: str) -> None:
    picture = draw(scene, 41)

    assert (picture.mode, picture.size) == ("RGB", (1600, 1200))
    assert colours_of(picture) >= 12
    assert min(ImageStat.Stat(picture.convert("L")).stddev) > 15
    assert draw(scene, 41).tobytes() == picture.tobytes()


@pytest.mark.parametrize("scene", SCENES)
def test_pictures_of_a_scene_differ_clearly(scene: str) -> None:
    pictures = [draw(scene, seed).resize((160, 120)) for seed in (10, 20, 30)]

    closest = min(distance(one, other) for at, one in enumerate(pictures) for other in pictures[:at])

    assert closest > 12


def test_pictures_of_one_house_and_scene_differ() -> None:
    pictures = {draw("living-room", seed).tobytes() for seed in range(30, 36)}

    assert len(pictures) == 6


def test_a_flat_picture_would_be_found_degenerate_and_a_repeated_one_alike() -> None:
    flat = Image.new("RGB", (1600, 1200), (120, 140, 160))

    assert colours_of(flat) == 1
    assert distance(flat, flat) == 0


def test_ten_seeds_in_a_row_share_the_light_of_one_house() -> None:
    def brightness(seed: int) -> float:
        return ImageStat.Stat(draw("living-room", seed).convert("L")).mean[0]

    same_house = [brightness(seed) for seed in range(10, 20, 3)]

    assert MOODS[1].startswith("night-")
    assert max(same_house) < min(brightness(seed) for seed in (0, 20))


def test_a_given_mood_overrules_the_seeds() -> None:
    night, noon = (draw("balcony", 5, f"{hour}-sage-sea") for hour in ("night", "noon"))

    assert ImageStat.Stat(noon.convert("L")).mean[0] > ImageStat.Stat(night.convert("L")).mean[0] + 40


@pytest.mark.parametrize("kind", KINDS)
def test_a_house_shows_five_different_scenes_and_a_mood_that_can_be_drawn(kind: str) -> None:
    for house in range(10):
        scenes = scenes_for(kind, house)
        mood = mood_for(kind, house)

        assert len(set(scenes)) == 5
        assert set(scenes) <= set(SCENES)
        assert mood.rsplit("-", 1)[0] in MOODS
        assert mood.rsplit("-", 1)[1] in VIEWS

    assert draw(scenes[0], 90, mood).size == (1600, 1200)


def test_each_kind_has_a_cover_of_its_own() -> None:
    assert len({scenes_for(kind)[0] for kind in KINDS}) == len(KINDS)


def test_neighbouring_moods_differ_in_hour_and_colours() -> None:
    for one, other in zip(MOODS, (*MOODS[1:], MOODS[0]), strict=True):
        assert not set(one.split("-")) & set(other.split("-"))


@pytest.mark.parametrize("mood", MOODS)
def test_the_colours_of_a_mood_can_be_told_apart(mood: str) -> None:
    hour, colours = mood.split("-")
    scheme = scheme_of(colours)

    wanted = (scheme.wall, scheme.panel, scheme.floor, scheme.fabric, scheme.accent, scheme.second)

    assert light_of(hour).hour == hour
    for at, one in enumerate(wanted):
        for other in wanted[:at]:
            assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 40
