"""The sandbox as Qiniu: the official SDK against it, and what it refuses."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import qiniu
from qiniu.http.endpoint import Endpoint
from qiniu.http.region import Region, ServiceName
from qiniu.services.storage.uploaders import FormUploader

from server.local.sandbox.qiniu import Qiniu, etag, media_type
from server.local.sandbox.server import listening, sandbox_app
from server.media.places import QiniuBucket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

BUCKET = QiniuBucket("pictures", "access", "secret", "http://-/qiniu/files", "z0", "http://-/qiniu")
WEBP = b"RIFF\x10\0\0\0WEBPVP8 picture"
KEY = "ab/picture.webp"


@dataclass
class Here:
    """A running sandbox, and the SDK as its customer. `late` moves the sandbox's clock."""

    host: str
    http: httpx.AsyncClient
    late: timedelta = timedelta()
    access_key: str = "access"
    secret_key: str = "secret"

    def now(self) -> datetime:
        return datetime.now(UTC) + self.late

    @property
    def auth(self) -> qiniu.Auth:
        return qiniu.Auth(self.access_key, self.secret_key)

    @property
    def region(self) -> Region:
        services = (ServiceName.UP, ServiceName.RS, ServiceName.RSF)
        return Region("x", services={name: [Endpoint.from_host(self.host)] for name in services})

    async def upload(self, content: bytes = WEBP, *, key: str = KEY, **policy: Any) -> tuple[int, Any]:
        """Status and answer; `policy` may hold bucket, scope_key and expires as well."""
        token = self.auth.upload_token(
            policy.pop("bucket", "pictures"), policy.pop("scope_key", key), policy.pop("expires", 60), policy
        )
        uploader = FormUploader("pictures", regions=[self.region], preferred_scheme="http")
        answer, info = await asyncio.to_thread(uploader.upload, key, data=content, up_token=token)
        return info.status_code, answer

    async def manage(self, call: str, *args: Any, **named: Any) -> tuple[int, Any]:
        """Status and answer of a BucketManager's method."""
        manager = qiniu.BucketManager(self.auth, regions=[self.region], preferred_scheme="http")
        answer, *_, info = await asyncio.to_thread(getattr(manager, call), *args, **named)
        return info.status_code, answer

    async def download(self, key: str = KEY, *, expires: int = 60) -> httpx.Response:
        return await self.http.get(self.auth.private_download_url(f"{self.host}/files/{key}", expires))


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[Here]:
    async with httpx.AsyncClient(trust_env=False) as http:
        here = Here("", http)
        app = sandbox_app(Qiniu(BUCKET, folder, here.now).routes())
        async with listening(app, 0) as url:
            here.host = f"{url}/qiniu"
            qiniu.set_default(connection_timeout=5, connection_retries=1)
            yield here


def run_in(folder: Path, scenario: Callable[[Here], Awaitable[None]]) -> None:
    async def running() -> None:
        async with sandbox(folder) as here:
            await scenario(here)

    asyncio.run(running())


def test_the_hash_is_qinius() -> None:
    assert etag(b"hello") == "Fqr0xh3cxeii2r7eDztILNmuqUNN"
    assert etag(b"") == "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"


def test_the_hash_of_many_blocks_is_what_the_sdk_computes(tmp_path: Path) -> None:
    for size in (4 * 2**20, 4 * 2**20 + 1, 9 * 2**20):
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        (tmp_path / "file").write_bytes(content)

        assert etag(content) == qiniu.etag(str(tmp_path / "file"))


def test_the_sdk_uploads_finds_lists_downloads_and_deletes(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        facts = {"fsize": len(WEBP), "hash": etag(WEBP), "mimeType": "image/webp", "type": 0}

        assert await here.upload() == (200, {"hash": etag(WEBP), "key": KEY})

        assert await here.manage("stat", "pictures", KEY) == (200, facts)
        assert await here.manage("list", "pictures") == (200, {"items": [{"key": KEY, **facts}]})
        assert (await here.download()).content == WEBP
        assert (await here.download()).headers["content-type"] == "image/webp"
        assert (await here.manage("delete", "pictures", KEY))[0] == 200
        assert (await here.manage("delete", "pictures", KEY))[0] == 612
        assert (await here.manage("stat", "pictures", KEY))[0] == 612
        assert (await here.download()).status_code == 404

    run_in(tmp_path, scenario)


def test_objects_survive_a_restart(tmp_path: Path) -> None:
    async def put(here: Here) -> None:
        await here.upload()

    async def get(here: Here) -> None:
        assert (await here.download()).content == WEBP

    run_in(tmp_path, put)
    run_in(tmp_path, get)


def test_a_listing_comes_in_pages(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        for number in range(5):
            await here.upload(key=f"k{number}")

        pages, marker = [], None
        while marker != "":
            _, page = await here.manage("list", "pictures", prefix="k", marker=marker, limit=2)
            pages.append([item["key"] for item in page["items"]])
            marker = page.get("marker", "")

        assert pages == [["k0", "k1"], ["k2", "k3"], ["k4"]]

    run_in(tmp_path, scenario)


def test_eight_mebibytes_come_back(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        content = WEBP + bytes(8 * 2**20 - len(WEBP))

        status, _ = await here.upload(content, fsizeLimit=8 * 2**20)

        assert status == 200
        assert (await here.download()).content == content

    run_in(tmp_path, scenario)


def test_inserting_refuses_other_content_under_a_taken_key_and_no_other(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        await here.upload(insertOnly=1)

        assert (await here.upload(insertOnly=1))[0] == 200
        assert (await here.upload(WEBP + b"!", insertOnly=1))[0] == 614
        assert (await here.download()).content == WEBP
        assert (await here.upload(WEBP + b"!"))[0] == 200  # control: without it, the key is overwritten
        assert (await here.download()).content == WEBP + b"!"

    run_in(tmp_path, scenario)


@pytest.mark.parametrize(
    ("status", "content", "policy"),
    [
        (401, WEBP, {"expires": -1}),
        (403, WEBP, {"scope_key": "other"}),
        (631, WEBP, {"bucket": "other"}),
        (413, WEBP, {"fsizeLimit": len(WEBP) - 1}),
        (403, WEBP, {"mimeLimit": "image/jpeg;image/png"}),
        (403, b"<html>", {"mimeLimit": "image/*"}),
        (403, WEBP, {"mimeLimit": "!image/webp"}),
        (200, WEBP, {"fsizeLimit": len(WEBP), "mimeLimit": "image/jpeg;image/webp"}),
        (200, b"<html>", {"mimeLimit": "!image/*"}),
    ],
)
def test_an_upload_keeps_to_its_policy(
    status: int, content: bytes, policy: dict[str, Any], tmp_path: Path
) -> None:
    async def scenario(here: Here) -> None:
        assert (await here.upload(content, **policy))[0] == status
        assert (await here.download()).status_code == (200 if status == 200 else 404)

    run_in(tmp_path, scenario)


@pytest.mark.parametrize("stranger", [{"secret_key": "other"}, {"access_key": "other"}])
def test_a_wrong_signature_opens_nothing(stranger: dict[str, str], tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        await here.upload()
        thief = replace(here, **stranger)

        assert (await thief.upload(key="new"))[0] == 401
        assert (await thief.manage("stat", "pictures", KEY))[0] == 401
        assert (await thief.manage("delete", "pictures", KEY))[0] == 401
        assert (await thief.manage("list", "pictures"))[0] == 401
        assert (await thief.download()).status_code == 401
        assert (await here.http.get(f"{here.host}/files/{KEY}")).status_code == 401
        assert (await here.http.post(f"{here.host}/list")).status_code == 405

    run_in(tmp_path, scenario)


def test_signatures_grow_old(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        await here.upload()
        url = here.auth.private_download_url(f"{here.host}/files/{KEY}", 60)
        assert (await here.http.get(url)).status_code == 200

        here.late = timedelta(minutes=16)

        assert (await here.http.get(url)).status_code == 401
        assert (await here.upload(expires=60))[0] == 401
        assert (await here.manage("stat", "pictures", KEY))[0] == 403

    run_in(tmp_path, scenario)


def test_a_signed_address_fits_its_own_object_and_time_only(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        await here.upload(key="a")
        await here.upload(key="b")
        url = here.auth.private_download_url(f"{here.host}/files/a", 60)

        assert (await here.http.get(url.replace("/files/a", "/files/b"))).status_code == 401
        assert (await here.http.get(url.replace("?e=1", "?e=2"))).status_code == 401

    run_in(tmp_path, scenario)


def test_the_older_signature_of_management_requests_is_known_too(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        await here.upload()
        path = f"/qiniu/stat/{qiniu.services.storage.bucket.entry('pictures', KEY)}"
        headers = {"Authorization": f"QBox {here.auth.token_of_request('http://x' + path)}"}

        url = here.host.removesuffix("/qiniu") + path
        assert (await here.http.post(url, headers=headers)).status_code == 200
        assert (await here.http.post(url + "?x", headers=headers)).status_code == 401

    run_in(tmp_path, scenario)


async def post_form(here: Here, **changes: Any) -> int:
    fields = {"token": here.auth.upload_token("pictures", KEY, 60), "key": KEY, **changes}
    files = {name: (None, value) for name, value in fields.items() if value is not None}
    files.setdefault("file", ("x", WEBP))
    answer = await here.http.post(here.host, files=files)
    assert "X-Reqid" in answer.headers
    return answer.status_code


def test_damaged_and_senseless_uploads_are_refused(tmp_path: Path) -> None:
    async def scenario(here: Here) -> None:
        assert await post_form(here, crc32=str(zlib.crc32(WEBP))) == 200
        assert await post_form(here, crc32="1") == 406
        assert await post_form(here, token=None) == 401
        assert await post_form(here, token="a:b") == 401
        assert await post_form(here, token=here.auth.token_with_data("{}")) == 400
        assert await post_form(here, token=here.auth.token_with_data("[]")) == 400
        assert await post_form(here, key=None) == 400
        for key in ("", "k" * 181):
            token = here.auth.upload_token("pictures", expires=60)
            assert await post_form(here, key=key, token=token) == 400
            assert (await here.manage("stat", "pictures", key))[0] == 400
        assert (await here.http.post(here.host, content=b"x")).status_code == 400

    run_in(tmp_path, scenario)


def test_a_type_is_known_by_the_content() -> None:
    assert media_type(WEBP) == "image/webp"
    assert media_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert media_type(b"RIFF----WAVE") == "application/octet-stream"
