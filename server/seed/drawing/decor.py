"""Small things that make a room lived in: lamps, pictures, rugs, books, vases, cups, a cat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.plants import shadow

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

GLOW = (255, 214, 140)
SHADE = (255, 232, 184)
IRON = (58, 52, 58)


def shine(stage: Stage, centre: Point, radius: float) -> None:
    """Lamp light, if lamps are lit at this hour: on the things around it, and as a shimmer."""
    if not stage.light.has_lamps:
        return
    dim = 0 if stage.light.is_dark else 40
    stage.canvas.lamp(centre, radius, (255, 236, 200), 100 - dim)
    stage.canvas.lamp(centre, radius * 0.5, (255, 240, 208), 80 - dim)
    stage.canvas.halo(centre, radius * 0.46, GLOW, 44 - dim // 2)


def _lampshade(stage: Stage, centre: Point, half: Point, tall: float) -> None:
    canvas, (x, y) = stage.canvas, centre
    tone = SHADE if stage.light.has_lamps else lighter(stage.scheme.curtain, 45)
    canvas.shining = stage.light.has_lamps
    canvas.shape(
        [
            (x - half[0], y - tall / 2),
            (x + half[0], y - tall / 2),
            (x + half[1], y + tall / 2),
            (x - half[1], y + tall / 2),
        ],
        tone,
    )
    canvas.shape(
        [
            (x + half[0] * 0.3, y - tall / 2),
            (x + half[0], y - tall / 2),
            (x + half[1], y + tall / 2),
            (x + half[1] * 0.3, y + tall / 2),
        ],
        darker(tone, 7),
    )
    canvas.shining = False


def floor_lamp(stage: Stage, foot: Point, tall: float) -> None:
    """A lamp that stands on the floor."""
    x, y = foot
    shadow(stage.canvas, foot, 64)
    stage.canvas.oval((x, y - 6), (58, 11), IRON)
    stage.canvas.stroke([(x, y - 8), (x, y - tall + 120)], IRON, 11)
    _lampshade(stage, (x, y - tall + 76), (58, 98), 152)
    shine(stage, (x, y - tall + 96), 760)


def arc_lamp(stage: Stage, foot: Point, tall: float, reach: float) -> None:
    """A lamp on a long bow that hangs over the seats."""
    x, y = foot
    canvas = stage.canvas
    shadow(canvas, foot, 70)
    canvas.rect((x - 58, y - 26, x + 58, y), (206, 200, 192), 8)
    canvas.stroke(
        [(x, y - 24), (x, y - tall * 1.16, x + reach * 0.9, y - tall * 1.2, x + reach, y - tall + 60)],
        IRON,
        10,
    )
    _dome(stage, (x + reach, y - tall + 60), 88, IRON)
    shine(stage, (x + reach, y - tall + 110), 740)


def _dome(stage: Stage, top: Point, half: float, colour: Colour) -> None:
    canvas, (x, y) = stage.canvas, top
    if stage.light.has_lamps:
        canvas.shining = True
        canvas.oval((x, y + half * 0.74), (half * 0.5, half * 0.22), SHADE)
        canvas.shining = False
    canvas.shape(
        [
            (x - half, y + half * 0.74),
            (x - half * 0.94, y, x, y - half * 0.08),
            (x + half * 0.94, y, x + half, y + half * 0.74),
        ],
        colour,
    )
    canvas.shape(
        [
            (x + half * 0.3, y + half * 0.74),
            (x + half * 0.4, y + half * 0.1, x, y - half * 0.08),
            (x + half * 0.94, y, x + half, y + half * 0.74),
        ],
        darker(colour, 18),
    )


def pendant(stage: Stage, centre: Point, half: float, kind: str) -> None:
    """A lamp on a cord from the ceiling: `dome`, `globe`, `lantern` (red silk) or `paper`."""
    canvas, (x, y) = stage.canvas, centre
    canvas.rect((x - 3, 0, x + 3, y - half * 0.4), IRON)
    if kind == "dome":
        _dome(stage, (x, y - half * 0.4), half, stage.scheme.accent)
    lit = stage.light.has_lamps
    canvas.shining = lit
    if kind == "globe":
        canvas.dot(centre, half * 0.7, SHADE if lit else (246, 240, 228))
        canvas.rect((x - half * 0.16, y - half * 0.86, x + half * 0.16, y - half * 0.6), (196, 152, 84))
    if kind == "paper":
        tone = SHADE if lit else (250, 245, 234)
        canvas.oval(centre, (half, half * 0.82), tone)
        for at in (-0.5, -0.25, 0.0, 0.25, 0.5):
            wide = half * (1 - at * at * 1.4)
            canvas.rect(
                (x - wide * 0.98, y + half * at - 1, x + wide * 0.98, y + half * at + 1), darker(tone, 8)
            )
    canvas.shining = False
    if kind == "lantern":
        lantern(stage, centre, half)
    shine(stage, (x, y + half * 0.4), 640)


def lantern(stage: Stage, centre: Point, half: float) -> None:
    """A red silk lantern with a tassel."""
    canvas, (x, y) = stage.canvas, centre
    canvas.shining = stage.light.has_lamps
    red = (224, 74, 48) if canvas.shining else (204, 58, 44)
    canvas.oval(centre, (half, half * 0.84), red)
    canvas.oval(centre, (half * 0.56, half * 0.84), lighter(red, 14))
    canvas.oval(centre, (half * 0.2, half * 0.84), lighter(red, 28))
    canvas.shining = False
    for top in (y - half * 0.94, y + half * 0.74):
        canvas.rect((x - half * 0.42, top, x + half * 0.42, top + half * 0.2), (222, 172, 76), 3)
    canvas.rect((x - half * 0.08, y + half * 0.94, x + half * 0.08, y + half * 1.6), (222, 172, 76), 3)


def table_lamp(stage: Stage, foot: Point, tall: float) -> None:
    """A lamp for a bedside table or a sideboard."""
    x, y = foot
    tone = stage.scheme.second
    stage.canvas.oval((x, y - tall * 0.22), (tall * 0.17, tall * 0.22), tone)
    stage.canvas.oval((x + tall * 0.05, y - tall * 0.2), (tall * 0.1, tall * 0.19), darker(tone, 10))
    stage.canvas.rect((x - tall * 0.12, y - 8, x + tall * 0.12, y), darker(tone, 16), 3)
    stage.canvas.rect((x - 4, y - tall * 0.58, x + 4, y - tall * 0.4), IRON)
    _lampshade(stage, (x, y - tall * 0.76), (tall * 0.22, tall * 0.36), tall * 0.48)
    shine(stage, (x, y - tall * 0.7), 620)


def rug(stage: Stage, centre: Point, radii: Point, kind: int) -> None:
    """A rug on the floor: 0 oval rings, 1 a striped runner, 2 a bordered carpet."""
    canvas, (x, y), (rx, ry) = stage.canvas, centre, radii
    tone, other = stage.scheme.curtain, stage.scheme.second
    if stage.rng.random() < 0.5:
        tone, other = mix(stage.scheme.fabric, stage.scheme.wall, 40), lighter(stage.scheme.wall, 10)
    if kind == 0:
        for part, shade in ((1.0, tone), (0.86, lighter(tone, 22)), (0.72, tone), (0.5, other)):
            canvas.oval(centre, (rx * part, ry * part), shade)
        return
    lean = rx * 0.14
    for part, shade in (
        (1.0, tone),
        (0.9, other if kind == 2 else lighter(tone, 26)),
        (0.82, mix(tone, other, 24)),
    ):
        wide, tall = rx * part, ry * (2 * part - 1)
        canvas.shape(
            [
                (x - wide + lean, y - tall),
                (x + wide - lean, y - tall),
                (x + wide, y + tall),
                (x - wide, y + tall),
            ],
            shade,
        )
    for at in range(-4, 5):
        middle = x + at * rx * 0.16
        if kind == 2:
            canvas.shape(
                [
                    (middle, y - ry * 0.3),
                    (middle + rx * 0.05, y),
                    (middle, y + ry * 0.3),
                    (middle - rx * 0.05, y),
                ],
                other,
            )
        else:
            canvas.shape(
                [
                    (middle - 9, y - ry * 0.62),
                    (middle + 9, y - ry * 0.62),
                    (middle + 11 + at * 2, y + ry * 0.62),
                    (middle - 11 + at * 2, y + ry * 0.62),
                ],
                other,
            )


def books(stage: Stage, left: Point, count: int, tall: float) -> float:
    """Books side by side on a board, the last one leaning; answers where they end."""
    x, y = left
    scheme = stage.scheme
    tones = (
        scheme.accent,
        scheme.fabric,
        scheme.second,
        (244, 234, 216),
        scheme.panel,
        darker(scheme.fabric, 30),
    )
    for at in range(count):
        wide = stage.rng.randint(15, 25)
        high = tall * stage.rng.randint(76, 100) / 100
        tone = tones[(at + stage.rng.randint(0, 2)) % 6]
        stage.canvas.rect((x, y - high, x + wide, y), tone, 2)
        stage.canvas.rect((x + 3, y - high * 0.8, x + wide - 3, y - high * 0.72), lighter(tone, 30))
        x += wide + 2
    return x


def pile(stage: Stage, middle: Point, wide: float) -> float:
    """Three books lying on each other; answers their top."""
    x, y = middle
    scheme = stage.scheme
    for at, tone in enumerate((scheme.fabric, (246, 238, 222), scheme.accent)):
        half = wide / 2 - at * 7
        stage.canvas.rect((x - half + at * 4, y - 15, x + half + at * 4, y), tone, 3)
        y -= 15
    return y


def cup(canvas: Canvas, foot: Point, colour: Colour) -> None:
    """A cup with steam."""
    x, y = foot
    canvas.stroke([(x + 16, y - 28), (x + 36, y - 28, x + 32, y - 8, x + 14, y - 10)], colour, 6)
    canvas.shape(
        [
            (x - 20, y - 36),
            (x + 20, y - 36),
            (x + 19, y - 4, x + 10, y),
            (x - 10, y),
            (x - 19, y - 4, x - 20, y - 36),
        ],
        colour,
    )
    for dx in (-6, 8):
        canvas.stroke(
            [(x + dx, y - 46), (x + dx - 12, y - 60, x + dx + 10, y - 68, x + dx, y - 84)],
            (255, 255, 255, 110),
            4,
        )


def vase(stage: Stage, foot: Point, tall: float) -> None:
    """A vase with twigs of blossom or eucalyptus."""
    canvas, rng, (x, y) = stage.canvas, stage.rng, foot
    blossom = rng.choice((stage.scheme.accent, stage.scheme.second, (250, 240, 232), None))
    for dx, up in ((-0.3, 0.84), (-0.12, 1.0), (0.1, 0.94), (0.3, 0.8)):
        end = (x + tall * dx, y - tall * up)
        canvas.stroke(
            [(x, y - tall * 0.36), (x + tall * dx * 0.3, y - tall * up * 0.8, *end)],
            (112, 96, 70),
            max(3, tall * 0.014),
        )
        for at in (0.62, 0.74, 0.87, 1.0):
            px, py = x + tall * dx * at * at, y - tall * (0.36 + (up - 0.36) * at)
            if blossom:
                canvas.dot((px + rng.randint(-3, 3), py), tall * 0.048, blossom)
            else:
                canvas.oval((px - tall * 0.04, py), (tall * 0.045, tall * 0.028), stage.scheme.leaf)
                canvas.oval(
                    (px + tall * 0.04, py - tall * 0.03),
                    (tall * 0.045, tall * 0.028),
                    darker(stage.scheme.leaf, 10),
                )
    tone = rng.choice(((244, 238, 228), stage.scheme.fabric, stage.scheme.panel))
    canvas.shape(
        [
            (x - tall * 0.07, y - tall * 0.42),
            (x + tall * 0.07, y - tall * 0.42),
            (x + tall * 0.07, y - tall * 0.34),
            (x + tall * 0.22, y - tall * 0.2, x + tall * 0.1, y),
            (x - tall * 0.1, y),
            (x - tall * 0.22, y - tall * 0.2, x - tall * 0.07, y - tall * 0.34),
        ],
        tone,
    )
    canvas.shape(
        [
            (x + tall * 0.02, y - tall * 0.42),
            (x + tall * 0.07, y - tall * 0.42),
            (x + tall * 0.07, y - tall * 0.34),
            (x + tall * 0.22, y - tall * 0.2, x + tall * 0.1, y),
            (x + tall * 0.04, y),
        ],
        darker(tone, 10),
    )


def cat(canvas: Canvas, place: Point, colour: Colour, scale: float = 1) -> None:
    """A cat asleep; `place` is the middle of what it lies on."""
    x, y = place

    def at(*steps: float) -> tuple[float, ...]:
        return tuple(step * scale + (x, y)[index % 2] for index, step in enumerate(steps))

    canvas.stroke([at(84, -10), at(130, -8, 128, -40, 96, -34)], darker(colour, 8), 15 * scale)
    canvas.shape([at(-90, 0), at(-70, -70, 20, -84, 84, -50), at(118, -20, 92, 0)], colour)
    canvas.dot((x - 78 * scale, y - 28 * scale), 31 * scale, colour)
    canvas.shape([at(-104, -42), at(-102, -72), at(-80, -56)], colour)
    canvas.shape([at(-74, -56), at(-54, -72), at(-52, -42)], colour)
    canvas.stroke([at(-96, -28), at(-90, -22, -84, -28)], darker(colour, 60), 3 * scale)
    canvas.stroke([at(-74, -28), at(-68, -22, -62, -28)], darker(colour, 60), 3 * scale)
    for dx in (10, 36, 62):
        canvas.stroke([at(dx, -66), at(dx + 8, -52)], darker(colour, 18), 8 * scale)
