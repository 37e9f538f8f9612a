"""MySQL: the pool, cursors with time-outs, transactions and which failures are worth another try."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import aiomysql
import pymysql.err
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from server.errors import StoreUnavailable
from server.failpoints import Failpoints

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

P = ParamSpec("P")
R = TypeVar("R")
Row = dict[str, Any]

ACQUIRE_SECONDS = 1.0
STATEMENT_SECONDS = 4.0
# Deadlock, lock wait (MariaDB says so for NOWAIT, too), record changed under snapshot isolation, MySQL's NOWAIT.
RETRIED_CODES = frozenset({1213, 1205, 1020, 3572})
DUPLICATE_CODE = 1062
REFUSED_CODES = frozenset(
    {1040, 1053, 1114, 1129, 1158, 1159, 1160, 1161, 1180, 1203, 1226, 1290, 1836, 1927, 1969, 3024}
)  # too many connections, shutdown, full, network, limits, read-only, killed, statement time-outs

CLIENT_CODES = range(2000, 3000)  # the driver's own: cannot connect, lost connection

# One statement for both servers: MariaDB alone runs /*M! */, MySQL 8 alone runs /*!80000 */.
SESSION = (
    "SET SESSION time_zone='+00:00', innodb_lock_wait_timeout=3,"
    " sql_mode='STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
    " /*M!100101 , max_statement_time=3, tx_isolation='READ-COMMITTED' */"
    " /*!80000 , max_execution_time=3000, transaction_isolation='READ-COMMITTED' */"
)


class TransactionConflict(StoreUnavailable):
    """Two transactions collided; the whole transaction may be run again."""


class DuplicateEntry(Exception):
    """A unique key refused the row; `key` is the index's name."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Cursor:
    """A cursor whose every statement has a time-out and whose failures are ours. Rows are dicts."""

    def __init__(self, cursor: Any, *, commits: bool = False) -> None:
        self._cursor = cursor
        self._late: dict[str, list[Sequence[object]]] | None = {} if commits else None

    async def execute(self, statement: str, arguments: Sequence[object] = ()) -> int:
        """Run one statement; returns the affected rows."""
        with _failures():
            async with asyncio.timeout(STATEMENT_SECONDS):
                return int(await self._cursor.execute(statement, tuple(arguments)))

    async def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run one statement for each row, joined into bulk inserts where possible."""
        with _failures():
            async with asyncio.timeout(STATEMENT_SECONDS):
                return int(await self._cursor.executemany(statement, rows) or 0)

    async def insert_late(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Insert just before the commit, all rows of one statement at once; outside a transaction, now.

        For rows that nothing in the transaction reads again.
        """
        if self._late is None:
            await self.executemany(statement, rows)
        else:
            self._late.setdefault(statement, []).extend(rows)

    async def finish(self) -> None:
        """Insert what `insert_late` put off."""
        for statement, rows in (self._late or {}).items():
            await self.executemany(statement, rows)

    async def fetchone(self) -> Row | None:
        """The next row, or None."""
        row: Row | None = await self._cursor.fetchone()
        return row

    async def fetchall(self) -> list[Row]:
        """All remaining rows."""
        return list(await self._cursor.fetchall())

    @property
    def lastrowid(self) -> int:
        """The AUTO_INCREMENT id, or LAST_INSERT_ID(expression), of the last statement."""
        return int(self._cursor.lastrowid)


class Database:
    """A bounded pool of autocommit connections, made when they are first needed.

    `failpoints` are for use cases whose transaction a test cuts off.
    """

    def __init__(self, pool: Any, failpoints: Failpoints | None = None) -> None:
        self._pool = pool
        self.failpoints = failpoints or Failpoints()

    @classmethod
    async def open(cls, url: str, size: int, failpoints: Failpoints | None = None) -> Database:
        """A pool for `mysql://user:password@host:port/name` or `…?unix_socket=/path`. Does not connect yet."""
        return cls(
            await aiomysql.create_pool(
                minsize=0,
                maxsize=size,
                pool_recycle=1800,
                autocommit=True,
                charset="utf8mb4",
                connect_timeout=1,
                init_command=SESSION,
                **connection_arguments(url),
            ),
            failpoints,
        )

    async def close(self) -> None:
        """Close every connection, also those in use."""
        self._pool.terminate()
        await self._pool.wait_closed()

    @property
    def in_use(self) -> int:
        """Connections that are handed out now."""
        return int(self._pool.size - self._pool.freesize)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Cursor]:
        """A cursor without a transaction: each statement sees what is committed."""
        async with self._connection() as connection, connection.cursor(aiomysql.DictCursor) as cursor:
            yield Cursor(cursor)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Cursor]:
        """A cursor whose statements all see the same moment; it can write nothing."""
        async with self._connection() as connection, connection.cursor(aiomysql.DictCursor) as inner:
            cursor = Cursor(inner)
            await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            try:
                yield cursor
            finally:
                await _roll_back(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Cursor]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises TransactionConflict (see `retried`) or StoreUnavailable. A StoreUnavailable out of the commit
        means unknown: the rows may be there.
        """
        async with self._connection() as connection:
            with _failures():
                await connection.begin()
            async with connection.cursor(aiomysql.DictCursor) as cursor:
                ours = Cursor(cursor, commits=True)
                try:
                    yield ours
                    await ours.finish()
                except Exception:
                    await _roll_back(connection)
                    raise
                except BaseException:
                    connection.close()
                    raise
            with _failures():
                async with asyncio.timeout(STATEMENT_SECONDS):
                    await connection.commit()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        with _failures():
            async with asyncio.timeout(ACQUIRE_SECONDS):
                connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            self._pool.release(connection)


def retried(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run a use case again, up to 3 times in all, when its one transaction collided with another."""

    async def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(TransactionConflict),
            stop=stop_after_attempt(3),
            wait=wait_random(0.005, 0.05),
            reraise=True,
        )
        return await attempts(function, *args, **kwargs)

    attempt.__name__ = function.__name__
    attempt.__doc__ = function.__doc__
    return attempt


def connection_arguments(url: str) -> dict[str, Any]:
    """What a MySQL URL says, as keyword arguments of a driver's connect."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    arguments: dict[str, Any] = {
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password or ""),
        "db": parts.path.lstrip("/"),
    }
    if "unix_socket" in query:
        arguments["unix_socket"] = query["unix_socket"][0]
    else:
        arguments |= {"host": parts.hostname or "127.0.0.1", "port": parts.port or 3306}
    return arguments


async def _roll_back(connection: Any) -> None:
    try:
        async with asyncio.timeout(STATEMENT_SECONDS):
            await connection.rollback()
    except (pymysql.err.Error, OSError, TimeoutError):
        connection.close()


@contextmanager
def _failures() -> Iterator[None]:
    """Turn the driver's failures into ours: conflict, duplicate, or unavailable."""
    try:
        yield
    except pymysql.err.IntegrityError as error:
        if error.args[0] == DUPLICATE_CODE:
            raise DuplicateEntry(_key_name(str(error.args[1]))) from error
        raise
    except (pymysql.err.OperationalError, pymysql.err.InternalError) as error:
        code = error.args[0] if error.args else 0
        if code in RETRIED_CODES:
            raise TransactionConflict("mysql") from error
        if code in REFUSED_CODES or not isinstance(code, int) or code in CLIENT_CODES:
            structlog.get_logger().warning("mysql unavailable", code=code)
            raise StoreUnavailable("mysql") from error
        raise
    except (OSError, TimeoutError, pymysql.err.InterfaceError, asyncio.IncompleteReadError) as error:
        structlog.get_logger().warning("mysql unavailable", error=type(error).__name__)
        raise StoreUnavailable("mysql") from error


def _key_name(message: str) -> str:
    """The index in "Duplicate entry 'x' for key 'table.index'"."""
    return message.rsplit("'", 2)[1].rsplit(".", 1)[-1] if message.count("'") >= 2 else ""
