"""SQL of houses, their facilities and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.houses.model import House, HouseStatus
from server.search.words import search_text, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.db import Cursor, Row
    from server.houses.model import HouseFields

_SHOWN = (
    "SELECT h.id AS house_id, h.owner_id, u.name AS owner_name, u.avatar_key AS owner_avatar_key,"
    " h.area_id, a.name AS area_name, a.name_en AS area_name_en, h.title, h.address, h.price_fen, h.deposit_fen,"
    " h.room_count, h.acreage, h.layout, h.capacity, h.beds, h.min_nights, h.max_nights, h.order_count,"
    " h.rating_sum, h.rating_count, h.weekend_price_fen, h.weekly_percent, h.monthly_percent, h.cleaning_fee_fen,"
    " h.instant_booking, h.cancellation, h.verified_guests, h.status, h.version, h.created_at"
    " FROM houses h JOIN users u ON u.id = h.owner_id JOIN areas a ON a.id = h.area_id"
)
_FIELDS = (
    "area_id", "title", "address", "price_fen", "deposit_fen", "room_count", "acreage", "layout", "capacity",
    "beds", "min_nights", "max_nights", "facility_mask",
)  # fmt: skip


async def insert(cursor: Cursor, owner_id: int, fields: HouseFields) -> int:
    """A new draft with its facilities and words; returns its id."""
    columns = ", ".join((*_FIELDS, "owner_id", "search_text"))
    marks = ", ".join(["%s"] * (len(_FIELDS) + 2))
    text = search_text(fields.title, fields.address)
    await cursor.execute(
        f"INSERT INTO houses ({columns}) VALUES ({marks})",  # noqa: S608 - names of ours
        (*_values(fields), owner_id, text),
    )
    house_id = cursor.lastrowid
    await _replace_facilities(cursor, house_id, fields.facility_ids)
    await _add_words(cursor, house_id, words_of(text))
    return house_id


async def update(cursor: Cursor, house_id: int, old_text: str, fields: HouseFields) -> None:
    """Write the fields of a locked house, whose `search_text` was `old_text`."""
    text = search_text(fields.title, fields.address)
    settings = ", ".join(f"{name} = %s" for name in (*_FIELDS, "search_text"))
    await cursor.execute(
        f"UPDATE houses SET {settings}, version = version + 1 WHERE id = %s",  # noqa: S608 - names of ours
        (*_values(fields), text, house_id),
    )
    await _replace_facilities(cursor, house_id, fields.facility_ids)
    await _remove_words(cursor, house_id, words_of(old_text) - words_of(text))
    await _add_words(cursor, house_id, words_of(text) - words_of(old_text))


async def lock_owned(cursor: Cursor, house_id: int, owner_id: int) -> Row | None:
    """Lock the house of this owner: id, owner_id, area_id, status, version, calendar_version, search_text."""
    await cursor.execute(
        "SELECT id, owner_id, area_id, status, version, calendar_version, search_text FROM houses"
        " WHERE id = %s AND owner_id = %s FOR UPDATE",
        (house_id, owner_id),
    )
    return await cursor.fetchone()


async def bump_version(cursor: Cursor, house_id: int) -> None:
    """Say that a locked house changed."""
    await cursor.execute("UPDATE houses SET version = version + 1 WHERE id = %s", (house_id,))


async def set_status(cursor: Cursor, house_id: int, status: HouseStatus) -> None:
    """Write the status of a locked house."""
    await cursor.execute(
        "UPDATE houses SET status = %s, version = version + 1 WHERE id = %s", (status.value, house_id)
    )


async def delete(cursor: Cursor, house_id: int, text: str) -> None:
    """Remove a locked house and what hangs on it, but for its pictures."""
    await _remove_words(cursor, house_id, words_of(text))
    await cursor.execute("DELETE FROM house_facilities WHERE house_id = %s", (house_id,))
    await cursor.execute("DELETE FROM house_nights WHERE house_id = %s", (house_id,))
    await cursor.execute("DELETE FROM house_prices WHERE house_id = %s", (house_id,))
    await cursor.execute("DELETE FROM houses WHERE id = %s", (house_id,))


async def has_area(cursor: Cursor, area_id: int) -> bool:
    """Whether there is such an area."""
    return bool(await cursor.execute("SELECT id FROM areas WHERE id = %s", (area_id,)))


async def count_facilities(cursor: Cursor, facility_ids: Sequence[int]) -> int:
    """How many of these there are."""
    marks = ",".join(["%s"] * len(facility_ids))
    return await cursor.execute(f"SELECT id FROM facilities WHERE id IN ({marks})", facility_ids)  # noqa: S608


async def ids_of_owner(cursor: Cursor, owner_id: int) -> list[int]:
    """Every house of this owner."""
    await cursor.execute("SELECT id FROM houses WHERE owner_id = %s", (owner_id,))
    return [row["id"] for row in await cursor.fetchall()]


async def find(cursor: Cursor, house_id: int) -> House | None:
    """The house, whatever its status."""
    await cursor.execute(_SHOWN + " WHERE h.id = %s", (house_id,))
    row = await cursor.fetchone()
    return House.from_row(row) if row else None


async def find_all(cursor: Cursor, house_ids: Sequence[int]) -> list[House]:
    """Those of these houses that are there, in the order of the ids."""
    if not house_ids:
        return []
    marks = ",".join(["%s"] * len(house_ids))
    await cursor.execute(f"{_SHOWN} WHERE h.id IN ({marks})", house_ids)
    found = {row["house_id"]: House.from_row(row) for row in await cursor.fetchall()}
    return [found[house_id] for house_id in house_ids if house_id in found]


async def owned_page(cursor: Cursor, owner_id: int, before: int | None, limit: int) -> list[House]:
    """The owner's houses, newest first, from below the id `before`."""
    await cursor.execute(
        _SHOWN + " WHERE h.owner_id = %s AND h.id < %s ORDER BY h.id DESC LIMIT %s",
        (owner_id, before or 2**63, limit),
    )
    return [House.from_row(row) for row in await cursor.fetchall()]


async def facility_ids(cursor: Cursor, house_id: int) -> list[int]:
    """What the house has."""
    await cursor.execute(
        "SELECT facility_id FROM house_facilities WHERE house_id = %s ORDER BY facility_id", (house_id,)
    )
    return [row["facility_id"] for row in await cursor.fetchall()]


def _values(fields: HouseFields) -> list[object]:
    return [getattr(fields, name) for name in _FIELDS]


async def _replace_facilities(cursor: Cursor, house_id: int, facility_ids: Iterable[int]) -> None:
    await cursor.execute("DELETE FROM house_facilities WHERE house_id = %s", (house_id,))
    rows = [(house_id, facility_id) for facility_id in facility_ids]
    if rows:
        await cursor.executemany("INSERT INTO house_facilities (house_id, facility_id) VALUES (%s, %s)", rows)


async def _add_words(cursor: Cursor, house_id: int, words: set[str]) -> None:
    if words:  # in order: two houses that share words lock them alike
        await cursor.executemany(
            "INSERT INTO house_words (word, house_id) VALUES (%s, %s)",
            [(word, house_id) for word in sorted(words)],
        )


async def _remove_words(cursor: Cursor, house_id: int, words: set[str]) -> None:
    if words:
        await cursor.executemany(
            "DELETE FROM house_words WHERE word = %s AND house_id = %s",
            [(word, house_id) for word in sorted(words)],
        )
