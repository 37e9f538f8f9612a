"""The folder store: whole objects or none, whatever breaks in between."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from server.errors import Errno, StoreUnavailable
from server.media.model import MediaType, NoSuchObject, ObjectKey
from server.media.stores import failures
from server.media.stores.folder import FolderStorage

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"picture" * 1000
KEY = ObjectKey.of(CONTENT, MediaType.WEBP)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class Sabotaged:
    """opendal's operator with one method replaced."""

    def __init__(self, operator: Any, name: str, replacement: Any) -> None:
        self._operator = operator
        setattr(self, name, replacement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operator, name)


def sabotaged(folder: Path, name: str, replacement: Any) -> FolderStorage:
    storage = FolderStorage(str(folder))
    storage._operator = Sabotaged(storage._operator, name, replacement)  # type: ignore[assignment]
    return storage


async def never(*_: object) -> None:
    await asyncio.sleep(3600)


def test_the_listing_leaves_out_what_is_no_object(tmp_path: Path) -> None:
    for name in ("README", "ab/notes.txt", f".partial/{KEY.sha256}", f"zz/{KEY.sha256}.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")

    async def listing() -> list[ObjectKey]:
        return [key async for key in FolderStorage(str(tmp_path)).every_key()]

    assert asyncio.run(listing()) == []


def test_a_file_in_place_of_the_folder_is_a_503(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a folder")

    with pytest.raises(StoreUnavailable) as refusal:
        FolderStorage(f"{tmp_path}/store/pictures")

    assert refusal.value.errno is Errno.STORE
    assert refusal.value.status == 503
    assert str(tmp_path) not in str(refusal.value)


def test_a_put_that_fails_leaves_nothing(tmp_path: Path) -> None:
    storage = FolderStorage(str(tmp_path))
    (tmp_path / str(KEY)[:2]).write_text("in the way")

    with pytest.raises(StoreUnavailable):
        asyncio.run(storage.put(KEY, CONTENT))

    assert files(tmp_path) == [str(KEY)[:2]]


FULL_DISK = """
import asyncio, os, resource, sys
from server.errors import StoreUnavailable
from server.media.model import MediaType, ObjectKey
from server.media.stores.folder import FolderStorage

async def main(folder, way):
    storage = FolderStorage(folder)
    content = b"picture" * 1000
    key = ObjectKey.of(content, MediaType.WEBP)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    try:
        await (storage.put(key, content) if way == "put" else storage._operator.write(str(key), content))
    except StoreUnavailable:
        return 3
    except Exception as error:
        return 4
    return 0

os._exit(asyncio.run(main(*sys.argv[1:])))  # opendal may abort an interpreter that ends just after a failure
"""


def write_on_a_full_disk(folder: Path, way: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder), way], timeout=30, check=False
    ).returncode


def test_a_full_disk_is_a_503_and_leaves_nothing(tmp_path: Path) -> None:
    assert write_on_a_full_disk(tmp_path, "put") == 3

    assert files(tmp_path) == []


def test_control_writing_in_place_on_a_full_disk_leaves_half_an_object(tmp_path: Path) -> None:
    assert write_on_a_full_disk(tmp_path, "in place") == 4

    assert files(tmp_path) == [str(KEY)]


CRASH = """
import asyncio, os, sys
from server.media.model import MediaType, ObjectKey
from server.media.stores.folder import FolderStorage

class Dying:
    def __init__(self, operator):
        self.write, self.delete = operator.write, operator.delete
    async def rename(self, *_):
        os._exit(9)

storage = FolderStorage(sys.argv[1])
storage._operator = Dying(storage._operator)
content = b"picture" * 1000
asyncio.run(storage.put(ObjectKey.of(content, MediaType.WEBP), content))
"""


def test_a_crash_before_the_rename_leaves_no_object_and_is_tidied_after_an_hour(tmp_path: Path) -> None:
    assert (
        subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], timeout=30, check=False).returncode == 9
    )
    storage = FolderStorage(str(tmp_path))
    (partial,) = files(tmp_path)
    assert partial.startswith(".partial/")
    assert not asyncio.run(storage.exists(KEY))

    asyncio.run(storage.tidy())
    assert files(tmp_path) == [partial]

    hour_ago = time.time() - 3700
    os.utime(tmp_path / partial, (hour_ago, hour_ago))
    asyncio.run(storage.tidy())
    assert files(tmp_path) == []


def test_a_cancelled_put_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        written = asyncio.Event()

        async def stop_before_rename(*_: object) -> None:
            written.set()
            await never()

        put = asyncio.create_task(sabotaged(tmp_path, "rename", stop_before_rename).put(KEY, CONTENT))
        await written.wait()
        assert len(files(tmp_path)) == 1
        put.cancel()
        with pytest.raises(asyncio.CancelledError):
            await put

    asyncio.run(scenario())
    assert files(tmp_path) == []


@pytest.mark.parametrize("method", ["write", "read", "exists"])
def test_a_store_that_hangs_is_a_503_in_time(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "PUT_SECONDS", 0.1)
    monkeypatch.setattr(failures, "GET_SECONDS", 0.1)
    storage = sabotaged(tmp_path, method, never)
    calls = {
        "write": lambda: storage.put(KEY, CONTENT),
        "read": lambda: storage.get(KEY),
        "exists": lambda: storage.exists(KEY),
    }

    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        asyncio.run(calls[method]())

    assert time.monotonic() - began < 2


def test_readers_beside_parallel_writers_see_all_of_it_or_nothing(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    key = ObjectKey.of(content, MediaType.WEBP)
    storage = FolderStorage(str(tmp_path))
    seen: list[bytes] = []

    async def read() -> None:
        for _ in range(40):
            try:
                seen.append(await storage.get(key))
            except NoSuchObject:
                await asyncio.sleep(0)

    async def scenario() -> None:
        await asyncio.gather(read(), read(), *(storage.put(key, content) for _ in range(40)))

    asyncio.run(scenario())

    assert files(tmp_path) == [str(key)]
    assert seen
    assert all(ObjectKey.of(content, MediaType.WEBP) == key for content in seen)
