"""Cabins: log houses and pointed ones under mountains, houses by a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.buildings import VEIL, Front, door, window
from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW
from server.seed.drawing.plants import SHADOW, bush, conifer, flowers, shadow
from server.seed.drawing.skies import seen
from server.seed.drawing.views import ridge
from server.seed.drawing.villas import GRASS, LAWN, SNOW, behind, lawn, path

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def cabin(stage: Stage) -> None:
    """A log house or a pointed one under mountains, in snow or in summer; or one by a lake."""
    behind(stage, "peaks" if stage.rng.random() < 0.75 else "hills", 700)
    snow = stage.rng.random() < (0.8 if stage.light.is_dark or stage.light.hour == "overcast" else 0.3)
    (_log_house, _pointed_house, _lake_house)[stage.rng.randrange(3)](stage, snow)


def _log_house(stage: Stage, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    log = mix((146, 94, 62), scheme.wood, 40)
    ground = SNOW if snow else mix(GRASS, (150, 160, 96), stage.rng.randint(0, 80))
    lawn(stage, LAWN - 60, ground)
    for x, tall in ((70, 560), (230, 430), (1400, 470), (1540, 620)):
        conifer(stage, (x, LAWN + 20), tall, snow)
    shadow(canvas, (830, LAWN + 34), 500)
    _chimney(stage, (1010, 330), snow)
    _logs(canvas, (470, 600, 1160, LAWN + 20), log)
    canvas.shape([(470, 610), (815, 330), (1160, 610)], darker(log, 8))
    for y in range(360, 606, 34):
        half = (y - 330) * 1.22
        canvas.rect((815 - half, y, 815 + half, y + 5), darker(log, 20))
    roof = (246, 249, 253) if snow else darker(mix((120, 70, 56), scheme.panel, 30), 10)
    canvas.shape([(400, 650), (815, 290), (1230, 650), (1200, 680), (815, 346), (430, 680)], roof)
    canvas.shape([(430, 680), (815, 346), (1200, 680), (1188, 690), (815, 368), (442, 690)], darker(log, 30))
    canvas.dot((815, 500), 52, darker(log, 34))
    canvas.dot((815, 500), 42, (255, 214, 138) if stage.light.is_dark else darker((112, 150, 172), 16))
    look = Front(log, scheme.accent, "plain", "gable")
    lit = stage.light.is_dark
    for x in (580, 1050):
        window(stage, (x - 58, 690, x + 58, 810), look, lit)
        if lit:
            canvas.lamp((x, LAWN + 60), 260, (255, 222, 170), 60)
            canvas.halo((x, 750), 170, GLOW, 36)
        _below_window(stage, x, snow)
    door(stage, (752, 680, 876, LAWN), scheme.accent)
    path(stage, 815, LAWN + 34, darker(ground, 10) if snow else (222, 204, 172))
    _wood_pile(canvas, (1250, LAWN + 30), snow)
    conifer(stage, (1460, 1120), 480, snow)
    conifer(stage, (150, 1110), 400, snow)
    _foreground(stage, snow)


def _below_window(stage: Stage, x: float, snow: bool) -> None:
    if snow:
        stage.canvas.rect((x - 74, 812, x + 74, 826), SNOW, 7)
        return
    flowers(stage, (x - 60, 832), 120, 14)


def _logs(canvas: Canvas, box: Box, log: Colour) -> None:
    left, top, right, bottom = box
    y, at = top, 0
    while y < bottom - 4:
        canvas.rect((left - 26, y, right + 26, y + 36), (log, darker(log, 6))[at % 2], 16)
        canvas.rect((left, y + 27, right, y + 34), darker(log, 18), 3)
        for x in (left - 10, right + 10):
            canvas.dot((x, y + 18), 16, lighter(log, 22))
            canvas.dot((x, y + 18), 9, log)
        y, at = y + 36, at + 1


def _chimney(stage: Stage, top: Point, snow: bool) -> None:
    canvas, (x, y) = stage.canvas, top
    canvas.rect((x - 42, y, x + 42, y + 230), (138, 128, 124))
    for row in range(6):
        for at in range(3):
            canvas.rect(
                (
                    x - 40 + at * 28 - (row % 2) * 6,
                    y + 8 + row * 34,
                    x - 16 + at * 28 - (row % 2) * 6,
                    y + 38 + row * 34,
                ),
                (154 - at * 8, 142 - at * 8, 136 - at * 8),
                5,
            )
    canvas.rect((x - 54, y - 14, x + 54, y + 8), SNOW if snow else (110, 102, 102), 8)
    canvas.shining = True
    smoke = mix(stage.light.cloud, stage.light.sky[1], 40)
    for at in range(4):
        canvas.dot((x + 18 * at + 8 * (at % 2), y - 56 - at * 54), 24 + at * 9, (*smoke, 170 - at * 30))
    canvas.shining = False


def _wood_pile(canvas: Canvas, foot: Point, snow: bool) -> None:
    x, y = foot
    for row in range(3):
        for at in range(5 - row):
            spot = (x + at * 46 + row * 23, y - 22 - row * 40)
            canvas.dot(spot, 23, (136, 92, 64))
            canvas.dot(spot, 17, (214, 170, 120))
            canvas.dot(spot, 8, (194, 146, 98))
    if snow:
        canvas.sketch((x + 92, y - 128), 100, "-66,4 -60,-22,0,-22 60,-22,66,4", SNOW)


def _foreground(stage: Stage, snow: bool) -> None:
    rng, canvas = stage.rng, stage.canvas
    if not snow:
        flowers(stage, (330, 1170), 260, 18)
        bush(canvas, (1240, 1150), 240, stage.scheme.leaf)
        return
    canvas.shining = True
    for _ in range(90):
        canvas.dot(
            (rng.randint(0, WIDTH), rng.randint(0, HEIGHT)), rng.choice((3, 4, 5)), (255, 255, 255, 210)
        )
    canvas.shining = False


def _pointed_house(stage: Stage, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    ground = SNOW if snow else GRASS
    wood = mix(scheme.wood, (150, 104, 72), 50)
    lawn(stage, LAWN - 70, ground)
    for x, tall in ((40, 640), (200, 520), (1330, 500), (1480, 660)):
        conifer(stage, (x, LAWN), tall, snow)
    shadow(canvas, (800, LAWN + 44), 480)
    roof = darker(mix(scheme.panel, (70, 60, 70), 50), 6)
    canvas.shape([(330, LAWN + 20), (790, 190), (810, 190), (1270, LAWN + 20)], roof)
    canvas.shape([(430, LAWN + 20), (800, 300), (1170, LAWN + 20)], wood)
    _pointed_glass(stage, snow)
    if snow:
        canvas.shape(
            [(484, 640), (786, 174), (814, 174), (1116, 640), (1072, 640), (800, 222), (528, 640)],
            (248, 250, 254),
        )
    door(stage, (744, 700, 856, LAWN - 10), scheme.accent)
    canvas.rect((380, LAWN - 2, 1220, LAWN + 40), lighter(wood, 14), 3)
    for x in range(400, 1210, 34):
        canvas.rect((x, LAWN + 4, x + 3, LAWN + 40), darker(wood, 10))
    for x in (420, 560, 1030, 1170):
        canvas.rect((x, LAWN - 86, x + 12, LAWN), darker(wood, 14))
    for left, right in ((420, 572), (1030, 1182)):
        canvas.rect((left, LAWN - 92, right, LAWN - 78), darker(wood, 8), 3)
        canvas.rect((left, LAWN - 48, right, LAWN - 38), darker(wood, 8), 3)
    path(stage, 800, LAWN + 40, darker(ground, 9) if snow else (216, 198, 166))
    conifer(stage, (250, 1130), 430, snow)
    if stage.light.is_dark:
        _fire(stage, (1180, 1090))
    elif not snow:
        bush(canvas, (1330, 1040), 220, scheme.leaf)
    _foreground(stage, snow)


def _pointed_glass(stage: Stage, snow: bool) -> None:
    canvas = stage.canvas
    lit = stage.light.is_dark or snow
    canvas.shining = stage.light.is_dark
    tone = (255, 210, 132) if lit else (122, 158, 176)
    canvas.shape([(620, 660), (800, 376), (980, 660)], tone)
    canvas.shape([(800, 376), (980, 660), (800, 660)], darker(tone, 6))
    for x in (560, 910):
        canvas.rect((x, 710, x + 130, LAWN - 20), darker(tone, 4))
    canvas.shining = False
    frame = stage.scheme.trim
    for bar in (
        [(620, 660), (800, 376), (980, 660), (620, 660)],
        [(800, 376), (800, 660)],
        [(700, 536), (900, 536)],
    ):
        canvas.stroke(bar, frame, 10)
    for x in (560, 910):
        canvas.stroke([(x, 710), (x + 130, 710), (x + 130, LAWN - 20), (x, LAWN - 20), (x, 710)], frame, 9)
        canvas.rect((x + 62, 710, x + 68, LAWN - 20), frame)
    if lit:
        canvas.halo((800, 590), 380, GLOW, 34)
        canvas.lamp((800, LAWN + 90), 480, (255, 222, 170), 60 if stage.light.is_dark else 0)


def _fire(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    for dx in (-60, -30, 0, 30, 60):
        canvas.oval((x + dx, y), (22, 16), (128, 124, 128))
    canvas.shining = True
    canvas.sketch(foot, 100, "-34,-6 -50,-60,-10,-90 -14,-60,6,-130 40,-80,34,-6", (244, 124, 50))
    canvas.sketch(foot, 100, "-18,-6 -26,-40,0,-76 24,-44,18,-6", (255, 214, 110))
    canvas.shining = False
    canvas.lamp((x, y), 430, (255, 196, 130), 90)
    canvas.halo((x, y - 40), 220, (255, 170, 90), 44)


def _lake_house(stage: Stage, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    ground = SNOW if snow else GRASS
    wood = mix(scheme.wood, (132, 84, 62), 40)
    ridge(stage, (0, 640, WIDTH, 1000), 700, seen(stage, ground, 10), 2)
    for x, tall in ((60, 460), (170, 380), (1200, 420), (1320, 500), (1450, 440), (1560, 520)):
        conifer(stage, (x, 800), tall, snow)
    water = mix(seen(stage, (78, 140, 158)), stage.light.sky[1], 34)
    canvas.shining = True
    deep = mix(water, stage.light.sky[0], 44)
    canvas.fade(
        (0, 790, WIDTH, HEIGHT),
        (mix(water, stage.light.sky[-1], 60), mix(water, stage.light.sky[-2], 34), deep),
    )
    canvas.shining = False
    canvas.shape(
        [
            (-10, 800),
            (400, 770, 860, 786),
            (1300, 800, WIDTH + 10, 782),
            (WIDTH + 10, 812),
            (900, 826, -10, 820),
        ],
        ground,
    )
    for x in (340, 560, 780, 960):
        canvas.rect((x, 790, x + 18, 880), darker(wood, 36))
    _lake_cabin(stage, wood, snow)
    canvas.rect((290, 788, 1020, 812), lighter(wood, 12), 3)
    canvas.rect((290, 808, 1020, 818), darker(wood, 24))
    for at, (y, wide) in enumerate(((880, 420), (910, 300), (945, 470), (990, 340), (1040, 260))):
        canvas.rect((640 - wide / 2 + at * 16, y, 640 + wide / 2 + at * 10, y + 7), (*darker(wood, 6), 90), 3)
        if stage.light.is_dark:
            canvas.rect((500 + at * 30, y + 14, 640 + at * 26, y + 20), (255, 208, 130, 150), 3)
    _jetty(stage, wood)
    if snow:
        _foreground(stage, snow)
    else:
        _reeds(stage)


def _lake_cabin(stage: Stage, wood: Colour, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    paint = stage.rng.choice((mix(scheme.accent, wood, 30), wood, mix(scheme.panel, wood, 20)))
    canvas.rect((380, 540, 920, 790), paint)
    for x in range(380, 920, 30):
        canvas.rect((x, 540, x + 3, 790), darker(paint, 14))
    _chimney(stage, (800, 330), snow)
    canvas.shape(
        [(330, 560), (430, 390), (870, 390), (970, 560)],
        SNOW if snow else darker(mix(paint, (60, 50, 60), 60), 4),
    )
    canvas.rect((330, 552, 970, 572), scheme.trim, 3)
    canvas.rect((380, 572, 920, 596), VEIL)
    look = Front(paint, scheme.trim, "plain", "flat")
    for x in (470, 830):
        window(stage, (x - 48, 620, x + 48, 720), look, stage.light.is_dark)
    door(stage, (604, 610, 696, 768), scheme.second)
    if stage.light.is_dark:
        canvas.halo((470, 670), 150, GLOW, 34)
        canvas.halo((830, 670), 150, GLOW, 34)


def _jetty(stage: Stage, wood: Colour) -> None:
    canvas = stage.canvas
    for x, top in ((980, 850), (1140, 950), (1300, 1060)):
        canvas.rect((x, top, x + 18, top + 100), darker(wood, 34))
    canvas.shape([(900, 812), (1010, 812), (1500, 1130), (1260, 1130)], lighter(wood, 16))
    for at in range(1, 12):
        part = at * at / 144 * 0.5 + at / 24
        y = 812 + 318 * part
        canvas.stroke([(900 + 360 * part, y), (1010 + 490 * part, y)], darker(wood, 10), 4)
    canvas.shape([(1260, 1130), (1500, 1130), (1500, 1150), (1260, 1150)], darker(wood, 22))
    _boat(stage, (420, 1040))


def _boat(stage: Stage, foot: Point) -> None:
    canvas, tone = stage.canvas, stage.scheme.accent
    canvas.oval((foot[0], foot[1] + 6), (190, 16), SHADOW)
    canvas.sketch(foot, 180, "-104,-46 -60,0,-50,4 60,4 70,0,104,-50 60,-34,0,-32 -60,-32,-104,-46", tone)
    canvas.sketch(
        foot, 180, "-104,-46 -60,-32,0,-32 60,-34,104,-50 50,-22,0,-22 -50,-22,-104,-46", lighter(tone, 30)
    )
    canvas.sketch_line(foot, 180, "-70,-60 10,-20", (stage.scheme.wood, 8))


def _reeds(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    for at in range(26):
        x = 20 + at * 11 + rng.randint(-4, 4)
        tall = rng.randint(90, 190)
        canvas.sketch_line(
            (x, HEIGHT),
            tall,
            f"0,10 {rng.randint(-8, 8)},-50,{rng.randint(-24, 24)},-100",
            (darker(stage.scheme.leaf, rng.randint(0, 20)), 6),
        )
