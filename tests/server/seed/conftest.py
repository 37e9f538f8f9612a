"""A database with nothing in it for each test, plain pictures instead of drawn ones, and looks at what is there."""

from __future__ import annotations

import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from server.clock import SystemClock
from server.local.servers import create_database
from server.migrations import upgrade
from server.nights.model import today_at
from server.sealing import Seal
from server.seed.demo import DemoService
from server.seed.model import SeedPlan
from server.seed.service import SeedService
from server.services import open_services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tornado.ioloop import IOLoop

    from server.services import Services
    from server.settings import Settings
    from tests.stack import Stack

TODAY = today_at(SystemClock().now())  # the database knows no other, and orders hang on it
PICTURES = (40, 30)

_names = itertools.count(1)


@pytest.fixture
def settings(stack: Stack, tmp_path: Path) -> Settings:
    """Of a site of its own on the shared servers: an empty database, no pictures, its own keys in Redis."""
    name = f"seed_{next(_names)}"
    create_database(stack.folder.mysql_socket, name)
    url = stack.settings.mysql_url.replace("/ihome?", f"/{name}?")
    upgrade(url)
    own = {
        "mysql_url": url,
        "storage": f"fs:{tmp_path / 'media'}",
        "redis_prefix": f"{name}:",
        "state": tmp_path,
    }
    return type(stack.settings)(**{**stack.settings.model_dump(), **own})


@pytest.fixture
def services(io_loop: IOLoop, settings: Settings) -> Iterator[Services]:
    """The product on that site, without its background."""
    exits = AsyncExitStack()
    yield io_loop.run_sync(lambda: exits.enter_async_context(open_services(settings)))
    io_loop.run_sync(exits.aclose)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of one colour, small: drawing is tested by itself."""

    def draw(scene: str, seed: int, mood: str | None = None) -> Image.Image:
        return Image.new("RGB", PICTURES, (len(scene) * 12, seed % 256, seed // 256 % 256))

    monkeypatch.setattr("server.seed.pictures.draw", draw)
    monkeypatch.setattr("server.seed.pool.POOL_SIZE", PICTURES)
    monkeypatch.setattr("server.seed.demo.PICTURE_SIZE", PICTURES)


@dataclass(frozen=True)
class Site:
    """What a test asks of the seeded site."""

    services: Services

    @property
    def seeding(self) -> SeedService:
        """As the command makes it."""
        services = self.services
        seal = Seal(services.settings.secret_key.get_secret_value(), "identity")
        return SeedService(services.database, services.media, services.cache, seal)

    @property
    def demo(self) -> DemoService:
        """As the command makes it."""
        return DemoService(self.services)

    async def seed(self, **amounts: Any) -> None:
        """Seed a small plan with these changes."""
        plan = {"houses": 60, "users": 7, "nights": 6, "pictures": 2, "seed": 1, "today": TODAY} | amounts
        await self.seeding.run(SeedPlan(**plan), lambda what, count: None)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """What a SELECT says."""
        async with self.services.database.reading() as cursor:
            await cursor.execute(statement)
            return await cursor.fetchall()

    async def count(self, table: str) -> int:
        """The rows of a table."""
        return int((await self.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"])


@pytest.fixture
def site(services: Services, plain: None) -> Site:
    """The seeded site, with plain pictures."""
    return Site(services)
