"""House pictures and their sizes: the whole upload, upright and clean, and copies that are never enlarged."""

from __future__ import annotations

import base64
import random
import re
from io import BytesIO

import pytest
from PIL import Image

from server.media import picture, variants
from server.media.model import (
    HOUSE_SIDE,
    MAX_PREVIEW,
    VARIANT_WIDTHS,
    AnimatedPicture,
    BrokenObject,
    DamagedPicture,
    EmptyFile,
    FileTooLarge,
    MediaType,
    NotAPicture,
    PictureTooLarge,
)
from tests.server.media.test_picture import (
    BLUE,
    GREEN,
    NOT_PICTURES,
    ODD_MODES,
    RED,
    decoded,
    encoded,
    near,
    noise,
    plain_png,
    quarters,
    shows_quarters,
)


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def pixels_of(preview: str) -> Image.Image:
    head, text = preview.split(",")
    assert head == "data:image/webp;base64"
    return opened(base64.b64decode(text, validate=True))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), (1, 1)),
        ((600, 400), (600, 400)),
        ((2048, 2048), (2048, 2048)),
        ((2049, 1000), (2048, 1000)),
        ((4000, 3000), (2048, 1536)),
        ((3000, 4000), (1536, 2048)),
        ((12_000, 2), (2048, 1)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_whole_picture_is_kept_and_never_enlarged(
    size: tuple[int, int], expected: tuple[int, int], form: str
) -> None:
    result, _ = picture.house_picture(encoded(Image.new("RGB", size, GREEN), form))

    assert (result.width, result.height, result.media_type) == (*expected, MediaType.WEBP)
    assert decoded(result.content).size == expected


def test_all_corners_are_there() -> None:
    image = Image.new("RGB", (3000, 1000), GREEN)
    image.paste(RED, (0, 0, 1000, 1000))
    image.paste(BLUE, (2000, 0, 3000, 1000))

    result, _ = picture.house_picture(encoded(image, "JPEG"))

    shown = decoded(result.content)
    places = [(shown.width * share // 6, shown.height // 2) for share in (1, 3, 5)]
    assert all(
        near(shown.getpixel(place), colour) for place, colour in zip(places, (RED, GREEN, BLUE), strict=True)
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_is_held_upright(form: str, orientation: int) -> None:
    undo = {**picture._UPRIGHT, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    shot = quarters() if orientation == 1 else quarters().transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation

    result, preview = picture.house_picture(encoded(shot, form, exif=exif, quality=95))
    unturned, _ = picture.house_picture(encoded(shot, form, quality=95))  # control

    assert (result.width, result.height) == (600, 400)
    assert shows_quarters(result.content)
    assert near(pixels_of(preview).convert("RGB").getpixel((4, 4)), RED, 30)
    assert shows_quarters(unturned.content) == (orientation == 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_survives_in_any_size(form: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 26.0), 29: "SECRETDATE"}
    content = encoded(noise(700, 500), form, exif=exif, xmp=b"<SECRETXMP/>")
    assert b"SECRETMAKER" in content

    result, preview = picture.house_picture(content + b"<?php SECRETTAIL ?>")
    sizes = variants.make(result.content)

    every = [result.content, base64.b64decode(preview.split(",")[1])]
    every += [one.content for pair in sizes.values() for one in pair]
    for stored in every:
        assert not re.search(rb"SECRET|EXIF|Exif|ICCP|XMP |acsp", stored)
        assert not opened(stored).getexif()


@pytest.mark.parametrize(("content", "expected", "tolerance"), ODD_MODES.values(), ids=ODD_MODES)
def test_every_kind_of_pixel_arrives_as_it_looks(
    content: bytes, expected: tuple[int, int, int], tolerance: int
) -> None:
    result, _ = picture.house_picture(content)

    assert near(decoded(result.content).getpixel((32, 32)), expected, tolerance)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFile),
        (NOT_PICTURES["svg"], NotAPicture),
        (NOT_PICTURES["gif and jpeg"], NotAPicture),
        (encoded(noise(300, 200), "JPEG")[:4000], DamagedPicture),
        (encoded(noise(), "JPEG") + bytes(9 * 1024 * 1024), FileTooLarge),
        (plain_png(10_000, 6_000), PictureTooLarge),
        (encoded(noise(), "PNG", save_all=True, append_images=[noise()]), AnimatedPicture),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_is_refused_names_the_house_image(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        picture.house_picture(content)

    assert refused.value.field == "house_image"  # type: ignore[attr-defined]


def test_a_preview_is_tiny_whatever_the_picture_shows() -> None:
    chance = random.Random(3)
    worst = [
        Image.frombytes("RGB", (width, height), chance.randbytes(width * height * 3))
        for width, height in [(24, 36), (24, 16), (36, 36), (1, 2000), (2000, 1)]
    ]

    previews = [picture.house_picture(encoded(image))[1] for image in [*worst, quarters()]]

    assert all(len(preview) <= MAX_PREVIEW for preview in previews)
    assert pixels_of(previews[-1]).size == (24, 16)
    assert pixels_of(previews[0]).size == (24, 36)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2048, 1536), {"card": (480, 360), "gallery": (1024, 768), "full": (2048, 1536)}),
        ((1536, 2048), {"card": (480, 640), "gallery": (1024, 1365), "full": (1536, 2048)}),
        ((700, 500), {"card": (480, 343), "gallery": (700, 500), "full": (700, 500)}),
        ((60, 40), {"card": (60, 40), "gallery": (60, 40), "full": (60, 40)}),
        ((2048, 1), {"card": (480, 1), "gallery": (1024, 1), "full": (2048, 1)}),
    ],
)
def test_sizes_are_as_wide_as_their_name_says_and_never_enlarged(
    size: tuple[int, int], expected: dict[str, tuple[int, int]]
) -> None:
    original, _ = picture.house_picture(encoded(Image.new("RGB", size, RED)))

    made = variants.make(original.content)

    assert {name: (webp.width, webp.height) for name, (webp, _) in made.items()} == expected
    for webp, jpeg in made.values():
        assert (webp.media_type, jpeg.media_type) == (MediaType.WEBP, MediaType.JPEG)
        assert opened(webp.content).size == opened(jpeg.content).size == (jpeg.width, jpeg.height)
        assert (opened(webp.content).format, opened(jpeg.content).format) == ("WEBP", "JPEG")


def test_a_size_that_is_the_pictures_own_is_the_picture_itself() -> None:
    original, _ = picture.house_picture(encoded(quarters()))

    made = variants.make(original.content)

    assert made["full"][0] == made["gallery"][0] == original
    assert made["full"][1] == made["gallery"][1]
    assert made["card"][0] != original
    assert shows_quarters(made["card"][0].content)


def test_the_same_picture_gives_the_same_bytes_in_every_size() -> None:
    content = encoded(noise(1200, 900), "JPEG")

    first, second = picture.house_picture(content), picture.house_picture(content)

    assert first == second
    assert variants.make(first[0].content) == variants.make(second[0].content)


@pytest.mark.parametrize("content", [b"", b"nonsense", encoded(noise(), "WEBP")[:900], encoded(noise())])
def test_a_stored_object_that_is_no_whole_webp_is_broken(content: bytes) -> None:
    with pytest.raises(BrokenObject):
        variants.make(content)


def test_names_and_sizes_are_the_contracts() -> None:
    assert VARIANT_WIDTHS == {"card": 480, "gallery": 1024, "full": 2048}
    assert HOUSE_SIDE == 2048
