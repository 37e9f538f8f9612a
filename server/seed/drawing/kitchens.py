"""Rooms to cook in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import IRON, cup, pendant, rug, vase
from server.seed.drawing.furniture import chair, ground_shadow
from server.seed.drawing.plants import flowers, potted, shadow
from server.seed.drawing.rooms import (
    BOARDS,
    BRICKS,
    CHECKS,
    PLAIN,
    PLANKS,
    TILES,
    TWO_TONE,
    room,
    sunlight,
    window,
)

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 900
TOP = 590  # of the kitchen's worktop


def kitchen(stage: Stage) -> None:
    """A kitchen along the wall, with an island, or with open shelves."""
    (_along_the_wall, _island, _open_shelves)[stage.rng.randrange(3)](stage)


def _fronts(stage: Stage) -> Colour:
    scheme = stage.scheme
    return stage.rng.choice(
        (
            scheme.panel,
            mix(scheme.fabric, scheme.trim, 16),
            mix(scheme.wood, scheme.trim, 20),
            mix(scheme.trim, scheme.wall, 20),
        )
    )


def _splash(stage: Stage, box: Box) -> None:
    """Tiles between worktop and cupboards."""
    canvas, rng = stage.canvas, stage.rng
    tone = mix(stage.scheme.trim, stage.scheme.curtain, rng.choice((6, 24, 40)))
    left, top, right, bottom = box
    canvas.rect(box, darker(tone, 8))
    if rng.random() < 0.5:
        for row, y in enumerate(range(int(top), int(bottom), 34)):
            for x in range(int(left) - 37 * (row % 2), int(right), 74):
                canvas.rect(
                    (max(left, x + 2), y + 2, min(right, x + 72), min(bottom, y + 32)),
                    lighter(tone, (x + y) % 3 * 3),
                    2,
                )
    else:
        for y in range(int(top), int(bottom), 48):
            for x in range(int(left), int(right), 48):
                canvas.rect((x + 2, y + 2, min(right, x + 46), min(bottom, y + 46)), tone, 3)


def _counter(stage: Stage, box: Box, doors: int, colour: Colour) -> None:
    """Cupboards below a worktop; from the worktop to the floor."""
    canvas = stage.canvas
    left, top, right, bottom = box
    ground_shadow(canvas, left, right, bottom)
    canvas.rect((left, top + 24, right, bottom - 26), darker(colour, 6))
    canvas.rect((left + 10, bottom - 30, right - 10, bottom), darker(colour, 46))
    step = (right - left) / doors
    for at in range(doors):
        x = left + step * at
        drawers = at % 3 == 1
        parts = (
            ((0, 0.3), (0.3, 0.64), (0.64, 1))
            if drawers
            else ((0, 0.26), (0.26, 1))
            if at % 3 == 0
            else ((0, 1),)
        )
        tall = bottom - 34 - (top + 34)
        for start, end in parts:
            front = (x + 6, top + 34 + tall * start + 3, x + step - 6, top + 34 + tall * end - 4)
            canvas.rect(front, colour, 4)
            canvas.rect((front[0] + 10, front[1] + 10, front[2] - 10, front[3] - 10), lighter(colour, 5), 3)
            middle = (front[0] + front[2]) / 2
            canvas.rect((middle - 26, front[1] + 16, middle + 26, front[1] + 23), (226, 186, 112), 3)
    canvas.rect(
        (left - 12, top, right + 12, top + 26),
        mix((240, 236, 230), stage.scheme.wood, 50 if colour[0] > 210 else 8),
        3,
    )
    canvas.rect((left, top + 26, right, top + 40), (34, 28, 54, 50))


def _oven(stage: Stage, box: Box) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect(box, (70, 72, 80), 4)
    for at in range(4):
        canvas.dot((left + (right - left) * (at + 1) / 5, top + 24), 10, (206, 206, 208))
    canvas.rect((left + 18, top + 56, right - 18, top + 66), (206, 206, 208), 4)
    canvas.rect((left + 18, top + 84, right - 18, bottom - 30), (42, 44, 54), 8)
    canvas.shape(
        [(left + 30, bottom - 40), (left + 90, top + 92), (left + 130, top + 92), (left + 70, bottom - 40)],
        (255, 255, 255, 24),
    )


def _hood(stage: Stage, middle: float, top: float, bottom: float) -> None:
    canvas, tone = stage.canvas, mix(stage.scheme.trim, stage.scheme.panel, 14)
    canvas.rect((middle - 56, top, middle + 56, bottom - 60), tone)
    canvas.rect((middle + 24, top, middle + 56, bottom - 60), darker(tone, 8))
    canvas.shape(
        [
            (middle - 56, bottom - 70),
            (middle + 56, bottom - 70),
            (middle + 130, bottom),
            (middle - 130, bottom),
        ],
        lighter(tone, 6),
    )
    canvas.rect((middle - 134, bottom - 8, middle + 134, bottom + 12), darker(tone, 16), 3)
    if stage.light.has_lamps:
        canvas.lamp((middle, bottom + 60), 300, (255, 236, 200), 80)


def _pots(stage: Stage, middle: float) -> None:
    canvas, tone = stage.canvas, stage.scheme.accent
    canvas.rect((middle - 116, TOP - 8, middle + 116, TOP), (52, 54, 62), 2)
    canvas.sketch((middle - 52, TOP - 8), 100, "-48,-62 48,-62 44,0 -44,0", tone)
    canvas.rect((middle - 106, TOP - 76, middle + 2, TOP - 62), lighter(tone, 16), 5)
    canvas.dot((middle - 52, TOP - 82), 9, IRON)
    canvas.sketch((middle + 62, TOP - 8), 100, "-36,-44 36,-44 32,0 -32,0", (206, 206, 208))
    canvas.rect((middle + 96, TOP - 46, middle + 158, TOP - 36), IRON, 4)


def _tap(stage: Stage, x: float) -> None:
    canvas, tone = stage.canvas, (206, 178, 120)
    canvas.stroke([(x, TOP), (x, TOP - 96), (x, TOP - 142, x + 60, TOP - 142, x + 60, TOP - 92)], tone, 11)
    canvas.rect((x - 14, TOP - 14, x + 14, TOP), darker(tone, 12), 3)
    canvas.rect((x - 30, TOP - 4, x + 130, TOP + 10), (214, 214, 214), 3)


def _things(stage: Stage, x: float) -> None:
    """Boards, jars and fruit on the worktop, 240 wide."""
    canvas, scheme = stage.canvas, stage.scheme
    canvas.rect((x, TOP - 146, x + 88, TOP), lighter(scheme.wood, 14), 16)
    canvas.dot((x + 44, TOP - 124), 9, darker(scheme.wood, 10))
    for at, tone in enumerate((scheme.second, scheme.trim, scheme.accent)):
        left = x + 104 + at * 52
        canvas.rect((left, TOP - 76 + at * 8, left + 44, TOP), tone, 8)
        canvas.rect((left + 4, TOP - 88 + at * 8, left + 40, TOP - 74 + at * 8), scheme.wood, 4)


def fruit(stage: Stage, foot: Point) -> None:
    """A bowl of fruit, 150 wide."""
    canvas, (x, y) = stage.canvas, foot
    for dx, dy, tone in (
        (-38, -46, (222, 92, 60)),
        (0, -56, (240, 176, 72)),
        (36, -46, (140, 172, 84)),
        (-16, -44, (240, 176, 72)),
        (18, -42, (222, 92, 60)),
    ):
        canvas.dot((x + dx, y + dy), 22, tone)
    canvas.sketch(foot, 100, "-76,-40 76,-40 62,0,24,0 -24,0 -62,0,-76,-40", stage.scheme.trim)
    canvas.sketch(foot, 100, "20,-40 76,-40 62,0,24,0 4,0 24,-10,20,-40", darker(stage.scheme.trim, 8))


def _cupboards(stage: Stage, box: Box, doors: int, colour: Colour) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect((left + 8, top + 10, right + 10, bottom + 14), (34, 28, 54, 44), 4)
    canvas.rect(box, darker(colour, 8), 3)
    step = (right - left) / doors
    for at in range(doors):
        x = left + step * at
        canvas.rect((x + 5, top + 6, x + step - 5, bottom - 6), colour, 4)
        canvas.rect((x + 18, top + 20, x + step - 18, bottom - 20), lighter(colour, 6), 3)
        knob = x + (step - 18 if at % 2 == 0 else 18)
        canvas.rect((knob - 4, bottom - 66, knob + 4, bottom - 30), (226, 186, 112), 3)


def _fridge(stage: Stage, box: Box, colour: Colour) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    ground_shadow(canvas, left, right, bottom)
    canvas.rect(box, darker(colour, 8), 26)
    canvas.rect((left, top, right - 14, bottom - 10), colour, 26)
    split = top + (bottom - top) * 0.34
    canvas.rect((left, split, right - 8, split + 8), darker(colour, 26))
    for y0, y1 in ((split - 110, split - 24), (split + 30, split + 150)):
        canvas.rect((left + 22, y0, left + 34, y1), (214, 214, 216), 5)
    canvas.rect((right - 100, top + 60, right - 50, top + 110), stage.scheme.trim, 3)
    canvas.dot((right - 76, top + 58), 8, stage.scheme.accent)


def _along_the_wall(stage: Stage) -> None:
    rng, scheme = stage.rng, stage.scheme
    room(stage, FLOOR, PLAIN, rng.choice((CHECKS, TILES, PLANKS)))
    colour = _fronts(stage)
    _splash(stage, (60, 400, 1300, TOP))
    box = (470, 130, 890, 500)
    window(stage, box, rng.choice(("sash", "casement")))
    _cupboards(stage, (70, 90, 400, 390), 2, colour)
    _hood(stage, 1130, 0, 390)
    _counter(stage, (60, TOP, 1310, FLOOR + 30), 7, colour)
    _oven(stage, (1040, TOP + 34, 1220, FLOOR - 4))
    _pots(stage, 1130)
    _tap(stage, 640)
    _things(stage, 90)
    potted(stage, (400, TOP), 150, 0)
    flowers(stage, (760, 494), 120, 14)
    _fridge(
        stage,
        (1350, 250, 1560, FLOOR + 34),
        rng.choice((scheme.accent, scheme.second, mix(scheme.fabric, scheme.trim, 20))),
    )
    rug(stage, (680, 1040), (380, 50), 1)
    fruit(stage, (890, TOP))
    if stage.light.has_lamps:
        pendant(stage, (640, 90), 66, "globe")
    potted(stage, (170, 1130), 380, rng.choice((0, 1)))


def _island(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, 840, rng.choice((PLAIN, BRICKS)), rng.choice((PLANKS, BOARDS)))
    colour = _fronts(stage)
    box = (930, 130, 1480, 520)
    window(stage, box, rng.choice(("steel", "casement")))
    _cupboards(stage, (90, 90, 520, 360), 3, colour)
    _splash(stage, (80, 380, 800, TOP))
    _hood(stage, 680, 0, 370)
    _counter(stage, (70, TOP, 1540, 866), 8, colour)
    _pots(stage, 680)
    _things(stage, 130)
    _tap(stage, 1130)
    potted(stage, (1410, TOP), 180, 1)
    top = 840
    for x in (470, 1130):
        pendant(stage, (x, 330), 92, "dome")
    island = mix(scheme.trim, scheme.wall, 26) if colour[0] < 200 else scheme.panel
    ground_shadow(canvas, 330, 1270, 1150)
    canvas.rect((330, top + 30, 1270, 1150), island)
    for x in range(352, 1260, 78):
        canvas.rect((x, top + 56, x + 3, 1130), darker(island, 10))
    canvas.rect((340, 1126, 1260, 1150), darker(island, 34))
    canvas.shape(
        [(310, top - 20), (1290, top - 20), (1320, top + 8), (280, top + 8)], lighter(scheme.wood, 16)
    )
    canvas.rect((280, top + 8, 1320, top + 36), scheme.wood, 3)
    canvas.rect((330, top + 36, 1270, top + 54), (34, 28, 54, 56))
    fruit(stage, (690, top))
    vase(stage, (970, top), 230)
    cup(canvas, (500, top), scheme.accent)
    for x in (480, 800, 1120):
        _stool(stage, (x, 1176))


def _stool(stage: Stage, foot: Point) -> None:
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    shadow(canvas, foot, 74)
    for side in (-1, 1):
        canvas.sketch(
            foot, 100, f"{side * 36},-220 {side * 50},-220 {side * 66},0 {side * 52},0", darker(wood, 14)
        )
    canvas.rect((x - 54, y - 96, x + 54, y - 84), darker(wood, 22), 3)
    canvas.rect((x - 66, y - 244, x + 66, y - 212), stage.scheme.accent, 15)


def _open_shelves(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, FLOOR, TWO_TONE, rng.choice((CHECKS, TILES)))
    colour = _fronts(stage)
    _splash(stage, (280, 130, 1130, TOP))
    for y in (300, 440):
        _crockery(stage, (330, 850), y)
        canvas.rect((300, y, 880, y + 16), scheme.wood, 3)
    _hood(stage, 1000, 0, 380)
    box = (1220, 150, 1500, 620)
    window(stage, box, rng.choice(("sash", "arch")))
    _counter(stage, (270, TOP, 1140, FLOOR + 30), 5, colour)
    _oven(stage, (910, TOP + 34, 1090, FLOOR - 4))
    _pots(stage, 1000)
    _tap(stage, 520)
    fruit(stage, (740, TOP))
    canvas.rect((300, TOP - 130, 380, TOP), lighter(scheme.wood, 14), 14)
    _fridge(stage, (50, 270, 240, FLOOR + 34), rng.choice((scheme.accent, scheme.second)))
    sunlight(stage, FLOOR, 1060, 260)
    _small_table(stage, (1340, 1120))
    chair(stage, (1120, 1120), 1, scheme.second)
    rug(stage, (640, 1040), (330, 46), 1)


def _crockery(stage: Stage, span: tuple[float, float], y: float) -> None:
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    x = span[0]
    while x < span[1] - 50:
        kind = rng.randrange(4)
        tone = rng.choice((scheme.trim, scheme.accent, scheme.second, mix(scheme.fabric, scheme.trim, 30)))
        if kind == 0:
            for at in range(4):
                canvas.rect((x, y - 10 - at * 10, x + 84, y - 2 - at * 10), tone, 4)
            x += 104
        elif kind == 1:
            canvas.sketch((x + 24, y), 100, "-22,-40 22,-40 20,-4,8,0 -8,0 -20,-4,-22,-40", tone)
            x += 62
        elif kind == 2:
            canvas.rect((x, y - 78, x + 44, y), tone, 9)
            canvas.rect((x + 4, y - 90, x + 40, y - 76), scheme.wood, 4)
            x += 62
        else:
            potted(stage, (x + 36, y), 96, 0)
            x += 90


def _small_table(stage: Stage, foot: Point) -> None:
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    shadow(canvas, foot, 120)
    canvas.oval((x, y - 6), (84, 14), darker(wood, 30))
    canvas.rect((x - 11, y - 270, x + 11, y - 6), darker(wood, 20))
    canvas.oval((x, y - 274), (176, 30), darker(wood, 14))
    canvas.oval((x, y - 282), (176, 28), lighter(wood, 12))
    vase(stage, (x + 40, y - 284), 210)
    cup(canvas, (x - 70, y - 280), stage.scheme.fabric)
