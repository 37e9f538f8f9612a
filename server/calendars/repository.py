"""SQL of imported calendars, their events and conflicts.

Locks are taken in this order: the house, the calendar, nights. The sweep locks calendars alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from server.calendars.model import EventKind, Feed, FeedKind, Key, Occupied
from server.nights.model import NightKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from server.calendars.fetching import Marks
    from server.calendars.model import After
    from server.db import Cursor, Row

_FEED = (
    "SELECT id AS feed_id, house_id, kind, name, sealed_url, hint, state, reason, etag, last_modified,"
    " task_id, failures, failing_since, COALESCE(TIMESTAMPDIFF(DAY, failing_since, NOW(6)), 0) AS failing_days,"
    " checked_at, changed_at, next_at, event_count AS events, night_count AS nights, conflict_count AS conflicts,"
    " created_at FROM calendar_feeds"
)
CLAIM_SECONDS = 1800  # until a claimed calendar may be claimed again, should its task be lost


async def insert(cursor: Cursor, house_id: int, kind: FeedKind, name: str) -> int:
    """A calendar of a locked house; returns its id. Raises DuplicateEntry when another one is called so."""
    await cursor.execute(
        "INSERT INTO calendar_feeds (house_id, kind, name) VALUES (%s, %s, %s)", (house_id, kind.value, name)
    )
    return cursor.lastrowid


async def of_house(cursor: Cursor, house_id: int) -> list[Feed]:
    """A house's calendars, oldest first."""
    await cursor.execute(_FEED + " WHERE house_id = %s ORDER BY id", (house_id,))
    return [Feed.from_row(row) for row in await cursor.fetchall()]


async def find(cursor: Cursor, feed_id: int) -> Feed | None:
    """The calendar."""
    await cursor.execute(_FEED + " WHERE id = %s", (feed_id,))
    row = await cursor.fetchone()
    return Feed.from_row(row) if row else None


async def lock(cursor: Cursor, house_id: int, feed_id: int) -> Feed | None:
    """The calendar of a locked house, locked."""
    await cursor.execute(_FEED + " WHERE id = %s AND house_id = %s FOR UPDATE", (feed_id, house_id))
    row = await cursor.fetchone()
    return Feed.from_row(row) if row else None


async def lock_due(cursor: Cursor, limit: int) -> list[int]:
    """Calendars whose time to be read has come, locked; those that somebody is working on are left out."""
    await cursor.execute(
        "SELECT id FROM calendar_feeds WHERE next_at <= NOW(6) ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def lock_hopeful(cursor: Cursor, limit: int) -> list[int]:
    """Calendars that want a night which somebody else had and which is free now, locked as by `lock_due`.

    Also disabled ones: what they wanted last, they still want.
    """
    await cursor.execute(
        "SELECT DISTINCT c.feed_id FROM calendar_conflicts c LEFT JOIN house_nights n ON n.house_id = c.house_id"
        " AND n.night = c.night WHERE c.night >= DATE(NOW() + INTERVAL 8 HOUR) AND n.night IS NULL LIMIT %s",
        (limit,),
    )
    feed_ids = [row["feed_id"] for row in await cursor.fetchall()]
    if not feed_ids:
        return []
    marks = ",".join(["%s"] * len(feed_ids))
    await cursor.execute(
        f"SELECT id FROM calendar_feeds WHERE id IN ({marks}) AND task_id IS NULL FOR UPDATE SKIP LOCKED",  # noqa: S608
        feed_ids,
    )
    return [row["id"] for row in await cursor.fetchall()]


async def claim(cursor: Cursor, feed_id: int, task_id: str) -> None:
    """This task reads a locked calendar next."""
    await cursor.execute(
        "UPDATE calendar_feeds SET task_id = %s, next_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s",
        (task_id, CLAIM_SECONDS, feed_id),
    )


async def rename(cursor: Cursor, feed_id: int, name: str) -> None:
    """Raises DuplicateEntry when another calendar of the house is called so."""
    await cursor.execute("UPDATE calendar_feeds SET name = %s WHERE id = %s", (name, feed_id))


async def point(cursor: Cursor, feed_id: int, sealed_url: str, hint: str) -> None:
    """Read a locked calendar from this address from now on; its nights stay until that was read."""
    await cursor.execute(
        "UPDATE calendar_feeds SET sealed_url = %s, hint = %s, state = 'waiting',"
        " reason = NULL, etag = NULL, last_modified = NULL, failures = 0, failing_since = NULL WHERE id = %s",
        (sealed_url, hint, feed_id),
    )


async def settle(cursor: Cursor, feed_id: int, after: After, marks: Marks | None) -> None:
    """Write how the reading of a locked calendar went; `marks` of a reading that is believed."""
    await cursor.execute(
        "UPDATE calendar_feeds SET state = %s, reason = %s, failures = %s, task_id = NULL, checked_at = NOW(6),"
        " failing_since = IF(%s IS NULL, NULL, COALESCE(failing_since, NOW(6))),"
        " next_at = NOW(6) + INTERVAL %s SECOND WHERE id = %s",
        (after.state.value, after.reason, after.failures, after.reason, after.seconds, feed_id),
    )
    if marks is not None:
        await cursor.execute(
            "UPDATE calendar_feeds SET etag = %s, last_modified = %s WHERE id = %s",
            (marks.etag, marks.last_modified, feed_id),
        )


async def count(cursor: Cursor, feed_id: int, counts: tuple[int, int, int]) -> None:
    """Write how many events, nights and conflicts a calendar has."""
    await cursor.execute(
        "UPDATE calendar_feeds SET event_count = %s, night_count = %s, conflict_count = %s WHERE id = %s",
        (*counts, feed_id),
    )


async def note_change(cursor: Cursor, feed_id: int) -> None:
    """Other nights are wanted than before."""
    await cursor.execute("UPDATE calendar_feeds SET changed_at = NOW(6) WHERE id = %s", (feed_id,))


async def delete(cursor: Cursor, house_id: int, feed_id: int) -> None:
    """Remove a locked calendar with all that hangs on it but its nights from today on: `Balance` frees those."""
    await cursor.execute("DELETE FROM calendar_events WHERE feed_id = %s", (feed_id,))
    await cursor.execute(
        "DELETE FROM calendar_conflicts WHERE house_id = %s AND feed_id = %s", (house_id, feed_id)
    )
    await cursor.execute(
        "DELETE FROM house_nights WHERE house_id = %s AND feed_id = %s"
        " AND night < DATE(NOW() + INTERVAL 8 HOUR)",
        (house_id, feed_id),
    )
    await cursor.execute("DELETE FROM calendar_feeds WHERE id = %s", (feed_id,))


async def delete_all(cursor: Cursor, house_id: int) -> None:
    """Remove everything about calendars of a locked house that is deleted."""
    await cursor.execute(
        "DELETE e FROM calendar_events e JOIN calendar_feeds f ON f.id = e.feed_id WHERE f.house_id = %s",
        (house_id,),
    )
    for table in ("calendar_conflicts", "calendar_feeds", "calendar_exports"):
        await cursor.execute(f"DELETE FROM {table} WHERE house_id = %s", (house_id,))  # noqa: S608 - ours


async def lock_house(cursor: Cursor, house_id: int) -> int | None:
    """Lock a house before its calendars and nights; returns its owner."""
    await cursor.execute("SELECT owner_id FROM houses WHERE id = %s FOR UPDATE", (house_id,))
    row = await cursor.fetchone()
    return row["owner_id"] if row else None


# What calendars want, and who has it.


async def events_of(cursor: Cursor, feed_id: int) -> dict[Key, Occupied]:
    """What a calendar's events take."""
    await cursor.execute(
        "SELECT uid, part, first_night, end_night, kind FROM calendar_events WHERE feed_id = %s", (feed_id,)
    )
    return {
        (row["uid"], row["part"]): Occupied(row["first_night"], row["end_night"], EventKind(row["kind"]))
        for row in await cursor.fetchall()
    }


async def change_events(
    cursor: Cursor, feed_id: int, gone: Sequence[Key], new: Mapping[Key, Occupied]
) -> None:
    """Remove events, and write those that are new or have moved."""
    if gone:
        await cursor.executemany(
            "DELETE FROM calendar_events WHERE feed_id = %s AND uid = %s AND part = %s",
            [(feed_id, *key) for key in gone],
        )
    if new:
        await cursor.executemany(
            "REPLACE INTO calendar_events (feed_id, uid, part, first_night, end_night, kind)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(feed_id, *key, one.first, one.end, one.kind.value) for key, one in new.items()],
        )


async def wanted(cursor: Cursor, house_id: int, start: date, end: date) -> dict[int, list[Occupied]]:
    """What each calendar of a house takes between two dates."""
    await cursor.execute(
        "SELECT e.feed_id, e.first_night, e.end_night, e.kind FROM calendar_feeds f"
        " JOIN calendar_events e ON e.feed_id = f.id"
        " WHERE f.house_id = %s AND e.end_night > %s AND e.first_night < %s ORDER BY e.feed_id",
        (house_id, start, end),
    )
    found = defaultdict[int, list[Occupied]](list)
    for row in await cursor.fetchall():
        found[row["feed_id"]].append(Occupied(row["first_night"], row["end_night"], EventKind(row["kind"])))
    return found


async def owners(cursor: Cursor, house_id: int, start: date, end: date) -> dict[date, int | None]:
    """The calendar that each taken night between two dates belongs to; None when it is an order's or the host's."""
    await cursor.execute(
        "SELECT night, feed_id FROM house_nights WHERE house_id = %s AND night >= %s AND night < %s",
        (house_id, start, end),
    )
    return {row["night"]: row["feed_id"] for row in await cursor.fetchall()}


async def take(cursor: Cursor, house_id: int, taken: Iterable[tuple[date, int]]) -> None:
    """Take free nights of a locked house, each for a calendar."""
    rows = [(house_id, night, NightKind.ICAL.value, feed_id) for night, feed_id in taken]
    if rows:
        await cursor.executemany(
            "INSERT INTO house_nights (house_id, night, kind, feed_id) VALUES (%s, %s, %s, %s)", rows
        )


async def release(cursor: Cursor, house_id: int, nights: Sequence[date]) -> None:
    """Free nights of a locked house that calendars had; nobody else's."""
    if nights:
        marks = ",".join(["%s"] * len(nights))
        await cursor.execute(
            f"DELETE FROM house_nights WHERE house_id = %s AND kind = 'ical' AND night IN ({marks})",  # noqa: S608
            (house_id, *nights),
        )


async def conflicts_of(cursor: Cursor, house_id: int) -> dict[tuple[int, date], EventKind]:
    """The nights that calendars of a house want and do not have."""
    await cursor.execute(
        "SELECT feed_id, night, kind FROM calendar_conflicts WHERE house_id = %s", (house_id,)
    )
    return {(row["feed_id"], row["night"]): EventKind(row["kind"]) for row in await cursor.fetchall()}


async def replace_conflicts(
    cursor: Cursor, house_id: int, conflicts: Mapping[tuple[int, date], EventKind]
) -> None:
    """Write them anew."""
    await cursor.execute("DELETE FROM calendar_conflicts WHERE house_id = %s", (house_id,))
    if conflicts:
        await cursor.executemany(
            "INSERT INTO calendar_conflicts (house_id, feed_id, night, kind) VALUES (%s, %s, %s, %s)",
            [(house_id, feed_id, night, kind.value) for (feed_id, night), kind in conflicts.items()],
        )


async def shown_conflicts(cursor: Cursor, house_id: int) -> list[Row]:
    """Conflicts from today on, with who has the night now: its kind, its order, or the calendar that has it."""
    await cursor.execute(
        "SELECT c.feed_id, c.night, c.kind, n.kind AS owner, n.order_id, o.number, f.name AS owner_name"
        " FROM calendar_conflicts c"
        " LEFT JOIN house_nights n ON n.house_id = c.house_id AND n.night = c.night"
        " LEFT JOIN orders o ON o.id = n.order_id LEFT JOIN calendar_feeds f ON f.id = n.feed_id"
        " WHERE c.house_id = %s AND c.night >= DATE(NOW() + INTERVAL 8 HOUR) ORDER BY c.feed_id, c.night",
        (house_id,),
    )
    return await cursor.fetchall()


async def is_owner(cursor: Cursor, house_id: int, owner_id: int) -> bool:
    """Whether the house is this user's."""
    return bool(
        await cursor.execute("SELECT id FROM houses WHERE id = %s AND owner_id = %s", (house_id, owner_id))
    )


async def strays(cursor: Cursor, first: int, last: int) -> list[dict[str, Any]]:
    """Nights of these houses that no calendar of the house wants, or that belong to one without being its kind."""
    await cursor.execute(
        "SELECT n.house_id, n.night, n.feed_id, n.kind FROM house_nights n"
        " LEFT JOIN calendar_feeds f ON f.id = n.feed_id AND f.house_id = n.house_id"
        " WHERE n.house_id > %s AND n.house_id <= %s AND ((n.kind = 'ical') <> (n.feed_id IS NOT NULL)"
        " OR (n.kind = 'ical' AND f.id IS NULL) OR (n.kind = 'ical' AND n.night >= DATE(NOW() + INTERVAL 8 HOUR)"
        " AND NOT EXISTS (SELECT 1 FROM calendar_events e WHERE e.feed_id = n.feed_id"
        " AND e.first_night <= n.night AND e.end_night > n.night)))",
        (first, last),
    )
    return list(await cursor.fetchall())
