"""What must be true of houses however they came to be there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.houses.model import mask_of
from server.orders.verify import violations
from server.photos import repository as photos_repository
from server.search.words import search_text, words_of

if TYPE_CHECKING:
    from tests.server.seed.conftest import Site

UNTRUE_RATINGS = (
    "SELECT h.id FROM houses h LEFT JOIN (SELECT house_id, SUM(rating) AS stars, COUNT(*) AS reviews FROM reviews"
    " GROUP BY house_id) r ON r.house_id = h.id"
    " WHERE h.rating_sum <> COALESCE(r.stars, 0) OR h.rating_count <> COALESCE(r.reviews, 0)"
)
# Orders whose ids do not follow their times, and events that do not follow each other, or are from the future.
DISORDERED = "SELECT o.id FROM orders o JOIN orders n ON n.id = o.id + 1 WHERE n.created_at < o.created_at"
UNTIMELY = (
    "SELECT e.order_id, e.version FROM order_events e JOIN orders o ON o.id = e.order_id"
    " LEFT JOIN order_events n ON n.order_id = e.order_id AND n.version = e.version + 1"
    " WHERE e.created_at > NOW(6) + INTERVAL 1 DAY OR n.created_at < e.created_at"
    " OR (e.version = 1 AND (e.created_at <> o.created_at OR o.check_in < DATE(e.created_at + INTERVAL 8 HOUR)))"
    " OR (e.event = 'pay' AND e.created_at <> o.paid_at)"
    " OR (e.event = 'check_out' AND DATE(e.created_at + INTERVAL 8 HOUR) <> o.check_out)"
)
UNREFUNDED = "SELECT id FROM refunds WHERE status <> 'done' OR done_at < created_at"


async def assert_whole(site: Site) -> None:
    """Every copy of a fact agrees with the fact, and every house has all that belongs to it."""
    houses = await site.rows("SELECT * FROM houses")
    await _assert_words(site, houses)
    await _assert_facilities(site, houses)
    await _assert_counts(site)
    await _assert_pictures(site, [house["id"] for house in houses])
    await assert_orders(site)


async def assert_orders(site: Site) -> None:
    """Every order is as the services would have left it, and every house counts what it was given."""
    assert [str(one) for one in await violations(site.services.database)] == []
    assert await site.rows(UNTRUE_RATINGS) == []
    assert await site.rows(UNTIMELY) == []
    assert await site.rows(UNREFUNDED) == []


async def assert_chronological(site: Site) -> None:
    """The orders' ids, by which lists are sorted, follow the times of their placing."""
    assert await site.rows(DISORDERED) == []


async def _assert_words(site: Site, houses: list[dict[str, object]]) -> None:
    found: dict[int, set[str]] = {}
    for row in await site.rows("SELECT word, house_id FROM house_words"):
        found.setdefault(row["house_id"], set()).add(row["word"])
    for house in houses:
        assert house["search_text"] == search_text(str(house["title"]), str(house["address"]))
    assert found == {house["id"]: words_of(str(house["search_text"])) for house in houses}


async def _assert_facilities(site: Site, houses: list[dict[str, object]]) -> None:
    found: dict[int, list[int]] = {}
    for row in await site.rows("SELECT house_id, facility_id FROM house_facilities ORDER BY facility_id"):
        found.setdefault(row["house_id"], []).append(row["facility_id"])
    assert all(mask_of(tuple(found.get(house["id"], []))) == house["facility_mask"] for house in houses)


async def _assert_counts(site: Site) -> None:
    online = await site.rows(
        "SELECT a.id, a.online_count, COUNT(h.id) AS houses FROM areas a"
        " LEFT JOIN houses h ON h.area_id = a.id AND h.status = 'online' GROUP BY a.id"
    )
    assert [row for row in online if row["online_count"] != row["houses"]] == []
    unverified = "SELECT id FROM houses WHERE owner_id NOT IN (SELECT user_id FROM identities)"
    assert await site.rows(unverified) == []


async def _assert_pictures(site: Site, house_ids: list[int]) -> None:
    async with site.services.database.reading() as cursor:
        photos = await photos_repository.photos_of(cursor, house_ids)
    used = Counter(key for shown in photos.values() for photo in shown for key in photo.object_keys)
    avatars = await site.rows("SELECT avatar_key FROM users WHERE avatar_key IS NOT NULL")
    used.update(row["avatar_key"] for row in avatars)
    held = await site.rows("SELECT sha256, ref_count FROM objects WHERE ref_count > 0")
    assert {row["sha256"]: row["ref_count"] for row in held} == {
        key[3:].split(".")[0]: count for key, count in used.items()
    }
    for key in used:
        assert (await site.services.media.read(key)).content
    for shown in photos.values():
        assert [photo.position for photo in shown] == list(range(len(shown)))
        assert {photo.state.value for photo in shown} == {"ready"}
