"""Rooms to eat in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Point, darker, lighter, mix
from server.seed.drawing.decor import pendant, rug, vase
from server.seed.drawing.furniture import chair, ground_shadow, shelf, sideboard
from server.seed.drawing.kitchens import fruit
from server.seed.drawing.plants import potted
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import (
    BOARDS,
    CHECKS,
    MOULDED,
    PLAIN,
    PLANKS,
    TWO_TONE,
    WAINSCOT,
    curtains,
    room,
    sunlight,
    window,
)

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def dining(stage: Stage) -> None:
    """A laid table before a window, below pictures, or round in a corner."""
    (_before_the_window, _round_table)[stage.rng.randrange(2)](stage)


def _before_the_window(stage: Stage) -> None:
    rng, scheme = stage.rng, stage.scheme
    room(stage, 880, rng.choice((PLAIN, WAINSCOT, MOULDED)), rng.choice((PLANKS, BOARDS)))
    box = (430, 130, 1170, 580)
    window(stage, box, rng.choice(("picture", "casement", "sash")))
    curtains(stage, box, 860, scheme.curtain)
    sunlight(stage, 880, 420, 520)
    rug(stage, (800, 1110), (640, 76), rng.choice((1, 2)))
    kind = rng.choice(("dome", "paper", "globe"))
    for x in (640, 960) if kind != "paper" else (800,):
        pendant(stage, (x, 330), 150 if kind == "paper" else 92, kind)
    for x, side in ((350, 1), (1250, -1)):
        chair(stage, (x, 1090), side, scheme.accent)
    long_table(stage, (800, 1110), 800)
    sideboard(stage, (20, 690, 220, 930), 1)
    vase(stage, (120, 690), 240)
    potted(stage, (1480, 970), 470, rng.choice((1, 2, 3)))


def long_table(stage: Stage, foot: Point, wide: float) -> None:
    """A laid table with two chairs behind it."""
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, foot
    wood = scheme.wood
    top = y - 290
    ground_shadow(canvas, x - wide / 2 + 60, x + wide / 2 - 60, y)
    for at in (-0.24, 0.24):
        _chair_back(stage, (x + wide * at, top))
    for side in (-1, 1):
        foot_x = x + side * (wide / 2 - 50)
        canvas.sketch(
            (foot_x, y), 100, f"-14,-290 14,-290 {11 + side * 12},0 {-11 + side * 12},0", darker(wood, 14)
        )
    canvas.shape(
        [
            (x - wide / 2 + 40, top - 34),
            (x + wide / 2 - 40, top - 34),
            (x + wide / 2, top),
            (x - wide / 2, top),
        ],
        lighter(wood, 14),
    )
    canvas.rect((x - wide / 2, top, x + wide / 2, top + 26), wood, 4)
    canvas.shape(
        [(x - 120, top - 32), (x + 120, top - 32), (x + 132, top), (x - 132, top)],
        lighter(scheme.curtain, 30),
    )
    canvas.shape(
        [(x - 132, top), (x + 132, top), (x + 132, top + 44), (x - 132, top + 44)],
        lighter(scheme.curtain, 16),
    )
    for at in (-0.34, 0.34):
        _place_setting(stage, (x + wide * at, top - 10))
    vase(stage, (x - 30, top - 10), 230)
    fruit(stage, (x + 96, top - 6))


def _chair_back(stage: Stage, seat: Point) -> None:
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, seat
    for dx in (-74, 60):
        canvas.rect((x + dx, y - 140, x + dx + 14, y + 240), darker(wood, 18), 4)
    canvas.rect((x - 80, y - 150, x + 80, y - 96), darker(wood, 8), 14)
    canvas.rect((x - 70, y - 66, x + 70, y - 44), darker(wood, 12), 8)


def _place_setting(stage: Stage, place: Point) -> None:
    canvas, (x, y) = stage.canvas, place
    canvas.oval((x, y), (84, 12), darker(stage.scheme.trim, 8))
    canvas.oval((x, y - 5), (58, 8), lighter(stage.scheme.accent, 30))
    canvas.sketch(
        (x + 76, y - 4),
        70,
        "-20,-110 20,-110 16,-60,4,-54 4,-8 18,0 -18,0 -4,-8 -4,-54 -16,-60,-20,-110",
        (236, 240, 240, 190),
    )
    canvas.sketch((x + 76, y - 4), 70, "-18,-86 18,-86 14,-60,0,-56 -14,-60,-18,-86", stage.scheme.panel)


def _round_table(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    room(stage, 880, rng.choice((PLAIN, TWO_TONE, WAINSCOT)), rng.choice((PLANKS, BOARDS, CHECKS)))
    box = (130, 160, 500, 660)
    window(stage, box, rng.choice(("arch", "sash", "casement")))
    sunlight(stage, 880, 130, 330)
    picture(stage, (900, 140, 1130, 430), rng.randrange(6))
    shelf(stage, (1280, 230, 1560, 930), 4)
    canvas.oval((780, 1110), (520, 76), lighter(scheme.curtain, 14))
    canvas.oval((780, 1110), (440, 62), mix(scheme.curtain, scheme.trim, 60))
    pendant(stage, (740, 330), 130, rng.choice(("paper", "dome")))
    chair(stage, (480, 1090), 1, scheme.accent)
    chair(stage, (1060, 1090), -1, scheme.accent)
    x, y = 770, 1110
    canvas.oval((x, y - 4), (120, 20), darker(scheme.wood, 30))
    canvas.sketch(
        (x, y), 100, "-20,-290 20,-290 26,-30,70,-4 -70,-4 -26,-30,-20,-290", darker(scheme.wood, 16)
    )
    canvas.oval((x, y - 288), (290, 42), darker(scheme.wood, 14))
    canvas.oval((x, y - 298), (290, 40), lighter(scheme.wood, 12))
    for dx in (-180, 180):
        _place_setting(stage, (x + dx, y - 296))
    vase(stage, (x - 20, y - 296), 240)
    fruit(stage, (x + 70, y - 284))
    potted(stage, (170, 1010), 420, rng.choice((0, 1, 2)))
