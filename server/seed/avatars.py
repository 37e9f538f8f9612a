"""Small portraits for the demo's hosts: a head, hair and shoulders in flat colours."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image, ImageDraw

SIDE = 512
SCALE = 2  # drawn larger and made smaller, for smooth edges
GROUNDS = ("#f4c9a8", "#a9d3c8", "#b9c7ea", "#f3d98b", "#e7b7b7", "#c6d8a4", "#d4c1e4", "#a8cfe6")
COATS = ("#2f4b6e", "#7a3e3a", "#3c6b57", "#6b4f7d", "#8a6432", "#394150", "#b5533c", "#46717f")
SKINS = ("#f2c9a7", "#e8b48e", "#d99c74", "#f6d6bc")
HAIRS = ("#2a2320", "#3b2a22", "#4d3b32", "#15161a", "#6b6661")


def portrait(number: int, shape: str) -> bytes:
    """A PNG; the same number, the same person. `shape` is the hair: short, bob, bun or cap."""
    chance = random.Random(f"portrait {number}")  # noqa: S311 - no secret
    side = SIDE * SCALE
    image = Image.new("RGB", (side, side), GROUNDS[number % len(GROUNDS)])
    pen = ImageDraw.Draw(image)
    skin, hair, coat = chance.choice(SKINS), chance.choice(HAIRS), COATS[number % len(COATS)]
    if shape == "bob":
        pen.rounded_rectangle(_box(0.27, 0.20, 0.73, 0.66), side // 5, fill=hair)
    pen.ellipse(_box(0.16, 0.70, 0.84, 1.30), fill=coat)
    pen.rounded_rectangle(_box(0.43, 0.58, 0.57, 0.76), side // 20, fill=skin)
    pen.ellipse(_box(0.32, 0.24, 0.68, 0.66), fill=skin)
    _top(pen, shape, hair, coat)
    for centre in (0.43, 0.57):
        pen.ellipse(_box(centre - 0.016, 0.452, centre + 0.016, 0.484), fill="#2a2320")
    pen.arc(_box(0.44, 0.48, 0.56, 0.58), 25, 155, fill="#9c4f3c", width=side // 90)
    file = BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def _top(pen: ImageDraw.ImageDraw, shape: str, hair: str, coat: str) -> None:
    if shape == "bun":
        pen.ellipse(_box(0.42, 0.10, 0.58, 0.26), fill=hair)
    pen.chord(_box(0.30, 0.20, 0.70, 0.62), 180, 360, fill=coat if shape == "cap" else hair)
    if shape == "cap":
        pen.rounded_rectangle(_box(0.30, 0.38, 0.80, 0.43), 12, fill=coat)


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    side = SIDE * SCALE
    return left * side, top * side, right * side, bottom * side
