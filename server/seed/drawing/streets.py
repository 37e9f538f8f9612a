"""Houses in town: an apartment house with its trees, a row of old houses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.buildings import (
    VEIL,
    Front,
    awning,
    balcony,
    bicycle,
    door,
    front,
    glass,
    is_lit,
    shop,
    street_lamp,
)
from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Colour, darker, lighter, mix
from server.seed.drawing.plants import bush, flowers, poplar, tree
from server.seed.drawing.skies import sky
from server.seed.drawing.views import land

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

PAVEMENT = 1010


def facade(stage: Stage) -> None:
    """One apartment house, its entrance in the middle: balconies, an old corner house, or a white tower."""
    _behind(stage)
    (_with_balconies, _with_shop, _modern)[stage.rng.randrange(3)](stage)


def street(stage: Stage) -> None:
    """A row of three houses of different height and colour, a road before them."""
    rng, scheme = stage.rng, stage.scheme
    _behind(stage)
    walls = [
        mix(scheme.second, scheme.wall, 30),
        scheme.wall,
        mix(scheme.accent, scheme.wall, 26),
        mix(scheme.panel, scheme.wall, 30),
    ]
    rng.shuffle(walls)
    roofs = ["flat", "mansard", "gable"]
    rng.shuffle(roofs)
    looks = ["shutters", "plain", "arched"]
    rng.shuffle(looks)
    spans = (
        ((90, 520), (520, 1060), (1060, 1510))
        if rng.random() < 0.5
        else ((60, 600), (600, 1000), (1000, 1540))
    )
    for at in (0, 2, 1):
        left, right = spans[at]
        top = (rng.randint(330, 400), rng.randint(210, 260), rng.randint(350, 440))[at]
        look = Front(walls[at], (scheme.panel, scheme.fabric, scheme.panel)[at], looks[at], roofs[at])
        columns = 3 if right - left < 500 else 4
        front(stage, (left, top, right, PAVEMENT - 20), (columns, 4 if at == 1 else 3), look)
        _ground_floor(stage, (left, right), at == 1)
    _pavement(stage)
    tree(stage, (60, PAVEMENT + 36), 520, scheme.leaf)
    tree(stage, (1545, PAVEMENT + 36), 560, mix(scheme.leaf, scheme.second, 20))
    street_lamp(stage, (spans[1][1] + 14, PAVEMENT + 40), 430)
    bicycle(stage.canvas, ((spans[1][0] + spans[1][1]) // 2 - 170, PAVEMENT + 48), scheme.accent)


def _ground_floor(stage: Stage, span: tuple[float, float], entrance: bool) -> None:
    left, right = span
    scheme = stage.scheme
    base = PAVEMENT - 20
    if entrance:
        middle = (left + right) / 2
        door(stage, (middle - 62, base - 214, middle + 62, base - 28), scheme.accent)
        for x in (left + 46, right - 140):
            glass(stage, (x, base - 180, x + 94, base - 60), is_lit(stage))
            stage.canvas.rect((x - 8, base - 62, x + 102, base - 48), scheme.trim, 2)
        return
    colour = stage.rng.choice((scheme.accent, scheme.fabric, scheme.panel))
    shop(stage, (left + 34, base - 206, right - 150, base), colour)
    stage.canvas.rect((right - 122, base - 190, right - 40, base), darker(colour, 34), 3)
    glass(stage, (right - 110, base - 178, right - 52, base - 90), stage.light.is_dark)


def _behind(stage: Stage) -> None:
    sky(stage, (0, 0, WIDTH, 1000), (stage.rng.choice((18, 22, 80)), stage.rng.randint(14, 20)))
    stage.canvas.shining = True
    far = replace(stage, view="city" if stage.view in ("sea", "garden") else stage.view)
    land(far, (0, 380, WIDTH, 1000), 820)
    stage.canvas.shining = False


def _pavement(stage: Stage) -> None:
    canvas = stage.canvas
    stone = (214, 206, 196)
    canvas.fade((0, PAVEMENT - 20, WIDTH, PAVEMENT + 80), (darker(stone, 8), stone))
    for x in range(-60, WIDTH, 124):
        canvas.shape(
            [(x + 40, PAVEMENT - 20), (x + 44, PAVEMENT - 20), (x + 4, PAVEMENT + 80), (x, PAVEMENT + 80)],
            darker(stone, 12),
        )
    canvas.rect((0, PAVEMENT + 80, WIDTH, PAVEMENT + 98), darker(stone, 28))
    canvas.fade((0, PAVEMENT + 98, WIDTH, HEIGHT), ((112, 116, 128), (126, 130, 140)))
    for x in range(40, WIDTH, 260):
        canvas.rect((x, PAVEMENT + 142, x + 130, PAVEMENT + 152), (226, 226, 222), 3)


def _walls(stage: Stage) -> Colour:
    scheme = stage.scheme
    return stage.rng.choice(
        (
            mix(scheme.wall, (255, 250, 240), 20),
            mix(scheme.second, scheme.wall, 40),
            mix(scheme.panel, scheme.wall, 40),
            mix(scheme.accent, scheme.wall, 46),
        )
    )


def _with_balconies(stage: Stage) -> None:
    rng, scheme = stage.rng, stage.scheme
    look = Front(_walls(stage), scheme.panel, "balcony", rng.choice(("flat", "mansard")))
    box = (250, 250, 1350, PAVEMENT - 20)
    front(stage, box, (5, 4), look)
    base = PAVEMENT - 20
    for x in (330, 530, 980, 1180):
        glass(stage, (x, base - 180, x + 96, base - 66), is_lit(stage))
        stage.canvas.rect((x - 8, base - 66, x + 104, base - 52), scheme.trim, 2)
    door(stage, (730, base - 214, 870, base - 28), scheme.accent)
    _pavement(stage)
    for x in (330, 470, 1000, 1130, 1270):
        bush(stage.canvas, (x, base + 18), 150, scheme.leaf)
    tree(stage, (150, PAVEMENT + 40), 620, scheme.leaf)
    tree(stage, (1470, PAVEMENT + 44), 700, mix(scheme.leaf, scheme.second, 16))
    street_lamp(stage, (620, PAVEMENT + 50), 380)


def _with_shop(stage: Stage) -> None:
    scheme, base = stage.scheme, PAVEMENT - 20
    look = Front(_walls(stage), scheme.fabric, stage.rng.choice(("shutters", "arched")), "mansard")
    front(stage, (60, 410, 420, base), (2, 3), replace(look, wall=darker(look.wall, 12), roof="flat"))
    front(
        stage,
        (1180, 360, 1560, base),
        (2, 3),
        replace(look, wall=mix(look.wall, scheme.panel, 40), windows="plain", roof="gable"),
    )
    front(stage, (400, 300, 1200, base), (4, 3), look)
    shop(stage, (440, base - 206, 720, base), scheme.accent)
    door(stage, (756, base - 214, 866, base - 28), scheme.fabric)
    shop(stage, (904, base - 206, 1166, base), scheme.panel)
    shop(stage, (96, base - 196, 380, base), scheme.second)
    glass(stage, (1250, base - 190, 1350, base - 70), is_lit(stage))
    glass(stage, (1400, base - 190, 1500, base - 70), is_lit(stage))
    _pavement(stage)
    tree(stage, (300, PAVEMENT + 44), 500, scheme.leaf)
    tree(stage, (1400, PAVEMENT + 44), 560, mix(scheme.leaf, scheme.second, 20))
    bicycle(stage.canvas, (560, PAVEMENT + 50), scheme.accent)
    street_lamp(stage, (1010, PAVEMENT + 50), 400)


def _modern(stage: Stage) -> None:
    canvas, scheme, base = stage.canvas, stage.scheme, PAVEMENT - 20
    wall = mix(scheme.trim, scheme.wall, 30)
    canvas.fade((340, 110, 1260, base), (lighter(wall, 12), darker(wall, 4)))
    canvas.rect((1180, 110, 1260, base), VEIL)
    canvas.rect((700, 60, 900, base), mix(scheme.panel, scheme.wood, 30))
    canvas.rect((330, 96, 1270, 120), darker(wall, 16), 2)
    canvas.rect((690, 44, 910, 66), darker(scheme.panel, 20), 2)
    for floor in range(5):
        top = 160 + floor * 150
        _modern_floor(stage, top, floor)
    glass(stage, (722, base - 190, 878, base - 6), stage.light.is_dark)
    canvas.rect((796, base - 190, 804, base - 6), darker(scheme.panel, 30))
    awning(canvas, (690, base - 226, 910, base - 186), scheme.accent)
    _pavement(stage)
    for x in (400, 540, 1010, 1160):
        bush(canvas, (x, base + 16), 160, mix(scheme.leaf, scheme.second, x % 3 * 8))
    flowers(stage, (930, base + 20), 330, 15)
    for x, tall in ((90, 560), (210, 480), (1350, 470), (1480, 590)):
        poplar(canvas, (x, PAVEMENT + 20 + tall % 4 * 6), tall, scheme.leaf)
    street_lamp(stage, (300, PAVEMENT + 52), 400)


def _modern_floor(stage: Stage, top: float, floor: int) -> None:
    scheme = stage.scheme
    for left, right in ((370, 680), (920, 1230)):
        wide = (right - left) / 3
        for at in range(3):
            glass(stage, (left + wide * at + 4, top, left + wide * (at + 1) - 4, top + 96), is_lit(stage))
        rail: Box = (left - 14, top + 62, right + 14, top + 106)
        balcony(stage, rail, darker(scheme.panel, 26 + floor))
    glass(stage, (760, top - 20, 840, top + 84), is_lit(stage))
