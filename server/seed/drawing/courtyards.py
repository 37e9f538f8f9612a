"""Courtyards of the old town."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import HEIGHT, WIDTH, Box, Canvas, Point, darker, lighter, mix
from server.seed.drawing.decor import GLOW, cat, lantern
from server.seed.drawing.old_town import (
    BRICK,
    GROUND,
    RED,
    beam,
    brick_wall,
    doors,
    drum_stone,
    lantern_light,
    lattice_in_wall,
    lit_lattice,
    moon,
    tiled_roof,
    wall_top,
)
from server.seed.drawing.plants import SHADOW, bush, flowers, fruit_tree, leaf, potted, shadow
from server.seed.drawing.rooms import BOARDS, TILES, paint_floor
from server.seed.drawing.skies import sky
from server.seed.drawing.views import land

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def courtyard(stage: Stage) -> None:
    """A hall under a persimmon tree, a gate to the lane, or a corner with a moon gate and bamboo."""
    sky(stage, (0, 0, WIDTH, 900), (stage.rng.choice((20, 78)), stage.rng.randint(14, 20)))
    stage.canvas.shining = True
    land(replace(stage, view=stage.rng.choice(("roofs", "hills"))), (0, 420, WIDTH, 940), 560)
    stage.canvas.shining = False
    (_hall, _gate, _moon_gate)[stage.rng.randrange(3)](stage)


def _paving(stage: Stage) -> None:
    paint_floor(
        stage,
        GROUND,
        stage.rng.choice((TILES, BOARDS)),
        stage.rng.choice(((196, 188, 178), (186, 182, 180), (206, 190, 168))),
    )


def _hall(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    _paving(stage)
    brick_wall(stage, (1180, 620, WIDTH, GROUND))
    wall_top(canvas, (1150, WIDTH), 620)
    if rng.random() < 0.6:
        moon(stage, (1400, 790), 112)
    else:
        bush(canvas, (1440, GROUND + 8), 260, stage.scheme.leaf)
    _house(stage, (130, 560, 1130, GROUND), rng.randrange(2))
    tiled_roof(canvas, (130, 330, 1130, 530), 96)
    for x in (430, 830):
        lantern(stage, (x, 634), 40)
        lantern_light(stage, (x, 634))
    _old_tree(stage, (1240, 1050), 720)
    _court_things(stage)


def _house(stage: Stage, box: Box, style: int) -> None:
    """A hall of five bays: windows left and right, doors in the middle, columns between."""
    canvas = stage.canvas
    left, top, right, bottom = box
    canvas.rect((left - 30, bottom - 20, right + 30, bottom + 26), (182, 178, 174), 4)
    canvas.rect((left - 30, bottom + 8, right + 30, bottom + 26), (150, 146, 144), 4)
    brick_wall(stage, (left, top, right, bottom - 16))
    wood = RED if style == 0 else mix(stage.scheme.wood, RED, 30)
    wide = (right - left) / 5
    for bay in range(5):
        x = left + wide * bay
        if bay == 2:
            doors(stage, (x + 14, top + 46, x + wide - 14, bottom - 20), wood)
        elif bay in (1, 3) or style == 1:
            lit_lattice(stage, (x + 24, top + 70, x + wide - 24, bottom - 150), wood)
    for bay in range(6):
        x = left + wide * bay
        canvas.rect((x - 13, top, x + 13, bottom - 18), wood, 4)
        canvas.rect((x + 3, top, x + 13, bottom - 18), darker(wood, 16), 4)
        canvas.rect((x - 19, bottom - 34, x + 19, bottom - 14), (170, 166, 162), 6)
    beam(stage, (left - 20, top - 34, right + 20, top + 20), wood)


def _court_things(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    if rng.random() < 0.6:
        _stone_table(stage, (720, 1120))
    else:
        _fish_jar(stage, (760, 1110))
    potted(stage, (150, 1080), 260, rng.choice((0, 2)))
    potted(stage, (290, 1120), 190, 0)
    if rng.random() < 0.6:
        cat(canvas, (1120, 1165), rng.choice(((226, 150, 84), (240, 230, 214))), 0.8)


def _stone_table(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    stone = (176, 174, 176)
    shadow(canvas, foot, 170)
    canvas.sketch(foot, 100, "-30,-100 30,-100 44,0 -44,0", darker(stone, 16))
    canvas.oval((x, y - 96), (164, 32), darker(stone, 18))
    canvas.oval((x, y - 106), (164, 30), stone)
    for dx in (-250, 250):
        shadow(canvas, (x + dx, y + 14), 60)
        canvas.sketch(
            (x + dx, y + 14), 100, "-48,-72 48,-72 60,-36,46,0 -46,0 -60,-36,-48,-72", darker(stone, 10)
        )
        canvas.oval((x + dx, y - 58), (48, 13), lighter(stone, 10))
    canvas.sketch(
        (x, y - 112), 60, "-50,-40 -60,0,-20,4 40,4 74,0,58,-50 30,-74,-20,-70,-50,-40", (118, 74, 60)
    )
    canvas.sketch_line((x, y - 112), 60, "56,-36 84,-44 96,-60", ((118, 74, 60), 7))
    for dx in (-84, 84):
        canvas.sketch((x + dx, y - 104), 36, "-50,-60 50,-60 40,0 -40,0", (244, 240, 230))


def _fish_jar(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    jar = (74, 96, 120)
    shadow(canvas, foot, 150)
    canvas.sketch(foot, 150, "-80,-90 -96,-40,-60,0 60,0 96,-40,80,-90", jar)
    canvas.sketch(foot, 150, "30,-90 40,-40,30,0 60,0 96,-40,80,-90", darker(jar, 14))
    canvas.oval((x, y - 136), (126, 30), lighter(jar, 14))
    canvas.oval((x, y - 136), (108, 23), (92, 142, 150))
    for dx, dy, size in ((-50, 2, 34), (30, 8, 28), (64, -8, 22)):
        canvas.oval((x + dx, y - 136 + dy), (size, size * 0.34), stage.scheme.leaf)
    for dx, up in ((-34, 90), (40, 70)):
        canvas.stroke([(x + dx, y - 136), (x + dx * 1.2, y - 136 - up)], darker(stage.scheme.leaf, 10), 5)
        for side, size in ((-1, 20), (1, 20), (0, 26)):
            canvas.sketch(
                (x + dx * 1.2, y - 136 - up + 8),
                size,
                f"0,60 {side * 90 - 40},-40,{side * 60},-100 {side * 90 + 40},-40,0,60",
                (236, 142, 156),
            )


def _old_tree(stage: Stage, foot: Point, tall: float) -> None:
    """A tree with persimmons, pomegranates or blossom."""
    tone, fruit = stage.rng.choice(
        (
            ((210, 152, 66), (232, 98, 44)),
            ((204, 128, 62), (226, 78, 40)),
            (stage.scheme.leaf, (236, 126, 52)),
            (mix(stage.scheme.leaf, (150, 170, 80), 50), (206, 62, 52)),
            ((244, 186, 190), (255, 246, 244)),
            ((238, 222, 226), (250, 250, 248)),
        )
    )
    fruit_tree(stage, foot, tall, tone, fruit)


def _gate(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    paint_floor(stage, GROUND, BOARDS, (176, 172, 170))
    brick_wall(stage, (0, 560, WIDTH, GROUND))
    wall_top(canvas, (0, WIDTH), 560)
    left, right = 520, 1080
    brick_wall(stage, (left - 60, 400, right + 60, GROUND))
    canvas.rect((left + 30, 430, right - 30, GROUND), darker(RED, 40))
    canvas.rect((left + 70, 520, right - 70, GROUND - 8), RED)
    canvas.rect((797, 520, 803, GROUND - 8), darker(RED, 34))
    for column in range(4):
        for row in range(5):
            for x0 in (left + 108, 840):
                canvas.dot((x0 + column * 46 + 6, 570 + row * 66), 9, (230, 184, 92))
    for x in (764, 836):
        canvas.dot((x, 740), 20, (214, 166, 78))
        canvas.dot((x, 744), 11, darker(RED, 10))
    beam(stage, (left + 20, 430, right - 20, 510), RED)
    for at in range(3):
        canvas.rect(
            (left + 10 - at * 26, GROUND - 8 + at * 24, right - 10 + at * 26, GROUND + 16 + at * 24),
            darker((194, 190, 186), at * 7),
            3,
        )
    tiled_roof(canvas, (left - 60, 220, right + 60, 400), 90)
    for x in (left + 4, right - 4):
        lantern(stage, (x, 560), 46)
        lantern_light(stage, (x, 560))
        drum_stone(stage, (x + (30 if x > 800 else -30), GROUND + 60))
    lattice_in_wall(stage, (170, 660))
    lattice_in_wall(stage, (1310, 660))
    _old_tree(stage, (120, 1060), 620)
    potted(stage, (1240, 1060), 280, 2)
    potted(stage, (1390, 1090), 220, 0)
    if rng.random() < 0.6:
        cat(canvas, (1040, 1110), (240, 230, 214), 0.8)


def _moon_gate(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    white = (236, 230, 220)
    _paving(stage)
    canvas.fade((0, 500, WIDTH, GROUND), (white, darker(white, 8)))
    canvas.rect((0, GROUND - 70, WIDTH, GROUND), BRICK)
    wall_top(canvas, (0, WIDTH), 500)
    moon(stage, (820, 732), 190)
    for x in (572, 1068):
        canvas.rect((x - 3, 520, x + 3, 590), darker(RED, 20))
        lantern(stage, (x, 620), 38)
        lantern_light(stage, (x, 620))
    for at in range(9):
        bamboo(stage, (70 + at * 40 + rng.randint(-12, 12), GROUND + 10), rng.randint(480, 700))
    bush(canvas, (230, GROUND + 30), 330, stage.scheme.leaf)
    _rocks(canvas, (1210, GROUND + 40))
    _old_tree(stage, (1450, 1030), 600)
    flowers(stage, (1050, GROUND + 50), 170, 15)
    for at in range(4):
        y = 1160 - at * 62
        wide = 150 - at * 26
        canvas.oval((800 + at * 6, y + 6), (wide, wide * 0.2), SHADOW)
        canvas.oval((800 + at * 6, y), (wide, wide * 0.2), (190, 186, 182))
    _stone_lantern(stage, (560, GROUND + 66))
    if rng.random() < 0.5:
        cat(canvas, (1120, 1130), (226, 150, 84), 0.9)
    else:
        _fish_jar(stage, (1130, HEIGHT - 60))


def _rocks(canvas: Canvas, foot: Point) -> None:
    stone = (148, 150, 156)
    canvas.sketch(foot, 200, "-60,0 -70,-40 -44,-76 -20,-70 0,-120 24,-100 40,-56 66,-40 70,0", stone)
    canvas.sketch(foot, 200, "10,0 4,-60 24,-100 40,-56 66,-40 70,0", darker(stone, 16))
    canvas.sketch(foot, 200, "-40,-20 -30,-52 -12,-44 -20,-14", darker(stone, 20))


def _stone_lantern(stage: Stage, foot: Point) -> None:
    canvas, (x, y) = stage.canvas, foot
    stone = (176, 174, 170)
    shadow(canvas, foot, 60)
    canvas.sketch(foot, 100, "-50,0 -40,-24 -16,-34 -14,-120 14,-120 16,-34 40,-24 50,0", stone)
    canvas.sketch(foot, 100, "-46,-120 46,-120 34,-140 34,-200 -34,-200 -34,-140", darker(stone, 8))
    canvas.shining = stage.light.is_dark
    canvas.rect(
        (x - 20, y - 192, x + 20, y - 146), (255, 214, 140) if stage.light.is_dark else darker(stone, 44), 4
    )
    canvas.shining = False
    canvas.sketch(foot, 100, "-74,-196 -30,-206,0,-250 30,-206,74,-196", darker(stone, 16))
    if stage.light.is_dark:
        canvas.lamp((x, y - 170), 320, (255, 220, 160), 90)
        canvas.halo((x, y - 170), 130, GLOW, 46)


def bamboo(stage: Stage, foot: Point, tall: float) -> None:
    """One bamboo with its leaves."""
    canvas, rng, (x, y) = stage.canvas, stage.rng, foot
    tone = mix((122, 160, 92), stage.scheme.leaf, rng.randint(0, 60))
    lean = rng.randint(-20, 20)
    parts = 7
    for at in range(parts):
        low, high = y - tall * at / parts, y - tall * (at + 1) / parts + 4
        x0, x1 = x + lean * at / parts, x + lean * (at + 1) / parts
        canvas.stroke([(x0, low), (x1, high)], darker(tone, at % 2 * 7), 11)
        if at > 2:
            for side in (-1, 1):
                for dx, dy in ((58, 26), (64, -8), (40, 50)):
                    tip = (x1 + side * dx * rng.randint(70, 120) / 100, high + dy)
                    leaf(canvas, (x1, high), tip, 13, lighter(tone, 6) if side < 0 else darker(tone, 8))
