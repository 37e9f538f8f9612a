"""What windows show, and the far layers behind houses: towns, hills, the sea, gardens, mountains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, darker, lighter, mix, rgb
from server.seed.drawing.skies import seen, sky

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

GREEN = (104, 150, 92)
STONE = (124, 134, 158)


def view(stage: Stage, box: Box) -> Canvas:
    """What is to be seen through windows in `box`."""
    picture = Canvas(box)
    inside = replace(stage, canvas=picture)
    scale = max(0.45, min(1.0, (box[3] - box[1]) / 620))
    sky(inside, box, (stage.rng.randint(24, 46), stage.rng.randint(24, 40)), scale)
    picture.shining = True
    land(inside, box, (box[1] + (box[3] - box[1]) * stage.rng.randint(60, 70) / 100))
    picture.shining = False
    return picture


def land(stage: Stage, box: Box, horizon: float) -> None:
    """The land of the stage's view from the horizon to the bottom of the box."""
    paint = {"city": _city, "hills": _hills, "sea": _sea, "garden": _garden, "roofs": _roofs, "peaks": _peaks}
    paint[stage.view](stage, box, horizon)


def ridge(stage: Stage, box: Box, top: float, colour: Colour, waves: int = 3) -> None:
    """Rolling land whose highest points lie near `top`, filled down to the bottom of the box."""
    step = (box[2] - box[0]) / waves
    rise = (box[3] - box[1]) * 0.1
    path: list[tuple[float, ...]] = [(box[0] - 10, box[3]), (box[0] - 10, top + rise * 0.6)]
    for at in range(waves):
        x = box[0] + step * at
        lift = rise * stage.rng.randint(60, 130) / 100
        low = top + rise * stage.rng.randint(30, 80) / 100
        path.append((x + step * 0.35, top - lift * 0.6, x + step * 0.6, top - lift * 0.4, x + step + 10, low))
    stage.canvas.shape([*path, (box[2] + 10, box[3])], colour)


def _hills(stage: Stage, box: Box, horizon: float) -> None:
    height = box[3] - horizon
    ridge(stage, box, horizon - height * 0.25, seen(stage, (130, 158, 160), 48), 2)
    ridge(stage, box, horizon, seen(stage, (122, 162, 116), 26), 3)
    ridge(stage, box, horizon + height * 0.3, seen(stage, GREEN, 8), 2)
    _row_of_trees(stage, box, horizon + height * 0.5, height * 0.42)
    ridge(stage, box, horizon + height * 0.66, seen(stage, (84, 128, 80)), 2)


def _row_of_trees(stage: Stage, box: Box, base: float, size: float) -> None:
    for x in range(int(box[0]), int(box[2]) + 40, max(20, int(size * 1.9))):
        place = x + stage.rng.randint(0, int(size))
        tall = size * stage.rng.randint(60, 120) / 100
        tone = seen(stage, mix(GREEN, (60, 104, 84), stage.rng.randint(0, 80)))
        stage.canvas.rect(
            (place - size * 0.05, base - tall * 0.5, place + size * 0.05, base + size * 0.3), darker(tone, 40)
        )
        stage.canvas.oval((place, base - tall * 0.6), (size * 0.36, tall * 0.55), tone)
        stage.canvas.oval(
            (place - size * 0.1, base - tall * 0.72), (size * 0.2, tall * 0.3), lighter(tone, 9)
        )


def _sea(stage: Stage, box: Box, horizon: float) -> None:
    canvas, rng = stage.canvas, stage.rng
    width, height = box[2] - box[0], box[3] - horizon
    far = seen(stage, (120, 150, 170), 46)
    x = box[0] + width * rng.randint(45, 60) / 100
    canvas.shape(
        [(x, horizon + 2), (x + width * 0.14, horizon - height * 0.5, x + width * 0.3, horizon + 2)], far
    )
    canvas.shape(
        [
            (x + width * 0.2, horizon + 2),
            (x + width * 0.36, horizon - height * 0.34, x + width * 0.6, horizon + 2),
        ],
        mix(far, seen(stage, (96, 130, 150)), 30),
    )
    blue = mix(seen(stage, (58, 136, 160)), stage.light.sky[1], 26)
    canvas.fade(
        (box[0], horizon, box[2], box[3]), (mix(blue, stage.light.sky[-1], 30), blue, darker(blue, 16))
    )
    for at in range(7):
        y = horizon + height * (0.08 + at * 0.11)
        x = box[0] + width * rng.randint(24, 40) / 100
        canvas.rect(
            (x, y, x + width * rng.randint(8, 22) / 100, y + max(3, height * 0.014)),
            (*stage.light.sun, 120),
            3,
        )
    _sail(canvas, (box[0] + width * 0.66, horizon + height * 0.24), height * 0.36, stage)


def _sail(canvas: Canvas, place: tuple[float, float], size: float, stage: Stage) -> None:
    x, y = place
    canvas.shape(
        [
            (x, y - size),
            (x + size * 0.1, y - size * 0.5, x, y - size * 0.12),
            (x - size * 0.42, y - size * 0.12),
        ],
        seen(stage, (255, 250, 240)),
    )
    canvas.shape(
        [
            (x + size * 0.05, y - size * 0.8),
            (x + size * 0.36, y - size * 0.12),
            (x + size * 0.05, y - size * 0.12),
        ],
        seen(stage, stage.scheme.accent),
    )
    canvas.shape(
        [
            (x - size * 0.46, y - size * 0.08),
            (x + size * 0.46, y - size * 0.08),
            (x + size * 0.3, y + size * 0.1),
            (x - size * 0.32, y + size * 0.1),
        ],
        seen(stage, (120, 74, 56)),
    )


def _garden(stage: Stage, box: Box, horizon: float) -> None:
    canvas, rng = stage.canvas, stage.rng
    height, width = box[3] - horizon, box[2] - box[0]
    ridge(stage, box, horizon - height * 0.25, seen(stage, (140, 170, 140), 46), 3)
    hedge = seen(stage, mix(GREEN, stage.scheme.leaf, 50), 14)
    size = min(height * 0.34, 90.0)
    x = box[0]
    while x < box[2] + size:
        canvas.dot((x, horizon + height * 0.12 + rng.randint(-6, 6)), size, darker(hedge, rng.randint(0, 10)))
        x += size
    lawn = seen(stage, (140, 178, 100))
    canvas.rect((box[0], horizon + height * 0.2, box[2], box[3]), lawn)
    canvas.shape(
        [
            (box[0], box[3]),
            (box[0], horizon + height * 0.5),
            (box[0] + width / 2, horizon + height * 0.3, box[2], horizon + height * 0.6),
            (box[2], box[3]),
        ],
        lighter(lawn, 9),
    )
    for part in (0.14, 0.8) if width < 700 else (0.1, 0.46, 0.84):
        foot = (box[0] + width * part, horizon + height * rng.randint(48, 66) / 100)
        _garden_tree(stage, foot, min(height * 1.5, (foot[1] - box[1]) * 0.84))
    for at in range(int(width / 34)):
        spot = (box[0] + at * 34 + rng.randint(0, 12), horizon + height * (0.82 + 0.1 * (at % 2)))
        canvas.dot(
            spot,
            min(11, height * 0.05),
            seen(stage, (stage.scheme.accent, stage.scheme.second, (255, 248, 240))[at % 3]),
        )


def _garden_tree(stage: Stage, foot: tuple[float, float], tall: float) -> None:
    canvas, (x, y) = stage.canvas, foot
    tone = seen(stage, mix(GREEN, (72, 128, 92), stage.rng.randint(0, 90)))
    canvas.oval((x + tall * 0.06, y), (tall * 0.26, tall * 0.03), (34, 40, 50, 50))
    canvas.rect((x - tall * 0.025, y - tall * 0.5, x + tall * 0.025, y), seen(stage, (110, 80, 62)))
    for dx, up, size in (
        (0.15, 0.5, 0.17),
        (-0.15, 0.5, 0.17),
        (0.14, 0.72, 0.17),
        (-0.13, 0.74, 0.17),
        (0, 0.86, 0.14),
        (0, 0.62, 0.2),
    ):
        canvas.dot((x + tall * dx, y - tall * up), tall * size, darker(tone, 12) if dx > 0.05 else tone)
    canvas.dot((x - tall * 0.1, y - tall * 0.78), tall * 0.09, lighter(tone, 9))


def _peaks(stage: Stage, box: Box, horizon: float) -> None:
    width, height = box[2] - box[0], horizon - box[1]
    for x, tall, haze in ((8, 62, 40), (78, 70, 32), (46, 92, 16)):
        peak(
            stage,
            (box[0] + width * (x + stage.rng.randint(-5, 5)) / 100, horizon + 4),
            height * tall / 118,
            haze,
        )
    ground = box[3] - horizon
    stage.canvas.rect((box[0], horizon - 2, box[2], box[3]), seen(stage, (92, 132, 112), 34))
    ridge(stage, box, horizon + ground * 0.1, seen(stage, (92, 132, 112), 16), 3)
    for tree in range(9):
        place = box[0] + width * (tree * 12 + stage.rng.randint(0, 6)) / 100
        _spruce(stage, (place, horizon + ground * 0.75), ground * stage.rng.randint(60, 105) / 100)
    ridge(stage, box, horizon + ground * 0.7, seen(stage, (100, 140, 96)), 2)


def peak(stage: Stage, foot: tuple[float, float], tall: float, haze: int) -> None:
    """A mountain, its right side in shade, snow on its top; `foot` is the middle of its base."""
    x, y = foot
    tone = seen(stage, STONE, haze)
    snow = seen(stage, (250, 250, 252), haze // 2)
    top = y - tall
    canvas = stage.canvas
    canvas.shape(
        [
            (x - tall * 0.95, y),
            (x - tall * 0.34, top + tall * 0.38),
            (x, top),
            (x + tall * 0.4, top + tall * 0.42),
            (x + tall, y),
        ],
        tone,
    )
    canvas.shape(
        [
            (x, top),
            (x + tall * 0.4, top + tall * 0.42),
            (x + tall, y),
            (x + tall * 0.2, y),
            (x + tall * 0.08, top + tall * 0.5),
        ],
        darker(tone, 14),
    )
    canvas.shape(
        [
            (x, top),
            (x + tall * 0.22, top + tall * 0.231),
            (x + tall * 0.12, top + tall * 0.2),
            (x + tall * 0.05, top + tall * 0.33),
            (x - tall * 0.04, top + tall * 0.22),
            (x - tall * 0.12, top + tall * 0.3),
            (x - tall * 0.2, top + tall * 0.2235),
        ],
        snow,
    )


def _spruce(stage: Stage, foot: tuple[float, float], tall: float) -> None:
    tone = seen(stage, (58, 104, 88))
    x, y = foot
    for at in range(3):
        wide, top = tall * (0.16 + at * 0.07), y - tall + tall * at * 0.24
        stage.canvas.shape([(x, top), (x + wide, top + tall * 0.42), (x - wide, top + tall * 0.42)], tone)


def _city(stage: Stage, box: Box, horizon: float) -> None:
    width, height = box[2] - box[0], horizon - box[1]
    bottom = box[3]
    for layer, (haze, low, high) in enumerate(((62, 30, 66), (34, 16, 46))):
        x = box[0] - width * 0.02 - layer * 30
        while x < box[2]:
            wide = width * stage.rng.randint(7, 13) / 100
            tall = height * stage.rng.randint(low, high) / 100
            tower = (x, horizon - tall, x + wide, bottom)
            tone = seen(stage, stage.rng.choice(((112, 124, 158), (136, 132, 156), (150, 138, 146))), haze)
            stage.canvas.rect(tower, tone)
            if layer or stage.rng.random() < 0.4:
                _lights(stage, tower, tone)
            x += wide + stage.rng.choice((0, 2, width * 0.02))
    ground = bottom - horizon
    for at in range(9):
        place = (box[0] + width * (at * 13) / 100, bottom - ground * 0.1)
        size = ground * stage.rng.randint(44, 70) / 100
        stage.canvas.oval(
            place, (size, size), seen(stage, mix(GREEN, (70, 116, 92), stage.rng.randint(0, 80)), 6)
        )


def _lights(stage: Stage, tower: Box, tone: Colour) -> None:
    lit = rgb("#ffd98a") if stage.light.is_dark else lighter(tone, 24)
    step = max(14.0, (tower[2] - tower[0]) / 3.4)
    size = step * 0.36
    y = tower[1] + step * 0.6
    while y < tower[3] - step:
        for column in range(3):
            x = tower[0] + (column + 0.42) * (tower[2] - tower[0]) / 3
            if stage.rng.random() < (0.45 if stage.light.is_dark else 0.8) and x + size < tower[2]:
                stage.canvas.rect((x, y, x + size, y + size * 1.3), lit)
        y += step


def _roofs(stage: Stage, box: Box, horizon: float) -> None:
    width, height = box[2] - box[0], box[3] - horizon
    ridge(stage, box, horizon - height * 0.3, seen(stage, (150, 160, 168), 56), 2)
    for layer, haze in ((0, 36), (1, 18), (2, 2)):
        y = horizon + height * (layer * 0.34 - 0.02)
        for at in range(3):
            x = box[0] + width * (at * 44 - 22 * (layer % 2) + stage.rng.randint(-5, 5)) / 100
            _tiled_roof(stage, (x, y), width * 0.46, height * 0.3, haze)
        if layer < 2:
            x = box[0] + width * stage.rng.randint(20, 86) / 100
            tone = seen(stage, stage.rng.choice((GREEN, (196, 150, 66))), haze)
            for dx, dy in ((-0.5, 0), (0.5, -0.1), (0, -0.6)):
                stage.canvas.dot((x + height * 0.3 * dx, y + height * (0.04 + 0.3 * dy)), height * 0.22, tone)


def _tiled_roof(stage: Stage, place: tuple[float, float], wide: float, tall: float, haze: int) -> None:
    x, y = place
    tone = seen(stage, (98, 104, 112), haze)
    canvas = stage.canvas
    canvas.rect(
        (x + wide * 0.08, y + tall * 0.9, x + wide * 0.92, y + tall * 3), seen(stage, (146, 142, 142), haze)
    )
    canvas.shape(
        [
            (x, y + tall),
            (x + wide * 0.05, y + tall * 0.8, x + wide * 0.06, y),
            (x + wide * 0.94, y),
            (x + wide * 0.95, y + tall * 0.8, x + wide, y + tall),
        ],
        tone,
    )
    for at in range(1, 12):
        top = x + wide * (0.06 + 0.88 * at / 12)
        canvas.stroke(
            [(top, y + 4), (x + wide * at / 12, y + tall * 0.97)], darker(tone, 14), max(1.5, tall * 0.03)
        )
    canvas.rect((x + wide * 0.04, y - tall * 0.08, x + wide * 0.96, y + tall * 0.06), darker(tone, 24), 4)
