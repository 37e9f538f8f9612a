"""Trees, bushes, flowers and plants in pots. Light comes from the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import WIDTH, Canvas, Colour, Point, darker, lighter, mix

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

BARK = (112, 80, 62)
SHADOW = (34, 28, 54, 58)


def shadow(canvas: Canvas, centre: Point, wide: float) -> None:
    """What a thing throws on the floor, a little to the right."""
    canvas.oval((centre[0] + wide * 0.08, centre[1]), (wide, max(5, wide * 0.12)), SHADOW)


def tree(stage: Stage, foot: Point, tall: float, tone: Colour) -> None:
    """A round tree: trunk, crown of discs, lighter towards the light."""
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, foot, tall * 0.3)
    wide = tall * 0.035
    canvas.shape(
        [
            (x - wide, y),
            (x - wide * 0.6, y - tall * 0.6),
            (x + wide * 0.6, y - tall * 0.6),
            (x + wide * 1.1, y),
        ],
        BARK,
    )
    canvas.stroke(
        [(x, y - tall * 0.36), (x + tall * 0.1, y - tall * 0.42, x + tall * 0.16, y - tall * 0.56)],
        BARK,
        wide * 0.9,
    )
    crown = ((16, -56, 20), (-18, -54, 19), (20, -72, 20), (-20, -74, 20), (2, -86, 19), (0, -66, 22))
    for dx, dy, size in crown:
        shade = darker(tone, 13) if dx > 8 else tone
        canvas.dot((x + tall * dx / 100, y + tall * dy / 100), tall * size / 100, shade)
    for dx, dy, size in ((-20, -78, 12), (0, -90, 11), (-6, -68, 9)):
        canvas.dot((x + tall * dx / 100, y + tall * dy / 100), tall * size / 100, lighter(tone, 10))
    for _ in range(9):
        dx, dy = stage.rng.randint(-28, 28), stage.rng.randint(-92, -56)
        canvas.oval(
            (x + tall * dx / 100, y + tall * dy / 100), (tall * 0.022, tall * 0.012), lighter(tone, 22)
        )


def poplar(canvas: Canvas, foot: Point, tall: float, tone: Colour) -> None:
    """A tall, narrow tree."""
    x, y = foot
    shadow(canvas, foot, tall * 0.14)
    canvas.rect((x - tall * 0.015, y - tall * 0.2, x + tall * 0.015, y), BARK)
    canvas.shape(
        [
            (x, y - tall),
            (x + tall * 0.17, y - tall * 0.6, x + tall * 0.16, y - tall * 0.1, x, y - tall * 0.09),
            (x - tall * 0.16, y - tall * 0.1, x - tall * 0.17, y - tall * 0.6, x, y - tall),
        ],
        tone,
    )
    canvas.shape(
        [
            (x, y - tall),
            (x + tall * 0.17, y - tall * 0.6, x + tall * 0.16, y - tall * 0.1, x, y - tall * 0.09),
            (x + tall * 0.07, y - tall * 0.4, x, y - tall),
        ],
        darker(tone, 13),
    )


def conifer(stage: Stage, foot: Point, tall: float, snow: bool) -> None:
    """A spruce in four tiers."""
    canvas, (x, y) = stage.canvas, foot
    tone = (54, 100, 86)
    shadow(canvas, foot, tall * 0.2)
    canvas.rect((x - tall * 0.028, y - tall * 0.14, x + tall * 0.028, y), BARK)
    for at in (3, 2, 1, 0):
        wide, top = tall * (0.14 + at * 0.055), y - tall + tall * at * 0.2
        low = top + tall * 0.32
        canvas.shape(
            [
                (x, top),
                (x + wide * 0.4, low - tall * 0.1, x + wide, low),
                (x, low + tall * 0.05, x - wide, low),
                (x - wide * 0.4, low - tall * 0.1, x, top),
            ],
            tone,
        )
        canvas.shape(
            [
                (x, top),
                (x + wide * 0.4, low - tall * 0.1, x + wide, low),
                (x + wide * 0.5, low + tall * 0.025, x + wide * 0.1, low + tall * 0.02),
            ],
            darker(tone, 16),
        )
        if snow:
            canvas.shape(
                [
                    (x, top),
                    (x + wide * 0.2, top + tall * 0.1, x + wide * 0.3, top + tall * 0.15),
                    (x + wide * 0.1, top + tall * 0.11, x, top + tall * 0.17),
                    (x - wide * 0.2, top + tall * 0.11, x - wide * 0.4, top + tall * 0.19),
                    (x - wide * 0.2, top + tall * 0.1, x, top),
                ],
                (246, 248, 252),
            )


def fruit_tree(stage: Stage, foot: Point, tall: float, tone: Colour, fruit: Colour) -> None:
    """An old tree with bent branches and fruit, as persimmons stand in Beijing's courtyards."""
    canvas, rng, (x, y) = stage.canvas, stage.rng, foot
    shadow(canvas, foot, tall * 0.26)
    bark = (94, 68, 56)
    canvas.shape(
        [
            (x - tall * 0.05, y),
            (x - tall * 0.01, y - tall * 0.2, x - tall * 0.03, y - tall * 0.44),
            (x + tall * 0.03, y - tall * 0.44),
            (x + tall * 0.04, y - tall * 0.2, x + tall * 0.05, y),
        ],
        bark,
    )
    ends = ((-34, -66), (-17, -84), (4, -90), (22, -80), (36, -62), (12, -64), (-8, -66))
    for dx, dy in ends:
        end = (x + tall * dx / 100, y + tall * dy / 100)
        canvas.stroke(
            [(x, y - tall * 0.4), (x + tall * dx / 260, y + tall * dy / 118, *end)], bark, tall * 0.022
        )
    for dx in (-13, 11):
        canvas.oval((x + tall * dx / 100, y - tall * 0.73), (tall * 0.2, tall * 0.13), darker(tone, 8))
    for dx, dy in ends:
        size = tall * rng.randint(12, 15) / 100
        shade = darker(tone, 12) if dx > 10 else tone
        canvas.oval((x + tall * dx / 100, y + tall * dy / 100), (size * 1.2, size), shade)
        canvas.oval(
            (x + tall * dx / 100 - size * 0.3, y + tall * dy / 100 - size * 0.35),
            (size * 0.6, size * 0.4),
            lighter(shade, 9),
        )
    for dx, dy in ends:
        for gx, gy in ((-7, 4), (5, 7), (4, -5)):
            place = (x + tall * (dx + gx + rng.randint(-2, 2)) / 100, y + tall * (dy + gy) / 100)
            canvas.dot(place, tall * 0.021, fruit)
            canvas.dot((place[0] - tall * 0.006, place[1] - tall * 0.006), tall * 0.008, lighter(fruit, 40))


def bush(canvas: Canvas, foot: Point, wide: float, tone: Colour) -> None:
    """A low round bush."""
    x, y = foot
    for dx, size, shade in ((-32, 26, tone), (30, 24, darker(tone, 13)), (0, 36, darker(tone, 5))):
        canvas.oval(
            (x + wide * dx / 100, y - wide * size / 140), (wide * size / 100, wide * size / 140), shade
        )
    canvas.oval((x - wide * 0.14, y - wide * 0.36), (wide * 0.16, wide * 0.08), lighter(tone, 10))


def flowers(stage: Stage, left: Point, wide: float, size: float) -> None:
    """A bed of flowers over leaves, standing on `left[1]`."""
    canvas, rng = stage.canvas, stage.rng
    kinds = (stage.scheme.accent, stage.scheme.second, (255, 250, 240), (222, 96, 126))
    count = max(2, int(wide / (size * 1.5)))
    for at in range(count):
        x = left[0] + wide * (at + 0.5) / count
        canvas.oval(
            (x, left[1] - size * 0.5), (size * 1.1, size * 0.9), darker(stage.scheme.leaf, rng.randint(0, 16))
        )
    for at in range(count):
        x = left[0] + wide * (at + 0.5) / count + rng.randint(-2, 2)
        y = left[1] - size * (1.1 + 0.5 * (at % 2))
        canvas.dot((x, y), size * 0.62, kinds[(at + rng.randint(0, 1)) % 4])
        canvas.dot((x, y), size * 0.2, (250, 214, 110))


def pot(canvas: Canvas, foot: Point, wide: float, colour: Colour) -> float:
    """A pot; answers where its earth is."""
    x, y = foot
    tall = wide * 0.86
    shadow(canvas, foot, wide * 0.6)
    canvas.shape(
        [(x - wide * 0.42, y - tall), (x + wide * 0.42, y - tall), (x + wide * 0.3, y), (x - wide * 0.3, y)],
        colour,
    )
    canvas.shape(
        [(x + wide * 0.14, y - tall), (x + wide * 0.42, y - tall), (x + wide * 0.3, y), (x + wide * 0.1, y)],
        darker(colour, 12),
    )
    canvas.rect(
        (x - wide * 0.5, y - tall - wide * 0.06, x + wide * 0.5, y - tall + wide * 0.14),
        lighter(colour, 8),
        5,
    )
    return y - tall - wide * 0.04


def potted(stage: Stage, foot: Point, tall: float, kind: int) -> None:
    """A plant in a pot: 0 sword leaves, 1 large leaves on stems, 2 a small tree, 3 a palm."""
    tones = ((238, 226, 208), stage.scheme.accent, (206, 122, 88), stage.scheme.panel, (92, 104, 120))
    colour = stage.rng.choice(tones)
    foot, tall = _within(foot, tall, kind)
    wide = tall * (0.3 if kind != 3 else 0.26)
    earth = (foot[0], foot[1] - wide * 0.9)
    shadow(stage.canvas, foot, wide * 0.6)
    (_swords, _monstera, _ball, _palm)[kind](stage, earth, tall - wide)
    pot(stage.canvas, foot, wide, colour)


def _within(foot: Point, tall: float, kind: int) -> tuple[Point, float]:
    """Place and height of a plant, moved and made smaller so that hardly a leaf leaves the picture."""
    reach = (0.35, 0.42, 0.24, 0.46)[kind]
    outside = max(0.0, tall * reach - foot[0], foot[0] + tall * reach - WIDTH)
    if tall < 240 or not outside:
        return foot, tall
    move = min(outside, 40.0)
    smaller = min((outside - move) / reach, tall * 0.16)
    return (foot[0] + (move if foot[0] < WIDTH / 2 else -move), foot[1]), tall - smaller


def leaf(canvas: Canvas, root: Point, tip: Point, wide: float, tone: Colour) -> None:
    """A pointed leaf, one half in shade."""
    mx, my = (root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    length = max(1.0, abs(dx) + abs(dy))
    nx, ny = -dy / length * wide * 1.5, dx / length * wide * 1.5
    canvas.shape([root, (mx + nx, my + ny, *tip), (mx - nx, my - ny, *root)], tone)
    canvas.shape([root, (mx + nx, my + ny, *tip)], darker(tone, 12))


def _swords(stage: Stage, root: Point, tall: float) -> None:
    x, y = root
    for dx, up in ((-46, 52), (46, 50), (-32, 78), (33, 76), (-15, 94), (17, 92), (0, 100)):
        tip = (x + tall * dx / 100, y - tall * up / 100)
        leaf(
            stage.canvas, (x + tall * dx / 700, y), tip, tall * 0.11, darker(stage.scheme.leaf, abs(dx) // 4)
        )


def _monstera(stage: Stage, root: Point, tall: float) -> None:
    canvas, (x, y) = stage.canvas, root
    tone = stage.scheme.leaf
    leaves = ((-38, 52, 17), (40, 46, 16), (-22, 82, 18), (27, 76, 18), (2, 98, 18), (4, 56, 15))
    for dx, up, _ in leaves:
        end = (x + tall * dx / 100, y - tall * up / 100)
        canvas.stroke(
            [(x, y), (x + tall * dx / 400, y - tall * up / 130, *end)], darker(tone, 26), max(3, tall * 0.016)
        )
    for dx, up, size in leaves:
        ex, ey = x + tall * dx / 100, y - tall * up / 100
        wide = tall * size / 100
        shade = darker(tone, 10 if dx > 10 else 0)
        side = -1 if dx < 0 else 1
        canvas.shape(
            [
                (ex - side * wide * 0.7, ey - wide * 0.4),
                (
                    ex,
                    ey - wide * 1.2,
                    ex + side * wide * 1.1,
                    ey - wide * 0.3,
                    ex + side * wide * 0.9,
                    ey + wide * 0.6,
                ),
                (
                    ex,
                    ey + wide * 0.9,
                    ex - side * wide * 0.9,
                    ey + wide * 0.4,
                    ex - side * wide * 0.7,
                    ey - wide * 0.4,
                ),
            ],
            shade,
        )
        canvas.stroke(
            [(ex - side * wide * 0.6, ey - wide * 0.3), (ex + side * wide * 0.7, ey + wide * 0.4)],
            lighter(shade, 12),
            max(2, tall * 0.008),
        )


def _ball(stage: Stage, root: Point, tall: float) -> None:
    canvas, (x, y) = stage.canvas, root
    tone = stage.scheme.leaf
    canvas.stroke([(x, y), (x - tall * 0.03, y - tall * 0.3, x, y - tall * 0.6)], BARK, max(5, tall * 0.035))
    for dx, up, size in ((14, 56, 15), (-15, 58, 15), (17, 74, 16), (-16, 76, 16), (0, 88, 15), (0, 68, 16)):
        canvas.dot(
            (x + tall * dx / 100, y - tall * up / 100), tall * size / 100, darker(tone, 12 if dx > 5 else 0)
        )
    canvas.dot((x - tall * 0.12, y - tall * 0.8), tall * 0.08, lighter(tone, 10))


def _palm(stage: Stage, root: Point, tall: float) -> None:
    canvas, (x, y) = stage.canvas, root
    tone = stage.scheme.leaf
    for dx, up in ((-52, 60), (52, 58), (-40, 84), (42, 82), (-18, 100), (20, 98), (-54, 34), (54, 34)):
        tip = (x + tall * dx / 100, y - tall * up / 100)
        bend = (x + tall * dx / 300, y - tall * up / 84)
        stem = [(x, y), (*bend, *tip)]
        canvas.stroke(stem, darker(tone, 24), max(3, tall * 0.012))
        for part in range(2, 11):
            at = part / 10
            px = x * (1 - at) ** 2 + 2 * bend[0] * at * (1 - at) + tip[0] * at**2
            py = y * (1 - at) ** 2 + 2 * bend[1] * at * (1 - at) + tip[1] * at**2
            size = tall * 0.13 * (1.25 - at)
            side = 1 if dx > 0 else -1
            shade = mix(tone, darker(tone, 22), 50 if dx > 0 else 0)
            leaf(canvas, (px, py), (px + side * size * 0.85, py - size * 0.55), size * 0.34, shade)
            leaf(canvas, (px, py), (px + side * size * 0.65, py + size * 0.95), size * 0.34, darker(shade, 8))
