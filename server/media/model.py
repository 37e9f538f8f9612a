"""What a stored picture is: limits, media types, content keys and refusals."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from server.errors import Errno, IhomeError, NoSuchThing, StoreUnavailable
from server.i18n import N_

MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
AVATAR_SIDE = 512
HOUSE_SIDE = 2048
# How wide a house picture's variants are at most; none is larger than the picture itself.
VARIANT_WIDTHS = {"card": 480, "gallery": 1024, "full": HOUSE_SIDE}
MAX_PREVIEW = 1500

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.([a-z]{3,4})", re.ASCII)


class MediaType(StrEnum):
    """The formats we store, by their names in HTTP."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"

    @property
    def extension(self) -> str:
        """How a key of this type ends, without the dot."""
        return {"jpeg": "jpg"}.get(self.subtype, self.subtype)

    @property
    def subtype(self) -> str:
        """What follows `image/`."""
        return self.removeprefix("image/")


@dataclass(frozen=True)
class ObjectKey:
    """Where an object lives, `<first two>/<sha256>.<extension>`: the name follows from the content alone."""

    sha256: str
    media_type: MediaType

    def __post_init__(self) -> None:
        """Refuse what is no SHA-256 in lower-case hexadecimal."""
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError("not a SHA-256")

    @classmethod
    def of(cls, content: bytes, media_type: MediaType) -> ObjectKey:
        """The key under which this content is stored."""
        return cls(hashlib.sha256(content).hexdigest(), media_type)

    @classmethod
    def parse(cls, text: str) -> ObjectKey:
        """The key that `str(key)` wrote. Raises NoSuchObject for anything else, `../` included."""
        match = _KEY.fullmatch(text)
        types = {kind.extension: kind for kind in MediaType}
        if match is None or match[3] not in types:
            raise NoSuchObject
        return cls(match[2], types[match[3]])

    def __str__(self) -> str:
        """The text for URLs, stores and columns."""
        return f"{self.sha256[:2]}/{self.sha256}.{self.media_type.extension}"


@dataclass(frozen=True)
class Encoded:
    """A picture that we encoded ourselves: safe to store and to serve. Sizes in pixels."""

    content: bytes
    media_type: MediaType
    width: int
    height: int


@dataclass(frozen=True)
class Claim:
    """The right to hold an object: given before its content is stored, void once a sweep chose the object."""

    key: ObjectKey
    generation: int


@dataclass(frozen=True)
class StoredPicture:
    """A picture whose content is in the store and which waits for `hold` in its user's transaction."""

    claim: Claim
    width: int
    height: int
    byte_count: int

    @property
    def key(self) -> str:
        """The text that rows refer to and that follows `/media/` in its address."""
        return str(self.claim.key)


@dataclass(frozen=True)
class StoredHousePicture:
    """A house picture that waits for `hold`; `preview` is a tiny copy as a data URI of at most MAX_PREVIEW."""

    stored: StoredPicture
    preview: str


@dataclass(frozen=True)
class Variant:
    """One size of a house picture. `webp` and `jpeg` are keys; sizes in pixels."""

    width: int
    height: int
    webp: str
    jpeg: str


@dataclass(frozen=True)
class StoredVariants:
    """All sizes of a picture by name, and the objects that wait for `hold`: each once, without the picture itself."""

    variants: dict[str, Variant]
    stored: tuple[StoredPicture, ...]


@dataclass(frozen=True)
class ServedPicture:
    """What the handler writes."""

    content: bytes
    media_type: MediaType


class NoSuchObject(NoSuchThing):
    """The store has nothing under that key."""


class BrokenObject(Exception):
    """What the store has under a key cannot be decoded."""


class ClaimLost(StoreUnavailable):
    """The upload took longer than the sweep's grace period; it must be sent again."""


class NotHeld(Exception):
    """A defect: a row refers to an object that was never held for it."""


class PictureRefused(IhomeError):
    """The upload cannot become a picture of ours; `field` is the form field it came in."""

    errno = Errno.FILE
    status = 400
    message = N_("图片无法使用，请换一张")

    def __init__(self, field: str, **params: int) -> None:
        super().__init__(**params)
        self.field = field


class EmptyFile(PictureRefused):
    """Nothing was sent."""

    message = N_("请选择一张图片")


class FileTooLarge(PictureRefused):
    """More bytes than we read."""

    status = 413
    message = N_("图片文件不能超过 %(mib)d MB")

    def __init__(self, field: str) -> None:
        super().__init__(field, mib=MAX_FILE_BYTES // 1024 // 1024)


class NotAPicture(PictureRefused):
    """The content is none of the formats we take, whatever its name says."""

    message = N_("请上传 JPEG、PNG 或 WebP 格式的图片")


class DamagedPicture(PictureRefused):
    """It begins like a picture and cannot be decoded."""

    message = N_("图片已损坏或不完整，请换一张")


class AnimatedPicture(PictureRefused):
    """More than one frame."""

    message = N_("不支持动图，请上传静态图片")


class PictureTooLarge(PictureRefused):
    """More pixels than we decode."""

    message = N_("图片尺寸太大：不能超过 %(megapixels)d 百万像素，每边不能超过 %(side)d 像素")

    def __init__(self, field: str) -> None:
        super().__init__(field, megapixels=MAX_PIXELS // 1_000_000, side=MAX_SIDE)
