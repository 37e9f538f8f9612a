"""What every kind of store must do alike, on real ground: files, Swift's S3, the sandbox's Qiniu, a mirror."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest

from server.errors import StoreUnavailable
from server.media.model import NoSuchObject
from server.media.storage import open_storage
from server.media.stores import failures, qiniu, s3
from tests.faults.proxy import BlackHole, CutAfter, DropReply, Pass, Refuse, Reset
from tests.server.media.stores.sites import KINDS, REMOTE_KINDS, Builder, Site, building, picture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from server.media.storage import Storage
    from tests.server.media.stores.s3_server import Swift

    Scenario = Callable[[Site], Awaitable[None]]

KEY, CONTENT = picture()


@pytest.fixture
def on(swift: Swift, tmp_path: Path) -> Callable[[str, Scenario], None]:
    """Run a scenario on a new site of a kind."""

    def run(kind: str, scenario: Scenario) -> None:
        async def main() -> None:
            async with building(tmp_path, swift) as builder:
                await asyncio.wait_for(scenario(await builder.open(kind)), 60)

        asyncio.run(main())

    return run


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-outs of a fraction of a second."""
    monkeypatch.setattr(failures, "PUT_SECONDS", 1.5)
    monkeypatch.setattr(failures, "GET_SECONDS", 0.6)
    monkeypatch.setattr(s3, "REQUEST_SECONDS", 0.25)
    monkeypatch.setattr(s3, "TRIES", 2)
    monkeypatch.setattr(qiniu, "CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(qiniu, "READ_SECONDS", 0.4)


async def keys(storage: Storage) -> list[str]:
    return sorted([str(key) async for key in storage.every_key()])


async def every_call_fails(storage: Storage) -> None:
    for call in (storage.put(KEY, CONTENT), storage.get(KEY), storage.exists(KEY), storage.delete(KEY)):
        with pytest.raises(StoreUnavailable):
            await call
    with pytest.raises(StoreUnavailable):
        await keys(storage)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_put_can_be_got_listed_and_deleted(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        storage = site.storage
        await storage.tidy()
        assert await keys(storage) == []

        await storage.put(KEY, CONTENT)

        assert await storage.get(KEY) == CONTENT
        assert await storage.exists(KEY)
        assert await keys(storage) == [str(KEY)]
        assert site.names() == [str(KEY)]
        await storage.delete(KEY)
        await storage.delete(KEY)
        assert not await storage.exists(KEY)
        assert await keys(storage) == site.names() == []

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_not_found(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        await site.storage.put(KEY, CONTENT)

        with pytest.raises(NoSuchObject):
            await site.storage.get(picture(1)[0])
        assert not await site.storage.exists(picture(1)[0])

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_content_twice_is_one_object(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        await site.storage.put(KEY, CONTENT)
        await site.storage.put(KEY, CONTENT)

        assert site.names() == [str(KEY)]
        assert await site.storage.get(KEY) == CONTENT

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_putting_replaces_a_spoilt_object(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        site.spoil(str(KEY), CONTENT[:-1] + b"!")

        await site.storage.put(KEY, CONTENT)

        assert await site.storage.get(KEY) == CONTENT

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_eight_mebibytes_come_back(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        key, content = picture(size=8 * 2**20)

        await site.storage.put(key, content)

        assert await site.storage.get(key) == content

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_many_at_once_all_arrive(
    kind: str, on: Callable[[str, Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qiniu, "PAGE", 7)
    pictures = dict(picture(number) for number in range(24))

    async def scenario(site: Site) -> None:
        storage = site.storage
        twice = [*pictures.items(), *pictures.items()]

        await asyncio.gather(*(storage.put(key, content) for key, content in twice))

        assert await keys(storage) == sorted(map(str, pictures))
        assert await asyncio.gather(*map(storage.get, pictures)) == list(pictures.values())
        await asyncio.gather(*(storage.delete(key) for key in pictures))
        assert site.names() == []

    on(kind, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_the_listing_leaves_out_what_is_no_object(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        for name in ("README", "ab/notes.txt", f"zz/{KEY.sha256}.webp", f"{KEY}.bak"):
            site.spoil(name, b"x")

        assert await keys(site.storage) == []

    on(kind, scenario)


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_a_server_that_is_down_is_a_503_and_mends(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        assert site.door is not None
        for mode in (Refuse(), Reset()):
            await site.door.switch(mode)
            await every_call_fails(site.storage)
            assert site.names() == []

            await site.door.switch(Pass())
            await site.storage.put(KEY, CONTENT)
            assert await site.storage.get(KEY) == CONTENT
            await site.storage.delete(KEY)

    on(kind, scenario)


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_a_server_that_keeps_silent_is_a_503_in_time(
    kind: str, on: Callable[[str, Scenario], None], in_haste: None
) -> None:
    async def scenario(site: Site) -> None:
        assert site.door is not None
        await site.door.switch(BlackHole())

        began = time.monotonic()
        await every_call_fails(site.storage)

        assert time.monotonic() - began < 20

    on(kind, scenario)


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_an_upload_that_breaks_off_shows_nothing(kind: str, on: Callable[[str, Scenario], None]) -> None:
    async def scenario(site: Site) -> None:
        assert site.door is not None
        key, content = picture(size=8 * 2**20)
        await site.door.switch(CutAfter(2**20, "request"))

        with pytest.raises(StoreUnavailable):
            await site.storage.put(key, content)

        assert site.door.faults > 0
        await site.door.switch(Pass())
        assert site.names() == []
        assert not await site.storage.exists(key)

    on(kind, scenario)


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_an_upload_whose_answer_was_lost_can_be_sent_again(
    kind: str, on: Callable[[str, Scenario], None]
) -> None:
    async def scenario(site: Site) -> None:
        assert site.door is not None
        await site.door.switch(DropReply(times=4))
        with pytest.raises(StoreUnavailable):
            await site.storage.put(KEY, CONTENT)
        await site.door.switch(Pass())

        await site.storage.put(KEY, CONTENT)

        assert site.names() == [str(KEY)]
        assert await site.storage.get(KEY) == CONTENT

    on(kind, scenario)


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_wrong_keys_are_a_503_that_does_not_repeat_them(
    kind: str, swift: Swift, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario(builder: Builder) -> None:
        site = await builder.open(kind)
        await site.storage.put(KEY, CONTENT)
        wrong = site.url.replace("secret", "wrongkey").replace("s3cr%2Ft%2Bkey", "wrongkey")
        assert "wrongkey" in wrong
        storage = open_storage(wrong, builder.workers, builder.http)

        await every_call_fails(storage)

        assert site.names() == [str(KEY)]
        assert "wrongkey" not in f"{storage}"

    async def main() -> None:
        async with building(tmp_path, swift) as builder:
            await scenario(builder)

    asyncio.run(main())
    said = "".join(capfd.readouterr())
    assert "storage unavailable" in said
    assert "wrongkey" not in said


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_a_full_server_is_a_503(kind: str, swift: Swift, tmp_path: Path) -> None:
    async def full(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
        writer.write(b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> None:
        async with building(tmp_path, swift) as builder:
            site = await builder.open(kind)
            assert site.door is not None
            server = await asyncio.start_server(full, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            storage = open_storage(
                site.url.replace(str(site.door.port), str(port)), builder.workers, builder.http
            )
            async with server:
                await every_call_fails(storage)

    asyncio.run(main())


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_a_bucket_that_is_not_there_is_a_503(kind: str, swift: Swift, tmp_path: Path) -> None:
    async def main() -> None:
        async with building(tmp_path, swift) as builder:
            site = await builder.open(kind)
            url = re.sub(r"@[^?]+", "@elsewhere", site.url)
            storage = open_storage(url, builder.workers, builder.http)
            with pytest.raises(StoreUnavailable):
                await storage.put(KEY, CONTENT)
            with pytest.raises(StoreUnavailable):
                await keys(storage)

    asyncio.run(main())


def test_a_prefix_keeps_sites_apart_in_one_bucket(swift: Swift, tmp_path: Path) -> None:
    async def main() -> None:
        bucket = swift.new_bucket()
        async with building(tmp_path, swift) as builder:
            one, two = (
                open_storage(bucket.url(prefix=prefix), builder.workers, builder.http)
                for prefix in ("/one", "/two")
            )
            await one.put(KEY, CONTENT)

            assert bucket.names() == [f"one/{KEY}"]
            assert await keys(one) == [str(KEY)]
            assert await keys(two) == []

    asyncio.run(main())
