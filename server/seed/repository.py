"""SQL of seeding: many rows at a time. What the rows mean, the other packages' repositories say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from server.media.model import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from server.db import Cursor, Row
    from server.media.model import Claim

T = TypeVar("T")

HOUSE_COLUMNS = (
    "owner_id", "area_id", "title", "address", "price_fen", "deposit_fen", "room_count", "acreage", "layout",
    "capacity", "beds", "min_nights", "max_nights", "order_count", "status", "version", "facility_mask",
    "search_text", "created_at", "weekend_price_fen", "weekly_percent", "monthly_percent", "cleaning_fee_fen",
    "instant_booking", "cancellation",
)  # fmt: skip
IMAGE_COLUMNS = (
    "house_id", "position", "object_key", "width", "height", "preview", "variants", "task_id", "created_at",
)  # fmt: skip
ORDER_COLUMNS = (
    "number", "guest_id", "host_id", "house_id", "check_in", "check_out", "nights", "guests", "price_lines",
    "amount_fen", "cancellation", "status", "version", "reason", "expires_at", "created_at", "paid_at", "ended_at",
)  # fmt: skip
EVENT_COLUMNS = (
    "order_id", "version", "event", "from_status", "to_status", "actor", "actor_id", "note", "created_at",
)  # fmt: skip
PAYMENT_COLUMNS = ("number", "order_id", "amount_fen", "status", "trade_no", "created_at", "paid_at")
NOTICE_COLUMNS = ("notice_id", "payment_id", "trade_status", "created_at")
REFUND_COLUMNS = (
    "number", "order_id", "payment_id", "amount_fen", "cause", "status", "task_id", "created_at", "done_at",
)  # fmt: skip
REVIEW_COLUMNS = (
    "order_id", "house_id", "guest_id", "rating", "comment", "reply", "created_at", "replied_at",
)  # fmt: skip
PART = 10_000  # rows of the narrow tables in one statement, so that each stays far below its time-out


async def last_mobile(cursor: Cursor, first: str, last: str) -> str | None:
    """The highest phone number of a range that has an account."""
    await cursor.execute(
        "SELECT MAX(mobile) AS mobile FROM users WHERE mobile BETWEEN %s AND %s", (first, last)
    )
    row = await cursor.fetchone()
    return row["mobile"] if row else None


async def insert_users(cursor: Cursor, rows: Sequence[Sequence[object]]) -> int:
    """Users as (mobile, name, password_hash, created_at); returns the first id, the others follow it."""
    marks = ",".join(["(%s,%s,%s,%s)"] * len(rows))
    await cursor.execute(
        f"INSERT INTO users (mobile, name, password_hash, created_at) VALUES {marks}",  # noqa: S608
        [value for row in rows for value in row],
    )
    return cursor.lastrowid


async def insert_identities(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """Identities as (user_id, sealed_real_name, sealed_id_number, id_number_index, created_at)."""
    await cursor.executemany(
        "INSERT INTO identities (user_id, sealed_real_name, sealed_id_number, id_number_index, created_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        rows,
    )


async def insert_houses(cursor: Cursor, rows: Sequence[Sequence[object]]) -> int:
    """Houses by HOUSE_COLUMNS; returns the first id, the others follow it."""
    return await _insert(cursor, "houses", HOUSE_COLUMNS, rows)


async def insert_facilities(cursor: Cursor, rows: Sequence[tuple[int, int]]) -> None:
    """What houses have, as (house_id, facility_id)."""
    for part in _parts(rows):
        values = ",".join(["(%d,%d)" % row for row in part])  # noqa: UP031 - the quickest for millions
        await cursor.execute(f"INSERT INTO house_facilities (house_id, facility_id) VALUES {values}")  # noqa: S608


async def insert_words(cursor: Cursor, rows: Sequence[tuple[str, int]]) -> None:
    """Words of houses, as (word, house_id), in that order."""
    for part in _parts(rows):
        marks = ",".join(["(%%s,%d)" % house_id for _, house_id in part])  # noqa: UP031 - the quickest for millions
        await cursor.execute(
            f"INSERT INTO house_words (word, house_id) VALUES {marks}",  # noqa: S608
            [word for word, _ in part],
        )


async def insert_nights(cursor: Cursor, rows: Sequence[tuple[int, str]]) -> None:
    """Nights that hosts blocked, as (house_id, ISO date)."""
    for part in _parts(rows):
        values = ",".join(["(%d,'%s','block')" % row for row in part])  # noqa: UP031 - the quickest for millions
        await cursor.execute(f"INSERT INTO house_nights (house_id, night, kind) VALUES {values}")  # noqa: S608


async def insert_order_nights(cursor: Cursor, rows: Sequence[tuple[int, str, int]]) -> None:
    """Nights of orders, as (house_id, ISO date, order_id). Raises DuplicateEntry when one is taken."""
    for part in _parts(rows):
        values = ",".join(["(%d,'%s',%d,'order')" % row for row in part])  # noqa: UP031 - the quickest for millions
        await cursor.execute(
            f"INSERT INTO house_nights (house_id, night, order_id, kind) VALUES {values}"  # noqa: S608
        )


async def insert_images(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """Pictures of houses, by IMAGE_COLUMNS."""
    if rows:
        await _insert(cursor, "house_images", IMAGE_COLUMNS, rows)


async def insert_orders(cursor: Cursor, rows: Sequence[Sequence[object]]) -> int:
    """Orders by ORDER_COLUMNS; returns the first id, the others follow it."""
    return await _insert(cursor, "orders", ORDER_COLUMNS, rows)


async def insert_events(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """What happened to orders, by EVENT_COLUMNS."""
    await _insert(cursor, "order_events", EVENT_COLUMNS, rows)


async def insert_payments(cursor: Cursor, rows: Sequence[Sequence[object]]) -> int:
    """Payments by PAYMENT_COLUMNS; returns the first id, the others follow it."""
    return await _insert(cursor, "payments", PAYMENT_COLUMNS, rows)


async def insert_notices(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """What the provider told, by NOTICE_COLUMNS."""
    await _insert(cursor, "payment_notices", NOTICE_COLUMNS, rows)


async def insert_refunds(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """Refunds by REFUND_COLUMNS."""
    await _insert(cursor, "refunds", REFUND_COLUMNS, rows)


async def insert_reviews(cursor: Cursor, rows: Sequence[Sequence[object]]) -> None:
    """Reviews by REVIEW_COLUMNS."""
    await _insert(cursor, "reviews", REVIEW_COLUMNS, rows)


async def count_many(cursor: Cursor, counts: Sequence[tuple[int, int, int, int]]) -> None:
    """Count on houses, as (house_id, bookings more, stars more, reviews more)."""
    await cursor.execute(
        "UPDATE houses h JOIN JSON_TABLE(%s, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]',"
        " booked INT PATH '$[1]', stars INT PATH '$[2]', reviews INT PATH '$[3]')) c ON c.id = h.id"
        " SET h.order_count = h.order_count + c.booked, h.rating_sum = h.rating_sum + c.stars,"
        " h.rating_count = h.rating_count + c.reviews",
        (json.dumps(counts),),
    )


async def last_order_id(cursor: Cursor) -> int:
    """The newest order's id; 0 when there is none."""
    await cursor.execute("SELECT COALESCE(MAX(id), 0) AS id FROM orders")
    row = await cursor.fetchone()
    return int(row["id"]) if row else 0


async def has_trades(cursor: Cursor, prefix: str) -> bool:
    """Whether there is a payment whose number at the provider begins so."""
    return bool(
        await cursor.execute("SELECT id FROM payments WHERE trade_no LIKE %s LIMIT 1", (f"{prefix}%",))
    )


async def hold_many(cursor: Cursor, references: Mapping[Claim, int]) -> None:
    """Count so many more references to each claimed object at once. Raises ClaimLost, then none may be kept."""
    if not references:
        return
    claims = sorted(references, key=lambda claim: claim.key.sha256)
    cases = " ".join(["WHEN %s THEN %s"] * len(claims))
    marks = ",".join(["(%s,%s)"] * len(claims))
    held = await cursor.execute(
        f"UPDATE objects SET ref_count = ref_count + CASE sha256 {cases} END, orphaned_at = NULL"  # noqa: S608
        f" WHERE (sha256, generation) IN ({marks})",
        [
            *(value for claim in claims for value in (claim.key.sha256, references[claim])),
            *(value for claim in claims for value in (claim.key.sha256, claim.generation)),
        ],
    )
    if held != len(claims):
        raise ClaimLost("storage")


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + PART] for start in range(0, len(rows), PART))


async def has_houses(cursor: Cursor) -> bool:
    """Whether there is any house."""
    return bool(await cursor.execute("SELECT id FROM houses LIMIT 1"))


async def find_titled(cursor: Cursor, owner_id: int, title: str) -> Row | None:
    """The owner's house with that title: id, status."""
    await cursor.execute(
        "SELECT id, status FROM houses WHERE owner_id = %s AND title = %s ORDER BY id LIMIT 1",
        (owner_id, title),
    )
    return await cursor.fetchone()


async def set_age(cursor: Cursor, house_id: int, created_at: str) -> None:
    """Make a house look as if it had been here for a while."""
    await cursor.execute("UPDATE houses SET created_at = %s WHERE id = %s", (created_at, house_id))


async def _insert(
    cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> int:
    """All rows in one statement; returns the first id where the table counts them."""
    row = "(" + ",".join(["%s"] * len(columns)) + ")"
    await cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES {','.join([row] * len(rows))}",  # noqa: S608
        [value for values in rows for value in values],
    )
    return cursor.lastrowid
