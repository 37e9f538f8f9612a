"""A database of its own with many houses, and a cursor that tells how its statements were run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pymysql
import pytest

from server.local import servers
from server.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.stack import Stack

DATABASE = "plans"
HOUSES = 60_000
# Prices, bookings, areas and texts by arithmetic on the house's number; 10 nights a house, in two stays.
FILL = (
    f"""
    INSERT INTO houses (id, owner_id, area_id, title, address, price_fen, deposit_fen, room_count, acreage, layout,
      capacity, beds, min_nights, max_nights, order_count, status, facility_mask, search_text)
    SELECT seq, 1, 1 + seq % 16, '房', '北京市朝阳区', 10000 + seq * 7919 % 90000, 0, 1 + seq % 5, 60, '一室',
      1 + seq % 8, '床', 1 + seq % 2, 0, seq * 31 % 200, IF(seq % 50, 'online', 'offline'), seq * 37 % 8388608,
      CONCAT('房\\n北京市朝阳区', seq % 1000)
    FROM seq_1_to_{HOUSES}""",
    *(
        f"""
        INSERT INTO house_nights (house_id, night, kind)
        SELECT h.seq, CURDATE() + INTERVAL (h.seq * {step} % 170 + {first} + n.seq) DAY, 'block'
        FROM seq_1_to_{HOUSES} h JOIN seq_1_to_5 n"""
        for step, first in ((13, 1), (29, 181))
    ),
    "INSERT INTO house_words SELECT '朝阳', id FROM houses",
    "INSERT INTO house_words SELECT '罕见', id FROM houses WHERE id % 997 = 0",
    "UPDATE houses SET search_text = CONCAT('罕见', search_text) WHERE id % 997 = 0",
    "ANALYZE TABLE houses, house_nights, house_words",
)


class WatchedCursor:
    """A cursor that keeps each statement with its plan and counts the rows that the storage engine handed out."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor(pymysql.cursors.DictCursor)
        self.plans: list[tuple[str, list[dict[str, Any]]]] = []
        self.rows_read = 0

    async def execute(self, statement: str, arguments: Sequence[object] = ()) -> int:
        self._cursor.execute("EXPLAIN " + statement, tuple(arguments))
        self.plans.append((statement, list(self._cursor.fetchall())))
        before = self._handler_reads()
        found = int(self._cursor.execute(statement, tuple(arguments)))
        rows = list(self._cursor.fetchall())
        self.rows_read += self._handler_reads() - before
        self._rows = rows
        return found

    async def fetchone(self) -> dict[str, Any] | None:
        return self._rows.pop(0) if self._rows else None

    async def fetchall(self) -> list[dict[str, Any]]:
        return self._rows

    def _handler_reads(self) -> int:
        self._cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(
            int(row["Value"])
            for row in self._cursor.fetchall()
            if row["Variable_name"] not in {"Handler_read_retry", "Handler_read_rnd_deleted"}
        )


@pytest.fixture(scope="session")
def many_houses(stack: Stack) -> Iterator[Any]:
    """A connection to HOUSES houses with 10 nights each."""
    servers.create_database(stack.folder.mysql_socket, DATABASE)
    url = stack.settings.mysql_url.replace("/ihome?", f"/{DATABASE}?")
    assert url != stack.settings.mysql_url
    upgrade(url)
    connection = pymysql.connect(
        unix_socket=str(stack.folder.mysql_socket), user="root", database=DATABASE, autocommit=True
    )
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement)
            cursor.fetchall()
    yield connection
    connection.close()


@pytest.fixture
def watched(many_houses: Any) -> WatchedCursor:
    """A fresh cursor on many houses."""
    return WatchedCursor(many_houses)
