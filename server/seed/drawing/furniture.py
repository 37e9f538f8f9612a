"""Furniture seen from the front: seats, tables, shelves, beds. `foot` is the middle of where a piece stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import books, cup, pile, vase
from server.seed.drawing.plants import SHADOW, potted, shadow

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def ground_shadow(canvas: Canvas, left: float, right: float, y: float) -> None:
    """What a wide piece throws on the floor."""
    deep = 18
    canvas.shape(
        [(left + 4, y - deep), (right, y - deep), (right + 46, y + deep), (left + 24, y + deep)], SHADOW
    )


def cushion(canvas: Canvas, middle: Point, size: float, colour: Colour) -> None:
    """A cushion that stands on a seat, leaning a little; `middle` is where it touches."""
    canvas.sketch(middle, size, "-50,-4 -58,-50,-46,-96 0,-88,44,-104 50,-52,58,-12 0,-2,-50,-4", colour)
    canvas.sketch(
        middle, size, "12,-96 30,-96,44,-104 50,-52,58,-12 40,-6,24,-7 34,-50,12,-96", darker(colour, 10)
    )


def sofa(stage: Stage, foot: Point, wide: float, kind: int) -> None:
    """A sofa for two or three: 0 soft with round arms, 1 on wooden legs, 2 buttoned, 3 low with a long side."""
    canvas, tone, (x, y) = stage.canvas, stage.scheme.fabric, foot
    left, right = x - wide / 2, x + wide / 2
    seat, back = y - 168, y - (330 if kind != 3 else 286)
    ground_shadow(canvas, left, right, y)
    for at in (left + 50, right - 66):
        canvas.rect((at, y - 40, at + 16, y), darker(stage.scheme.wood, 16 if kind == 1 else 60), 3)
    arm = 92 if kind in (0, 2) else 62
    canvas.rect((left + arm * 0.5, back, right - arm * 0.5, y - 60), darker(tone, 9), 46 if kind != 1 else 18)
    _backs(canvas, (left + arm, back, right - arm, seat), tone, kind)
    _seats(canvas, (left + arm, seat, right - arm, y - 30), tone, 2 if wide < 640 or kind == 3 else 3)
    _arms(canvas, (left, y - (232 if kind != 1 else 250), right, y - 24), (tone, darker(tone, 16)), arm)
    if kind == 3:
        _long_side(canvas, (right - wide * 0.42, seat, right - arm, y + 26), tone)
    _cushions(stage, (left + arm, right - arm), seat + 8, kind)


def _backs(canvas: Canvas, box: Box, tone: Colour, kind: int) -> None:
    left, top, right, bottom = box
    count = 3 if right - left > 560 else 2
    step = (right - left) / count
    if kind == 2:
        canvas.rect((left - 10, top + 16, right + 10, bottom + 30), tone, 34)
        for row in range(2):
            for at in range(7):
                spot = (left + (right - left) * (at + 0.5 + 0.5 * row) / 7.5, top + 54 + row * 56)
                canvas.dot(spot, 7, darker(tone, 26))
                canvas.dot((spot[0] - 2, spot[1] - 2), 3, lighter(tone, 14))
        return
    for at in range(count):
        x = left + step * at
        canvas.rect((x + 3, top + 16, x + step - 3, bottom + 30), tone, 30)
        canvas.rect((x + 22, top + 24, x + step - 24, top + 34), lighter(tone, 14), 5)


def _seats(canvas: Canvas, box: Box, tone: Colour, count: int) -> None:
    left, top, right, bottom = box
    canvas.rect((left - 24, top + 40, right + 24, bottom), darker(tone, 18), 8)
    step = (right - left) / count
    for at in range(count):
        x = left + step * at
        canvas.rect((x + 2, top, x + step - 2, top + 78), lighter(tone, 9), 22)
        canvas.rect((x + 2, top + 50, x + step - 2, top + 78), tone, 14)


def _arms(canvas: Canvas, box: Box, tones: tuple[Colour, Colour], arm: float) -> None:
    left, top, right, bottom = box
    for x, tone in ((left, tones[0]), (right - arm, tones[1])):
        canvas.rect((x, top, x + arm, bottom), tone, arm * 0.48 if arm > 70 else 16)
        canvas.rect((x + arm * 0.2, top + 14, x + arm * 0.8, top + 26), lighter(tone, 14), 6)


def _long_side(canvas: Canvas, box: Box, tone: Colour) -> None:
    left, top, right, bottom = box
    canvas.rect((left, top + 50, right, bottom), darker(tone, 6), 18)
    canvas.rect((left, top, right, top + 104), lighter(tone, 11), 26)
    canvas.rect((left, bottom - 30, right, bottom), darker(tone, 18), 10)


def _cushions(stage: Stage, span: tuple[float, float], seat: float, kind: int) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    left, right = span
    tones = [scheme.second, scheme.accent, lighter(scheme.curtain, 20), scheme.trim]
    stage.rng.shuffle(tones)
    cushion(canvas, (left + 72, seat), 128, tones[0])
    if kind != 1:
        cushion(canvas, (left + 156, seat + 4), 104, tones[1])
    cushion(canvas, (right - 76, seat + 2), 122, tones[2])
    if stage.rng.random() < 0.5:
        x = left + (right - left) * 0.56
        throw = lighter(scheme.second, 10)
        canvas.shape([(x, seat - 150), (x + 96, seat - 150), (x + 104, seat + 66), (x + 6, seat + 74)], throw)
        for at in (18, 46, 74):
            canvas.shape(
                [
                    (x + at, seat - 150),
                    (x + at + 8, seat - 150),
                    (x + at + 14, seat + 70),
                    (x + at + 6, seat + 71),
                ],
                darker(throw, 12),
            )


def armchair(stage: Stage, foot: Point, colour: Colour, kind: int) -> None:
    """An easy chair: 0 round, 1 wooden frame, 2 wing chair."""
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, (x, y), 150)
    wood = stage.scheme.wood
    for side in (-1, 1):
        canvas.shape(
            [(x + side * 92, y - 70), (x + side * 110, y - 70), (x + side * 118, y), (x + side * 106, y)],
            darker(wood, 20),
        )
    high = (300, 330, 380)[kind]
    canvas.rect((x - 120, y - high, x + 120, y - 80), darker(colour, 8), 70 if kind == 0 else 30)
    canvas.rect((x - 98, y - high + 22, x + 98, y - 90), colour, 54 if kind == 0 else 22)
    canvas.rect((x - 112, y - 168, x + 112, y - 62), lighter(colour, 9), 26)
    canvas.rect((x - 112, y - 104, x + 112, y - 62), darker(colour, 8), 16)
    for side, tone in ((-1, colour), (1, darker(colour, 15))):
        if kind == 1:
            canvas.rect((x + side * 124 - 14, y - 220, x + side * 124 + 14, y - 200), wood, 8)
            canvas.rect((x + side * 124 - 8, y - 204, x + side * 124 + 8, y), darker(wood, 8), 4)
        else:
            low = y - (224 if kind == 0 else 250)
            canvas.rect((x + side * 124 - 32, low, x + side * 124 + 32, y - 54), tone, 30)
    cushion(canvas, (x + 6, y - 164), 116, stage.scheme.second)


def coffee_table(stage: Stage, foot: Point, wide: float, kind: int) -> None:
    """A low table with something on it: 0 wood, 1 round, 2 a drawer and a shelf."""
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    top = y - 112
    ground_shadow(canvas, x - wide / 2 + 10, x + wide / 2 - 10, y + 4)
    if kind == 1:
        for dx in (-0.3, 0.0, 0.3):
            canvas.shape(
                [
                    (x + wide * dx - 7, top),
                    (x + wide * dx + 7, top),
                    (x + wide * dx * 1.24 + 6, y),
                    (x + wide * dx * 1.24 - 6, y),
                ],
                darker(wood, 22),
            )
        canvas.oval((x, top + 7), (wide / 2, 31), darker(wood, 16))
        canvas.oval((x, top), (wide / 2, 29), lighter(wood, 8))
    else:
        for dx in (-wide / 2 + 22, wide / 2 - 38):
            canvas.rect((x + dx, top + 12, x + dx + 16, y), darker(wood, 18), 3)
        if kind == 2:
            canvas.rect((x - wide / 2 + 24, y - 40, x + wide / 2 - 24, y - 26), darker(wood, 10), 3)
            pile(stage, (x - wide * 0.18, y - 40), 100)
        canvas.shape(
            [
                (x - wide / 2 + 30, top - 22),
                (x + wide / 2 - 30, top - 22),
                (x + wide / 2, top),
                (x - wide / 2, top),
            ],
            lighter(wood, 10),
        )
        canvas.rect((x - wide / 2, top, x + wide / 2, top + 20), wood, 4)
    where = pile(stage, (x - wide * 0.2, top - 8), 120)
    if stage.rng.random() < 0.5:
        cup(canvas, (x - wide * 0.2, where), stage.scheme.trim)
        vase(stage, (x + wide * 0.2, top - 6), 190)
    else:
        canvas.sketch(
            (x + wide * 0.16, top - 4), 100, "-62,-34 62,-34 50,0,20,0 -20,0 -50,0,-62,-34", stage.scheme.trim
        )
        for dx, tone in ((-30, stage.scheme.accent), (0, stage.scheme.second), (30, stage.scheme.accent)):
            canvas.dot((x + wide * 0.16 + dx, top - 42), 22, tone)
        canvas.sketch(
            (x + wide * 0.16, top - 4),
            100,
            "-62,-34 62,-34 50,0,20,0 -20,0 -50,0,-62,-34",
            darker(stage.scheme.trim, 4),
        )


def sideboard(stage: Stage, box: Box, doors: int) -> None:
    """A low cupboard with doors or drawers, on short legs."""
    canvas, wood = stage.canvas, stage.scheme.wood
    left, top, right, bottom = box
    ground_shadow(canvas, left, right, bottom)
    for x in (left + 24, right - 40):
        canvas.rect((x, bottom - 44, x + 14, bottom), darker(wood, 40), 2)
    canvas.rect((left, top, right, bottom - 36), darker(wood, 14), 6)
    step = (right - left - 16) / doors
    for at in range(doors):
        x = left + 8 + step * at
        canvas.rect((x + 4, top + 24, x + step - 4, bottom - 48), mix(wood, lighter(wood, 16), 60), 4)
        canvas.dot((x + (step - 20 if at % 2 == 0 else 20), (top + bottom - 30) / 2), 6, (222, 180, 104))
    canvas.rect((left - 8, top, right + 8, top + 16), lighter(wood, 12), 4)


def shelf(stage: Stage, box: Box, boards: int) -> None:
    """A bookcase, full of books and a few things."""
    canvas, wood = stage.canvas, stage.scheme.wood
    left, top, right, bottom = box
    ground_shadow(canvas, left, right, bottom)
    canvas.rect(box, darker(wood, 6), 5)
    canvas.rect((left + 14, top + 14, right - 14, bottom - 14), darker(wood, 36), 2)
    step = (bottom - top - 14) / boards
    for at in range(boards):
        floor = top + step * (at + 1)
        _on_board(stage, (left + 22, right - 20), floor, step - 30)
        canvas.rect((left + 8, floor, right - 8, floor + 14), lighter(wood, 6), 2)


def _on_board(stage: Stage, span: tuple[float, float], floor: float, tall: float) -> None:
    left, right = span
    room = int((right - left) / 26)
    end = books(
        stage, (left, floor), max(2, int(room * stage.rng.randint(45, 68) / 100)), min(tall * 0.92, 150)
    )
    thing = stage.rng.randint(0, 3)
    middle = (end + right) / 2
    if thing == 0:
        pile(stage, (middle, floor), min(90, right - end - 8))
    elif thing == 1 and tall > 100:
        potted(stage, (middle, floor), min(tall * 0.9, 140), 0)
    elif thing == 2:
        stage.canvas.dot((middle, floor - 32), 32, stage.scheme.accent)
        stage.canvas.dot((middle - 8, floor - 40), 12, lighter(stage.scheme.accent, 24))
    else:
        books(stage, (right - 72, floor), 3, min(tall * 0.86, 140))


def wall_shelf(stage: Stage, left: Point, wide: float) -> None:
    """A board on the wall with books, a plant and a bowl."""
    canvas, (x, y) = stage.canvas, left
    canvas.rect((x + 10, y + 14, x + wide + 10, y + 26), (34, 28, 54, 40), 3)
    end = books(stage, (x + 20, y), int(wide / 60), 96)
    potted(stage, (end + (x + wide - end) * 0.36, y), 118, 0)
    canvas.sketch((x + wide - 54, y), 46, "-70,-50 70,-50 50,0,20,0 -20,0 -50,0,-70,-50", stage.scheme.accent)
    canvas.rect((x, y, x + wide, y + 16), stage.scheme.wood, 4)


def chair(stage: Stage, foot: Point, side: int, colour: Colour) -> None:
    """A wooden chair from the side, facing right (1) or left (-1)."""
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    shadow(canvas, foot, 96)
    canvas.shape(
        [(x - side * 66, y - 180), (x - side * 52, y - 180), (x - side * 62, y), (x - side * 76, y)],
        darker(wood, 12),
    )
    canvas.shape(
        [(x + side * 50, y - 180), (x + side * 64, y - 180), (x + side * 76, y), (x + side * 62, y)],
        darker(wood, 12),
    )
    canvas.shape(
        [
            (x - side * 70, y - 190),
            (x - side * 52, y - 190),
            (x - side * 80, y - 410),
            (x - side * 100, y - 404),
        ],
        wood,
    )
    canvas.rect((x - 74, y - 206, x + 74, y - 178), wood, 8)
    canvas.rect((x - 68, y - 224, x + 70, y - 198), colour, 12)
