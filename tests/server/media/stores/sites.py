"""One site for each kind of store: the store as the product opens it, and what really lies in it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import httpx

from server.local.sandbox.qiniu import Bucket, Qiniu
from server.local.sandbox.server import listening, sandbox_app
from server.media.model import MediaType, ObjectKey
from server.media.places import parse_place
from server.media.storage import open_storage
from server.workers import Workers
from tests.faults.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.media.storage import Storage
    from tests.server.media.stores.s3_server import Swift

KINDS = ("folder", "s3", "qiniu", "mirror")
REMOTE_KINDS = ("s3", "qiniu")
CLOSED_PORT_URL = "http://127.0.0.1:9"


def picture(number: int = 0, size: int = 20_000) -> tuple[ObjectKey, bytes]:
    """Something that begins like a WebP, and its key."""
    head = b"RIFF\0\0\0\0WEBP" + b"%08d" % number
    content = head + bytes(range(256)) * (size // 256)
    content = content[:size].ljust(size, b"-")
    return ObjectKey.of(content, MediaType.WEBP), content


class Ground(Protocol):
    """What lies in a store, seen past the product."""

    def names(self) -> list[str]:
        """Every object and whatever else is there."""
        ...

    def spoil(self, name: str, content: bytes) -> None:
        """Write past the product."""
        ...

    def wipe(self) -> None:
        """Lose everything."""
        ...


@dataclass
class FolderGround:
    """Files."""

    folder: Path

    def names(self) -> list[str]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in files)

    def spoil(self, name: str, content: bytes) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_bytes(content)

    def wipe(self) -> None:
        for name in self.names():
            (self.folder / name).unlink()


@dataclass
class QiniuGround:
    """The sandbox's objects."""

    folder: Path

    def names(self) -> list[str]:
        return Bucket(self.folder).keys()

    def spoil(self, name: str, content: bytes) -> None:
        Bucket(self.folder).put(name, content, insert_only=False)

    def wipe(self) -> None:
        for name in self.names():
            Bucket(self.folder).delete(name)


@dataclass
class Site:
    """A store, its grounds (two under a mirror), and the door between the product and its server."""

    storage: Storage
    grounds: list[Ground]
    door: FaultProxy | None = None
    url: str = ""

    def names(self) -> list[str]:
        """What lies in each ground; all must agree."""
        first, *others = (sorted(ground.names()) for ground in self.grounds)
        assert all(other == first for other in others)
        return first

    def spoil(self, name: str, content: bytes) -> None:
        for ground in self.grounds:
            ground.spoil(name, content)


@dataclass
class Builder:
    """Opens sites; closes what they need when it is left."""

    folder: Path
    swift: Swift
    stack: AsyncExitStack
    http: httpx.AsyncClient
    workers: Workers = field(default_factory=lambda: Workers({"storage": 8, "picture": 2}))

    async def open(self, kind: str) -> Site:
        """A new site of that kind."""
        url, grounds, door = await getattr(self, f"_{kind}")()
        return Site(open_storage(url, self.workers, self.http), grounds, door, url)

    async def _folder(self) -> tuple[str, list[Ground], None]:
        folder = self.folder / "store"
        return f"fs:{folder}", [FolderGround(folder)], None

    async def _s3(self) -> tuple[str, list[Ground], FaultProxy]:
        bucket = self.swift.new_bucket()
        door = await self._door(self.swift.s3_port)
        return bucket.url(door.port), [bucket], door

    async def _qiniu(self) -> tuple[str, list[Ground], FaultProxy]:
        folder = self.folder / "qiniu"
        base = "qiniu://access:secret@pictures?host={0}/qiniu&domain={0}/qiniu/files"
        bucket = parse_place(base.format("http://127.0.0.1:1"))
        app = sandbox_app(Qiniu(bucket, folder, lambda: datetime.now(UTC)).routes())  # type: ignore[arg-type]
        url = await self.stack.enter_async_context(listening(app, 0))
        door = await self._door(urlsplit(url).port or 0)
        return base.format(f"http://127.0.0.1:{door.port}"), [QiniuGround(folder)], door

    async def _mirror(self) -> tuple[str, list[Ground], FaultProxy]:
        first, grounds, _ = await self._folder()
        second, more, door = await self._s3()
        return f"mirror:{first}|{second}", [*grounds, *more], door

    async def _door(self, port: int) -> FaultProxy:
        return await self.stack.enter_async_context(FaultProxy(("127.0.0.1", port)))


@asynccontextmanager
async def building(folder: Path, swift: Swift) -> AsyncIterator[Builder]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        builder = Builder(folder, swift, stack, http)
        stack.push_async_callback(builder.workers.close)
        yield builder
