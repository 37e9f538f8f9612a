"""Rooms to sit in: the living room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import lighter
from server.seed.drawing.decor import arc_lamp, cat, floor_lamp, pendant, rug, table_lamp, vase
from server.seed.drawing.furniture import armchair, coffee_table, shelf, sideboard, sofa
from server.seed.drawing.plants import potted
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import (
    BOARDS,
    MOULDED,
    PLAIN,
    PLANKS,
    STRIPES,
    TWO_TONE,
    curtains,
    room,
    sunlight,
    window,
)

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 880


def living_room(stage: Stage) -> None:
    """A sofa under a window, before a wall of pictures, or beside a bookcase."""
    (_under_the_window, _picture_wall, _reading_corner, _big_window)[stage.rng.randrange(4)](stage)


def _under_the_window(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((PLAIN, TWO_TONE, STRIPES)), rng.choice((PLANKS, BOARDS)))
    box = (470, 150, 1090, 610)
    window(stage, box, rng.choice(("sash", "casement", "arch")))
    curtains(stage, box, 850, stage.scheme.curtain)
    sunlight(stage, FLOOR, 420, 420)
    picture(stage, (1300, 170, 1490, 430), rng.randrange(6))
    rug(stage, (790, 1085), (590, 96), rng.randrange(3))
    sofa(stage, (780, 985), 800, rng.randrange(3))
    if rng.random() < 0.5:
        cat(stage.canvas, (800, 820), rng.choice(((240, 226, 206), (226, 150, 84), (96, 96, 106))))
    floor_lamp(stage, (230, 960), 660)
    potted(stage, (1400, 985), 470, rng.choice((0, 1, 3)))
    coffee_table(stage, (780, 1130), 420, rng.randrange(3))


def _picture_wall(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((PLAIN, MOULDED, STRIPES)), rng.choice((PLANKS, BOARDS)))
    box = (90, 170, 420, 690)
    window(stage, box, rng.choice(("casement", "sash", "arch")))
    sunlight(stage, FLOOR, 120, 300)
    frames = (
        ((560, 200, 750, 450), (780, 150, 1080, 380), (780, 410, 920, 580), (950, 410, 1080, 580)),
        ((530, 170, 710, 430), (740, 170, 920, 430), (950, 170, 1130, 430)),
        ((580, 150, 1090, 490),),
    )[rng.randrange(3)]
    subjects = rng.sample(range(6), len(frames))
    for frame, subject in zip(frames, subjects, strict=True):
        picture(stage, frame, subject)
    rug(stage, (930, 1090), (560, 92), rng.randrange(3))
    potted(stage, (290, 960), 430, rng.choice((0, 1, 2)))
    sofa(stage, (880, 990), 780, rng.choice((0, 1, 3)))
    arc_lamp(stage, (1490, 985), 740, -230)
    coffee_table(stage, (800, 1140), 360, rng.randrange(2))


def _reading_corner(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((PLAIN, TWO_TONE, MOULDED)), rng.choice((PLANKS, BOARDS)))
    shelf(stage, (70, 190, 470, 930), 5)
    box = (640, 150, 1180, 650)
    window(stage, box, rng.choice(("sash", "picture", "arch")))
    curtains(stage, box, 850, stage.scheme.curtain)
    sunlight(stage, FLOOR, 600, 400)
    rug(stage, (830, 1070), (480, 104), rng.choice((0, 2)))
    floor_lamp(stage, (560, 965), 640)
    armchair(stage, (720, 1020), stage.scheme.fabric, rng.randrange(3))
    sideboard(stage, (1230, 730, 1540, 950), 2)
    (table_lamp if rng.random() < 0.5 else vase)(stage, (1305, 730), 240)
    potted(stage, (1460, 730), 200, 0)
    armchair(stage, (1060, 1040), stage.scheme.accent, 1)
    coffee_table(stage, (880, 1130), 260, 1)


def _big_window(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, PLAIN, PLANKS)
    box = (330, 110, 1430, 690)
    window(stage, box, "picture")
    curtains(stage, box, 860, lighter(stage.scheme.curtain, 12))
    sunlight(stage, FLOOR, 360, 700)
    pendant(stage, (880, 230), 100, rng.choice(("globe", "dome", "paper")))
    rug(stage, (860, 1090), (620, 98), rng.randrange(3))
    sideboard(stage, (40, 720, 300, 950), 2)
    vase(stage, (170, 720), 270)
    sofa(stage, (700, 990), 660, rng.choice((0, 2, 3)))
    armchair(stage, (1230, 1000), stage.scheme.accent, rng.randrange(2))
    potted(stage, (1490, 970), 460, rng.choice((0, 3)))
    coffee_table(stage, (860, 1140), 400, rng.randrange(3))
