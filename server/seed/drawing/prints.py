"""Framed prints for the walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, darker, lighter, mix
from server.seed.drawing.plants import leaf

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def picture(stage: Stage, box: Box, subject: int) -> None:
    """A framed print: 0 hills and sun, 1 arcs, 2 a leaf, 3 blocks of colour, 4 a vase, 5 waves."""
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    canvas.rect((left + 8, top + 10, right + 10, bottom + 12), (34, 28, 54, 40), 3)
    canvas.rect(box, darker(scheme.wood, 4 if subject % 2 else 30), 3)
    edge = max(8.0, (right - left) * 0.05)
    inner = (left + edge, top + edge, right - edge, bottom - edge)
    print_ = Canvas(inner)
    print_.rect(inner, (250, 244, 232))
    colours = (scheme.accent, scheme.second, scheme.fabric, scheme.panel)
    (_hills, _arcs, _leaf_print, _blocks, _vase_print, _waves)[subject](print_, inner, colours)
    canvas.inset(inner, print_)


Four = tuple[Colour, Colour, Colour, Colour]


def _hills(canvas: Canvas, box: Box, colours: Four) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    canvas.rect(box, lighter(colours[1], 56))
    canvas.dot((left + wide * 0.36, top + tall * 0.4), min(wide, tall) * 0.2, colours[0])
    canvas.shape(
        [
            (left, top + tall * 0.6),
            (left + wide * 0.3, top + tall * 0.4, left + wide * 0.6, top + tall * 0.72),
            (right, top + tall * 0.5),
            (right, bottom),
            (left, bottom),
        ],
        colours[2],
    )
    canvas.shape(
        [
            (left, top + tall * 0.86),
            (left + wide * 0.5, top + tall * 0.5, right, top + tall * 0.82),
            (right, bottom),
            (left, bottom),
        ],
        darker(colours[3], 6),
    )


def _arcs(canvas: Canvas, box: Box, colours: Four) -> None:
    left, _, right, bottom = box
    wide = right - left
    for part, tone in (
        (0.42, colours[0]),
        (0.33, (250, 244, 232)),
        (0.27, colours[1]),
        (0.18, (250, 244, 232)),
        (0.12, colours[2]),
    ):
        canvas.dot(((left + right) / 2, bottom - wide * 0.1), wide * part, tone)
    canvas.rect((left, bottom - wide * 0.1, right, bottom), (250, 244, 232))
    canvas.dot((right - wide * 0.26, box[1] + wide * 0.2), wide * 0.09, colours[3])


def _leaf_print(canvas: Canvas, box: Box, colours: Four) -> None:
    left, top, right, bottom = box
    tall = bottom - top
    wide = min(right - left, tall * 0.85)
    x = (left + right) / 2
    canvas.oval((x, top + tall * 0.5), (wide * 0.36, tall * 0.36), lighter(colours[1], 40))
    canvas.stroke(
        [(x, bottom - tall * 0.12), (x, top + tall * 0.2)], darker(colours[2], 10), max(3, wide * 0.015)
    )
    for at in range(4):
        y = bottom - tall * (0.2 + at * 0.15)
        for side in (-1, 1):
            leaf(
                canvas,
                (x, y),
                (x + side * wide * (0.34 - at * 0.05), y - tall * 0.13),
                wide * 0.1,
                colours[2],
            )


def _blocks(canvas: Canvas, box: Box, colours: Four) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    canvas.rect((left + wide * 0.12, top + tall * 0.12, left + wide * 0.6, top + tall * 0.56), colours[2])
    canvas.rect((left + wide * 0.42, top + tall * 0.4, left + wide * 0.86, top + tall * 0.84), colours[1])
    canvas.dot((left + wide * 0.4, top + tall * 0.64), min(wide, tall) * 0.2, colours[0])


def _vase_print(canvas: Canvas, box: Box, colours: Four) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    canvas.rect(box, lighter(colours[3], 46))
    canvas.rect((left, top + tall * 0.78, right, bottom), mix(colours[3], colours[1], 40))
    x, y = left + wide * 0.5, top + tall * 0.84
    for dx, up in ((-0.2, 0.5), (0.02, 0.6), (0.2, 0.48)):
        canvas.stroke(
            [(x, y - tall * 0.2), (x + wide * dx, y - tall * up)], (84, 120, 90), max(3, wide * 0.02)
        )
        canvas.dot((x + wide * dx, y - tall * up), wide * 0.09, colours[0])
    canvas.oval((x, y - tall * 0.12), (wide * 0.17, tall * 0.13), colours[2])


def _waves(canvas: Canvas, box: Box, colours: Four) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    canvas.dot((left + wide * 0.66, top + tall * 0.26), min(wide, tall) * 0.14, colours[0])
    for at in range(4):
        y = top + tall * (0.44 + at * 0.15)
        canvas.shape(
            [
                (left, y),
                (left + wide * 0.25, y - tall * 0.14, left + wide * 0.5, y),
                (left + wide * 0.75, y + tall * 0.14, right, y),
                (right, bottom),
                (left, bottom),
            ],
            mix(colours[2], (250, 244, 232), 66 - at * 22),
        )
