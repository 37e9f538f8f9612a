"""The doctor's look at where pictures live: each store lists what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from server.errors import StoreUnavailable
from server.local.findings import Finding
from server.media.places import QiniuBucket, parse_place, plain_places
from server.media.storage import open_place
from server.workers import Workers

if TYPE_CHECKING:
    from server.local.reach import Circumstances
    from server.media.places import Place
    from server.media.storage import Storage


async def look_at_stores(about: Circumstances) -> list[Finding]:
    """Whether every store is there, lets us in and has its bucket."""
    workers = Workers({"storage": 1})
    async with httpx.AsyncClient(trust_env=False) as http:
        findings = []
        for place in plain_places(parse_place(about.settings.storage.get_secret_value())):
            if _is_played(place, about.settings.sandbox_port) and not about.running:
                findings.append(
                    Finding("Pictures", well=True, detail=f"{place}: the sandbox is not running now")
                )
                continue
            well = await _lists(place, workers, http)
            remedy = (
                "Look at address, bucket and keys in IHOME_STORAGE, and whether the disk or server is there."
            )
            findings.append(Finding("Pictures", well, str(place), remedy))
    await workers.close()
    return findings


async def _lists(place: Place, workers: Workers, http: httpx.AsyncClient) -> bool:
    try:
        storage: Storage = open_place(place, workers, http)
        async for _ in storage.every_key():
            break
    except StoreUnavailable:
        return False
    return True


def _is_played(place: Place, sandbox_port: int) -> bool:
    return isinstance(place, QiniuBucket) and urlsplit(place.host).port == sandbox_port
