"""SQL of the search: ids along an index, and how common a word or a range of prices is."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.search.model import Found, Sort

if TYPE_CHECKING:
    from server.db import Cursor
    from server.search.model import Criteria, Position

FEW = 2000  # so many rows may be fetched and sorted

# What each order goes by, its direction, and how its two keys end: houses_…, houses_area_….
ORDERS = {
    Sort.NEW: (("id",), "DESC", "new"),
    Sort.BOOKING: (("order_count", "id"), "DESC", "booking"),
    Sort.PRICE_INC: (("price_fen", "id"), "ASC", "price"),
    Sort.PRICE_DES: (("price_fen", "id"), "DESC", "price"),
}


@dataclass(frozen=True)
class Source:
    """Where the rows come from, as SQL that calls the houses `h`. `is_small`: FEW rows at most."""

    sql: str
    values: tuple[object, ...] = ()
    is_small: bool = False


@dataclass(frozen=True)
class Span:
    """A part of an order: behind `after` (None: from its start), up to and with `until` (None: to its end)."""

    after: Position | None = None
    until: Position | None = None


@dataclass
class _Where:
    """Joins, conditions and their values, in step."""

    joins: list[str] = field(default_factory=list)
    joined: list[object] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    compared: list[object] = field(default_factory=list)

    def join(self, table: str, *values: object) -> None:
        self.joins.append(table)
        self.joined.extend(values)

    def add(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.compared.extend(values)

    @property
    def sql(self) -> str:
        return "".join(self.joins) + " WHERE " + " AND ".join(self.conditions)

    @property
    def values(self) -> list[object]:
        return [*self.joined, *self.compared]


def along_index(criteria: Criteria) -> Source:
    """All houses in the wanted order: nothing is sorted, and reading can stop at any row."""
    key = ("area_" if criteria.area_id is not None else "") + ORDERS[criteria.sort][2]
    return Source(f"houses h FORCE INDEX (houses_{key})")


def by_price(criteria: Criteria) -> Source:
    """The houses within the wanted prices, whatever the order: for few."""
    key = "area_price" if criteria.area_id is not None else "price"
    return Source(f"houses h FORCE INDEX (houses_{key})", is_small=True)


def by_word(word: str) -> Source:
    """The houses whose text has a word, or for a single character a word that begins so: for few."""
    condition, values = _has_word(word)
    words = f"SELECT DISTINCT house_id FROM house_words WHERE {condition} LIMIT {FEW}"  # noqa: S608 - ours
    return Source(f"({words}) w STRAIGHT_JOIN houses h ON h.id = w.house_id", values, is_small=True)


async def ids(cursor: Cursor, source: Source, criteria: Criteria, span: Span, limit: int) -> list[Found]:
    """The first houses of a span that match, in order."""
    columns, direction, _ = ORDERS[criteria.sort]
    where = _matching(criteria, span)
    names = ", ".join(f"h.{column}" for column in columns)
    order = ", ".join(f"h.{column} {direction}" for column in columns)
    await cursor.execute(
        f"SELECT {names} FROM {source.sql}{where.sql} ORDER BY {order} LIMIT %s",  # noqa: S608 - names of ours
        (*source.values, *where.values, limit),
    )
    return [Found(row["id"], tuple(row[column] for column in columns)) for row in await cursor.fetchall()]


async def count(cursor: Cursor, source: Source, criteria: Criteria, span: Span, limit: int) -> int:
    """How many houses of a span match; counts no further than `limit`."""
    where = _matching(criteria, span)
    await cursor.execute(
        f"SELECT COUNT(*) AS found FROM (SELECT 1 FROM {source.sql}{where.sql} LIMIT %s) matching",  # noqa: S608
        (*source.values, *where.values, limit),
    )
    row = await cursor.fetchone()
    return int(row["found"]) if row else 0


async def position_behind(
    cursor: Cursor, criteria: Criteria, after: Position | None, rows: int
) -> Position | None:
    """Where so many index entries behind `after` end, matching or not; None when there are fewer."""
    columns, direction, _ = ORDERS[criteria.sort]
    where = _scope(criteria)
    _add_span(where, criteria, Span(after))
    names = ", ".join(f"h.{column}" for column in columns)
    order = ", ".join(f"h.{column} {direction}" for column in columns)
    await cursor.execute(
        f"SELECT {names} FROM {along_index(criteria).sql}{where.sql} ORDER BY {order} LIMIT 1 OFFSET %s",  # noqa: S608
        (*where.values, rows - 1),
    )
    row = await cursor.fetchone()
    return tuple(row[column] for column in columns) if row else None


async def count_word(cursor: Cursor, word: str) -> int:
    """How many index entries a word has; counts no further than FEW + 1."""
    condition, values = _has_word(word)
    await cursor.execute(
        f"SELECT COUNT(*) AS found FROM (SELECT 1 FROM house_words WHERE {condition} LIMIT {FEW + 1}) w",  # noqa: S608
        values,
    )
    row = await cursor.fetchone()
    return int(row["found"]) if row else 0


async def count_prices(cursor: Cursor, criteria: Criteria) -> int:
    """How many houses are within the wanted prices of an order by something else; counts no further than FEW + 1."""
    where = _scope(criteria)
    _add_prices(where, criteria)
    await cursor.execute(
        f"SELECT COUNT(*) AS found FROM"  # noqa: S608 - names of ours
        f" (SELECT 1 FROM {by_price(criteria).sql}{where.sql} LIMIT {FEW + 1}) priced",
        where.values,
    )
    row = await cursor.fetchone()
    return int(row["found"]) if row else 0


def _matching(criteria: Criteria, span: Span) -> _Where:
    where = _scope(criteria)
    _add_span(where, criteria, span)
    _add_filters(where, criteria)
    return where


def _scope(criteria: Criteria) -> _Where:
    """What bounds the index that an order goes along."""
    where = _Where()
    where.add("h.status = 'online'")
    if criteria.area_id is not None:
        where.add("h.area_id = %s", criteria.area_id)
    if criteria.sort in {Sort.PRICE_INC, Sort.PRICE_DES}:
        _add_prices(where, criteria)
    return where


def _add_prices(where: _Where, criteria: Criteria) -> None:
    if criteria.price_min is not None:
        where.add("h.price_fen >= %s", criteria.price_min)
    if criteria.price_max is not None:
        where.add("h.price_fen <= %s", criteria.price_max)


def _add_filters(where: _Where, criteria: Criteria) -> None:
    if criteria.sort not in {Sort.PRICE_INC, Sort.PRICE_DES}:
        _add_prices(where, criteria)
    if criteria.rooms is not None:
        where.add("h.room_count >= %s", criteria.rooms)
    if criteria.guests is not None:
        where.add("h.capacity >= %s", criteria.guests)
    if criteria.facility_mask:
        where.add("h.facility_mask & %s = %s", criteria.facility_mask, criteria.facility_mask)
    if criteria.stay:
        nights, start, end = criteria.stay.nights, criteria.stay.start, criteria.stay.end
        where.add("h.min_nights <= %s AND (h.max_nights = 0 OR h.max_nights >= %s)", nights, nights)
        where.join(
            " LEFT JOIN house_nights n ON n.house_id = h.id AND n.night >= %s AND n.night < %s", start, end
        )
        where.add("n.house_id IS NULL")
    for term in criteria.terms:
        where.add("h.search_text LIKE %s", f"%{_literal(term)}%")


def _add_span(where: _Where, criteria: Criteria, span: Span) -> None:
    """Row comparisons written out: the servers do not use an index for (a, b) < (x, y)."""
    columns, direction, _ = ORDERS[criteria.sort]
    beyond, before = ("<", ">") if direction == "DESC" else (">", "<")
    for position, onward, equal in ((span.after, beyond, ""), (span.until, before, "=")):
        if position is None:
            continue
        if len(columns) == 1:
            where.add(f"h.{columns[0]} {onward}{equal} %s", *position)
        else:
            first, second = columns
            where.add(f"h.{first} {onward}= %s", position[0])
            where.add(f"(h.{first} {onward} %s OR h.{second} {onward}{equal} %s)", *position)


def _has_word(word: str) -> tuple[str, tuple[str, ...]]:
    """A word, or for a single character those that begin so.

    Not by LIKE: along an index MariaDB 10.11 lets `a%` end at U+FFFF, before emoji and rare Chinese.
    """
    if len(word) > 1:
        return "word = %s", (word,)
    return "word >= %s AND word < %s", (word, _character_behind(word))


def _character_behind(character: str) -> str:
    code = ord(character) + 1
    if code > sys.maxunicode:
        return character * 3  # longer than any word
    return chr(0xE000 if code == 0xD800 else code)  # surrogates are no characters


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
