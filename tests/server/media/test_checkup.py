"""Stores against the database: what is found, what is mended, and the machine that dies with all its pictures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from server.errors import StoreUnavailable
from server.media import checkup as checkup_module
from server.media import report
from server.media.checkup import Checkup, Flaw
from server.media.model import NoSuchObject, ObjectKey
from server.media.service import MediaService
from server.media.stores import s3
from tests.faults.proxy import Pass, Refuse
from tests.server.media.conftest import Gallery, open_gallery
from tests.server.media.stores.sites import Site, building, picture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from server.media.storage import Storage
    from tests.server.media.stores.s3_server import Swift

    InHouse = Callable[[str, Callable[["House"], Awaitable[None]]], None]


@dataclass
class Notes:
    """A watcher that remembers."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    seen: int = 0

    def begin(self, store: str, count: int) -> None:
        assert store
        assert count >= 0

    def advance(self, count: int) -> None:
        self.seen += count

    def found(self, store: Storage, key: ObjectKey, what: str) -> None:
        self.lines.append((what, str(key)))


@dataclass
class House:
    """Pictures that somebody refers to, on one site."""

    gallery: Gallery
    site: Site
    media: MediaService
    keys: list[str] = field(default_factory=list)

    @property
    def checkup(self) -> Checkup:
        return Checkup(self.site.storage, self.gallery.database)

    async def hang(self, count: int) -> None:
        """Upload pictures and refer to each."""
        for shade in range(count):
            file = BytesIO()
            Image.new("RGB", (60, 40), (shade * 9, 80, 90)).save(file, "PNG")
            stored = await self.media.avatar(file.getvalue())
            async with self.gallery.database.transaction() as cursor:
                await self.media.hold(cursor, stored)
            self.keys.append(stored.key)
        assert len(set(self.keys)) == count

    async def take_down(self, key: str) -> None:
        async with self.gallery.database.transaction() as cursor:
            await self.media.release(cursor, key)

    async def served(self) -> int:
        """How many of the pictures can be seen, whole."""
        count = 0
        for key in self.keys:
            try:
                content = (await self.media.read(key)).content
            except NoSuchObject:
                continue
            count += str(ObjectKey.of(content, ObjectKey.parse(key).media_type)) == key
        return count


@pytest.fixture
def in_house(mariadb_socket: Path, swift: Swift, tmp_path: Path) -> InHouse:
    def run(kind: str, scenario: Callable[[House], Awaitable[None]]) -> None:
        async def main() -> None:
            async with (
                open_gallery(mariadb_socket, tmp_path / "unused") as gallery,
                building(tmp_path, swift) as builder,
            ):
                site = await builder.open(kind)
                media = MediaService(site.storage, builder.workers, gallery.database)
                await asyncio.wait_for(scenario(House(gallery, site, media)), 60)

        asyncio.run(main())

    return run


def test_a_machine_dies_with_its_pictures_and_none_is_lost(in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(9)
        here, there = house.site.grounds

        here.wipe()

        assert await house.served() == 9
        assert (await house.checkup.verify(Notes())).flaws == {Flaw.MISSING: 9}
        tally = await house.checkup.repair(Notes())
        assert (tally.objects, tally.repaired, tally.lost) == (9, 9, 0)
        assert (await house.checkup.verify(Notes())).is_well

        there.wipe()

        assert await house.served() == 9
        assert (await house.checkup.repair(Notes())).repaired == 9
        assert house.site.names() == sorted(house.keys)

    in_house("mirror", scenario)


def test_control_without_a_mirror_the_pictures_are_gone(in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(3)

        house.site.grounds[0].wipe()

        assert await house.served() == 0
        assert (await house.checkup.verify(Notes())).flaws == {Flaw.MISSING: 3}
        assert (await house.checkup.repair(Notes())).lost == 3

    in_house("folder", scenario)


@pytest.mark.parametrize("kind", ["folder", "s3", "qiniu", "mirror"])
def test_what_is_missing_corrupt_and_unknown_is_found_in_each_store(kind: str, in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(4)
        copies = len(house.site.grounds)
        assert (await house.checkup.verify(Notes())).is_well
        stranger, content = picture(1)
        for ground in house.site.grounds:
            ground.spoil(house.keys[0], b"RIFF....WEBP, and nothing of the picture")
            ground.spoil(str(stranger), content)
        for copy in house.checkup.copies:
            await copy.delete(ObjectKey.parse(house.keys[1]))
        notes = Notes()

        tally = await house.checkup.verify(notes)

        assert tally.objects == 4
        assert tally.flaws == dict.fromkeys((Flaw.MISSING, Flaw.CORRUPT, Flaw.UNKNOWN), copies)
        expected = [("corrupt", house.keys[0]), ("missing", house.keys[1]), ("unknown", str(stranger))]
        assert sorted(notes.lines) == sorted(expected * copies)
        assert (await house.checkup.repair(Notes())).lost == 2

    in_house(kind, scenario)


def test_each_copy_is_mended_by_the_other_one(in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(4)
        here, there = house.site.grounds
        here.spoil(house.keys[0], b"RIFF....WEBPhalf")
        there.spoil(house.keys[1], b"RIFF....WEBPhalf")
        await house.checkup.copies[1].delete(ObjectKey.parse(house.keys[2]))
        notes = Notes()

        tally = await house.checkup.repair(notes)

        assert (tally.repaired, tally.lost) == (3, 0)
        assert sorted(what for what, _ in notes.lines) == [
            "corrupt, repaired", "corrupt, repaired", "missing, repaired"
        ]  # fmt: skip
        assert (await house.checkup.verify(Notes())).is_well
        assert (await house.checkup.repair(Notes())).repaired == 0

    in_house("mirror", scenario)


def test_everything_is_looked_at_page_by_page(in_house: InHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup_module, "PAGE", 3)
    monkeypatch.setattr(checkup_module, "READERS", 2)

    async def scenario(house: House) -> None:
        await house.hang(10)
        house.site.grounds[0].wipe()
        notes = Notes()

        tally = await house.checkup.verify(notes)

        assert tally.flaws[Flaw.MISSING] == 10
        assert {key for _, key in notes.lines} == set(house.keys)
        assert notes.seen == 10 + 10 + 0 + 10  # held in either store, then what lies in either

    in_house("mirror", scenario)


def test_what_nobody_refers_to_any_more_may_be_missing(in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(2)
        await house.take_down(house.keys[0])
        await house.checkup.copies[0].delete(ObjectKey.parse(house.keys[0]))

        assert (await house.checkup.verify(Notes())).is_well
        assert (await house.checkup.repair(Notes())).repaired == 0

    in_house("mirror", scenario)


def test_what_a_sweep_takes_during_the_check_is_no_flaw(
    in_house: InHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(house: House) -> None:
        await house.hang(2)
        get = house.checkup.copies[0].get

        async def swept_first(key: ObjectKey) -> bytes:
            if str(key) == house.keys[0]:
                await house.take_down(house.keys[0])
                await house.gallery.age()
                assert await house.media.sweep() == 1
            return await get(key)

        monkeypatch.setattr(house.site.storage, "get", swept_first)

        assert (await house.checkup.verify(Notes())).is_well

    in_house("folder", scenario)


def test_unknown_objects_go_by_the_sweep_and_known_ones_stay(in_house: InHouse) -> None:
    async def scenario(house: House) -> None:
        await house.hang(3)
        for number, ground in enumerate(house.site.grounds):
            key, content = picture(number)
            ground.spoil(str(key), content)

        assert await house.checkup.adopt_unknown(Notes()) == 2

        assert (await house.checkup.verify(Notes())).is_well
        assert await house.media.sweep() == 0
        await house.gallery.age()
        assert await house.media.sweep() == 2
        assert house.site.names() == sorted(house.keys)
        assert await house.served() == 3

    in_house("mirror", scenario)


def test_a_store_that_is_down_ends_the_check(
    in_house: InHouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(s3, "TRIES", 1)
    monkeypatch.setattr(checkup_module, "PATIENCE", 2)

    async def scenario(house: House) -> None:
        await house.hang(6)
        assert house.site.door is not None
        await house.site.door.switch(Refuse())

        with pytest.raises(StoreUnavailable):
            await house.checkup.verify(Notes())
        assert await report.verify(house.checkup) == 1
        assert await report.repair(house.checkup, sweep_unknown=False) == 1
        assert await house.served() == 6

        await house.site.door.switch(Pass())
        assert await report.verify(house.checkup) == 0

    in_house("mirror", scenario)
    assert "Given up: the picture store does not answer" in capsys.readouterr().err


def test_an_upload_that_only_one_store_took_is_refused_and_swept_from_it(
    in_house: InHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "TRIES", 1)

    async def scenario(house: House) -> None:
        here, there = house.site.grounds
        assert house.site.door is not None
        await house.site.door.switch(Refuse())

        with pytest.raises(StoreUnavailable):
            await house.hang(1)

        assert len(here.names()) == 1
        assert list((await house.gallery.rows()).values()) == [0]
        await house.gallery.age()
        assert await house.media.sweep() == 0  # one store is still down
        await house.site.door.switch(Pass())
        await house.gallery.age()
        assert await house.media.sweep() == 1
        assert here.names() == there.names() == []
        await house.hang(1)
        assert await house.served() == 1

    in_house("mirror", scenario)


def test_a_report_says_what_is_wrong_and_what_to_do(
    in_house: InHouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PROGRESS_SECONDS", 0.0)

    async def scenario(house: House) -> None:
        await house.hang(3)
        house.site.grounds[0].wipe()
        house.site.grounds[1].spoil(str(picture()[0]), picture()[1])

        assert await report.verify(house.checkup) == 1
        said = capsys.readouterr()
        assert f"missing: {house.keys[0]} in folder" in said.out
        assert "3 objects, 2 copies of each.\n3 missing: not in the store\n1 unknown: in a store" in said.out
        assert "`media repair` mends" in said.out
        assert "  3 of 3" in said.err
        assert "s3cr" not in said.out + said.err

        assert await report.repair(house.checkup, sweep_unknown=True) == 0
        said = capsys.readouterr()
        assert "3 objects: 3 repaired, 0 sound in no store." in said.out
        assert "1 unknown objects were given to the sweep" in said.out

        assert await report.verify(house.checkup) == 0
        assert "Everything is there and sound." in capsys.readouterr().out

    in_house("mirror", scenario)


def test_a_single_store_has_nothing_to_be_repaired_from(
    in_house: InHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scenario(house: House) -> None:
        await house.hang(1)

        assert await report.repair(house.checkup, sweep_unknown=False) == 0

    in_house("folder", scenario)
    assert "holds the only copy of each picture" in capsys.readouterr().out
