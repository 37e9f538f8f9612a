"""The drawn pictures that seeded houses share: stored once, held by every house that shows them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from server.seed.model import HouseKind, Progress
from server.seed.pictures import Drawn, Sketch, draw_and_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.media.model import Claim
    from server.media.service import MediaService

COVERS = 6  # of each kind
ROOM_TURNS = (1, 2, 3, 4)
FIRST_HOUSE = 1000  # the demo's houses have the numbers before
POOL_SIZE = (1024, 768)  # many houses show it, so it need not be large; and drawing is what takes long
AT_ONCE = 2


class Pool:
    """Pictures by number. Those of a kind are two ranges: what can be a house's cover, and the rooms behind."""

    def __init__(self, pictures: Mapping[HouseKind, tuple[list[Drawn], list[Drawn]]]) -> None:
        self.ranges: dict[HouseKind, tuple[range, range]] = {}
        self._pictures: list[Drawn] = []
        for kind, (covers, rooms) in pictures.items():
            self.ranges[kind] = (self._add(covers), self._add(rooms))
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

    def _add(self, drawn: list[Drawn]) -> range:
        first = len(self._pictures)
        self._pictures += drawn
        return range(first, len(self._pictures))


def pool_size() -> int:
    """How many pictures a pool has."""
    return len(HouseKind) * (COVERS + len(ROOM_TURNS))


async def draw_pool(media: MediaService, seed: int, progress: Progress) -> Pool:
    """Draw and store the pictures of a pool. Raises StoreUnavailable."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(kind: HouseKind, number: int, turn: int) -> Drawn:
        sketch = Sketch(kind, FIRST_HOUSE + seed * COVERS + number, turn)
        async with room:
            drawn = await draw_and_store(media, sketch, POOL_SIZE)
        progress("pictures", 1)
        return drawn

    async def some(kind: HouseKind, turns: Iterable[int]) -> list[Drawn]:
        return list(await asyncio.gather(*(one(kind, number, turn) for number, turn in enumerate(turns))))

    return Pool({kind: (await some(kind, [0] * COVERS), await some(kind, ROOM_TURNS)) for kind in HouseKind})
