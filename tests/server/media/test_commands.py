"""`main.py media …` as an operator runs it: a mirror on two disks, of which one is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from server.services import open_services
from tests.stack import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from server.services import Services


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("state"))
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def two_disks(servers: Stack, tmp_path: Path) -> Stack:
    """Two folders, and a database that knows no pictures yet."""
    servers.overrides["storage"] = f"mirror:fs:{tmp_path}/one|fs:{tmp_path}/two"
    asyncio.run(forget_all(servers))
    return servers


async def forget_all(stack: Stack) -> None:
    async with open_services(stack.settings) as services, services.database.transaction() as cursor:
        await cursor.execute("DELETE FROM objects")


def media(stack: Stack, *words: str, limit: Callable[[], None] | None = None) -> tuple[int, str]:
    """Exit code and everything that was said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IHOME_")}
    named = {"STATE": stack.folder.root, "STORAGE": stack.overrides["storage"], "LOG_LEVEL": "error"}
    environment |= {f"IHOME_{name}": str(value) for name, value in named.items()}
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "media", *words],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=limit,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


async def hang_pictures(services: Services, count: int) -> list[str]:
    keys = []
    for shade in range(count):
        file = BytesIO()
        Image.new("RGB", (60, 40), (shade * 9, 80, 90)).save(file, "PNG")
        stored = await services.media.avatar(file.getvalue())
        async with services.database.transaction() as cursor:
            await services.media.hold(cursor, stored)
        keys.append(stored.key)
    return keys


def in_services(stack: Stack, keys: list[str]) -> list[str]:
    """Hang five pictures when there are none yet; then see all of them, and return their keys."""

    async def main() -> list[str]:
        async with open_services(stack.settings) as services:
            hung = keys or await hang_pictures(services, 5)
            await asyncio.gather(*map(services.media.read, hung))
            return hung

    return asyncio.run(main())


def test_either_disk_may_be_lost_and_is_filled_again(two_disks: Stack, tmp_path: Path) -> None:
    keys = in_services(two_disks, [])
    assert media(two_disks, "verify")[0] == 0

    shutil.rmtree(tmp_path / "one")

    assert in_services(two_disks, keys) == keys
    code, said = media(two_disks, "verify")
    assert code == 1
    assert "5 missing" in said
    assert media(two_disks, "repair")[0] == 0
    assert media(two_disks, "verify")[0] == 0

    shutil.rmtree(tmp_path / "two")

    assert in_services(two_disks, keys) == keys
    assert "5 repaired, 0 sound in no store" in media(two_disks, "repair")[1]


def test_a_disk_that_is_full_ends_a_repair_with_a_sentence(two_disks: Stack, tmp_path: Path) -> None:
    in_services(two_disks, [])
    shutil.rmtree(tmp_path / "one")

    code, said = media(two_disks, "repair", limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)))

    assert code == 1
    assert "Given up: the picture store does not answer" in said
    assert "Traceback" not in said
    assert media(two_disks, "repair")[0] == 0


def test_pictures_may_live_in_the_sandboxs_qiniu(two_disks: Stack) -> None:
    base = f"{two_disks.sandbox_url}/qiniu"
    two_disks.overrides["storage"] = f"qiniu://access:s3cr3t@pictures?host={base}&domain={base}/files"
    two_disks.start("sandbox", ready_url=f"{two_disks.sandbox_url}/inbox")

    keys = in_services(two_disks, [])

    assert "5 objects, 1 copy of each.\nEverything is there and sound." in media(two_disks, "verify")[1]
    assert len(list((two_disks.folder.root / "sandbox/qiniu/pictures").iterdir())) == len(keys)
    two_disks.stop("sandbox")
    code, said = media(two_disks, "verify")
    assert code == 1
    assert "Given up" in said
    assert "s3cr3t" not in said + two_disks.log("sandbox")


def test_without_a_database_nothing_is_said_about_pictures(two_disks: Stack) -> None:
    two_disks.stop("mariadb")

    code, said = media(two_disks, "verify")

    assert code == 1
    assert "does not answer" in said
    assert "Traceback" not in said
    two_disks.start_mariadb()
