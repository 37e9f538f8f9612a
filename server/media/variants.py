"""The sizes of a house picture: WebP and JPEG of each, out of the picture that we stored. Blocking."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from server.media.model import HOUSE_SIDE, VARIANT_WIDTHS, BrokenObject, Encoded, MediaType
from server.media.picture import QUALITY, UNREADABLE, fitted, webp


def make(content: bytes) -> dict[str, tuple[Encoded, Encoded]]:
    """WebP and JPEG by the names in VARIANT_WIDTHS; a size that is the picture's own has its very bytes as WebP.

    Raises BrokenObject.
    """
    image = _decode(content)
    original = Encoded(content, MediaType.WEBP, *image.size)
    sizes = {name: fitted(image.size, (width, HOUSE_SIDE)) for name, width in VARIANT_WIDTHS.items()}
    made = {size: _make_one(image, size, original) for size in set(sizes.values())}
    return {name: made[size] for name, size in sizes.items()}


def _decode(content: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=("WEBP",)) as image:
            return image.convert("RGB")
    except UNREADABLE as error:
        raise BrokenObject from error


def _make_one(image: Image.Image, size: tuple[int, int], original: Encoded) -> tuple[Encoded, Encoded]:
    if size == image.size:
        return original, _jpeg(image)
    smaller = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return webp(smaller), _jpeg(smaller)


def _jpeg(image: Image.Image) -> Encoded:
    file = BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Encoded(file.getvalue(), MediaType.JPEG, *image.size)
