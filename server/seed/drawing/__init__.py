"""Demo pictures, drawn by our own code from a seed: flat illustrations of houses and their rooms."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import ImageOps

from server.seed.drawing.balconies import balcony
from server.seed.drawing.bathrooms import bathroom
from server.seed.drawing.bedrooms import bedroom
from server.seed.drawing.cabins import cabin
from server.seed.drawing.canvas import Canvas
from server.seed.drawing.courtyards import courtyard
from server.seed.drawing.dining import dining
from server.seed.drawing.hearths import hearth
from server.seed.drawing.kitchens import kitchen
from server.seed.drawing.living import living_room
from server.seed.drawing.palettes import MOODS, VIEWS, Stage, light_of, scheme_of
from server.seed.drawing.streets import facade, street
from server.seed.drawing.studios import loft, study
from server.seed.drawing.tea_rooms import tea_room
from server.seed.drawing.villas import villa

if TYPE_CHECKING:
    from PIL import Image

SEEDS_A_HOUSE = 10

_OUTSIDE = {
    "facade": facade,
    "street": street,
    "courtyard": courtyard,
    "villa": villa,
    "cabin": cabin,
    "balcony": balcony,
}
_INSIDE = {
    "living-room": living_room,
    "bedroom": bedroom,
    "kitchen": kitchen,
    "bathroom": bathroom,
    "dining": dining,
    "study": study,
    "loft": loft,
    "tea-room": tea_room,
    "hearth": hearth,
}
SCENES: tuple[str, ...] = (*_OUTSIDE, *_INSIDE)

# What houses of a kind show, the cover first; one house takes the first line, its neighbour the next.
_ROUNDS = {
    "hutong": (
        ("courtyard", "tea-room", "bedroom", "kitchen", "bathroom"),
        ("courtyard", "bedroom", "tea-room", "study", "bathroom"),
        ("tea-room", "courtyard", "bedroom", "dining", "kitchen"),
    ),
    "apartment": (
        ("facade", "living-room", "bedroom", "kitchen", "balcony"),
        ("living-room", "bedroom", "dining", "bathroom", "facade"),
        ("balcony", "living-room", "bedroom", "study", "street"),
        ("street", "living-room", "kitchen", "bedroom", "bathroom"),
        ("bedroom", "living-room", "kitchen", "bathroom", "facade"),
    ),
    "loft": (
        ("loft", "kitchen", "bedroom", "study", "street"),
        ("loft", "study", "dining", "bathroom", "facade"),
    ),
    "villa": (
        ("villa", "living-room", "dining", "bedroom", "bathroom"),
        ("villa", "balcony", "living-room", "bedroom", "kitchen"),
        ("balcony", "villa", "dining", "bedroom", "bathroom"),
    ),
    "cabin": (
        ("cabin", "hearth", "bedroom", "dining", "balcony"),
        ("cabin", "hearth", "kitchen", "bedroom", "bathroom"),
        ("hearth", "cabin", "bedroom", "kitchen", "balcony"),
    ),
}
_VIEWS = {
    "hutong": ("roofs", "garden"),
    "apartment": ("city", "sea", "garden"),
    "loft": ("city", "roofs"),
    "villa": ("sea", "garden", "hills"),
    "cabin": ("peaks", "hills"),
}


def scenes_for(kind: str, house: int = 0) -> tuple[str, ...]:
    """Five scenes that show a house of that kind: `hutong`, `apartment`, `loft`, `villa` or `cabin`; cover first.

    Houses with different numbers may show different scenes.
    """
    rounds = _ROUNDS[kind]
    return rounds[house % len(rounds)]


def mood_for(kind: str, house: int) -> str:
    """The hour, colours and view that the pictures of one house have in common, for `draw`."""
    views = _VIEWS[kind]
    return f"{MOODS[house % len(MOODS)]}-{views[house % len(views)]}"


def draw(scene: str, seed: int, mood: str | None = None) -> Image.Image:
    """One picture, RGB, 1600 x 1200; the same for the same arguments, on any machine. Takes half a second.

    Seeds from n * 10 to n * 10 + 9 belong to one house: without a `mood` they share hour, colours and view.
    """
    house = seed // SEEDS_A_HOUSE
    hour, colours, view = (mood or f"{MOODS[house % len(MOODS)]}-{VIEWS[house % len(VIEWS)]}").split("-")
    rng = random.Random(f"{scene} {seed}")  # noqa: S311 - a choice of furniture
    light = light_of(hour)
    stage = Stage(Canvas(), rng, light, scheme_of(colours), view)
    {**_OUTSIDE, **_INSIDE}[scene](stage)
    picture = stage.canvas.develop(light.outside if scene in _OUTSIDE else light.inside)
    return ImageOps.mirror(picture) if rng.random() < 0.5 else picture
