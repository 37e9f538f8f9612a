"""A private MariaDB with the objects table, and the picture service on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.db import Database
from server.local import servers
from server.local.binaries import find_binaries
from server.media.service import MediaService
from server.media.stores.folder import FolderStorage
from server.workers import Workers
from tests.server.media.stores.s3_server import run_swift

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tests.server.media.stores.s3_server import Swift

OBJECTS = """
CREATE OR REPLACE TABLE objects (
  sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  media_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
  byte_count INT UNSIGNED NOT NULL,
  ref_count INT UNSIGNED NOT NULL,
  generation BIGINT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL,
  orphaned_at DATETIME(6) NULL,
  KEY objects_orphaned_at (orphaned_at),
  CONSTRAINT objects_orphaned CHECK ((ref_count = 0) = (orphaned_at IS NOT NULL))
) ENGINE=InnoDB
"""


@dataclass(frozen=True)
class Gallery:
    """The service under test and what it stands on."""

    service: MediaService
    database: Database
    storage: FolderStorage

    async def rows(self) -> dict[str, int]:
        """Reference counts by hexadecimal digest."""
        async with self.database.reading() as cursor:
            await cursor.execute("SELECT sha256, ref_count FROM objects")
            return {row["sha256"]: row["ref_count"] for row in await cursor.fetchall()}

    async def stored(self) -> set[str]:
        """Hexadecimal digests of what is in the store."""
        return {key.sha256 async for key in self.storage.every_key()}

    async def age(self, seconds: int = 7200) -> None:
        """Make every orphan older."""
        async with self.database.transaction() as cursor:
            await cursor.execute(
                "UPDATE objects SET orphaned_at = orphaned_at - INTERVAL %s SECOND", (seconds,)
            )


@pytest.fixture(scope="session")
def mariadb_socket() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ihome-media-"))
    binaries = find_binaries(Path(os.environ.get("IHOME_STATE", ".ihome")) / "unpacked")
    assert binaries is not None, "MariaDB is missing: make test installs it"
    servers.initialise_mariadb(binaries, folder / "mariadb")
    server = servers.mariadb(binaries, folder / "mariadb", folder / "mariadb.sock")
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(server.argv, env=server.environment(os.environ), stdout=log, stderr=log)
    try:
        wait_for_socket(server.socket)
        servers.wait_until_ready(server)
        servers.create_database(server.socket, "media")
        yield server.socket
    finally:
        child.terminate()
        child.wait(30)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """A real S3 server; started once, up in half a second."""
    with run_swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


def wait_for_socket(path: Path) -> None:
    """PyMySQL leaks its socket when nobody listens yet, which is a warning and so an error here."""
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, "MariaDB did not start"
        time.sleep(0.02)


@pytest.fixture
def in_gallery(
    mariadb_socket: Path, tmp_path: Path
) -> Callable[[Callable[[Gallery], Awaitable[None]]], None]:
    """Run an async test body against an empty gallery."""

    def run(body: Callable[[Gallery], Awaitable[None]]) -> None:
        async def main() -> None:
            async with open_gallery(mariadb_socket, tmp_path / "store") as gallery:
                await asyncio.wait_for(body(gallery), 60)

        asyncio.run(main())

    return run


@asynccontextmanager
async def open_gallery(listen: Path, folder: Path) -> AsyncIterator[Gallery]:
    database = await Database.open(f"mysql://root@localhost/media?unix_socket={listen}", 12)
    workers = Workers({"picture": 2})
    storage = FolderStorage(str(folder))
    try:
        async with database.reading() as cursor:
            await cursor.execute(OBJECTS)
        yield Gallery(MediaService(storage, workers, database), database, storage)
    finally:
        await workers.close()
        await database.close()
