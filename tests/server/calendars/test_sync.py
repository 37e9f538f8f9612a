"""What readings of other sites' calendars do to the nights of a house, on a real MariaDB and over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.calendars import balance as balance_module
from server.calendars.model import PATIENCE_DAYS
from server.local import servers
from server.migrations import upgrade
from server.nights.model import NightTaken, Stay
from server.orders.model import Event
from server.orders.verify import violations
from server.sealing import Seal
from server.services import open_services
from tests.bookings import Booked, new_booked
from tests.houses import rows
from tests.server.calendars.foreign import Foreign, calendar_of, foreign
from tests.server.outgoing.strangers import stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tornado.ioloop import IOLoop

    from server.settings import Settings
    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=100)


@pytest.fixture(scope="module")
def own_settings(stack: Stack) -> Settings:
    """A database of its own: no relay publishes what these tests queue."""
    servers.create_database(stack.folder.mysql_socket, "calendars")
    url = stack.settings.mysql_url.replace("/ihome?", "/calendars?")
    upgrade(url)
    return stack.settings.model_copy(update={"mysql_url": url})


@dataclass
class House:
    """A house, and how its nights look."""

    town: Booked
    today: date

    @property
    def services(self) -> Any:
        return self.town.services

    def day(self, number: int) -> date:
        return self.today + timedelta(days=number)

    def span(self, first: int, end: int) -> tuple[date, date]:
        return self.day(first), self.day(end)

    async def add(self, site: Foreign, name: str = "Airbnb") -> int:
        """Import a calendar and read it."""
        owned = self.town.host_id, self.town.house_id
        added = await self.services.calendars.add(*owned, (name, site.url), "session")
        await self.read(int(added["calendar_id"]))
        return int(added["calendar_id"])

    async def read(self, feed_id: int, *, asked: bool = True) -> dict[str, Any]:
        """Do the task that is queued for a calendar, or one that is queued now."""
        [feed] = await rows(self.services, "SELECT task_id FROM calendar_feeds WHERE id = %s", feed_id)
        task_id = feed["task_id"]
        if task_id is None:
            owned = self.town.host_id, self.town.house_id
            task_id = (await self.services.calendars.sync_now(*owned, feed_id, "session"))["task_id"]
        outcome = await self.services.calendar_sync.sync(task_id, feed_id, asked=asked)
        assert outcome is not None
        return dict(outcome)

    async def upload(self, content: bytes, name: str = "file") -> dict[str, Any]:
        owned = self.town.host_id, self.town.house_id
        return dict(await self.services.calendars.upload(*owned, (name, content)))

    async def calendars(self) -> list[dict[str, Any]]:
        return list((await self.services.calendars.page(self.town.host_id, self.town.house_id))["calendars"])

    async def calendar(self) -> dict[str, Any]:
        [one] = await self.calendars()
        return one

    async def nights(self, kind: str = "ical") -> list[int]:
        """The days from today on that are taken so."""
        found = await rows(
            self.services,
            "SELECT night FROM house_nights WHERE house_id = %s AND kind = %s ORDER BY night",
            self.town.house_id,
            kind,
        )
        return [(row["night"] - self.today).days for row in found]

    async def version(self) -> int:
        return int(await self.services.nights.version(self.town.host_id, self.town.house_id))

    async def events(self, kind: str = "calendar") -> list[dict[str, Any]]:
        """What the host was told."""
        found = await rows(
            self.services,
            "SELECT body FROM live_events WHERE user_id = %s AND kind = %s ORDER BY seq",
            self.town.host_id,
            kind,
        )
        return [json.loads(row["body"]) for row in found]

    async def sound(self) -> bool:
        return await violations(self.services.database) == []


@pytest.fixture
def house(io_loop: IOLoop, own_settings: Settings) -> Iterator[House]:
    """An empty house."""
    exits = AsyncExitStack()

    async def enter() -> House:
        services = await exits.enter_async_context(open_services(own_settings))
        return House(await new_booked(services, price="100", deposit="50"), services.nights.today)

    yield io_loop.run_sync(enter)
    io_loop.run_sync(exits.aclose)


async def test_events_take_nights_move_them_and_free_them(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5), a=house.span(10, 12))) as site:
        feed_id = await house.add(site)
        first = await house.nights(), await house.version()
        site.content = calendar_of(house.span(3, 5), a=house.span(11, 14))
        await house.read(feed_id)
        moved = await house.nights()
        site.content = calendar_of(a=house.span(11, 14))
        await house.read(feed_id)

        assert first == ([3, 4, 10, 11], 1)
        assert moved == [3, 4, 11, 12, 13]
        assert (await house.nights(), await house.version()) == ([11, 12, 13], 3)
        assert (await house.calendar())["events"] == 1
        assert await house.sound()


async def test_the_same_version_changes_nothing_and_is_asked_for_by_etag(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        before = await house.calendar(), await house.version()
        await house.read(feed_id)
        now = await house.calendar()

        assert b"if-none-match" not in site.asked[0].lower()
        assert b"if-none-match" in site.asked[1].lower()
        assert now["checked_at"] >= before[0]["checked_at"]
        assert (now["changed_at"], now["state"]) == (before[0]["changed_at"], "ok")
        assert (await house.nights(), await house.version()) == ([3, 4], before[1])


async def test_last_modified_is_sent_back_where_there_is_no_etag(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        site.has_etag, site.headers = False, ("Last-Modified: Thu, 26 Nov 2026 08:00:00 GMT",)
        feed_id = await house.add(site)
        site.status, site.content = 304, b""
        await house.read(feed_id)

        assert b"if-modified-since: thu, 26 nov 2026 08:00:00 gmt" in site.asked[1].lower()
        assert ((await house.calendar())["state"], await house.nights()) == ("ok", [3, 4])


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"status": 500}, "in_trouble"),
        ({"status": 404}, "not_found"),
        ({"status": 403}, "refused"),
        ({"content": b"<!DOCTYPE html><html>please log in</html>"}, "not_a_calendar"),
        ({"content": b""}, "not_a_calendar"),
        ({"content": calendar_of()[:-20]}, "truncated"),
        ({"content": calendar_of(), "cut": 40}, "truncated"),
        ({"content": calendar_of() + b" " * 2**20}, "too_large"),
        ({"status": 302, "headers": ("Location: /again",)}, "redirected"),
        ({"status": 301, "headers": ("Location: http://10.0.0.1/",)}, "forbidden_address"),
        ({"status": 301, "headers": ("Location: file:///etc/passwd",)}, "forbidden_address"),
        ({"headers": ("Content-Encoding: gzip",)}, "not_a_calendar"),
    ],
)
async def test_an_answer_that_is_no_calendar_frees_nothing(
    house: House, trouble: dict[str, Any], reason: str
) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        before = await house.version()
        site.content = calendar_of()
        for name, value in trouble.items():
            setattr(site, name, value)
        outcome = await house.read(feed_id)
        calendar = await house.calendar()

        assert outcome == {"state": "failed", "reason": reason}
        assert (calendar["state"], calendar["reason"]) == ("failing", reason)
        assert (await house.nights(), await house.version()) == ([3, 4], before)
        assert len(site.asked) <= 5
        assert await house.sound()


async def test_a_few_redirects_are_followed_and_packed_bodies_unpacked(house: House) -> None:
    content = gzip.compress(calendar_of(house.span(3, 5)))
    async with foreign(content) as site:
        site.headers, real = ("Content-Encoding: gzip",), site.behave

        async def hop(request: bytes, writer: asyncio.StreamWriter) -> None:
            number = int(request.split(b" ")[1].rpartition(b"/")[2] or b"0")
            if number == 3:
                await real(request, writer)
                return
            head = f"HTTP/1.1 302 Found\r\nLocation: /hop/{number + 1}\r\nContent-Length: 0\r\n\r\n"
            writer.write(head.encode())
            await writer.drain()

        async with stranger(hop) as port:
            owned = house.town.host_id, house.town.house_id
            first = await house.services.calendars.add(
                *owned, ("x", f"http://127.0.0.1:{port}/hop/0"), "session"
            )
            assert (await house.read(first["calendar_id"]))["state"] == "sent"
        assert await house.nights() == [3, 4]
        site.content = gzip.compress(b"BEGIN:VCALENDAR" + b" " * 2**21)
        bomb = await house.services.calendars.add(*owned, ("bomb", site.url), "session")

        assert (await house.read(bomb["calendar_id"]))["reason"] == "too_large"


async def test_an_address_that_cannot_be_opened_is_said_to_be_lost(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        sealed = Seal("another key of more than 32 characters", "calendar").seal(site.url)
        await rows(house.services, "UPDATE calendar_feeds SET sealed_url = %s WHERE id = %s", sealed, feed_id)

        assert (await house.read(feed_id))["reason"] == "lost_address"
        assert await house.nights() == [3, 4]


async def test_a_reading_that_breaks_off_again_and_again_ends(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        owned = house.town.host_id, house.town.house_id
        added = await house.services.calendars.add(*owned, ("x", site.url), "session")
        often = "UPDATE outbox SET publications = 99 WHERE task_id = %s"
        await rows(house.services, often, added["task_id"])

        assert (await house.read(added["calendar_id"]))["reason"] == "interrupted"
        assert site.asked == []


async def test_the_verification_finds_nights_that_no_calendar_wants(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
    insert = "INSERT INTO house_nights (house_id, night, kind, feed_id) VALUES (%s, %s, %s, %s)"
    for number, kind, feed in (
        (9, "ical", feed_id),
        (10, "ical", None),
        (11, "block", feed_id),
        (12, "ical", 2**40),
    ):
        await rows(house.services, insert, house.town.house_id, house.day(number), kind, feed)

    found = [str(one) for one in await violations(house.services.database)]

    await rows(house.services, "DELETE FROM house_nights WHERE night > %s", house.day(8))
    assert len(found) == 4
    assert all(f"house {house.town.house_id}: " in one for one in found)
    assert await house.sound()


async def test_a_site_that_is_gone_is_asked_less_often_and_at_last_no_more(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
    pauses = []
    for _ in range(8):
        await house.read(feed_id)
        [row] = await rows(
            house.services,
            "SELECT TIMESTAMPDIFF(SECOND, NOW(6), next_at) AS pause FROM calendar_feeds WHERE id = %s",
            feed_id,
        )
        pauses.append(row["pause"])
    await rows(
        house.services,
        "UPDATE calendar_feeds SET failing_since = NOW(6) - INTERVAL %s DAY WHERE id = %s",
        PATIENCE_DAYS,
        feed_id,
    )
    await house.read(feed_id, asked=False)
    calendar = await house.calendar()
    told = await house.events()

    assert (calendar["state"], calendar["reason"], calendar["next_at"]) == ("disabled", "unreachable", None)
    assert all(800 * 2**number < pause for number, pause in enumerate(pauses[:6]))
    assert max(pauses) < 10 * 3600
    assert told[-1]["state"] == "disabled"
    assert await house.nights() == [3, 4]


async def test_a_calendar_that_works_again_is_as_before(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        site.status = 503
        await house.read(feed_id)
        site.status = 200
        await house.read(feed_id)
        calendar = await house.calendar()

        assert (calendar["state"], calendar["reason"], calendar["failing_since"]) == ("ok", None, None)


async def test_a_calendar_that_is_suddenly_empty_is_believed_the_second_time(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5), house.span(8, 9))) as site:
        feed_id = await house.add(site)
        site.content = calendar_of()
        doubted = await house.read(feed_id)
        kept = await house.nights()
        believed = await house.read(feed_id)

        assert doubted == {"state": "failed", "reason": "emptied"}
        assert kept == [3, 4, 8]
        assert (believed["state"], await house.nights()) == ("sent", [])


async def test_a_calendar_that_was_empty_for_a_moment_loses_nothing(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5), house.span(8, 9))) as site:
        feed_id = await house.add(site)
        full = site.content
        for content in (calendar_of(), full, calendar_of(), full):
            site.content = content
            await house.read(feed_id)

        assert (await house.nights(), (await house.calendar())["state"]) == ([3, 4, 8], "ok")


async def test_the_last_event_of_a_calendar_may_vanish_at_once(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        site.content = calendar_of()
        await house.read(feed_id)

        assert await house.nights() == []


async def test_an_order_keeps_its_nights_until_it_dies(house: House) -> None:
    order_id = await house.town.place(first=4, nights=2)
    async with foreign(calendar_of(house.span(3, 7))) as site:
        feed_id = await house.add(site)
        [conflict] = (await house.calendar())["conflicts"]
        during = await house.nights()
        await house.town.act(order_id, Event.REJECT)
        swept = await house.services.calendar_sync.sweep()
        await house.read(feed_id)

        assert during == [3, 6]
        assert (conflict["start_date"], conflict["end_date"]) == tuple(map(str, house.span(4, 6)))
        assert (conflict["owner"], conflict["order_id"], conflict["kind"]) == ("order", order_id, "reserved")
        assert swept["queued"] >= 1
        assert (await house.nights(), (await house.calendar())["conflicts"]) == ([3, 4, 5, 6], [])
        assert await house.sound()


async def test_blocks_and_other_calendars_keep_their_nights(house: House) -> None:
    await house.services.nights.block(house.town.host_id, house.town.house_id, Stay(*house.span(3, 4)))
    async with (
        foreign(calendar_of(house.span(3, 6))) as site,
        foreign(calendar_of(house.span(5, 7))) as other,
    ):
        first, second = await house.add(site), await house.add(other, "Booking.com")
        [one, two] = await house.calendars()
        freed = await house.services.nights.unblock(
            house.town.host_id, house.town.house_id, Stay(*house.span(0, 20))
        )
        await house.services.calendars.remove(house.town.host_id, house.town.house_id, first)

        assert [(c["owner"], c["calendar"]) for c in one["conflicts"]] == [("block", None)]
        assert [(c["owner"], c["calendar"]) for c in two["conflicts"]] == [("calendar", "Airbnb")]
        assert freed[0] == [house.day(3)]
        assert (await house.nights(), (await house.calendar())["calendar_id"]) == ([5, 6], second)
        assert (await house.calendar())["conflicts"] == []
        assert await house.sound()


async def test_deleting_a_calendar_frees_its_nights_and_no_others(house: House) -> None:
    order_id = await house.town.place(first=8, nights=1)
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        before = await house.version()
        past = "INSERT INTO house_nights (house_id, night, kind, feed_id) VALUES (%s, %s, 'ical', %s)"
        await rows(house.services, past, house.town.house_id, house.day(-3), feed_id)
        await house.services.calendars.remove(house.town.host_id, house.town.house_id, feed_id)

        assert (await house.nights(), await house.nights("order")) == ([], [8])
        assert await house.version() == before + 1
        assert (await house.events())[-1]["state"] == "deleted"
        assert await rows(house.services, "SELECT * FROM calendar_events WHERE feed_id = %s", feed_id) == []
        assert order_id
        assert await house.sound()


async def test_a_file_replaces_the_file_of_its_name(house: House) -> None:
    await house.upload(calendar_of(house.span(3, 5), house.span(6, 7)))
    other = await house.upload(calendar_of(house.span(20, 21)), "other")
    again = await house.upload(calendar_of(house.span(4, 6)))

    assert await house.nights() == [4, 5, 20]
    assert (again["state"], again["nights"], again["url"]) == ("ok", 2, None)
    assert len(await house.calendars()) == 2
    assert other["calendar_id"] != again["calendar_id"]


async def test_another_address_replaces_what_the_first_one_said(house: House) -> None:
    async with (
        foreign(calendar_of(house.span(3, 5), house.span(6, 7))) as site,
        foreign(calendar_of()) as other,
    ):
        feed_id = await house.add(site)
        owned = house.town.host_id, house.town.house_id
        changed = await house.services.calendars.change(owned, feed_id, "renamed", other.url, "session")
        meanwhile = await house.nights()
        await house.read(feed_id)

        assert (changed["state"], changed["name"]) == ("waiting", "renamed")
        assert meanwhile == [3, 4, 6]
        assert await house.nights() == []


async def test_nights_beyond_the_horizon_come_when_their_time_has_come(house: House) -> None:
    async with foreign(calendar_of(house.span(728, 900))) as site:
        feed_id = await house.add(site)
        await rows(house.services, "UPDATE calendar_events SET first_night = first_night - INTERVAL 3 DAY")
        await house.read(feed_id)

        assert await house.nights() == [725, 726, 727, 728, 729]


async def test_a_task_that_another_took_the_place_of_does_nothing(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        owned = house.town.host_id, house.town.house_id
        old = (await house.services.calendars.sync_now(*owned, feed_id, "session"))["task_id"]
        await house.services.calendars.sync_now(*owned, feed_id, "session")
        asked = len(site.asked)
        outcome = await house.services.calendar_sync.sync(old, feed_id)

        assert outcome == {"state": "sent", "reason": None}
        assert len(site.asked) == asked
        assert await house.services.calendar_sync.sync("calendar-x", 2**40) == {
            "state": "sent",
            "reason": None,
        }


async def test_a_task_that_runs_twice_at_once_has_one_effect(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        owned = house.town.host_id, house.town.house_id
        added = await house.services.calendars.add(*owned, ("Airbnb", site.url), "session")
        task = added["task_id"], added["calendar_id"]
        await asyncio.gather(*(house.services.calendar_sync.sync(*task) for _ in range(4)))

        assert (await house.nights(), await house.version()) == ([3, 4], 1)


async def test_the_sweep_queues_each_due_calendar_once(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        early = await house.services.calendar_sync._claim_due()
        due = "UPDATE calendar_feeds SET next_at = NOW(6) - INTERVAL 1 SECOND WHERE id = %s"
        await rows(house.services, due, feed_id)
        counts = await asyncio.gather(*(house.services.calendar_sync._claim_due() for _ in range(5)))

        assert early == 0
        assert sum(counts) == 1


async def test_the_host_hears_of_changes_and_not_of_every_reading(house: House) -> None:
    async with foreign(calendar_of(house.span(3, 5))) as site:
        feed_id = await house.add(site)
        before = len(await house.events())
        await house.read(feed_id, asked=False)
        quiet = len(await house.events())
        site.content = calendar_of(house.span(3, 6))
        await house.read(feed_id, asked=False)
        site.status = 500
        await house.read(feed_id, asked=False)
        told = await house.events()

        assert quiet == before
        assert [(one["state"], one["nights"]) for one in told[before:]] == [("ok", 3), ("failing", 3)]
        assert {one["house_id"] for one in told} == {house.town.house_id}
        assert [one["calendar_version"] for one in await house.events("house")] == [1, 2]


async def test_addresses_lie_encrypted_and_are_in_no_log(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    async with foreign(b"no calendar") as site:
        await house.add(site)
        stored = await rows(
            house.services, "SELECT * FROM calendar_feeds f JOIN outbox o ON o.task_id IS NOT NULL"
        )
        shown = await house.calendar()

        secret = "0123456789abcdef"
        assert secret not in repr(stored)
        assert secret not in repr(shown)
        assert shown["url"] == f"http://127.0.0.1:{site.port}/…cdef"
        assert secret not in "".join(capfd.readouterr())


SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), max_size=4)
STEPS = st.lists(st.tuples(st.integers(0, 1), SPANS), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, blocked=st.sets(st.integers(0, 14), max_size=4))
def test_any_sequence_of_versions_leaves_the_union_of_the_last_ones(
    io_loop: IOLoop, house: House, steps: list[tuple[int, list[tuple[int, int]]]], blocked: set[int]
) -> None:
    async def play() -> None:
        fresh = House(await new_booked(house.services), house.today)
        owned = fresh.town.host_id, fresh.town.house_id
        for day in blocked:
            await fresh.services.nights.block(*owned, Stay(*fresh.span(day, day + 1)))
        last: dict[int, set[int]] = {}
        async with foreign() as one, foreign() as other:
            sites = (one, other)
            feeds: dict[int, int] = {}
            for number, spans in steps:
                ranges = [fresh.span(first, first + length) for first, length in spans]
                sites[number].content = calendar_of(*ranges)
                if number not in feeds:
                    feeds[number] = await fresh.add(sites[number], f"site {number}")
                elif (await fresh.read(feeds[number]))["reason"] == "emptied":
                    await fresh.read(feeds[number])
                last[number] = {first + day for first, length in spans for day in range(length)}
        wanted = set().union(*last.values())
        assert await fresh.nights() == sorted(wanted - blocked)
        counts = [(one["nights"], len(one["conflicts"]) > 0) for one in await fresh.calendars()]
        assert sum(nights for nights, _ in counts) == len(wanted - blocked)
        assert await fresh.sound()

    io_loop.run_sync(play)


async def race(house: House, rounds: int) -> list[int]:
    """Guests book while a calendar takes the same nights; returns how often the guest was first in each round."""
    wins = []
    async with foreign() as site:
        feed_id = await house.add(site)
        for number in range(rounds):
            first = 10 + 3 * number
            site.content = calendar_of(house.span(first, first + 2))
            placed, _ = await asyncio.gather(
                house.town.place(first, 2), house.read(feed_id), return_exceptions=True
            )
            assert isinstance(placed, int | NightTaken), placed
            wins.append(isinstance(placed, int))
            taken = (set(await house.nights()), set(await house.nights("order")))
            assert not taken[0] & taken[1]
            assert {first, first + 1} <= taken[isinstance(placed, int)]
    return wins


async def test_a_booking_and_a_reading_give_each_night_to_exactly_one(house: House) -> None:
    wins = await race(house, 12)

    assert len(wins) == 12
    assert await house.sound()


async def test_without_the_houses_lock_the_race_would_be_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a plan from before the booking meets the night table's key, which is the last line."""
    real = balance_module.make_plan
    placed = asyncio.Event()

    async def no_lock(cursor: Any, house_id: int) -> int:
        del cursor, house_id
        return house.town.host_id

    monkeypatch.setattr("server.calendars.repository.lock_house", no_lock)
    async with foreign(calendar_of(house.span(10, 12))) as site:
        owned = house.town.host_id, house.town.house_id
        added = await house.services.calendars.add(*owned, ("Airbnb", site.url), "session")
        write = balance_module.Balance._write

        async def late(cursor: Any, house_id: int, plan: Any) -> None:
            await house.town.place(10, 2)
            placed.set()
            await write(cursor, house_id, plan)

        monkeypatch.setattr(balance_module.Balance, "_write", staticmethod(late))
        with pytest.raises(Exception, match="PRIMARY"):
            await house.services.calendar_sync.sync(added["task_id"], added["calendar_id"])

    assert placed.is_set()
    assert real is balance_module.make_plan
    assert (await house.nights(), await house.nights("order")) == ([], [10, 11])
