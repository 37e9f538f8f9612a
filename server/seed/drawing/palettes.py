"""Curated colours: the light of an hour, and the fabrics, walls and woods of one house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.seed.drawing.canvas import Canvas, Colour, rgb

if TYPE_CHECKING:
    import random

# An hour and a house's colours, that suit each other. Neighbours differ in both.
MOODS = (
    "morning-terracotta", "night-japandi", "noon-mustard", "dusk-slate", "overcast-forest", "golden-blush",
    "noon-japandi", "dusk-terracotta", "morning-lilac", "night-forest", "golden-mustard", "overcast-cinnabar",
    "morning-sage", "dusk-lilac", "noon-slate", "golden-cinnabar", "night-terracotta", "overcast-sage",
    "noon-blush", "golden-forest", "morning-japandi", "dusk-mustard", "noon-sage",
)  # fmt: skip
VIEWS = ("city", "hills", "sea", "garden", "roofs", "peaks")

_LIGHTS = {
    # sky from the zenith down; sun or moon; light outside; light inside; light from a window; cloud
    "morning": ("#8fc3df #c4deda #fbe6c8", "#fff3cf", "#fff0de", "#efe4dc", "#fffaf0", "#fffaf2"),
    "noon": ("#62afdd #9cd0e8 #d9eff2", "#fffbe0", "#fffdf6", "#f3efea", "#ffffff", "#ffffff"),
    "golden": ("#a9cbd6 #f3dcb4 #f8c793", "#fff4dc", "#ffe9cd", "#f0e0cb", "#fff3da", "#fdf0da"),
    "dusk": (
        "#454a80 #8a5d90 #d8727a #f6a56c #fbc985",
        "#ffe3a8",
        "#d9a6a2",
        "#b49aaa",
        "#f3c9b4",
        "#b5708c",
    ),
    "night": ("#131d42 #22376a #3f5c98 #7d8fc0", "#fdf1cd", "#7886bb", "#9892b4", "#9fb0dc", "#33477c"),
    "overcast": ("#a9bcc6 #c8d4d6 #e6e8e2", "#f3f3ea", "#e3e8ea", "#dcdcde", "#f4f8fa", "#eef1f0"),
}
_SCHEMES = {
    # wall, second wall, trim, floor, wood, fabric, accent, second accent, curtain, leaf
    "terracotta": "#efdcc8 #d9a583 #fbf3e8 #c4966c #9c6a45 #3f827a #d8613c #f1b95c #eba98c #4c8c5c",
    "sage": "#d3dcc9 #94a98d #f8f5ea #cba983 #b5855a #d98d6a #e9c46a #6c8f7d #f4ead6 #4f8a58",
    "slate": "#d5dce4 #667a97 #f6f6f4 #a98a72 #7d5a46 #455877 #ee7f62 #f3c37a #93a9c4 #53927a",
    "blush": "#f3dad2 #cf8f8d #fdf5ef #cda577 #a5714f #77516a #e79b4c #e8b7b0 #d9878a #5f9468",
    "japandi": "#ece4d5 #b9a88d #fbf7ee #d9bb92 #b98d5e #8b9a85 #c25f3e #dba64a #efe3cd #5b8a56",
    "mustard": "#cbdde0 #5d94a1 #f9f8f2 #c59a70 #94643f #e2a63c #2f6280 #ea7d55 #f3dca4 #4b9070",
    "forest": "#c6cfbd #4d6f62 #f5f1e4 #a97d57 #7f563a #c17f47 #e8bf62 #b5533f #dcc9a0 #47825b",
    "lilac": "#e0d8e6 #9a8bb4 #faf7fb #c6a284 #96694f #5d5f93 #f0a566 #d77f9a #c7b6da #5b937b",
    "cinnabar": "#f1e5d1 #a8573f #fbf4e6 #a9754f #6e4130 #b3402f #d9a441 #3f6f70 #e3b98a #5a8a52",
}


@dataclass(frozen=True)
class Light:
    """One hour's light."""

    hour: str
    sky: tuple[Colour, ...]
    sun: Colour
    outside: Colour
    inside: Colour
    window: Colour
    cloud: Colour

    @property
    def is_dark(self) -> bool:
        """Whether windows and lamps are lit."""
        return self.hour in ("dusk", "night")

    @property
    def has_lamps(self) -> bool:
        """Whether lamps in a room are lit."""
        return self.is_dark or self.hour == "overcast"


@dataclass(frozen=True)
class Scheme:
    """One house's colours, as they are in white light."""

    wall: Colour
    panel: Colour
    trim: Colour
    floor: Colour
    wood: Colour
    fabric: Colour
    accent: Colour
    second: Colour
    curtain: Colour
    leaf: Colour


@dataclass(frozen=True)
class Stage:
    """All that a scene is painted with: where on, in which light and colours, and the choices of its seed."""

    canvas: Canvas
    rng: random.Random
    light: Light
    scheme: Scheme
    view: str


def light_of(hour: str) -> Light:
    """The light of `morning`, `noon`, `golden`, `dusk`, `night` or `overcast`."""
    sky, *others = _LIGHTS[hour]
    return Light(hour, tuple(rgb(tone) for tone in sky.split()), *(rgb(text) for text in others))


def scheme_of(name: str) -> Scheme:
    """The colours called `name` in MOODS."""
    return Scheme(*(rgb(text) for text in _SCHEMES[name].split()))
