"""Rooms to wash and to bathe in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import WIDTH, Box, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import pendant, rug, shine, vase
from server.seed.drawing.furniture import ground_shadow
from server.seed.drawing.plants import potted, shadow
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import CHECKS, PLAIN, PLANKS, TILES, curtains, room, sunlight, window

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 870
CERAMIC = (250, 249, 246)
BRASS = (206, 172, 110)


def bathroom(stage: Stage) -> None:
    """A free tub by the window, a washstand below a round mirror, or a glass shower beside it."""
    (_tub, _washstand, _shower)[stage.rng.randrange(3)](stage)


def _tiled(stage: Stage, box: Box) -> None:
    """Tiles on a wall: small squares, upright bricks or scales; a border on top."""
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    tone = mix(rng.choice((scheme.panel, scheme.fabric, scheme.curtain)), scheme.trim, 46)
    left, top, right, bottom = box
    canvas.rect(box, darker(tone, 6))
    wide, tall = rng.choice(((54, 54), (40, 120), (108, 48)))
    for row, y in enumerate(range(int(top), int(bottom), tall)):
        for x in range(int(left) - (wide // 2) * (row % 2 if tall < wide else 0), int(right), wide):
            edge = (max(left, x + 2), y + 2, min(right, x + wide - 1), min(bottom, y + tall - 1))
            canvas.rect(edge, lighter(tone, rng.choice((0, 4, 4, 9))), 3)
    canvas.rect((left, top - 16, right, top + 8), lighter(tone, 40), 3)


def _mirror(stage: Stage, centre: Point, radius: float) -> None:
    canvas, (x, y) = stage.canvas, centre
    canvas.dot((x + 8, y + 10), radius + 14, (34, 28, 54, 40))
    canvas.dot(centre, radius + 14, BRASS)
    glass = mix(stage.light.window, stage.scheme.wall, 60)
    canvas.dot(centre, radius, lighter(glass, 16))
    half = radius * 0.68
    for dx, wide in ((-0.5, 0.36), (0.1, 0.14)):
        left = x + radius * dx
        canvas.shape(
            [
                (left, y + half),
                (left + half, y - half),
                (left + half + radius * wide, y - half),
                (left + radius * wide, y + half),
            ],
            (255, 255, 255, 90),
        )


def _wall_lamp(stage: Stage, place: Point) -> None:
    canvas, (x, y) = stage.canvas, place
    canvas.rect((x - 5, y - 6, x + 5, y + 70), BRASS, 3)
    canvas.dot((x, y + 70), 13, darker(BRASS, 10))
    canvas.shining = stage.light.has_lamps
    canvas.dot((x, y - 20), 32, (255, 236, 192) if stage.light.has_lamps else (250, 246, 236))
    canvas.shining = False
    shine(stage, (x, y - 20), 480)


def _free_tub(stage: Stage, foot: Point, wide: float, outside: Colour) -> None:
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, (x, y), wide * 0.46)
    for dx in (-0.3, 0.3):
        canvas.sketch((x + wide * dx, y), 100, "-22,-40 22,-40 12,0 -12,0", BRASS)
    for dx, dy, size in (
        (-0.3, -252, 46),
        (-0.2, -264, 38),
        (-0.1, -254, 44),
        (0.02, -260, 40),
        (0.14, -252, 44),
        (0.24, -258, 36),
    ):
        canvas.dot((x + wide * dx, y + dy), size, (255, 255, 255))
    canvas.sketch((x, y - 26), wide, "-50,-36 -46,-8,-34,0 34,0 46,-8,50,-36", outside)
    canvas.sketch((x, y - 26), wide, "20,-36 22,-8,10,0 34,0 46,-8,50,-36", darker(outside, 7))
    canvas.rect((x - wide * 0.53, y - 26 - wide * 0.385, x + wide * 0.53, y - 26 - wide * 0.335), CERAMIC, 16)
    canvas.rect(
        (x - wide * 0.5, y - 26 - wide * 0.335, x + wide * 0.5, y - 26 - wide * 0.318), (34, 28, 54, 40)
    )
    canvas.shape(
        [
            (x - wide * 0.4, y - 30 - wide * 0.385),
            (x - wide * 0.24, y - 30 - wide * 0.385),
            (x - wide * 0.22, y - 110),
            (x - wide * 0.37, y - 104),
        ],
        stage.scheme.accent,
    )
    canvas.rect((x - wide * 0.385, y - 128, x - wide * 0.225, y - 118), lighter(stage.scheme.accent, 30))


def _tub_tap(stage: Stage, foot: Point) -> None:
    x, y = foot
    canvas = stage.canvas
    canvas.stroke([(x, y), (x, y - 420), (x, y - 470, x - 90, y - 470, x - 90, y - 410)], BRASS, 13)
    canvas.stroke([(x - 26, y - 330), (x + 26, y - 330)], BRASS, 12)
    canvas.oval((x, y), (40, 8), darker(BRASS, 12))


def _tub(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, FLOOR, PLAIN, rng.choice((CHECKS, TILES, PLANKS)))
    _tiled(stage, (0, 480, WIDTH, FLOOR))
    box = ((560, 120, 1080, 560), (540, 130, 1100, 540))[rng.randrange(2)]
    window(stage, box, rng.choice(("arch", "casement", "sash")))
    if rng.random() < 0.5:
        curtains(stage, box, 850, mix(scheme.curtain, scheme.trim, 50))
    sunlight(stage, FLOOR, 420, 400)
    canvas.oval((800, 1100), (520, 70), lighter(scheme.curtain, 30))
    _tub_tap(stage, (1290, 1000))
    _free_tub(
        stage,
        (810, 1070),
        830,
        rng.choice((CERAMIC, mix(scheme.fabric, CERAMIC, 12), mix(scheme.panel, CERAMIC, 30))),
    )
    _stool_with_towels(stage, (290, 1060))
    potted(stage, (1460, 1000), 500, rng.choice((0, 1, 3)))
    _towel_rail(stage, (1280, 330))
    _wall_lamp(stage, (455, 300))
    _wall_lamp(stage, (1185, 300))
    picture(stage, (180, 150, 380, 400), rng.choice((0, 2, 5)))


def _stool_with_towels(stage: Stage, foot: Point) -> None:
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, foot
    shadow(canvas, foot, 100)
    for side in (-1, 1):
        canvas.sketch(
            foot,
            100,
            f"{side * 56},-190 {side * 72},-190 {side * 84},0 {side * 68},0",
            darker(scheme.wood, 12),
        )
    canvas.rect((x - 92, y - 206, x + 92, y - 182), lighter(scheme.wood, 10), 8)
    for at, tone in enumerate((scheme.fabric, scheme.trim, scheme.second)):
        top = y - 206 - (at + 1) * 40
        canvas.rect((x - 76 + at * 6, top, x + 70 - at * 6, top + 40), tone, 16)
        canvas.rect((x + 40 - at * 6, top + 8, x + 64 - at * 6, top + 32), darker(tone, 10), 12)
    canvas.rect((x - 20, y - 372, x + 8, y - 326), scheme.accent, 6)


def _towel_rail(stage: Stage, left: Point) -> None:
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, left
    canvas.rect((x, y, x + 230, y + 12), BRASS, 6)
    for at, tone, low in ((26, scheme.accent, 250), (128, lighter(scheme.fabric, 20), 200)):
        canvas.rect((x + at, y - 4, x + at + 80, y + low), tone, 6)
        canvas.rect((x + at, y + low - 44, x + at + 80, y + low - 32), lighter(tone, 30))
        canvas.rect((x + at + 56, y - 4, x + at + 80, y + low), (34, 28, 54, 26), 6)


def _basin(stage: Stage, foot: Point, colour: Colour) -> float:
    """A washstand with a bowl on it, 560 wide; answers its top."""
    canvas, (x, y) = stage.canvas, foot
    top = y - 330
    ground_shadow(canvas, x - 270, x + 270, y)
    for dx in (-256, 236):
        canvas.rect((x + dx, y - 60, x + dx + 20, y), darker(stage.scheme.wood, 24))
    canvas.rect((x - 270, top + 20, x + 270, y - 44), darker(colour, 8), 5)
    for x0, x1 in ((-258, -92), (-82, 82), (92, 258)):
        canvas.rect((x + x0, top + 36, x + x1, y - 58), colour, 4)
        canvas.rect((x + x0 + 12, top + 48, x + x1 - 12, y - 70), lighter(colour, 6), 3)
        canvas.rect((x + (x0 + x1) / 2 - 22, top + 62, x + (x0 + x1) / 2 + 22, top + 69), BRASS, 3)
    canvas.rect((x - 286, top, x + 286, top + 26), mix((240, 238, 234), stage.scheme.wood, 8), 4)
    canvas.sketch((x, top), 100, "-124,-84 124,-84 112,-10,60,0 -60,0 -112,-10,-124,-84", CERAMIC)
    canvas.sketch((x, top), 100, "50,-84 124,-84 112,-10,60,0 20,0 46,-20,50,-84", darker(CERAMIC, 6))
    canvas.rect((x - 132, top - 94, x + 132, top - 80), (255, 255, 255), 7)
    canvas.stroke(
        [(x + 4, top - 84), (x + 4, top - 176), (x + 4, top - 216, x - 54, top - 216, x - 54, top - 170)],
        BRASS,
        12,
    )
    return top


def _bottles(stage: Stage, left: Point) -> None:
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, left
    canvas.rect((x, y - 70, x + 34, y), scheme.accent, 7)
    canvas.rect((x + 11, y - 92, x + 23, y - 68), (60, 58, 62), 2)
    canvas.rect((x + 6, y - 98, x + 30, y - 88), (60, 58, 62), 3)
    canvas.rect((x + 46, y - 50, x + 76, y), scheme.second, 6)
    canvas.sketch((x + 106, y), 60, "-34,-70 34,-70 28,0 -28,0", scheme.trim)
    for dx, tone in ((-8, scheme.fabric), (8, scheme.accent)):
        canvas.stroke([(x + 106 + dx / 2, y - 38), (x + 106 + dx * 2, y - 88)], tone, 6)


def _washstand(stage: Stage) -> None:
    rng, scheme = stage.rng, stage.scheme
    room(stage, FLOOR, PLAIN, rng.choice((CHECKS, TILES)))
    _tiled(stage, (0, 560, WIDTH, FLOOR))
    box = (1140, 150, 1440, 560)
    window(stage, box, rng.choice(("sash", "arch", "casement")))
    sunlight(stage, FLOOR, 960, 260)
    _mirror(stage, (620, 340), 170)
    for x in (380, 860):
        _wall_lamp(stage, (x, 330))
    rug(stage, (620, 1080), (330, 56), rng.randrange(3))
    top = _basin(
        stage, (620, 1000), rng.choice((scheme.wood, scheme.panel, mix(scheme.fabric, scheme.trim, 10)))
    )
    _bottles(stage, (360, top))
    vase(stage, (838, top), 190)
    _towel_rail(stage, (80, 400))
    potted(stage, (180, 1000), 330, rng.choice((0, 1, 2)))
    _basket(stage, (1020, 1010))
    _stool_with_towels(stage, (1280, 1050))
    potted(stage, (1450, 990), 420, rng.choice((0, 2)))


def _basket(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    straw = (206, 164, 112)
    shadow(canvas, foot, 84)
    canvas.sketch(
        (x, y - 150),
        100,
        "-70,10 -84,-30,-30,-34 0,-56,40,-32 84,-24,70,10",
        lighter(stage.scheme.curtain, 26),
    )
    canvas.sketch(foot, 100, "-84,-150 84,-150 66,0 -66,0", straw)
    for at in range(5):
        canvas.rect(
            (x - 80 + at * 2, y - 138 + at * 28, x + 80 - at * 2, y - 130 + at * 28), darker(straw, 14)
        )


def _shower(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, FLOOR, PLAIN, rng.choice((CHECKS, TILES)))
    _tiled(stage, (60, 30, 640, FLOOR))
    canvas.rect((60, FLOOR - 4, 640, FLOOR + 46), darker(CERAMIC, 10), 6)
    canvas.stroke([(350, 250), (350, 120), (350, 96, 374, 96), (430, 96)], BRASS, 12)
    canvas.sketch((430, 100), 100, "-12,0 12,0 74,34 -74,34", BRASS)
    for at in range(7):
        canvas.stroke([(374 + at * 18, 150), (366 + at * 21, 330)], (255, 255, 255, 90), 3)
    canvas.dot((350, 470), 20, BRASS)
    canvas.rect((150, 540, 300, 552), BRASS, 4)
    _bottles(stage, (166, 540))
    canvas.rect((600, 60, 640, FLOOR + 30), (220, 236, 240, 60))
    canvas.rect((60, 60, 640, FLOOR + 30), (220, 236, 240, 46))
    for x in (180, 250):
        canvas.shape(
            [(x, FLOOR), (x + 220, 70), (x + 220 + (x - 150) // 2, 70), (x + (x - 150) // 2, FLOOR)],
            (255, 255, 255, 34),
        )
    for x in (52, 632):
        canvas.rect((x, 44, x + 14, FLOOR + 40), (62, 60, 66))
    canvas.rect((52, 40, 646, 54), (62, 60, 66))
    canvas.rect((610, 440, 622, 600), BRASS, 5)
    box = (760, 150, 1000, 470)
    window(stage, box, rng.choice(("sash", "casement")))
    _mirror(stage, (1270, 330), 150)
    _wall_lamp(stage, (1060, 320))
    _wall_lamp(stage, (1480, 320))
    top = _basin(
        stage, (1270, 1000), rng.choice((scheme.wood, scheme.panel, mix(scheme.fabric, scheme.trim, 10)))
    )
    _bottles(stage, (1420, top))
    vase(stage, (1070, top), 180)
    potted(stage, (850, 980), 400, rng.choice((0, 1, 3)))
    rug(stage, (1240, 1090), (300, 50), rng.choice((0, 1)))
    canvas.oval((370, 1000), (230, 34), lighter(scheme.curtain, 24))
    if stage.light.has_lamps:
        pendant(stage, (860, 90), 60, "globe")
