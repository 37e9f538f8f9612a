"""Where objects live: one small protocol, and opening the store that a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from server.media.places import BadStorageUrl, Folder, Mirror, Place, QiniuBucket, S3Bucket, parse_place
from server.media.stores.folder import FolderStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from server.media.model import ObjectKey
    from server.workers import Workers

__all__ = ["BadStorageUrl", "FolderStorage", "Storage", "open_storage"]


class Storage(Protocol):
    """Keeps objects by key. All methods raise StoreUnavailable when the store is down, slow or full."""

    def __str__(self) -> str:
        """What people call it; without secrets."""
        ...

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """Store the content, all of it or nothing. The same key again is the same content again.

        An object that is there and is not what its key says is replaced.
        """
        ...

    async def get(self, key: ObjectKey) -> bytes:
        """The content. Raises NoSuchObject."""
        ...

    async def exists(self, key: ObjectKey) -> bool:
        """Whether `get` would find it."""
        ...

    async def delete(self, key: ObjectKey) -> None:
        """Remove the object, if it is there. Never given up half-way: the sweep holds a lock for so long."""
        ...

    def every_key(self) -> AsyncIterator[ObjectKey]:
        """Every object in the store, in no order. A mirror needs both of its stores for it."""
        ...

    async def tidy(self) -> None:
        """Remove what interrupted writes left behind."""
        ...


def open_storage(url: str, workers: Workers, http: httpx.AsyncClient) -> Storage:
    """The store that a URL names. Raises BadStorageUrl or StoreUnavailable.

    `workers` needs a pool called "storage": Qiniu's SDK blocks. `http` fetches from Qiniu.
    """
    return open_place(parse_place(url), workers, http)


def open_place(place: Place, workers: Workers, http: httpx.AsyncClient) -> Storage:
    """The store at a place; imports only what that kind of store needs."""
    match place:
        case Folder():
            return FolderStorage(place.path)
        case S3Bucket():
            from server.media.stores.s3 import S3Storage

            return S3Storage(place)
        case QiniuBucket():
            from server.media.stores.qiniu import QiniuStorage

            return QiniuStorage(place, workers, http)
        case Mirror():
            from server.media.stores.mirror import MirrorStorage

            first, second = (open_place(one, workers, http) for one in (place.first, place.second))
            return MirrorStorage(first, second)
