"""Objects in a private bucket at Qiniu, through its SDK: https://developer.qiniu.com/kodo."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple
from urllib.parse import urlsplit

import httpx
import qiniu
from qiniu.http import qn_http_client
from qiniu.http.endpoint import Endpoint
from qiniu.http.region import Region, ServiceName
from qiniu.services.storage.uploaders import FormUploader
from qiniu.utils import etag_stream

from server.errors import Overloaded
from server.media.model import MAX_FILE_BYTES, MediaType, NoSuchObject, ObjectKey
from server.media.stores import failures as bounds
from server.media.stores.failures import failures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager

    from server.media.places import QiniuBucket
    from server.workers import Workers

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
TOKEN_SECONDS = 300  # room for clocks that differ; the same as a download address lives
PAGE = 1000
NO_SUCH_FILE, FILE_EXISTS = 612, 614


class Refused(Exception):
    """Qiniu answered something else than what was asked for, or not at all (status -1)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")


class QiniuStorage:
    """Uploads only ever insert; Qiniu's own hash of what it stored is compared with ours.

    The SDK blocks, so it runs in the pool "storage"; a call that was given up may still arrive, a deletion as
    well: `put` looks whether the object is there before it returns. The SDK's time-outs are the process's.
    """

    def __init__(self, bucket: QiniuBucket, workers: Workers, http: httpx.AsyncClient) -> None:
        scheme = urlsplit(bucket.host).scheme if bucket.host else "https"
        regions = [_region(bucket)]
        self._bucket = bucket
        self._workers = workers
        self._http = http
        self._auth = qiniu.Auth(bucket.access_key, bucket.secret_key)
        self._files = qiniu.BucketManager(self._auth, regions=regions, preferred_scheme=scheme)
        self._uploader = FormUploader(bucket.name, regions=regions, preferred_scheme=scheme)
        qiniu.set_default(connection_timeout=(CONNECT_SECONDS, READ_SECONDS), connection_retries=1)
        qn_http_client.session.trust_env = False

    def __str__(self) -> str:
        """For people; without secrets."""
        return str(self._bucket)

    async def put(self, key: ObjectKey, content: bytes) -> None:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.PUT_SECONDS):
                await self._run(self._insert, key, content)

    async def get(self, key: ObjectKey) -> bytes:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.GET_SECONDS):
                url = self._auth.private_download_url(f"{self._bucket.domain}/{key}", TOKEN_SECONDS)
                answer = await self._http.get(url, timeout=READ_SECONDS)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise NoSuchObject
        with self._failures():
            _expect(answer.status_code, HTTPStatus.OK)
        return answer.content

    async def exists(self, key: ObjectKey) -> bool:
        """See Storage."""
        with self._failures():
            async with asyncio.timeout(bounds.GET_SECONDS):
                return await self._run(self._hash, key) is not None

    async def delete(self, key: ObjectKey) -> None:
        """See Storage."""
        with self._failures():
            await self._run(self._remove, key)

    async def every_key(self) -> AsyncIterator[ObjectKey]:
        """See Storage."""
        marker: str | None = ""
        while marker is not None:
            with self._failures():
                names, marker = await self._run(self._page, marker)
            for name in names:
                with suppress(NoSuchObject):
                    yield ObjectKey.parse(name)

    async def tidy(self) -> None:
        """See Storage. Interrupted uploads leave nothing: each is one request."""

    def _insert(self, key: ObjectKey, content: bytes) -> None:
        if self._upload(key, content) == FILE_EXISTS:  # with other content than its key says
            self._remove(key)
            _expect(self._upload(key, content), HTTPStatus.OK)
        if self._hash(key) != etag_stream(BytesIO(content)):
            raise Refused(HTTPStatus.OK)

    def _upload(self, key: ObjectKey, content: bytes) -> int:
        policy = {
            "insertOnly": 1,
            "fsizeLimit": MAX_FILE_BYTES,
            "mimeLimit": ";".join(MediaType),
        }
        token = self._auth.upload_token(self._bucket.name, str(key), TOKEN_SECONDS, policy)
        _, info = self._uploader.upload(
            str(key), data=content, mime_type=key.media_type.value, up_token=token
        )
        return _expect(info.status_code, HTTPStatus.OK, FILE_EXISTS)

    def _hash(self, key: ObjectKey) -> str | None:
        """Qiniu's hash of a stored object; None when there is no such object."""
        facts, info = self._files.stat(self._bucket.name, str(key))
        if _expect(info.status_code, HTTPStatus.OK, NO_SUCH_FILE) == NO_SUCH_FILE:
            return None
        return str(facts["hash"])

    def _remove(self, key: ObjectKey) -> None:
        _, info = self._files.delete(self._bucket.name, str(key))
        _expect(info.status_code, HTTPStatus.OK, NO_SUCH_FILE)

    def _page(self, marker: str) -> tuple[list[str], str | None]:
        """Names, and where the next page begins or None."""
        found, _, info = self._files.list(self._bucket.name, marker=marker or None, limit=PAGE)
        _expect(info.status_code, HTTPStatus.OK)
        return [item["key"] for item in found["items"]], found.get("marker") or None

    async def _run(self, call: Callable[[*Ts], T], *args: *Ts) -> T:
        return await self._workers.run("storage", call, *args)

    def _failures(self) -> AbstractContextManager[None]:
        return failures(str(self), (Refused, Overloaded, httpx.HTTPError))


def _expect(status: int, *wanted: int) -> int:
    if status not in wanted:
        raise Refused(status)
    return status


def _region(bucket: QiniuBucket) -> Any:
    """The hosts are named here, so the SDK neither asks for them nor keeps them in a file in /tmp."""
    if not bucket.host:
        return Region.from_region_id(bucket.region, preferred_scheme="https")
    services = (ServiceName.UP, ServiceName.RS, ServiceName.RSF)
    return Region("host", services={name: [Endpoint.from_host(bucket.host)] for name in services})
