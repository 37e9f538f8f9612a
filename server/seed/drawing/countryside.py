"""Houses in the country: villas with a pool or a garden, cabins in the mountains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.buildings import VEIL, Front, door, glass, is_lit, wall_light, window
from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW
from server.seed.drawing.plants import SHADOW, bush, conifer, flowers, poplar, shadow, tree
from server.seed.drawing.views import land, ridge, seen, sky

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

GRASS = (134, 168, 98)
SNOW = (238, 243, 250)
LAWN = 880


def villa(stage: Stage) -> None:
    """A white house with a pool, a country house with a garden, or a house on a slope with a terrace."""
    _behind(stage, stage.view if stage.view in ("sea", "hills", "peaks", "garden") else "hills", 700)
    (_pool_house, _country_house, _terrace_house)[stage.rng.randrange(3)](stage)


def cabin(stage: Stage) -> None:
    """A log house or a pointed one under mountains, in snow or in summer; or one by a lake."""
    _behind(stage, "peaks" if stage.rng.random() < 0.75 else "hills", 700)
    snow = stage.rng.random() < (0.8 if stage.light.is_dark or stage.light.hour == "overcast" else 0.3)
    (_log_house, _pointed_house, _lake_house)[stage.rng.randrange(3)](stage, snow)


def _behind(stage: Stage, view: str, horizon: float) -> None:
    sky(stage, (0, 0, WIDTH, 800), (stage.rng.choice((16, 20, 82)), stage.rng.randint(14, 24)))
    stage.canvas.shining = True
    land(replace(stage, view=view), (0, 60, WIDTH, 960), horizon)
    stage.canvas.shining = False


def _lawn(stage: Stage, top: float, tone: Colour) -> None:
    canvas = stage.canvas
    canvas.shape([(-10, top + 40), (300, top - 24, 760, top), (1200, top + 20, WIDTH + 10, top - 12), (WIDTH + 10, HEIGHT), (-10, HEIGHT)], tone)
    canvas.shape([(-10, top + 170), (500, top + 90, WIDTH + 10, top + 190), (WIDTH + 10, HEIGHT), (-10, HEIGHT)], lighter(tone, 7))
    if tone == SNOW:
        return
    for _ in range(40):
        x, y = stage.rng.randint(0, WIDTH), stage.rng.randint(int(top) + 50, HEIGHT - 20)
        canvas.sketch((x, y), 26, "-30,0 -36,-60 -10,-10 0,-90 12,-10 36,-64 30,0", darker(tone, 10))


def _path(stage: Stage, door_x: float, top: float, tone: Colour) -> None:
    stage.canvas.shape([(door_x - 60, top), (door_x + 60, top), (door_x + 60, top + 120, door_x + 250, HEIGHT), (door_x - 170, HEIGHT), (door_x - 40, top + 130, door_x - 60, top)], tone)


def _pool_house(stage: Stage) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    wall = mix(scheme.trim, (255, 255, 255), 30)
    wood = mix(scheme.wood, scheme.second, 20)
    _lawn(stage, LAWN - 40, GRASS)
    for x, tall in ((60, 560), (170, 460), (1530, 520)):
        poplar(canvas, (x, LAWN + 10), tall, scheme.leaf)
    bush(canvas, (270, LAWN + 4), 240, scheme.leaf)
    _block(stage, (330, 560, 1330, LAWN + 6), wall)
    _block(stage, (600, 320, 1180, 560), mix(wall, scheme.wall, 40))
    canvas.rect((1180, 548, 1400, 566), darker(wall, 20), 2)
    canvas.rect((1380, 566, 1392, LAWN), darker(wall, 30))
    canvas.rect((360, 590, 560, LAWN), wood)
    for x in range(372, 560, 22):
        canvas.rect((x, 590, x + 3, LAWN), darker(wood, 14))
    for at in range(3):
        glass(stage, (640 + at * 168, 372, 800 + at * 168, 520), stage.light.is_dark and at != 1)
    for at in range(4):
        glass(stage, (590 + at * 176, 620, 758 + at * 176, LAWN - 2), stage.light.is_dark)
    canvas.rect((410, 660, 510, LAWN), scheme.accent, 2)
    canvas.rect((490, 760, 498, 810), (236, 216, 180))
    if stage.light.is_dark:
        canvas.halo((940, 760), 480, GLOW, 26)
        wall_light(stage, (560 - 20, 650))
    _deck_and_pool(stage)


def _block(stage: Stage, box: Box, wall: Colour) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.fade(box, (lighter(wall, 10), darker(wall, 4)))
    canvas.rect((left - 20, top - 22, right + 20, top + 8), mix(wall, (255, 255, 255), 40), 2)
    canvas.rect((left, top + 8, right, top + 30), VEIL)
    canvas.rect((right - 40, top + 8, right, bottom), VEIL)


def _deck_and_pool(stage: Stage) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    deck = mix(scheme.floor, (236, 226, 210), 40)
    canvas.shape([(250, LAWN), (1420, LAWN), (1600, HEIGHT), (40, HEIGHT)], deck)
    for at in range(7):
        y = LAWN + 8 + at * at * 7 + at * 6
        canvas.rect((250 - at * 26, y, 1420 + at * 22, y + 3), darker(deck, 12))
    canvas.shape([(420, 985), (1240, 985), (1370, 1150), (290, 1150)], (244, 240, 232))
    water = (72, 176, 196)
    canvas.shining = stage.light.is_dark
    canvas.shape([(446, 1000), (1214, 1000), (1324, 1136), (336, 1136)], darker(water, 22) if stage.light.is_dark else water)
    canvas.shining = False
    canvas.shape([(446, 1000), (1214, 1000), (1224, 1012), (436, 1012)], (40, 90, 120, 90))
    for x, y, wide in ((520, 1040, 190), (820, 1066, 240), (640, 1100, 280), (1010, 1034, 130), (1040, 1104, 150)):
        canvas.sketch_line((x, y), wide, "0,0 25,-7,50,0 75,7,100,0", ((*lighter(water, 60),), 6))
    for x in (1330, 1450):
        _lounger(stage, (x, 1020 + (x - 1330) * 0.5))
    _parasol(stage, (230, 1050))


def _lounger(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, foot, 100)
    for dx in (-66, 70):
        canvas.rect((x + dx, y - 44, x + dx + 10, y), stage.scheme.wood)
    canvas.sketch(foot, 100, "-92,-62 40,-62 98,-140 110,-128 56,-42 -92,-42", stage.scheme.trim)
    canvas.sketch(foot, 100, "50,-76 98,-140 108,-130 62,-62", stage.scheme.accent)


def _parasol(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    tone = stage.scheme.accent
    shadow(canvas, foot, 120)
    canvas.rect((x - 5, y - 330, x + 5, y), stage.scheme.wood)
    canvas.sketch(foot, 100, "-160,-256 -100,-352,0,-360 100,-352,160,-256", tone)
    canvas.sketch(foot, 100, "-60,-256 -46,-340,0,-360 46,-340,60,-256", stage.scheme.trim)
    canvas.sketch(foot, 100, "60,-256 46,-340,0,-360 100,-352,160,-256", darker(tone, 12))


def _country_house(stage: Stage) -> None:
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    wall = rng.choice((mix(scheme.wall, scheme.trim, 40), mix(scheme.second, scheme.wall, 50), mix(scheme.panel, scheme.wall, 50)))
    roof = rng.choice(((150, 84, 66), (92, 96, 112), mix(scheme.accent, (110, 60, 56), 60)))
    _lawn(stage, LAWN - 50, GRASS)
    tree(stage, (180, LAWN + 20), 640, scheme.leaf)
    poplar(canvas, (1500, LAWN - 6), 520, scheme.leaf)
    look = Front(wall, scheme.panel, "shutters", "flat")
    canvas.fade((360, 470, 1340, LAWN), (lighter(wall, 10), darker(wall, 4)))
    canvas.rect((1300, 470, 1340, LAWN), VEIL)
    canvas.rect((360, LAWN - 60, 1340, LAWN), mix((170, 164, 158), wall, 30))
    _hipped(canvas, (310, 280, 1390, 480), roof)
    for x in (450, 640, 830, 1010, 1200):
        window(stage, (x - 44, 520, x + 44, 640), look, is_lit(stage))
    for x in (450, 1190):
        window(stage, (x - 48, 700, x + 48, 820), look, is_lit(stage))
    _porch(stage, (570, 690, 1090, LAWN), roof)
    if rng.random() < 0.6:
        canvas.rect((1120, 200, 1190, 330), darker(wall, 18))
        canvas.rect((1110, 190, 1200, 214), darker(wall, 30), 3)
    _path(stage, 830, LAWN + 26, (222, 208, 184))
    for x, wide in ((440, 190), (1220, 200), (560, 120), (1110, 130)):
        bush(canvas, (x, LAWN + 24), wide, scheme.leaf)
    flowers(stage, (360, LAWN + 50), 330, 17)
    flowers(stage, (970, LAWN + 50), 340, 17)
    _fence(stage, 1110)


def _hipped(canvas: Canvas, box: Box, roof: Colour) -> None:
    left, top, right, bottom = box
    canvas.shape([(left, bottom), (left + 190, top), (right - 190, top), (right, bottom)], roof)
    for at in range(1, 7):
        y = top + (bottom - top) * at / 7
        edge = 190 * (bottom - y) / (bottom - top)
        canvas.rect((left + edge, y, right - edge, y + 4), darker(roof, 12))
    canvas.shape([(right - 190, top), (right, bottom), (right - 300, bottom)], (34, 28, 54, 36))
    canvas.rect((left - 6, bottom - 8, right + 6, bottom + 12), lighter(roof, 40), 3)
    canvas.rect((left + 50, bottom + 12, right - 50, bottom + 34), VEIL)


def _porch(stage: Stage, box: Box, roof: Colour) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    middle = (left + right) / 2
    for x in (left + 90, right - 90):
        glass(stage, (x - 46, top + 60, x + 46, bottom - 60), is_lit(stage))
    door(stage, (middle - 56, top + 34, middle + 56, bottom - 14), scheme.accent)
    canvas.shape([(left - 30, top + 12), (left + 40, top - 54), (right - 40, top - 54), (right + 30, top + 12)], darker(roof, 8))
    canvas.rect((left - 30, top + 6, right + 30, top + 24), scheme.trim, 2)
    canvas.rect((left, top + 24, right, top + 44), VEIL)
    for at in range(4):
        x = left + (right - left - 16) * at / 3
        canvas.rect((x, top + 24, x + 16, bottom), scheme.trim, 2)
        canvas.rect((x + 10, top + 24, x + 16, bottom), darker(scheme.trim, 14), 2)
    canvas.rect((left - 20, bottom - 6, right + 20, bottom + 16), mix(scheme.wood, scheme.trim, 30), 3)


def _fence(stage: Stage, y: float) -> None:
    canvas, white = stage.canvas, stage.scheme.trim
    for left, right in ((-20, 520), (1190, WIDTH + 20)):
        for dy in (-78, -34):
            canvas.rect((left, y + dy, right, y + dy + 12), darker(white, 8))
        for x in range(left + 14, right - 20, 54):
            canvas.sketch((x, y), 100, "0,0 0,-98 13,-114 26,-98 26,0", white)


def _terrace_house(stage: Stage) -> None:
    """A Mediterranean house with arches, stairs and pots."""
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    wall = mix((250, 244, 234), scheme.wall, 30)
    roof = rng.choice(((200, 112, 78), (188, 98, 70)))
    _lawn(stage, LAWN - 60, (164, 170, 104))
    look = Front(wall, scheme.fabric, "shutters", "flat")
    poplar(canvas, (120, LAWN), 620, scheme.leaf)
    poplar(canvas, (240, LAWN + 14), 500, scheme.leaf)
    canvas.fade((340, 380, 860, LAWN), (lighter(wall, 8), darker(wall, 5)))
    canvas.fade((860, 560, 1400, LAWN), (lighter(wall, 8), darker(wall, 7)))
    canvas.rect((860, 560, 910, LAWN), VEIL)
    _gabled(canvas, (320, 250, 880, 392), roof)
    canvas.shape([(850, 566), (900, 476), (1370, 476), (1430, 566)], roof)
    for x in range(880, 1420, 34):
        canvas.stroke([(x + (1130 - x) * 0.1, 480), (x, 566)], darker(roof, 14), 4)
    for x in (480, 720):
        window(stage, (x - 46, 460, x + 46, 600), look, is_lit(stage))
    window(stage, (434, 690, 530, 810), look, is_lit(stage))
    _arched_door(stage, (670, 660, 790, LAWN - 10))
    for x in (960, 1130, 1300):
        box = (x - 64, 620, x + 64, LAWN)
        canvas.oval((x, 690), (64, 70), darker(wall, 44))
        canvas.rect((x - 64, 690, x + 64, LAWN), darker(wall, 44))
        glass(stage, (x - 42, 700, x + 42, LAWN), stage.light.is_dark)
        canvas.rect((box[0] - 10, 684, box[0], LAWN), lighter(wall, 20))
        canvas.rect((box[2], 684, box[2] + 10, LAWN), lighter(wall, 20))
    _path(stage, 730, LAWN, (226, 206, 172))
    _climber(stage, (380, LAWN))
    for x in (620, 850, 1050, 1220, 1390):
        canvas.sketch((x, LAWN + 36), 70, "-50,-66 50,-66 36,0 -36,0", (204, 116, 84))
        flowers(stage, (x - 44, LAWN - 2), 88, 20)
    tree(stage, (1500, 1080), 440, mix(scheme.leaf, (150, 160, 110), 50))
    flowers(stage, (150, 1090), 340, 22)
    bush(canvas, (90, 1110), 280, scheme.leaf)


def _gabled(canvas: Canvas, box: Box, roof: Colour) -> None:
    left, top, right, bottom = box
    canvas.shape([(left, bottom), (left + 70, top), (right - 70, top), (right, bottom)], roof)
    for at in range(17):
        low, high = left + (right - left) * at / 16, left + 70 + (right - left - 140) * at / 16
        canvas.stroke([(high, top), (low, bottom)], darker(roof, 14), 4)
    canvas.rect((left, bottom - 2, right, bottom + 12), darker(roof, 24), 5)
    canvas.rect((left + 20, bottom + 12, right - 20, bottom + 34), VEIL)


def _arched_door(stage: Stage, box: Box) -> None:
    canvas = stage.canvas
    left, top, right, bottom = box
    middle, half = (left + right) / 2, (right - left) / 2
    wood = stage.scheme.fabric
    canvas.dot((middle, top + half), half + 16, (232, 214, 188))
    canvas.rect((left - 16, top + half, right + 16, bottom), (232, 214, 188))
    canvas.dot((middle, top + half), half, wood)
    canvas.rect((left, top + half, right, bottom), wood)
    for at in range(1, 5):
        x = left + (right - left) * at / 5
        canvas.rect((x - 2, top + 12, x + 2, bottom), darker(wood, 18))
    canvas.dot((right - 26, bottom - 90), 8, (236, 192, 104))
    canvas.rect((left - 40, bottom, right + 40, bottom + 20), (224, 212, 194), 3)
    if stage.light.is_dark:
        wall_light(stage, (right + 52, top + 60))


def _climber(stage: Stage, foot: Point) -> None:
    canvas, rng, (x, y) = stage.canvas, stage.rng, foot
    for at in range(30):
        px = x - 44 + rng.randint(-30, 54) + (at > 20) * (at - 20) * 26
        py = y - 10 - min(at, 20) * 22 - rng.randint(0, 20)
        canvas.dot((px, py), rng.randint(22, 36), darker(stage.scheme.leaf, rng.randint(0, 18)))
    for at in range(34):
        px = x - 44 + rng.randint(-40, 60) + (at > 22) * (at - 22) * 22
        canvas.dot((px, y - 30 - min(at, 22) * 20 - rng.randint(0, 26)), 10, rng.choice(((222, 76, 126), (236, 120, 156))))


def _log_house(stage: Stage, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    log = mix((146, 94, 62), scheme.wood, 40)
    ground = SNOW if snow else mix(GRASS, (150, 160, 96), stage.rng.randint(0, 80))
    _lawn(stage, LAWN - 60, ground)
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
        flowers(stage, (x - 60, 832), 120, 14) if not snow else canvas.rect((x - 74, 812, x + 74, 826), SNOW, 7)
    door(stage, (752, 680, 876, LAWN), scheme.accent)
    _path(stage, 815, LAWN + 34, darker(ground, 10) if snow else (222, 204, 172))
    _wood_pile(canvas, (1250, LAWN + 30), snow)
    conifer(stage, (1460, 1120), 480, snow)
    conifer(stage, (150, 1110), 400, snow)
    _foreground(stage, snow)


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
            canvas.rect((x - 40 + at * 28 - (row % 2) * 6, y + 8 + row * 34, x - 16 + at * 28 - (row % 2) * 6, y + 38 + row * 34), (154 - at * 8, 142 - at * 8, 136 - at * 8), 5)
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
        canvas.dot((rng.randint(0, WIDTH), rng.randint(0, HEIGHT)), rng.choice((3, 4, 5)), (255, 255, 255, 210))
    canvas.shining = False


def _pointed_house(stage: Stage, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    ground = SNOW if snow else GRASS
    wood = mix(scheme.wood, (150, 104, 72), 50)
    _lawn(stage, LAWN - 70, ground)
    for x, tall in ((40, 640), (200, 520), (1330, 500), (1480, 660)):
        conifer(stage, (x, LAWN), tall, snow)
    shadow(canvas, (800, LAWN + 44), 480)
    roof = darker(mix(scheme.panel, (70, 60, 70), 50), 6)
    canvas.shape([(330, LAWN + 20), (790, 190), (810, 190), (1270, LAWN + 20)], roof)
    canvas.shape([(430, LAWN + 20), (800, 300), (1170, LAWN + 20)], wood)
    _pointed_glass(stage, snow)
    if snow:
        canvas.shape([(484, 640), (786, 174), (814, 174), (1116, 640), (1072, 640), (800, 222), (528, 640)], (248, 250, 254))
    door(stage, (744, 700, 856, LAWN - 10), scheme.accent)
    canvas.rect((380, LAWN - 2, 1220, LAWN + 40), lighter(wood, 14), 3)
    for x in range(400, 1210, 34):
        canvas.rect((x, LAWN + 4, x + 3, LAWN + 40), darker(wood, 10))
    for x in (420, 560, 1030, 1170):
        canvas.rect((x, LAWN - 86, x + 12, LAWN), darker(wood, 14))
    for left, right in ((420, 572), (1030, 1182)):
        canvas.rect((left, LAWN - 92, right, LAWN - 78), darker(wood, 8), 3)
        canvas.rect((left, LAWN - 48, right, LAWN - 38), darker(wood, 8), 3)
    _path(stage, 800, LAWN + 40, darker(ground, 9) if snow else (216, 198, 166))
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
    for path in ([(620, 660), (800, 376), (980, 660), (620, 660)], [(800, 376), (800, 660)], [(700, 536), (900, 536)]):
        canvas.stroke(path, frame, 10)
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
    water = seen(stage, (78, 140, 158))
    canvas.fade((0, 790, WIDTH, HEIGHT), (mix(water, stage.light.sky[-1], 46), water, darker(water, 14)))
    canvas.shape([(-10, 800), (400, 770, 860, 786), (1300, 800, WIDTH + 10, 782), (WIDTH + 10, 812), (900, 826, -10, 820)], ground)
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
    _foreground(stage, snow) if snow else _reeds(stage)


def _lake_cabin(stage: Stage, wood: Colour, snow: bool) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    paint = stage.rng.choice((mix(scheme.accent, wood, 30), wood, mix(scheme.panel, wood, 20)))
    canvas.rect((380, 540, 920, 790), paint)
    for x in range(380, 920, 30):
        canvas.rect((x, 540, x + 3, 790), darker(paint, 14))
    _chimney(stage, (800, 330), snow)
    canvas.shape([(330, 560), (430, 390), (870, 390), (970, 560)], SNOW if snow else darker(mix(paint, (60, 50, 60), 60), 4))
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
    for x, y in ((980, 880), (1140, 980), (1300, 1090)):
        canvas.rect((x, y - 30, x + 18, y + 70), darker(wood, 34))
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
    canvas.sketch(foot, 180, "-104,-46 -60,-32,0,-32 60,-34,104,-50 50,-22,0,-22 -50,-22,-104,-46", lighter(tone, 30))
    canvas.sketch_line(foot, 180, "-70,-60 10,-20", (stage.scheme.wood, 8))


def _reeds(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    for at in range(26):
        x = 20 + at * 11 + rng.randint(-4, 4)
        tall = rng.randint(90, 190)
        canvas.sketch_line((x, HEIGHT), tall, f"0,10 {rng.randint(-8, 8)},-50,{rng.randint(-24, 24)},-100", (darker(stage.scheme.leaf, rng.randint(0, 20)), 6))
