"""Warm rooms: a fire in a cabin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import WIDTH, Box, Canvas, Point, darker, lighter, mix
from server.seed.drawing.decor import books, cat, floor_lamp, vase
from server.seed.drawing.furniture import armchair, coffee_table, ground_shadow, sofa
from server.seed.drawing.plants import potted
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import PLANKS, paint_floor, sunlight, window, windows

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 870


def hearth(stage: Stage) -> None:
    """A room of logs round a fire: a stone chimney in the middle, or a stove beside the window."""
    mountain = replace(stage, view=stage.view if stage.view in ("peaks", "hills") else "peaks")
    (_stone_chimney, _stove)[stage.rng.randrange(2)](mountain)


def _log_wall(stage: Stage) -> None:
    canvas = stage.canvas
    log = mix((176, 122, 80), stage.scheme.wood, 26)
    canvas.rect((0, 0, WIDTH, FLOOR), darker(log, 20))
    for at, y in enumerate(range(0, FLOOR, 62)):
        tone = (log, lighter(log, 4), darker(log, 3))[at % 3]
        canvas.rect((-20, y, WIDTH + 20, y + 57), tone, 20)
        canvas.rect((-20, y + 8, WIDTH + 20, y + 14), lighter(tone, 9))
        canvas.rect((-20, y + 44, WIDTH + 20, y + 57), darker(tone, 9), 10)
    paint_floor(stage, FLOOR, PLANKS, mix(stage.scheme.floor, (120, 80, 56), 30))
    canvas.rect((0, FLOOR - 8, WIDTH, FLOOR + 8), (30, 24, 40, 90))
    for x in (260, 800, 1340):
        canvas.rect((x - 30, 0, x + 30, 60), darker(log, 30), 4)
    canvas.rect((0, 0, WIDTH, 30), darker(log, 36))


def _flames(stage: Stage, foot: Point, size: float) -> None:
    canvas, (x, y) = stage.canvas, foot
    for dx, tone in ((-40, (112, 74, 54)), (36, (96, 62, 48)), (0, (126, 84, 60))):
        canvas.rect(
            (x + (dx - 46) * size / 100, y - 24 * size / 100, x + (dx + 46) * size / 100, y), tone, 10
        )
    canvas.shining = True
    canvas.sketch(
        foot,
        size,
        "-50,-14 -80,-70,-40,-110 -30,-80 -20,-150,6,-190 10,-130 44,-120,40,-150 84,-70,50,-14",
        (240, 110, 48),
    )
    canvas.sketch(foot, size, "-34,-14 -50,-60,-18,-90 -12,-60 -4,-110,10,-130 40,-80,34,-14", (252, 168, 70))
    canvas.sketch(foot, size, "-18,-14 -26,-44,0,-76 26,-44,18,-14", (255, 230, 140))
    canvas.shining = False
    canvas.lamp((x, y - size * 0.6), 1000, (255, 214, 164), 100)
    canvas.halo((x, y - size * 0.7), 330, (255, 170, 90), 42)


def _stones(stage: Stage, box: Box) -> None:
    canvas, rng = stage.canvas, stage.rng
    left, top, right, bottom = box
    canvas.rect(box, (118, 112, 112))
    y = top
    while y < bottom - 10:
        tall = min(rng.randint(44, 62), bottom - y)
        x = left
        while x < right - 20:
            wide = min(rng.randint(60, 120), right - x)
            wide = right - x if right - x - wide < 40 else wide
            tone = rng.choice(((156, 148, 144), (170, 162, 156), (144, 138, 138), (164, 152, 142)))
            canvas.rect((x + 3, y + 3, x + wide - 3, y + tall - 3), tone, 14)
            canvas.rect((x + 14, y + 10, x + wide * 0.6, y + 16), lighter(tone, 14), 3)
            x += wide
        y += tall


def _stone_chimney(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    _log_wall(stage)
    windows(stage, ((110, 190, 430, 610), (1170, 190, 1490, 610)), ("sash", "sash"))
    ground_shadow(canvas, 540, 1060, FLOOR + 40)
    _stones(stage, (620, 0, 980, 470))
    _stones(stage, (540, 500, 1060, FLOOR + 30))
    canvas.rect((500, 462, 1100, 506), scheme.wood, 6)
    canvas.rect((500, 494, 1100, 506), darker(scheme.wood, 24), 4)
    canvas.shape(
        [(660, FLOOR + 30), (660, 640), (660, 570, 800, 570), (940, 570, 940, 640), (940, FLOOR + 30)],
        (44, 34, 36),
    )
    _flames(stage, (800, FLOOR + 20), 118)
    picture(stage, (690, 130, 910, 380), rng.choice((0, 3, 5)))
    books(stage, (540, 462), 4, 90)
    vase(stage, (1010, 462), 170)
    canvas.rect((500, FLOOR + 26, 1210, FLOOR + 52), (130, 124, 124), 4)
    _firewood(canvas, (1072, FLOOR + 30))
    potted(stage, (90, 950), 330, rng.choice((0, 2)))
    canvas.oval((800, 1090), (600, 88), mix(scheme.accent, scheme.wall, 20))
    canvas.oval((800, 1090), (500, 68), lighter(scheme.second, 20))
    canvas.oval((800, 1090), (380, 48), mix(scheme.accent, scheme.wall, 20))
    armchair(stage, (290, 1060), scheme.fabric, rng.randrange(3))
    armchair(stage, (1380, 1060), scheme.fabric, rng.choice((0, 2)))
    if rng.random() < 0.6:
        cat(canvas, (800, 1100), (240, 228, 208))
    else:
        coffee_table(stage, (800, 1150), 300, 1)


def _firewood(canvas: Canvas, foot: Point) -> None:
    x, y = foot
    for row in range(4):
        for at in range(3 - row % 2):
            spot = (x + 24 + at * 44 + (row % 2) * 22, y - 22 - row * 38)
            canvas.dot(spot, 22, (120, 80, 58))
            canvas.dot(spot, 16, (218, 176, 126))
            canvas.dot(spot, 7, (196, 148, 100))


def _stove(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    _log_wall(stage)
    window(stage, (560, 130, 1260, 620), rng.choice(("picture", "casement")))
    sunlight(stage, FLOOR, 600, 400)
    _stones(stage, (120, 380, 460, FLOOR + 10))
    canvas.rect((262, 0, 318, 480), (52, 50, 56))
    canvas.rect((270, 0, 284, 480), (76, 74, 82))
    canvas.rect((80, FLOOR, 500, FLOOR + 50), (124, 118, 118), 5)
    canvas.rect((170, 470, 410, FLOOR + 10), (58, 56, 62), 14)
    canvas.rect((150, 462, 430, 490), (44, 42, 48), 8)
    canvas.rect((200, 560, 380, 760), (30, 26, 30), 12)
    _flames(stage, (290, 752), 84)
    canvas.rect((386, 640, 396, 700), (206, 172, 110), 4)
    for x in (190, 370):
        canvas.rect((x, FLOOR + 4, x + 24, FLOOR + 34), (44, 42, 48))
    _firewood(canvas, (40, FLOOR + 70))
    canvas.oval((900, 1090), (560, 84), mix(scheme.curtain, scheme.wall, 20))
    canvas.oval((900, 1090), (460, 66), mix(scheme.fabric, scheme.wall, 50))
    sofa(stage, (910, 990), 700, rng.choice((0, 1, 2)))
    floor_lamp(stage, (1400, 960), 620)
    potted(stage, (1520, 1010), 320, rng.choice((0, 2)))
    coffee_table(stage, (880, 1135), 360, rng.randrange(3))
    if rng.random() < 0.5:
        cat(canvas, (480, 1110), (240, 226, 206))
