"""Untrusted bytes become a picture of our own: checked, decoded within limits, stripped. Blocking."""

from __future__ import annotations

import base64
import struct
import threading
import warnings
import zlib
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from server.media import jpeg
from server.media.model import (
    AVATAR_SIDE,
    HOUSE_SIDE,
    MAX_FILE_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    AnimatedPicture,
    DamagedPicture,
    EmptyFile,
    Encoded,
    FileTooLarge,
    MediaType,
    NotAPicture,
    PictureTooLarge,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageFile import ImageFile

QUALITY = 82
PREVIEW_BOX = (24, 36)
PREVIEW_QUALITY = 40
# What Pillow's readers raise on hostile bytes, beside what they document.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    struct.error,
    zlib.error,
)

_WARNINGS = threading.Lock()
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def avatar(content: bytes, field: str = "avatar") -> Encoded:
    """The middle square of the upload, upright, at most 512 px a side, never enlarged, as WebP on white.

    Raises a PictureRefused that names `field`.
    """
    with _open(content, field) as image:
        side = min(AVATAR_SIDE, *image.size)
        try:
            image.draft(None, (2 * side, 2 * side))  # JPEG alone: decodes at a half to an eighth
            image.load()
            return webp(_flat(_upright(_square(image, side), _orientation(image))))
        except UNREADABLE as error:
            raise DamagedPicture(field) from error


def house_picture(content: bytes, field: str = "house_image") -> tuple[Encoded, str]:
    """The whole upload, upright, at most 2048 px a side, never enlarged, as WebP on white; and its preview.

    Raises a PictureRefused that names `field`.
    """
    with _open(content, field) as image:
        size = fitted(image.size, (HOUSE_SIDE, HOUSE_SIDE))
        try:
            image.draft(None, (2 * size[0], 2 * size[1]))
            image.load()
            shown = _flat(_upright(_scaled(image, size, (0, 0, *image.size)), _orientation(image)))
            return webp(shown), preview(shown)
        except UNREADABLE as error:
            raise DamagedPicture(field) from error


def preview(image: Image.Image) -> str:
    """A tiny WebP as a data URI, to be shown blurred until the picture is there."""
    tiny = image.resize(fitted(image.size, PREVIEW_BOX), Image.Resampling.BOX)
    file = BytesIO()
    tiny.save(file, "WEBP", quality=PREVIEW_QUALITY, method=6)
    return f"data:{MediaType.WEBP.value};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The size, made smaller if needed to fit into the box; at least 1 px a side."""
    share = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


@contextmanager
def _open(content: bytes, field: str) -> Iterator[ImageFile]:
    """The upload as a picture that is not decoded yet and may be."""
    if not content:
        raise EmptyFile(field)
    if len(content) > MAX_FILE_BYTES:
        raise FileTooLarge(field)
    try:
        with _quiet():
            image = Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(field) from error
    except UnidentifiedImageError as error:
        raise NotAPicture(field) from error
    except UNREADABLE as error:
        raise DamagedPicture(field) from error
    with image:
        _check(image, content, field)
        yield image


def _check(image: ImageFile, content: bytes, field: str) -> None:
    if max(image.size) > MAX_SIDE or image.width * image.height > MAX_PIXELS:
        raise PictureTooLarge(field)
    # MPO is a phone's JPEG with a depth map or preview behind it; its first frame is the picture.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise AnimatedPicture(field)
    if image.format in {"JPEG", "MPO"} and not jpeg.is_affordable(content):
        raise DamagedPicture(field)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow where our checks refuse anyway. Warning filters belong to the process: one at a time."""
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _orientation(image: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 when the metadata is missing or nonsense."""
    try:
        with _quiet():
            return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except UNREADABLE:
        return 1


def _square(image: Image.Image, side: int) -> Image.Image:
    """The middle square, scaled to `side`."""
    shorter = min(image.size)
    left, top = (image.width - shorter) // 2, (image.height - shorter) // 2
    return _scaled(image, (side, side), (left, top, left + shorter, top + shorter))


def _scaled(image: Image.Image, size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """What is in the box, at that size. Scaled before all else, so that what follows costs little."""
    if image.mode in {"1", "P", "PA"} or "transparency" in image.info:
        image = image.crop(box).convert("RGBA")
        box = (0, 0, *image.size)
    shortcut = None if image.mode.startswith("I") else 3.0  # Pillow cannot reduce 16-bit grey
    return image.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=shortcut)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _flat(image: Image.Image) -> Image.Image:
    """The picture as sRGB without transparency or metadata. 16-bit grey is brought down to 8."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    canvas = Image.new("RGB", image.size, "white")
    mask = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    canvas.paste(_srgb(image), mask=mask)
    return canvas


def _srgb(image: Image.Image) -> Image.Image:
    """Colours by the embedded profile, or as they are where it is missing, broken or does not fit."""
    profile = image.info.get("icc_profile")
    opaque = {"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)
    if not profile:
        return image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image.convert(opaque), BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *UNREADABLE):
        return image.convert("RGB")
    return converted or image.convert("RGB")


def webp(image: Image.Image) -> Encoded:
    """The picture as we store it."""
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=4)
    return Encoded(file.getvalue(), MediaType.WEBP, *image.size)
