"""Villas: a white house with a pool, a country house, a house of the south; and the land round houses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.buildings import VEIL, Front, door, glass, is_lit, wall_light, window
from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW
from server.seed.drawing.plants import bush, flowers, poplar, shadow, tree
from server.seed.drawing.skies import sky
from server.seed.drawing.views import land

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

GRASS = (134, 168, 98)
SNOW = (238, 243, 250)
LAWN = 880


def villa(stage: Stage) -> None:
    """A white house with a pool, a country house with a garden, or a house on a slope with a terrace."""
    behind(stage, stage.view if stage.view in ("sea", "hills", "peaks", "garden") else "hills", 700)
    (_pool_house, _country_house, _terrace_house)[stage.rng.randrange(3)](stage)


def behind(stage: Stage, view: str, horizon: float) -> None:
    """The sky, and land of that view down to the garden."""
    sky(stage, (0, 0, WIDTH, 800), (stage.rng.choice((16, 20, 82)), stage.rng.randint(14, 24)))
    stage.canvas.shining = True
    land(replace(stage, view=view), (0, 60, WIDTH, 960), horizon)
    stage.canvas.shining = False


def lawn(stage: Stage, top: float, tone: Colour) -> None:
    """Ground in two waves: grass, or snow."""
    canvas = stage.canvas
    canvas.shape(
        [
            (-10, top + 40),
            (300, top - 24, 760, top),
            (1200, top + 20, WIDTH + 10, top - 12),
            (WIDTH + 10, HEIGHT),
            (-10, HEIGHT),
        ],
        tone,
    )
    canvas.shape(
        [(-10, top + 170), (500, top + 90, WIDTH + 10, top + 190), (WIDTH + 10, HEIGHT), (-10, HEIGHT)],
        lighter(tone, 7),
    )
    if tone == SNOW:
        return
    for _ in range(40):
        x, y = stage.rng.randint(0, WIDTH), stage.rng.randint(int(top) + 50, HEIGHT - 20)
        canvas.sketch((x, y), 26, "-30,0 -36,-60 -10,-10 0,-90 12,-10 36,-64 30,0", darker(tone, 10))


def path(stage: Stage, door_x: float, top: float, tone: Colour) -> None:
    """A path that widens from the door to the viewer."""
    stage.canvas.shape(
        [
            (door_x - 60, top),
            (door_x + 60, top),
            (door_x + 60, top + 120, door_x + 250, HEIGHT),
            (door_x - 170, HEIGHT),
            (door_x - 40, top + 130, door_x - 60, top),
        ],
        tone,
    )


def _pool_house(stage: Stage) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    wall = mix(scheme.trim, (255, 255, 255), 30)
    wood = mix(scheme.wood, scheme.second, 20)
    lawn(stage, LAWN - 40, GRASS)
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
    canvas.shape(
        [(446, 1000), (1214, 1000), (1324, 1136), (336, 1136)],
        darker(water, 22) if stage.light.is_dark else water,
    )
    canvas.shining = False
    canvas.shape([(446, 1000), (1214, 1000), (1224, 1012), (436, 1012)], (40, 90, 120, 90))
    for x, y, wide in (
        (520, 1040, 190),
        (820, 1066, 240),
        (640, 1100, 280),
        (1010, 1034, 130),
        (1040, 1104, 150),
    ):
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
    wall = rng.choice(
        (
            mix(scheme.wall, scheme.trim, 40),
            mix(scheme.second, scheme.wall, 50),
            mix(scheme.panel, scheme.wall, 50),
        )
    )
    roof = rng.choice(((150, 84, 66), (92, 96, 112), mix(scheme.accent, (110, 60, 56), 60)))
    lawn(stage, LAWN - 50, GRASS)
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
    path(stage, 830, LAWN + 26, (222, 208, 184))
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
    canvas.shape(
        [(left - 30, top + 12), (left + 40, top - 54), (right - 40, top - 54), (right + 30, top + 12)],
        darker(roof, 8),
    )
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
    lawn(stage, LAWN - 60, (164, 170, 104))
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
    path(stage, 730, LAWN, (226, 206, 172))
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
        canvas.dot(
            (px, y - 30 - min(at, 22) * 20 - rng.randint(0, 26)),
            10,
            rng.choice(((222, 76, 126), (236, 120, 156))),
        )
