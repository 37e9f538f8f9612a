"""Tea rooms of old houses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import WIDTH, Box, Canvas, Colour, Point, darker, lighter, mix
from server.seed.drawing.decor import cat, lantern, pendant, pile, rug, shine, vase
from server.seed.drawing.furniture import ground_shadow, sideboard
from server.seed.drawing.plants import potted, shadow
from server.seed.drawing.rooms import BOARDS, PLAIN, room, sunlight, windows
from server.seed.drawing.skies import sky
from server.seed.drawing.views import land

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage

FLOOR = 870


def tea_room(stage: Stage) -> None:
    """A low table before a round window, or a broad seat below lattice windows."""
    old = replace(stage, view=stage.view if stage.view in ("roofs", "garden", "hills") else "garden")
    (_round_window, _broad_seat)[stage.rng.randrange(2)](old)


def _old_room(stage: Stage) -> Colour:
    """White walls between dark posts, a beam above; answers the colour of the wood."""
    canvas, scheme = stage.canvas, stage.scheme
    room(stage, FLOOR, PLAIN, BOARDS)
    wood = mix(scheme.wood, (92, 54, 42), 60)
    canvas.rect((0, 0, WIDTH, 74), wood)
    canvas.rect((0, 62, WIDTH, 80), darker(wood, 24))
    for x in (60, 1500):
        canvas.rect((x, 74, x + 44, FLOOR + 10), wood)
        canvas.rect((x + 30, 74, x + 44, FLOOR + 10), darker(wood, 18))
        canvas.rect((x - 10, FLOOR - 16, x + 54, FLOOR + 22), (150, 146, 144), 8)
    return wood


def _round_window(stage: Stage) -> None:
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    wood = _old_room(stage)
    canvas.dot((800, 420), 316, darker(wood, 8))
    canvas.dot((800, 420), 296, lighter(wood, 10))
    window_box = (516, 136, 1084, 704)
    _round_view(stage, window_box)
    for at in (-150, 150):
        canvas.rect((800 + at - 5, 190, 800 + at + 5, 650), wood)
    canvas.rect((530, 416, 1070, 426), wood)
    if not stage.light.is_dark:
        canvas.lamp((800, 420), 860, stage.light.window, 92)
    _scroll(stage, (230, 130, 390, 560))
    sideboard(stage, (130, 700, 480, 930), 3)
    vase(stage, (220, 700), 220)
    pile(stage, (390, 700), 110)
    _paper_lamp(stage, (1210, 950))
    sunlight(stage, FLOOR, 560, 300)
    canvas.shape(
        [(330, 1010), (1270, 1010), (1400, 1180), (200, 1180)], mix((214, 196, 142), scheme.floor, 16)
    )
    canvas.shape([(330, 1010), (1270, 1010), (1278, 1020), (322, 1020)], darker(scheme.fabric, 20))
    _tea_table(stage, (800, 1090), wood)
    for x in (440, 1160):
        _floor_cushion(stage, (x, 1112))
    potted(stage, (1400, 990), 420, rng.choice((0, 2)))
    for x in (520, 1080) if rng.random() < 0.5 else (800,):
        pendant(stage, (x, 190 if x != 800 else 150), 62, rng.choice(("paper", "lantern")))


def _paper_lamp(stage: Stage, foot: Point) -> None:
    """A lamp of paper and wood that stands on the floor."""
    canvas, (x, y) = stage.canvas, foot
    shadow(canvas, foot, 70)
    canvas.shining = stage.light.has_lamps
    canvas.rect(
        (x - 52, y - 250, x + 52, y - 16), (255, 228, 172) if stage.light.has_lamps else (248, 242, 228), 3
    )
    canvas.shining = False
    wood = darker(stage.scheme.wood, 24)
    for dx in (-56, -5, 46):
        canvas.rect((x + dx, y - 256, x + dx + 10, y), wood, 2)
    for dy in (-260, -180, -100, -24):
        canvas.rect((x - 58, y + dy, x + 58, y + dy + 10), wood, 2)
    shine(stage, (x, y - 140), 760)


def _round_view(stage: Stage, box: Box) -> None:
    picture_ = Canvas(box)
    inside = replace(stage, canvas=picture_)
    sky(inside, box, (30, 26), 0.9)
    picture_.shining = True
    land(inside, box, box[1] + (box[3] - box[1]) * 0.58)
    picture_.shining = False
    stage.canvas.inset(box, picture_, (box[3] - box[1]) / 2)


def _scroll(stage: Stage, box: Box) -> None:
    """A hanging scroll with mountains in ink and a red seal."""
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect((left + 8, top + 8, right + 8, bottom + 8), (34, 28, 54, 36))
    canvas.rect(box, mix(stage.scheme.panel, (220, 206, 180), 60))
    paper = (left + 18, top + 70, right - 18, bottom - 70)
    canvas.rect(paper, (248, 243, 230))
    ink = (70, 76, 84)
    wide = paper[2] - paper[0]
    for x, y, size, shade in ((0.62, 0.5, 0.7, 70), (0.34, 0.66, 0.8, 46), (0.7, 0.82, 0.6, 20)):
        foot = (paper[0] + wide * x, paper[1] + (paper[3] - paper[1]) * y)
        reach = min(size, 2 * x, 2 * (1 - x)) * 50
        canvas.sketch(
            foot,
            wide,
            f"{-reach},0 {-reach / 2},{-size * 60},0,{-size * 84} {reach / 2},{-size * 60},{reach},0",
            mix(ink, (248, 243, 230), shade),
        )
    canvas.rect((paper[2] - 34, paper[3] - 44, paper[2] - 12, paper[3] - 22), (196, 58, 44), 3)
    for y in (top, bottom):
        canvas.rect((left - 14, y - 9, right + 14, y + 9), darker(stage.scheme.wood, 30), 8)


def _tea_table(stage: Stage, foot: Point, wood: Colour) -> None:
    canvas, (x, y) = stage.canvas, foot
    top = y - 130
    ground_shadow(canvas, x - 250, x + 250, y)
    for dx in (-256, 226):
        canvas.sketch(
            (x + dx + 15, y), 100, "-18,-116 18,-116 14,-30,24,0 -10,0 -14,-40,-18,-116", darker(wood, 14)
        )
    canvas.rect((x - 236, top + 20, x + 236, top + 46), darker(wood, 12), 4)
    canvas.shape(
        [(x - 250, top - 26), (x + 250, top - 26), (x + 284, top), (x - 284, top)], lighter(wood, 16)
    )
    canvas.rect((x - 284, top, x + 284, top + 24), wood, 4)
    canvas.shape(
        [(x - 60, top - 25), (x + 60, top - 25), (x + 68, top), (x - 68, top)],
        lighter(stage.scheme.curtain, 26),
    )
    _teapot(canvas, (x, top - 8), stage.scheme.fabric)
    for dx in (-126, -180, 120):
        canvas.sketch((x + dx, top - 6), 40, "-46,-54 46,-54 34,0 -34,0", (248, 244, 234))
        canvas.oval((x + dx, top - 27), (18, 4), (176, 120, 66))
    vase(stage, (x + 200, top - 6), 230)


def _teapot(canvas: Canvas, foot: Point, tone: Colour) -> None:
    x, y = foot
    canvas.sketch_line(foot, 100, "-46,-62 -50,-130,0,-128 50,-130,46,-62", (darker(tone, 30), 8))
    canvas.sketch(foot, 100, "-40,-74 -78,-30,-36,0 36,0 78,-30,40,-74", tone)
    canvas.sketch(foot, 100, "46,-44 76,-50,92,-78 100,-74 90,-30,50,-18", tone)
    canvas.sketch(foot, 100, "-42,-74 0,-90,42,-74", darker(tone, 14))
    canvas.dot((x, y - 84), 9, darker(tone, 20))
    canvas.sketch(foot, 100, "-44,-60 -54,-40,-46,-18 -40,-18 -46,-40,-36,-60", lighter(tone, 24))


def _floor_cushion(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    tone = stage.scheme.accent
    canvas.oval((x + 10, y + 6), (150, 24), (34, 28, 54, 60))
    canvas.rect((x - 140, y - 54, x + 140, y), darker(tone, 12), 27)
    canvas.oval((x, y - 44), (138, 24), tone)
    canvas.dot((x, y - 44), 7, darker(tone, 26))


def _broad_seat(stage: Stage) -> None:
    """A heated seat of brick and wood below the windows, as in the north."""
    rng, canvas, scheme = stage.rng, stage.canvas, stage.scheme
    wood = _old_room(stage)
    windows(stage, ((190, 160, 530, 520), (620, 160, 980, 520), (1070, 160, 1410, 520)), ("lattice",) * 3)
    top = 690
    canvas.rect((110, top - 70, 1490, top), mix(scheme.panel, scheme.wall, 30))
    for x in range(130, 1480, 92):
        canvas.rect((x, top - 56, x + 74, top - 12), mix(scheme.panel, scheme.wall, 46), 4)
    canvas.fade((104, top + 30, 1496, FLOOR + 30), ((158, 154, 150), (140, 137, 136)))
    for row, y in enumerate(range(top + 36, FLOOR + 20, 32)):
        for x in range(110 - 40 * (row % 2), 1490, 80):
            canvas.rect(
                (max(106, x), y, min(1494, x + 76), min(FLOOR + 28, y + 28)),
                lighter((150, 147, 145), (x * 7 + y) % 3 * 4),
                2,
            )
    canvas.rect((90, top - 4, 1510, top + 34), wood, 5)
    canvas.rect((90, top + 34, 1510, top + 50), (34, 28, 54, 60))
    canvas.rect((130, top - 34, 1470, top - 2), lighter(scheme.fabric, 8), 12)
    canvas.rect((130, top - 16, 1470, top - 2), scheme.fabric, 6)
    _seat_things(stage, top - 32, wood)
    for x in (405, 1195):
        lantern(stage, (x, 130), 44)
        shine(stage, (x, 130), 520)
    _floor_things(stage, wood)
    if rng.random() < 0.5:
        cat(canvas, (1080, top - 30), (226, 150, 84), 0.8)


def _seat_things(stage: Stage, y: float, wood: Colour) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    for x0, tones in ((150, (scheme.accent, scheme.second)), (1310, (scheme.second, scheme.curtain))):
        for at, tone in enumerate(tones):
            canvas.rect((x0, y - 44 * (at + 1), x0 + 150, y - 44 * at), tone, 16)
            canvas.rect((x0 + 10, y - 44 * at - 26, x0 + 140, y - 44 * at - 18), lighter(tone, 20), 3)
    for x in (640, 940):
        canvas.rect((x, y - 70, x + 16, y), darker(wood, 14), 3)
    canvas.rect((610, y - 88, 990, y - 66), wood, 5)
    _teapot(canvas, (760, y - 88), scheme.panel)
    for x in (860, 910):
        canvas.sketch((x, y - 88), 36, "-46,-54 46,-54 34,0 -34,0", (248, 244, 234))
    for x in (500, 1080):
        canvas.rect((x - 70, y - 30, x + 70, y), scheme.accent, 14)


def _floor_things(stage: Stage, wood: Colour) -> None:
    canvas = stage.canvas
    rug(stage, (800, 1070), (470, 62), stage.rng.choice((1, 2)))
    for x in (420, 1180):
        shadow(canvas, (x, 1080), 90)
        for side in (-1, 1):
            canvas.rect((x + side * 60 - 8, 940, x + side * 60 + 8, 1080), darker(wood, 16), 3)
        canvas.rect((x - 80, 1010, x + 80, 1022), darker(wood, 22), 3)
        canvas.rect((x - 92, 926, x + 92, 950), lighter(wood, 8), 6)
    pile(stage, (420, 926), 110)
    vase(stage, (1180, 926), 230)
    potted(stage, (160, 1060), 330, 0)
    potted(stage, (1450, 1060), 380, stage.rng.choice((1, 2)))
