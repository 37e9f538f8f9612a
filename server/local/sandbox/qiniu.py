"""Plays Qiniu's object storage for one private bucket: form upload, stat, delete, list and signed download."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from aiohttp import BodyPartReader, web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from server.media.places import QiniuBucket

BLOCK_BYTES = 4 * 1024 * 1024
FORM_BYTES = 64 * 1024 * 1024
KEY_BYTES = 180  # Qiniu takes 750; a file name holds no more
LIST_LIMIT = 1000
SIGNATURE_LIFE = timedelta(minutes=15)
FORM = "application/x-www-form-urlencoded"
BEGINNINGS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


class Refused(Exception):
    """Qiniu does not do it; `status` is its HTTP status, also those beyond 599."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True)
class Form:
    """What an upload brought."""

    token: str
    key: str
    crc32: str
    content: bytes


class Bucket:
    """The objects, as files in a folder. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, content: bytes, *, insert_only: bool) -> None:
        """Keep an object, whole or not at all. Raises Refused when another content has its key."""
        place = self._place(key)
        if insert_only and place.exists() and place.read_bytes() != content:
            raise Refused(614, "file exists")
        draft = place.with_name(f".{secrets.token_hex(8)}")
        draft.write_bytes(content)
        draft.replace(place)

    def get(self, key: str) -> bytes | None:
        """The content, if there is one."""
        try:
            return self._place(key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> bool:
        """Whether there was something to remove."""
        try:
            self._place(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def keys(self) -> list[str]:
        """All keys, sorted."""
        names = (path.name for path in self._folder.iterdir() if not path.name.startswith("."))
        return sorted(_decoded(name).decode() for name in names)

    def _place(self, key: str) -> Path:
        """A file name for any key that fits into one."""
        if not 0 < len(key.encode()) <= KEY_BYTES:
            raise Refused(400, "invalid key")
        return self._folder / _encoded(key.encode())


class Qiniu:
    """The services of one bucket, at the paths of the addresses that its URL names."""

    def __init__(self, bucket: QiniuBucket, folder: Path, now: Callable[[], datetime]) -> None:
        self._bucket = bucket
        self._objects = Bucket(folder)
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves for this bucket."""
        base, downloads = (urlsplit(url).path for url in (self._bucket.host, self._bucket.domain))
        return [
            web.post(base or "/", _answering(self.upload)),
            web.post(base + "/stat/{entry}", _answering(self.stat)),
            web.post(base + "/delete/{entry}", _answering(self.delete)),
            web.get(base + "/list", _answering(self.list)),
            web.get(downloads + "/{key:.+}", _answering(self.download)),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Form upload with an upload token."""
        form = await _read_form(request)
        policy = self._read_token(form.token)
        self._check_scope(policy, form.key)
        mime = media_type(form.content)
        if form.crc32 and form.crc32 != str(zlib.crc32(form.content)):
            raise Refused(406, "crc32 does not match")
        if len(form.content) > policy.get("fsizeLimit", len(form.content)):
            raise Refused(413, "request entity too large")
        if not _is_admitted(mime, policy.get("mimeLimit", "")):
            raise Refused(403, f"limited mimeType: this file type ({mime}) is forbidden to upload")
        insert_only = bool(policy.get("insertOnly")) or ":" not in policy["scope"]
        await asyncio.to_thread(self._objects.put, form.key, form.content, insert_only=insert_only)
        return web.json_response({"hash": etag(form.content), "key": form.key})

    async def stat(self, request: web.Request) -> web.Response:
        """Size, hash and type of an object."""
        key = await self._read_entry(request)
        content = await asyncio.to_thread(self._objects.get, key)
        if content is None:
            raise Refused(612, "no such file or directory")
        return web.json_response(_facts(content))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove an object."""
        if not await asyncio.to_thread(self._objects.delete, await self._read_entry(request)):
            raise Refused(612, "no such file or directory")
        return web.Response()

    async def list(self, request: web.Request) -> web.Response:
        """A page of objects in the order of their keys; `marker` says where the next one begins."""
        await self._check_caller(request)
        self._check_bucket(request.query.get("bucket", ""))
        limit = min(int(request.query.get("limit", LIST_LIMIT)), LIST_LIMIT)
        after = _decoded(request.query.get("marker", "")).decode()
        prefix = request.query.get("prefix", "")
        keys = [key for key in await asyncio.to_thread(self._objects.keys) if key > after]
        keys = [key for key in keys if key.startswith(prefix)]
        page: dict[str, Any] = {"items": []}
        for key in keys[:limit]:
            content = await asyncio.to_thread(self._objects.get, key)
            if content is not None:
                page["items"].append({"key": key, **_facts(content)})
        if len(keys) > limit:
            page["marker"] = _encoded(keys[limit - 1].encode())
        return web.json_response(page)

    async def download(self, request: web.Request) -> web.Response:
        """The content, for those who hold a signed address that has not expired."""
        address, _, token = f"{request.scheme}://{request.host}{request.raw_path}".partition("&token=")
        if not self._is_signed(unquote(token), address.encode()):
            raise Refused(401, "bad token")
        if int(request.query.get("e", "0")) < self._now().timestamp():
            raise Refused(401, "token out of date")
        content = await asyncio.to_thread(self._objects.get, request.match_info["key"])
        if content is None:
            raise Refused(404, "Document not found")
        return web.Response(body=content, content_type=media_type(content), headers={"ETag": etag(content)})

    def _read_token(self, token: str) -> dict[str, Any]:
        """The policy of an upload token."""
        signed, _, policy = token.rpartition(":")
        if not token:
            raise Refused(401, "token not specified")
        if not self._is_signed(signed, policy.encode()):
            raise Refused(401, "bad token")
        read: dict[str, Any] = json.loads(_decoded(policy))
        if read["deadline"] < self._now().timestamp():
            raise Refused(401, "expired token")
        return read

    def _check_scope(self, policy: dict[str, Any], key: str) -> None:
        bucket, colon, only = policy["scope"].partition(":")
        self._check_bucket(bucket)
        if colon and key != only:
            raise Refused(403, "key doesn't match scope")

    async def _read_entry(self, request: web.Request) -> str:
        """The key in a management request's path."""
        await self._check_caller(request)
        bucket, _, key = _decoded(request.match_info["entry"]).decode().partition(":")
        self._check_bucket(bucket)
        return key

    def _check_bucket(self, name: str) -> None:
        if name != self._bucket.name:
            raise Refused(631, "no such bucket")

    async def _check_caller(self, request: web.Request) -> None:
        """Management requests carry one of two signatures; the newer one also has an age."""
        kind, _, signed = request.headers.get("Authorization", "").partition(" ")
        body = await request.read()
        text = {"Qiniu": _newer_text, "QBox": _older_text}.get(kind)
        if text is None or not self._is_signed(signed, text(request, body)):
            raise Refused(401, "bad token")
        date = request.headers.get("X-Qiniu-Date")
        if date and abs(self._now() - _moment(date)) > SIGNATURE_LIFE:
            raise Refused(403, "request time is too skewed")

    def _is_signed(self, signed: str, text: bytes) -> bool:
        access_key, _, signature = signed.partition(":")
        digest = hmac.digest(self._bucket.secret_key.encode(), text, "sha1")
        expected = _encoded(digest).encode()
        return access_key == self._bucket.access_key and hmac.compare_digest(
            expected, signature.encode("utf-8", "replace")
        )


def etag(content: bytes) -> str:
    """Qiniu's hash: SHA-1 of the content, or of the SHA-1s of its blocks when it has several."""
    blocks = [content[start : start + BLOCK_BYTES] for start in range(0, len(content) or 1, BLOCK_BYTES)]
    digests = [hashlib.sha1(block).digest() for block in blocks]  # noqa: S324 - Qiniu's choice
    if len(digests) == 1:
        return _encoded(b"\x16" + digests[0])
    return _encoded(b"\x96" + hashlib.sha1(b"".join(digests)).digest())  # noqa: S324


def media_type(content: bytes) -> str:
    """What a content is, by how it begins: the uploader's word counts for nothing."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    known = (kind for beginning, kind in BEGINNINGS if content.startswith(beginning))
    return next(known, "application/octet-stream")


def _answering(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Refusals and nonsense in Qiniu's format; every answer with a request id, which its SDK looks for."""

    async def answer(request: web.Request) -> web.Response:
        try:
            response = await handler(request)
        except Refused as refused:
            response = web.json_response({"error": refused.sentence}, status=refused.status)
        except (ValueError, KeyError, TypeError, AttributeError):
            response = web.json_response({"error": "invalid argument"}, status=400)
        response.headers["X-Reqid"] = secrets.token_hex(8)
        return response

    return answer


async def _read_form(request: web.Request) -> Form:
    fields: dict[str, bytes] = {}
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(400, "invalid multipart format")
        collected = bytearray()
        while chunk := await part.read_chunk():
            total += len(chunk)
            if total > FORM_BYTES:
                raise Refused(413, "request entity too large")
            collected += chunk
        fields[part.name or ""] = bytes(collected)
    if "file" not in fields or "key" not in fields:
        raise Refused(400, "file or key is not specified")
    texts = {name: fields.get(name, b"").decode() for name in ("token", "key", "crc32")}
    return Form(**texts, content=fields["file"])


def _newer_text(request: web.Request, body: bytes) -> bytes:
    """What `Authorization: Qiniu …` signs."""
    lines = [f"{request.method} {request.raw_path}", f"Host: {request.host}"]
    content_type = request.headers.get("Content-Type", "")
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    own = sorted(name for name in request.headers if name.lower().startswith("x-qiniu-"))
    lines += [f"{name.title()}: {request.headers[name]}" for name in own]
    signed_body = body if content_type and content_type != "application/octet-stream" else b""
    return "\n".join(lines).encode() + b"\n\n" + signed_body


def _older_text(request: web.Request, body: bytes) -> bytes:
    """What `Authorization: QBox …` signs."""
    signed_body = body if request.headers.get("Content-Type") == FORM else b""
    return request.raw_path.encode() + b"\n" + signed_body


def _moment(date: str) -> datetime:
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _is_admitted(mime: str, limit: str) -> bool:
    """`image/*;text/plain` admits those, `!image/*` everything else."""
    kinds = limit.removeprefix("!").split(";")
    matches = any(mime == kind or (kind.endswith("/*") and mime.startswith(kind[:-1])) for kind in kinds)
    return not limit or matches != limit.startswith("!")


def _facts(content: bytes) -> dict[str, Any]:
    return {"fsize": len(content), "hash": etag(content), "mimeType": media_type(content), "type": 0}


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text)
    except binascii.Error as error:
        raise Refused(400, "invalid argument") from error
