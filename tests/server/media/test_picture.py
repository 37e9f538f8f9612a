"""Hostile and odd uploads: what is refused, with which sentence, and what becomes of the rest."""

from __future__ import annotations

import random
import re
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.PngImagePlugin import PngInfo

from server.errors import Errno
from server.media import jpeg, picture
from server.media.model import (
    AnimatedPicture,
    DamagedPicture,
    EmptyFile,
    FileTooLarge,
    MediaType,
    NotAPicture,
    PictureRefused,
    PictureTooLarge,
)

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (40, 60, 200), (255, 255, 255)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def noise(width: int = 80, height: int = 60) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def plain_png(width: int, height: int) -> bytes:
    """A black picture of any size, without the memory to hold it."""
    packed = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def decoded(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=("WEBP",)) as image:
        return image.convert("RGB")


def near(colour: object, expected: tuple[int, int, int], tolerance: int = 12) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(a - b) <= tolerance for a, b in zip(colour, expected, strict=True))


def quarters() -> Image.Image:
    """600 x 400: red and green above, blue and white below, as it should be seen."""
    image = Image.new("RGB", (600, 400))
    for corner, colour in {(0, 0): RED, (300, 0): GREEN, (0, 200): BLUE, (300, 200): WHITE}.items():
        image.paste(colour, (*corner, corner[0] + 300, corner[1] + 200))
    return image


def shows_quarters(content: bytes) -> bool:
    image = decoded(content)
    left, right = image.width // 5, image.width * 4 // 5
    top, bottom = image.height // 5, image.height * 4 // 5
    places = {(left, top): RED, (right, top): GREEN, (left, bottom): BLUE, (right, bottom): WHITE}
    return all(near(image.getpixel(place), colour) for place, colour in places.items())


NOT_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html named .png": b"<!doctype html><script>alert(1)</script>",
    "gif": encoded(Image.new("RGB", (9, 9)), "GIF"),
    "bmp": encoded(Image.new("RGB", (9, 9)), "BMP"),
    "tiff": encoded(Image.new("RGB", (9, 9)), "TIFF"),
    "avif": encoded(Image.new("RGB", (9, 9)), "AVIF"),
    "pdf": b"%PDF-1.7\n",
    "html before a jpeg": b"<html>" + encoded(noise(), "JPEG"),
    "gif and jpeg": encoded(Image.new("RGB", (9, 9)), "GIF") + encoded(noise(), "JPEG"),
    "one byte": b"\xff",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.parametrize("content", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_no_jpeg_png_or_webp_by_content_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture) as refusal:
        picture.avatar(content)

    assert refusal.value.errno is Errno.FILE
    assert refusal.value.status == 400
    assert refusal.value.field == "avatar"


def test_control_pillow_alone_takes_gifs() -> None:
    assert Image.open(BytesIO(NOT_PICTURES["gif"])).format == "GIF"


def test_a_refusal_names_the_field_that_the_file_came_in() -> None:
    with pytest.raises(NotAPicture) as refusal:
        picture.avatar(b"x", "house_image")

    assert refusal.value.field == "house_image"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(EmptyFile):
        picture.avatar(b"")


def test_nine_megabytes_are_refused_and_eight_are_not() -> None:
    jpeg_file = encoded(noise(), "JPEG")

    with pytest.raises(FileTooLarge) as refusal:
        picture.avatar(jpeg_file + bytes(9 * 1024 * 1024))

    assert refusal.value.status == 413
    assert str(refusal.value) == "图片文件不能超过 8 MB"
    assert picture.avatar(jpeg_file + bytes(8 * 1024 * 1024 - len(jpeg_file))).width == 60


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused(form: str, share: float) -> None:
    content = encoded(noise(300, 200), form)

    with pytest.raises(PictureRefused) as refusal:
        picture.avatar(content[: int(len(content) * share)])

    assert isinstance(refusal.value, DamagedPicture | NotAPicture)


def test_control_a_lenient_pillow_would_take_half_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(noise(300, 200), "JPEG")
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)

    assert picture.avatar(content[: len(content) // 2]).width == 200


@pytest.mark.parametrize(
    ("width", "height"),
    [(30_000, 30_000), (10_000, 10_000), (10_000, 6_000), (12_001, 10), (10, 12_001)],
    ids=["bomb", "where Pillow warns", "60 megapixels", "too wide", "too high"],
)
def test_too_many_pixels_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    with pytest.raises(PictureTooLarge) as refusal:
        picture.avatar(plain_png(width, height))

    assert str(refusal.value) == "图片尺寸太大：不能超过 40 百万像素，每边不能超过 12000 像素"


def test_control_without_the_limit_60_megapixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MAX_PIXELS", 10**9)

    assert picture.avatar(plain_png(10_000, 6_000)).width == 512


def test_control_pillow_warns_of_a_100_megapixel_file() -> None:
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(BytesIO(plain_png(10_000, 10_000))).close()


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_more_than_one_frame_is_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [noise(), noise(), noise()]
    content = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=50)

    with pytest.raises(AnimatedPicture):
        picture.avatar(content)

    monkeypatch.setattr(picture, "_check", lambda *_: None)  # control
    assert picture.avatar(content).width == 60


def test_a_phones_jpeg_with_a_second_picture_behind_it_is_taken() -> None:
    content = encoded(quarters(), "MPO", save_all=True, append_images=[noise()], quality=95)
    assert Image.open(BytesIO(content)).format == "MPO"

    assert shows_quarters(picture.avatar(content).content)


def test_a_jpeg_with_thousands_of_scans_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(noise(), "JPEG", progressive=True)
    last_scan = content[content.rindex(b"\xff\xda") : -2]
    slow = content[:-2] + last_scan * 5_000 + content[-2:]

    with pytest.raises(DamagedPicture):
        picture.avatar(slow)

    assert jpeg.is_affordable(content)
    monkeypatch.setattr(jpeg, "is_affordable", lambda _: True)  # control
    assert picture.avatar(slow).width == 60


def test_a_jpeg_with_a_million_segments_is_refused() -> None:
    content = encoded(noise(), "JPEG")

    assert not jpeg.is_affordable(content[:2] + b"\xff\xe5\x00\x02" * 1_000_000 + content[2:])


def test_a_film_behind_a_jpeg_does_not_count_as_scans() -> None:
    content = encoded(noise(), "JPEG") + b"\xff\xda\x00\x08" * 100_000

    assert picture.avatar(content).width == 60


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_is_held_upright(form: str, orientation: int) -> None:
    undo = {**picture._UPRIGHT, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    shot = quarters() if orientation == 1 else quarters().transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(shot, form, exif=exif, quality=95)

    assert shows_quarters(picture.avatar(content).content)
    assert shows_quarters(picture.avatar(encoded(shot, form, quality=95)).content) == (orientation == 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_survives(form: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 26.0), 29: "SECRETDATE"}
    texts = PngInfo()
    texts.add_text("Comment", "SECRETCOMMENT")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"comment": b"SECRETCOMMENT"} if form == "JPEG" else {"pnginfo": texts} if form == "PNG" else {}
    content = encoded(noise(), form, exif=exif, icc_profile=profile, xmp=b"<SECRETXMP/>", **options)
    assert b"SECRETMAKER" in content
    assert b"SECRETDATE" in content

    result = picture.avatar(content + b"<?php SECRETTAIL ?>")

    assert b"SECRET" not in result.content
    assert not re.search(rb"EXIF|Exif|ICCP|XMP |acsp", result.content)
    with Image.open(BytesIO(result.content)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"loop", "background", "timestamp", "duration"}


def test_nonsense_in_the_metadata_is_no_reason_to_refuse() -> None:
    content = encoded(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 80, quality=95)

    assert shows_quarters(picture.avatar(content).content)


def test_colours_follow_the_embedded_profile() -> None:
    swapped = swapped_profile()
    image = Image.new("RGB", (64, 64), RED)

    plain = decoded(picture.avatar(encoded(image)).content).getpixel((32, 32))
    profiled = decoded(picture.avatar(encoded(image, icc_profile=swapped)).content).getpixel((32, 32))

    assert near(plain, RED)
    assert near(profiled, (RED[1], RED[0], RED[2]), 30)


def swapped_profile() -> bytes:
    """sRGB with the red and green primaries exchanged, so that its effect is plain to see."""
    content = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return content.replace(b"rXYZ", b"tmpX", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpX", b"gXYZ", 1)


@pytest.mark.parametrize("profile", [b"nonsense", b"", bytes(128) + b"\xff" * 500, swapped_profile()[:300]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    content = encoded(Image.new("RGB", (64, 64), RED), icc_profile=profile)

    assert near(decoded(picture.avatar(content).content).getpixel((32, 32)), RED)


ODD_MODES = {
    "cmyk jpeg": (encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"), (255, 0, 0), 40),
    "grey jpeg": (encoded(Image.new("L", (64, 64), 90), "JPEG"), (90, 90, 90), 12),
    "16-bit grey png": (encoded(Image.new("I;16", (64, 64), 90 * 257)), (90, 90, 90), 12),
    "large 16-bit grey png": (encoded(Image.new("I;16", (2000, 1600), 90 * 257)), (90, 90, 90), 12),
    "1-bit png": (encoded(Image.new("1", (64, 64), 1)), WHITE, 2),
    "grey with alpha": (encoded(Image.new("LA", (64, 64), (0, 128))), (127, 127, 127), 12),
    "rgba, transparent": (encoded(Image.new("RGBA", (64, 64), (*RED, 0))), WHITE, 2),
    "rgba webp": (encoded(Image.new("RGBA", (64, 64), (*RED, 255)), "WEBP", lossless=True), RED, 12),
    "palette": (encoded(Image.new("RGB", (64, 64), RED).quantize(4)), RED, 12),
    "palette, transparent": (encoded(Image.new("RGB", (64, 64), RED).quantize(1), transparency=0), WHITE, 2),
    "palette, half": (encoded(Image.new("P", (64, 64), 0), transparency=b"\x80"), (127, 127, 127), 12),
    "rgb with a transparent colour": (encoded(Image.new("RGB", (64, 64), RED), transparency=RED), WHITE, 2),
}


@pytest.mark.parametrize(("content", "expected", "tolerance"), ODD_MODES.values(), ids=ODD_MODES)
def test_every_kind_of_pixel_arrives_as_it_looks(
    content: bytes, expected: tuple[int, int, int], tolerance: int
) -> None:
    assert near(decoded(picture.avatar(content).content).getpixel((32, 32)), expected, tolerance)


@pytest.mark.parametrize(
    ("size", "side"),
    [((1, 1), 1), ((3000, 20), 20), ((511, 700), 511), ((512, 512), 512), ((4000, 3000), 512)],
)
def test_an_avatar_is_a_square_that_is_never_enlarged(size: tuple[int, int], side: int) -> None:
    result = picture.avatar(encoded(Image.new("RGB", size, GREEN), "JPEG"))

    assert (result.width, result.height, result.media_type) == (side, side, MediaType.WEBP)
    assert decoded(result.content).size == (side, side)


def test_an_avatar_shows_the_middle() -> None:
    image = Image.new("RGB", (1500, 500), RED)
    image.paste(GREEN, (500, 0, 1000, 500))

    result = decoded(picture.avatar(encoded(image)).content)

    expected = Image.new("RGB", result.size, GREEN)
    assert max(ImageStat.Stat(ImageChops.difference(result, expected)).mean) < 6


def test_the_same_upload_gives_the_same_bytes() -> None:
    content = encoded(noise(900, 700), "JPEG")

    assert picture.avatar(content) == picture.avatar(content)


def test_random_damage_is_a_refusal_or_a_picture_and_nothing_else() -> None:
    random_bytes = random.Random(7)
    seeds = [encoded(noise(), form) for form in ("JPEG", "PNG", "WEBP")]
    outcomes = set()

    for _ in range(3_000):
        content = bytearray(random_bytes.choice(seeds))
        for _ in range(random_bytes.choice((1, 3, 20))):
            content[random_bytes.randrange(12, len(content))] = random_bytes.randrange(256)
        try:
            outcomes.add(type(picture.avatar(bytes(content))).__name__)
        except PictureRefused as refusal:
            outcomes.add(type(refusal).__name__)

    assert outcomes >= {"Encoded", "DamagedPicture"}
