"""Rooms to work in, and lofts under high ceilings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.buildings import bicycle
from server.seed.drawing.canvas import WIDTH, Box, Point, darker, lighter, mix
from server.seed.drawing.decor import IRON, books, cat, cup, floor_lamp, pendant, rug, shine, vase
from server.seed.drawing.dining import long_table
from server.seed.drawing.furniture import armchair, chair, coffee_table, ground_shadow, shelf, sofa
from server.seed.drawing.plants import potted, shadow
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import (
    BOARDS,
    BRICKS,
    MOULDED,
    PLAIN,
    PLANKS,
    TWO_TONE,
    WAINSCOT,
    bricks,
    curtains,
    evening,
    paint_floor,
    room,
    sunlight,
    window,
    windows,
)

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 870


def study(stage: Stage) -> None:
    """A desk under a window, before shelves, or an easel in a studio."""
    (_desk_at_the_window, _library, _easel)[stage.rng.randrange(3)](stage)


def loft(stage: Stage) -> None:
    """One high room of brick and steel: a gallery with a bed above, stairs, or a wall of windows."""
    (_gallery, _tall_windows, _with_bicycle)[stage.rng.randrange(3)](stage)


def _desk(stage: Stage, box: Box, kind: int) -> None:
    """A desk with drawers on the right; `box` from its top to the floor."""
    canvas, wood = stage.canvas, stage.scheme.wood
    left, top, right, bottom = box
    ground_shadow(canvas, left, right, bottom)
    for x in (left + 26, right - 46) if kind == 0 else (left + 26,):
        canvas.sketch((x, bottom), bottom - top, "-2,-100 7,-100 5,0 0,0", darker(wood, 16))
    if kind == 1:
        canvas.rect((right - 240, top + 16, right - 16, bottom), darker(wood, 8), 4)
        for at in range(3):
            y = top + 40 + at * (bottom - top - 60) / 3
            canvas.rect((right - 226, y, right - 30, y + (bottom - top - 84) / 3), lighter(wood, 8), 4)
            canvas.rect((right - 150, y + 26, right - 106, y + 34), (222, 180, 104), 3)
    else:
        canvas.rect((left + 40, top + 20, right - 40, top + 76), darker(wood, 10), 3)
        for x in (left + 60, (left + right) / 2 + 10):
            canvas.rect((x, top + 30, x + (right - left) / 2 - 80, top + 68), lighter(wood, 6), 3)
            canvas.dot((x + (right - left) / 4 - 40, top + 49), 6, (222, 180, 104))
    canvas.rect((left, top, right, top + 24), lighter(wood, 10), 4)


def _computer(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    canvas.rect((x - 60, y - 10, x + 60, y), (176, 178, 184), 4)
    canvas.rect((x - 14, y - 70, x + 14, y - 6), (150, 152, 160))
    canvas.rect((x - 180, y - 290, x + 180, y - 60), (52, 54, 62), 10)
    canvas.shining = True
    canvas.fade(
        (x - 168, y - 278, x + 168, y - 74),
        (mix(stage.scheme.fabric, (20, 30, 50), 40), mix(stage.scheme.accent, (40, 40, 60), 30)),
    )
    canvas.sketch(
        (x, y - 74), 168, "-100,0 -40,-66 -6,-26 30,-80 100,0", mix(stage.scheme.panel, (30, 36, 56), 40)
    )
    canvas.dot((x - 80, y - 220), 22, stage.scheme.second)
    canvas.shining = False


def _desk_lamp(stage: Stage, foot: Point) -> None:
    canvas, tone, (x, y) = stage.canvas, stage.scheme.accent, foot
    canvas.oval((x, y - 5), (44, 9), darker(tone, 20))
    canvas.stroke([(x, y - 8), (x - 34, y - 120), (x + 40, y - 216)], darker(tone, 14), 9)
    canvas.dot((x - 34, y - 120), 9, IRON)
    if stage.light.has_lamps:
        canvas.shining = True
        canvas.oval((x + 82, y - 176), (34, 14), (255, 236, 192))
        canvas.shining = False
    canvas.sketch((x + 40, y - 216), 100, "-12,-16 20,-30,50,-10 90,40 22,58 -10,20,-12,-16", tone)
    shine(stage, (x + 84, y - 150), 470)


def _office_chair(stage: Stage, foot: Point) -> None:
    canvas, tone, (x, y) = stage.canvas, stage.scheme.fabric, foot
    shadow(canvas, foot, 120)
    canvas.sketch(foot, 100, "-108,-22 -8,-56 8,-56 108,-22 106,-8 0,-40 -106,-8", IRON)
    for dx in (-102, 0, 102):
        canvas.dot((x + dx, y - 8 + (6 if dx == 0 else 0)), 13, IRON)
    canvas.rect((x - 9, y - 180, x + 9, y - 40), IRON)
    canvas.rect((x - 100, y - 420, x + 100, y - 210), darker(tone, 10), 40)
    canvas.rect((x - 84, y - 404, x + 84, y - 226), tone, 32)
    canvas.rect((x - 112, y - 226, x + 112, y - 172), lighter(tone, 8), 24)


def _desk_at_the_window(stage: Stage) -> None:
    rng, scheme = stage.rng, stage.scheme
    room(stage, FLOOR, rng.choice((PLAIN, TWO_TONE, WAINSCOT)), rng.choice((PLANKS, BOARDS)))
    box = (560, 120, 1080, 560)
    window(stage, box, rng.choice(("sash", "casement", "steel", "arch")))
    curtains(stage, box, 840, scheme.curtain)
    sunlight(stage, FLOOR, 420, 360)
    shelf(stage, (1290, 210, 1560, 930), 5)
    picture(stage, (110, 150, 330, 420), rng.randrange(6))
    rug(stage, (790, 1080), (520, 82), rng.randrange(3))
    top = 680
    _desk(stage, (420, top, 1220, 1000), rng.randrange(2))
    _desk_lamp(stage, (520, top))
    end = books(stage, (1000, top), 5, 120)
    vase(stage, (min(1180, end + 44), top), 170)
    cup(stage.canvas, (690, top), scheme.accent)
    stage.canvas.shape([(760, top - 4), (900, top - 4), (916, top), (744, top)], (250, 248, 240))
    _office_chair(stage, (810, 1110))
    potted(stage, (230, 990), 440, rng.choice((0, 1, 3)))


def _library(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, FLOOR, rng.choice((PLAIN, MOULDED)), rng.choice((PLANKS, BOARDS)))
    for left in (60, 420, 780):
        shelf(stage, (left, 110, left + 350, 900), 5)
    box = (1240, 150, 1510, 660)
    window(stage, box, rng.choice(("arch", "sash")))
    sunlight(stage, FLOOR, 1120, 240)
    rug(stage, (720, 1090), (600, 88), rng.choice((0, 2)))
    top = 760
    _desk(stage, (330, top, 1030, 1050), rng.randrange(2))
    _computer(stage, (700, top))
    _desk_lamp(stage, (410, top))
    cup(canvas, (930, top), scheme.accent)
    if rng.random() < 0.5:
        cat(canvas, (1370, 692), (226, 150, 84), 0.7)
    armchair(stage, (1230, 1060), scheme.accent, rng.randrange(3))
    potted(stage, (1490, 1010), 420, rng.choice((0, 1, 3)))
    _office_chair(stage, (640, 1150))


def _easel(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, FLOOR, rng.choice((PLAIN, BRICKS)), PLANKS)
    box = (120, 100, 780, 640)
    window(stage, box, rng.choice(("steel", "picture")))
    sunlight(stage, FLOOR, 160, 520)
    frames = ((1180, 140, 1350, 360), (1380, 180, 1540, 340), (1180, 390, 1330, 540))
    for frame, subject in zip(frames, rng.sample(range(6), 3), strict=True):
        picture(stage, frame, subject)
    rug(stage, (740, 1090), (520, 84), rng.choice((0, 1)))
    wood = lighter(scheme.wood, 8)
    shadow(canvas, (960, 1040), 190)
    for path in ([(960, 210), (820, 1040)], [(960, 210), (1100, 1040)], [(960, 200), (960, 1000)]):
        canvas.stroke(path, darker(wood, 14), 15)
    picture(stage, (770, 290, 1150, 750), rng.randrange(6))
    canvas.rect((750, 750, 1170, 776), wood, 4)
    top = 700
    _desk(stage, (1200, top, 1570, 960), 0)
    for at, tone in enumerate((scheme.accent, scheme.second, scheme.fabric, scheme.panel)):
        canvas.rect((1226 + at * 44, top - 50, 1260 + at * 44, top), tone, 6)
        canvas.rect((1230 + at * 44, top - 60, 1256 + at * 44, top - 48), (220, 220, 220), 3)
    vase(stage, (1480, top), 220)
    _stool(stage, (640, 1110))
    potted(stage, (120, 1000), 430, rng.choice((0, 1, 3)))
    if stage.light.has_lamps:
        pendant(stage, (960, 120), 90, "dome")


def _stool(stage: Stage, foot: Point) -> None:
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    shadow(canvas, foot, 84)
    for side in (-1, 1):
        canvas.sketch(
            foot, 100, f"{side * 40},-230 {side * 56},-230 {side * 76},0 {side * 60},0", darker(wood, 12)
        )
    canvas.rect((x - 56, y - 100, x + 56, y - 88), darker(wood, 20), 3)
    canvas.oval((x, y - 234), (84, 20), lighter(wood, 6))


def _gallery(stage: Stage) -> None:
    """The bed on a gallery, stairs beside the windows, the sofa under it."""
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    evening(stage)
    bricks(stage, (0, 0, WIDTH, FLOOR), mix((178, 104, 80), scheme.wall, rng.choice((24, 60))))
    paint_floor(stage, FLOOR, PLANKS)
    canvas.rect((0, FLOOR - 5, WIDTH, FLOOR + 6), (30, 24, 40, 90))
    box = (80, 90, 700, 690)
    window(stage, box, "steel")
    sunlight(stage, FLOOR, 120, 480)
    _upper_floor(stage)
    _stairs(stage)
    rug(stage, (560, 1090), (500, 86), rng.randrange(3))
    sofa(stage, (470, 990), 660, rng.choice((0, 1, 2)))
    potted(stage, (870, 950), 360, rng.choice((0, 2)))
    shelf(stage, (1290, 560, 1560, 920), 3)
    pendant(stage, (480, 290), 104, "dome")
    coffee_table(stage, (520, 1130), 360, rng.randrange(3))
    armchair(stage, (1180, 1070), scheme.accent, rng.randrange(3))


def _with_bicycle(stage: Stage) -> None:
    """One great arched window, a long table under lamps, a bicycle against the wall."""
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    evening(stage)
    bricks(stage, (0, 0, WIDTH, FLOOR), mix((178, 104, 80), scheme.wall, rng.choice((30, 66))))
    paint_floor(stage, FLOOR, rng.choice((PLANKS, BOARDS)))
    canvas.rect((0, FLOOR - 5, WIDTH, FLOOR + 6), (30, 24, 40, 90))
    canvas.rect((0, 0, WIDTH, 36), IRON)
    window(stage, (560, 110, 1130, 730), "arch")
    sunlight(stage, FLOOR, 560, 520)
    picture(stage, (130, 190, 390, 520), rng.randrange(6))
    shelf(stage, (1230, 250, 1550, 920), 5)
    bicycle(canvas, (240, 936), scheme.accent)
    rug(stage, (890, 1096), (590, 84), rng.choice((1, 2)))
    for x in (720, 1030):
        pendant(stage, (x, 330), 84, "dome")
    chair(stage, (520, 1120), 1, scheme.second)
    chair(stage, (1270, 1120), -1, scheme.second)
    long_table(stage, (895, 1140), 640)
    potted(stage, (1470, 1060), 400, rng.choice((0, 2)))


def _upper_floor(stage: Stage) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    canvas.fade((900, 0, WIDTH, 440), (mix(scheme.wall, scheme.trim, 30), darker(scheme.wall, 4)))
    picture(stage, (1150, 60, 1370, 190), stage.rng.randrange(6))
    sheet = mix(scheme.trim, (255, 255, 255), 40)
    canvas.rect((1000, 200, 1540, 440), darker(scheme.wood, 10), 14)
    for x in (1030, 1280):
        canvas.rect((x, 236, x + 230, 340), sheet, 40)
    canvas.rect((990, 310, 1550, 450), scheme.fabric, 26)
    canvas.rect((990, 300, 1550, 352), sheet, 22)
    canvas.rect((880, 440, WIDTH, 476), darker(scheme.wood, 8))
    canvas.rect((880, 476, WIDTH, 496), darker(scheme.wood, 34))
    canvas.rect((900, 496, WIDTH, 560), (30, 24, 40, 60))
    canvas.rect((880, 290, WIDTH, 304), IRON, 3)
    for x in range(886, WIDTH, 44):
        canvas.rect((x, 300, x + 6, 440), IRON)
    canvas.rect((880, 290, 894, FLOOR + 20), IRON)


def _stairs(stage: Stage) -> None:
    canvas, wood = stage.canvas, stage.scheme.wood
    steps = 9
    for at in range(steps):
        x = 1240 - at * 38
        y = FLOOR + 40 - (at + 1) * 46
        canvas.rect((x - 60, y, x + 60, y + 16), lighter(wood, 8), 2)
        canvas.rect((x - 60, y + 16, x + 60, y + 24), darker(wood, 26))
    canvas.stroke([(1310, FLOOR + 30), (950, 470)], IRON, 13)
    canvas.stroke([(1300, FLOOR - 130), (940, 310)], IRON, 9)
    for at in range(0, steps, 2):
        x = 1290 - at * 38
        y = FLOOR - 4 - at * 46
        canvas.stroke([(x, y), (x, y - 146)], IRON, 6)


def _tall_windows(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    tone = mix((178, 104, 80), scheme.wall, rng.choice((20, 70)))
    evening(stage)
    bricks(stage, (0, 0, WIDTH, FLOOR), tone)
    paint_floor(stage, FLOOR, rng.choice((PLANKS, BOARDS)))
    canvas.rect((0, FLOOR - 5, WIDTH, FLOOR + 6), (30, 24, 40, 90))
    boxes = ((100, 130, 460, 720), (620, 130, 980, 720), (1140, 130, 1500, 720))
    windows(stage, boxes, ("steel", rng.choice(("steel", "arch")), "steel"))
    for x in (540, 1060):
        canvas.rect((x - 24, 0, x + 24, FLOOR), darker(tone, 10))
    canvas.rect((0, 40, WIDTH, 74), IRON)
    canvas.rect((0, 74, WIDTH, 88), darker(IRON, 30))
    sunlight(stage, FLOOR, 200, 800)
    rug(stage, (760, 1090), (620, 92), rng.randrange(3))
    pendant(stage, (800, 300), 120, rng.choice(("dome", "globe")))
    sofa(stage, (680, 990), 800, rng.choice((0, 2, 3)))
    floor_lamp(stage, (1140, 965), 620)
    potted(stage, (150, 980), 520, rng.choice((0, 1, 3)))
    armchair(stage, (1350, 1030), scheme.accent, rng.randrange(3))
    coffee_table(stage, (720, 1140), 420, rng.randrange(3))
