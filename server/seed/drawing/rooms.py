"""The shell of a room: walls, floor, windows with a view, curtains."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, darker, lighter, mix
from server.seed.drawing.views import view

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

VANISH_Y = 430
BRICK = (178, 104, 80)
# Ways to paint a wall and to lay a floor.
PLAIN, STRIPES, WAINSCOT, TWO_TONE, BRICKS, MOULDED = range(6)
PLANKS, TILES, BOARDS, CHECKS = range(4)


def room(stage: Stage, floor: float, wall: int, ground: int) -> None:
    """A room seen from the front, its floor beginning at that height."""
    paint_wall(stage, (0, 0, WIDTH, floor), wall)
    paint_floor(stage, floor, ground)
    canvas = stage.canvas
    canvas.rect((0, floor - 26, WIDTH, floor), stage.scheme.trim)
    canvas.rect((0, floor - 4, WIDTH, floor + 5), (30, 24, 40, 70))
    evening(stage)


def evening(stage: Stage) -> None:
    """The light that a ceiling lamp out of sight gives a room after sunset."""
    if stage.light.is_dark:
        stage.canvas.lamp((WIDTH / 2, 560), 1300, (255, 236, 206), 60)


def paint_wall(stage: Stage, box: Box, kind: int) -> None:
    """A wall in one of the ways above."""
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    if kind == BRICKS:
        bricks(stage, box, mix(BRICK, scheme.wall, 30))
        return
    canvas.fade(box, (lighter(scheme.wall, 14), scheme.wall, darker(scheme.wall, 5)))
    if kind == STRIPES:
        for x in range(int(left) + 20, int(right), 80):
            canvas.rect((x, top, x + 40, bottom), mix(scheme.wall, scheme.panel, 9))
    if kind == TWO_TONE:
        canvas.rect((left, top + (bottom - top) * 0.52, right, bottom), mix(scheme.wall, scheme.panel, 62))
    if kind == WAINSCOT:
        _wainscot(canvas, box, mix(scheme.panel, scheme.wall, 12))
    if kind == MOULDED:
        _mouldings(canvas, box, scheme.wall)


def _wainscot(canvas: Canvas, box: Box, tone: Colour) -> None:
    left, top, right, bottom = box
    rail = top + (bottom - top) * 0.62
    canvas.rect((left, rail, right, bottom), tone)
    canvas.rect((left, rail - 8, right, rail + 10), lighter(tone, 24))
    for x in range(int(left) + 30, int(right), 154):
        canvas.rect((x, rail + 44, x + 114, bottom - 60), darker(tone, 10), 4)
        canvas.rect((x + 4, rail + 48, x + 114, bottom - 60), lighter(tone, 6), 4)


def _mouldings(canvas: Canvas, box: Box, tone: Colour) -> None:
    for x0, x1 in ((60, 400), (460, 1140), (1200, 1540)):
        for inset, shade in ((0, darker(tone, 9)), (5, lighter(tone, 22)), (9, tone)):
            canvas.rect((x0 + inset, box[1] + 70 + inset, x1 - inset, box[3] - 90 - inset), shade, 3)
    canvas.rect((box[0], box[1], box[2], box[1] + 34), lighter(tone, 40))


def bricks(stage: Stage, box: Box, tone: Colour) -> None:
    """A brick wall, calm enough to stand behind things."""
    canvas = stage.canvas
    canvas.fade(box, (lighter(tone, 6), darker(tone, 6)))
    for row, y in enumerate(range(int(box[1]), int(box[3]), 36)):
        for x in range(int(box[0]) - 52 * (row % 2), int(box[2]), 104):
            if stage.rng.random() < 0.4:
                shade = stage.rng.choice((darker(tone, 7), lighter(tone, 7), darker(tone, 12)))
                edge = (max(box[0], x + 2), y + 2, min(box[2], x + 102), min(box[3], y + 34))
                canvas.rect(edge, shade, 2)


def paint_floor(stage: Stage, top: float, kind: int, tone: Colour | None = None) -> None:
    """A floor that runs away from the viewer, in the scheme's colour or another."""
    canvas = stage.canvas
    if tone is None:
        tone = (
            stage.scheme.floor if kind in (PLANKS, BOARDS) else mix((222, 214, 204), stage.scheme.floor, 18)
        )
    canvas.fade((0, top, WIDTH, HEIGHT), (darker(tone, 12), tone, lighter(tone, 5)))
    if kind == BOARDS:
        y = top + 14.0
        step = 22.0
        while y < HEIGHT:
            canvas.rect((0, y, WIDTH, y + 3), darker(tone, 14))
            for x in range(stage.rng.randint(-300, 0), WIDTH, 460):
                canvas.rect((x, y, x + 3, y + step), darker(tone, 14))
            y += step
            step *= 1.22
        return
    _converging(canvas, top, 128 if kind == PLANKS else 210, darker(tone, 12))
    if kind == PLANKS:
        _plank_ends(stage, top, darker(tone, 12))
        return
    rows = _rows(top)
    if kind == CHECKS:
        _checks(canvas, rows, darker(tone, 26))
    for y in rows:
        canvas.rect((0, y, WIDTH, y + 3), darker(tone, 12))


def _rows(top: float) -> list[float]:
    """Heights of equally deep rows on the floor."""
    span = top - VANISH_Y
    return [VANISH_Y + span / (1 - at * 0.115) for at in range(7)] + [HEIGHT + 40.0]


def _at(x: float, y: float) -> float:
    """Where the line to the vanishing point that ends at (x, bottom) crosses the height y."""
    return WIDTH / 2 + (x - WIDTH / 2) * (y - VANISH_Y) / (HEIGHT - VANISH_Y)


def _converging(canvas: Canvas, top: float, step: int, tone: Colour) -> None:
    for x in range(WIDTH // 2 - step * 12 + step // 2, WIDTH // 2 + step * 12, step):
        canvas.shape([(_at(x - 2, top), top), (_at(x + 2, top), top), (x + 3, HEIGHT), (x - 2, HEIGHT)], tone)


def _plank_ends(stage: Stage, top: float, tone: Colour) -> None:
    for x in range(WIDTH // 2 - 128 * 12 + 64, WIDTH // 2 + 128 * 12, 128):
        y = top + (HEIGHT - top) * stage.rng.randint(8, 88) / 100
        stage.canvas.rect((_at(x, y), y, _at(x + 128, y), y + 3), tone)


def _checks(canvas: Canvas, rows: list[float], tone: Colour) -> None:
    for row, (y0, y1) in enumerate(pairwise(rows)):
        for at in range(-12, 12):
            if (at + row) % 2:
                x0, x1 = WIDTH / 2 + 105 + at * 210, WIDTH / 2 + 315 + at * 210
                canvas.shape(
                    [(_at(x0, y0), y0), (_at(x1, y0), y0), (_at(x1, y1), y1), (_at(x0, y1), y1)], tone
                )


def sunlight(stage: Stage, floor: float, left: float, wide: float) -> None:
    """The patch that a window throws on the floor, when the sun shines."""
    if stage.light.hour in ("morning", "noon", "golden"):
        lean = 240 if stage.light.hour != "noon" else 90
        veil = (*stage.light.window, 74)
        half = wide * 0.46
        for x in (left, left + wide * 0.54):
            low = floor + 215
            stage.canvas.shape(
                [(x, floor + 34), (x + half, floor + 34), (x + half + lean, low), (x + lean, low)], veil
            )


def windows(stage: Stage, boxes: tuple[Box, ...], styles: tuple[str, ...]) -> None:
    """Windows side by side, that show parts of one view."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    picture = view(stage, (min(lefts), min(tops), max(rights), max(bottoms)))
    for box, style in zip(boxes, styles, strict=True):
        window(stage, box, style, picture)


def window(stage: Stage, box: Box, style: str, picture: Canvas | None = None) -> None:
    """A window with the view: `sash`, `casement`, `picture`, `arch`, `steel` or `lattice`; it lights the room."""
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    wide = right - left
    frame = {"steel": (52, 54, 60), "lattice": darker(scheme.wood, 8)}.get(style, scheme.trim)
    arch = min(wide / 2, (bottom - top) * 0.46) if style == "arch" else 0
    _surround(canvas, box, frame, arch)
    canvas.inset(box, picture or view(stage, box), arch)
    _reflections(canvas, box, arch)
    _bars(canvas, box, frame, style)
    canvas.rect((left - 44, bottom + 12, right + 44, bottom + 34), lighter(frame, 10), 4)
    canvas.rect((left - 30, bottom + 34, right + 30, bottom + 42), (30, 24, 40, 40))
    if not stage.light.is_dark:
        canvas.lamp(((left + right) / 2, (top + bottom) / 2), wide * 0.5 + 560, stage.light.window, 92)


def _surround(canvas: Canvas, box: Box, frame: Colour, arch: float) -> None:
    left, top, right, bottom = box
    for grow, tone in ((22, darker(frame, 10)), (18, frame)):
        if arch:
            canvas.oval(((left + right) / 2, top + arch), ((right - left) / 2 + grow, arch + grow), tone)
        canvas.rect(
            (left - grow, top + arch - grow * (not arch), right + grow, bottom + grow), tone, 0 if arch else 4
        )


def _reflections(canvas: Canvas, box: Box, arch: float) -> None:
    left, top, right, bottom = box
    top += arch * 0.6
    wide, tall = right - left, bottom - top
    for at, size in ((0.62, 0.08), (0.74, 0.03)):
        lean = min(tall * 0.5, wide * at)
        canvas.shape(
            [
                (left + wide * at, top),
                (left + wide * (at + size), top),
                (left + wide * (at + size) - lean * 0.6, top + lean),
                (left + wide * at - lean * 0.6, top + lean),
            ],
            (255, 255, 255, 34),
        )


def _bars(canvas: Canvas, box: Box, frame: Colour, style: str) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    across, down, thick = {
        "sash": (1, 1, 14), "casement": (1, 0, 26), "picture": (0, 0, 0), "arch": (1, 1, 12), "steel": (3, 3, 9),
        "lattice": (0, 0, 0),
    }[style]  # fmt: skip
    if style == "picture" and wide > 620:
        across, thick = 2, 16
    for at in range(1, across + 1):
        x = left + wide * at / (across + 1)
        canvas.rect((x - thick / 2, top, x + thick / 2, bottom), frame)
    for at in range(1, down + 1):
        y = top + tall * at / (down + 1)
        canvas.rect((left, y - thick / 2, right, y + thick / 2), frame)
    if style == "lattice":
        lattice(canvas, box, frame)


def lattice(canvas: Canvas, box: Box, frame: Colour) -> None:
    """Wooden bars in the old pattern: a square in the middle, steps around it."""
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    thick = max(4, min(wide, tall) * 0.022)
    for at in (1 / 6, 1 / 3, 2 / 3, 5 / 6):
        x, y = left + wide * at, top + tall * at
        ends = (
            ((top, top + tall / 3), (bottom - tall / 3, bottom)) if at in (1 / 3, 2 / 3) else ((top, bottom),)
        )
        for y0, y1 in ends:
            canvas.rect((x - thick / 2, y0, x + thick / 2, y1), frame)
        ends = (
            ((left, left + wide / 3), (right - wide / 3, right)) if at in (1 / 3, 2 / 3) else ((left, right),)
        )
        for x0, x1 in ends:
            canvas.rect((x0, y - thick / 2, x1, y + thick / 2), frame)
    x0, y0, x1, y1 = left + wide / 3, top + tall / 3, right - wide / 3, bottom - tall / 3
    for edge in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
        canvas.stroke([edge[:2], edge[2:]], frame, thick * 1.3)


def curtains(stage: Stage, box: Box, bottom: float, colour: Colour) -> None:
    """Curtains on both sides of a window, from their rod to `bottom`."""
    canvas = stage.canvas
    left, top, right, _ = box
    rod = top - 56
    canvas.stroke([(left - 130, rod), (right + 130, rod)], darker(stage.scheme.wood, 10), 13)
    for x in (left - 136, right + 136):
        canvas.dot((x, rod), 15, darker(stage.scheme.wood, 10))
    wide = min(150, (right - left) * 0.3)
    for outer, side in ((left - 104, 1), (right + 104, -1)):
        inner = outer + side * wide
        slim = outer + side * wide * 0.72
        middle = rod + (bottom - rod) * 0.6
        canvas.shape(
            [(outer, rod + 4), (inner, rod + 4), (inner, middle, slim, bottom), (outer - side * 12, bottom)],
            colour,
        )
        for at, shade in ((0.22, 9), (0.5, 13), (0.78, 7)):
            x, low = outer + side * wide * at, outer + side * (wide * 0.72 + 12) * at - side * 10
            fold = side * wide * 0.09
            canvas.shape(
                [(x, rod + 4), (x + fold, rod + 4), (x + fold, middle, low + fold, bottom), (low, bottom)],
                darker(colour, shade),
            )
