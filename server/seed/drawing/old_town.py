"""What the old town is made of: grey brick, tiled roofs with bent eaves, red wood, round gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW
from server.seed.drawing.plants import bush
from server.seed.drawing.rooms import lattice

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

BRICK = (150, 148, 146)
TILE = (84, 90, 100)
RED = (158, 44, 36)
GROUND = 930
VEIL = (34, 28, 54, 60)


def brick_wall(stage: Stage, box: Box) -> None:
    """Grey bricks, row by row."""
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.fade(box, (BRICK, darker(BRICK, 9)))
    for row, y in enumerate(range(int(top), int(bottom), 30)):
        for x in range(int(left) - 44 * (row % 2), int(right), 88):
            shade = stage.rng.choice((lighter(BRICK, 9), darker(BRICK, 5), BRICK, lighter(BRICK, 4)))
            canvas.rect((max(left, x + 2), y + 2, min(right, x + 86), min(bottom, y + 28)), shade, 2)


def tiled_roof(canvas: Canvas, box: Box, eaves: float) -> None:
    """A roof of grey tiles from its ridge down to the eaves, which reach `eaves` beyond the box and bend up."""
    left, top, right, bottom = box
    tall = bottom - top
    lift = tall * 0.13
    canvas.shape(
        [
            (left + eaves * 0.5, top),
            (left + eaves * 0.2, bottom - tall * 0.3, left - eaves, bottom - lift),
            (left - eaves * 0.8, bottom + 6),
            (left, bottom + 8, left + eaves, bottom + 10),
            (right - eaves, bottom + 10),
            (right, bottom + 8, right + eaves * 0.8, bottom + 6),
            (right + eaves, bottom - lift),
            (right - eaves * 0.2, bottom - tall * 0.3, right - eaves * 0.5, top),
        ],
        TILE,
    )
    count = int((right - left) / 32)
    for at in range(count + 1):
        low = left - eaves * 0.7 + (right - left + eaves * 1.4) * at / count
        high = left + eaves * 0.56 + (right - left - eaves * 1.12) * at / count
        bend = (low * 0.34 + high * 0.66, bottom - tall * 0.4)
        canvas.stroke([(high, top + 8), (*bend, low, bottom - 2)], darker(TILE, 22), 6)
        canvas.stroke(
            [(high - 5, top + 8), (bend[0] - 5, bend[1], low - 5, bottom - 2)], lighter(TILE, 10), 4
        )
    for at in range(count + 1):
        x = left - eaves * 0.7 + (right - left + eaves * 1.4) * at / count
        canvas.dot((x, bottom + 4), 9, darker(TILE, 30))
        canvas.dot((x, bottom + 4), 5, lighter(TILE, 14))
    _ridge(canvas, (left + eaves * 0.3, right - eaves * 0.3), top)


def _ridge(canvas: Canvas, span: tuple[float, float], top: float) -> None:
    left, right = span
    canvas.rect((left, top - 26, right, top + 10), darker(TILE, 24), 6)
    canvas.rect((left + 10, top - 14, right - 10, top - 6), lighter(TILE, 12), 3)
    for x, side in ((left, -1), (right, 1)):
        canvas.sketch(
            (x, top),
            100,
            f"0,10 0,-26 {side * 8},-44,{side * 34},-58 {side * 26},-30,{side * 16},10",
            darker(TILE, 24),
        )


def beam(stage: Stage, box: Box, wood: Colour) -> None:
    """The painted beam below the eaves, with its shadow."""
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect(box, (58, 104, 110))
    canvas.rect((left, bottom - 16, right, bottom), wood)
    for x in range(int(left) + 24, int(right) - 60, 118):
        canvas.shape(
            [(x, top + 19), (x + 34, top + 4), (x + 68, top + 19), (x + 34, top + 34)], (222, 172, 84)
        )
        canvas.dot((x + 34, top + 19), 8, wood)
    canvas.rect((left, bottom, right, bottom + 24), VEIL)


def lit_lattice(stage: Stage, box: Box, wood: Colour) -> None:
    """A window of wooden bars before paper, lit from inside after sunset."""
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect((left - 14, top - 14, right + 14, bottom + 14), wood, 3)
    canvas.shining = stage.light.is_dark
    canvas.fade(
        box, ((255, 220, 150), (255, 202, 120)) if stage.light.is_dark else ((246, 238, 220), (228, 216, 196))
    )
    canvas.shining = False
    lattice(canvas, box, darker(wood, 12))
    if stage.light.is_dark:
        middle = ((left + right) / 2, (top + bottom) / 2)
        canvas.halo(middle, (right - left) * 0.9, GLOW, 30)


def doors(stage: Stage, box: Box, wood: Colour) -> None:
    """Two doors with lattice above and panels below."""
    canvas = stage.canvas
    left, top, right, bottom = box
    middle = (left + right) / 2
    canvas.rect((left - 10, top - 10, right + 10, bottom), darker(wood, 26), 3)
    for x0, x1 in ((left, middle - 3), (middle + 3, right)):
        canvas.rect((x0, top, x1, bottom), wood)
        _lit_panel(stage, (x0 + 14, top + 20, x1 - 14, top + (bottom - top) * 0.56), wood)
        canvas.rect((x0 + 14, bottom - (bottom - top) * 0.36, x1 - 14, bottom - 26), darker(wood, 14), 3)
    for x in (middle - 15, middle + 15):
        canvas.dot((x, bottom - (bottom - top) * 0.4), 8, (228, 180, 88))


def _lit_panel(stage: Stage, box: Box, wood: Colour) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.shining = stage.light.is_dark
    canvas.rect(box, (255, 212, 138) if stage.light.is_dark else (238, 228, 206))
    canvas.shining = False
    for at in range(1, 4):
        x = left + (right - left) * at / 4
        canvas.rect((x - 2, top, x + 2, bottom), wood)
    for at in range(1, 6):
        y = top + (bottom - top) * at / 6
        canvas.rect((left, y - 2, right, y + 2), wood)


def lantern_light(stage: Stage, place: Point) -> None:
    """What a lantern there shines on, after sunset."""
    if stage.light.is_dark:
        stage.canvas.lamp(place, 460, (255, 206, 160), 90)
        stage.canvas.halo(place, 150, (255, 150, 90), 46)


def wall_top(canvas: Canvas, span: tuple[float, float], y: float) -> None:
    """The tiles on a wall's top at height `y`."""
    left, right = span
    canvas.rect((left, y - 44, right, y), TILE, 4)
    canvas.rect((left, y - 56, right, y - 38), darker(TILE, 24), 5)
    for x in range(int(left), int(right), 30):
        canvas.dot((x + 15, y), 13, darker(TILE, 12))
        canvas.dot((x + 15, y), 7, lighter(TILE, 12))
    canvas.rect((left, y + 12, right, y + 34), VEIL)


def moon(stage: Stage, centre: Point, radius: float) -> None:
    """A round gate that shows a green garden."""
    canvas, (x, y) = stage.canvas, centre
    canvas.dot(centre, radius + 16, (176, 172, 168))
    canvas.dot(centre, radius + 4, (120, 118, 118))
    box = (x - radius, y - radius, x + radius, y + radius)
    picture = Canvas(box)
    picture.fade(box, (mix(stage.light.sky[1], (200, 220, 180), 40), (196, 214, 160)))
    for dx, size, shade in ((-60, 90, 0), (70, 100, 8), (0, 70, 16)):
        picture.dot(
            (x + radius * dx / 100, y + radius * 0.1),
            radius * size / 160,
            darker(lighter(stage.scheme.leaf, 20), shade),
        )
    picture.rect((x - radius, y + radius * 0.5, x + radius, y + radius), (168, 184, 126))
    picture.sketch((x, y + radius), radius, "-34,0 -12,-52 12,-52 34,0", (224, 210, 180))
    bush(picture, (x - radius * 0.6, y + radius * 0.7), radius * 0.8, stage.scheme.leaf)
    canvas.inset(box, picture, radius)
    if stage.light.is_dark:
        canvas.lamp((x, y + radius * 0.3), radius * 1.7, (255, 226, 176), 88)
    canvas.rect((x - radius - 20, y + radius * 0.86, x + radius + 20, y + radius + 40), (166, 162, 158), 3)


def drum_stone(stage: Stage, foot: Point) -> None:
    """A round stone, as they stand on both sides of a gate."""
    canvas, (x, y) = stage.canvas, foot
    stone = (190, 186, 182)
    canvas.rect((x - 46, y - 50, x + 46, y), darker(stone, 10), 4)
    canvas.dot((x, y - 92), 50, stone)
    canvas.dot((x, y - 92), 34, darker(stone, 12))
    canvas.dot((x, y - 92), 16, stone)


def lattice_in_wall(stage: Stage, corner: Point) -> None:
    """An opening in a wall, 120 square, with bars before a garden."""
    x, y = corner
    stage.canvas.rect((x - 16, y - 16, x + 136, y + 136), (112, 112, 114), 4)
    stage.canvas.rect((x, y, x + 120, y + 120), mix(stage.scheme.leaf, (220, 230, 200), 46))
    lattice(stage.canvas, (x, y, x + 120, y + 120), (104, 104, 108))
