"""What houses are made of, seen from outside: windows, doors, balconies, awnings, whole fronts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW, IRON, SHADE
from server.seed.drawing.plants import flowers, shadow

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

VEIL = (34, 28, 54, 52)
GLASS = (112, 150, 172)


@dataclass(frozen=True)
class Front:
    """How a front looks: its wall, its shutters and door, its windows and its roof."""

    wall: Colour
    second: Colour
    windows: str  # "plain", "shutters", "balcony", "arched"
    roof: str  # "flat", "mansard", "gable"
    shop: bool = False


def is_lit(stage: Stage) -> bool:
    """Whether somebody is at home behind one window."""
    chance = {"dusk": 0.55, "night": 0.6, "overcast": 0.18}.get(stage.light.hour, 0)
    return stage.rng.random() < chance


def glass(stage: Stage, box: Box, lit: bool) -> None:
    """A pane: the sky in it by day, a warm room behind it by night."""
    canvas = stage.canvas
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    if lit:
        canvas.shining = True
        canvas.fade(box, ((255, 222, 150), (255, 204, 122)))
        drape = (255, 236, 196)
        canvas.sketch(
            (left, top),
            wide,
            f"0,0 26,0 20,{tall / wide * 60},4,{tall / wide * 100} 0,{tall / wide * 100}",
            drape,
        )
        canvas.sketch(
            (right, top),
            wide,
            f"0,0 -26,0 -20,{tall / wide * 60},-4,{tall / wide * 100} 0,{tall / wide * 100}",
            drape,
        )
        canvas.shining = False
        return
    tone = darker(GLASS, 14) if stage.light.is_dark else GLASS
    canvas.fade(box, (mix(tone, stage.light.sky[0], 34), darker(tone, 26)))
    canvas.shape(
        [
            (left, top + tall * 0.52),
            (left + min(wide, tall) * 0.6, top),
            (left + wide * 0.94, top),
            (left, top + tall * 0.86),
        ],
        (255, 255, 255, 40),
    )


def window(stage: Stage, box: Box, look: Front, lit: bool) -> None:
    """One window of a front."""
    canvas, trim = stage.canvas, stage.scheme.trim
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    edge = max(5.0, wide * 0.07)
    canvas.rect((left - edge + 5, top - edge + 6, right + edge + 6, bottom + edge + 6), VEIL)
    canvas.rect((left - edge, top - edge, right + edge, bottom + edge), trim, 2)
    if look.windows == "arched":
        canvas.oval(((left + right) / 2, top), (wide / 2 + edge, wide * 0.3 + edge), trim)
        canvas.oval(((left + right) / 2, top), (wide / 2, wide * 0.3), darker(GLASS, 20))
    glass(stage, box, lit)
    bar = max(3.0, wide * 0.04)
    canvas.rect(((left + right) / 2 - bar, top, (left + right) / 2 + bar, bottom), trim)
    canvas.rect((left, top + tall * 0.36, right, top + tall * 0.36 + bar * 1.6), trim)
    canvas.rect(
        (left - edge * 2, bottom + edge - 2, right + edge * 2, bottom + edge * 2.2), darker(trim, 9), 2
    )
    if look.windows == "shutters":
        _shutters(canvas, box, look.second, edge)


def _shutters(canvas: Canvas, box: Box, colour: Colour, edge: float) -> None:
    left, top, right, bottom = box
    wide = (right - left) * 0.36
    for x, tone in ((left - edge - wide, colour), (right + edge, darker(colour, 8))):
        canvas.rect((x, top - edge * 0.6, x + wide, bottom + edge * 0.6), tone, 2)
        slat = (bottom - top) / 8
        for at in range(8):
            y = top + slat * at
            canvas.rect((x + 5, y + 3, x + wide - 5, y + slat - 2), darker(tone, 11))


def balcony(stage: Stage, box: Box, colour: Colour) -> None:
    """A balcony's floor and rail before what is already there; plants stand on some."""
    canvas = stage.canvas
    left, top, right, bottom = box
    if stage.rng.random() < 0.6:
        flowers(stage, (left + 12, top + 8), right - left - 24, 13)
    canvas.rect((left + 10, bottom, right + 16, bottom + 26), VEIL)
    for at in range(int((right - left) / 15) + 1):
        x = left + at * (right - left - 5) / int((right - left) / 15)
        canvas.rect((x, top, x + 5, bottom - 8), colour)
    canvas.rect((left - 4, top - 7, right + 4, top + 3), colour, 3)
    canvas.rect((left - 8, bottom - 12, right + 8, bottom + 4), lighter(stage.scheme.trim, 4), 2)


def door(stage: Stage, box: Box, colour: Colour) -> None:
    """A front door with two panels, a fanlight, steps and a lamp."""
    canvas, trim = stage.canvas, stage.scheme.trim
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    canvas.rect((left - 16, top - 16, right + 16, bottom), trim, 3)
    glass(stage, (left, top, right, top + tall * 0.2), stage.light.is_dark)
    canvas.rect((left, top + tall * 0.2, right, bottom), darker(colour, 10))
    for x in (left + wide * 0.09, left + wide * 0.55):
        for y0, y1 in ((0.28, 0.6), (0.66, 0.94)):
            canvas.rect((x, top + tall * y0, x + wide * 0.36, top + tall * y1), lighter(colour, 5), 3)
    canvas.dot((left + wide * 0.56, top + tall * 0.63), 6, (236, 192, 104))
    for at in range(2):
        canvas.rect(
            (left - 34 - at * 22, bottom + at * 16, right + 34 + at * 22, bottom + at * 16 + 16),
            darker((208, 202, 194), at * 9),
        )
    if stage.light.is_dark:
        wall_light(stage, (right + 44, top + tall * 0.2))


def wall_light(stage: Stage, place: Point) -> None:
    """A lantern on the wall, lit."""
    canvas, (x, y) = stage.canvas, place
    canvas.rect((x - 12, y - 22, x + 12, y - 14), IRON, 3)
    canvas.shining = True
    canvas.rect((x - 9, y - 14, x + 9, y + 14), SHADE, 4)
    canvas.shining = False
    canvas.lamp(place, 240, (255, 224, 170), 92)
    canvas.halo(place, 110, GLOW, 52)


def awning(canvas: Canvas, box: Box, colour: Colour) -> None:
    """A striped awning over a shop."""
    left, top, right, bottom = box
    count = max(5, int((right - left) / 46) | 1)
    step = (right - left) / count
    canvas.rect((left + 6, bottom - 2, right + 6, bottom + 30), VEIL)
    for at in range(count):
        x = left + step * at
        tone = colour if at % 2 == 0 else (255, 247, 234)
        canvas.shape(
            [
                (x, top),
                (x + step, top),
                (x + step, bottom - 12),
                (x + step, bottom + 10, x, bottom + 10, x, bottom - 12),
            ],
            tone,
        )
    canvas.rect((left - 4, top - 8, right + 4, top + 4), darker(colour, 16), 2)


def shop(stage: Stage, box: Box, colour: Colour) -> None:
    """A shop window with things in it, an awning above."""
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    canvas.rect(box, darker(colour, 30))
    inner = (left + 14, top + 40, right - 14, bottom - 34)
    glass(stage, inner, stage.light.is_dark)
    canvas.rect((inner[0], inner[3] - 40, inner[2], inner[3] - 32), darker(scheme.wood, 10))
    for at in range(int((right - left) / 54) - 1):
        x = inner[0] + 34 + at * 54
        tone = (scheme.accent, scheme.second, scheme.trim, scheme.panel)[at % 4]
        canvas.rect((x - 14, inner[3] - 66 - 12 * (at % 2), x + 14, inner[3] - 40), tone, 8)
    awning(canvas, (left - 12, top, right + 12, top + 66), colour)


def front(stage: Stage, box: Box, grid: tuple[int, int], look: Front) -> None:
    """A house front of `grid` columns and floors above a ground floor, from its eaves to the ground."""
    canvas = stage.canvas
    left, top, right, bottom = box
    columns, floors = grid
    ground = min(230.0, (bottom - top) * 0.3)
    canvas.fade(box, (lighter(look.wall, 9), look.wall, darker(look.wall, 5)))
    canvas.rect((left, bottom - ground, right, bottom), mix(look.wall, darker(look.second, 20), 22))
    canvas.rect((left, bottom - ground - 8, right, bottom - ground + 10), lighter(look.wall, 30))
    canvas.rect((right - 26, top, right, bottom), VEIL)
    wide, tall = (right - left) / columns, (bottom - ground - top - 20) / floors
    for floor in range(floors):
        for column in range(columns):
            middle = left + wide * (column + 0.5)
            y = top + tall * floor + 34
            half = min(wide * (0.2 if look.windows == "shutters" else 0.27), 62)
            spot = (middle - half, y + tall * 0.08, middle + half, y + tall * 0.7)
            window(stage, spot, look, is_lit(stage))
            if look.windows == "balcony" and (column + floor) % 2 == 0:
                balcony(
                    stage,
                    (middle - wide * 0.42, y + tall * 0.42, middle + wide * 0.42, y + tall * 0.8),
                    darker(look.second, 30),
                )
            elif stage.rng.random() < 0.3:
                flowers(stage, (spot[0], spot[3] + 10), half * 2, 12)
                canvas.rect((spot[0] - 4, spot[3] + 6, spot[2] + 4, spot[3] + 22), darker(look.second, 12), 3)
    _roof(stage, (left, top, right, bottom), look)


def _roof(stage: Stage, box: Box, look: Front) -> None:
    canvas = stage.canvas
    left, top, right, _ = box
    slate = (96, 100, 116)
    if look.roof == "mansard":
        canvas.shape(
            [(left - 12, top), (left + 26, top - 118), (right - 26, top - 118), (right + 12, top)], slate
        )
        for y in range(int(top) - 104, int(top), 26):
            slope = (top - y) * 0.32 - 10
            canvas.rect((left + slope, y, right - slope, y + 3), darker(slate, 14))
        count = max(2, int((right - left) / 200))
        for at in range(count):
            x = left + (right - left) * (at + 0.5) / count
            canvas.shape([(x - 52, top - 78), (x, top - 112), (x + 52, top - 78)], darker(slate, 22))
            canvas.rect((x - 42, top - 80, x + 42, top - 4), stage.scheme.trim)
            glass(stage, (x - 30, top - 68, x + 30, top - 8), is_lit(stage))
    elif look.roof == "gable":
        middle = (left + right) / 2
        rise = min(190.0, (right - left) * 0.36)
        canvas.shape([(left - 30, top + 8), (middle, top - rise), (right + 30, top + 8)], darker(slate, 10))
        canvas.shape([(left, top + 10), (middle, top - rise + 34), (right, top + 10)], look.wall)
        canvas.dot((middle, top - rise * 0.36), 34, stage.scheme.trim)
        canvas.dot(
            (middle, top - rise * 0.36), 25, (255, 214, 138) if stage.light.is_dark else darker(GLASS, 16)
        )
    else:
        canvas.rect((left - 10, top - 34, right + 10, top - 12), lighter(look.wall, 34), 2)
    canvas.rect((left - 18, top - 14, right + 18, top + 12), lighter(look.wall, 42), 2)
    canvas.rect((left, top + 12, right, top + 28), VEIL)


def street_lamp(stage: Stage, foot: Point, tall: float) -> None:
    """A lamp post with one lantern."""
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, foot, 40)
    canvas.rect((x - 6, y - tall, x + 6, y), IRON, 3)
    canvas.rect((x - 14, y - 40, x + 14, y), IRON, 4)
    canvas.shining = stage.light.is_dark
    canvas.sketch(
        (x, y - tall), 100, "-24,-60 24,-60 16,0 -16,0", SHADE if stage.light.is_dark else (228, 236, 236)
    )
    canvas.shining = False
    canvas.sketch((x, y - tall), 100, "-32,-58 0,-84 32,-58", IRON)
    if stage.light.is_dark:
        canvas.lamp((x, y - tall), 420, (255, 226, 176), 90)
        canvas.halo((x, y - tall - 30), 210, GLOW, 56)


def bicycle(canvas: Canvas, foot: Point, colour: Colour) -> None:
    """A bicycle with a basket that leans on nothing, 300 wide."""
    x, y = foot
    shadow(canvas, (x, y), 150)
    for dx in (-96, 96):
        _wheel(canvas, (x + dx, y - 66))
    canvas.sketch_line((x, y), 100, "-96,-66 -36,-146 66,-146 0,-66 -96,-66", (colour, 9))
    canvas.sketch_line((x, y), 100, "0,-66 -42,-164", (colour, 9))
    canvas.sketch_line((x, y), 100, "96,-66 60,-178 84,-190", (colour, 8))
    canvas.sketch_line((x, y), 100, "-60,-168 -24,-168", (IRON, 12))
    canvas.sketch((x, y), 100, "76,-172 142,-172 132,-122 84,-122", (196, 146, 92))
    canvas.dot((x, y - 66), 13, IRON)


def _wheel(canvas: Canvas, hub: Point) -> None:
    canvas.sketch_line(
        hub,
        66,
        "0,-94 52,-94,94,-52,94,0 94,52,52,94,0,94 -52,94,-94,52,-94,0 -94,-52,-52,-94,0,-94",
        (IRON, 9),
    )
    canvas.dot(hub, 6, (200, 200, 204))
