"""The captcha as people and programs meet it: its texts, its answers, its picture."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import product
from uuid import uuid4

import pytest
from PIL import Image

from server.captcha import model, picture
from server.captcha.model import BadCaptchaId, CaptchaNotStored, CaptchaRequired, WrongCaptcha
from server.errors import Errno


def shown(text: str) -> Image.Image:
    with Image.open(BytesIO(picture.draw(text)), formats=("PNG",)) as image:
        return image.convert("RGB")


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    return [colour for _, colour in image.getcolors(240 * 88) or [] if isinstance(colour, tuple)]


def luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_texts_have_four_characters_that_nobody_confuses() -> None:
    texts = [model.new_text() for _ in range(3_000)]

    seen = Counter("".join(texts))
    assert {len(text) for text in texts} == {4}
    assert set(seen) == set(model.ALPHABET)
    assert not set(seen) & set("0OoQ1IilL2Z5S8B6GUV")
    assert len(set(texts)) > 2_900
    assert max(seen.values()) < 2 * min(seen.values())


@pytest.mark.parametrize("answer", ["A3KX", "a3kx", "Ａ３ＫＸ", "ａ３ｋｘ", " a3 kx\n", "a3KX\u3000"])
def test_an_answer_is_right_however_it_is_typed(answer: str) -> None:
    assert model.same("A3KX", answer)


@pytest.mark.parametrize(
    "answer",
    ["", " ", "A3K", "A3KXX", "XK3A", "A3KY", "\0A3KX", "\ud800", "А3KX", "A3KX" + "A" * 100_000, "😀"],
)
def test_any_other_answer_is_wrong(answer: str) -> None:
    assert not model.same("A3KX", answer)


def test_an_answer_of_spaces_does_not_match_a_text_that_is_missing() -> None:
    assert not model.same("A3KX", " " * 4)


AN_ID = "7d47de65-85b0-4b59-abfe-796a5535d0ca"


def test_a_captcha_id_is_a_uuid() -> None:
    made = str(uuid4())

    assert model.captcha_id(made) == made
    assert model.captcha_id(made.upper()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "../x",
        f"{{{AN_ID}}}",
        f"urn:uuid:{AN_ID}",
        AN_ID.replace("-", ""),
        f"{AN_ID}\n",
        f"{AN_ID} ",
        "٠" * 36,
    ],
)
def test_another_captcha_id_is_refused(text: str) -> None:
    with pytest.raises(BadCaptchaId) as refusal:
        model.captcha_id(text)

    assert refusal.value.status == 400


def test_refusals_say_what_the_contract_says() -> None:
    assert (WrongCaptcha.errno, WrongCaptcha.status, WrongCaptcha.field) == (
        Errno.PARAMETER,
        422,
        "image_code",
    )
    assert CaptchaRequired.field == "image_code"
    assert (CaptchaNotStored.errno, CaptchaNotStored.status) == ("4001", 503)
    assert str(CaptchaNotStored()) == "保存验证码失败"


def test_a_picture_is_a_small_png_at_twice_its_shown_size() -> None:
    content = picture.draw("A3KX")

    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.size) == ("PNG", (240, 88))
        assert image.info.keys() <= {"transparency"}
    assert len(content) < 8_000


@pytest.mark.parametrize("ink", picture.INKS)
def test_every_ink_is_readable_on_the_ground(ink: tuple[int, int, int]) -> None:
    assert contrast(ink, picture.GROUND) >= 4.5


def test_characters_are_as_dark_as_their_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    for ink in picture.INKS:
        monkeypatch.setattr(picture, "INKS", (ink,))
        darkest = min(colours(shown("HHHH")), key=sum)

        assert contrast(darkest, picture.GROUND) >= 0.9 * contrast(ink, picture.GROUND)


def test_the_text_stands_in_the_middle_and_within_the_picture() -> None:
    for _ in range(20):
        image = shown("MWMW")
        edges = [image.getpixel((x, y)) for x, y in product((0, 239), range(88))]
        dark = [pixel for pixel in edges if isinstance(pixel, tuple) and contrast(pixel, picture.GROUND) > 3]
        assert len(dark) < 20


def test_no_two_pictures_of_a_text_are_alike() -> None:
    assert len({picture.draw("A3KX") for _ in range(50)}) == 50


def test_threads_may_draw_at_once() -> None:
    texts = [model.new_text() for _ in range(40)]

    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(picture.draw, texts))

    assert all(content.startswith(b"\x89PNG") for content in pictures)


def test_every_character_of_the_alphabet_can_be_drawn() -> None:
    for character in model.ALPHABET:
        assert len(colours(shown(character * 4))) > 4
