"""SQL of house pictures. Writers hold the lock of the house's row; position 0 is the cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.photos.model import Photo, write_variants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Cursor, Row
    from server.media.model import StoredHousePicture
    from server.photos.model import Variants

_SHOWN = (
    "SELECT id AS image_id, house_id, position, object_key, width, height, preview, variants, task_id"
    " FROM house_images"
)
_ASIDE = 1000  # beyond any position


async def photos_of(cursor: Cursor, house_ids: Sequence[int]) -> dict[int, list[Photo]]:
    """The pictures of these houses, in their order; a house without any is left out."""
    if not house_ids:
        return {}
    marks = ",".join(["%s"] * len(house_ids))
    await cursor.execute(f"{_SHOWN} WHERE house_id IN ({marks}) ORDER BY house_id, position", house_ids)
    found: dict[int, list[Photo]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["house_id"], []).append(Photo.from_row(row))
    return found


async def covers_of(cursor: Cursor, house_ids: Sequence[int]) -> dict[int, Photo]:
    """The first picture of each of these houses that has one."""
    if not house_ids:
        return {}
    marks = ",".join(["%s"] * len(house_ids))
    await cursor.execute(f"{_SHOWN} WHERE house_id IN ({marks}) AND position = 0", house_ids)
    return {row["house_id"]: Photo.from_row(row) for row in await cursor.fetchall()}


async def find(cursor: Cursor, image_id: int) -> Photo | None:
    """The picture, whoever's it is."""
    await cursor.execute(f"{_SHOWN} WHERE id = %s", (image_id,))
    row = await cursor.fetchone()
    return Photo.from_row(row) if row else None


async def count_owned(cursor: Cursor, house_id: int, owner_id: int) -> int | None:
    """How many pictures this owner's house has; None when there is no such house."""
    await cursor.execute(
        "SELECT COUNT(i.id) AS photos FROM houses h LEFT JOIN house_images i ON i.house_id = h.id"
        " WHERE h.id = %s AND h.owner_id = %s GROUP BY h.id",
        (house_id, owner_id),
    )
    row = await cursor.fetchone()
    return row["photos"] if row else None


async def lock_house(cursor: Cursor, house_id: int) -> Row | None:
    """Lock the house for a task, whoever's it is: owner_id."""
    await cursor.execute("SELECT owner_id FROM houses WHERE id = %s FOR UPDATE", (house_id,))
    return await cursor.fetchone()


async def insert(
    cursor: Cursor, house_id: int, position: int, picture: StoredHousePicture, task_id: str
) -> int:
    """A picture of a locked house, whose sizes the task will make; returns its id."""
    stored = picture.stored
    await cursor.execute(
        "INSERT INTO house_images (house_id, position, object_key, width, height, preview, task_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (house_id, position, stored.key, stored.width, stored.height, picture.preview, task_id),
    )
    return cursor.lastrowid


async def reorder(cursor: Cursor, house_id: int, image_ids: Sequence[int]) -> None:
    """Give the pictures of a locked house, all of them, the positions of this list."""
    await cursor.execute(
        "UPDATE house_images SET position = position + %s WHERE house_id = %s ORDER BY position DESC",
        (_ASIDE, house_id),
    )
    await cursor.executemany(
        "UPDATE house_images SET position = %s WHERE id = %s AND house_id = %s",
        [(position, image_id, house_id) for position, image_id in enumerate(image_ids)],
    )


async def delete(cursor: Cursor, photo: Photo) -> None:
    """Remove a picture of a locked house; those behind it move up."""
    await cursor.execute("DELETE FROM house_images WHERE id = %s", (photo.image_id,))
    await cursor.execute(
        "UPDATE house_images SET position = position - 1 WHERE house_id = %s AND position > %s ORDER BY position",
        (photo.house_id, photo.position),
    )


async def delete_all(cursor: Cursor, house_id: int) -> None:
    """Remove every picture of a locked house."""
    await cursor.execute("DELETE FROM house_images WHERE house_id = %s", (house_id,))


async def set_variants(cursor: Cursor, image_id: int, variants: Variants) -> None:
    """Write the sizes; none at all says that they could not be made."""
    await cursor.execute(
        "UPDATE house_images SET variants = %s WHERE id = %s", (write_variants(variants), image_id)
    )
