"""How a captcha looks: text in one calm colour on light ground, bent a little. Blocking, milliseconds."""

from __future__ import annotations

import secrets
from io import BytesIO

from captcha.image import ImageCaptcha
from PIL import Image, ImageChops

Colour = tuple[int, int, int]

# Twice the 120 x 44 points that the form reserves; painted twice as large again, for smooth edges.
WIDTH = 240
HEIGHT = 88
OVERSIZE = 2
GROUND: Colour = (247, 246, 243)
INKS: tuple[Colour, ...] = ((31, 35, 40), (72, 61, 110), (26, 99, 90), (122, 82, 0), (150, 45, 32))


def draw(text: str) -> bytes:
    """A PNG of `text`, 240 x 88 px."""
    ink = secrets.choice(INKS)
    painter = _Painter(ink)
    image = _centred(painter.create_captcha_image(text, ink, GROUND))
    painter.create_noise_dots(image, ink, width=5, number=24)
    for _ in range(3):
        painter.create_noise_curve(image, ink)
    file = BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.BOX).quantize(16).save(file, "PNG")
    return file.getvalue()


def _centred(image: Image.Image) -> Image.Image:
    """The library writes from the left edge on; move what it wrote to the middle."""
    ground = Image.new("RGB", image.size, GROUND)
    box = ImageChops.difference(image, ground).getbbox()
    if box is not None:
        written = image.crop(box)
        ground.paste(written, ((image.width - written.width) // 2, (image.height - written.height) // 2))
    return ground


class _Painter(ImageCaptcha):
    character_offset_dx = (2, 8)
    character_rotate = (-24, 24)
    character_warp_dx = (0.05, 0.2)
    character_warp_dy = (0.05, 0.2)
    word_space_probability = 0.8
    word_offset_dx = 0.1

    def __init__(self, ink: Colour) -> None:
        super().__init__(WIDTH * OVERSIZE, HEIGHT * OVERSIZE, font_sizes=(112, 120, 130))
        # The library takes a pixel's lightness for its opacity and so pales dark inks: the ink's own is full.
        red, green, blue = ink
        lightness = (299 * red + 587 * green + 114 * blue) // 1000
        self.lookup_table = [min(255, level * 255 // lightness) for level in range(256)]
