"""What a house's picture is: its states, its view, why its sizes may be missing, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from server.errors import BadField, Conflict, NoSuchThing
from server.i18n import N_
from server.media.model import Variant

if TYPE_CHECKING:
    from server.db import Row

MAX_PHOTOS = 20
TASK_PREFIX = "photo-"

Variants = Mapping[str, Variant]


class PhotoState(StrEnum):
    """Whether the sizes are there. A picture is shown in any state: at first by its original."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why there are no sizes. The values are the API's stable codes."""

    STORE_UNAVAILABLE = "store_unavailable"
    UNREADABLE = "unreadable"
    INTERRUPTED = "interrupted"


FAILURE_SENTENCES: Mapping[FailureReason, str] = {
    FailureReason.STORE_UNAVAILABLE: N_("图片存储没有响应，暂时只有原图"),
    FailureReason.UNREADABLE: N_("存储的图片无法读取，请删除后重新上传"),
    FailureReason.INTERRUPTED: N_("图片处理被中断，暂时只有原图"),
}


@dataclass(frozen=True)
class Photo:
    """A row of `house_images`. `variants`: None while they are to be made, empty when that failed."""

    image_id: int
    house_id: int
    position: int
    object_key: str
    width: int
    height: int
    preview: str
    variants: Variants | None
    task_id: str

    @classmethod
    def from_row(cls, row: Row) -> Photo:
        """A row that has a column for every field."""
        return cls(**{**row, "variants": read_variants(row["variants"])})

    @property
    def state(self) -> PhotoState:
        """See PhotoState."""
        if self.variants is None:
            return PhotoState.PROCESSING
        return PhotoState.READY if self.variants else PhotoState.FAILED

    @property
    def url(self) -> str:
        """Where the whole picture is."""
        return media_url(self.object_key)

    @property
    def object_keys(self) -> set[str]:
        """The objects that this picture holds, each once."""
        sizes = (self.variants or {}).values()
        return {self.object_key, *(size.webp for size in sizes), *(size.jpeg for size in sizes)}

    def view(self, *, for_owner: bool = False) -> dict[str, Any]:
        """The picture as clients see it; the owner can follow the task that makes the sizes."""
        shown = {
            "image_id": self.image_id,
            "url": self.url,
            "width": self.width,
            "height": self.height,
            "preview": self.preview,
            "state": self.state.value,
            "variants": {name: _variant_view(size) for name, size in (self.variants or {}).items()} or None,
        }
        if for_owner and self.state is PhotoState.PROCESSING:
            shown["task_id"] = self.task_id
        return shown


class NoSuchPhoto(NoSuchThing):
    """The house has no such picture, or is not this user's."""

    message = N_("没有找到这张图片")


class TooManyPhotos(Conflict):
    """The house has as many pictures as it may."""

    field = "house_image"
    message = N_("每个房源最多 %(count)d 张图片")

    def __init__(self) -> None:
        super().__init__(count=MAX_PHOTOS)


class LastPhoto(Conflict):
    """An online house keeps at least one picture."""

    field = "images"
    message = N_("已上线的房源至少要有一张图片，请先下线或再上传一张")


class BadOrder(BadField):
    """A list that can be no order of pictures."""

    field = "image_ids"
    message = N_("图片顺序不正确：每张图片应出现一次")


class PhotosChanged(Conflict):
    """The house has other pictures than the list names: another page added or deleted one, or it never had them."""

    field = "image_ids"
    message = N_("图片刚在别处改过，请刷新后再排序")


def new_task_id() -> str:
    """What a task is called that makes sizes: its failures are explained with FAILURE_SENTENCES."""
    return f"{TASK_PREFIX}{uuid4()}"


def check_order(image_ids: list[int]) -> list[int]:
    """The list, if it can be an order. Raises BadOrder."""
    if not image_ids or len(image_ids) > MAX_PHOTOS or len(set(image_ids)) != len(image_ids):
        raise BadOrder
    return image_ids


def media_url(key: str) -> str:
    """Where an object is served."""
    return f"/media/{key}"


def read_variants(text: str | None) -> Variants | None:
    """What `write_variants` wrote."""
    if text is None:
        return None
    return {name: Variant(**size) for name, size in json.loads(text).items()}


def write_variants(variants: Variants) -> str:
    """The text for the column."""
    return json.dumps({name: asdict(size) for name, size in variants.items()}, separators=(",", ":"))


def _variant_view(size: Variant) -> dict[str, Any]:
    return {**asdict(size), "webp": media_url(size.webp), "jpeg": media_url(size.jpeg)}
