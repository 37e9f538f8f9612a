"""Rooms to sleep in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.beds import bed, nightstand
from server.seed.drawing.canvas import WIDTH, darker, mix
from server.seed.drawing.decor import books, cat, pendant, rug, table_lamp, vase
from server.seed.drawing.furniture import armchair, sideboard, wall_shelf
from server.seed.drawing.plants import potted
from server.seed.drawing.prints import picture
from server.seed.drawing.rooms import (
    BOARDS,
    MOULDED,
    PLAIN,
    PLANKS,
    STRIPES,
    TWO_TONE,
    WAINSCOT,
    curtains,
    room,
    sunlight,
    window,
)

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 860


def bedroom(stage: Stage) -> None:
    """A bed beside a window, under a window, below a sloping roof, or under pictures between two lamps."""
    (_beside_the_window, _under_the_window, _attic, _between_lamps)[stage.rng.randrange(4)](stage)


def _beside_the_window(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((PLAIN, STRIPES, WAINSCOT)), rng.choice((PLANKS, BOARDS)))
    box = (190, 170, 520, 650)
    window(stage, box, rng.choice(("sash", "casement", "arch")))
    curtains(stage, box, 840, stage.scheme.curtain)
    sunlight(stage, FLOOR, 190, 330)
    picture(stage, (930, 130, 1210, 330), rng.randrange(6))
    rug(stage, (1010, 1085), (520, 92), rng.randrange(3))
    bed(stage, (1070, 1010), 680, rng.randrange(3))
    top = nightstand(stage, (625, 960), 150)
    table_lamp(stage, (625, top), 240)
    top = nightstand(stage, (1505, 960), 150)
    vase(stage, (1500, top), 230)
    potted(stage, (330, 1010), 400, rng.choice((0, 1, 3)))


def _under_the_window(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((PLAIN, TWO_TONE, STRIPES)), rng.choice((PLANKS, BOARDS)))
    box = (420, 110, 1180, 480)
    window(stage, box, "picture" if rng.random() < 0.5 else "casement")
    curtains(stage, box, 840, stage.scheme.curtain)
    rug(stage, (800, 1095), (620, 88), rng.choice((0, 2)))
    bed(stage, (800, 1020), 700, rng.choice((0, 1, 2)))
    for x in (345, 1255):
        top = nightstand(stage, (x, 965), 150)
        table_lamp(stage, (x, top), 240)
    potted(stage, (1475, 985), 460, rng.choice((1, 2, 3)))
    wall_shelf(stage, (50, 430), 210)
    armchair(stage, (170, 1075), stage.scheme.accent, 0)


def _attic(stage: Stage) -> None:
    """White boards under the slope, a round window in the gable."""
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    room(stage, FLOOR, PLAIN, PLANKS)
    box = (650, 150, 970, 520)
    window(stage, box, "arch")
    roof = mix(scheme.trim, scheme.wall, 26)
    for side in (0, 1):
        path = [(0, 0), (600, 0), (0, 620)] if side == 0 else [(WIDTH, 0), (1000, 0), (WIDTH, 620)]
        canvas.shape(path, darker(roof, 3 + 6 * side))
        for at in range(1, 6):
            x, y = 600 * (1 - at / 6), 620 * (1 - at / 6)
            edge = [(x, 0), (0, y)] if side == 0 else [(WIDTH - x, 0), (WIDTH, y)]
            canvas.stroke(edge, darker(roof, 13), 4)
        beam = [(604, 0), (0, 624)] if side == 0 else [(996, 0), (WIDTH, 624)]
        canvas.stroke(beam, scheme.wood, 26)
    canvas.rect((0, 0, WIDTH, 22), darker(scheme.wood, 8))
    sunlight(stage, FLOOR, 250, 300)
    rug(stage, (800, 1095), (600, 88), rng.randrange(3))
    bed(stage, (800, 1015), 680, rng.choice((0, 1)))
    top = nightstand(stage, (345, 960), 150)
    table_lamp(stage, (345, top), 230)
    sideboard(stage, (1220, 720, 1560, 950), 2)
    end = books(stage, (1240, 720), 5, 120)
    vase(stage, ((end + 1560) / 2, 720), 230)
    potted(stage, (150, 1000), 360, rng.choice((0, 2)))
    if rng.random() < 0.6:
        cat(canvas, (930, 800), rng.choice(((240, 226, 206), (226, 150, 84), (96, 96, 106))), 0.85)


def _between_lamps(stage: Stage) -> None:
    rng = stage.rng
    room(stage, FLOOR, rng.choice((MOULDED, PLAIN, TWO_TONE)), rng.choice((PLANKS, BOARDS)))
    box = (1230, 190, 1500, 660)
    window(stage, box, rng.choice(("sash", "casement")))
    canopy = rng.random() < 0.4
    if not canopy:
        frames = (((420, 130, 610, 350), (640, 130, 830, 350)), ((440, 120, 820, 350),))[rng.randrange(2)]
        for frame, subject in zip(frames, rng.sample(range(6), len(frames)), strict=True):
            picture(stage, frame, subject)
    rug(stage, (640, 1095), (580, 84), rng.choice((0, 1)))
    bed(stage, (630, 1010), 660, 3 if canopy else rng.choice((0, 1, 2)))
    hanging = not canopy and rng.random() < 0.5
    for x in (200, 1060):
        top = nightstand(stage, (x, 955), 136)
        if hanging:
            pendant(stage, (x, 420), 74, "globe")
            vase(stage, (x, top), 170)
        else:
            table_lamp(stage, (x, top), 220)
    potted(stage, (1400, 990), 400, rng.choice((1, 2, 3)))
