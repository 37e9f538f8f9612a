"""Beds and the tables beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Box, Point, darker, lighter, mix
from server.seed.drawing.furniture import cushion, ground_shadow

if TYPE_CHECKING:
    from server.seed.drawing.palettes import Stage


def bed(stage: Stage, foot: Point, wide: float, kind: int) -> None:
    """A bed from its side of the foot: 0 padded head, 1 wooden head, 2 iron bars, 3 canopy."""
    canvas, scheme, (x, y) = stage.canvas, stage.scheme, foot
    left, right = x - wide / 2, x + wide / 2
    head = y - 480
    ground_shadow(canvas, left, right + 10, y - 6)
    _headboard(stage, (left - 22, head, right + 22, y - 120), kind)
    for at in (left + 16, right - 40):
        canvas.rect((at, y - 40, at + 24, y), darker(scheme.wood, 30), 4)
    sheet = mix(scheme.trim, (255, 255, 255), 40)
    canvas.rect((left, y - 290, right, y - 60), darker(sheet, 5), 26)
    for at in (0, 1):
        px = left + 30 + at * (wide / 2 - 12)
        canvas.rect((px, y - 372, px + wide / 2 - 52, y - 246), darker(sheet, 4), 42)
        canvas.rect((px, y - 376, px + wide / 2 - 56, y - 256), sheet, 42)
        canvas.rect((px + 34, y - 340, px + wide / 2 - 88, y - 240), lighter(scheme.curtain, 30), 30)
    cushion(canvas, (x, y - 238), 130, scheme.accent)
    _blanket(stage, (left - 12, y - 250, right + 12, y - 34))


def _blanket(stage: Stage, box: Box) -> None:
    canvas, scheme, rng = stage.canvas, stage.scheme, stage.rng
    left, top, right, bottom = box
    tone = rng.choice(
        (scheme.fabric, mix(scheme.second, scheme.trim, 24), mix(scheme.curtain, scheme.accent, 30))
    )
    canvas.rect((left, top + 20, right, bottom), tone, 30)
    canvas.rect((left, top, right, top + 62), mix(scheme.trim, (255, 255, 255), 40), 26)
    canvas.rect((left, top + 96, right, bottom), darker(tone, 9), 20)
    canvas.rect((left, top + 60, right, top + 128), tone, 8)
    for at in range(1, 6):
        fold = left + (right - left) * at / 6
        canvas.sketch((fold, bottom - 4), 100, "-7,0 0,-60,2,-92 6,-50,12,0", darker(tone, 17))
    throw = rng.choice((scheme.accent, scheme.panel, scheme.second))
    if throw == tone:
        throw = scheme.panel
    x = right - (right - left) * 0.34
    canvas.shape([(x, top + 58), (x + 170, top + 58), (x + 184, bottom - 26), (x - 4, bottom - 20)], throw)
    for at in (30, 74, 118):
        canvas.shape(
            [
                (x + at, top + 58),
                (x + at + 12, top + 58),
                (x + at + 16, bottom - 24),
                (x + at + 2, bottom - 24),
            ],
            darker(throw, 13),
        )


def _headboard(stage: Stage, box: Box, kind: int) -> None:
    canvas, scheme = stage.canvas, stage.scheme
    left, top, right, bottom = box
    if kind == 0:
        tone = mix(scheme.fabric, scheme.panel, 40)
        canvas.rect(box, darker(tone, 10), 40)
        step = (right - left - 32) / 5
        for at in range(5):
            x = left + 16 + step * at
            canvas.rect((x + 3, top + 16, x + step - 3, bottom), tone, 26)
            canvas.rect((x + 20, top + 26, x + step - 22, top + 35), lighter(tone, 14), 4)
    elif kind == 1:
        canvas.rect((left, top + 60, right, bottom), scheme.wood, 14)
        canvas.rect((left + 20, top + 82, right - 20, bottom), darker(scheme.wood, 10), 6)
        canvas.rect((left - 8, top + 52, right + 8, top + 74), lighter(scheme.wood, 10), 8)
    elif kind == 2:
        iron = (64, 60, 70)
        canvas.stroke(
            [
                (left + 10, bottom),
                (left + 10, top + 90),
                (left + 10, top, (left + right) / 2, top - 30, right - 10, top, right - 10, top + 90),
                (right - 10, bottom),
            ],
            iron,
            16,
        )
        for at in range(1, 8):
            x = left + (right - left) * at / 8
            canvas.rect((x - 5, top + 50, x + 5, bottom), iron)
        canvas.rect((left + 10, top + 96, right - 10, top + 108), iron)
    else:
        canvas.rect((left + 10, top + 40, right - 10, bottom), mix(scheme.curtain, scheme.trim, 40), 20)
        for x in (left - 8, right - 8):
            canvas.rect((x, 130, x + 18, bottom + 120), scheme.wood, 4)
        canvas.rect((left - 20, 118, right + 22, 138), darker(scheme.wood, 8), 4)
        for x, side in ((left + 8, 1), (right - 6, -1)):
            canvas.shape(
                [
                    (x, 138),
                    (x + side * 120, 138),
                    (x + side * 110, top + 60, x + side * 30, bottom - 60),
                    (x + side * 44, bottom + 100),
                    (x, bottom + 100),
                ],
                (*mix(scheme.trim, scheme.curtain, 20), 226),
            )


def nightstand(stage: Stage, foot: Point, wide: float) -> float:
    """A bedside table; answers its top."""
    canvas, wood, (x, y) = stage.canvas, stage.scheme.wood, foot
    ground_shadow(canvas, x - wide / 2, x + wide / 2, y)
    for dx in (-wide / 2 + 8, wide / 2 - 22):
        canvas.rect((x + dx, y - 60, x + dx + 14, y), darker(wood, 24), 2)
    canvas.rect((x - wide / 2, y - 220, x + wide / 2, y - 36), wood, 6)
    for top in (y - 196, y - 120):
        canvas.rect((x - wide / 2 + 12, top, x + wide / 2 - 12, top + 66), darker(wood, 10), 4)
        canvas.dot((x, top + 33), 6, (222, 180, 104))
    canvas.rect((x - wide / 2 - 6, y - 228, x + wide / 2 + 6, y - 212), lighter(wood, 10), 3)
    return y - 228
