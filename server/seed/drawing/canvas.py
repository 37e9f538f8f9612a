"""Flat shapes on a picture of 1600 x 1200 units, smooth at the edges, and the light that falls on them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageOps

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 1600
HEIGHT = 1200
OVERSIZE = 2

Colour = tuple[int, ...]  # red, green, blue and, for a veil, opacity; 0 to 255
Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom
Path = Sequence[tuple[float, ...]]

_CURVE_STEPS = 14
_MAP_SCALE = 10


def rgb(text: str, opacity: int = 255) -> Colour:
    """`#rrggbb` as a colour; with an opacity below 255 a veil."""
    red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
    return (red, green, blue) if opacity == 255 else (red, green, blue, opacity)


def mix(one: Colour, other: Colour, percent: int) -> Colour:
    """`percent` of the other colour in the one."""
    return tuple((a * (100 - percent) + b * percent) // 100 for a, b in zip(one[:3], other[:3], strict=True))


def darker(colour: Colour, percent: int = 12) -> Colour:
    """A shade: darker, a little towards blue, as shadows are."""
    return mix(colour, (38, 30, 56), percent)


def lighter(colour: Colour, percent: int = 14) -> Colour:
    """A tint: lighter, a little towards yellow, as sunlight is."""
    return mix(colour, (255, 250, 236), percent)


class Canvas:
    """What a scene is painted on. Whatever is painted while `shining` is set keeps its colour in any light."""

    def __init__(self, box: Box = (0, 0, WIDTH, HEIGHT)) -> None:
        self._left, self._top = box[0], box[1]
        size = (round((box[2] - box[0]) * OVERSIZE), round((box[3] - box[1]) * OVERSIZE))
        self._image = Image.new("RGB", size)
        self._shine = Image.new("L", size)
        self._pen = ImageDraw.Draw(self._image)
        self._veil = ImageDraw.Draw(self._image, "RGBA")
        self._shine_pen = ImageDraw.Draw(self._shine)
        self._lamps: list[tuple[Box, Colour, int]] = []
        self._halos: list[tuple[Box, Colour, int]] = []
        self.shining = False

    def rect(self, box: Box, colour: Colour, radius: float = 0) -> None:
        """A rectangle, its corners rounded by `radius`."""
        x0, y0 = self._place((box[0], box[1]))
        x1, y1 = self._place((box[2], box[3]))
        if x1 <= x0 or y1 <= y0:
            return
        round_by = min(round(radius * OVERSIZE), (x1 - x0) // 2, (y1 - y0) // 2)
        for pen, fill in self._pens(colour):
            pen.rounded_rectangle((x0, y0, x1 - 1, y1 - 1), round_by, fill=fill)

    def oval(self, centre: Point, radii: Point, colour: Colour) -> None:
        """An ellipse with horizontal and vertical radius."""
        x0, y0 = self._place((centre[0] - radii[0], centre[1] - radii[1]))
        x1, y1 = self._place((centre[0] + radii[0], centre[1] + radii[1]))
        for pen, fill in self._pens(colour):
            pen.ellipse((x0, y0, x1, y1), fill=fill)

    def dot(self, centre: Point, radius: float, colour: Colour) -> None:
        """A disc."""
        self.oval(centre, (radius, radius), colour)

    def shape(self, path: Path, colour: Colour) -> None:
        """A closed shape: a point goes straight on; 4 or 6 numbers bend through one or two control points."""
        outline = [self._place(point) for point in flatten(path)]
        for pen, fill in self._pens(colour):
            pen.polygon(outline, fill=fill)

    def stroke(self, path: Path, colour: Colour, width: float) -> None:
        """A line with round ends along a path."""
        points = [self._place(point) for point in flatten(path)]
        thick = max(1, round(width * OVERSIZE))
        for pen, fill in self._pens(colour):
            pen.line(points, fill=fill, width=thick, joint="curve")
            if thick > 3 and len(colour) == 3:
                for x, y in (points[0], points[-1]):
                    half = thick // 2
                    pen.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def sketch(self, origin: Point, scale: float, steps: str, colour: Colour) -> None:
        """A closed shape in hundredths of `scale` from `origin`: "0,0 50,-80,100,0" is a hill."""
        self.shape(sketched(origin, scale, steps), colour)

    def sketch_line(self, origin: Point, scale: float, steps: str, pen: tuple[Colour, float]) -> None:
        """A line in hundredths of `scale` from `origin`, in a colour and a width."""
        self.stroke(sketched(origin, scale, steps), *pen)

    def fade(self, box: Box, colours: Sequence[Colour]) -> None:
        """A rectangle whose colour runs through `colours` from top to bottom."""
        x0, y0 = self._place((box[0], box[1]))
        x1, y1 = self._place((box[2], box[3]))
        column = Image.new("RGB", (1, 256))
        for y in range(256):
            at = y * (len(colours) - 1)
            one, part = divmod(at, 255)
            other = colours[min(one + 1, len(colours) - 1)]
            blend = [(a * (255 - part) + b * part) // 255 for a, b in zip(colours[one], other, strict=True)]
            column.putpixel((0, y), (blend[0], blend[1], blend[2]))
        band = column.resize((1, y1 - y0), Image.Resampling.BILINEAR).resize((x1 - x0, y1 - y0))
        self._image.paste(band, (x0, y0))
        self._shine_pen.rectangle((x0, y0, x1 - 1, y1 - 1), fill=255 * self.shining)

    def inset(self, box: Box, picture: Canvas, arch: float = 0) -> None:
        """What another canvas shows within `box`, with its own shine: a window's view.

        The top is rounded by `arch`, and so is the bottom when `arch` is half the height.
        """
        left, top = picture._place((box[0], box[1]))
        right, bottom = picture._place((box[2], box[3]))
        mask = Image.new("L", (right - left, bottom - top), 255)
        if arch:
            high = round(arch * OVERSIZE)
            mask.paste(0, (0, 0, mask.width, min(high * 2, mask.height) if high * 2 >= mask.height else high))
            ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, high * 2 - 1), fill=255)
        place = self._place((box[0], box[1]))
        self._image.paste(picture._image.crop((left, top, right, bottom)), place, mask)
        self._shine.paste(picture._shine.crop((left, top, right, bottom)), place, mask)

    def lamp(self, centre: Point, radius: float, colour: Colour, strength: int) -> None:
        """Light on what is around it, `strength` percent in the middle."""
        self._lamps.append((_around(centre, radius), colour, strength))

    def halo(self, centre: Point, radius: float, colour: Colour, strength: int) -> None:
        """The shimmer around something bright, over all that is painted."""
        self._halos.append((_around(centre, radius), colour, strength))

    def develop(self, ambient: Colour) -> Image.Image:
        """The finished picture under this ambient light."""
        painted = self._image.reduce(OVERSIZE)
        light = Image.new("RGB", (WIDTH // _MAP_SCALE, HEIGHT // _MAP_SCALE), _triple(ambient))
        for box, colour, strength in self._lamps:
            _glow(light, tuple(side / _MAP_SCALE for side in box), colour, strength)
        lit = ImageChops.multiply(painted, light.resize(painted.size, Image.Resampling.BICUBIC))
        lit.paste(painted, (0, 0), self._shine.reduce(OVERSIZE))
        for box, colour, strength in self._halos:
            _glow(lit, box, colour, strength)
        return lit

    def _place(self, point: tuple[float, ...]) -> tuple[int, int]:
        return round((point[0] - self._left) * OVERSIZE), round((point[1] - self._top) * OVERSIZE)

    def _pens(self, colour: Colour) -> Iterator[tuple[ImageDraw.ImageDraw, Colour | int]]:
        if len(colour) == 4:
            yield self._veil, colour
            return
        yield self._pen, colour
        yield self._shine_pen, 255 * self.shining


def sketched(origin: Point, scale: float, steps: str) -> list[tuple[float, ...]]:
    """A path from its text: steps stand between spaces, numbers between commas."""
    return [
        tuple(origin[at % 2] + float(number) * scale / 100 for at, number in enumerate(step.split(",")))
        for step in steps.split()
    ]


def flatten(path: Path) -> list[Point]:
    """The points of a path, its curves cut into straight pieces."""
    points: list[Point] = []
    for step in path:
        if len(step) == 2:
            points.append((step[0], step[1]))
            continue
        start = points[-1]
        bends = [start, *((step[at], step[at + 1]) for at in range(0, len(step), 2))]
        points += [_on_curve(bends, at / _CURVE_STEPS) for at in range(1, _CURVE_STEPS + 1)]
    return points


def _on_curve(bends: list[Point], part: float) -> Point:
    while len(bends) > 1:
        bends = [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in pairwise(bends)]
    return bends[0]


def _around(centre: Point, radius: float) -> Box:
    return (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)


def _glow(image: Image.Image, box: tuple[float, ...], colour: Colour, strength: int) -> None:
    """Blend a soft disc into the image; what lies outside the image is cut off."""
    left, top, right, bottom = (round(side) for side in box)
    soft = ImageOps.invert(Image.radial_gradient("L"))
    table = [level * level * strength // 25_500 for level in range(256)]
    disc = soft.resize((max(1, right - left), max(1, bottom - top)), Image.Resampling.BILINEAR).point(table)
    seen = (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    if seen[0] >= seen[2] or seen[1] >= seen[3]:
        return
    part = disc.crop((seen[0] - left, seen[1] - top, seen[2] - left, seen[3] - top))
    image.paste(_triple(colour), seen, part)


def _triple(colour: Colour) -> tuple[int, int, int]:
    return colour[0], colour[1], colour[2]
