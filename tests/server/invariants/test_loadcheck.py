"""What `loadcheck` finds, and that a sound site shows nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from server.invariants import repository, service
from server.local import servers
from server.migrations import upgrade
from server.services import open_services
from tests.stack import ROOT

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from server.settings import Settings
    from tests.stack import Stack

TABLES = ("orders", "outbox", "live_events", "live_seq", "order_events", "sms_codes")
ORDER = (
    "INSERT INTO orders (number, guest_id, host_id, house_id, check_in, check_out, nights, guests, price_lines,"
    " amount_fen, cancellation, status, expires_at) VALUES (%s, 1, 2, 3, %s, %s, 2, 1, '[]', 1, 'flexible', %s,"
    " NOW(6) + INTERVAL %s SECOND)"
)

# Stays of two nights, two hundred a house, which never touch.
MANY_ORDERS = (
    "INSERT INTO orders (number, guest_id, host_id, house_id, check_in, check_out, nights, guests, price_lines,"
    " amount_fen, cancellation, status) WITH RECURSIVE house (id) AS (SELECT %s UNION ALL SELECT id + 1 FROM house"
    " WHERE id < %s), stay (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM stay WHERE id < 200)"
    " SELECT CONCAT(house.id, '-', stay.id), 1, 2, house.id, '2029-01-01' + INTERVAL 2 * stay.id DAY,"
    " '2029-01-03' + INTERVAL 2 * stay.id DAY, 2, 1, '[]', 1, 'flexible', 'PAID' FROM house, stay"
)


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    """A database of its own: nothing in it that other tests left."""
    servers.create_database(stack.folder.mysql_socket, "loadchecked")
    url = stack.settings.mysql_url.replace("/ihome?", "/loadchecked?")
    upgrade(url)
    return stack.settings.model_copy(update={"mysql_url": url})


def found(io_loop: IOLoop, settings: Settings, *rows: tuple[str, tuple[object, ...]]) -> list[str]:
    """The first words of what is found with these rows and no others."""

    async def look() -> list[str]:
        async with open_services(settings) as services:
            async with services.database.transaction() as cursor:
                for table in TABLES:
                    await cursor.execute(f"DELETE FROM {table}")
                for statement, values in rows:
                    await cursor.execute(statement, values)
            return [sentence async for sentence in service.broken(services.database)]

    return io_loop.run_sync(look)


def kinds(sentences: list[str]) -> set[str]:
    """What they are about."""
    return {sentence.split(":")[0] for sentence in sentences}


def test_an_empty_site_breaks_no_rule(io_loop: IOLoop, settings: Settings) -> None:
    assert found(io_loop, settings) == []


@pytest.mark.parametrize(
    ("second", "status", "is_found"),
    [
        (("2030-01-02", "2030-01-04"), "PAID", True),
        (("2030-01-03", "2030-01-05"), "PAID", False),  # the day one leaves the other comes
        (("2030-01-02", "2030-01-04"), "CANCELED", False),
    ],
)
def test_two_living_orders_that_share_a_night_are_a_double_booking(
    io_loop: IOLoop, settings: Settings, second: tuple[str, str], status: str, is_found: bool
) -> None:
    sentences = found(
        io_loop,
        settings,
        (ORDER, ("A", "2030-01-01", "2030-01-03", "PAID", 3600)),
        (ORDER, ("B", *second, status, 3600)),
    )

    doubles = [sentence for sentence in sentences if sentence.startswith("double booking")]
    assert doubles == (["double booking: orders A and B share a night of house 3"] if is_found else [])


def test_orders_that_one_long_stay_covers_are_each_a_double_booking(
    io_loop: IOLoop, settings: Settings
) -> None:
    # given: the last one begins when its neighbour has left, but not the first
    stays = {"A": ("01", "20"), "B": ("02", "04"), "C": ("04", "06"), "D": ("20", "22")}

    sentences = found(
        io_loop,
        settings,
        *(
            (ORDER, (number, f"2030-01-{check_in}", f"2030-01-{check_out}", "PAID", 3600))
            for number, (check_in, check_out) in stays.items()
        ),
    )

    assert sorted(one[:42] for one in sentences if one.startswith("double")) == [
        "double booking: orders A and B share a nig",
        "double booking: orders A and C share a nig",
    ]


def test_a_hundred_thousand_orders_are_looked_through_within_the_time_of_a_statement(
    io_loop: IOLoop, settings: Settings
) -> None:
    # given: two hundred stays each in five hundred houses, one after the other, and a double in the last
    async def fill_and_look() -> list[str]:
        async with open_services(settings) as services, services.database.reading() as cursor:
            for table in TABLES:
                await cursor.execute(f"DELETE FROM {table}")
            for first in range(1, 500, 50):
                await cursor.execute(MANY_ORDERS, (first, first + 49))
            await cursor.execute(
                "INSERT INTO orders (number, guest_id, host_id, house_id, check_in, check_out, nights, guests,"
                " price_lines, amount_fen, cancellation, status) SELECT 'again', guest_id, host_id, house_id,"
                " check_in, check_out, nights, guests, price_lines, amount_fen, cancellation, status FROM orders"
                " WHERE number = '500-200'"
            )
            found = await repository.doubles(cursor, 0, 500)
            await cursor.execute("TRUNCATE TABLE orders")
        return [f"{row['house_id']}: {row['one']}, {row['other']}" for row in found]

    assert io_loop.run_sync(fill_and_look) == ["500: 500-200, again"]


@pytest.mark.parametrize(
    ("seqs", "counted", "is_found"), [((4, 5, 6), 6, False), ((4, 6), 6, True), ((4, 5), 6, True)]
)
def test_an_event_log_with_a_gap_or_without_its_end(
    io_loop: IOLoop, settings: Settings, seqs: tuple[int, ...], counted: int, is_found: bool
) -> None:
    event = "INSERT INTO live_events (user_id, seq, kind, body) VALUES (7, %s, 'order', '{}')"

    sentences = found(
        io_loop,
        settings,
        ("INSERT INTO live_seq (user_id, seq) VALUES (7, %s)", (counted,)),
        *((event, (seq,)) for seq in seqs),
    )

    assert kinds(sentences) == ({"event log"} if is_found else set())


@pytest.mark.parametrize(("known", "is_found"), [(9, True), (8, False)])
def test_an_event_log_that_is_empty_while_its_newest_task_is_still_known(
    io_loop: IOLoop, settings: Settings, known: int, is_found: bool
) -> None:
    task = (
        "INSERT INTO outbox (task_id, name, args, done_at) VALUES (%s, 'live.publish', '[7, 9]', NOW(6))",
        (f"live-7-{known}",),
    )

    sentences = found(io_loop, settings, ("INSERT INTO live_seq (user_id, seq) VALUES (7, 9)", ()), task)

    assert sentences == (["event log: user 7 has no event, counted 9"] if is_found else [])


@pytest.mark.parametrize(
    ("ages", "is_found"),
    [
        ((0, 60), False),
        ((0, 59), True),
        ((0, 700, 1400, 2100, 2800, 3600), False),
        ((0, 700, 1400, 2100, 2800, 3599), True),
        (tuple(n * 8640 for n in range(11)), False),
        (tuple(n * 8639 for n in range(11)), True),
    ],
)
def test_a_phone_that_got_a_code_too_many(
    io_loop: IOLoop, settings: Settings, ages: tuple[int, ...], is_found: bool
) -> None:
    code = (
        "INSERT INTO sms_codes (task_id, mobile, purpose, sealed_code, created_at) VALUES (UUID(), '13800138000',"
        " 'login', '', '2030-01-03' - INTERVAL %s SECOND)"
    )
    other = (code.replace("13800138000", "13800138001"), (1,))

    assert kinds(found(io_loop, settings, other, *((code, (age,)) for age in ages))) == (
        {"sms"} if is_found else set()
    )


@pytest.mark.parametrize(("depths", "left"), [([2, 1, 0], 0), ([3], 3)])
def test_the_broker_has_a_while_to_become_empty(
    io_loop: IOLoop, monkeypatch: pytest.MonkeyPatch, depths: list[int], left: int
) -> None:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.01)

    def waiting() -> int:
        return depths.pop(0) if len(depths) > 1 else depths[0]

    assert io_loop.run_sync(lambda: service.emptied(waiting, 30 if left == 0 else 0.05)) == left


@pytest.mark.parametrize(("age", "is_found"), [(10, False), (120, True)])
def test_work_that_nobody_did(io_loop: IOLoop, settings: Settings, age: int, is_found: bool) -> None:
    row = (
        "INSERT INTO outbox (task_id, name, args, created_at) VALUES ('t-1', 'live.publish', '[]',"
        " NOW(6) - INTERVAL %s SECOND)"
    )

    assert kinds(found(io_loop, settings, (row, (age,)))) == ({"outbox"} if is_found else set())


def test_an_order_that_should_have_expired(io_loop: IOLoop, settings: Settings) -> None:
    sentences = found(io_loop, settings, (ORDER, ("C", "2030-01-01", "2030-01-03", "WAIT_PAYMENT", -120)))

    assert "expiry" in kinds(sentences)
    assert "expiry" not in kinds(
        found(io_loop, settings, (ORDER, ("C", "2030-01-01", "2030-01-03", "WAIT_PAYMENT", -5)))
    )


def test_the_command_ends_with_1_when_something_is_broken(
    stack: Stack, io_loop: IOLoop, settings: Settings
) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "main.py", "loadcheck", "--settle", "0.1"),
            cwd=ROOT,
            env={"PATH": "", "IHOME_STATE": str(stack.folder.root), "IHOME_MYSQL_URL": settings.mysql_url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    found(io_loop, settings, (ORDER, ("D", "2030-01-01", "2030-01-03", "WAIT_PAYMENT", -120)))
    broken = run()
    found(io_loop, settings)
    sound = run()

    assert broken.returncode == 1
    assert "expiry: order D" in broken.stdout
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert sound.stdout == ""
