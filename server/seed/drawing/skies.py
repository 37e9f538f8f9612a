"""Skies with what shines in them, and colours as they look in the open air."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, darker, mix

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

GREEN = (104, 150, 92)
STONE = (124, 134, 158)


def seen(stage: Stage, colour: Colour, haze: int = 0) -> Colour:
    """A colour as it looks outside in this light, `haze` percent lost in the air."""
    lit = tuple(part * light // 255 for part, light in zip(colour, stage.light.outside, strict=True))
    return mix(lit, stage.light.sky[-1], haze)


def sky(stage: Stage, box: Box, sun: tuple[int, int], size: float = 1) -> None:
    """The sky with what shines in it; `sun` is where, in percent of the box."""
    canvas = stage.canvas
    canvas.shining = True
    canvas.fade(box, stage.light.sky)
    width, height = box[2] - box[0], box[3] - box[1]
    place = (box[0] + width * sun[0] / 100, box[1] + height * sun[1] / 100)
    if stage.light.hour == "night":
        _stars(stage, box)
    if stage.light.hour != "overcast":
        radius = (54 if stage.light.hour in ("noon", "night") else 76) * size
        canvas.dot(place, radius * 1.7, (*stage.light.sun, 36))
        canvas.dot(place, radius, stage.light.sun)
        if stage.light.hour == "night":
            _craters(canvas, place, radius, stage.light.sun)
    _clouds(stage, box, size)
    canvas.shining = False


def _stars(stage: Stage, box: Box) -> None:
    rng = stage.rng
    for _ in range(46):
        place = (
            rng.randint(int(box[0]), int(box[2])),
            rng.randint(int(box[1]), int(box[1] + box[3]) * 2 // 3),
        )
        stage.canvas.dot(place, rng.choice((1.5, 2, 2, 3)), (226, 230, 250))


def _craters(canvas: Canvas, place: tuple[float, float], radius: float, colour: Colour) -> None:
    for x, y, size in ((-30, -20, 22), (28, 18, 16), (-8, 40, 12)):
        spot = (place[0] + radius * x / 100, place[1] + radius * y / 100)
        canvas.dot(spot, radius * size / 100, darker(colour, 9))


def _clouds(stage: Stage, box: Box, size: float) -> None:
    rng, light = stage.rng, stage.light
    count = {"overcast": 5, "noon": 3, "night": 2}.get(light.hour, 3)
    width, height = box[2] - box[0], box[3] - box[1]
    for at in range(count):
        x = box[0] + width * (at * 100 // count + rng.randint(4, 30)) / 100
        y = box[1] + height * rng.randint(14, 52) / 100
        cloud(
            stage.canvas,
            (x, y),
            rng.randint(70, 125) * size / 100,
            (*light.cloud, 120 if light.is_dark else 215),
        )


def cloud(canvas: Canvas, place: tuple[float, float], scale: float, colour: Colour) -> None:
    """A flat-bottomed cloud; at scale 1 it is 300 wide."""
    x, y = place
    path = [(0, 0), (4, -44, 56, -40), (78, -96, 136, -66), (190, -92, 208, -46), (252, -52, 262, 0)]
    canvas.shape([tuple(n * scale + (x, y)[at % 2] for at, n in enumerate(step)) for step in path], colour)
