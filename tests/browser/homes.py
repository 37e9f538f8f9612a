"""Houses for the browser's tests of the guests' pages, written once a site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from server.clock import SystemClock
from server.houses.model import HouseStatus
from server.identities import repository as identities_repository
from server.nights.model import today_at
from tests.browser.people import picture
from tests.houses import insert_house, insert_user, take_nights

if TYPE_CHECKING:
    from datetime import date

    from server.services import Services

T = TypeVar("T")
SCRIPT = "<script>window.hacked = 1</script>"
CROWDED_AREA = 16  # no other test publishes there
CROWD = 45
PICTURES = 6


@dataclass(frozen=True)
class Homes:
    """What is there: a house with everything, one with a bad title, and a crowd in one area."""

    owner_id: int
    full: int
    scripted: int
    today: date

    def day(self, number: int) -> str:
        """A date so many days from today; the full house's nights 2 and 3 are taken."""
        return (self.today + timedelta(days=number)).isoformat()


async def write_homes(services: Services) -> Homes:
    """The houses, pictures, reviews and taken nights."""
    owner_id = await insert_user(services)
    async with services.database.transaction() as cursor:
        await identities_repository.insert(cursor, owner_id, ("sealed", "sealed"), f"{owner_id:064}")
        crowd = [
            await insert_house(
                cursor,
                owner_id,
                title=f"人群中的第 {number} 处",
                area_id=CROWDED_AREA,
                price=100 + number,
                capacity=2,
            )
            for number in range(CROWD)
        ]
        full = await insert_house(
            cursor,
            owner_id,
            status="draft",
            order_count=60_000,
            title="什么都有的小院",
            price="398.50",
            capacity=3,
        )
        scripted = await insert_house(cursor, owner_id, status="draft", order_count=50_000, title=SCRIPT)
    for house_id, count in ((full, PICTURES), (scripted, 1)):
        for number in range(count):
            await services.photos.upload(owner_id, house_id, picture(number * 40), "f" * 64)
        await services.houses.move(owner_id, house_id, HouseStatus.ONLINE)
    today = today_at(SystemClock().now())
    await take_nights(services, full, [today + timedelta(days=number) for number in (2, 3)])
    await _review(services, full, owner_id)
    await services.changes.spread(full, scripted, *crowd)
    return Homes(owner_id, full, scripted, today)


async def _review(services: Services, house_id: int, guest_id: int) -> None:
    async with services.database.transaction() as cursor:
        await cursor.execute(
            "INSERT INTO reviews (order_id, house_id, guest_id, rating, comment, reply)"
            " VALUES (%s, %s, %s, 4, '院子很安静', '欢迎再来')",
            (10**9 + house_id, house_id, guest_id),  # no order of another test has such an id
        )
        await cursor.execute("UPDATE houses SET rating_sum = 4, rating_count = 1 WHERE id = %s", (house_id,))
