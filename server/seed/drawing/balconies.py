"""Balconies and terraces with a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import HEIGHT, WIDTH, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW, IRON, cup
from server.seed.drawing.furniture import armchair, cushion
from server.seed.drawing.plants import flowers, leaf, potted, shadow
from server.seed.drawing.rooms import BOARDS, PLANKS, TILES, paint_floor
from server.seed.drawing.skies import sky
from server.seed.drawing.views import land

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

DECK = 900


def balcony(stage: Stage) -> None:
    """Two chairs and a table, a lounge under lamps, or a hammock, before the view."""
    rng = stage.rng
    sky(stage, (0, 0, WIDTH, DECK), (rng.randint(30, 62), rng.randint(22, 34)), 1.3)
    stage.canvas.shining = True
    land(stage, (0, 120, WIDTH, DECK + 20), rng.randint(540, 600))
    stage.canvas.shining = False
    paint_floor(
        stage, DECK, rng.choice((BOARDS, PLANKS, TILES)), mix(stage.scheme.floor, (226, 214, 196), 30)
    )
    (_breakfast, _lounge, _hammock)[rng.randrange(3)](stage)


def rail(stage: Stage, kind: int) -> None:
    """A rail along the edge: 0 bars, 1 glass, 2 a low wall with flowers, 3 crossed wood."""
    canvas, scheme = stage.canvas, stage.scheme
    top = DECK - 230
    if kind == 0:
        tone = stage.rng.choice((scheme.trim, IRON))
        for x in range(8, WIDTH, 52):
            canvas.rect((x, top, x + 14, DECK), tone)
        canvas.rect((0, top - 14, WIDTH, top + 16), tone, 2)
        canvas.rect((0, DECK - 30, WIDTH, DECK - 8), darker(tone, 8))
    elif kind == 1:
        canvas.rect((0, top, WIDTH, DECK - 10), (210, 230, 236, 52))
        for x in range(120, WIDTH, 440):
            canvas.rect((x, top, x + 14, DECK), IRON)
            canvas.shape(
                [(x + 90, DECK - 20), (x + 190, top + 10), (x + 240, top + 10), (x + 140, DECK - 20)],
                (255, 255, 255, 40),
            )
        canvas.rect((0, top - 10, WIDTH, top + 8), darker(scheme.wood, 10), 3)
    elif kind == 2:
        wall = mix(scheme.wall, scheme.trim, 40)
        canvas.fade((0, top + 50, WIDTH, DECK), (lighter(wall, 6), darker(wall, 8)))
        flowers(stage, (20, top + 46), WIDTH - 40, 24)
        canvas.rect((0, top + 36, WIDTH, top + 66), lighter(wall, 24), 3)
    else:
        tone = mix(scheme.wood, scheme.trim, 16)
        for x in range(-10, WIDTH, 200):
            canvas.stroke([(x + 16, top + 10), (x + 200, DECK - 20)], darker(tone, 8), 13)
            canvas.stroke([(x + 200, top + 10), (x + 16, DECK - 20)], tone, 13)
        for x in range(-10, WIDTH, 200):
            canvas.rect((x, top, x + 20, DECK), darker(tone, 12), 3)
        canvas.rect((0, top - 16, WIDTH, top + 12), lighter(tone, 8), 3)
        canvas.rect((0, DECK - 28, WIDTH, DECK - 8), tone)


def string_lights(stage: Stage, span: tuple[Point, Point], count: int) -> None:
    """Bulbs on a cord between two points."""
    canvas, (start, end) = stage.canvas, span
    sag = 110
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + sag)
    canvas.stroke([start, (*middle, *end)], (122, 112, 128) if stage.light.is_dark else (74, 60, 58), 5)
    lit = stage.light.has_lamps
    for at in range(1, count + 1):
        part = at / count
        x = start[0] * (1 - part) ** 2 + 2 * middle[0] * part * (1 - part) + end[0] * part**2
        y = start[1] * (1 - part) ** 2 + 2 * middle[1] * part * (1 - part) + end[1] * part**2
        canvas.rect((x - 6, y, x + 6, y + 12), (74, 60, 58))
        canvas.shining = lit
        canvas.dot((x, y + 24), 15, (255, 226, 154) if lit else (250, 240, 214))
        canvas.shining = False
        if stage.light.is_dark:
            canvas.halo((x, y + 24), 72, GLOW, 46)
    if stage.light.is_dark:
        canvas.lamp((middle[0], DECK), 900, (255, 226, 190), 66)


def _frame(stage: Stage) -> None:
    """The wall at the side, a beam above, a curtain or a creeper."""
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    wall = mix(scheme.wall, scheme.trim, 30)
    beam = scheme.wood
    canvas.fade((0, 0, 170, DECK + 26), (lighter(wall, 8), darker(wall, 6)))
    canvas.rect((150, 0, 170, DECK + 26), darker(wall, 14))
    canvas.rect((0, 0, WIDTH, 44), darker(beam, 6))
    canvas.rect((0, 44, WIDTH, 54), darker(beam, 28))
    for x in range(240, WIDTH, 320):
        canvas.rect((x, 0, x + 44, 84), beam, 3)
        canvas.rect((x + 32, 0, x + 44, 84), darker(beam, 16), 3)
    if rng.random() < 0.5:
        cloth = mix(scheme.trim, scheme.curtain, 30)
        canvas.shape([(150, 54), (390, 54), (360, 400, 250, 560), (240, 700, 290, DECK), (150, DECK)], cloth)
        for x in (200, 250, 310):
            canvas.shape(
                [(x, 54), (x + 18, 54), (x * 0.9 + 40, 400, x * 0.5 + 120, 560), (x * 0.5 + 110, 560)],
                darker(cloth, 9),
            )
        canvas.shape([(206, 548), (262, 540), (266, 572), (206, 580)], scheme.second)
    else:
        creeper(stage, (0, 54), 430)


def creeper(stage: Stage, corner: Point, wide: float) -> None:
    """Leaves and blossom that hang from the beam."""
    canvas, rng, (x, y) = stage.canvas, stage.rng, corner
    blossom: Colour = rng.choice(((214, 74, 122), (158, 112, 190), stage.scheme.accent, (250, 240, 236)))
    for _ in range(42):
        dx = rng.randint(0, int(wide))
        dy = rng.randint(0, int(max(40, (wide - dx) * 0.8)))
        canvas.dot((x + dx, y + dy), rng.randint(18, 32), darker(stage.scheme.leaf, rng.randint(0, 22)))
    for _ in range(46):
        dx = rng.randint(0, int(wide))
        dy = rng.randint(0, int(max(40, (wide - dx) * 0.8)))
        canvas.dot((x + dx, y + dy), rng.randint(12, 22), mix(blossom, (255, 240, 240), rng.randint(0, 30)))


def _breakfast(stage: Stage) -> None:
    rng = stage.rng
    rail(stage, rng.choice((0, 1, 3)))
    _frame(stage)
    string_lights(stage, ((190, 110), (WIDTH - 10, 90)), 11)
    potted(stage, (300, 1040), 440, rng.choice((0, 1)))
    _garden_chair(stage, (620, 1090), 1)
    _garden_chair(stage, (1160, 1090), -1)
    _bistro_table(stage, (890, 1110))
    potted(stage, (1450, 1040), 520, rng.choice((2, 3)))


def _garden_chair(stage: Stage, foot: Point, side: int) -> None:
    canvas, tone, wood = stage.canvas, stage.scheme.accent, stage.scheme.wood
    x, y = foot
    shadow(canvas, foot, 130)
    for lean in (-96, 76):
        canvas.sketch(
            foot,
            100,
            f"{side * lean},0 {side * (lean + 22)},-170 {side * (lean + 42)},-170 {side * (lean + 20)},0",
            darker(wood, 12),
        )
    canvas.sketch(
        foot,
        100,
        f"{side * -130},-400 {side * -160},-420,{side * -104},-430 {side * -60},-200 {side * -104},-190",
        darker(tone, 8),
    )
    canvas.sketch(
        foot,
        100,
        f"{side * -112},-404 {side * -108},-430,{side * -92},-420 {side * -50},-200 {side * -70},-196",
        lighter(tone, 8),
    )
    canvas.rect((x - 118, y - 190, x + 122, y - 164), wood, 6)
    canvas.rect((x - 108, y - 222, x + 118, y - 184), tone, 16)
    cushion(canvas, (x - side * 40, y - 216), 112, stage.scheme.second)


def _bistro_table(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    wood = stage.scheme.wood
    shadow(canvas, foot, 110)
    canvas.oval((x, y - 6), (72, 13), IRON)
    canvas.rect((x - 9, y - 226, x + 9, y - 6), IRON)
    canvas.oval((x, y - 228), (172, 30), darker(wood, 14))
    canvas.oval((x, y - 236), (172, 28), lighter(wood, 16))
    canvas.oval((x - 70, y - 240), (58, 10), stage.scheme.trim)
    canvas.sketch((x - 70, y - 240), 60, "-70,-10 -50,-60,0,-56 50,-60,70,-10 0,-30,-70,-10", (216, 150, 76))
    cup(canvas, (x + 34, y - 238), stage.scheme.fabric)
    canvas.sketch((x + 104, y - 236), 50, "-30,-100 30,-100 24,0 -24,0", (248, 180, 84))
    canvas.rect((x + 88, y - 292, x + 120, y - 278), (255, 240, 210))


def _lounge(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    rail(stage, rng.choice((1, 2)))
    string_lights(stage, ((-30, 60), (900, 14)), 9)
    string_lights(stage, ((900, 14), (WIDTH + 30, 40)), 7)
    canvas.oval((820, 1090), (640, 92), mix(scheme.curtain, scheme.trim, 30))
    canvas.oval((820, 1090), (560, 74), lighter(scheme.curtain, 30))
    potted(stage, (150, 1010), 520, 3)
    _outdoor_sofa(stage, (620, 1040))
    armchair(stage, (1210, 1060), scheme.accent, 1)
    potted(stage, (1470, 1010), 430, rng.choice((0, 1)))
    _lanterns(stage, (960, 1040))
    _bistro_low(stage, (850, 1140))


def _outdoor_sofa(stage: Stage, foot: Point) -> None:
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, foot
    wood, cloth = scheme.wood, mix(scheme.trim, scheme.wall, 40)
    shadow(canvas, (x, y), 330)
    canvas.rect((x - 320, y - 280, x + 320, y - 30), darker(wood, 12), 12)
    for at in range(3):
        left = x - 280 + at * 188
        canvas.rect((left, y - 300, left + 182, y - 140), darker(cloth, 5), 30)
        canvas.rect((left, y - 160, left + 182, y - 78), cloth, 24)
    for dx in (-320, 278):
        canvas.rect((x + dx, y - 220, x + dx + 42, y - 20), wood, 8)
    canvas.rect((x - 300, y - 84, x + 300, y - 40), wood, 6)
    for dx in (-300, 276):
        canvas.rect((x + dx, y - 40, x + dx + 24, y), darker(wood, 20))
    cushion(canvas, (x - 210, y - 152), 128, scheme.accent)
    cushion(canvas, (x - 90, y - 150), 110, scheme.second)
    cushion(canvas, (x + 200, y - 152), 126, scheme.fabric)


def _lanterns(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    for dx, tall in ((0, 120), (64, 84)):
        shadow(canvas, (x + dx, y), 40)
        canvas.rect((x + dx - 28, y - tall, x + dx + 28, y), IRON, 4)
        canvas.shining = stage.light.is_dark
        canvas.rect(
            (x + dx - 21, y - tall + 12, x + dx + 21, y - 10),
            (255, 216, 140) if stage.light.is_dark else (206, 214, 214),
        )
        canvas.shining = False
        canvas.rect((x + dx - 8, y - 40, x + dx + 8, y - 10), (250, 244, 230))
        canvas.sketch((x + dx, y - tall), 60, "-54,2 0,-50 54,2", IRON)
    if stage.light.is_dark:
        canvas.lamp((x + 30, y - 40), 380, (255, 216, 160), 84)
        canvas.halo((x + 30, y - 50), 170, GLOW, 46)


def _bistro_low(stage: Stage, foot: Point) -> None:
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    shadow(canvas, foot, 160)
    for dx in (-120, 104):
        canvas.rect((x + dx, y - 90, x + dx + 16, y), darker(wood, 20))
    canvas.rect((x - 156, y - 106, x + 156, y - 84), lighter(wood, 8), 5)
    canvas.sketch((x + 70, y - 106), 50, "-40,-110 -50,-30,-24,0 24,0 50,-30,40,-110", (244, 240, 230))
    flowers(stage, (x + 44, y - 160), 54, 16)
    canvas.oval((x - 60, y - 110), (66, 9), stage.scheme.trim)
    for dx, tone in ((-90, stage.scheme.accent), (-60, stage.scheme.second), (-32, stage.scheme.leaf)):
        canvas.dot((x + dx, y - 126), 18, tone)


def _hammock(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    rail(stage, rng.choice((0, 2, 3)))
    _frame(stage)
    wood = scheme.wood
    canvas.rect((1420, 44, 1464, DECK + 60), wood, 4)
    canvas.rect((1450, 44, 1464, DECK + 60), darker(wood, 16), 4)
    potted(stage, (330, 1030), 380, 0)
    canvas.oval((900, 1110), (460, 46), (34, 28, 54, 50))
    canvas.stroke([(166, 470), (380, 720)], (226, 212, 188), 7)
    canvas.stroke([(1430, 470), (1250, 720)], (226, 212, 188), 7)
    cloth = lighter(scheme.fabric, 6)
    cushion(canvas, (600, 890), 150, scheme.accent)
    canvas.shape(
        [
            (380, 710),
            (560, 1010, 820, 1010),
            (1080, 1010, 1250, 710),
            (1120, 880, 820, 890),
            (540, 880, 380, 710),
        ],
        cloth,
    )
    for at in range(3):
        low = 900 + at * 34
        tone = (scheme.second, scheme.trim, scheme.accent)[at]
        canvas.stroke(
            [
                (400 + at * 30, 756 + at * 14),
                (600, low, 820, low),
                (1060, low, 1232 - at * 26, 756 + at * 14),
            ],
            tone,
            12,
        )
    potted(stage, (1530, 1060), 520, rng.choice((1, 3)))
    _bistro_low(stage, (1240, HEIGHT - 56))
    for x, y in ((700, 1130), (760, 1138)):
        leaf(canvas, (x, y), (x + 60, y + 4), 26, scheme.second)
