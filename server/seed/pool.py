"""The drawn pictures that seeded houses share: stored once, held by every house that shows them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from server.seed.drawing import scenes_for
from server.seed.model import HouseKind
from server.seed.pictures import Drawn, draw_and_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.media.model import Claim
    from server.media.service import MediaService

PER_KIND = 8
POOL_SIZE = (1024, 768)  # many houses show it, so it need not be large; and drawing is what takes long
AT_ONCE = 2


class Pool:
    """Pictures by number; the numbers of a kind are a range."""

    def __init__(self, pictures: Mapping[HouseKind, list[Drawn]]) -> None:
        self.ranges: dict[HouseKind, range] = {}
        self._pictures: list[Drawn] = []
        for kind, drawn in pictures.items():
            self.ranges[kind] = range(len(self._pictures), len(self._pictures) + len(drawn))
            self._pictures += drawn
        self._columns = [drawn.columns() for drawn in self._pictures]

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self._pictures)

    def columns(self, number: int) -> tuple[object, ...]:
        """What a house's row says of the picture: key, width, height, preview, sizes, task."""
        return self._columns[number]

    def references(self, used: Counter[int]) -> dict[Claim, int]:
        """How many references to each object that many uses of pictures are."""
        counted: Counter[Claim] = Counter()
        for number, times in used.items():
            for claim in self._pictures[number].claims:
                counted[claim] += times
        return dict(counted)


async def draw_pool(media: MediaService, seed: int) -> Pool:
    """Draw and store PER_KIND pictures for each kind of house. Raises StoreUnavailable."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(scene: str, number: int) -> Drawn:
        async with room:
            return await draw_and_store(media, scene, number, POOL_SIZE)

    pictures = {}
    for kind in HouseKind:
        scenes = scenes_for(kind)
        wanted = [(scenes[number % len(scenes)], seed * 1000 + number) for number in range(PER_KIND)]
        pictures[kind] = list(await asyncio.gather(*(one(scene, number) for scene, number in wanted)))
    return Pool(pictures)
