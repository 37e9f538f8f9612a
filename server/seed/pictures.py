"""Drawn pictures on their way into the store: the same way that an upload takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from server.photos.model import write_variants
from server.seed.drawing import SEEDS_A_HOUSE, draw, mood_for, scenes_for

if TYPE_CHECKING:
    from server.media.model import Claim, StoredHousePicture, StoredVariants
    from server.media.service import MediaService
    from server.seed.model import HouseKind

UPLOAD_QUALITY = 95
TASK_ID = "photo-drawn"  # its sizes are there from the beginning: no task made them


@dataclass(frozen=True)
class Sketch:
    """What to draw: one of the scenes of a kind of house, for the house with that number. Equal ones look alike."""

    kind: HouseKind
    house: int
    turn: int

    def draw(self, size: tuple[int, int]) -> bytes:
        """The picture as a file that could be uploaded."""
        scenes = scenes_for(self.kind, self.house)
        scene = scenes[self.turn % len(scenes)]
        image = draw(scene, self.house * SEEDS_A_HOUSE + self.turn, mood_for(self.kind, self.house))
        file = BytesIO()
        image.resize(size, reducing_gap=3.0).save(file, "JPEG", quality=UPLOAD_QUALITY, subsampling=0)
        return file.getvalue()


@dataclass(frozen=True)
class Drawn:
    """A stored picture with all its sizes, which wait to be held."""

    picture: StoredHousePicture
    sizes: StoredVariants

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The objects that a house with this picture holds, each once."""
        return (self.picture.stored.claim, *(stored.claim for stored in self.sizes.stored))

    def columns(self) -> tuple[object, ...]:
        """What a row of `house_images` says of it: key, width, height, preview, sizes, task."""
        stored = self.picture.stored
        sizes = write_variants(self.sizes.variants)
        return stored.key, stored.width, stored.height, self.picture.preview, sizes, TASK_ID


async def draw_and_store(media: MediaService, sketch: Sketch, size: tuple[int, int]) -> Drawn:
    """One picture with its sizes, as an upload of it would have become. Raises StoreUnavailable."""
    picture = await media.house_picture(await asyncio.to_thread(sketch.draw, size))
    return Drawn(picture, await media.variants(picture.stored.key))
